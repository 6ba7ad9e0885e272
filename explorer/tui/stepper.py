"""Step-through decoding as a person does it: one step ahead is always computed, but emitted only on demand.

No Textual here: the interface calls these methods in a worker thread and shows the frozen value that they return.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass

from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.trace import Step, Trace


@dataclass(frozen=True)
class Snapshot:
    """The state of a decoding that widgets draw.

    Attributes:
        trace: The run: every emitted token.
        ahead: The step at hand, computed but not emitted; None at the end of the sentence.
        step_seconds: Duration of the last single step.
    """

    trace: Trace
    ahead: Step | None
    step_seconds: float

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
    def last_row(self) -> int:
        """The row of the grid that decoding is at."""
        return max(0, len(self.steps) - 1)


class Stepper:
    """Drives a `Decoder` and keeps the step at hand computed."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._step_seconds = 0.0

    @property
    def snapshot(self) -> Snapshot:
        """The present state."""
        return Snapshot(self._decoder.trace, self._decoder.peek(), self._step_seconds)

    def start(self, text: str, controls: Controls) -> Snapshot:
        """Begin a new source; its first step is at hand.

        Raises:
            InputError: The text cannot be read; what was there before stays.
        """
        self._decoder.start(text, controls)
        return self._timed()

    def step(self) -> Snapshot:
        """Emit the token at hand and compute the step after it."""
        self._decoder.step()
        return self._timed()

    def back(self) -> Snapshot:
        """Take the last emitted token back."""
        self._decoder.back()
        return self.snapshot

    def home(self) -> Snapshot:
        """Take every emitted token back."""
        self._decoder.home()
        return self.snapshot

    def end(self) -> Snapshot:
        """Emit tokens up to the end of the sentence."""
        self._decoder.end()
        return self.snapshot

    def force(self, row: int, tokens: tuple[int, ...]) -> Snapshot:
        """Put tokens at `row` and the rows after it; what was chosen from there on is dropped."""
        self._decoder.seek(row)
        for token in tokens:
            self._decoder.force(token)
        return self._timed()

    def replay(self, controls: Controls) -> Snapshot:
        """Compute the emitted tokens under other switches; the step at hand is chosen anew."""
        self._decoder.forget_hidden()
        self._decoder.replay(controls)
        return self.snapshot

    def rerun(self, controls: Controls) -> Snapshot:
        """Decode anew under other switches, as far as the present run has come."""
        self._decoder.rerun(controls)
        return self.snapshot

    def _timed(self) -> Snapshot:
        began = time.perf_counter()
        self._decoder.peek()
        self._step_seconds = time.perf_counter() - began
        return self.snapshot
