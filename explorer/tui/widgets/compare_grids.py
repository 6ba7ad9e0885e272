"""The three grids of a comparison: both sides with one geometry, and their differences beside them."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from explorer.render.difference import difference_line, distance_label
from explorer.render.grid import GridStyle
from explorer.render.layout import GridLayout
from explorer.tui.comparison import Comparison
from explorer.tui.pair import LEFT, RIGHT
from explorer.tui.view import View
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.grid import ROOM_FOR_ENTROPY, AttentionGrid, without_figures

ROOM_FOR_PREFIX = 44
"""Least width of the grid of differences whose title says where the tokens part."""


class ComparedGrid(AttentionGrid):
    """A grid of a comparison: all three have the same rows, and the same room for labels and columns."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._comparison: Comparison | None = None

    def _draw(self, comparison: Comparison, view: View) -> None:
        """Draw a view, also the same one again: what stands beside it may have changed."""
        self._comparison = comparison
        if view == self.view:
            self.watch_view(view)
        else:
            self.view = view

    def _labels(self, view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
        columns = view.snapshot.trace.source.labels
        if self._comparison is None:
            return columns, view.snapshot.labels
        return columns, tuple(label for side in self._comparison.sides for label in side.snapshot.labels)

    def _rows(self, view: View) -> int:
        return len(view.snapshot.steps) if self._comparison is None else self._comparison.rows

    def _grid_width(self) -> int:
        # Three widgets share a line whose cells may not be a multiple of three: the narrowest counts for all.
        return super()._grid_width() - max(0, self.outer_size.width - self.screen.size.width // 3)

    def _side(self, entropy: str, focus: str) -> str:
        return super()._side(entropy, focus) if self.size.width >= ROOM_FOR_ENTROPY else ""


class SideGrid(ComparedGrid):
    """The attention grid of one side."""

    def __init__(self, number: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._number = number

    def show(self, comparison: Comparison) -> None:
        """Draw a side of a comparison."""
        self.set_title(comparison.title(self._number))
        self._draw(comparison, comparison.view_of(self._number))

    def _legend(self, view: View, said: str) -> str:
        pans = " · shift+←/→ pans" if said else ""
        return f"{view.zoom.value}{pans} · {view.palette.name} · {view.palette.legend()}"


class DifferenceGrid(ComparedGrid, can_focus=False):
    """The right side's weights less the left side's; instead of a label each row has its distance."""

    SIDE_HEADS = ("Δ bits", "")

    class CellChosen(FaceWidget.CellChosen):
        """A cell was clicked; its column is one of the shared axis."""

    def show(self, comparison: Comparison) -> None:
        """Draw the differences of a comparison."""
        prefix = f" · {comparison.prefix}" if self.size.width >= ROOM_FOR_PREFIX else ""
        self.set_title(f"right − left{prefix}")
        self._draw(comparison, comparison.view_of_differences)

    def on_resize(self) -> None:
        """Say as much as there is room for."""
        super().on_resize()
        if self._comparison is not None:
            self.show(self._comparison)

    def _labels(self, view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
        columns, rows = super()._labels(view)
        axis = None if self._comparison is None else self._comparison.axis
        return columns if axis is None else axis.labels, rows

    def _legend(self, view: View, said: str) -> str:  # noqa: ARG002 - as its base
        return "" if self._comparison is None else self._comparison.summary

    def strips(self) -> list[Strip]:
        """Return every line: the differences, or why there are none."""
        if self._comparison is None or not self._comparison.undefined:
            return super().strips()
        width, height = self.size
        told = Text(self._comparison.undefined, self.plain).wrap(self.app.console, max(1, width))
        lines = [Strip([Segment(line.plain, self.plain)]).adjust_cell_length(width, self.plain) for line in told]
        return (lines + [Strip.blank(width, self.plain)] * height)[:height]

    def _row(self, view: View, layout: GridLayout, look: GridStyle, row: int, line: int) -> tuple[list[Segment], str]:
        comparison = self._comparison
        found = None if comparison is None else comparison.differences
        if comparison is None or found is None or row >= len(found.rows):
            return [Segment(" " * layout.width, look.blank)], ""
        compared = found.rows[row]
        segments = difference_line(
            without_figures(layout) if line else layout,
            comparison.palette,
            "" if line else distance_label(compared.distance, compared.agrees),
            compared.weights,
            self._first_column,
            parted=comparison.compared.parted(row),
            cursor=row == view.row,
            cursor_column=view.column,
            style=look,
        )
        return segments, "" if line else self._side(self._entropies(comparison, row), "")

    def _entropies(self, comparison: Comparison, row: int) -> str:
        """Return by how many bits the right side's row is more spread than the left side's."""
        left, right = (comparison.sides[number].snapshot.steps[row].entropy for number in (LEFT, RIGHT))
        return f"{right - left:+.2f}".replace("-", "−")
