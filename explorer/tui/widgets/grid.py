"""The attention grid: one row a target token, one column a source token."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from rich.segment import Segment
from textual import events
from textual.strip import Strip

from explorer.render import grid as drawing
from explorer.render.cells import pad_right
from explorer.render.grid import GridStyle
from explorer.render.layout import GridLayout, Zoom, grid_layout
from explorer.render.summary import step_marks
from explorer.tui.view import View
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.grid_style import GRID_COMPONENTS, grid_style
from explorer.tui.widgets.overview import OverviewLines

ENTROPY_WIDTH = 6
"""Cells of the entropy column at the right."""
ROOM_FOR_ENTROPY = 56
"""Least width of the grid that has an entropy column."""
FOCUS_WIDTH = 12
"""Cells of the column that names the source token of greatest weight."""
ROOM_FOR_FOCUS = 84
"""Least width of the grid that has such a column."""


SPARE_ROWS = 4
"""Tokens that a target is expected to have more than its source."""
LEAST_WIDTH_OF_TALL_ROWS = 5
"""Cells of colour from which a row of two lines looks square rather than long."""


@lru_cache(maxsize=8)
def _layout(source: tuple[str, ...], targets: tuple[str, ...], width: int, height: int, zoom: Zoom) -> GridLayout:
    return grid_layout(source, targets, width, height, zoom)


def without_figures(layout: GridLayout) -> GridLayout:
    """Return the layout without figures in the cells."""
    return replace(layout, style=replace(layout.style, numbers=False))


class AttentionGrid(FaceWidget):
    """Draws the visible part of the grid a line at a time.

    | Component class | Meaning |
    | :- | :- |
    | `grid--header` | Source labels |
    | `grid--header-other` | Every second source label where columns touch |
    | `grid--header-cursor` | Source label of the cursor's column |
    | `grid--label` | Target labels |
    | `grid--label-cursor` | Target label of the cursor's row |
    | `grid--marker` | The step to come, forced tokens, more columns at the side |
    | `grid--cursor` | The frame of the cursor's cell |
    | `grid--masked` | Masked columns |
    | `grid--window` | Edges of the local window |
    | `grid--center` | The centre p_t |
    | `grid--side` | Entropy and arg-max of each row |
    """

    COMPONENT_CLASSES = set(GRID_COMPONENTS)
    SIDE_HEADS = ("bits", "looks at")
    """What stands over the columns at the right."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_row = 0
        self._first_column = 0
        self._style: GridStyle | None = None
        self._overview = OverviewLines()

    def notify_style_update(self) -> None:
        """Forget the styles of the theme that was left."""
        super().notify_style_update()
        self._style = None

    def watch_view(self, view: View | None) -> None:
        """Keep the cursor in sight and say what is drawn in the border."""
        if view is None or not self.size:
            self.redraw()
            return
        if view.zoom is Zoom.ALL:
            said = f" · {self._overview.layout(view, self.size)[1].said}"
        else:
            layout = self._laid_out(view)
            self._keep_in_sight(view, layout)
            said = " · pans with shift+←/→, z shows all" if layout.pans else ""
        self.set_title(str(self.border_title or ""), self._legend(view, said))
        self.redraw()

    def _legend(self, view: View, said: str) -> str:
        """Return what the border says: the zoom, what is to be known about it, and the colours."""
        return f"{view.zoom.value}{said} · {view.palette.name} · {view.palette.legend()}"

    def _labels(self, view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the labels of the columns, and those of the rows that the label column has room for."""
        return view.snapshot.trace.source.labels, view.snapshot.labels

    def _rows(self, view: View) -> int:
        """Return how many rows the grid has."""
        return len(view.snapshot.steps)

    def on_resize(self) -> None:
        """Lay out anew."""
        self.watch_view(self.view)

    def _laid_out(self, view: View) -> GridLayout:
        width, height = self._grid_width(), self.size.height
        return _layout(*self._labels(view), width, height, view.zoom)

    def _grid_width(self) -> int:
        width = self.size.width
        side = (ENTROPY_WIDTH if width >= ROOM_FOR_ENTROPY else 0) + (FOCUS_WIDTH if width >= ROOM_FOR_FOCUS else 0)
        return width - side

    def _row_height(self, view: View, layout: GridLayout) -> int:
        """2 lines a row where columns are wide and twice the rows of a usual target have room, else 1."""
        expected = max(self._rows(view), len(view.snapshot.trace.source) + SPARE_ROWS)
        tall = 2 * expected + layout.header_height <= self.size.height
        return 2 if tall and layout.style.width >= LEAST_WIDTH_OF_TALL_ROWS else 1

    def _rows_seen(self, view: View, layout: GridLayout) -> int:
        return max(1, (self.size.height - layout.header_height) // self._row_height(view, layout))

    def _keep_in_sight(self, view: View, layout: GridLayout) -> None:
        seen = self._rows_seen(view, layout)
        count = self._rows(view)
        first = min(max(self._first_row, view.row - seen + 1), view.row)
        self._first_row = max(0, min(first, count - seen))
        column = view.cursor_column
        if column is not None:
            self._first_column = layout.scrolled_to(column, self._first_column)
        self._first_column = min(self._first_column, layout.last_first_column())

    def strips(self) -> list[Strip]:
        """Return every line that is seen."""
        view, size = self.view, self.size
        if view is None:
            return [Strip.blank(size.width, self.plain)] * size.height
        if view.zoom is Zoom.ALL:
            return self._overview.strips(view, size, self._grid_style())
        layout = self._laid_out(view)
        row_height = self._row_height(view, layout)
        return [self._line(view, layout, row_height, size.width, y) for y in range(size.height)]

    def _line(self, view: View, layout: GridLayout, row_height: int, width: int, y: int) -> Strip:
        """Draw one line: the head, a row, or blank."""
        look = self._grid_style()
        if y < layout.header_height:
            segments = drawing.header_line(
                layout,
                y,
                self._first_column,
                cursor_column=view.column,
                focus_column=view.cursor_column,
                style=look,
            )
            side = self._side(*self.SIDE_HEADS) if y == layout.header_height - 1 else ""
        else:
            below, line = divmod(y - layout.header_height, row_height)
            segments, side = self._row(view, layout, look, self._first_row + below, line)
        room = width - layout.width
        if room:
            segments = [*segments, Segment(pad_right(side, room), self.look("grid--side"))]
        return Strip(segments, width)

    def _row(self, view: View, layout: GridLayout, look: GridStyle, row: int, line: int) -> tuple[list[Segment], str]:
        """Draw line `line` of a row; only the first has label and figures."""
        if row >= len(view.snapshot.steps):
            return [Segment(" " * layout.width, look.blank)], ""
        step = view.snapshot.steps[row]
        trace = view.snapshot.trace
        marks = step_marks(trace.controls, row, step, trace.source if view.copies and row < len(trace.steps) else None)
        labels = view.snapshot.labels
        if line:
            layout, labels, marks = (
                without_figures(layout),
                ("",) * (row + 1),
                replace(marks, forced=False, copied=False),
            )
        # A pending step has its weights already, but "▸" in the place of a token.
        segments = drawing.row_line(
            layout,
            view.palette,
            labels,
            step.weights,
            row,
            self._first_column,
            cursor_row=view.row,
            cursor_column=view.cursor_column,
            marks=marks,
            style=look,
        )
        if line or step.focus is None:
            return segments, ""
        return segments, self._side(f"{step.entropy:.2f}", view.snapshot.trace.source.labels[step.focus])

    def _side(self, entropy: str, focus: str) -> str:
        """Entropy and arg-max of a row, as far as there is room for them."""
        return f"{entropy:>{ENTROPY_WIDTH}}" + (f" {focus}" if self.size.width >= ROOM_FOR_FOCUS else "")

    def _grid_style(self) -> GridStyle:
        if self._style is None:
            self._style = grid_style(self)
        return self._style

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the cell under the mouse."""
        place = event.get_content_offset(self)
        if self.view is None or place is None:
            return
        if self.view.zoom is Zoom.ALL:
            cell = self._overview.cell_at(self.view, self.size, place)
            if cell is not None:
                self.post_message(self.CellChosen(*cell))
            return
        layout = self._laid_out(self.view)
        row = self._first_row + (place.y - layout.header_height) // self._row_height(self.view, layout)
        if place.y >= layout.header_height and row < self._rows(self.view):
            self.post_message(self.CellChosen(row, layout.column_at(place.x, self._first_column)))
