"""The third picture of a comparison: which cells which side looks at more, and below it the distance of every word."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.reactive import reactive
from textual.strip import Strip

from explorer.render.cells import pad_right
from explorer.render.difference import distance_label
from explorer.render.marks import NEXT_STEP
from explorer.render.picture_difference import difference_glyphs, difference_over
from explorer.render.pictures import EDGE, FRAME, CellMarks, half_blocks, marked
from explorer.runtime.trace import Picture
from explorer.tui.comparison import Comparison
from explorer.tui.widgets.base import COMPONENTS, DrawnWidget
from explorer.tui.widgets.picture import picture_layout

LABEL_WIDTH = 6
"""Cells of a row's distance."""


class DifferencePicture(DrawnWidget):
    """Draws the cursor's word as differences over the picture, and a list of all words."""

    COMPONENT_CLASSES = set(COMPONENTS)

    comparison: reactive[Comparison | None] = reactive[Comparison | None](None, repaint=False)
    """What is drawn; None before there is one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first = 0

    def show(self, comparison: Comparison) -> None:
        """Draw the differences of a comparison."""
        self.set_title("right − left", comparison.summary)
        self.comparison = comparison

    def watch_comparison(self) -> None:
        """Draw the new state."""
        self.redraw()

    def strips(self) -> list[Strip]:
        """Return every line: picture and words, or why there are no differences."""
        comparison, (width, height) = self.comparison, self.size
        if comparison is None or not self.size:
            return [Strip.blank(width, self.plain)] * height
        picture = comparison.sides[0].snapshot.trace.source.picture
        if comparison.undefined or picture is None:
            told = Text(comparison.undefined).wrap(self.app.console, max(1, width))
            lines = [[Segment(line.plain, self.plain)] for line in told]
        else:
            lines = self._picture(comparison, picture)
            lines += self._words(comparison, height - len(lines))
        lines += [[]] * (height - len(lines))
        return [Strip(line).adjust_cell_length(width, self.plain) for line in lines[:height]]

    def _picture(self, comparison: Comparison, picture: Picture) -> list[list[Segment]]:
        """Draw the cursor's word; as large as the pictures of the sides."""
        found, row = comparison.differences, comparison.cursor_row
        layout = picture_layout(picture, self.size.width, self.size.height)
        if found is None or row >= len(found.rows):
            return [[] for _ in range(layout.lines)]
        weights = found.rows[row].weights
        if comparison.palette.uses_glyphs:
            return difference_glyphs(picture, weights, layout.width, layout.lines, comparison.palette, self.plain)
        image = difference_over(picture, weights, 2 * layout.lines, layout.width, comparison.palette)
        marks = CellMarks(comparison.column)
        return half_blocks(marked(image, picture, marks, FRAME, EDGE), self.plain)

    def _words(self, comparison: Comparison, room: int) -> list[list[Segment]]:
        """Return a line a word: the distance, and both words where they differ."""
        found = comparison.differences
        if found is None or room <= 0:
            return []
        row = min(comparison.cursor_row, len(found.rows) - 1)
        first = min(max(self._first, row - room + 1), row)
        self._first = first = max(0, min(first, len(found.rows) - room))
        left, right = ([*side.snapshot.labels, NEXT_STEP] for side in comparison.sides)
        lines = []
        for place, compared in enumerate(found.rows[first : first + room], first):
            words = left[place] if left[place] == right[place] else f"{left[place]} / {right[place]}"
            look = self.look("chosen" if place == row else "strong")
            label = pad_right(distance_label(compared.distance, compared.agrees), LABEL_WIDTH)
            lines.append([Segment(f"{label} ", self.look("dim")), Segment(words, self.plain + look)])
        return lines
