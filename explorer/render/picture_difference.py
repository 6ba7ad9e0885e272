"""A picture with the difference of two runs laid over it: which cells which of them looks at more."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style

from explorer.render.diverging import DivergingPalette
from explorer.render.pictures import GREY, STRONGEST_HEAT, Pixels, Shares, scaled, spread
from explorer.runtime.trace import Picture

GREY_PART = 0.6
"""Part of its brightness that the picture in grey keeps."""


def relative_difference(differences: npt.NDArray[np.floating]) -> Shares:
    """Return differences as shares of the greatest, -1 to 1: over 64 cells every one of them is small."""
    greatest = float(np.abs(differences).max(initial=0.0))
    shares: Shares = differences.astype(np.float64) / greatest if greatest > 0 else np.zeros(differences.shape)
    return shares


def difference_over(
    picture: Picture, differences: npt.NDArray[np.floating], height: int, width: int, palette: DivergingPalette
) -> Pixels:
    """Return the picture in grey with differences laid over it, relative to the greatest.

    Args:
        picture: The picture.
        differences: (rows · columns,), the right run's weights less the left run's.
        height: Pixels of the result.
        width: Pixels of the result.
        palette: Colours.
    """
    share = spread(relative_difference(differences).reshape(picture.rows, picture.columns), height, width)
    grey = (scaled(picture, height, width) @ np.array(GREY))[..., None] * GREY_PART
    levels = np.array(palette.levels(share.ravel())).reshape(height, width)
    colors = np.array(palette.table, dtype=np.float64)[levels]
    part = STRONGEST_HEAT * np.sqrt(np.abs(share))[..., None]
    made: Pixels = np.clip(np.rint(grey * (1 - part) + colors * part), 0, 255).astype(np.uint8)
    return made


def difference_glyphs(
    picture: Picture,
    differences: npt.NDArray[np.floating],
    width: int,
    lines: int,
    palette: DivergingPalette,
    base: Style,
) -> list[list[Segment]]:
    """Return the cells as glyphs that point to the side that looks more, relative to the greatest difference.

    Args:
        picture: The picture; it is not seen itself.
        differences: (rows · columns,).
        width: Cells of the terminal across.
        lines: Lines; where they are fewer than the rows, each shows the greatest difference of its rows.
        palette: Glyphs.
        base: Their style.
    """
    shares = relative_difference(differences).reshape(picture.rows, picture.columns)
    drawn = []
    for place in range(lines):
        first = place * picture.rows // lines
        rows = shares[first : max(first + 1, (place + 1) * picture.rows // lines)]
        greatest = rows[np.abs(rows).argmax(axis=0), np.arange(picture.columns)]
        text = "".join(palette.glyph(float(greatest[x * picture.columns // width])) for x in range(width))
        drawn.append([Segment(text, base)])
    return drawn
