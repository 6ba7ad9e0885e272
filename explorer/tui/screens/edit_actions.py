"""Keys that edit attention in the cursor's cell."""

from __future__ import annotations

from collections.abc import Callable

from explorer.errors import InputError
from explorer.runtime.controls import Controls
from explorer.runtime.edits import STRENGTH, Edit, edits_of, masked, pinned, shifted, weighed
from explorer.tui.past import edit_text
from explorer.tui.screens.edits import EditsScreen
from explorer.tui.screens.switch_actions import SwitchActions
from explorer.tui.screens.weight import WeightScreen

NO_WEIGHTS = "without attention there is no weight to edit; t chooses another type"
NO_EDITS = "no edits yet: m masks a cell, . , shift it, P pins it, enter types a weight"


class EditActions(SwitchActions):
    """Masks, strengthens, weakens, pins or weighs a cell; the step and all after it are decoded again."""

    @property
    def wanted(self) -> Controls:
        """The switches that the last key asked for."""
        return self._wanted

    def action_mask(self) -> None:
        """Mask the cell, then its column, then neither."""
        self._edit_cell(masked)

    def action_shift(self, by: int) -> None:
        """Add to the cell's score."""
        self._edit_cell(lambda controls, step, source: shifted(controls, step, source, by * STRENGTH))

    def action_pin(self) -> None:
        """Give the cell all weight of its row."""
        self._edit_cell(pinned)

    def action_weigh(self) -> None:
        """Type the cell's weight."""
        cell, view = self._cell(), self.view
        if cell is None or view is None:
            return
        self._stop()
        row, column = cell

        def chosen(weight: float | None) -> None:
            if weight is not None:
                self.edit(lambda controls: weighed(controls, row, column, weight))

        self.app.push_screen(WeightScreen(view.replace(column=column), column), chosen)

    def action_edits(self) -> None:
        """List the edits."""
        if self.view is None:
            return
        self._stop()
        if not edits_of(self._wanted):
            self.say(NO_EDITS)
            return
        self.app.push_screen(EditsScreen(self, self.view.snapshot.trace.source.labels))

    def edit(self, change: Callable[[Controls], Controls]) -> None:
        """Change the edits, and decode again: keeping the tokens, or freely from the first edited step on."""
        view = self.view
        if view is None:
            return
        before = self._wanted
        try:
            wanted = change(before)
            self._stepper.check(wanted)
        except InputError as error:
            self.say(str(error))
            return
        self._wanted = wanted
        old, new = edits_of(before), edits_of(wanted)
        changed = [edit for edit in (*old, *new) if (edit in old) != (edit in new)]
        first = min((0 if edit.step is None else edit.step for edit in changed), default=0)
        if view.free:
            self._jobs.start(lambda: self._stepper.redecode(wanted, first))
        else:
            self._jobs.start(lambda: self._stepper.replay(wanted))
        added = [edit for edit in new if edit not in old]
        told = [edit_text(edit, view.snapshot.trace.source.labels) for edit in added or changed]
        if told:
            self.say(f"{told[0] if added else f'no longer {told[0]}'} · u undoes, L lists")

    def show_edit(self, edit: Edit) -> None:
        """Move the cursor to the cell of an edit, and show the head that it acts in; of every step: in this row."""
        view = self.view
        if view is None:
            return
        self._change(row=view.row if edit.step is None else min(edit.step, view.snapshot.last_row), column=edit.source)
        if edit.place is not None and edit.place != self._wanted.shown_head:
            layer, head = edit.place
            self._wanted = wanted = self._wanted.replace(layer=layer, head=head, aggregate=None)
            self._jobs.switch(lambda: self._stepper.look(wanted))

    def _edit_cell(self, change: Callable[[Controls, int, int], Controls]) -> None:
        cell = self._cell()
        if cell is not None:
            self._stop()
            self._change(column=cell[1])  # the cursor stays on the cell, wherever the greatest weight goes
            self.edit(lambda controls: change(controls, *cell))

    def _cell(self) -> tuple[int, int] | None:
        """Return the cursor's step and source position; say why there is none."""
        view = self.view
        if view is None:
            return None
        if self._wanted.attention == "none":
            self.say(NO_WEIGHTS)
            return None
        if view.cursor_column is None:
            self.say("every position of this row is masked: shift+← and shift+→ choose a cell, m unmasks it")
            return None
        return view.step.position, view.cursor_column
