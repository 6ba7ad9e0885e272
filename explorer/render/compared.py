"""Two runs on one source as one value: their names, how they differ, and both as data."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.render.cells import truncate, width_of
from explorer.render.difference import distance_label
from explorer.render.grid_fit import LONGEST_LABEL
from explorer.render.summary import facts_of, mechanism
from explorer.render.trace_content import rounded, rounded_number, trace_arrays, trace_content
from explorer.runtime.differences import Differences, SharedAxis, differences, parting, shared_axis
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace

SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class Compared:
    """Two runs.

    Attributes:
        left: One of them.
        right: The other one; differences are its weights less the left one's.
    """

    left: Trace
    right: Trace

    @property
    def traces(self) -> tuple[Trace, Trace]:
        """Left and right."""
        return self.left, self.right

    @functools.cached_property
    def names(self) -> tuple[str, str]:
        """What each side looks with: "dot · global"; with its model where the sides have different ones."""
        found = tuple(mechanism(trace.controls) or "attention" for trace in self.traces)
        if self.left.model != self.right.model:
            found = tuple(f"{printable(trace.model)} · {name}" for trace, name in zip(self.traces, found, strict=True))
        return found[0], found[1]

    @functools.cached_property
    def facts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Model, switches and mean entropy of each side."""
        return facts_of(self.left), facts_of(self.right)

    @functools.cached_property
    def _axis(self) -> SharedAxis | str:
        try:
            return shared_axis(self.left.source, self.right.source)
        except InputError as error:
            return str(error)

    @property
    def axis(self) -> SharedAxis | None:
        """The columns of the differences; None where they are not defined."""
        return None if isinstance(self._axis, str) else self._axis

    @property
    def undefined(self) -> str:
        """Why differences are not defined, "" where they are."""
        return self._axis if isinstance(self._axis, str) else ""

    @functools.cached_property
    def differences(self) -> Differences | None:
        """The differences of the steps that both sides have; None where they are not defined."""
        axis = self.axis
        return None if axis is None else differences(self.left.steps, self.right.steps, axis)

    @functools.cached_property
    def parting(self) -> int | None:
        """The first row in which the sides emitted different tokens; None where they did not."""
        return parting(self.left.steps, self.right.steps)

    def parted(self, row: int) -> bool:
        """Whether the tokens before a row differ, so that the sides do not have the same query there."""
        return self.parting is not None and row > self.parting

    def row_name(self, row: int) -> str:
        """Return the token of a row of the differences, of both sides where it is not the same: "robe/tenue"."""
        one, other = self.left.steps[row], self.right.steps[row]
        return one.label if one.piece == other.piece else f"{one.label}/{other.label}"

    def row_label(self, row: int, room: int = LONGEST_LABEL - 2) -> str:
        """Return what stands left of a row of the differences: its token and its distance, "robe  0.31 ≠".

        Args:
            row: Number of the row.
            room: Terminal cells that it takes at most; a longer token is cut, the distance never is.
        """
        found = self.differences
        assert found is not None
        compared = found.rows[row]
        distance = distance_label(compared.distance, compared.agrees).strip()
        name = truncate(printable(self.row_name(row)), max(1, room - width_of(distance) - 2))
        return f"{name}  {distance}"

    def difference_title(self, row: int, column: int, difference: float) -> str:
        """Return what a pointer over a difference is told: "robe → dress: +31.2 %"."""
        assert self.axis is not None
        pair = f"{printable(self.row_name(row))} → {printable(self.axis.labels[column])}"
        return f"{pair}: {difference * 100:+.1f} %".replace("-", "−")

    @property
    def facts_of_differences(self) -> tuple[str, ...]:
        """Mean distance, how often the greatest weights agree, where the tokens part: short phrases."""
        found = self.differences
        if found is None:
            return (self.undefined,)
        if not found.rows:
            told = ["no token is emitted yet"]
        elif math.isnan(found.mean_distance):
            told = ["no attention, so no Jensen-Shannon distance"]
        else:
            told = [
                f"mean Jensen-Shannon distance {found.mean_distance:.2f}",
                f"= same arg-max in {found.agreeing} of {len(found.distances)} rows",
            ]
        if self.parting is not None:
            told.append(f"tokens part at row {self.parting + 1}")
        if found.axis.by_words:
            told.append("weights summed word by word")
        return tuple(told)

    def content(self, *, all_heads: bool = False) -> Mapping[str, Any]:
        """Return what JSON holds.

        Fields: left and right, each with the fields of `trace_content`, and differences, null where they are not
        defined: columns (labels of the axis), by_words (whether a column is a word), weights (rows × columns, right
        less left), distances (Jensen-Shannon, null where a side has no weight), agree (whether the arg-max is the same,
        null as before), mean_distance and parting (the first row, counted from 0, whose tokens differ, or null).
        """
        found = self.differences
        sides = {
            side: trace_content(trace, all_heads=all_heads) for side, trace in zip(SIDES, self.traces, strict=True)
        }
        if found is None:
            return {**sides, "differences": None}
        compared = {
            "columns": list(found.axis.labels),
            "by_words": found.axis.by_words,
            "weights": rounded(found.weights),
            "distances": rounded(self._distances),
            "agree": [row.agrees for row in found.rows],
            "mean_distance": rounded_number(found.mean_distance),
            "parting": self.parting,
        }
        return {**sides, "differences": compared}

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return what npz holds: the arrays of `trace_arrays` of each side, named left_… and right_….

        And, where they are defined, differences (rows, columns) float32, columns (labels), distances (rows) with NaN
        where a side has no weight, and agree (rows): 1, 0, or -1 where a side has no weight.
        """
        arrays = {
            f"{side}_{name}": array
            for side, trace in zip(SIDES, self.traces, strict=True)
            for name, array in trace_arrays(trace).items()
        }
        found = self.differences
        if found is None:
            return arrays
        return arrays | {
            "differences": found.weights,
            "columns": np.array(found.axis.labels, dtype=np.str_),
            "distances": self._distances,
            "agree": np.array([-1 if row.agrees is None else int(row.agrees) for row in found.rows], dtype=np.int8),
        }

    @property
    def _distances(self) -> npt.NDArray[np.float64]:
        found = self.differences
        return np.array([] if found is None else [row.distance for row in found.rows], dtype=np.float64)
