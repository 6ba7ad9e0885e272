"""The list of edits: take one off, let one act at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from explorer.runtime.edits import Edit, edits_of, everywhere, without, without_edits
from explorer.tui.past import edit_text

if TYPE_CHECKING:
    from explorer.tui.screens.edit_actions import EditActions


class EditsScreen(ModalScreen[None]):
    """Lists the edits over the explorer, which applies what is changed here."""

    BINDINGS = [
        Binding("escape,q,L", "dismiss(None)", "close"),
        Binding("x,delete,backspace", "remove", "take off"),
        Binding("a", "everywhere", "act at every step"),
        Binding("X", "remove_all", "take all off"),
    ]

    def __init__(self, owner: EditActions, labels: tuple[str, ...]) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen.
            labels: The source's labels.
        """
        super().__init__()
        self._owner = owner
        self._labels = labels

    def compose(self) -> ComposeResult:
        """The list."""
        listed = OptionList(id="edits", markup=False)
        listed.border_title = "edits of attention"
        listed.border_subtitle = "enter shows · x off · a every step · X all off · esc"
        yield listed

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill(0)
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the cell of an edit."""
        edit = self._edits[event.option_index]
        self.dismiss(None)
        self._owner.show_edit(edit)

    def action_remove(self) -> None:
        """Take the chosen edit off."""
        edit = self._chosen()
        if edit is not None:
            self._owner.edit(lambda controls: without(controls, edit))
            self._fill(self.query_one(OptionList).highlighted or 0)

    def action_everywhere(self) -> None:
        """Let the chosen edit act at every step."""
        edit = self._chosen()
        if edit is not None and edit.step is not None:
            self._owner.edit(lambda controls: everywhere(controls, edit))
            self._fill(0)

    def action_remove_all(self) -> None:
        """Take every edit off."""
        self._owner.edit(without_edits)
        self.dismiss(None)

    def _chosen(self) -> Edit | None:
        place = self.query_one(OptionList).highlighted
        return None if place is None else self._edits[place]

    def _fill(self, place: int) -> None:
        """Show the edits that are now; without one the list closes."""
        self._edits = edits_of(self._owner.wanted)
        listed = self.query_one(OptionList)
        listed.clear_options()
        if not self._edits:
            self.dismiss(None)
            return
        listed.add_options([Option(edit_text(edit, self._labels)) for edit in self._edits])
        listed.highlighted = min(place, len(self._edits) - 1)
