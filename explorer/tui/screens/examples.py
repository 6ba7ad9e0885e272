"""Picking a sentence to start from."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class ExamplesScreen(ModalScreen[str | None]):
    """Lists sentences; returns the chosen one, or None."""

    BINDINGS = [Binding("escape,q,o", "dismiss(None)", "close")]

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__()
        self._sentences = sentences

    def compose(self) -> ComposeResult:
        """A list of sentences."""
        options = [Option(f"{sentence}", id=str(place)) for place, sentence in enumerate(self._sentences)]
        listed = OptionList(*options, id="examples", markup=False)
        listed.border_title = "examples"
        listed.border_subtitle = "enter starts · escape closes"
        yield listed

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen sentence."""
        self.dismiss(self._sentences[event.option_index])
