"""Two runs and their differences as a Rich renderable: three grids below each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from explorer.render.compared import Compared
from explorer.render.difference import difference_line, distance_label
from explorer.render.diverging import DivergingPalette
from explorer.render.grid import header_line
from explorer.render.layout import grid_layout, label_text
from explorer.render.palette import ColorDepth
from explorer.render.picture_text import CaptionText
from explorer.render.pictures import Overlay
from explorer.render.text import TraceText, trimmed
from explorer.runtime.trace import Trace

_TALL = 48


@dataclass(frozen=True)
class ComparisonText:
    """The left run, the right run, and the right one's weights less the left one's.

    Attributes:
        compared: Both runs.
        palette: Name of the colour map of the weights.
        exponent: Its display exponent.
        overlay: How attention is laid over a picture.
    """

    compared: Compared
    palette: str = "magma"
    exponent: float = 1.0
    overlay: Overlay = Overlay.BRIGHTNESS

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments of all lines."""
        for trace in self.compared.traces:
            yield self._run(trace)
            yield Segment.line()
        left, right = self.compared.names
        yield Text(f"right − left: ({right}) − ({left})", overflow="fold")
        depth = ColorDepth.of(console.color_system if console.is_terminal else None, console.no_color)
        if self.compared.left.source.picture is None:
            for line in self._lines(DivergingPalette(depth), options.max_width):
                yield from line
                yield Segment.line()
        elif self.compared.differences is not None:
            for row, compared in enumerate(self.compared.differences.rows):
                told = distance_label(compared.distance, compared.agrees)
                yield Text(f"{told}  {self.compared.row_name(row)}", overflow="fold")
        yield Text(" · ".join(self.compared.facts_of_differences), overflow="fold")

    def _run(self, trace: Trace) -> TraceText | CaptionText:
        if trace.source.picture is None:
            return TraceText(trace, self.palette, self.exponent)
        return CaptionText(trace, self.palette, self.overlay)

    def _lines(self, palette: DivergingPalette, width: int) -> Iterator[list[Segment]]:
        """Yield the grid of differences, in blocks of columns where it is wider than the console."""
        found = self.compared.differences
        if found is None or not found.rows:
            return
        labels = [self.compared.row_label(row) for row in range(len(found.rows))]
        layout = grid_layout(found.axis.labels, labels, width, _TALL)
        columns = max(1, layout.visible_columns())
        for first in range(0, layout.columns, columns):
            if first:
                yield []
            for y in range(layout.header_height):
                yield trimmed(header_line(layout, y, first, width))
            for row, compared in enumerate(found.rows):
                label = label_text(layout, self.compared.row_label(row, layout.gutter - 2))
                parted = self.compared.parted(row)
                line = difference_line(layout, palette, label, compared.weights, first, parted=parted)
                yield trimmed(line)
