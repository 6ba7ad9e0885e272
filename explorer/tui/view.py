"""The one value that every widget of the explorer screen watches."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from explorer.render.layout import Zoom
from explorer.render.palette import Palette
from explorer.render.pictures import Overlay
from explorer.runtime.switches import LOCAL
from explorer.runtime.trace import Step
from explorer.tui.stepper import Snapshot


@dataclass(frozen=True)
class View:
    """What is on the screen.

    Attributes:
        snapshot: The decoding.
        palette: Colours of the weights.
        row: Row of the cursor.
        column: Source position of the cursor; None follows the greatest weight of the row.
        zoom: How wide the columns are.
        overlay: How attention is laid over a picture.
        free: Whether a switch decodes anew instead of keeping the emitted prefix.
        playing: Whether tokens are emitted by a timer.
        speed: Tokens a second of the timer.
        busy: Whether something has been running for longer than a tenth of a second.
    """

    snapshot: Snapshot
    palette: Palette
    row: int = 0
    column: int | None = None
    zoom: Zoom = Zoom.FIT
    overlay: Overlay = Overlay.BRIGHTNESS
    free: bool = False
    playing: bool = False
    speed: float = 2.0
    busy: bool = False

    @property
    def step(self) -> Step:
        """The step under the cursor."""
        return self.snapshot.steps[min(self.row, self.snapshot.last_row)]

    @property
    def cursor_column(self) -> int | None:
        """The source position that is read out: the chosen one, or the greatest weight of the row."""
        return self.step.focus if self.column is None else self.column

    @property
    def on_pending(self) -> bool:
        """Whether the cursor is on the step whose token is not emitted yet."""
        return self.snapshot.pending and self.row == self.snapshot.last_row

    def replace(self, **changes: object) -> View:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def local_center(step: Step, attention: str) -> float | None:
    """p_t of a step under local attention, None under the other types."""
    return step.center if attention in LOCAL else None
