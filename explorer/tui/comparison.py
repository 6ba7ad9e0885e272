"""What the screen of two runs draws: both views, the cursor that they share, and their differences."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass

import numpy as np

from explorer.render.compared import Compared
from explorer.render.diverging import DivergingPalette
from explorer.render.layout import Zoom
from explorer.render.summary import mechanism
from explorer.runtime.differences import Differences, SharedAxis, differences
from explorer.tui.pair import LEFT, RIGHT, Side, Sides
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import View

ZOOMS = (Zoom.FIT, Zoom.CELL, Zoom.WIDE)
"""How wide columns can be; a whole long grid in small has no cells whose difference could be read."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The state of the screen.

    Attributes:
        view: The explorer's view, for its colours and its zoom.
        sides: The two runs.
        active: The side whose switches the keys change, 0 or 1.
        row: Row of the cursor; None is the last step of the longer run.
        column: Column of the cursor on the shared axis; None follows the greatest weight of the active side.
    """

    view: View
    sides: Sides
    active: int = RIGHT
    row: int | None = None
    column: int | None = None

    def replace(self, **changes: object) -> Comparison:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @functools.cached_property
    def palette(self) -> DivergingPalette:
        """Colours of the differences, as many as those of the weights."""
        return DivergingPalette(self.view.palette.depth)

    @functools.cached_property
    def compared(self) -> Compared:
        """What both sides have emitted; the steps at hand are not in it."""
        return Compared(self._snapshot(LEFT).trace, self._snapshot(RIGHT).trace)

    @property
    def axis(self) -> SharedAxis | None:
        """The shared axis; None where there is none."""
        return self.compared.axis

    @property
    def undefined(self) -> str:
        """Why differences are not defined, "" where they are."""
        return self.compared.undefined

    @functools.cached_property
    def differences(self) -> Differences | None:
        """The differences of the steps that both sides have; None where they are not defined."""
        axis = self.axis
        return None if axis is None else differences(self._snapshot(LEFT).steps, self._snapshot(RIGHT).steps, axis)

    @property
    def parting(self) -> int | None:
        """The first row in which the sides emitted different tokens; None where they did not."""
        return self.compared.parting

    @property
    def rows(self) -> int:
        """Steps of the longer run."""
        return max(len(side.snapshot.steps) for side in self.sides)

    @property
    def cursor_row(self) -> int:
        """Row of the cursor."""
        return self.rows - 1 if self.row is None else min(self.row, self.rows - 1)

    @functools.cached_property
    def cursor_column(self) -> int | None:
        """Column of the cursor on the shared axis; None where there are no weights or no such axis."""
        axis = self.axis
        if axis is None:
            return None
        if self.column is not None:
            return min(self.column, len(axis) - 1)
        for number in (self.active, 1 - self.active):
            steps = self._snapshot(number).steps
            weights = axis.summed(steps[min(self.cursor_row, len(steps) - 1)].weights, self._places(number))
            if weights.any():
                return int(weights.argmax())
        return None

    def column_of(self, number: int, position: int | None) -> int | None:
        """Return the column on the shared axis of a source position of a side."""
        return None if position is None or self.axis is None else self._places(number)[position]

    def view_of(self, number: int) -> View:
        """Return what the widgets of a side draw."""
        column = self.cursor_column
        position = None if column is None else self._places(number).index(column)
        return self.view.replace(
            snapshot=self._snapshot(number), row=self.cursor_row, column=position, zoom=self.zoom, playing=False
        )

    @property
    def view_of_differences(self) -> View:
        """Return what the grid of differences is laid out for."""
        return self.view_of(LEFT).replace(column=self.cursor_column)

    @property
    def zoom(self) -> Zoom:
        """How wide columns are."""
        return self.view.zoom if self.view.zoom in ZOOMS else Zoom.FIT

    def title(self, number: int) -> str:
        """Return what a side's grid shows: "dot · global"."""
        return mechanism(self._snapshot(number).trace.controls)

    def facts(self, number: int) -> str:
        """Return model, switches and mean entropy of a side."""
        return " · ".join(self.compared.facts[number])

    @property
    def side(self) -> Side:
        """The active side."""
        return self.sides[self.active]

    @property
    def summary(self) -> str:
        """Mean distance and how often the greatest weights agree, in a few words."""
        found = self.differences
        if found is None:
            return ""
        if math.isnan(found.mean_distance):
            return "no attention, no √JS"
        return f"mean {found.mean_distance:.2f} · = {found.agreeing}/{len(found.distances)}"

    @property
    def prefix(self) -> str:
        """Whether both sides have the same tokens, in a few words."""
        if self.parting is not None:
            return f"tokens part at row {self.parting + 1}"
        left, right = (side.snapshot.emitted for side in self.sides)
        return "same tokens" if left == right else f"same tokens as far as row {min(left, right)}"

    def greatest(self) -> tuple[int, float] | None:
        """Return the column of greatest difference of the cursor's row and that difference."""
        found = self.differences
        if found is None or self.cursor_row >= len(found.rows):
            return None
        weights = found.rows[self.cursor_row].weights
        column = int(np.abs(weights).argmax())
        return column, float(weights[column])

    def _places(self, number: int) -> tuple[int, ...]:
        axis = self.axis
        assert axis is not None
        return axis.left if number == LEFT else axis.right

    def _snapshot(self, number: int) -> Snapshot:
        return self.sides[number].snapshot
