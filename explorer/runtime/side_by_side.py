"""Every combination of a model beside each other: on the prefix of one run, or each on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from explorer.errors import InputError
from explorer.runtime.batch import make_trace
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.labels import printable
from explorer.runtime.switches import NONE, combinations
from explorer.runtime.trace import Source, Step, Trace

Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Variant:
    """A run under one combination.

    Attributes:
        trace: Its emitted tokens.
        ahead: The step after them, where the run that it stands beside has one at hand: it has that run's token, and
            what this combination would emit is its first candidate. None at the end of a sentence, and of a run of its
            own.
    """

    trace: Trace
    ahead: Step | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, the one at hand last."""
        return self.trace.steps if self.ahead is None else (*self.trace.steps, self.ahead)


class SideBySide:
    """Keeps what it computed: after a step of the run only that step is computed, all combinations as one batch.

    A decoder that another thread uses must not be used at the same time.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._pairs = different_combinations(decoder.bundle.card)
        self._source: Source | None = None
        self._controls: Controls | None = None
        self._rows: list[list[Step]] = []  # one list of steps, one of each combination, for every step of the run
        self._free: list[Trace] = []

    def on_prefix(self) -> list[Variant]:
        """Return every combination on the tokens of the run, the step at hand included."""
        self._renew()
        trace, ahead = self._decoder.trace, self._decoder.peek()
        steps = trace.steps if ahead is None else (*trace.steps, ahead)
        del self._rows[_common(self._rows, steps) :]
        if self._decoder.bundle.family.recomputes:
            return [Variant(replayed, None) for replayed in self._decoder.replay_all(self._pairs)]
        wanted = self._wanted(trace.controls)
        for position in range(len(self._rows), len(steps)):
            self._rows.append(self._decoder.step_under(position, wanted))
        return [self._variant(trace, controls, number) for number, controls in enumerate(wanted)]

    def running_free(self) -> list[Variant]:
        """Return every combination decoded to its own end."""
        self._renew()
        if not self._free:
            self._free = self._decoder.decode_all(self._pairs)
        return [Variant(trace, None) for trace in self._free]

    def _renew(self) -> None:
        """Forget what belongs to another source or other switches."""
        source, controls = self._decoder.trace.source, self._wanted(self._decoder.controls)[0]
        if source != self._source or controls != self._controls:
            self._source, self._controls = source, controls
            self._rows, self._free = [], []

    def _wanted(self, controls: Controls) -> list[Controls]:
        return [controls.replace(alignment=alignment, attention=attention) for alignment, attention in self._pairs]

    def _variant(self, trace: Trace, controls: Controls, number: int) -> Variant:
        steps = [row[number] for row in self._rows]
        count = len(trace.steps)
        made = make_trace(self._decoder.bundle, trace.source, controls, steps[:count], trace.finished)
        return Variant(made, steps[count] if count < len(steps) else None)


def different_combinations(card: Card) -> list[tuple[str, str]]:
    """Return every (alignment, attention) of a card, without attention once: no alignment function acts there."""
    chosen = card.switches.alignment
    return [
        (alignment, attention)
        for alignment, attention in combinations(card)
        if attention != NONE or alignment == chosen
    ]


def placed(found: Mapping[tuple[str, str], Item]) -> tuple[tuple[Item | None, ...], int]:
    """Return combinations as a wall: a line an attention type, a column an alignment function.

    Args:
        found: What stands there, by (alignment, attention).

    Returns:
        The places line by line, None where a line has none, and how many a line has.
    """
    alignments = list(dict.fromkeys(alignment for alignment, _ in found))
    places: list[Item | None] = []
    for attention in dict.fromkeys(attention for _, attention in found):
        line = [found.get((alignment, attention)) for alignment in alignments]
        if attention == NONE:  # there is one alone, whatever its alignment function: at the beginning of the line
            line.sort(key=lambda item: item is None)
        places += line
    return tuple(places), len(alignments)


def check_readable(card: Card, before: Card) -> None:
    """Check that a model reads what another one reads.

    Raises:
        InputError: It does not.
    """
    name = printable(card.name)
    if (card.image is None) != (before.image is None):
        kinds = ("text", "pictures") if card.image is None else ("pictures", "text")
        raise InputError(f"{name} reads {kinds[0]}, this side reads {kinds[1]}: both sides need one source")
    if card.languages.source != before.languages.source:
        read = f"{name} reads {card.languages.source}, this source is {before.languages.source}"
        raise InputError(f"{read}: both sides need one source")


def _common(rows: Sequence[Sequence[Step]], steps: Sequence[Step]) -> int:
    """Return how many of the first rows are of the same tokens as the steps."""
    count = 0
    for row, step in zip(rows, steps, strict=False):
        if (row[0].token, row[0].forced) != (step.token, step.forced):
            break
        count += 1
    return count
