"""Tiles beside each other on a sheet: the frames of a filmstrip, the combinations of a gallery."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.errors import InputError
from explorer.render.figure import FigureStyle
from explorer.render.grid_fit import tile_font
from explorer.render.sheet import FONT_SIZE

MARGIN = 28


@dataclass(frozen=True, slots=True)
class Tile:
    """What all tiles of a kind of figure are like.

    Attributes:
        width: Pixels where no width is asked for.
        gap: Pixels between two of them there.
        least: Width of the narrowest, in fonts: what is said in it has room.
        name: What there is no room for where not even that one has any.
    """

    width: float
    gap: float
    least: float
    name: str


@dataclass(frozen=True, slots=True)
class Tiling:
    """How tiles stand on a sheet, in pixels.

    Attributes:
        margin: Around them.
        gap: Between two of them.
        across: How many stand beside each other.
        tile: Width of one.
        width: Of the sheet.
    """

    margin: float
    gap: float
    across: int
    tile: float
    width: float


def tiling(tile: Tile, across: int, count: int, style: FigureStyle) -> Tiling:
    """Return how tiles stand; a width decides how many of them stand beside each other.

    Args:
        tile: What they are like.
        across: How many stand beside each other at most.
        count: How many there are; a width is shared by no more.
        style: What was asked for.

    Raises:
        InputError: The width has no room for one.
    """
    font = tile_font(style)
    scale = font / FONT_SIZE
    if style.width_pixels is None:
        margin, gap, room = MARGIN * scale, tile.gap * scale, tile.width * scale
        return Tiling(margin, gap, across, room, 2 * margin + across * (room + gap) - gap)
    margin, gap, width = 2 * scale, tile.gap * scale / 2, style.width_pixels
    across = min(across, count, int((width - 2 * margin + gap) / (tile.least * font + gap)))
    if across < 1:
        raise InputError(f"a width of {style.width:g} mm has no room for {tile.name} of this font size")
    return Tiling(margin, gap, across, (width - 2 * margin + gap) / across - gap, width)
