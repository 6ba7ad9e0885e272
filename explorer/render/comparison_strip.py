"""Two runs on a picture as filmstrips: for every step the left side's frame, the right side's, and their difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.render.cells import truncate
from explorer.render.compared import SIDES, Compared
from explorer.render.difference import PARTED, distance_label
from explorer.render.difference_scale import difference_scale, side_color
from explorer.render.diverging import DivergingPalette
from explorer.render.figure import FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.grid_figure import JOINT
from explorer.render.grid_fit import LETTER, tile_font
from explorer.render.markup import INKS, Ink, hexadecimal
from explorer.render.picture_difference import relative_difference
from explorer.render.pictures import Overlay
from explorer.render.sheet import FONT_SIZE, Anchor, Attended, Box, Frame, Label, Look, Mark, Sheet
from explorer.render.strip_figure import ACROSS, FRAME, LONGEST_WORD
from explorer.render.summary import cell_title
from explorer.render.tiles import Tiling, tiling
from explorer.runtime.labels import printable

COMPARED_FRAME = dataclasses.replace(FRAME, gap=10)
"""Frames stand closer to each other than in a strip of one run."""
RELATIVE = "differences relative to the word's greatest"


@dataclass(frozen=True, slots=True)
class _Plan:
    """Sizes of the strips, in pixels, and the lines of text above (with their colours) and below.

    A tile is a frame; `ratio` is its height over its width.
    """

    font: float
    tiles: Tiling
    ratio: float
    above: tuple[tuple[str, str, Look], ...]
    below: tuple[str, ...]
    steps: int

    @property
    def frame_height(self) -> float:
        """Of a frame."""
        return self.tiles.tile * self.ratio

    @property
    def line(self) -> float:
        """From one line of text to the next."""
        return 1.45 * self.font

    @property
    def top(self) -> float:
        """Upper edge of the first frames."""
        return self.tiles.margin + (len(self.above) + 0.4) * self.line

    @property
    def row(self) -> float:
        """From a line of frames to the next: the frame and the word under it."""
        return self.frame_height + 1.7 * self.font

    @property
    def band(self) -> float:
        """All lines of a group of steps, with what sets it off from the next."""
        return (len(SIDES) + 1) * self.row + self.font

    @property
    def bottom(self) -> float:
        """End of the last frames."""
        return self.top + -(-self.steps // self.tiles.across) * self.band

    @property
    def height(self) -> float:
        """Of the sheet."""
        return self.bottom + (len(self.below) + 1.2) * self.line + self.tiles.margin


def strip_sheet(compared: Compared, heading: str, style: FigureStyle, overlay: Overlay, name: str) -> Sheet:
    """Draw two runs on a picture.

    Args:
        compared: Both runs.
        heading: What the sheet is called.
        style: How it looks.
        overlay: How attention is laid over the picture.
        name: Of the picture in its document.

    Raises:
        InputError: The width has no room for one frame.
    """
    plan = _plan(compared, style)
    marks = tuple(_marks(compared, plan, style, overlay, name))
    return Sheet(heading, plan.tiles.width, plan.height, marks, style.colors, style.theme, style.width is not None)


def _plan(compared: Compared, style: FigureStyle) -> _Plan:
    steps = max(len(trace.steps) for trace in compared.traces)
    font = tile_font(style)
    tiles = tiling(COMPARED_FRAME, ACROSS, max(1, steps), style)
    letters = max(8, int((tiles.width - 2 * tiles.margin) / (LETTER / FONT_SIZE * font * 1.15)))
    above: list[tuple[str, str, Look]] = []
    for number, trace in enumerate(compared.traces):
        color = side_color(bool(number))
        name = (compared.names[number],) if not style.title else compared.facts[number]
        lines = joined((f"{SIDES[number]}: {name[0]}", *name[1:]), JOINT, letters)
        above += [(line, color, Look.HEADING) for line in lines]
        if style.title:
            ink = INKS[style.theme]
            above += [(line, ink.text, Look.PLAIN) for line in folded(printable(trace.text), letters)]
    told = (*compared.facts_of_differences, RELATIVE) if compared.axis is not None else (compared.undefined,)
    below = joined(told, JOINT, letters) if style.title or compared.axis is None else ()
    picture = compared.left.source.picture
    assert picture is not None
    height, width = picture.pixels.shape[1:]
    return _Plan(font, tiles, height / width, tuple(above), below, steps)


def _marks(compared: Compared, plan: _Plan, style: FigureStyle, overlay: Overlay, name: str) -> Iterator[Mark]:
    ink, tiles = INKS[style.theme], plan.tiles
    for place, (text, color, look) in enumerate(plan.above):
        yield Label(tiles.margin, tiles.margin + plan.font + place * plan.line, text, color, plan.font, look=look)
    for step in range(plan.steps):
        band, column = divmod(step, tiles.across)
        x, y = tiles.margin + column * (tiles.tile + tiles.gap), plan.top + band * plan.band
        for number in range(len(SIDES)):
            yield from _frame(compared, number, step, x, y + number * plan.row, plan, overlay, f"{name}-{number}", ink)
        yield from _difference(compared, step, x, y + len(SIDES) * plan.row, plan, ink)
    for place, line in enumerate(plan.below):
        yield Label(tiles.margin, plan.bottom + (place + 0.8) * plan.line, line, ink.soft, 0.93 * plan.font)
    if compared.axis is not None:
        y = plan.bottom + (len(plan.below) + 1) * plan.line
        x = tiles.margin + 3.4 * plan.font
        yield from difference_scale(x, y, ink, 0.93 * plan.font)


def _frame(
    compared: Compared, number: int, row: int, x: float, y: float, plan: _Plan, overlay: Overlay, name: str, ink: Ink
) -> Iterator[Mark]:
    """Draw what a side looks at in a step; nothing where it has ended."""
    trace = compared.traces[number]
    picture = trace.source.picture
    if row >= len(trace.steps) or picture is None:
        return
    step = trace.steps[row]
    titles = tuple(cell_title(trace, row, cell) for cell in range(len(step.weights)))
    yield Frame(x, y, plan.tiles.tile, plan.frame_height, name, picture, Attended(step.weights, overlay, titles))
    yield _under(truncate(printable(step.label), LONGEST_WORD), x, y, plan, ink.text, forced=step.forced)


def _difference(compared: Compared, row: int, x: float, y: float, plan: _Plan, ink: Ink) -> Iterator[Mark]:
    """Draw the cells in the colours of their differences, relative to the greatest; the distance stands below."""
    found, picture = compared.differences, compared.left.source.picture
    if found is None or picture is None or row >= len(found.rows):
        return
    palette, compared_row = DivergingPalette(), found.rows[row]
    width, height = plan.tiles.tile / picture.columns, plan.frame_height / picture.rows
    shares = relative_difference(compared_row.weights)
    for cell, (share, difference) in enumerate(zip(shares, compared_row.weights, strict=True)):
        down, across = divmod(cell, picture.columns)
        title = compared.difference_title(row, cell, float(difference))
        fill = hexadecimal(palette.background(float(share)))
        yield Box(x + across * width, y + down * height, width, height, fill, title=title)
    mark = f"{PARTED} " if compared.parted(row) else ""
    told = distance_label(compared_row.distance, compared_row.agrees).strip()
    yield _under(f"{mark}{told}", x, y, plan, ink.soft)


def _under(text: str, x: float, y: float, plan: _Plan, color: str, *, forced: bool = False) -> Label:
    look = Look.FORCED if forced else Look.PLAIN
    at = x + plan.tiles.tile / 2, y + plan.frame_height + 1.2 * plan.font
    return Label(*at, text, color, plan.font, Anchor.MIDDLE, look)
