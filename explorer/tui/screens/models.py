"""Picking a model to go on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from explorer.runtime.labels import printable
from explorer.tui.models import Listed, best_scores

MILLION = 1e6
SCORES_A_LINE = 2


class ModelsScreen(ModalScreen[Path | None]):
    """Lists models with their size and best scores; returns the folder of the chosen one, or None."""

    BINDINGS = [Binding("escape,q,M", "dismiss(None)", "close")]

    def __init__(self, models: Sequence[Listed]) -> None:
        super().__init__()
        self._listed = models

    def compose(self) -> ComposeResult:
        """A list of models; one that cannot be read is named with the reason."""
        options = [Option(describe(listed), disabled=listed.card is None) for listed in self._listed]
        shown = OptionList(*options, id="models", markup=False)
        shown.border_title = "models"
        shown.border_subtitle = "enter goes on with the same source and prefix · escape closes"
        yield shown

    def on_mount(self) -> None:
        """Begin at the model in use."""
        places = [place for place, listed in enumerate(self._listed) if listed.current]
        shown = self.query_one(OptionList)
        shown.highlighted = places[0] if places else 0
        shown.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen model; the one in use needs no opening."""
        chosen = self._listed[event.option_index]
        self.dismiss(None if chosen.current else chosen.folder)


def describe(listed: Listed) -> Text:
    """Return a line with mark, name and title, one with the size, and lines with the best scores."""
    if listed.card is None:
        return Text(f"  {printable(listed.folder.name)}\n    {listed.problem}")
    card = listed.card
    text = Text("▸ " if listed.current else "  ")
    text.append(printable(card.name), "bold")
    text.append(f"   {printable(card.title)}")
    text.append(f"\n    {card.sizes.parameters / MILLION:.1f} M parameters", "dim")
    scores = best_scores(card)
    text.append("" if scores else " · no scores in its card", "dim")
    for first in range(0, len(scores), SCORES_A_LINE):
        text.append("\n    " + " · ".join(scores[first : first + SCORES_A_LINE]), "dim")
    return text
