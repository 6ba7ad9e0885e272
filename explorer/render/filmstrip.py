"""The filmstrip of a caption: the picture once for every word, lit where the word looked (Xu 2015, figure 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style

from explorer.render.canvas import BLOCKS, Canvas
from explorer.render.cells import pad_center
from explorer.render.marks import FORCED
from explorer.render.palette import Palette
from explorer.render.pictures import Lit, Overlay, glyph_lines
from explorer.runtime.trace import Picture, Step

GAP = 1
"""Cells between two frames."""


@dataclass(frozen=True, slots=True)
class StripLayout:
    """Frames of `width` cells by `lines` lines, a line of text under each.

    Attributes:
        width: Cells of a frame.
        lines: Lines of its picture.
        visible: Frames beside each other.
    """

    width: int
    lines: int
    visible: int

    @property
    def pitch(self) -> int:
        """Cells from one frame to the next."""
        return self.width + GAP

    @property
    def height(self) -> int:
        """Lines of the strip, the words under the frames counted."""
        return self.lines + 1

    def scrolled_to(self, frame: int, first: int) -> int:
        """Return the first visible frame that keeps `frame` in sight, as near to `first` as can be."""
        return min(max(first, frame - self.visible + 1), frame)


def strip_layout(picture: Picture, room: int, lines: int) -> StripLayout:
    """Return the frames that fit into `room` cells and `lines` lines, as large as the lines allow.

    A frame has the picture's proportions, half blocks being square.
    """
    height, width = picture.pixels.shape[1:]
    down = max(1, lines - 1)
    across = max(2, min(room, round(2 * down * width / height)))
    return StripLayout(across, down, max(1, (room + GAP) // (across + GAP)))


@dataclass(frozen=True, slots=True)
class StripStyle:
    """Styles of the words under the frames, and of what lies between."""

    blank: Style = field(default_factory=Style.null)
    word: Style = field(default_factory=Style.null)
    cursor: Style = field(default_factory=lambda: Style(bold=True, reverse=True))
    forced: Style = field(default_factory=lambda: Style(italic=True))


def strip_lines(
    picture: Picture,
    steps: Sequence[Step],
    words: Sequence[str],
    layout: StripLayout,
    overlay: Overlay,
    palette: Palette,
    cursor: int | None = None,
    style: StripStyle | None = None,
    canvas: Canvas | None = None,
) -> list[list[Segment]]:
    """Draw frames beside each other.

    Args:
        picture: The picture.
        steps: A step a frame, at most as many as are visible.
        words: What stands under each frame.
        layout: Their size.
        overlay: How attention is laid over them.
        palette: Colours of the heat, and whether there are colours at all.
        cursor: The frame whose word is highlighted.
        style: Styles of the words.
        canvas: What draws pixels; None for half blocks or glyphs.

    Returns:
        `layout.height` lines.
    """
    look = style or StripStyle()
    lines: list[list[Segment]] = [[] for _ in range(layout.height)]
    for place, (step, word) in enumerate(zip(steps, words, strict=True)):
        frame = frame_lines(picture, step, layout, overlay, palette, look.blank, canvas)
        below = look.cursor if place == cursor else look.forced if step.forced else look.word
        text = FORCED + word if step.forced else word
        frame.append([Segment(pad_center(text, layout.width), look.blank + below)])
        for line, part in zip(lines, frame, strict=True):
            if place:
                line.append(Segment(" " * GAP, look.blank))
            line.extend(part)
    return lines


def frame_lines(
    picture: Picture,
    step: Step,
    layout: StripLayout,
    overlay: Overlay,
    palette: Palette,
    base: Style,
    canvas: Canvas | None = None,
) -> list[list[Segment]]:
    """Draw one frame: exactly `layout.lines` lines of `layout.width` cells."""
    if canvas is None and palette.uses_glyphs:
        return glyph_lines(step.weights, picture, layout.width, layout.lines, base)
    lit = Lit(picture, tuple(step.weights.tolist()), overlay, palette)
    return (canvas or BLOCKS).draw(lit, layout.width, layout.lines, base)
