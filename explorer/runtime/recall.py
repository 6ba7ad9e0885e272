"""The recall networks at work: for a person's own sequence, what each answers at every distance, and from what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import BundleError, InputError
from explorer.runtime.catalog import shipped_folder
from explorer.runtime.checked_files import read_all
from explorer.runtime.frozen import frozen
from explorer.runtime.interface import Value, values
from explorer.runtime.labels import printable
from explorer.runtime.recall_card import RecallCard, RecallNetwork, read_recall_card
from explorer.runtime.small_graphs import open_small_graphs
from explorer.runtime.trace import Array

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

RECALL = "recall"
"""The shipped folder's name beside the bundles."""

INPUTS = values("symbols int64 batch src_len", "distance int64 batch")
OUTPUTS = values("logits float batch symbols", "gradient float batch src_len")
WEIGHTS = values("weights float batch src_len")


@dataclass(frozen=True, slots=True, eq=False)
class Recalled:
    """What one network makes of one sequence; the first axis is the distance asked for, 0 the last symbol.

    Attributes:
        network: Its part of the card.
        sequence: The symbols that it read.
        answers: The symbol that it names at each distance.
        probability: Probability that it gives to the right symbol, (src_len,).
        confidence: Probability that it gives to its answer, (src_len,).
        gradient: What each answer depends on: the norm of the derivative of the answer's logit by the embedding of
            each symbol, (src_len, src_len), the second axis the source position. It is computed in the graph, for this
            sequence.
        weights: Attention of each query over the source positions, (src_len, src_len); None without attention.
    """

    network: RecallNetwork
    sequence: str
    answers: str
    probability: Array = field(repr=False)
    confidence: Array = field(repr=False)
    gradient: Array = field(repr=False)
    weights: Array | None = field(repr=False)

    @property
    def right(self) -> tuple[bool, ...]:
        """Whether the answer at each distance is what stood there."""
        return tuple(answer == symbol for answer, symbol in zip(self.answers, reversed(self.sequence), strict=True))

    @property
    def asked_gradient(self) -> Array:
        """What the answer at each distance owes to the symbol that stood there, (src_len,)."""
        return np.ascontiguousarray(self.gradient[:, ::-1].diagonal())


class RecallLab:
    """The opened networks."""

    def __init__(self, card: RecallCard, sessions: dict[str, InferenceSession]) -> None:
        self.card = card
        self._sessions = sessions
        self._networks = {network.name: network for network in card.networks}

    def answers(self, sequence: str) -> tuple[Recalled, ...]:
        """Let every network read a sequence and ask it for the symbol at every distance, all in one batch.

        Args:
            sequence: Symbols of the card; white space between them does not count.

        Returns:
            One result for each network, in the card's order.

        Raises:
            InputError: A symbol outside the alphabet, no symbol, or more than the networks can read.
            BundleError: A graph fails.
        """
        symbols = self._read(sequence)
        return tuple(self._ask(network, symbols) for network in self.card.networks)

    def accuracy(self, name: str) -> tuple[float, ...]:
        """Return a network's share of right answers by distance, on the sequences that the card describes."""
        return self._network(name).accuracy

    def gradient(self, name: str, asked: bool = False) -> tuple[float, ...]:
        """Return a network's mean gradient norm by distance, on the sequences that the card describes.

        Args:
            name: The network.
            asked: Of the queries for the very distance alone, rather than of all queries.
        """
        network = self._network(name)
        return network.asked_gradient if asked else network.gradient

    def _network(self, name: str) -> RecallNetwork:
        if name not in self._networks:
            raise InputError(f"network {printable(name)!r} is not known; there is: {', '.join(self._networks)}")
        return self._networks[name]

    def _read(self, sequence: str) -> str:
        symbols = "".join(sequence.split())
        alphabet, longest = self.card.symbols, self.card.longest
        for place, symbol in enumerate(symbols):
            if symbol not in alphabet:
                raise InputError(f"symbol {place + 1}, '{printable(symbol)}', is none of {alphabet}")
        if not symbols:
            raise InputError(f"nothing to recall: give 1 to {longest} symbols of {alphabet}")
        if len(symbols) > longest:
            raise InputError(f"{len(symbols)} symbols are more than the networks can be asked about, {longest}")
        return symbols

    def _ask(self, network: RecallNetwork, sequence: str) -> Recalled:
        numbers = np.array([self.card.symbols.index(symbol) for symbol in sequence], dtype=np.int64)
        src_len = len(numbers)
        feeds = {"symbols": np.tile(numbers, (src_len, 1)), "distance": np.arange(src_len, dtype=np.int64)}
        logits, gradient, *weights = _run(self._sessions[network.file], network, feeds)
        shares = _softmax(logits)
        answers = logits.argmax(axis=1)
        rows = np.arange(src_len)
        return Recalled(
            network=network,
            sequence=sequence,
            answers="".join(self.card.symbols[number] for number in answers),
            probability=frozen(shares[rows, numbers[::-1]]),
            confidence=frozen(shares[rows, answers]),
            gradient=frozen(gradient),
            weights=frozen(weights[0]) if weights else None,
        )


def open_recall(folder: Path | None = None) -> RecallLab:
    """Open the networks.

    Args:
        folder: Where they are; the shipped ones where it is left out. As untrusted as a bundle.

    Raises:
        BundleError: A file is missing, changed, malformed or of another version; names file and field.
    """
    place = shipped_recall() if folder is None else folder
    card = read_recall_card(place)
    files = read_all(place, card.files)
    graphs = {network.file: files[network.file] for network in card.networks}
    tables = {network.file: (INPUTS, _outputs(network)) for network in card.networks}
    return RecallLab(card, open_small_graphs(place, graphs, tables, {"symbols": len(card.symbols)}))


def shipped_recall() -> Path:
    """Return the folder of the networks that came with the package.

    Raises:
        BundleError: This copy came without them.
    """
    return shipped_folder(RECALL, "the recall networks")


def _outputs(network: RecallNetwork) -> tuple[Value, ...]:
    return OUTPUTS + WEIGHTS if network.attention else OUTPUTS


def _run(session: InferenceSession, network: RecallNetwork, feeds: dict[str, npt.NDArray[Any]]) -> list[Array]:
    try:
        outputs: list[Array] = session.run([value.name for value in _outputs(network)], feeds)
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
        raise BundleError(f"{network.file}: fails ({printable(str(error).splitlines()[0])[:200]})") from error
    return outputs


def _softmax(logits: Array) -> Array:
    """Return probabilities, (rows, symbols)."""
    exponentials: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Array = exponentials / exponentials.sum(axis=1, keepdims=True)
    return shares
