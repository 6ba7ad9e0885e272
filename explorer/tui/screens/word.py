"""Typing or picking another word for a place in the source."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from explorer.errors import InputError
from explorer.runtime.labels import printable
from explorer.runtime.rewording import added, replaced, word_at


class WordScreen(ModalScreen[str | None]):
    """A field, the nearest words, and dropping; returns the whole new source, or None."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("down", "suggestions", "to the suggestions", show=False),
        Binding("ctrl+d", "drop", "drop the word", priority=True),
        Binding("ctrl+b", "before", "put it before the word", priority=True),
    ]

    def __init__(self, text: str, number: int, suggested: tuple[str, ...]) -> None:
        """Create the screen.

        Args:
            text: The source.
            number: Which of its words; their count stands for the place behind the last one.
            suggested: Words that the model finds near.
        """
        super().__init__()
        self._source_text = text
        self._number = number
        self._suggested = suggested
        self._word = word_at(text, number) if number < len(text.split()) else ""

    def compose(self) -> ComposeResult:
        """The field and the list."""
        with Vertical(id="word-edit") as box:
            named = f"word {self._number + 1}: {printable(self._word)}" if self._word else "another word at the end"
            box.border_title = named
            box.border_subtitle = "enter replaces · ctrl+b adds before · ctrl+d drops" if self._word else "enter adds"
            yield Input(self._word, placeholder="another word", id="new-word", select_on_focus=True)
            listed = OptionList(*(Option(printable(word)) for word in self._suggested), id="near", markup=False)
            listed.border_title = "near it for this model"
            listed.display = bool(self._suggested)
            yield listed

    def on_mount(self) -> None:
        """Typing comes first."""
        self.query_one("#new-word", Input).focus()

    def action_suggestions(self) -> None:
        """Move into the list."""
        if self._suggested:
            self.query_one("#near", OptionList).focus()

    def action_drop(self) -> None:
        """Drop the word."""
        if self._word:
            self._return_replaced("")

    def action_before(self) -> None:
        """Put what is typed before the word."""
        typed = self.query_one("#new-word", Input).value
        if typed.strip():
            self.dismiss(added(self._source_text, self._number, typed))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Put a suggested word in the place of the old one."""
        self._return_replaced(self._suggested[event.option_index])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Put what was typed in the place of the old word; nothing typed drops it."""
        event.stop()
        if not self._word:
            self.action_before()
        elif event.value.strip() == self._word:
            self.dismiss(None)
        else:
            self._return_replaced(event.value)

    def _return_replaced(self, word: str) -> None:
        try:
            self.dismiss(replaced(self._source_text, self._number, word))
        except InputError as error:
            self.notify(printable(str(error)), severity="error", title="not done")
