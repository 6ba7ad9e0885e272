"""A picture with attention laid over it, in pixels and in half blocks of a terminal."""

from __future__ import annotations

import enum
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from explorer.render.colormaps import RGB
from explorer.render.palette import Palette
from explorer.runtime.trace import Picture

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.uint8]
"""(height, width, 3), red, green and blue."""
Shares = npt.NDArray[np.float64]

UPPER_HALF = "▀"
DARKEST = 0.22
"""Part of its brightness that a cell without weight keeps."""
STRONGEST_HEAT = 0.78
"""How much of the heaviest cell's colour is that of the heat."""
FRAME: RGB = (64, 224, 255)
EDGE: RGB = (255, 176, 64)
"""Colours drawn into a picture: the cursor's cell, the local window."""
CELLS_A_PEN = 20
"""A line drawn into a picture is as many times narrower than a cell of it, but at least a pixel."""
GREY = (0.299, 0.587, 0.114)
"""How bright red, green and blue are (ITU-R BT.601)."""
GREY_UNDER_HEAT = 0.75
"""Part of its brightness that a picture in grey keeps under heat."""


class Overlay(enum.Enum):
    """How attention is laid over a picture."""

    BRIGHTNESS = "brightness"
    HEAT = "heat"
    NONE = "picture alone"

    def next(self) -> Overlay:
        """Return the one after it."""
        members = list(Overlay)
        return members[(members.index(self) + 1) % len(members)]


@dataclass(frozen=True, slots=True)
class CellMarks:
    """What is marked over a picture.

    Attributes:
        cursor: Number of the framed cell.
        masked: Hatched cells.
        window: First row, first column, last row and last column of the local window, clipped to the picture.
    """

    cursor: int | None = None
    masked: frozenset[int] = frozenset()
    window: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Lit:
    """A picture with attention laid over it and marks drawn into it, at no size yet. Equal ones look alike.

    Attributes:
        picture: The picture.
        weights: One row of weights, (rows · columns,).
        overlay: How they are laid over it.
        palette: Colours of the heat.
        marks: What is marked.
    """

    picture: Picture
    weights: tuple[float, ...]
    overlay: Overlay
    palette: Palette
    marks: CellMarks = CellMarks()

    def pixels(self, height: int, width: int) -> Pixels:
        """Return it at a size, (height, width, 3)."""
        weights = np.array(self.weights, dtype=np.float32)
        image = overlaid(self.picture, weights, height, width, self.overlay, self.palette)
        return marked(image, self.picture, self.marks, FRAME, EDGE)


def local_window(center: tuple[float, float], window: float, picture: Picture) -> tuple[int, int, int, int]:
    """Return the cells that a window of ±D rows and columns reaches: first row, first column, last row, last column."""
    row, column = center
    top, left = max(0, int(np.ceil(row - window))), max(0, int(np.ceil(column - window)))
    bottom = min(picture.rows - 1, int(np.floor(row + window)))
    return top, left, bottom, min(picture.columns - 1, int(np.floor(column + window)))


def whole(picture: Picture) -> Image.Image:
    """Return the picture as the model reads it."""
    from PIL import Image

    return Image.fromarray(np.rint(picture.pixels.transpose(1, 2, 0) * 255).astype(np.uint8))


@functools.lru_cache(maxsize=8)
def scaled(picture: Picture, height: int, width: int) -> Pixels:
    """Return the picture at another size, not to be written to: all frames of a strip, and every step, share it."""
    from PIL import Image

    resized = whole(picture).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    made: Pixels = np.array(resized, dtype=np.uint8)
    made.setflags(write=False)
    return made


def relative(weights: npt.NDArray[np.floating]) -> Shares:
    """Return weights as shares of their greatest; soft attention over 64 cells would be all dark otherwise."""
    greatest = float(weights.max(initial=0.0))
    shares: Shares = weights.astype(np.float64) / greatest if greatest > 0 else np.zeros(weights.shape)
    return shares


def overlaid(
    picture: Picture,
    weights: npt.NDArray[np.floating],
    height: int,
    width: int,
    overlay: Overlay,
    palette: Palette,
) -> Pixels:
    """Return the picture at a size with one row of weights laid over it, each cell lit by its share of the greatest.

    Args:
        picture: The picture.
        weights: (rows · columns,).
        height: Pixels of the result.
        width: Pixels of the result.
        overlay: Brightness, heat (the palette's colours over the picture in grey) or nothing.
        palette: Colours of the heat.
    """
    image = scaled(picture, height, width)
    if overlay is Overlay.NONE:
        return image
    share = spread(relative(weights).reshape(picture.rows, picture.columns), height, width)[..., None]
    if overlay is Overlay.BRIGHTNESS:
        lit = image * (DARKEST + (1 - DARKEST) * share)
    else:
        grey = _grey(image)
        levels = np.rint(share[..., 0] ** palette.exponent * 255).astype(np.intp)
        colors = np.array(palette.table, dtype=np.float64)[levels]
        part = heat_share(share)
        lit = grey * (1 - part) + colors * part
    made: Pixels = np.clip(np.rint(lit), 0, 255).astype(np.uint8)
    return made


def heat_share(share: Any) -> Any:
    """How much of a cell's colour is that of the heat, by its share of the greatest weight: a number or an array."""
    return STRONGEST_HEAT * np.sqrt(share)


def greyed(picture: Picture) -> Image.Image:
    """Return the picture as it lies under heat."""
    from PIL import Image

    grey = _grey(np.asarray(whole(picture)))
    return Image.fromarray(np.rint(grey[..., 0]).astype(np.uint8))


def marked(image: Pixels, picture: Picture, marks: CellMarks, frame: RGB, edge: RGB) -> Pixels:
    """Return an image with the cursor's frame, the window's edge and the hatching of masked cells drawn into it."""
    drawn = image.copy()
    pen = max(1, min(image.shape[0] // picture.rows, image.shape[1] // picture.columns) // CELLS_A_PEN)
    for cell in marks.masked:
        top, left, bottom, right = _box(image, picture, *divmod(cell, picture.columns), *divmod(cell, picture.columns))
        part = drawn[top:bottom, left:right]
        rows, columns = np.indices(part.shape[:2])
        part[(rows + columns) // pen % 3 == 0] = edge
    if marks.window is not None:
        _outline(drawn, _box(image, picture, *marks.window), edge, pen, dashed=True)
    if marks.cursor is not None:
        place = divmod(marks.cursor, picture.columns)
        _outline(drawn, _box(image, picture, *place, *place), frame, pen)
    return drawn


def half_blocks(image: Pixels, base: Style) -> list[list[Segment]]:
    """Return an image of an even height as lines, two rows of pixels a line, one pixel a cell across."""
    return [_half_line(image[row], image[row + 1], base) for row in range(0, image.shape[0] - 1, 2)]


def glyph_lines(
    weights: npt.NDArray[np.floating], picture: Picture, width: int, lines: int, base: Style
) -> list[list[Segment]]:
    """Return the cells as shading glyphs by their share of the greatest weight: what a terminal without colours shows.

    Args:
        weights: (rows · columns,).
        picture: The picture; it is not seen itself.
        width: Cells of the terminal across.
        lines: Lines; where they are fewer than the rows, each has the greatest weight of its rows.
        base: Style of the glyphs.
    """
    palette = Palette()
    shares = relative(weights).reshape(picture.rows, picture.columns)
    drawn = []
    for place in range(lines):
        first = place * picture.rows // lines
        row = shares[first : max(first + 1, (place + 1) * picture.rows // lines)].max(axis=0)
        columns = np.arange(width) * picture.columns // width
        drawn.append([Segment("".join(palette.glyph(float(row[column])) for column in columns), base)])
    return drawn


def cell_at(x: int, y: int, width: int, lines: int, picture: Picture) -> int | None:
    """Return the cell of the picture under a cell of the terminal, None outside.

    Args:
        x: Cells from the left of the drawn picture.
        y: Lines from its top.
        width: Cells across of the drawn picture.
        lines: Its lines.
        picture: The picture.
    """
    if not (0 <= x < width and 0 <= y < lines):
        return None
    return y * picture.rows // lines * picture.columns + x * picture.columns // width


def _grey(image: Pixels) -> Shares:
    """Return the grey that lies under heat, (height, width, 1)."""
    grey: Shares = (image @ np.array(GREY))[..., None] * GREY_UNDER_HEAT
    return grey


def spread(cells: Shares, height: int, width: int) -> Shares:
    """Return cells at another size, (height, width): every pixel has the value of its cell."""
    rows = np.arange(height) * cells.shape[0] // height
    columns = np.arange(width) * cells.shape[1] // width
    taken: Shares = cells[rows][:, columns]
    return taken


def _box(image: Pixels, picture: Picture, top: int, left: int, bottom: int, right: int) -> tuple[int, int, int, int]:
    """Return the pixels of a block of cells: first row and column, and those after the last."""
    height, width = image.shape[:2]
    return (
        -(-top * height // picture.rows),
        -(-left * width // picture.columns),
        -(-(bottom + 1) * height // picture.rows),
        -(-(right + 1) * width // picture.columns),
    )


def _outline(image: Pixels, box: tuple[int, int, int, int], color: RGB, pen: int, *, dashed: bool = False) -> None:
    top, left, bottom, right = box
    part = image[top:bottom, left:right]
    if not part.size:  # a picture of fewer pixels than cells
        return
    rows, columns = np.indices(part.shape[:2])
    above = np.minimum(rows, part.shape[0] - 1 - rows)
    beside = np.minimum(columns, part.shape[1] - 1 - columns)
    if dashed:
        along = ((above < pen) & (columns // pen % 2 == 0)) | ((beside < pen) & (rows // pen % 2 == 0))
    else:
        along = np.minimum(above, beside) < pen
    part[along] = color


def _half_line(upper: Pixels, lower: Pixels, base: Style) -> list[Segment]:
    """Return one line, neighbours of the same two colours as one segment."""
    segments: list[Segment] = []
    start, pairs = 0, [(*above, *below) for above, below in zip(upper.tolist(), lower.tolist(), strict=True)]
    for place in range(1, len(pairs) + 1):
        if place == len(pairs) or pairs[place] != pairs[start]:
            segments.append(Segment(UPPER_HALF * (place - start), base + _two_colors(pairs[start])))
            start = place
    return segments


def _two_colors(pair: Sequence[int]) -> Style:
    return Style.from_color(Color.from_rgb(*pair[:3]), Color.from_rgb(*pair[3:]))
