"""Keys of a Transformer's heads: which is shown, which are removed, the wall of all of them, the stages of a row."""

from __future__ import annotations

from explorer.runtime.card import Heads
from explorer.runtime.controls import HeadKey
from explorer.tui.gates import Removed, neighbour, with_head, with_layer, with_only
from explorer.tui.screens.figure_actions import FigureActions
from explorer.tui.screens.heads import HeadsScreen
from explorer.tui.screens.undo_actions import UndoActions

NO_HEADS = "this model has no heads: it is recurrent; M opens a Transformer"


class HeadActions(FigureActions, UndoActions):
    """Shows and removes heads; the wall calls the same methods."""

    @property
    def counts(self) -> Heads | None:
        """The model's heads; None for a recurrent one."""
        return self._bundle.card.heads

    def action_heads(self) -> None:
        """Show all heads at once."""
        if self.counts is None or self.view is None:
            self.say(NO_HEADS)
            return
        if isinstance(self.app.screen, HeadsScreen):
            return  # asked for by the command palette over the wall itself
        self.app.push_screen(HeadsScreen(self, self._bundle, self.counts, self.view))

    def action_next_head(self, by: int) -> None:
        """Show a neighbouring head of cross-attention in the grid."""
        if self.counts is None:
            self.say(NO_HEADS)
            return
        key = neighbour(self.counts, self._wanted, by)
        self.look(key.layer, key.head, None)

    def action_show_head(self, layer: int, head: int) -> None:
        """Show one head of cross-attention in the grid."""
        self.look(layer, head, None)

    def action_show_all(self, aggregate: str) -> None:
        """Show all heads of cross-attention as one in the grid."""
        if self.counts is None:
            self.say(NO_HEADS)
        else:
            self.look(None, None, aggregate)

    def look(self, layer: int | None, head: int | None, aggregate: str | None) -> None:
        """Show a head, or all as one, in the grid; nothing is computed."""
        self._wanted = wanted = self._wanted.replace(layer=layer, head=head, aggregate=aggregate)
        self._jobs.switch(lambda: self._stepper.look(wanted))

    # --- removing -----------------------------------------------------------------------------------------------------

    def remove_head(self, key: HeadKey) -> None:
        """Remove a head, or put it back."""
        self._remove(with_head(self._wanted.removed, key))

    def remove_layer(self, key: HeadKey) -> None:
        """Remove all heads of a layer, or put them back."""
        if self.counts is not None:
            self._remove(with_layer(self._wanted.removed, key, self.counts))

    def remove_others(self, key: HeadKey) -> None:
        """Remove all heads of a kind but one, or put them back."""
        if self.counts is not None:
            self._remove(with_only(self._wanted.removed, key, self.counts))

    def action_restore(self) -> None:
        """Put every removed head back."""
        if self._wanted.removed:
            self._remove(())
        else:
            self.say("no head is removed" if self.counts is not None else NO_HEADS)

    def _remove(self, removed: Removed) -> None:
        """Score the prefix anew with other heads removed; the tokens stay also where switches decode anew."""
        self._wanted = wanted = self._wanted.replace(removed=removed)
        self._jobs.start(lambda: self._stepper.replay(wanted))

    def action_stages(self) -> None:
        """Show how the weight under the cursor comes about, or the step as a whole."""
        if not self.query_one("#making").display:
            self.say("the stages stand at the right: there is room for them from 80 columns by 23 lines")
            return
        self.toggle_class("-stages")
