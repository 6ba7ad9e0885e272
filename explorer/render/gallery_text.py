"""Every combination as a Rich renderable: small maps beside each other, each under its name, figures and words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from explorer.render.cells import pad_right
from explorer.render.combinations import Combination, Combinations
from explorer.render.filmstrip import frame_lines, strip_layout
from explorer.render.folding import folded
from explorer.render.palette import ColorDepth, Palette
from explorer.render.picture_text import glyph_layout
from explorer.render.pictures import Overlay
from explorer.render.text import trimmed
from explorer.render.thumbnails import thumbnail_layout, thumbnail_lines
from explorer.runtime.labels import printable
from explorer.runtime.trace import Picture, Step

GAP = 2
NARROWEST = 24
"""Cells of a tile."""
PICTURE_LINES = 8


@dataclass(frozen=True)
class GalleryText:
    """Print it with a Rich console; the first line is the target, where all have the same.

    Attributes:
        combinations: All of them.
        palette: Colours of the weights.
        overlay: How attention is laid over a picture.
        steps: For a picture the step that is drawn of each combination.
    """

    combinations: Combinations
    palette: Palette
    overlay: Overlay = Overlay.BRIGHTNESS
    steps: tuple[Step, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments of all lines."""
        depth = ColorDepth.of(console.color_system if console.is_terminal else None, console.no_color)
        palette = dataclasses.replace(self.palette, depth=depth)
        if self.combinations.text is not None:
            yield Text(printable(self.combinations.text), overflow="fold")
        each, width = self.combinations.each, options.max_width
        across = max(1, min(self.combinations.across, (width + GAP) // (NARROWEST + GAP)))
        room = max(1, (width + GAP) // across - GAP)
        for first in range(0, len(each), across):
            tiles = [
                self._tile(number, each[number], room, palette)
                for number in range(first, min(first + across, len(each)))
            ]
            for line in _beside(tiles, room):
                yield from trimmed(line)
                yield Segment.line()
            yield Segment.line()
        yield Text(" · ".join(self.combinations.facts), overflow="fold")

    def _tile(self, number: int, one: Combination, room: int, palette: Palette) -> list[list[Segment]]:
        """Return the lines of a combination, each exactly as wide as there is room."""
        lines = [[Segment(pad_right(one.name, room))], [Segment(pad_right(one.figures, room))]]
        if self.combinations.text is None:
            lines += [[Segment(pad_right(line, room))] for line in folded(printable(one.trace.text), room)]
        picture = one.trace.source.picture
        if picture is not None and self.steps:
            return lines + self._picture(picture, self.steps[number], room, palette)
        if one.trace.steps:
            rows, columns = one.trace.weights.shape
            layout = thumbnail_layout(rows, columns, room, rows, palette, square=False)
            layout = dataclasses.replace(layout, height=layout.lines)
            lines += thumbnail_lines(layout, palette, one.trace.weights, Style.null())
        return lines

    def _picture(self, picture: Picture, step: Step, room: int, palette: Palette) -> list[list[Segment]]:
        plain = palette.uses_glyphs
        layout = glyph_layout(picture, room) if plain else strip_layout(picture, room, PICTURE_LINES + 1)
        drawn = frame_lines(picture, step, layout, self.overlay, palette, Style.null())
        return [[*line, Segment(" " * (room - layout.width))] for line in drawn]


def _beside(tiles: Sequence[list[list[Segment]]], room: int) -> Iterator[list[Segment]]:
    """Yield the lines of tiles beside each other."""
    for place in range(max(map(len, tiles), default=0)):
        line: list[Segment] = []
        for tile in tiles:
            line += tile[place] if place < len(tile) else [Segment(" " * room)]
            line.append(Segment(" " * GAP))
        yield line
