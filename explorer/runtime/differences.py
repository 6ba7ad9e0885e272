"""How two runs on one source differ: the axis that they share, and row by row the distance of what they look at."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.labels import END_LABEL, printable
from explorer.runtime.trace import Array, Source, Step

Shares = npt.NDArray[np.float64]
"""Weights that sum to 1."""


@dataclass(frozen=True, slots=True)
class SharedAxis:
    """The source positions of two runs on one axis.

    Attributes:
        labels: What is drawn for each column of the axis.
        left: For each source position of the left run its column.
        right: The same for the right run.
        by_words: Whether a column is a word, to which the pieces of both vocabularies are summed.
    """

    labels: tuple[str, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    by_words: bool

    def __len__(self) -> int:
        return len(self.labels)

    def summed(self, weights: Array, columns: Sequence[int]) -> Array:
        """Return the weights of one side on the axis, (columns,).

        Args:
            weights: (src_len,) of that side.
            columns: `left` or `right`.
        """
        total: Array = np.bincount(columns, weights, minlength=len(self)).astype(np.float32)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class RowDifference:
    """How a decoding step of two runs differs.

    Attributes:
        weights: The right run's weights less the left run's, on the shared axis, (columns,), -1 to 1.
        distance: Jensen-Shannon distance, 0 to 1; NaN where a run has no weight at all.
        agrees: Whether both have their greatest weight in the same column; None where a run has no weight at all.
    """

    weights: Array
    distance: float
    agrees: bool | None


@dataclass(frozen=True, eq=False)
class Differences:
    """How two runs differ, in the steps that both of them have.

    Attributes:
        axis: The columns.
        rows: One for each step.
    """

    axis: SharedAxis
    rows: tuple[RowDifference, ...]

    @functools.cached_property
    def weights(self) -> Array:
        """All rows, (steps, columns)."""
        return np.stack([row.weights for row in self.rows]) if self.rows else np.zeros((0, len(self.axis)), np.float32)

    @functools.cached_property
    def distances(self) -> tuple[float, ...]:
        """The distances that there are: rows without weights are left out."""
        return tuple(row.distance for row in self.rows if not math.isnan(row.distance))

    @property
    def mean_distance(self) -> float:
        """Mean distance of the rows that have one; NaN where none has."""
        return sum(self.distances) / len(self.distances) if self.distances else math.nan

    @property
    def agreeing(self) -> int:
        """Rows in which both look most at the same column."""
        return sum(row.agrees is True for row in self.rows)


def shared_axis(left: Source, right: Source) -> SharedAxis:
    """Return the axis on which two runs can be compared.

    Position by position where both sources have the same pieces, or the same grid of cells. Otherwise word by word: the
    weights of a word's pieces are summed, the end token is a column of its own.

    Raises:
        InputError: There is no such axis; says why in one sentence.
    """
    if left.picture is not None or right.picture is not None:
        return _axis_of_cells(left, right)
    if left.pieces == right.pieces:
        places = tuple(range(len(left)))
        return SharedAxis(left.labels, places, places, False)
    words = left.text.split()
    if words != right.text.split():
        raise InputError("no differences: the two sides read different sources")
    for source in (left, right):
        if set(source.words) - {-1} != set(range(len(words))):
            raise InputError("no differences: a piece of one vocabulary spans several words, so words do not line up")
    labels = (*map(printable, words), END_LABEL)
    return SharedAxis(labels, _columns(left, len(words)), _columns(right, len(words)), True)


def differences(left: Sequence[Step], right: Sequence[Step], axis: SharedAxis) -> Differences:
    """Compare two runs step by step, as far as both have come."""
    return Differences(axis, tuple(_row(axis, one, other) for one, other in zip(left, right, strict=False)))


def jensen_shannon_distance(one: Array, other: Array) -> float:
    """Return the Jensen-Shannon distance of two rows of weights: the square root of the divergence in bits.

    0 for the same distribution, 1 for two that share no position (Endres and Schindelin 2003: unlike the divergence it
    is a metric). Rows that do not sum to 1, as those of local_p, are normalised.

    Args:
        one: (columns,).
        other: (columns,).

    Returns:
        The distance, 0 to 1; NaN where a row has no weight at all.
    """
    totals = [float(row.sum(dtype=np.float64)) for row in (one, other)]
    if min(totals) <= 0.0:
        return math.nan
    first, second = one.astype(np.float64) / totals[0], other.astype(np.float64) / totals[1]
    middle = (first + second) / 2
    divergence = (_relative_entropy(first, middle) + _relative_entropy(second, middle)) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))


def parting(left: Sequence[Step], right: Sequence[Step]) -> int | None:
    """Return the first step at which two runs emitted different tokens; None where they did not.

    From the step after it on they no longer have the same prefix, and no longer the same query.
    """
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one.piece != other.piece:
            return place
    return None


def _row(axis: SharedAxis, left: Step, right: Step) -> RowDifference:
    one, other = axis.summed(left.weights, axis.left), axis.summed(right.weights, axis.right)
    both = bool(one.any() and other.any())
    agrees = int(one.argmax()) == int(other.argmax()) if both else None
    return RowDifference(other - one, jensen_shannon_distance(one, other), agrees)


def _relative_entropy(one: Shares, of: Shares) -> float:
    """Return the Kullback-Leibler divergence in bits; `of` is above 0 wherever `one` is."""
    seen = one > 0
    return float((one[seen] * np.log2(one[seen] / of[seen])).sum())


def _axis_of_cells(left: Source, right: Source) -> SharedAxis:
    if left.picture is None or right.picture is None:
        raise InputError("no differences: one side reads a picture, the other a sentence")
    grids = {(source.picture.rows, source.picture.columns) for source in (left, right) if source.picture is not None}
    if len(grids) > 1:
        raise InputError("no differences: the two models cut the picture into different cells")
    places = tuple(range(len(left)))
    return SharedAxis(left.labels, places, places, False)


def _columns(source: Source, end: int) -> tuple[int, ...]:
    return tuple(end if word < 0 else word for word in source.words)
