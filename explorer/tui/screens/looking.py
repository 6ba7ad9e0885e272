"""Looking around in what is decoded: the cursor, the zoom, the ways to see the weights."""

from __future__ import annotations

from textual.reactive import reactive
from textual.screen import Screen

from explorer.tui.screens.hosting import Hosting
from explorer.tui.view import Face, View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.sentences import TargetLine


class LookingScreen(Hosting, Screen[None]):
    """A screen on one view, which widgets draw and keys move about in; nothing here needs a model."""

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """What all widgets draw; each of them repaints itself, the screen as a whole never has to."""

    @property
    def _faces(self) -> dict[Face, FaceWidget]:
        """What can stand in the middle, of which one is seen."""
        raise NotImplementedError

    def _change(self, **changes: object) -> None:
        if self.view is not None:
            self.view = self.view.replace(**changes)

    def say(self, message: str) -> None:
        """Say something in the place of the keys, on the screen that is seen; nowhere while the program ends."""
        for bar in [*self.app.screen.query(KeyBar), *self.query(KeyBar)][:1]:
            bar.say(message)

    def action_palette(self) -> None:
        """The next colour map."""
        if self.view is not None:
            self.app.next_palette()  # type: ignore[attr-defined]

    def action_row(self, by: int) -> None:
        """Move the cursor to another row."""
        if self.view is not None:
            row = min(max(0, self.view.row + by), self.view.snapshot.last_row)
            self._change(row=row)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful of rows."""
        if self.view is not None:
            self.action_row(by * max(1, self._faces[self.view.face].size.height // 2))

    def action_column(self, by: int) -> None:
        """Move the cursor to another source position."""
        if self.view is None:
            return
        source, at = self.view.snapshot.trace.source, self.view.cursor_column
        first, last = 0, len(source) - 1
        if source.picture is not None:  # within its row of cells
            first = (at or 0) // source.picture.columns * source.picture.columns
            last = first + source.picture.columns - 1
        self._change(column=min(max(first, (0 if at is None else at + by)), last))

    def on_face_widget_cell_chosen(self, message: FaceWidget.CellChosen) -> None:
        """Move the cursor to what was clicked."""
        self._change(row=message.row, column=message.column)

    def on_face_widget_scrolled(self, message: FaceWidget.Scrolled) -> None:
        """Move the cursor by the mouse wheel."""
        self.action_row(message.rows)

    def on_target_line_token_chosen(self, message: TargetLine.TokenChosen) -> None:
        """Move the cursor to the row of a clicked token."""
        self._change(row=message.row)

    def action_zoom(self) -> None:
        """The next zoom of the grid."""
        if self.view is None:
            return
        if self.view.face is Face.GRID:
            self._change(zoom=self.view.zoom.next())
        else:
            self.say("z zooms the grid; v shows it")

    def action_view(self) -> None:
        """Look at the weights another way: as a grid, behind the text or over the picture."""
        if self.view is None:
            return
        focused, faces = self._faces[self.view.face].has_focus, self.view.faces
        self._change(face=faces[(faces.index(self.view.face) + 1) % len(faces)])
        if focused:
            self._focus_face()

    def _focus_face(self) -> None:
        """Focus what is in the middle of the screen, as soon as it is there."""
        if self.view is not None:
            self.call_after_refresh(self._faces[self.view.face].focus)
