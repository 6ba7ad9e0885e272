"""A caption as a Rich renderable: the caption, the filmstrip in rows, and one line that says what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from explorer.render.cells import clean
from explorer.render.filmstrip import GAP, StripLayout, strip_layout, strip_lines
from explorer.render.palette import ColorDepth, Palette
from explorer.render.pictures import Overlay
from explorer.render.summary import facts_of, looked_at
from explorer.runtime.labels import printable
from explorer.runtime.trace import Picture, Trace

FRAME_LINES = (6, 12)
"""Least and most lines of a frame; its words stand below."""
CELLS_A_LINE = 12
"""Cells of the console for each line of a frame, so that about six frames stand beside each other."""


@dataclass(frozen=True)
class CaptionText:
    """Print it with a Rich console; the first line is the caption alone, the second names the picture.

    Attributes:
        trace: A run on a picture.
        palette: Name of the colour map of the heat.
        overlay: How attention is laid over the picture.
    """

    trace: Trace
    palette: str = "magma"
    overlay: Overlay = Overlay.BRIGHTNESS

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments of all lines."""
        depth = ColorDepth.of(console.color_system if console.is_terminal else None, console.no_color)
        palette = Palette(self.palette, depth=depth)
        caption = clean(printable(self.trace.text))
        if console.is_terminal:
            yield Text(caption, overflow="fold")
        else:
            yield Segment(caption)
            yield Segment.line()
        picture = self.trace.source.picture
        if picture is not None and self.trace.steps:
            for line in self._strips(picture, palette, options.max_width):
                yield from line
                yield Segment.line()
        yield Text(" · ".join((printable(self.trace.source.text), *facts_of(self.trace))), overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """A strip takes any width that it is given."""
        return Measurement(min(24, options.max_width), options.max_width)

    def _strips(self, picture: Picture, palette: Palette, width: int) -> Iterator[list[Segment]]:
        layout = glyph_layout(picture, width) if palette.uses_glyphs else self._layout(picture, width)
        steps = self.trace.steps
        for first in range(0, len(steps), layout.visible):
            part = steps[first : first + layout.visible]
            words = [step.label for step in part]
            yield from strip_lines(picture, part, words, layout, self.overlay, palette)
            yield [Segment((" " * GAP).join(looked_at(step, picture).center(layout.width) for step in part).rstrip())]
            yield []

    def _layout(self, picture: Picture, width: int) -> StripLayout:
        least, most = FRAME_LINES
        return strip_layout(picture, width, min(most, max(least, width // CELLS_A_LINE)) + 1)


def glyph_layout(picture: Picture, width: int) -> StripLayout:
    """Two glyphs a cell, which makes it about square."""
    across = min(width, 2 * picture.columns)
    return StripLayout(across, picture.rows, max(1, (width + GAP) // (across + GAP)))
