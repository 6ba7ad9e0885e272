"""What the actions of the explorer screen share: the model, the view, the queue of jobs."""

from __future__ import annotations

from textual.timer import Timer

from explorer.errors import ExplorerError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.labels import printable
from explorer.tui.jobs import Jobs
from explorer.tui.models import OpenModels
from explorer.tui.screens.looking import LookingScreen
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper
from explorer.tui.view import View

ONE_LINE = "the source is one line of tokens: shift+← and shift+→ move along it"
WIDTHS = [(0, "-tiny"), (64, "-slim"), (80, "-normal"), (110, "-roomy"), (160, "-huge")]
HEIGHTS = [(0, "-low"), (23, "-medium"), (34, "-tall"), (48, "-towering")]
"""Classes that a screen has from a width or height on; app.tcss gives the widgets their places by them."""


class ExplorerBase(LookingScreen):
    """State of the explorer screen, and how jobs report to it."""

    def __init__(
        self, bundle: Bundle, stepper: Stepper, view: View, text: str, models: OpenModels | None = None
    ) -> None:
        """Create the screen.

        Args:
            bundle: The opened model.
            stepper: A stepper on it that has already started on `text`.
            view: The first view.
            text: The source as the user gave it.
            models: The models that are open already; None for this one alone.
        """
        super().__init__()
        self._models = models or OpenModels(bundle)
        self._bundle = bundle
        self._stepper = stepper
        self._wanted: Controls = view.snapshot.trace.controls
        self._text = text
        self._first_view = view
        self._jobs: Jobs[Snapshot] = Jobs(self, self._show, self._complain, lambda busy: self._change(busy=busy))
        self._timer: Timer | None = None

    @property
    def bundle(self) -> Bundle:
        """The opened model."""
        return self._bundle

    def _show(self, snapshot: Snapshot) -> None:
        view = self.view
        if view is None:
            return
        before, after = view.snapshot.trace, snapshot.trace
        switched = after.controls != before.controls or after.source.order != before.source.order
        # A switch leaves the cursor where it is; a step takes it along, unless it looks at an older row on purpose.
        row = min(view.row, snapshot.last_row) if switched else snapshot.last_row
        column = view.column if after.source == before.source else None
        self.view = view.replace(snapshot=snapshot, row=row, column=column)
        if view.playing and not snapshot.pending:
            self._stop()

    def _complain(self, error: ExplorerError) -> None:
        self._wanted = self._stepper.controls
        self.notify(printable(str(error)), severity="error", title="not done", timeout=8)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._change(playing=False)
