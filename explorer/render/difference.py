"""A row of the grid of differences: colours point to the side that looks more, and at the left stands the distance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style

from explorer.render.cells import pad_center, pad_right
from explorer.render.diverging import DivergingPalette
from explorer.render.grid import fitted
from explorer.render.layout import GridLayout
from explorer.render.marks import GridStyle, RowMarks
from explorer.render.row_cells import Line, RowCells

AGREES, PARTS = "=", "≠"
"""Both sides have their greatest weight in the same column, or not."""
PARTED = "╎"
"""The tokens before the step differ."""


def distance_label(distance: float, agrees: bool | None) -> str:
    """Return what stands at the left of a row: "0.31 ≠"; "–" where a side has no weights."""
    if math.isnan(distance):
        return "   –  "
    return f"{distance:.2f} {AGREES if agrees else PARTS}"


def signed(difference: float) -> str:
    """Return a difference as a whole number of per cent with its sign."""
    return f"{difference * 100:+.0f}".replace("-", "−")


def difference_line(
    layout: GridLayout,
    palette: DivergingPalette,
    label: str,
    differences: npt.NDArray[np.floating],
    first_column: int = 0,
    *,
    parted: bool = False,
    cursor: bool = False,
    cursor_column: int | None = None,
    style: GridStyle | None = None,
) -> list[Segment]:
    """Draw the line of one step.

    Args:
        layout: The geometry.
        palette: Colours or glyphs.
        label: What stands in the gutter.
        differences: The right side's weights less the left side's, (columns,).
        first_column: First column that is seen.
        parted: Whether the tokens before this step differ, so that the sides do not have the same query.
        cursor: Whether this is the cursor's row.
        cursor_column: Column of the cursor, framed in its row.
        style: Styles; None for plain ones.

    Returns:
        Segments of exactly `layout.width` cells together.
    """
    look = style or GridStyle()
    line = Line([Segment(PARTED, look.marker) if parted else Segment(" ", look.blank)])
    line.add(pad_right(label, layout.gutter - 2), look.label_cursor if cursor else look.label)
    last = min(layout.columns, first_column + layout.visible_columns(layout.width))
    cells = DifferenceCells(layout, palette, differences, RowMarks(), cursor_column if cursor else None, look)
    cells.draw(first_column, last, line)
    return fitted(line.finished(), layout.width, look)


class DifferenceCells(RowCells):
    """Cells of differences: a figure has its sign, and no cell is marked as the greatest."""

    marks_largest = False

    def _filled(self, column: int, style: Style) -> tuple[str, Style]:
        """Characters and style of a cell before it is framed."""
        width = self._column.width
        difference = float(self._weights[column])
        shade = self._palette.glyph(difference) if self._palette.uses_glyphs else " "
        if not self._column.numbers or abs(difference) < self._threshold:
            return shade * width, style
        figure = signed(difference)
        if len(figure) > width:
            figure = figure[1:]  # +100 in three cells: colour or glyph say which side it is
        return pad_center(figure, width) if shade == " " else figure.rjust(width, shade), style
