"""A sequence, and below each of its symbols what the networks recall of it."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from explorer.render.cells import truncate
from explorer.render.chart import curve_key
from explorer.tui.recalling import Recalling, share
from explorer.tui.widgets.base import LinePanel

NAME_WIDTH = 23
SHARE_WIDTH = 7
SPACED = 2
"""Cells a symbol where there is room."""


class RecallPanel(LinePanel):
    """Draws the answers, right ones strong, wrong ones in the colour of warnings."""

    COMPONENT_CLASSES = LinePanel.COMPONENT_CLASSES | {"view--good"}

    state: reactive[Recalling | None] = reactive[Recalling | None](None, repaint=False)
    """What is drawn; None before the networks have answered."""

    def watch_state(self) -> None:
        """Draw it."""
        self.redraw()

    def content(self) -> list[Text]:
        """The sequence, the answers, and what is asked."""
        state = self.state
        if state is None:
            return []
        cells = SPACED if NAME_WIDTH + SHARE_WIDTH + SPACED * len(state.sequence) <= self.size.width else 1
        lines = [self._row("sequence", state.sequence, (True,) * len(state.sequence), state, cells, "")]
        for number, one in enumerate(state.recalled):
            answers, right = one.answers[::-1], one.right[::-1]
            line = self._row(one.network.title, answers, right, state, cells, f"{share(one):4.0f} %")
            key = curve_key(number)
            lines.append(key + line[: NAME_WIDTH - len(key)] + line[NAME_WIDTH:])
        return [*lines, self._asked(state)]

    def _row(self, name: str, symbols: str, right: tuple[bool, ...], state: Recalling, cells: int, figure: str) -> Text:
        line = Text(f"{truncate(name, NAME_WIDTH - 1):<{NAME_WIDTH}}", self.look("dim"))
        asked = len(symbols) - 1 - state.far
        for place, symbol in enumerate(symbols):
            look = "chosen" if place == asked and not figure else "strong" if right[place] else "warn"
            line.append(symbol if right[place] or place == asked or figure else "·", self.look(look))
            line.append(" " * (cells - 1))
        return line.append(figure, self.look("strong"))

    def _asked(self, state: Recalling) -> Text:
        line = Text(f"{f'{state.far} back':<{NAME_WIDTH}}", self.look("dim"))
        for one in state.recalled:
            right = one.right[state.far]
            line.append(f"{one.answers[state.far]} ", self.look("strong" if right else "warn"))
            line.append(f"{one.confidence[state.far]:.0%} {one.network.title}   ", self.look("dim"))
        return line
