"""From what the step graph gives to the steps of a trace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from explorer.errors import BundleError
from explorer.runtime.family import Look, Slot
from explorer.runtime.frozen import frozen
from explorer.runtime.graphs import Result
from explorer.runtime.sampling import choose
from explorer.runtime.switches import bias_rows, head_bias_rows
from explorer.runtime.text import Vocabulary
from explorer.runtime.trace import Array, Candidate, Step

CANDIDATES = 10
"""How many of the most probable tokens a step keeps."""

_BLOCK = 64


def make_steps(
    vocabulary: Vocabulary, result: Result, looks: Sequence[Look], slots: Sequence[Slot], top: int = CANDIDATES
) -> list[Step]:
    """Return one step for each row.

    Args:
        vocabulary: The target vocabulary.
        result: What the step graph gave for the rows.
        looks: What each row looked at.
        slots: What each row was computed for.
        top: How many candidates to keep.

    Raises:
        BundleError: The graph's numbers are not finite.
    """
    logits = np.asarray(result.logits)  # (batch, vocab)
    normaliser = log_normaliser(logits)  # (batch,)
    ranked = rank(logits, top, vocabulary.not_chosen)  # (batch, top)
    return [
        _make_step(vocabulary, logits[row], looks[row], slot, ranked[row], float(normaliser[row]))
        for row, slot in enumerate(slots)
    ]


def log_normaliser(logits: Array) -> npt.NDArray[np.float64]:
    """Return log Σ exp(logit) of each row, (batch,); `logits` (batch, vocab).

    Raises:
        BundleError: It is not finite.
    """
    greatest = logits.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # what is not finite is reported below
        total = np.exp(logits - greatest).sum(axis=1, dtype=np.float64)
        normaliser: npt.NDArray[np.float64] = greatest[:, 0].astype(np.float64) + np.log(total)
    if not np.isfinite(normaliser).all():
        raise BundleError("step.onnx: its logits are not finite numbers; the model is damaged")
    return normaliser


def rank(logits: Array, top: int, excluded: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return the `top` tokens of greatest logit, best first, (batch, top), without those excluded.

    The best tokens lie in the blocks of greatest maximum, so only those blocks are sorted: a fifth of the time of a
    partition of the whole vocabulary.
    """
    batch, vocab = logits.shape
    top = min(top, vocab - len(excluded))
    blocks = -(-vocab // _BLOCK)
    padded = np.full((batch, blocks * _BLOCK), -np.inf, dtype=np.float32)
    padded[:, :vocab] = logits
    padded[:, list(excluded)] = -np.inf
    maxima = padded.reshape(batch, blocks, _BLOCK).max(axis=2)  # (batch, blocks)
    kept = min(top, blocks)
    chosen = np.argpartition(maxima, blocks - kept, axis=1)[:, blocks - kept :]  # (batch, kept)
    tokens = (chosen[:, :, None] * _BLOCK + np.arange(_BLOCK)).reshape(batch, -1)  # (batch, kept * _BLOCK)
    values = padded[np.arange(batch)[:, None], tokens]
    best = np.argpartition(values, -top, axis=1)[:, -top:]
    rows = np.arange(batch)[:, None]
    tokens, values = tokens[rows, best], values[rows, best]
    ranked: npt.NDArray[np.intp] = tokens[rows, np.lexsort((tokens, -values), axis=1)]
    return ranked


def _make_step(
    vocabulary: Vocabulary, logits: Array, look: Look, slot: Slot, ranked: npt.NDArray[np.intp], normaliser: float
) -> Step:
    candidates = tuple(
        Candidate(
            token, vocabulary.piece(token), vocabulary.label(token, slot.previous), float(logits[token]) - normaliser
        )
        for token in ranked.tolist()
    )
    strategy, draw = slot.controls.strategy, None
    chosen = candidates[0].token
    if strategy.draws:
        chosen, draw = choose(logits, normaliser, vocabulary.not_chosen, strategy, slot.position)
    token = chosen if slot.token is None else slot.token
    return Step(
        position=slot.position,
        token=token,
        piece=vocabulary.piece(token),
        label=vocabulary.label(token, slot.previous),
        log_prob=float(logits[token]) - normaliser,
        forced=slot.forced,
        candidates=candidates,
        scores=look.scores,
        weights=look.weights,
        center=look.center,
        state=look.state,
        heads=look.heads,
        center_cell=look.center_cell,
        draw=draw,
        bias=_bias(slot),
        head_bias=_head_bias(slot, look),
    )


def _bias(slot: Slot) -> Array | None:
    """Return what a slot's controls add to the scores, (src_len,); None where that is nothing."""
    if not slot.controls.bias:
        return None
    (bias,) = bias_rows([(slot.position, slot.controls)], slot.src_len)
    return frozen(bias) if bias.any() else None


def _head_bias(slot: Slot, look: Look) -> Array | None:
    """Return what a slot's controls add to single heads, (layers, heads, src_len); None where that is nothing."""
    if look.heads is None:
        return None
    layers, heads, src_len = look.heads.cross_scores.shape
    bias = head_bias_rows([(slot.position, slot.controls)], layers, heads, src_len)
    return None if bias is None else frozen(bias[0])
