"""Looking at two runs: the cursor that they share, the zoom, and their figure. Nothing here decodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.reactive import reactive
from textual.screen import Screen

from explorer.tui.comparison import ZOOMS, Comparison
from explorer.tui.models import Opened
from explorer.tui.pair import NAMES, RIGHT
from explorer.tui.screens.base import ONE_LINE
from explorer.tui.screens.figure import ask_for_figure
from explorer.tui.screens.hosting import Hosting
from explorer.tui.screens.offers import NO_TOKEN, offers_of_comparison
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.compare_grids import DifferenceGrid
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.sentences import TargetLine

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.measures import Value


class CompareLooking(Hosting, Screen[Opened | None]):
    """A screen of two runs, and the keys that move about in them."""

    board = "compare"

    comparison: reactive[Comparison | None] = reactive[Comparison | None](None, repaint=False)
    """What the widgets draw; None before both sides have come."""

    @property
    def _active(self) -> int:
        return RIGHT if self.comparison is None else self.comparison.active

    def _change(self, **changes: object) -> None:
        if self.comparison is not None:
            self.comparison = self.comparison.replace(**changes)

    def say(self, message: str) -> None:
        """Say something in the place of the keys."""
        self.query_one(KeyBar).say(message)

    @property
    def readings(self) -> Mapping[str, Value]:
        """The distance of the cursor's rows."""
        comparison = self.comparison
        found = None if comparison is None else comparison.differences
        if comparison is None or found is None or comparison.cursor_row >= len(found.rows):
            return {}
        return {"distance": found.rows[comparison.cursor_row].distance}

    def action_row(self, by: int) -> None:
        """Move the cursor to another row; from the last one it goes on with the decoding."""
        if self.comparison is not None:
            row = min(max(0, self.comparison.cursor_row + by), self.comparison.rows - 1)
            self._change(row=None if row == self.comparison.rows - 1 else row)

    def action_column(self, by: int) -> None:
        """Move the cursor to another column of the shared axis."""
        comparison = self.comparison
        if comparison is None or comparison.axis is None:
            return
        at = comparison.cursor_column
        self._change(column=min(max(0, 0 if at is None else at + by), len(comparison.axis) - 1))

    def action_cell_row(self, by: int) -> None:
        """Move the cursor to the cell above or below, in a picture."""
        comparison = self.comparison
        picture = None if comparison is None else comparison.side.snapshot.trace.source.picture
        if comparison is None or picture is None:
            self.say(ONE_LINE)
        else:
            self._change(column=picture.below(comparison.cursor_column or 0, by))

    def action_greatest(self) -> None:
        """Move the cursor to the greatest difference of its row."""
        found = None if self.comparison is None else self.comparison.greatest()
        if found is None:
            self.say("this row has no differences")
            return
        column, difference = found
        self._change(column=column)
        self.say(f"{NAMES[difference > 0]} looks here more, by {abs(difference) * 100:.1f} % of the weight")

    def on_face_widget_cell_chosen(self, message: FaceWidget.CellChosen) -> None:
        """Move the cursor to what was clicked on the active side."""
        if self.comparison is not None:
            self._change(row=message.row, column=self.comparison.column_of(self._active, message.column))

    def on_difference_grid_cell_chosen(self, message: DifferenceGrid.CellChosen) -> None:
        """Move the cursor to what was clicked among the differences."""
        self._change(row=message.row, column=message.column)

    def on_face_widget_scrolled(self, message: FaceWidget.Scrolled) -> None:
        """Move the cursor by the mouse wheel."""
        self.action_row(message.rows)

    def on_target_line_token_chosen(self, message: TargetLine.TokenChosen) -> None:
        """Move the cursor to the row of a clicked token."""
        self._change(row=message.row)

    def action_zoom(self) -> None:
        """The next zoom of all three grids."""
        if self.comparison is not None:
            zoom = ZOOMS[(ZOOMS.index(self.comparison.zoom) + 1) % len(ZOOMS)]
            self._change(view=self.comparison.view.replace(zoom=zoom))

    def action_overlay(self) -> None:
        """The next way to lay attention over the pictures."""
        comparison = self.comparison
        if comparison is None or comparison.side.snapshot.trace.source.picture is None:
            self.say("attention is laid over pictures; this source is a sentence")
            return
        self._change(view=comparison.view.replace(overlay=comparison.view.overlay.next()))

    def action_palette(self) -> None:
        """The next colour map of the weights."""
        self.app.next_palette()  # type: ignore[attr-defined]

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """Both runs and their differences."""
        comparison = self.comparison
        if comparison is None or not all(side.snapshot.emitted for side in comparison.sides):
            return ()
        return (offers_of_comparison(comparison)[0].figure,)

    def action_figure(self) -> None:
        """Write both runs and their differences as a figure."""
        comparison = self.comparison
        if comparison is None:
            return
        if not all(side.snapshot.emitted for side in comparison.sides):
            self.say(NO_TOKEN)
        else:
            ask_for_figure(self, offers_of_comparison(comparison), comparison.view.palette)
