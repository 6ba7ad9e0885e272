"""What the stepper returns: frozen states of a decoding, which widgets draw."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from explorer.runtime.trace import Step, Trace


@dataclass(frozen=True)
class Snapshot:
    """The state of a decoding that widgets draw.

    Attributes:
        trace: The run: every emitted token.
        ahead: The step at hand, computed but not emitted; None at the end of the sentence.
        step_seconds: Duration of the last single step.
        baseline: Log-probability of each emitted token with no head removed; empty where none is removed.
    """

    trace: Trace
    ahead: Step | None
    step_seconds: float
    baseline: tuple[float, ...] = ()

    @functools.cached_property
    def steps(self) -> tuple[Step, ...]:
        """All computed steps, the one at hand last."""
        return self.trace.steps if self.ahead is None else (*self.trace.steps, self.ahead)

    @property
    def pending(self) -> bool:
        """Whether a step is at hand."""
        return self.ahead is not None

    @property
    def emitted(self) -> int:
        """Number of emitted tokens, the end token counted."""
        return len(self.trace.steps)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the emitted tokens."""
        return self.trace.labels

    @property
    def changes(self) -> tuple[float, ...]:
        """What the removed heads did to each emitted token's log-probability, in nats; empty where none is removed."""
        pairs = zip(self.trace.steps, self.baseline, strict=False)
        return tuple(step.log_prob - before for step, before in pairs)

    @property
    def last_row(self) -> int:
        """The row of the grid that decoding is at."""
        return max(0, len(self.steps) - 1)


@dataclass(frozen=True, slots=True)
class Returned:
    """What undo, redo or a branch led to.

    Attributes:
        snapshot: The state.
        text: Its source as the user gave it.
        told: What was undone or redone, in a few words.
    """

    snapshot: Snapshot
    text: str
    told: str
