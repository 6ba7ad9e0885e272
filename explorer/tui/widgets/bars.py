"""The first and the last line of the screen."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.timer import Timer

from explorer.tui.view import View
from explorer.tui.widgets.base import LinePanel, ViewPanel


class TitleBar(ViewPanel):
    """Program, model, provider and the duration of a step."""

    def __init__(self, model: str, provider: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model = model
        self._provider = provider

    def lines(self, view: View) -> list[Text]:
        """Name and model on the left, state on the right."""
        left = Text("attn-explore", self.look("strong"))
        left.append(f"   {self._model}")
        state = Text(no_wrap=True)
        if view.busy:
            state.append("⠿ working…  ", self.look("warn"))
        if view.playing:
            state.append(f"▶ {view.speed:g} tokens/s  ", self.look("accent"))
        state.append(self._provider, self.look("strong"))
        state.append(f" · {view.snapshot.step_seconds * 1000:.1f} ms a step", self.look("dim"))
        room = self.size.width - left.cell_len - state.cell_len
        return [left.append(" " * max(1, room)).append_text(state)]


class KeyBar(LinePanel):
    """The keys, as many as fit; each can be clicked. A message takes their place for a moment."""

    MESSAGE_SECONDS = 4.0

    message: reactive[str] = reactive("")
    """What is said instead of the keys."""

    def __init__(self, hints: tuple[tuple[str, str, str], ...], *, id: str | None = None) -> None:
        """Create the bar.

        Args:
            hints: (key, what it does, action of the screen), the most wanted first; the last one is always shown.
            id: Id of the widget.
        """
        super().__init__(id=id)
        self._hints = hints
        self._end_of_message: Timer | None = None

    def exchange(self, hints: tuple[tuple[str, str, str], ...]) -> tuple[tuple[str, str, str], ...]:
        """Show other keys; return those that were shown."""
        before, self._hints = self._hints, hints
        self.redraw()
        return before

    def say(self, message: str) -> None:
        """Show a message for a few seconds, however long ago it was said before."""
        if self._end_of_message is not None:
            self._end_of_message.stop()
        self.message = message
        self._end_of_message = self.set_timer(self.MESSAGE_SECONDS, self._unsay)

    def _unsay(self) -> None:
        self.message = ""

    def content(self) -> list[Text]:
        """The message, or the keys that fit."""
        if self.message:
            return [Text(self.message, self.look("warn"))]
        last = self._hint(*self._hints[-1])
        text = Text(no_wrap=True)
        for hint in self._hints[:-1]:
            part = self._hint(*hint)
            if text.cell_len + part.cell_len + last.cell_len > self.size.width:
                break
            text.append_text(part)
        return [text.append_text(last)]

    def _hint(self, key: str, does: str, action: str) -> Text:
        click = Style(meta={"@click": f"screen.{action}"})
        return Text.assemble((key, self.look("accent") + click), (f" {does}", self.look("dim") + click), ("  ", ""))
