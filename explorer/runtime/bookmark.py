"""A moment of a decoder, to come back to: undo and branches are lists of these."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.runtime.controls import Controls
from explorer.runtime.family import History
from explorer.runtime.graphs import Memory, State
from explorer.runtime.trace import Source, Step


@dataclass(frozen=True, slots=True, eq=False)
class Bookmark:
    """All that a decoder is at one moment: restoring it computes nothing.

    Attributes:
        source: The source.
        controls: The switches.
        steps: Every step, those hidden by `back` included.
        visible: How many of them are shown.
        preview: The step after the last one with the state that it leaves, where it is computed.
        memory: The encoded source.
        history: The states of the steps.
    """

    source: Source
    controls: Controls
    steps: tuple[Step, ...]
    visible: int
    preview: tuple[Step, State] | None
    memory: Memory
    history: History

    @property
    def tokens(self) -> tuple[int, ...]:
        """The tokens of all steps."""
        return tuple(step.token for step in self.steps)

    @property
    def shown(self) -> tuple[tuple[int, bool], ...]:
        """The tokens of the steps that are shown, and whether each was forced."""
        return tuple((step.token, step.forced) for step in self.steps[: self.visible])

    @property
    def told(self) -> tuple[object, ...]:
        """What tells two moments apart: source, switches, tokens and place."""
        forced = tuple(step.forced for step in self.steps)
        return self.source, self.controls, self.tokens, forced, self.visible
