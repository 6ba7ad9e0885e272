"""The key that puts the attention to the test."""

from __future__ import annotations

from collections.abc import Callable

from explorer.runtime.truth import Agreement, put_to_the_test
from explorer.tui.screens.head_actions import HeadActions
from explorer.tui.screens.truth import TruthScreen
from explorer.tui.snapshot import Snapshot


class TruthActions(HeadActions):
    """Opens the test over the explorer, and computes for it."""

    def action_truth(self) -> None:
        """Mask each source position, and compare what that does with the weights."""
        if self.view is None or isinstance(self.app.screen, TruthScreen):
            return
        self._stop()
        self.app.push_screen(TruthScreen(self, self._bundle, self.view))

    def test_attention(self, then: Callable[[Snapshot, tuple[Agreement, ...]], None]) -> None:
        """Test the present run after the jobs before, and give `then` the run and what came out."""

        def work() -> tuple[Snapshot, tuple[Agreement, ...]]:
            return self._stepper.snapshot, put_to_the_test(self._stepper.decoder)

        self._jobs.call(work, lambda found: then(*found))
