"""The one value that every widget of the explorer screen watches."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass

from explorer.render.canvas import NO_GRAPHICS, GraphicsChoice
from explorer.render.copies import is_copy
from explorer.render.layout import Zoom
from explorer.render.palette import Palette
from explorer.render.pictures import Overlay
from explorer.runtime.switches import LOCAL
from explorer.runtime.trace import Step
from explorer.tui.snapshot import Snapshot


class Face(enum.Enum):
    """What stands in the middle of the screen."""

    GRID = "grid"
    READING = "reading"
    PICTURE = "picture"

    @classmethod
    def of(cls, task: str) -> Face:
        """Return what a model of a task opens with: long sources are read, pairs of sentences are compared."""
        return {"summarization": cls.READING, "captioning": cls.PICTURE}.get(task, cls.GRID)


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
        graphics: What pictures are drawn with.
        face: Whether the weights are seen as a grid, behind the text or over the picture.
        copies: Whether copied tokens are marked: source and target are in one language.
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
    graphics: GraphicsChoice = NO_GRAPHICS
    face: Face = Face.GRID
    copies: bool = False
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
    def faces(self) -> tuple[Face, ...]:
        """What the source can be seen as."""
        return (Face.GRID, Face.READING if self.snapshot.trace.source.picture is None else Face.PICTURE)

    @property
    def on_pending(self) -> bool:
        """Whether the cursor is on the step whose token is not emitted yet."""
        return self.snapshot.pending and self.row == self.snapshot.last_row

    @property
    def copied(self) -> tuple[bool, ...]:
        """For each emitted token whether it is to be marked as a copy."""
        trace = self.snapshot.trace
        return tuple(self.copies and is_copy(step, trace.source) for step in trace.steps)

    def replace(self, **changes: object) -> View:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def local_center(step: Step, attention: str) -> float | None:
    """p_t of a step under local attention, None under the other types."""
    return step.center if attention in LOCAL else None
