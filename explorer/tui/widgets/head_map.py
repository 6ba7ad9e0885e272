"""One head full size: a rectangle of cross-attention, a triangle of the decoder's own, a square of the encoder's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from explorer.render.grid import GridStyle, RowMarks, header_line, row_line
from explorer.render.layout import GridLayout, grid_layout
from explorer.render.summary import step_marks
from explorer.runtime.heads import CROSS, ENCODER, SELF
from explorer.tui.wall import PAGE_TITLES, Wall
from explorer.tui.widgets.base import DrawnWidget
from explorer.tui.widgets.grid_style import GRID_COMPONENTS, grid_style
from explorer.tui.widgets.head_wall import done_to

LEAST_WIDTH_OF_TALL_ROWS = 5
"""Cells of colour from which a row of two lines looks square rather than long."""

AXES = {
    CROSS: "rows emit · columns are read",
    SELF: "rows emit · columns were emitted before",
    ENCODER: "rows ask · columns answer",
}


class HeadMap(DrawnWidget, can_focus=True):
    """The chosen map with labels on both axes; the component classes are those of the attention grid."""

    COMPONENT_CLASSES = set(GRID_COMPONENTS)

    wall: reactive[Wall | None] = reactive[Wall | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    @dataclass
    class CellChosen(Message):
        """A cell was clicked; `column` is None for a click on the row's label."""

        row: int
        column: int | None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_row = 0
        self._first_column = 0
        self._style: GridStyle | None = None

    def notify_style_update(self) -> None:
        """Forget the styles of the theme that was left."""
        super().notify_style_update()
        self._style = None

    def watch_wall(self, wall: Wall | None) -> None:
        """Keep the cursor in sight and say what is drawn."""
        if wall is not None and self.size:
            layout = self._laid_out(wall)
            self._keep_in_sight(wall, layout)
            done = "".join(f" · {each}" for each in done_to(wall.entry))
            self.set_title(f"{PAGE_TITLES[wall.kind]} · {wall.entry.title}{done}", AXES[wall.kind])
        self.redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        super().on_resize()
        self.watch_wall(self.wall)

    def _laid_out(self, wall: Wall) -> GridLayout:
        return grid_layout(wall.column_labels, wall.row_labels, self.size.width, self.size.height)

    def _row_height(self, wall: Wall, layout: GridLayout) -> int:
        tall = 2 * wall.expected_rows + layout.header_height <= self.size.height
        return 2 if tall and layout.style.width >= LEAST_WIDTH_OF_TALL_ROWS else 1

    def _keep_in_sight(self, wall: Wall, layout: GridLayout) -> None:
        seen = max(1, (self.size.height - layout.header_height) // self._row_height(wall, layout))
        first = min(max(self._first_row, wall.cursor_row - seen + 1), wall.cursor_row)
        self._first_row = max(0, min(first, wall.rows - seen))
        self._first_column = layout.scrolled_to(wall.cursor_column, self._first_column)

    def strips(self) -> list[Strip]:
        """Return every line that is seen."""
        wall, size = self.wall, self.size
        if wall is None or not size or not wall.full:
            return [Strip.blank(size.width, self.plain)] * size.height
        if self._style is None:
            self._style = grid_style(self)
        layout = self._laid_out(wall)
        height = self._row_height(wall, layout)
        return [Strip(self._line(wall, layout, height, self._style, y), size.width) for y in range(size.height)]

    def _line(self, wall: Wall, layout: GridLayout, height: int, look: GridStyle, y: int) -> list[Segment]:
        if y < layout.header_height:
            return header_line(
                layout, y, self._first_column, cursor_column=wall.column, focus_column=wall.cursor_column, style=look
            )
        below, line = divmod(y - layout.header_height, height)
        row = self._first_row + below
        if row >= wall.rows:
            return [Segment(" " * layout.width, look.blank)]
        labels = wall.row_labels
        marks = self._marks(wall, row)
        if line:  # the second line of a row has neither label nor figures
            layout = replace(layout, style=replace(layout.style, numbers=False))
            labels, marks = ("",) * (row + 1), replace(marks, forced=False)
        return row_line(
            layout,
            wall.view.palette,
            labels,
            wall.seen(row),
            row,
            self._first_column,
            cursor_row=wall.cursor_row,
            cursor_column=wall.cursor_column,
            marks=marks,
            style=look,
        )

    def _marks(self, wall: Wall, row: int) -> RowMarks:
        """Return what is marked: masked source tokens and forced ones, where the rows are steps."""
        if wall.kind == ENCODER:
            return RowMarks()
        controls, key = wall.view.snapshot.trace.controls, wall.entry.key
        controls = controls.replace(layer=key and key.layer, head=key and key.head)  # whose edits are marked
        marks = step_marks(controls, row, wall.view.snapshot.steps[row])
        return marks if wall.kind == CROSS else RowMarks(forced=marks.forced)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the cell under the mouse."""
        place = event.get_content_offset(self)
        if self.wall is None or place is None:
            return
        layout = self._laid_out(self.wall)
        row = self._first_row + (place.y - layout.header_height) // self._row_height(self.wall, layout)
        if place.y >= layout.header_height and row < self.wall.rows:
            self.post_message(self.CellChosen(row, layout.column_at(place.x, self._first_column)))
