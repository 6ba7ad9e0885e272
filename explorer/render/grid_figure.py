"""The grid of a run: source tokens across, target tokens down, a cell's colour its weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
from rich.console import RenderableType

from explorer.render.cells import truncate
from explorer.render.figure import FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.grid_fit import LETTER, LONGEST_LABEL, Sizes, grid_sizes
from explorer.render.markup import INKS, Ink, hexadecimal, per_cent
from explorer.render.palette import Palette
from explorer.render.scale import BEFORE, RAMP_WIDTH, scale_marks
from explorer.render.sheet import FONT_SIZE, HATCH_FILL, Anchor, Box, Bracket, Cell, Diamond, Label, Look, Mark, Sheet
from explorer.render.summary import cell_title, facts_of, row_marks
from explorer.render.text import TraceText
from explorer.render.trace_content import trace_arrays, trace_content
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace

BOLD = 1.15
"""How much wider the headings are set than other text."""
LONGEST_HEADING = 120
LONGEST_FACTS = 200
JOINT = " · "
"""Between the facts of what was run."""


@dataclass(frozen=True)
class GridFigure:
    """One run as a grid.

    Attributes:
        trace: The run.
        copies: Whether copied tokens are marked in text.
        heads: Whether JSON has the weights of all of a Transformer's heads; npz always has them.
    """

    trace: Trace
    copies: bool = False
    heads: bool = False

    @property
    def heading(self) -> str:
        """Source and target."""
        return f"{self.trace.source.text} → {self.trace.text}"

    @property
    def table(self) -> Trace | None:
        """The run."""
        return self.trace

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:  # noqa: ARG002 - nothing in it has a name
        """Draw it; see `grid_sizes` for what width and font size do."""
        sizes = grid_sizes(self.trace.source.labels, self.trace.labels, style)
        plan = _plan(self.trace, style, sizes)
        marks = tuple(_marks(self.trace, plan, style.colors, INKS[style.theme], style.number_threshold))
        return Sheet(self.heading, plan.width, plan.height, marks, style.colors, style.theme, style.width is not None)

    def printed(self, style: FigureStyle) -> RenderableType:
        """Return the target, the grid and what was run."""
        return TraceText(self.trace, style.palette.name, style.palette.exponent, copies=self.copies)

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return weights, scores, tokens, and what a Transformer's heads did."""
        return trace_arrays(self.trace)

    def content(self) -> Mapping[str, Any]:
        """Return the fields that `trace_content` lists."""
        return trace_content(self.trace, all_heads=self.heads)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the parts of one figure stand, in pixels from its own upper left corner, and its lines of text."""

    sizes: Sizes
    left: float
    top: float
    columns: int
    rows: int
    width: float
    height: float
    source: tuple[str, ...]
    target: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def bottom(self) -> float:
        """Lower edge of the cells."""
        return self.top + self.rows * self.sizes.cell_height

    def clipped(self, center: float) -> float:
        """A local centre within the grid."""
        return min(max(center, 0.0), self.columns - 1.0)


def _plan(trace: Trace, style: FigureStyle, sizes: Sizes) -> _Plan:
    columns, rows = len(trace.source), len(trace.steps)
    gutter = sizes.gutter_width(trace.labels)
    reaches = [sizes.reach(sizes.text_width(label)) for label in trace.source.labels]
    # A slanted head reaches to the right of its column, the last one out of the grid.
    overhang = max(
        (reach - (columns - place - 0.5) * sizes.cell_width for place, (reach, _) in enumerate(reaches)), default=0.0
    )
    left = sizes.margin + gutter + sizes.gutter
    grid = left + columns * sizes.cell_width + sizes.gap + max(0.0, overhang)
    facts = facts_of(trace)
    texts = (trace.source.text, trace.text)
    width = _natural_width(grid, texts, facts, sizes, style) if sizes.width is None else sizes.width
    room = width - 2 * sizes.margin
    source, target, lines = _said(texts, facts, room, sizes) if style.title else ((), (), ())
    if sizes.width is None:
        below = sizes.gap + 2 * sizes.margin + 8 * sizes.font / FONT_SIZE
    else:
        below = sizes.gap + (2.2 + 1.3 * len(lines)) * sizes.small + sizes.margin
    head = max((up for _, up in reaches), default=sizes.font)
    top = sizes.margin + (len(source) + len(target)) * sizes.line + head
    return _Plan(sizes, left, top, columns, rows, width, top + rows * sizes.cell_height + below, source, target, lines)


_Lines = tuple[str, ...]


def _said(texts: tuple[str, str], facts: Sequence[str], room: float, sizes: Sizes) -> tuple[_Lines, _Lines, _Lines]:
    """Return source, target and what was run, as they fit a width: each in a line, or folded where it was asked for."""
    source, target = (printable(text) for text in texts)
    if sizes.width is None:
        letters = round(room / (sizes.letter * BOLD))
        return (truncate(source, letters),), (truncate(target, letters),), (JOINT.join(facts),)
    heading, small = (int(room / (LETTER / FONT_SIZE * size)) for size in (sizes.heading, sizes.small))
    return folded(source, heading), folded(target, int(heading / BOLD)), joined(facts, JOINT, small)


def _natural_width(
    grid: float, texts: tuple[str, str], facts: Sequence[str], sizes: Sizes, style: FigureStyle
) -> float:
    """Width of a figure that has room for all that it says in one line each."""
    scale = (RAMP_WIDTH + 130) * sizes.font / FONT_SIZE
    said = 0.0
    if style.title:
        heading = max(sizes.text_width(text, LONGEST_HEADING) for text in texts) * BOLD
        said = max(sizes.text_width(JOINT.join(facts), LONGEST_FACTS) + scale, heading)
    return max(grid, sizes.margin + max(said, scale)) + sizes.margin


def _marks(trace: Trace, plan: _Plan, palette: Palette, ink: Ink, threshold: float) -> Iterator[Mark]:
    sizes = plan.sizes
    rise = sizes.margin + 8 if not sizes.fitted else sizes.margin + sizes.heading
    for place, line in enumerate((*plan.source, *plan.target)):
        strong = place >= len(plan.source)
        color, look = (ink.text, Look.HEADING) if strong else (ink.soft, Look.PLAIN)
        yield Label(sizes.margin, rise + place * sizes.line, line, color, sizes.heading, look=look)
    grid_width, grid_height = plan.columns * sizes.cell_width + sizes.gap, plan.rows * sizes.cell_height + sizes.gap
    ground = hexadecimal(palette.background(0.0))
    radius = 4 * sizes.font / FONT_SIZE if sizes.font != FONT_SIZE else 4
    yield Box(plan.left - sizes.gap, plan.top - sizes.gap, float(grid_width), float(grid_height), ground, radius)
    yield from _column_labels(trace, plan, ink)
    for row in range(plan.rows):
        yield from _row(trace, row, plan, palette, ink, threshold)
    yield from _caption(plan, palette, ink)


def _column_labels(trace: Trace, plan: _Plan, ink: Ink) -> Iterator[Mark]:
    sizes = plan.sizes
    size = None if sizes.font == FONT_SIZE else sizes.font
    scale = sizes.font / FONT_SIZE
    for column, label in enumerate(trace.source.labels):
        middle = plan.left + (column + 0.5) * sizes.cell_width
        text = truncate(printable(label), LONGEST_LABEL)
        if sizes.turn == 0:
            x, y, anchor = middle - sizes.gap / 2, plan.top - 6 * scale, Anchor.MIDDLE
        else:
            # Between the slanted label, which begins left of the middle, and the upright one, whose middle it is.
            share = max(0.0, (sizes.turn - 45) / 45)
            x, y, anchor = middle - (4 - 7.5 * share) * scale, plan.top - (10 - 4 * share) * scale, Anchor.START
        yield Label(x, y, text, ink.text, size, anchor, turn=sizes.turn)


def _row(trace: Trace, row: int, plan: _Plan, palette: Palette, ink: Ink, threshold: float) -> Iterator[Mark]:
    sizes, step = plan.sizes, trace.steps[row]
    scale = 1 if sizes.font == FONT_SIZE else sizes.font / FONT_SIZE
    marks = row_marks(trace, row)
    top = plan.top + row * sizes.cell_height
    width, height = sizes.cell_width - sizes.gap, sizes.cell_height - sizes.gap
    yield Label(
        plan.left - sizes.gutter,
        plan.top + (row + 0.5) * sizes.cell_height - sizes.gap / 2 + sizes.font * 0.35,
        truncate(printable(step.label), LONGEST_LABEL),
        ink.text,
        None if sizes.font == FONT_SIZE else sizes.font,
        Anchor.END,
        Look.FORCED if step.forced else Look.PLAIN,
    )
    for column in range(plan.columns):
        weight, masked = float(step.weights[column]), column in marks.masked
        left = plan.left + column * sizes.cell_width
        fill = HATCH_FILL if masked else hexadecimal(palette.background(weight))
        figure = None
        if weight >= threshold and not masked and sizes.number is not None:
            x, y = left + width / 2, top + height / 2 + sizes.number / 13 * FONT_SIZE * 0.34
            color = hexadecimal(palette.foreground(weight))
            figure = Label(x, y, per_cent(weight), color, sizes.number, Anchor.MIDDLE)
        yield Cell(cell_title(trace, row, column), Box(left, top, width, height, fill, 2 * scale), figure)
    edges = marks.edges(plan.columns)
    if edges is not None and marks.center is not None:
        start = plan.left + edges[0] * sizes.cell_width - sizes.gap / 2
        end = plan.left + (edges[1] + 1) * sizes.cell_width - sizes.gap / 2
        yield Bracket(start, end, top, height, ink.soft, 3 * scale, 1.6 * scale)
        center = plan.clipped(marks.center)
        color = hexadecimal(palette.foreground(float(step.weights[round(center)])))
        x = plan.left + (center + 0.5) * sizes.cell_width - sizes.gap / 2
        yield Diamond(x, top + height - 6 * scale, color, 3 * scale)


def _caption(plan: _Plan, palette: Palette, ink: Ink) -> Iterator[Mark]:
    """What was run, at the left, and the ramp from 0 to 100 %, behind it or below."""
    sizes = plan.sizes
    if not sizes.fitted:
        y = plan.bottom + sizes.margin
        x = sizes.margin + 12 * sizes.font / FONT_SIZE
        for line in plan.facts:
            yield Label(sizes.margin, y, line, ink.soft, sizes.small)
            x = sizes.margin + sizes.text_width(line, LONGEST_FACTS) * 0.9 + BEFORE * sizes.font / FONT_SIZE
        yield from scale_marks(x, y, palette, ink, sizes.small)
        return
    y = plan.bottom + sizes.gap + 1.5 * sizes.small
    for place, line in enumerate(plan.facts):
        yield Label(sizes.margin, y + place * 1.3 * sizes.small, line, ink.soft, sizes.small)
    below = y + (len(plan.facts) * 1.3 + 0.2) * sizes.small
    yield from scale_marks(sizes.margin + 1.3 * sizes.small, below, palette, ink, sizes.small)
