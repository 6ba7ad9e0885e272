"""The filmstrip of a caption: the picture once for every word, lit where the word looked (Xu 2015, figure 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
from rich.console import RenderableType

from explorer.render.cells import truncate
from explorer.render.figure import FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.grid_fit import LETTER, tile_font
from explorer.render.markup import INKS, Ink
from explorer.render.picture_text import CaptionText
from explorer.render.pictures import Overlay
from explorer.render.sheet import FONT_SIZE, Anchor, Attended, Frame, Label, Look, Mark, Sheet
from explorer.render.summary import cell_title, facts_of, looked_at
from explorer.render.tiles import Tile, Tiling, tiling
from explorer.render.trace_content import trace_arrays, trace_content
from explorer.runtime.labels import printable
from explorer.runtime.trace import Picture, Trace

FRAME = Tile(width=132, gap=14, least=7, name="a frame with words")
"""Where no width is asked for the longer side of a picture is as long."""
ACROSS = 7
"""Frames beside each other, the whole picture counted."""
LONGEST_WORD = 18
LONGEST_HEADING = 110
LIGHTS = {
    Overlay.BRIGHTNESS: ("brightness: weight relative to the word's greatest",),
    Overlay.HEAT: ("heat: weight relative to the word's greatest",),
}


@dataclass(frozen=True)
class StripFigure:
    """A run on a picture, one frame a word.

    Attributes:
        trace: The run; its source is a picture.
        overlay: How attention is laid over the picture; None for heat where a palette is asked for, else brightness.
    """

    trace: Trace
    overlay: Overlay | None = None

    @property
    def heading(self) -> str:
        """The picture's name and the caption."""
        return f"{self.trace.source.text}: {self.trace.text}"

    @property
    def table(self) -> Trace | None:
        """None: a page has the drawing."""
        return None

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:
        """Draw it; a width decides how many frames stand beside each other.

        Raises:
            InputError: The width has no room for one frame.
        """
        overlay = style.lit(self.overlay)
        plan = _plan(self.trace, style, overlay)
        marks = tuple(_marks(self.trace, plan, overlay, INKS[style.theme], f"picture{number}"))
        return Sheet(
            self.heading, plan.tiles.width, plan.height, marks, style.colors, style.theme, style.width is not None
        )

    def printed(self, style: FigureStyle) -> RenderableType:
        """Return the caption, the frames and what was run."""
        return CaptionText(self.trace, style.palette.name, style.lit(self.overlay))

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return weights, scores, tokens and the picture."""
        return trace_arrays(self.trace)

    def content(self) -> Mapping[str, Any]:
        """Return the fields that `trace_content` lists."""
        return trace_content(self.trace)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Sizes of one strip, in pixels.

    Attributes:
        font: Of the words under the frames.
        tiles: How the frames stand.
        frame_width: Of a frame.
        frame_height: Of a frame.
        lines: The caption in lines, none without a title.
        facts: What was run in lines, none without a title.
        picture: The picture.
        frames: How many there are.
    """

    font: float
    tiles: Tiling
    frame_width: float
    frame_height: float
    lines: tuple[str, ...]
    facts: tuple[str, ...]
    picture: Picture
    frames: int

    @property
    def scale(self) -> float:
        """Of everything that goes with the font."""
        return 1 if self.font == FONT_SIZE else self.font / FONT_SIZE

    @property
    def top(self) -> float:
        """Upper edge of the first frames."""
        return self.tiles.margin + (len(self.lines) * 20 + 16 if self.lines else 0) * self.scale

    @property
    def pitch(self) -> float:
        """Pixels from one row of frames to the next."""
        return self.frame_height + 44 * self.scale

    @property
    def bottom(self) -> float:
        """End of what stands under the last frames."""
        return self.top + -(-self.frames // self.tiles.across) * self.pitch

    @property
    def height(self) -> float:
        """Of the figure."""
        return self.bottom + len(self.facts) * 18 * self.scale + self.tiles.margin


def _plan(trace: Trace, style: FigureStyle, overlay: Overlay) -> _Plan:
    picture = _picture_of(trace)
    height, width = picture.pixels.shape[1:]
    frames = 1 + len(trace.steps)
    font = tile_font(style)
    tiles = tiling(FRAME, ACROSS, frames, style)
    share = tiles.tile / (max(height, width) if style.width_pixels is None else width)
    room = tiles.width - 2 * tiles.margin
    facts = (*facts_of(trace), *LIGHTS.get(overlay, ()))
    lines: tuple[str, ...] = (truncate(printable(trace.text), LONGEST_HEADING),)
    said: tuple[str, ...] = (" · ".join(facts),)
    if style.width_pixels is not None:
        lines = folded(printable(trace.text), int(room / (LETTER / FONT_SIZE * font * 1.15)))
        said = joined(facts, " · ", int(room / (LETTER / FONT_SIZE * font * 0.93)))
    if not style.title:
        lines, said = (), ()
    return _Plan(font, tiles, width * share, height * share, lines, said, picture, frames)


def _picture_of(trace: Trace) -> Picture:
    picture = trace.source.picture
    if picture is None:
        raise ValueError("the source of this trace is no picture")
    return picture


def _marks(trace: Trace, plan: _Plan, overlay: Overlay, ink: Ink, name: str) -> Iterator[Mark]:
    scale, tiles = plan.scale, plan.tiles
    for place, line in enumerate(plan.lines):
        yield Label(
            tiles.margin, tiles.margin + (14 + 20 * place) * scale, line, ink.text, 15 * scale, look=Look.HEADING
        )
    for place in range(plan.frames):
        row, column = divmod(place, tiles.across)
        x, y = tiles.margin + column * (plan.frame_width + tiles.gap), plan.top + row * plan.pitch
        middle, below = x + plan.frame_width / 2, y + plan.frame_height
        attended = None
        if place:
            step = trace.steps[place - 1]
            titles = tuple(cell_title(trace, place - 1, cell) for cell in range(len(step.weights)))
            attended = Attended(step.weights, overlay, titles)
        yield Frame(x, y, plan.frame_width, plan.frame_height, name, plan.picture, attended)
        if not place:
            file = truncate(printable(trace.source.text.rsplit("/", 1)[-1]), LONGEST_WORD)
            yield Label(middle, below + 18 * scale, file, ink.soft, 13 * scale, Anchor.MIDDLE)
            continue
        word = truncate(printable(step.label), LONGEST_WORD)
        look = Look.FORCED if step.forced else Look.PLAIN
        yield Label(middle, below + 18 * scale, word, ink.text, 14 * scale, Anchor.MIDDLE, look)
        seen = looked_at(step, plan.picture)
        yield Label(middle, below + 34 * scale, seen, ink.soft, 12 * scale, Anchor.MIDDLE)
    for place, line in enumerate(plan.facts):
        yield Label(tiles.margin, plan.bottom + (14 + 18 * place) * scale, line, ink.soft, 13 * scale)
