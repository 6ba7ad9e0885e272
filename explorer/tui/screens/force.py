"""Putting a token of one's own into the target."""

from __future__ import annotations

import math

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from explorer.errors import ExplorerError
from explorer.runtime.labels import printable
from explorer.runtime.text import Vocabulary
from explorer.runtime.trace import Step

LONGEST_WORDS = 32
"""Most tokens that are forced at a time."""


class ForceScreen(ModalScreen[tuple[int, ...] | None]):
    """Candidates of a step and a field for a word; returns the tokens to force, or None."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("down", "candidates", "to the candidates", show=False),
    ]

    def __init__(self, step: Step, vocabulary: Vocabulary, row: int) -> None:
        super().__init__()
        self._step = step
        self._vocabulary = vocabulary
        self._row = row

    def compose(self) -> ComposeResult:
        """A field and a list."""
        with Vertical(id="force") as box:
            box.border_title = f"force token {self._row + 1}"
            box.border_subtitle = "enter forces · ↓ candidates · escape closes"
            yield Input(placeholder="type a word, or pick one below", id="word")
            options = [
                Option(f"{math.exp(candidate.log_prob) * 100:5.1f} %  {candidate.label}")
                for candidate in self._step.candidates
            ]
            yield OptionList(*options, id="choices", markup=False)

    def on_mount(self) -> None:
        """Typing comes first."""
        self.query_one("#word", Input).focus()

    def action_candidates(self) -> None:
        """Move into the list."""
        self.query_one("#choices", OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen candidate."""
        self.dismiss((self._step.candidates[event.option_index].token,))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the pieces of the typed word."""
        event.stop()
        if not event.value.strip():
            self.action_candidates()
            return
        try:
            tokens = self._vocabulary.encode_target(event.value, LONGEST_WORDS)
        except ExplorerError as error:
            self.notify(printable(str(error)), severity="error", title="not done")
            return
        self.dismiss(tokens)
