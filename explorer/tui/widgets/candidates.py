"""The most probable tokens of the step under the cursor; any of them can be forced."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive

from explorer.render.bars import bar
from explorer.render.cells import pad_right
from explorer.tui.view import View
from explorer.tui.widgets.base import ViewPanel


class Candidates(ViewPanel, can_focus=True):
    """Token, bar and per cent; arrows choose, enter or a click forces."""

    BINDINGS = [
        Binding("up", "move(-1)", "previous", show=False),
        Binding("down", "move(1)", "next", show=False),
        Binding("enter", "force", "force", show=False),
    ]

    place: reactive[int] = reactive(0, repaint=False)
    """The candidate that enter forces, counted from 0."""

    @dataclass
    class Forced(Message):
        """A candidate is to be put at a row."""

        row: int
        token: int

    def watch_view(self, old: View | None, new: View | None) -> None:
        """Name the step in the border; another step starts at its best candidate."""
        if new is None:
            return
        if old is None or old.step is not new.step:
            self.place = 0
        drawn = f": {new.step.label}" if new.step.draw is not None else ""
        self.set_title(f"next token{drawn}" if new.on_pending else f"token {new.row + 1}: {new.step.label}")
        self.redraw()

    def watch_place(self) -> None:
        """Draw the other choice."""
        self.redraw()

    def lines(self, view: View) -> list[Text]:
        """One line a candidate."""
        lines: list[Text] = []
        step, width = view.step, self.size.width
        name_width = max(6, min(14, width - 13))
        for place, candidate in enumerate(step.candidates[: self.size.height]):
            chosen = place == self.place and self.has_focus
            # A token at hand is the first one, unless it was drawn.
            taken = candidate.token == step.token and (step.draw is not None or not view.on_pending)
            cut = step.draw is not None and place >= step.draw.eligible
            look = "strong" if taken else "dim" if cut else ""
            style = self.look("chosen") if chosen else self.look(look) if look else self.plain
            share = math.exp(candidate.log_prob)
            text = Text("✓" if taken else " ", self.look("accent"))
            text.append(pad_right(candidate.label, name_width) + " ", style)
            bars = self.look("dim" if cut else "accent")
            text.append(bar(share if share >= 0.005 else 0.0, max(1, width - name_width - 7)), bars)
            text.append(f"{share * 100:3.0f} %" if share >= 0.005 else " <1 %", self.look("dim") if place else style)
            lines.append(text)
        return lines

    def action_move(self, by: int) -> None:
        """Choose a neighbour."""
        if self.view is not None:
            self.place = min(max(0, self.place + by), min(self.size.height, len(self.view.step.candidates)) - 1)

    def action_force(self) -> None:
        """Force the chosen candidate."""
        self._force(self.place)

    def on_click(self, event: events.Click) -> None:
        """Force the candidate under the mouse."""
        place = event.get_content_offset(self)
        if place is not None:
            self._force(place.y)

    def _force(self, place: int) -> None:
        if self.view is not None and 0 <= place < min(self.size.height, len(self.view.step.candidates)):
            row = min(self.view.row, self.view.snapshot.last_row)
            self.post_message(self.Forced(row, self.view.step.candidates[place].token))
