"""The key of the tree of branches."""

from __future__ import annotations

from explorer.runtime.bookmark import Bookmark
from explorer.tui.screens.base import ExplorerBase
from explorer.tui.screens.branches import BranchesScreen
from explorer.tui.snapshot import Snapshot

NO_BRANCHES = "one run so far: f forces a token in the past, and what was there stays a branch"


class BranchActions(ExplorerBase):
    """Shows what the target could have become, and goes there."""

    def action_branches(self) -> None:
        """Show the tree of branches."""
        self._stop()
        self._jobs.call(self._stepper.branches, self._show_branches)

    def _show_branches(self, found: tuple[tuple[Bookmark, ...], Bookmark]) -> None:
        branches, present = found
        if len(branches) < 2 and all(branch.tokens == present.tokens for branch in branches):
            self.say(NO_BRANCHES)
            return

        def chosen(branch: int | None) -> None:
            if branch is not None:
                self._jobs.call(lambda: self._stepper.take(branch), self._taken)

        self.app.push_screen(BranchesScreen(branches, present), chosen)

    def _taken(self, snapshot: Snapshot) -> None:
        """Show a branch, whose switches may be others."""
        self._wanted = snapshot.trace.controls
        self._show(snapshot)
        self._change(row=snapshot.last_row)
        self.say("another branch · u goes back")
