"""Greedy decoding and force-decoding of many sentences in torch, one combination of switches at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models import corpus
from models.attention import Scored
from models.checkpoint import Trained
from models.recurrent import RecurrentModel

NEVER_EMITTED = [corpus.PADDING, corpus.UNKNOWN, corpus.BEGIN]


@dataclass(frozen=True)
class Combination:
    """Switches of one decoding run."""

    alignment: str
    attention: str
    window: float
    temperature: float = 1.0


@dataclass
class Rows:
    """The rows of a batch that have not ended.

    Attributes:
        index: Which sentence of the batch each is, (rows,).
        memory: (rows, src_len, hidden).
        mask: (rows, src_len).
        state: (rows, hidden).
        token: Emitted last, (rows,).
    """

    index: Tensor
    memory: Tensor
    mask: Tensor
    state: Tensor
    token: Tensor

    def keep(self, alive: Tensor) -> Rows:
        """Return the rows where `alive` (rows,) is True."""
        return Rows(self.index[alive], self.memory[alive], self.mask[alive], self.state[alive], self.token[alive])


def weigh(
    model: RecurrentModel, combination: Combination, query: Tensor, memory: Tensor, mask: Tensor, first: int
) -> tuple[Tensor, Tensor]:
    """Attend under one combination, without noise or bias.

    Args:
        model: In evaluation mode.
        combination: The switches.
        query: (batch, tgt_len, hidden).
        memory: (batch, src_len, hidden).
        mask: (batch, src_len).
        first: Number of the first of the decoding steps in `query`.

    Returns:
        weights (batch, tgt_len, src_len) and context (batch, tgt_len, hidden).
    """
    nothing = torch.zeros(())
    position = torch.arange(first, first + query.shape[1], dtype=query.dtype).expand(query.shape[:2])
    rows = torch.ones(query.shape[0])
    scores = model.decoder.alignments[combination.alignment](query, memory)
    scored = Scored(
        scores,
        query,
        position,
        mask,
        rows * combination.window,
        rows * combination.temperature,
        nothing,
        nothing,
        model.config.layout,
    )
    weights, _ = model.decoder.attentions[combination.attention](scored)
    return weights, weights @ memory


@torch.inference_mode()
def greedy(model: RecurrentModel, encoded: tuple[Tensor, Tensor, Tensor], combination: Combination) -> list[list[int]]:
    """Decode a batch greedily; a row that has emitted the end token costs nothing more.

    Args:
        model: In evaluation mode.
        encoded: memory, mask and state.
        combination: The switches.

    Returns:
        The tokens of each row without begin and end.
    """
    memory, mask, state = encoded
    count = memory.shape[0]
    emitted: list[list[int]] = [[] for _ in range(count)]
    rows = Rows(torch.arange(count), memory, mask, state, torch.full((count,), corpus.BEGIN))
    for step in range(model.config.max_target):
        query = model.decoder.queries(rows.token.unsqueeze(1), rows.state)  # (rows, 1, hidden)
        _, context = weigh(model, combination, query, rows.memory, rows.mask, step)
        logits = model.decoder.logits(model.decoder.attentional_state(query, context).squeeze(1))
        logits[:, NEVER_EMITTED] = -torch.inf
        rows.token, rows.state = logits.argmax(dim=1), query.squeeze(1)
        alive = rows.token != corpus.END
        if not bool(alive.all()):
            rows = rows.keep(alive)
        for index, token in zip(rows.index.tolist(), rows.token.tolist(), strict=True):
            emitted[index].append(token)
        if not len(rows.index):
            break
    return emitted


def source_batches(trained: Trained, sources: Sequence[str], rows: int) -> Iterator[tuple[list[int], Tensor]]:
    """Tokenise sentences, sort them by length and pad them, `rows` at a time.

    A source longer than the model takes is cut there.

    Yields:
        Numbers of the sentences, and their ids, (rows, src_len).
    """
    longest = trained.model.config.max_source
    ids = [
        encoding.ids[: longest - 1] for encoding in trained.source.encode_batch(list(sources), add_special_tokens=False)
    ]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    for start in range(0, len(order), rows):
        places = order[start : start + rows]
        yield places, corpus.pad([[*ids[place], corpus.END] for place in places])


@torch.inference_mode()
def translate(
    trained: Trained, sources: Sequence[str], combinations: Sequence[Combination], rows: int = 256
) -> Iterator[tuple[int, Combination, str]]:
    """Translate sentences under several combinations, sorted by length, `rows` at a time.

    Yields:
        Number of the sentence, combination, translation; in no particular order.
    """
    model = trained.model
    assert isinstance(model, RecurrentModel)
    for places, source in source_batches(trained, sources, rows):
        mask = source != corpus.PADDING
        memory, state = model.encoder(source, mask)
        for combination in combinations:
            tokens = greedy(model, (memory, mask, state), combination)
            for place, text in zip(places, trained.target.decode_batch(tokens), strict=True):
                yield place, combination, text.strip()


def translate_all(
    trained: Trained, sources: Sequence[str], combinations: Sequence[Combination], advance: Callable[[], None]
) -> dict[tuple[str, str], list[str]]:
    """Return the translations of all sentences by (alignment function, attention type).

    Args:
        trained: The model.
        sources: The sentences.
        combinations: What to translate them under.
        advance: Called after each translation.
    """
    texts = {(one.alignment, one.attention): [""] * len(sources) for one in combinations}
    for place, combination, text in translate(trained, sources, combinations):
        texts[combination.alignment, combination.attention][place] = text
        advance()
    return texts


@torch.inference_mode()
def forced_weights(
    model: RecurrentModel, pairs: Sequence[tuple[list[int], list[int]]], combination: Combination
) -> list[Tensor]:
    """Return the weights (target pieces, source pieces) of each pair, its target forced.

    Args:
        model: In evaluation mode.
        pairs: Source and target ids, end tokens last.
        combination: The switches.
    """
    batch = corpus.make_batch(pairs)
    memory, state = model.encoder(batch.source, batch.source_mask)
    query = model.decoder.queries(batch.inputs, state)  # (batch, tgt_len, hidden)
    weights, _ = weigh(model, combination, query, memory, batch.source_mask, 0)
    return [table[: len(target), : len(source)] for table, (source, target) in zip(weights, pairs, strict=True)]
