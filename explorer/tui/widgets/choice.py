"""One line of a form: a name, and a value that the arrow keys change."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

NAME_WIDTH = 9


class Choice(Widget, can_focus=True):
    """Shows one of several values; ← and → take the one before and after it, a click the next."""

    BINDINGS = [
        Binding("left,h", "turn(-1)", "before", show=False),
        Binding("right,l,space", "turn(1)", "next", show=False),
    ]

    class Changed(Message):
        """Another value was taken."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice:
            """The line."""
            return self.choice

    place: reactive[int] = reactive(0)
    """Number of the value that is taken."""

    def __init__(self, name: str, values: Sequence[str], place: int = 0, *, id: str | None = None) -> None:
        """Create the line.

        Args:
            name: What is chosen.
            values: What there is to choose from, at least one.
            place: Number of the first value.
            id: Of the widget.
        """
        super().__init__(id=id)
        self._title = name
        self._values = tuple(values)
        self.set_reactive(Choice.place, place)

    @property
    def value(self) -> str:
        """The value that is taken."""
        return self._values[self.place]

    def action_turn(self, by: int) -> None:
        """Take another value."""
        if len(self._values) > 1:
            self.place = (self.place + by) % len(self._values)
            self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """Take the next value."""
        event.stop()
        self.action_turn(1)

    def render(self) -> Text:
        """Return the name and the value, between arrows where there are others."""
        left, right = ("‹ ", " ›") if len(self._values) > 1 else ("  ", "")
        sign = "▸ " if self.has_focus else "  "  # seen without colours too
        name = (f"{self._title:<{NAME_WIDTH}}", "dim")
        return Text.assemble(sign, name, left, (self.value, "bold"), right, no_wrap=True)
