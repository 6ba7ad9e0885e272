"""Sizes of a grid on a page: those of its content, or those that a width or a font size leaves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.render.cells import graphemes, truncate, width_of
from explorer.render.figure import MILLIMETRES_AN_INCH, PIXELS_AN_INCH, POINTS_AN_INCH, FigureStyle
from explorer.render.sheet import FONT_SIZE

LETTER = 8.2
"""Pixels that one terminal cell of text takes at most, on average, in the fonts named, at `FONT_SIZE`."""
LONGEST_LABEL = 24
SLANT = 45
UPRIGHT = 90
NARROW_FONT = 7 * PIXELS_AN_INCH / POINTS_AN_INCH
LEAST_FONT = 5 * PIXELS_AN_INCH / POINTS_AN_INCH
"""Fonts in pixels that a width alone may lead to: what journals ask for in figures, and what can still be read."""
LEAST_PITCH = 1.1
"""Of labels that are turned: least distance of their baselines, in fonts."""
NUMBER_SHARE = 0.72
"""Least part of the font that figures in cells are set in; where they would be smaller, they are left out."""
DIGITS = 3
STRONG = 1.12
"""How much wider a strong letter is."""
_SHRINK = 0.98
_NARROW = frozenset("fijlrtIJ.,:;'|!()[]{}/\\·‘’ -")
_WIDE = frozenset("mwMWOQGD@%&—…")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a grid in pixels; the defaults are those of a grid that is as wide as its content.

    Attributes:
        cell_width: From one column to the next.
        cell_height: From one row to the next.
        gap: Between cells.
        margin: Around the figure.
        font: Of labels.
        heading: Font of the headings.
        small: Font of what was run and of the scale.
        number: Font of figures in cells; None where they have no room.
        line: From one heading to the next.
        gutter: Between target labels and cells.
        turn: Degrees that source labels are turned by.
        fitted: Whether there is a width, which lines are folded to.
        width: Of the figure; None for that of its content.
    """

    cell_width: float = 42
    cell_height: float = 26
    gap: float = 2
    margin: float = 28
    font: float = FONT_SIZE
    heading: float = 15
    small: float = 13
    number: float | None = 13
    line: float = 22
    gutter: float = 10
    turn: int = SLANT
    fitted: bool = False
    width: float | None = None

    @property
    def letter(self) -> float:
        """Pixels that a letter of a label takes."""
        return LETTER * self.font / FONT_SIZE

    def text_width(self, text: str, limit: int = LONGEST_LABEL) -> float:
        """Pixels that a text takes in the font of labels; letter by letter where nothing may reach into the margin."""
        if self.fitted:
            return ems(truncate(text, limit)) * self.font
        return min(width_of(text), limit) * self.letter

    def gutter_width(self, target: Sequence[str]) -> float:
        """Pixels that target labels take; in a narrow margin any of them may be set strong."""
        return max((self.text_width(label) for label in target), default=0.0) * (STRONG if self.fitted else 1.0)

    @property
    def left_of_grid(self) -> float:
        """Pixels left of the longest target label's end."""
        return self.margin + self.gutter

    def reach(self, length: float) -> tuple[float, float]:
        """How far a source label of a length reaches to the right of its column's middle, and up."""
        angle = math.radians(self.turn)
        if self.turn == 0:
            return length / 2, 1.3 * self.font
        return length * math.cos(angle), length * math.sin(angle) + self.font


def grid_sizes(source: Sequence[str], target: Sequence[str], style: FigureStyle) -> Sizes:
    """Return the sizes of a grid.

    Without a width the grid is as wide as its content; a font size scales all of it. With a width the columns share
    what the labels leave. Where no font size is given then, the grid is scaled to the width as long as its font does
    not fall below 7 points; from there on columns become narrower, and at last the font smaller, down to 5 points.

    Args:
        source: Labels of the columns.
        target: Labels of the rows.
        style: What was asked for.

    Raises:
        InputError: The width has no room for the columns; the message has the least that does.
    """
    turn = SLANT if style.rotate is None else style.rotate
    if style.width_pixels is None:
        plain = Sizes(turn=turn) if style.font_pixels is None else _scaled(style.font_pixels, 28, turn)
        return dataclasses.replace(plain, cell_width=max(plain.cell_width, _least_cell(plain, source)))
    width = style.width_pixels
    font = style.font_pixels
    if font is None:
        natural = _width(_scaled(FONT_SIZE, 2, turn, fitted=True), source, target)
        font = max(NARROW_FONT, FONT_SIZE * width / natural)
        least = LEAST_FONT
    else:
        least = font
    while True:
        sizes = _in_width(source, target, style, width, font)
        if sizes is not None:
            return sizes
        if font <= least:
            raise InputError(_too_narrow(source, target, style, font))
        font = max(least, font * _SHRINK)


def tile_font(style: FigureStyle) -> float:
    """Return the font in pixels of what stands with tiles: frames, small maps; a width makes room for more of them."""
    return style.font_pixels or (NARROW_FONT if style.width_pixels is not None else float(FONT_SIZE))


def _scaled(font: float, margin: float, turn: int, *, fitted: bool = False) -> Sizes:
    plain, scale = Sizes(), font / FONT_SIZE
    return Sizes(
        cell_width=plain.cell_width * scale,
        cell_height=plain.cell_height * scale,
        gap=plain.gap * scale,
        margin=margin * scale,
        font=font,
        heading=plain.heading * scale,
        small=13 * scale,
        number=13 * scale,
        line=plain.line * scale,
        gutter=plain.gutter * scale,
        turn=turn,
        fitted=fitted,
    )


def _in_width(
    source: Sequence[str], target: Sequence[str], style: FigureStyle, width: float, font: float
) -> Sizes | None:
    """Return sizes whose columns fill the width; None where they are too narrow for their labels."""
    turns = (SLANT, UPRIGHT) if style.rotate is None else (style.rotate,)
    for turn in turns:
        base = _scaled(font, 2, turn, fitted=True)
        cell = _cell_width(base, source, target, width)
        if cell >= _least_cell(base, source):
            scale = font / FONT_SIZE
            gap = min(2 * scale, cell * 0.08)
            digits = (cell - gap) / DIGITS / LETTER * FONT_SIZE
            number = min(13 * scale, digits)
            return Sizes(
                cell_width=cell,
                cell_height=1.7 * font,
                gap=gap,
                margin=base.margin,
                font=font,
                heading=base.heading,
                small=0.9 * font,
                number=number if number >= NUMBER_SHARE * font else None,
                line=1.4 * font,
                gutter=0.5 * font,
                turn=turn,
                fitted=True,
                width=width,
            )
    return None


def _gutter(sizes: Sizes, target: Sequence[str]) -> float:
    """Pixels left of the first cell."""
    return sizes.left_of_grid + sizes.gutter_width(target)


def ems(text: str) -> float:
    """Width of a text in fonts: no less than in DejaVu Sans, which is wider than most."""
    return sum(_em(piece.text, piece.width) for piece in graphemes(text))


def _em(letter: str, width: int) -> float:
    if width > 1:
        return 1.05
    if letter in _NARROW:
        return 0.42
    if letter in _WIDE:
        return 1.0
    return 0.76 if letter.isupper() else 0.64


def _cell_width(sizes: Sizes, source: Sequence[str], target: Sequence[str], width: float) -> float:
    """The widest column with which grid and slanted labels end within the width."""
    room = width - _gutter(sizes, target) - sizes.margin - sizes.gap
    widths = [room / max(1, len(source))]
    for place, label in enumerate(source):
        reach, _ = sizes.reach(sizes.text_width(label))
        widths.append((room - reach) / (place + 0.5))
    return min(widths)


def _least_cell(sizes: Sizes, source: Sequence[str]) -> float:
    """The narrowest column in which neighbouring labels do not touch."""
    longest = max((sizes.text_width(label) for label in source), default=0.0)
    side_by_side = longest + 0.4 * sizes.font
    if sizes.turn == 0:
        return side_by_side
    return min(side_by_side, LEAST_PITCH * sizes.font / math.sin(math.radians(sizes.turn)))


def _width(sizes: Sizes, source: Sequence[str], target: Sequence[str]) -> float:
    """Width of a grid with its labels."""
    columns = len(source)
    overhang = [
        sizes.reach(sizes.text_width(label))[0] - (columns - place - 0.5) * sizes.cell_width
        for place, label in enumerate(source)
    ]
    grid = columns * sizes.cell_width + sizes.gap
    return _gutter(sizes, target) + grid + max(0.0, *overhang, 0.0) + sizes.margin


def _too_narrow(source: Sequence[str], target: Sequence[str], style: FigureStyle, font: float) -> str:
    base = _scaled(font, 2, UPRIGHT if style.rotate is None else style.rotate, fitted=True)
    cell = _least_cell(base, source)
    reaches = [place * cell + 0.5 * cell + base.reach(base.text_width(label))[0] for place, label in enumerate(source)]
    needed = _gutter(base, target) + base.margin + base.gap + max(len(source) * cell, *reaches)
    inches = needed / PIXELS_AN_INCH
    points = font * POINTS_AN_INCH / PIXELS_AN_INCH
    return (
        f"{len(source)} columns with labels of {points:.3g} pt need a width of "
        f"{math.ceil(inches * MILLIMETRES_AN_INCH)} mm, not {style.width:g} mm"
    )
