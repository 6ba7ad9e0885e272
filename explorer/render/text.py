"""A trace as a Rich renderable: the translation, the grid, and one line that says what is seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from explorer.render.cells import clean
from explorer.render.copies import copied_of
from explorer.render.grid import GridStyle, header_line, row_line
from explorer.render.layout import GridLayout, Zoom, grid_layout
from explorer.render.marks import COPIED
from explorer.render.palette import GLYPH_THRESHOLDS, GLYPHS, ColorDepth, Palette
from explorer.render.summary import facts_of, row_marks
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace

_TALL = 48
"""Lines that the head of a grid is measured against: output scrolls, so the height of the screen does not matter."""

_RAMP_WIDTH = 16


@dataclass(frozen=True)
class TraceText:
    """Print it with a Rich console: ``console.print(TraceText(trace))``.

    The first line is the translation alone; outside of a terminal it is never folded, so print with ``crop=False``
    there (`print_trace` does). Without colour the weights are shading glyphs and per-cent figures. A grid
    that is wider than the console is drawn in blocks of columns below each other.

    Attributes:
        trace: The run.
        palette: Name of the colour map.
        exponent: Display exponent of `Palette`.
        zoom: How columns are drawn; "fit" takes the widest style that fits in one block.
        style: Styles of labels and marks.
        copies: Whether copied tokens are marked and counted: source and target are in one language.
    """

    trace: Trace
    palette: str = "magma"
    exponent: float = 1.0
    zoom: Zoom = Zoom.FIT
    style: GridStyle = field(default_factory=GridStyle)
    copies: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments of all lines."""
        depth = ColorDepth.of(console.color_system if console.is_terminal else None, console.no_color)
        palette = Palette(self.palette, self.exponent, depth)
        translation = clean(printable(self.trace.text))
        if console.is_terminal:
            yield Text(translation, no_wrap=False, overflow="fold", end="\n")
        else:
            yield Segment(translation)
            yield Segment.line()
        for line in self._grid_lines(palette, options.max_width):
            # Blanks at the end of a line are of no use in a file or a pipe.
            yield from trimmed(line)
            yield Segment.line()
        yield from _legend(self.trace, palette, options.max_width, self.copies)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """A grid takes any width that it is given."""
        return Measurement(min(24, options.max_width), options.max_width)

    def _grid_lines(self, palette: Palette, width: int) -> Iterator[list[Segment]]:
        if not self.trace.steps or not len(self.trace.source):
            return
        layout = self._layout(width)
        labels = self.trace.labels
        # Blocks of even width look better than a last one of two columns.
        blocks = math.ceil(layout.columns / max(1, layout.visible_columns()))
        columns = math.ceil(layout.columns / blocks)
        line = width if blocks == 1 else layout.cell_start(columns) - layout.style.gap + 1
        for first in range(0, layout.columns, columns):
            if first:
                yield []
            for y in range(layout.header_height):
                yield header_line(layout, y, first, line, style=self.style)
            for row, step in enumerate(self.trace.steps):
                marks = row_marks(self.trace, row, copies=self.copies)
                yield row_line(layout, palette, labels, step.weights, row, first, line, marks=marks, style=self.style)

    def _layout(self, width: int) -> GridLayout:
        labels = self.trace.source.labels
        layout = grid_layout(labels, self.trace.labels, width, _TALL, self.zoom)
        if self.zoom is Zoom.FIT and layout.style.pitch == 1:
            # On a screen, columns that touch are better than panning; on paper, two blocks are better than either.
            return grid_layout(labels, self.trace.labels, width, _TALL, Zoom.CELL)
        return layout


def print_trace(console: Console, text: TraceText) -> None:
    """Print a trace so that a pipe or a file gets whole lines, however long the translation is."""
    console.print(text, crop=False, highlight=False)


def _legend(trace: Trace, palette: Palette, width: int, copies: bool) -> Iterator[Text]:
    """What was run, and what the colours or glyphs stand for: one line, or two where one is too narrow."""
    copied = copied_of(trace) if copies else ""
    facts = Text(" · ".join((*facts_of(trace), *([f"{COPIED} {copied}"] if copied else []))), overflow="fold")
    scale = Text(overflow="fold")
    if palette.uses_glyphs:
        bounds = (
            f"{glyph} ≥ {threshold ** (1 / palette.exponent) * 100:.0f} %"
            for glyph, threshold in zip(GLYPHS[1:], GLYPH_THRESHOLDS, strict=True)
        )
        scale.append("  ".join(bounds))
    else:
        scale.append("0 ")
        for place in range(_RAMP_WIDTH):
            scale.append(" ", palette.style(place / (_RAMP_WIDTH - 1)))
        scale.append(" 100 %")
    if palette.exponent != 1.0:
        scale.append(f" {palette.legend()}")
    if facts.cell_len + scale.cell_len + 3 <= width:
        yield Text(" · ").join((facts, scale))
    else:
        yield facts
        yield scale


def trimmed(line: list[Segment]) -> list[Segment]:
    """Drop what is blank and without colour at the end of a line."""
    kept = list(line)
    while kept:
        last = kept[-1]
        if last.style is not None and last.style.bgcolor is not None:
            break
        text = last.text.rstrip(" ")
        if text:
            kept[-1] = Segment(text, last.style)
            break
        kept.pop()
    return kept
