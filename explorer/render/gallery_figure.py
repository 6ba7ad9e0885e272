"""The gallery: every alignment function × attention type as a small grid, or a picture, with its figures and words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import RenderableType

from explorer.render.cells import truncate
from explorer.render.combinations import Combination, Combinations, Places
from explorer.render.figure import FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.gallery_text import GalleryText
from explorer.render.grid_fit import LETTER, STRONG, ems, tile_font
from explorer.render.markup import INKS, hexadecimal
from explorer.render.palette import Palette
from explorer.render.pictures import Overlay
from explorer.render.scale import scale_marks
from explorer.render.sheet import FONT_SIZE, Attended, Box, Frame, Label, Look, Mark, Sheet
from explorer.render.strip_figure import LIGHTS
from explorer.render.summary import cell_title
from explorer.render.tiles import Tile, tiling
from explorer.runtime.labels import printable
from explorer.runtime.trace import Step, Trace

TILE = Tile(width=190, gap=18, least=10.5, name="a combination with a name")
LARGEST_CELL = 16
MOST_LINES = 3
"""Lines of a tile's words."""
LINE = 1.4
"""From one line of text to the next, in fonts."""
EVERY_WORD = "mean of all words"


@dataclass(frozen=True)
class GalleryFigure:
    """Every combination of a source.

    Attributes:
        combinations: All of them.
        row: Of a picture the step that is drawn, of runs that have ended before it their last; None for the mean of
            all steps. A sentence has all steps in its grids.
        overlay: How attention is laid over a picture; None for heat where a palette is asked for, else brightness.
    """

    combinations: Combinations
    row: int | None = None
    overlay: Overlay | None = None

    @property
    def heading(self) -> str:
        """What it is, and the source."""
        return f"{len(self.combinations.each)} combinations: {self.combinations.source.text}"

    @property
    def table(self) -> Trace | None:
        """None: a page has the drawing."""
        return None

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:
        """Draw it; a width decides how many tiles stand beside each other.

        Raises:
            InputError: The width has no room for one tile.
        """
        drawn = _Drawn(self, style, f"picture{number}")
        marks = tuple(drawn.marks())
        return Sheet(self.heading, drawn.width, drawn.height, marks, style.colors, style.theme, style.width is not None)

    def printed(self, style: FigureStyle) -> RenderableType:
        """Return all of them as small maps, and what was run."""
        steps = () if self.combinations.source.picture is None else tuple(map(self.shown, self.combinations.each))
        return GalleryText(self.combinations, style.colors, style.lit(self.overlay), steps)

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return the arrays of every combination; see `Combinations.arrays`."""
        return self.combinations.arrays()

    def content(self) -> Mapping[str, Any]:
        """Return every combination; see `Combinations.content`."""
        return self.combinations.content()

    def shown(self, one: Combination) -> Step:
        """Return the step that is drawn over a picture."""
        steps = one.trace.steps
        if self.row is not None:
            return steps[min(self.row, len(steps) - 1)]
        mean = one.trace.weights.mean(axis=0, dtype=np.float64).astype(np.float32)
        return dataclasses.replace(steps[-1], weights=mean, label=EVERY_WORD)


class _Drawn:
    """Places the tiles and turns them into marks."""

    def __init__(self, figure: GalleryFigure, style: FigureStyle, name: str) -> None:
        self._figure, self._style, self._name = figure, style, name
        self._all, self._ink, self._overlay = figure.combinations, INKS[style.theme], style.lit(figure.overlay)
        font = tile_font(style)
        self._font, scale = font, font / FONT_SIZE
        tiles = tiling(TILE, self._all.across, len(self._all.places), style)
        self._margin, self._gap, self._across, self._tile = tiles.margin, tiles.gap, tiles.across, tiles.tile
        self.width = tiles.width
        self._largest = LARGEST_CELL * scale
        self._places = _packed(self._all, self._across)
        self._above, self._below = self._said()
        self._lines = [self._words(place) for place in self._places]
        top = self._margin + (LINE * len(self._above) + (0.6 if self._above else 0.0)) * font
        self._tops = []
        for first in range(0, len(self._places), self._across):
            self._tops.append(top)
            top += self._height(first)
        self._bottom = top
        self.height = top + (LINE * len(self._below) + 1.4) * font + self._margin

    def _letters(self, width: float, size: float = 1.0) -> int:
        return max(4, int(width / (LETTER / FONT_SIZE * self._font * size)))

    def _said(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not self._style.title:
            return (), ()
        letters = self._letters(self.width - 2 * self._margin, 1.15)
        above = folded(printable(self._all.source.text), letters)
        if self._all.text is not None:
            above += folded(printable(self._all.text), letters)
        lights = () if self._all.source.picture is None else LIGHTS.get(self._overlay, ())
        return above, joined((*self._all.facts, *lights), " · ", letters)

    def _words(self, place: Combination | None) -> tuple[str, ...]:
        """Return a tile's words, where the tiles differ in them, and over a picture the word that is drawn."""
        if place is None:
            return ()
        letters = self._letters(self._tile, 0.93)
        words = () if self._all.text is not None else folded(printable(place.trace.text), letters)
        if len(words) > MOST_LINES:
            words = (*words[: MOST_LINES - 1], truncate(f"{words[MOST_LINES - 1]} …", letters))
        if self._all.source.picture is not None and place.trace.steps:
            words = (truncate(printable(self._figure.shown(place).label), letters), *words)
        return words

    def _cell(self) -> float:
        """Return the side of a cell of a grid."""
        return min(self._tile / max(1, len(self._all.source)), self._largest)

    def _map_height(self, places: Places) -> float:
        picture = self._all.source.picture
        if picture is not None:
            height, width = picture.pixels.shape[1:]
            return self._tile * int(height) / int(width)
        return max((len(place.trace.steps) for place in places if place is not None), default=0) * self._cell()

    def _height(self, first: int) -> float:
        """Return the height of a line of tiles: names, maps and words."""
        line = self._places[first : first + self._across]
        words = max((len(each) for each in self._lines[first : first + self._across]), default=0)
        return self._map_height(line) + (2.3 * LINE + words * 1.3 + 1.3) * self._font

    def marks(self) -> Iterator[Mark]:
        """Yield everything."""
        font, margin = self._font, self._margin
        for place, line in enumerate(self._above):
            strong = self._all.text is not None and place == len(self._above) - 1
            color, look = (self._ink.text, Look.HEADING) if strong else (self._ink.soft, Look.PLAIN)
            yield Label(margin, margin + (1 + LINE * place) * font, line, color, font, look=look)
        for number, one in enumerate(self._places):
            if one is not None:
                row, column = divmod(number, self._across)
                yield from self._drawn_tile(number, one, margin + column * (self._tile + self._gap), self._tops[row])
        for place, line in enumerate(self._below):
            yield Label(margin, self._bottom + (1 + LINE * place) * font, line, self._ink.soft, 0.93 * font)
        if self._all.source.picture is None or self._overlay is Overlay.HEAT:
            y = self._bottom + (LINE * len(self._below) + 1) * font
            yield from scale_marks(margin + 1.4 * font, y, self._style.colors, self._ink, 0.93 * font)

    def _drawn_tile(self, number: int, one: Combination, x: float, y: float) -> Iterator[Mark]:
        font, small = self._font, 0.93 * self._font
        name = self._fitting((one.name, one.short), font * (STRONG if one.own else 1.0))
        yield Label(x, y + font, name, self._ink.text, font, look=Look.HEADING if one.own else Look.PLAIN)
        figures = self._fitting((one.figures, one.short_figures), small)
        yield Label(x, y + (1 + LINE) * font, figures, self._ink.soft, small)
        top = y + 2.3 * LINE * font
        if self._all.source.picture is not None:
            yield from self._picture(one, x, top)
            bottom = top + self._map_height((one,))
        else:
            yield from _grid(one, x, top, self._cell(), self._style.colors)
            bottom = top + len(one.trace.steps) * self._cell()
        for place, line in enumerate(self._lines[number]):
            yield Label(x, bottom + (1.2 + 1.3 * place) * font, line, self._ink.text, small)

    def _fitting(self, texts: Sequence[str], size: float) -> str:
        """Return the first of some texts that has room in a tile, or the last one cut."""
        for text in texts:
            if ems(text) * size <= self._tile:
                return text
        return truncate(texts[-1], max(4, int(self._tile / (LETTER / FONT_SIZE * size))))

    def _picture(self, one: Combination, x: float, y: float) -> Iterator[Mark]:
        picture = one.trace.source.picture
        if picture is None or not one.trace.steps:
            return
        step = self._figure.shown(one)
        word = f"{one.plain_name}: {printable(step.label)}"
        titles = tuple(
            f"{word} → {label}: {float(weight) * 100:.1f} %"
            for label, weight in zip(one.trace.source.labels, step.weights, strict=True)
        )
        attended = Attended(step.weights, self._overlay, titles)
        yield Frame(x, y, self._tile, self._map_height((one,)), self._name, picture, attended)


def _packed(found: Combinations, across: int) -> Places:
    """Return the places of a wall with fewer places a line: one behind the other, no place left empty."""
    return found.places if across == found.across else found.each


def _grid(one: Combination, x: float, y: float, side: float, palette: Palette) -> Iterator[Box]:
    """Yield the weights of a run; those that are not seen are left to the ground."""
    trace, name = one.trace, one.plain_name
    rows, columns = len(trace.steps), len(trace.source)
    nothing = f"{name}: less than 0.2 %"
    yield Box(x, y, columns * side, rows * side, hexadecimal(palette.background(0.0)), title=nothing)
    for row in range(rows):
        for column in range(columns):
            weight = float(trace.weights[row, column])
            if palette.level(weight):
                title = f"{name}: {cell_title(trace, row, column)}"
                fill = hexadecimal(palette.background(weight))
                yield Box(x + column * side, y + row * side, side, side, fill, title=title)
