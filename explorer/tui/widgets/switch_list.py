"""A short list of which one entry is on: alignment functions, attention types."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive

from explorer.render.cells import pad_right
from explorer.render.formulas import title_of
from explorer.tui.widgets.base import LinePanel


class SwitchList(LinePanel, can_focus=True):
    """Names one below the other; arrows, a click or the screen's keys choose, and the choice acts at once."""

    BINDINGS = [
        Binding("up", "move(-1)", "previous", show=False),
        Binding("down", "move(1)", "next", show=False),
    ]

    chosen: reactive[str] = reactive("", repaint=False)
    """Name of the entry that is on."""
    idle: reactive[str] = reactive("")
    """Why the list has no effect at present; empty where it has one."""

    @dataclass
    class Chosen(Message):
        """Another entry was asked for."""

        switch_list: SwitchList
        name: str

        @property
        def control(self) -> SwitchList:
            """The list that was used."""
            return self.switch_list

    def __init__(self, names: tuple[str, ...], title: str, *, numbered: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names = names
        self.border_title = title
        self._numbered = numbered and len(names) > 1

    def watch_chosen(self) -> None:
        """Draw the other choice."""
        self.redraw()

    def watch_idle(self, idle: str) -> None:
        """Say in the border why the list has no effect."""
        self.border_subtitle = idle

    def content(self) -> list[Text]:
        """One line an entry."""
        lines: list[Text] = []
        for number, name in enumerate(self.names, start=1):
            on = name == self.chosen
            style = self.look("dim") if self.idle else self.look("chosen") if on else self.plain
            text = Text(pad_right(f"{'▸' if on else ' '} {title_of(name)}", self.size.width - 2), style)
            text.append(f" {number}" if self._numbered else "  ", style if on else self.look("dim"))
            lines.append(text)
        return lines

    def neighbour(self, by: int) -> str:
        """Return the name `by` places after the chosen one, round the end."""
        place = self.names.index(self.chosen) if self.chosen in self.names else 0
        return self.names[(place + by) % len(self.names)]

    def action_move(self, by: int) -> None:
        """Ask for a neighbour of the chosen entry."""
        self.post_message(self.Chosen(self, self.neighbour(by)))

    def on_click(self, event: events.Click) -> None:
        """Ask for the entry under the mouse."""
        place = event.get_content_offset(self)
        if place is not None and 0 <= place.y < len(self.names):
            self.post_message(self.Chosen(self, self.names[place.y]))
