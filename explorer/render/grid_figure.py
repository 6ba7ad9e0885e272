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
from explorer.render.grid_fit import LETTER, Sizes, grid_sizes
from explorer.render.grid_panel import Panel, trace_marks
from explorer.render.markup import INKS, Ink
from explorer.render.palette import Palette
from explorer.render.scale import BEFORE, RAMP_WIDTH, scale_marks
from explorer.render.sheet import FONT_SIZE, Label, Look, Mark, Sheet
from explorer.render.summary import facts_of
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
    panel: Panel
    width: float
    height: float
    source: tuple[str, ...]
    target: tuple[str, ...]
    facts: tuple[str, ...]


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
    panel = Panel(sizes, left, top, columns, rows)
    return _Plan(sizes, panel, width, panel.bottom + below, source, target, lines)


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
    yield from trace_marks(trace, plan.panel, palette, ink, threshold)
    yield from _caption(plan, palette, ink)


def _caption(plan: _Plan, palette: Palette, ink: Ink) -> Iterator[Mark]:
    """What was run, at the left, and the ramp from 0 to 100 %, behind it or below."""
    sizes = plan.sizes
    if not sizes.fitted:
        y = plan.panel.bottom + sizes.margin
        x = sizes.margin + 12 * sizes.font / FONT_SIZE
        for line in plan.facts:
            yield Label(sizes.margin, y, line, ink.soft, sizes.small)
            x = sizes.margin + sizes.text_width(line, LONGEST_FACTS) * 0.9 + BEFORE * sizes.font / FONT_SIZE
        yield from scale_marks(x, y, palette, ink, sizes.small)
        return
    y = plan.panel.bottom + sizes.gap + 1.5 * sizes.small
    for place, line in enumerate(plan.facts):
        yield Label(sizes.margin, y + place * 1.3 * sizes.small, line, ink.soft, sizes.small)
    below = y + (len(plan.facts) * 1.3 + 0.2) * sizes.small
    yield from scale_marks(sizes.margin + 1.3 * sizes.small, below, palette, ink, sizes.small)
