"""One sentence pair with attention from elsewhere, and the trace that every drawing reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.card import Heads
from explorer.runtime.controls import Controls
from explorer.runtime.foreign.spelling import spelled
from explorer.runtime.frozen import frozen
from explorer.runtime.heads import ROLLOUT, seen_through
from explorer.runtime.labels import printable
from explorer.runtime.switches import NO_WINDOW, check_shown
from explorer.runtime.trace import Array, HeadStep, Source, Step, Trace

MOST_WEIGHTS = 1 << 25
"""Weights of a whole file: 128 MiB as float32."""
MOST_TOKENS = 4096
"""Tokens of a sentence, source or target."""
LONGEST_TOKEN = 1000
"""Characters of a token."""
MOST_PAIRS = 50_000
"""Sentence pairs of a file."""
MOST_HEADS = 128
"""Layers, and heads of a layer."""
ROUNDING = 1e-3
"""A weight may be above 1 by so much: half precision rounds."""

AXES = ("layers", "heads", "tgt_len", "src_len")
PLAIN = len(("tgt_len", "src_len"))
"""Axes of weights without heads."""


@dataclass(frozen=True, slots=True, eq=False)
class ForeignPair:
    """A sentence pair and its weights, checked: `checked_pair` makes it.

    Attributes:
        source_tokens: The source's tokens as the file spells them. Length src_len.
        target_tokens: The target's tokens. Length tgt_len.
        weights: (tgt_len, src_len), (heads, tgt_len, src_len) or (layers, heads, tgt_len, src_len), as in the file:
            finite and from 0 to 1.
    """

    source_tokens: tuple[str, ...]
    target_tokens: tuple[str, ...]
    weights: Array

    @property
    def counts(self) -> Heads | None:
        """How many layers and heads there are; None for weights without heads."""
        if self.weights.ndim == PLAIN:
            return None
        layers, heads = self.maps.shape[:2]
        return Heads(layers, 0, heads, "unknown")

    @property
    def maps(self) -> Array:
        """The weights with all axes, (layers, heads, tgt_len, src_len)."""
        return self.weights.reshape((1,) * (len(AXES) - self.weights.ndim) + self.weights.shape)

    @property
    def shape(self) -> str:
        """The shape of the weights for people: "6 layers × 8 heads × 12 target × 14 source"."""
        return described(self.weights.shape)


@dataclass(frozen=True)
class ForeignFile:
    """Everything that one file holds.

    Attributes:
        name: What the file is called, safe to show.
        kind: Its form, one of `explorer.runtime.foreign.files.KINDS`.
        pairs: Its sentence pairs, at least one.
    """

    name: str
    kind: str
    pairs: tuple[ForeignPair, ...]


def checked_pair(
    place: str, source: Sequence[str], target: Sequence[str], weights: npt.NDArray[np.generic]
) -> ForeignPair:
    """Return a pair that can be drawn.

    Args:
        place: What errors call it: "a.jsonl, line 3".
        source: The source's tokens.
        target: The target's tokens.
        weights: As in `ForeignPair`, of any number type.

    Raises:
        InputError: The shape does not fit the tokens, something is too large, or a weight is no share: not finite,
            negative or above 1.
    """
    for side, tokens in (("source", source), ("target", target)):
        _check_tokens(place, side, tokens)
    _check_shape(place, len(source), len(target), weights.shape)
    if weights.dtype.kind not in "fiub":
        raise InputError(f"{place}: weights are of type {weights.dtype}, not real numbers")
    _check_values(place, weights)
    return ForeignPair(tuple(source), tuple(target), frozen(weights.astype(np.float32)))


def bounded(place: str, pairs: Iterable[ForeignPair]) -> tuple[ForeignPair, ...]:
    """Return the pairs of a file.

    Raises:
        InputError: There is none, or they are too many or have too many weights together.
    """
    kept: list[ForeignPair] = []
    weights = 0
    for pair in pairs:
        kept.append(pair)
        weights += pair.weights.size
        if len(kept) > MOST_PAIRS or weights > MOST_WEIGHTS:
            raise InputError(
                f"{place}: too much for one file; the limits are {MOST_PAIRS} sentences and {MOST_WEIGHTS} weights"
            )
    if not kept:
        raise InputError(f"{place}: there is no sentence in it")
    return tuple(kept)


def showing(pair: ForeignPair, layer: int | None, head: int | None, aggregate: str | None) -> Controls:
    """Return the controls that show one head, or several as one: by default the mean of all.

    Raises:
        InputError: The pair has no heads, or not these.
    """
    plain = Controls("", "", NO_WINDOW, 1.0)
    counts = pair.counts
    if counts is None:
        if (layer, head, aggregate) != (None, None, None):
            raise InputError("the weights have neither layers nor heads: they are one map, tgt_len × src_len")
        return plain
    if aggregate == ROLLOUT:
        raise InputError("rollout follows self-attention from layer to layer, and the file has none: mean or max")
    if head is None and aggregate is None:
        aggregate = "mean"
    if head is not None and layer is None and counts.layers == 1:
        layer = 0
    controls = plain.replace(layer=layer, head=head, aggregate=aggregate)
    check_shown(counts, controls)
    return controls


def trace_of(pair: ForeignPair, model: str, controls: Controls) -> Trace:
    """Return a pair as a trace, whose every step is known.

    What only a model knows is missing: log-probabilities and scores are NaN, there are no candidates and no states.

    Args:
        pair: The pair.
        model: What stands in the place of the model's name: the file.
        controls: From `showing`.
    """
    source, target = spelled(pair.source_tokens), spelled(pair.target_tokens)
    src_len = len(source.pieces)
    steps = [
        _step(row, target.pieces[row], target.labels[row], pair.maps[:, :, row], pair.counts is not None)
        for row in range(len(target.pieces))
    ]
    if pair.counts is not None:
        steps = seen_through(steps, controls, None)
    read = Source(source.text, tuple(range(src_len)), source.pieces, source.labels, source.words)
    return Trace(model, read, controls, tuple(steps), True, target.text)


def _step(row: int, piece: str, label: str, maps: Array, heads: bool) -> Step:
    """Return a step from what all its heads look at, (layers, heads, src_len)."""
    layers, count, src_len = maps.shape
    unknown = np.full(src_len, np.nan, dtype=np.float32)
    none = np.zeros((layers, count, 0), dtype=np.float32)
    return Step(
        position=row,
        token=row,
        piece=piece,
        label=label,
        log_prob=math.nan,
        forced=False,
        candidates=(),
        scores=unknown,
        weights=maps[0, 0],
        center=math.nan,
        state=np.zeros(0, dtype=np.float32),
        heads=HeadStep(np.broadcast_to(unknown, maps.shape), maps, none, none) if heads else None,
    )


def described(shape: Sequence[int]) -> str:
    """Return a shape for people: "8 heads × 12 target × 14 source"."""
    names = (("layer", "layers"), ("head", "heads"), ("target", "target"), ("source", "source"))[-len(shape) :]
    return " × ".join(f"{size} {name[size != 1]}" for size, name in zip(shape, names, strict=True))


def _check_tokens(place: str, side: str, tokens: Sequence[str]) -> None:
    if len(tokens) > MOST_TOKENS:
        raise InputError(f"{place}: {len(tokens)} {side} tokens, the limit is {MOST_TOKENS}")
    if not tokens:
        raise InputError(f"{place}: the {side} has no tokens")
    for number, token in enumerate(tokens):
        if len(token) > LONGEST_TOKEN:
            raise InputError(
                f"{place}: {side} token {number} has {len(token)} characters, the limit is {LONGEST_TOKEN}"
            )
        if "\0" in token or any("\ud800" <= character <= "\udfff" for character in token):
            raise InputError(f"{place}: {side} token {number} ({printable(token)}) is no text that can be written")


def _check_shape(place: str, src_len: int, tgt_len: int, shape: tuple[int, ...]) -> None:
    if not PLAIN <= len(shape) <= len(AXES):
        raise InputError(
            f"{place}: weights have {len(shape)} {'axis' if len(shape) == 1 else 'axes'}; "
            "they are (tgt, src), (heads, tgt, src) or (layers, heads, tgt, src)"
        )
    if shape[-PLAIN:] != (tgt_len, src_len):
        turned = "; they fit turned round: rows are target tokens, columns source tokens"
        raise InputError(
            f"{place}: weights are {shape[-2]} × {shape[-1]}, but there are {tgt_len} target tokens and {src_len} "
            f"source tokens{turned if shape[-PLAIN:] == (src_len, tgt_len) else ''}"
        )
    for name, size in zip(AXES[-len(shape) : -PLAIN], shape, strict=False):
        if not 1 <= size <= MOST_HEADS:
            raise InputError(f"{place}: {size} {name}; there are from 1 to {MOST_HEADS}")
    if math.prod(shape) > MOST_WEIGHTS:
        raise InputError(f"{place}: {math.prod(shape)} weights, the limit is {MOST_WEIGHTS}")


def _check_values(place: str, weights: npt.NDArray[np.generic]) -> None:
    values = weights.astype(np.float64) if weights.dtype.kind in "bf" and weights.dtype.itemsize < 4 else weights
    for wrong, what in (
        (~np.isfinite(values), "a weight is a finite number"),
        (np.less(values, 0), "no weight is negative"),
        (np.greater(values, 1 + ROUNDING), "weights are shares after the softmax, at most 1"),
    ):
        if wrong.any():
            first = tuple(int(number) for number in np.argwhere(wrong)[0])
            raise InputError(f"{place}: weights[{', '.join(map(str, first))}] is {float(weights[first]):g}; {what}")
