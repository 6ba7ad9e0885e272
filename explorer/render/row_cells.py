"""The cells of one row of the grid: colour or shading, figures, frame, window and marks."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style

from explorer.render.layout import GridLayout
from explorer.render.marks import (
    CENTER,
    COLOR_FRAME,
    CURSOR,
    GLYPH_FRAME,
    HATCH,
    LARGEST,
    LARGEST_AT_CENTER,
    WINDOW_EDGES,
    GridStyle,
    RowMarks,
)

Weights = npt.NDArray[np.floating]


class Line:
    """Collects segments, joining neighbours of one style: fewer of them are quicker to write to a terminal."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments
        self._texts: list[str] = []
        self._style: Style | None = None

    def add(self, text: str, style: Style) -> None:
        """Append text; styles are the same only if they are one object."""
        if not text:
            return
        if style is not self._style:
            self._flush()
            self._style = style
        self._texts.append(text)

    def finished(self) -> list[Segment]:
        """All segments."""
        self._flush()
        return self._segments

    def _flush(self) -> None:
        if self._texts:
            self._segments.append(Segment("".join(self._texts), self._style))
            self._texts.clear()


class Shades(Protocol):
    """What gives cells their colours or glyphs; level 0 is that of the field between them."""

    @property
    def uses_glyphs(self) -> bool:
        """Whether cells are drawn as glyphs."""

    def levels(self, weights: Weights, /) -> list[int]:
        """Return the level of every cell of a row."""

    def glyph(self, weight: float, /) -> str:
        """Return the character of a cell."""

    def styles_on(self, base: Style) -> tuple[Style, ...]:
        """Return the styles of all levels."""

    def blanks_on(self, base: Style) -> tuple[Style, ...]:
        """Return the styles of all levels for cells with no character in them."""


class RowCells:
    """Draws the cells and gaps of one row."""

    marks_largest = True
    """Whether the greatest weight is marked where there are no colours."""

    def __init__(
        self,
        layout: GridLayout,
        palette: Shades,
        weights: Weights,
        marks: RowMarks,
        cursor: int | None,
        look: GridStyle,
    ) -> None:
        self._column = layout.style
        self._threshold = layout.number_threshold
        self._palette = palette
        self._weights = weights
        self._marks = marks
        self._signs = dict(marks.signs)
        self._cursor = cursor
        self._look = look
        self._styles = palette.styles_on(look.blank)
        self._blanks = palette.blanks_on(look.blank)
        self._field = self._blanks[0]
        self._edges = marks.edges(len(weights))
        marked = self.marks_largest and palette.uses_glyphs and weights.any()
        self._largest = int(weights.argmax()) if marked else None
        has_center = marks.center is not None and bool(np.isfinite(marks.center))
        self._center = min(max(0.0, marks.center or 0.0), len(weights) - 1.0) if has_center else None

    def draw(self, first: int, last: int, line: Line) -> None:
        """Append the columns from `first` up to, not including, `last`, each with the gap behind it."""
        if first >= last:
            line.add(" ", self._look.blank)
            return
        self._add_gap(line, None, first, self._look.blank)
        special = self._special_columns()
        bare = not self._column.numbers and not self._palette.uses_glyphs
        cell, gap = " " * self._column.width, " " * self._column.gap
        blank = cell + gap
        levels = self._palette.levels(self._weights[first:last])
        for column, level in enumerate(levels, first):
            if level == 0 and column not in special:
                line.add(blank, self._field)  # by far the most cells of a sharp grid
            elif bare and column not in special:
                line.add(cell, self._blanks[level])
                line.add(gap, self._field)
            else:
                self._draw_cell(column, self._styles[level], line)

    def _special_columns(self) -> set[int]:
        """Columns in which or beside which something may be marked."""
        special = set(self._marks.masked) | self._signs.keys()
        if self._cursor is not None:
            special |= {self._cursor - 1, self._cursor}
        if self._edges is not None:
            special |= {self._edges[0] - 1, self._edges[0], self._edges[1]}
        if self._center is not None:
            special.add(round(self._center))
        if self._largest is not None:
            special.add(self._largest)
        return special

    def _draw_cell(self, column: int, style: Style, line: Line) -> None:
        """Append the cell of `column` and the gap behind it."""
        characters, style = self._filled(column, style)
        framed = column == self._cursor and not self._column.gap
        edged = self._edges is not None and column in self._edges and not self._column.gap
        mark = self._mark_of(column)
        placed = None if mark is None else _beside_figure(characters, *mark)
        if mark is not None and placed is None and column in self._signs:  # an edit is seen before its figure
            characters, placed = " " * self._column.width, (self._column.width // 2, mark[1])
        if not framed and not edged and placed is None:
            line.add(characters, style)
        else:
            self._add_marked(line, column, characters, style, placed, framed)
        if self._column.gap:
            # A figure that fills its cell ("100" in three cells) sends its mark into the gap.
            homeless = mark[1] if mark is not None and placed is None else None
            self._add_gap(line, column, column + 1, self._field, homeless)

    def _filled(self, column: int, style: Style) -> tuple[str, Style]:
        """Characters and style of a cell before anything is marked in it."""
        width = self._column.width
        if column in self._marks.masked:
            return HATCH * width, self._field + self._look.masked
        weight = float(self._weights[column])
        shade = self._palette.glyph(weight) if self._palette.uses_glyphs else " "
        if not self._column.numbers or weight < self._threshold:
            return shade * width, style
        figure = f"{weight * 100:3.0f}"
        if width == 4 and not self._palette.uses_glyphs:
            return figure + " ", style
        if width < 6:
            return shade * (width - 3) + figure, style
        # Figures stand in the middle with their last digits below each other; in glyphs a blank keeps them readable.
        before = (width - 3) // 2
        after = width - 3 - before
        return shade * before + figure + " " + shade * (after - 1), style

    def _mark_of(self, column: int) -> tuple[int, str] | None:
        """Place in the cell and character of an edit, of p_t or, without colour, of the greatest weight."""
        if column in self._signs:
            framed = column == self._cursor and not self._column.gap
            return (self._column.width // 2 if framed else self._column.width - 1), self._signs[column]
        centered = self._center is not None and column == round(self._center)
        largest = column == self._largest
        if not centered and not largest:
            return None
        if self._center is None or not centered:
            return 0, LARGEST
        # p_t is a real number: inside its cell the mark stands left or right of the middle as p_t does.
        share = self._center - column + 0.5
        place = min(self._column.width - 1, int(share * self._column.width))
        return place, LARGEST_AT_CENTER if largest else CENTER

    def _add_marked(
        self, line: Line, column: int, characters: str, style: Style, mark: tuple[int, str] | None, framed: bool
    ) -> None:
        """Append a cell with marks in it."""
        cells = [(character, style) for character in characters]
        if mark is not None:
            place, character = mark
            emphasis = style if character == LARGEST else style + _without_background(self._look.center)
            if column in self._signs:  # in the readable colour of its cell, whatever that is
                emphasis = style + Style(bold=True)
            cells[place] = (character, emphasis)
        if self._edges is not None and not self._column.gap and len(cells) > 1:
            first, last = self._edges
            if column == first:
                cells[0] = ("▏", style)
            if column == last:
                cells[-1] = ("▕", style)
        if framed and len(cells) == 1:
            cells[0] = (CURSOR, style + Style(bold=True))
        elif framed:
            cells[0], cells[-1] = ("[", style + Style(bold=True)), ("]", style + Style(bold=True))
        for character, drawn in cells:
            line.add(character, drawn)

    def _add_gap(self, line: Line, left: int | None, right: int, style: Style, mark: str | None = None) -> None:
        """Append the cell between two columns: a side of the frame, an edge of the window, a mark, or blank."""
        character, over = " ", None
        if self._column.gap and self._edges is not None and right == self._edges[0]:
            character, over = WINDOW_EDGES[0], self._look.window
        elif self._column.gap and self._edges is not None and left == self._edges[1]:
            character, over = WINDOW_EDGES[1], self._look.window
        elif mark is not None:
            character, over = mark, self._look.center
        if self._column.gap and self._cursor is not None and self._cursor in (left, right):
            frame = GLYPH_FRAME if self._palette.uses_glyphs else COLOR_FRAME
            character, over = frame[0 if right == self._cursor else 1], self._look.cursor
        line.add(character, style if over is None else style + over)


def _beside_figure(characters: str, place: int, mark: str) -> tuple[int, str] | None:
    """Move a mark off the digits of a figure, to the nearest cell without one; None where there is none."""
    free = [cell for cell, character in enumerate(characters) if not character.isdigit()]
    if len(free) == len(characters):
        return place, mark
    ends = [cell for cell in free if cell in (0, len(characters) - 1)]
    return (min(ends, key=lambda cell: abs(cell - place)), mark) if ends else None


def _without_background(style: Style) -> Style:
    return Style.from_color(style.color) + Style(bold=style.bold) if style.bgcolor else style
