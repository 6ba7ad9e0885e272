"""What can stand in the middle of the explorer screen: a drawing of the view with a cursor that the mouse moves."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.reactive import reactive

from explorer.tui.view import View
from explorer.tui.widgets.base import DrawnWidget


class FaceWidget(DrawnWidget, can_focus=True):
    """A view to look at; it asks for the cursor to be moved, and never moves it itself."""

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """What is drawn; None before the first trace has come."""

    @dataclass
    class CellChosen(Message):
        """A cell, a piece of the source, a token or a frame was clicked.

        Attributes:
            row: Decoding step.
            column: Source position; None for a click on what stands for the whole step.
        """

        row: int
        column: int | None

    @dataclass
    class Scrolled(Message):
        """The wheel was turned.

        Attributes:
            rows: How far the cursor is to go, down or (negative) up.
        """

        rows: int

    def on_mouse_scroll_down(self) -> None:
        """Ask for the row below."""
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self) -> None:
        """Ask for the row above."""
        self.post_message(self.Scrolled(-1))
