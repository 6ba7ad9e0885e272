"""One grid on a sheet: its ground, the labels around it, and the rows of a run in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.render.cells import truncate
from explorer.render.grid_fit import LONGEST_LABEL, Sizes
from explorer.render.marks import RowMarks
from explorer.render.markup import Ink, hexadecimal, per_cent
from explorer.render.palette import Palette
from explorer.render.sheet import FONT_SIZE, HATCH_FILL, Anchor, Box, Bracket, Cell, Diamond, Label, Look, Mark
from explorer.render.summary import cell_title, row_marks
from explorer.runtime.labels import printable
from explorer.runtime.trace import Step, Trace

SIGN_SHARE = 0.3
"""Part of a cell that the sign of an edit takes, in its font."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a grid stands, in pixels of its sheet.

    Attributes:
        sizes: Of cells and fonts.
        left: Left edge of the first column.
        top: Upper edge of the first row.
        columns: How many there are.
        rows: How many there are.
    """

    sizes: Sizes
    left: float
    top: float
    columns: int
    rows: int

    @property
    def bottom(self) -> float:
        """Lower edge of the cells."""
        return self.top + self.rows * self.sizes.cell_height

    @property
    def scale(self) -> float:
        """Of everything that goes with the font."""
        return 1 if self.sizes.font == FONT_SIZE else self.sizes.font / FONT_SIZE

    @property
    def font(self) -> float | None:
        """Of labels; None for the sheet's own."""
        return None if self.sizes.font == FONT_SIZE else self.sizes.font

    def box(self, row: int, column: int, fill: str) -> Box:
        """Return the box of a cell."""
        sizes = self.sizes
        left, top = self.left + column * sizes.cell_width, self.top + row * sizes.cell_height
        return Box(left, top, sizes.cell_width - sizes.gap, sizes.cell_height - sizes.gap, fill, 2 * self.scale)

    def figure(self, box: Box, text: str, color: str) -> Label | None:
        """Return what is written into a cell; None where figures have no room."""
        size = self.sizes.number
        if size is None:
            return None
        x, y = box.x + box.width / 2, box.y + box.height / 2 + size / 13 * FONT_SIZE * 0.34
        return Label(x, y, text, color, size, Anchor.MIDDLE)

    def sign(self, box: Box, text: str, color: str) -> Label:
        """Return the sign of an edit in the corner of a cell, small enough to leave its figure alone."""
        size = min(box.width, box.height) * SIGN_SHARE
        return Label(box.x + 0.1 * size, box.y + 0.85 * size, text, color, size)


def ground(panel: Panel, fill: str) -> Box:
    """Return what the cells stand on."""
    sizes = panel.sizes
    width, height = panel.columns * sizes.cell_width + sizes.gap, panel.rows * sizes.cell_height + sizes.gap
    return Box(panel.left - sizes.gap, panel.top - sizes.gap, float(width), float(height), fill, 4 * panel.scale)


def column_labels(panel: Panel, labels: Sequence[str], ink: Ink) -> Iterator[Label]:
    """Yield the labels above the columns, turned as the sizes have it."""
    sizes, scale = panel.sizes, panel.sizes.font / FONT_SIZE
    for column, label in enumerate(labels):
        middle = panel.left + (column + 0.5) * sizes.cell_width
        if sizes.turn == 0:
            x, y, anchor = middle - sizes.gap / 2, panel.top - 6 * scale, Anchor.MIDDLE
        else:
            # Between the slanted label, which begins left of the middle, and the upright one, whose middle it is.
            share = max(0.0, (sizes.turn - 45) / 45)
            x, y, anchor = middle - (4 - 7.5 * share) * scale, panel.top - (10 - 4 * share) * scale, Anchor.START
        yield Label(x, y, cut(label), ink.text, panel.font, anchor, turn=sizes.turn)


def row_label(panel: Panel, row: int, text: str, color: str, look: Look = Look.PLAIN) -> Label:
    """Return the label left of a row."""
    sizes = panel.sizes
    y = panel.top + (row + 0.5) * sizes.cell_height - sizes.gap / 2 + sizes.font * 0.35
    return Label(panel.left - sizes.gutter, y, cut(text), color, panel.font, Anchor.END, look)


def trace_row(
    trace: Trace, row: int, panel: Panel, palette: Palette, ink: Ink, threshold: float
) -> Iterator[Label | Cell | Bracket | Diamond]:
    """Yield a row of a run: its label, its cells, the window and the centre of local attention.

    Args:
        trace: The run.
        row: Number of the step.
        panel: Where its grid stands.
        palette: Colours of the weights.
        ink: Colours of the page.
        threshold: Least weight whose per-cent figure is written.
    """
    step, marks = trace.steps[row], row_marks(trace, row)
    signs = dict(marks.signs)
    yield row_label(panel, row, step.label, ink.text, Look.FORCED if step.forced else Look.PLAIN)
    for column, value in enumerate(step.weights):
        weight, masked = float(value), column in marks.masked
        box = panel.box(row, column, HATCH_FILL if masked else hexadecimal(palette.background(weight)))
        figure = None
        if weight >= threshold and not masked:
            figure = panel.figure(box, per_cent(weight), hexadecimal(palette.foreground(weight)))
        yield Cell(cell_title(trace, row, column), box, figure)
        if column in signs:
            yield panel.sign(box, signs[column], hexadecimal(palette.foreground(weight)))
    yield from _window(step, marks, row, panel, palette, ink)


def _window(
    step: Step, marks: RowMarks, row: int, panel: Panel, palette: Palette, ink: Ink
) -> Iterator[Bracket | Diamond]:
    sizes, scale = panel.sizes, panel.scale
    edges = marks.edges(panel.columns)
    if edges is None or marks.center is None:
        return
    top, height = panel.top + row * sizes.cell_height, sizes.cell_height - sizes.gap
    start = panel.left + edges[0] * sizes.cell_width - sizes.gap / 2
    end = panel.left + (edges[1] + 1) * sizes.cell_width - sizes.gap / 2
    yield Bracket(start, end, top, height, ink.soft, 3 * scale, 1.6 * scale)
    center = min(max(marks.center, 0.0), panel.columns - 1.0)
    color = hexadecimal(palette.foreground(float(step.weights[round(center)])))
    x = panel.left + (center + 0.5) * sizes.cell_width - sizes.gap / 2
    yield Diamond(x, top + height - 6 * scale, color, 3 * scale)


def trace_marks(trace: Trace, panel: Panel, palette: Palette, ink: Ink, threshold: float) -> Iterator[Mark]:
    """Yield a whole run: ground, labels and rows; arguments as for `trace_row`."""
    yield ground(panel, hexadecimal(palette.background(0.0)))
    yield from column_labels(panel, trace.source.labels, ink)
    for row in range(panel.rows):
        yield from trace_row(trace, row, panel, palette, ink, threshold)


def cut(label: str) -> str:
    """Return a label as it is drawn: control characters shown, and no longer than there is room for."""
    return truncate(printable(label), LONGEST_LABEL)
