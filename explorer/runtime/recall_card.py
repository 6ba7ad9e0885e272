"""The card of the recall networks, ``recall.json``: what they are and how they were measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import msgspec

from explorer.runtime.card import File
from explorer.runtime.checked_files import control_characters, listed_problems, read_versioned, refuse

RECALL_CARD = "recall.json"
"""Its name. It is not that of a bundle's card, so that no list of models names a folder that cannot decode."""

RECALL_FORMAT = 1
"""The card format that this version reads."""

LONGEST_SEQUENCE = 1024
MOST_NETWORKS = 8
_SYMBOLS = range(2, 257)


class RecallTraining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How all the networks were trained, on the same sequences in the same order.

    Attributes:
        seed: Of the sequences and of the first weights.
        updates: Updates of the weights.
        batch: Sequences of an update, each asked at every distance.
        learning_rate: At its peak.
    """

    seed: int
    updates: int
    batch: int
    learning_rate: float


class RecallMeasured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the networks were measured on: sequences of equally likely symbols that NumPy's generator drew.

    ``numpy.random.default_rng(seed).integers(len(symbols), size=(sequences, src_len))`` draws them again.
    """

    sequences: int
    src_len: int
    seed: int


class RecallNetwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One network. The lists go by distance, the symbols read since: 0 is the last symbol.

    The greatest distance is that of the first symbol of a sequence, which is easier than the others near it: it finds
    an empty state. Norms of different networks are on scales of their own; how they change with the distance compares.

    Attributes:
        name: ``tanh``, ``gru`` or ``attention``.
        title: What people call it.
        file: Its graph.
        attention: Whether it looks back at its states; the graph then has an output ``weights``.
        parameters: Number of trained numbers.
        seconds: Training time on one CPU thread.
        loss: Mean training loss at the end, in nats a query.
        accuracy: Share of right answers of the queries for each distance.
        gradient: Mean norm of the derivative of the answer's logit by the embedding of the symbol at each distance,
            over the queries for all distances; measured with PyTorch when the network was exported.
        asked_gradient: The same over the queries for that very distance.
    """

    name: str
    title: str
    file: str
    attention: bool
    parameters: int
    seconds: int
    loss: float
    accuracy: tuple[float, ...]
    gradient: tuple[float, ...]
    asked_gradient: tuple[float, ...]


class RecallCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``recall.json``.

    Attributes:
        format: The card format.
        kind: ``recall``.
        symbols: The alphabet; a symbol's number in the graphs is its place.
        longest: Greatest length of a sequence.
        embedding: Size of the embedding of a symbol.
        hidden: Size of the state.
        training: How the networks were trained.
        measured: On what they were measured.
        networks: In the order in which they are shown.
        files: Checksums and sizes of the graphs.
    """

    format: int
    kind: str
    symbols: str
    longest: int
    embedding: int
    hidden: int
    training: RecallTraining
    measured: RecallMeasured
    networks: tuple[RecallNetwork, ...]
    files: dict[str, File]


def read_recall_card(folder: Path) -> RecallCard:
    """Read and check ``recall.json`` without opening anything else.

    Raises:
        BundleError: No card, one of another format version, or a field that is missing, unknown or out of range. The
            message names file and field.
    """
    card = read_versioned(folder, RECALL_CARD, RecallCard, RECALL_FORMAT)
    refuse(folder, RECALL_CARD, _problems(card))
    return card


def _problems(card: RecallCard) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) for everything in the card that its types do not already rule out."""
    yield from control_characters(msgspec.to_builtins(card), "")
    if card.kind != "recall":
        yield "kind", f"{card.kind!r} is not 'recall'"
    if (
        len(card.symbols) not in _SYMBOLS
        or len(set(card.symbols)) != len(card.symbols)
        or not card.symbols.isprintable()
    ):
        yield "symbols", "must be 2 to 256 different characters"
    if any(symbol.isspace() for symbol in card.symbols):
        yield "symbols", "white space cannot be a symbol"
    if not 1 <= card.longest <= LONGEST_SEQUENCE:
        yield "longest", f"must be from 1 to {LONGEST_SEQUENCE}"
    if not 1 <= card.measured.src_len <= card.longest:
        yield "measured.src_len", f"must be from 1 to {card.longest}, the longest"
    if not 1 <= len(card.networks) <= MOST_NETWORKS:
        yield "networks", f"must be 1 to {MOST_NETWORKS}"
    if len({network.name for network in card.networks}) != len(card.networks):
        yield "networks", "two have the same name"
    yield from listed_problems(card.files, RECALL_CARD)
    for place, network in enumerate(card.networks):
        for field, problem in _network_problems(network, card):
            yield f"networks[{place}].{field}", problem


def _network_problems(network: RecallNetwork, card: RecallCard) -> Iterator[tuple[str, str]]:
    if network.file not in card.files:
        yield "file", f"{network.file!r} is not one of files"
    for name in ("accuracy", "gradient", "asked_gradient"):
        values: tuple[float, ...] = getattr(network, name)
        most = 1.0 if name == "accuracy" else math.inf
        if len(values) != card.measured.src_len:
            yield name, f"has {len(values)} values, measured.src_len is {card.measured.src_len}"
        if not all(math.isfinite(value) and 0.0 <= value <= most for value in values):
            yield name, "must be finite numbers from 0" + (" to 1" if most == 1.0 else "")
