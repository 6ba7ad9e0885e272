"""Small pictures of attention maps: two rows a line in half blocks, pooled by maximum where they do not fit."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from explorer.render.colormaps import RGB
from explorer.render.marks import HATCH
from explorer.render.palette import Palette
from explorer.render.pooling import Weights, pooled
from explorer.render.row_cells import Line

UPPER_HALF = "▀"
WIDEST = 3
"""Most times that a dot is wider than high."""
DIMMED = 0.4
"""Part of its weight that a removed head is drawn with."""


@dataclass(frozen=True, slots=True)
class ThumbnailLayout:
    """How a map of up to `rows` by `columns` positions is drawn in `width` cells by `height` lines.

    Attributes:
        rows: Rows that room is kept for, so that a map does not change its scale while it grows.
        columns: Columns of the map.
        width: Cells of a line.
        height: Lines.
        pool: Rows that share a dot; 1 where every row has its own.
        scale: Dots down of one row; 1 where rows are pooled.
        stacked: Rows of dots in a line: 2 in half blocks, 1 in glyphs.
        pool_across: Columns that share a dot.
        scale_across: Dots across of one column.
    """

    rows: int
    columns: int
    width: int
    height: int
    pool: int
    scale: int
    stacked: int
    pool_across: int
    scale_across: int

    @property
    def lines(self) -> int:
        """Lines that the whole map takes."""
        dots = -(-self.rows // self.pool) * self.scale
        return min(self.height, -(-dots // self.stacked))

    @property
    def said(self) -> str:
        """What a dot stands for, as a phrase for people; "" where every position has its own."""
        pooled = self.pool > 1 or self.pool_across > 1
        return f"a dot is the greatest of {self.pool}×{self.pool_across}" if pooled else ""


def thumbnail_layout(
    rows: int, columns: int, width: int, height: int, palette: Palette, *, square: bool = True
) -> ThumbnailLayout:
    """Lay out a thumbnail: the greatest whole scale that fits, or else the least pooling that does.

    Args:
        rows: Rows that the map may come to have.
        columns: Its columns.
        width: Cells of a line, at least 1.
        height: Lines, at least 1.
        palette: Without colours a line holds one row of dots, with colours two.
        square: Whether rows and columns are drawn alike; else each as fine as there is room, but no dot more than
            `WIDEST` times as wide as high.
    """
    stacked = 1 if palette.uses_glyphs else 2
    down, across = (height * stacked, rows), (width, columns)
    if square:
        scale, pool = min(_scale(*down), _scale(*across)), max(_pool(*down), _pool(*across))
        return ThumbnailLayout(rows, columns, width, height, pool, scale, stacked, pool, scale)
    scale_across = max(1, min(_scale(*across), WIDEST * _scale(*down)))
    return ThumbnailLayout(
        rows, columns, width, height, _pool(*down), _scale(*down), stacked, _pool(*across), scale_across
    )


def _scale(room: int, positions: int) -> int:
    """Return the dots of each position; 1 where positions have to be pooled."""
    return max(1, room // max(1, positions))


def _pool(room: int, positions: int) -> int:
    """Return how many positions have to share a dot."""
    return max(1, -(-positions // max(1, room)))


def thumbnail_lines(
    layout: ThumbnailLayout, palette: Palette, weights: Weights, base: Style, *, removed: bool = False
) -> list[list[Segment]]:
    """Draw a map.

    Args:
        layout: The geometry.
        palette: Colours or glyphs.
        weights: (rows, columns), at most as many as in the layout; NaN where there is no position.
        base: Style of what the map does not cover.
        removed: Whether the head is removed: dimmed under a hatch.

    Returns:
        `layout.height` lines of exactly `layout.width` cells.
    """
    dots = pooled(weights, layout.pool, layout.pool_across)
    if layout.scale > 1 or layout.scale_across > 1:
        dots = np.repeat(np.repeat(dots, layout.scale, axis=0), layout.scale_across, axis=1)
    dots = dots[: layout.height * layout.stacked, : layout.width]
    lines: list[list[Segment]] = []
    for y in range(layout.height):
        part = dots[y * layout.stacked : (y + 1) * layout.stacked]
        lines.append(_line(part, layout.width, palette, base, removed))
    return lines


def _line(part: Weights, width: int, palette: Palette, base: Style, removed: bool) -> list[Segment]:
    """Draw one line from its rows of dots, (0 to 2, columns)."""
    line = Line([])
    if not len(part):
        return [Segment(" " * width, base)]
    for column in range(part.shape[1]):
        values = part[:, column]
        if removed:
            line.add(*_hatched(values, palette, base))
        elif palette.uses_glyphs:
            weight = float(values[0])
            line.add(" " if np.isnan(weight) else palette.glyph(weight) if weight >= 0.03 else "·", base)
        else:
            upper = _color(palette, float(values[0]))
            lower = _color(palette, float(values[1])) if len(values) > 1 else None
            line.add(*_half_block(upper, lower, base))
    line.add(" " * (width - part.shape[1]), base)
    return line.finished()


def _color(palette: Palette, weight: float) -> RGB | None:
    return None if np.isnan(weight) else palette.background(weight)


@functools.lru_cache(maxsize=8192)
def _half_block(upper: RGB | None, lower: RGB | None, base: Style) -> tuple[str, Style]:
    """Return the character and style of two dots above each other."""
    if upper is None and lower is None:
        return " ", base
    if upper == lower and upper is not None:
        return " ", base + Style(bgcolor=Color.from_rgb(*upper))
    if upper is None and lower is not None:
        return "▄", base + Style(color=Color.from_rgb(*lower))
    assert upper is not None
    style = Style(color=Color.from_rgb(*upper))
    return UPPER_HALF, base + (style if lower is None else style + Style(bgcolor=Color.from_rgb(*lower)))


def _hatched(values: Weights, palette: Palette, base: Style) -> tuple[str, Style]:
    """Return a hatched cell; its ground is the greatest of its dots, dimmed."""
    present = values[~np.isnan(values)]
    if not present.size:
        return " ", base
    if palette.uses_glyphs:
        return HATCH, base
    return HATCH, _hatch_style(palette.background(float(present.max()) * DIMMED), base)


@functools.lru_cache(maxsize=512)
def _hatch_style(ground: RGB, base: Style) -> Style:
    return base + Style(color=Color.from_rgb(120, 120, 130), bgcolor=Color.from_rgb(*ground))
