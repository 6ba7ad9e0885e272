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

    def __init__(
        self, sentences: tuple[str, ...], title: str = "examples", does: str = "starts", *, at: int = 0
    ) -> None:
        """Create the screen.

        Args:
            sentences: What can be picked.
            title: What they are.
            does: What enter does with one.
            at: The one to begin at.
        """
        super().__init__()
        self._sentences = sentences
        self._title = title
        self._does = does
        self._at = at

    def compose(self) -> ComposeResult:
        """A list of sentences."""
        options = [Option(f"{sentence}", id=str(place)) for place, sentence in enumerate(self._sentences)]
        listed = OptionList(*options, id="examples", markup=False)
        listed.border_title = self._title
        listed.border_subtitle = f"enter {self._does} · escape closes"
        listed.highlighted = self._at
        yield listed

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen sentence."""
        self.dismiss(self._sentences[event.option_index])
