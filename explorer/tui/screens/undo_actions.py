"""Keys that take actions back and do them again."""

from __future__ import annotations

from collections.abc import Callable

from explorer.tui.screens.switch_actions import SwitchActions
from explorer.tui.snapshot import Returned


class UndoActions(SwitchActions):
    """Undo and redo of everything but steps, which ← and → take back."""

    async def action_undo(self) -> None:
        """Go back to before the last action."""
        await self._go(self._stepper.undo, "undone", "nothing to undo: ← takes steps back")

    async def action_redo(self) -> None:
        """Do what was undone again."""
        await self._go(self._stepper.redo, "redone", "nothing to redo")

    async def _go(self, work: Callable[[], Returned | None], done: str, nothing: str) -> None:
        self._stop()

        def then(returned: Returned | None) -> None:
            if returned is None:
                self.say(nothing)
                return
            self._wanted, self._text = returned.snapshot.trace.controls, returned.text
            self.say(f"{done}: {returned.told}" if returned.told else done)
            self._show(returned.snapshot)

        # The next key is to meet the switches that this one leads to, so it waits.
        await self._jobs.wait(work, then)
