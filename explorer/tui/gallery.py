"""What the gallery draws: every combination of a model with its grid, its words and its figures."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.render.scores import Score, scores_of
from explorer.render.summary import combination_name, short_name
from explorer.render.wrapping import running
from explorer.runtime.card import Card
from explorer.runtime.differences import jensen_shannon_distance
from explorer.runtime.labels import END_LABEL
from explorer.runtime.side_by_side import Variant, placed
from explorer.runtime.switches import NONE
from explorer.runtime.trace import Array, Step, Trace
from explorer.tui.board import Board
from explorer.tui.view import View

CARD, ENTROPY, SCORE, DISTANCE = "card", "entropy", "score", "distance"
ORDERS = (CARD, ENTROPY, SCORE, DISTANCE)


@dataclass(frozen=True)
class Exhibit:
    """One combination.

    Attributes:
        name: Its name, unique in the gallery: "dot · local-p".
        short: The same for a narrow tile: "scaled local-p".
        alignment: Its alignment function.
        attention: Its attention type.
        steps: What is shown of its run; in a gallery on one prefix the step at hand is the last.
        words: What it has said so far, without the end token.
        at_hand: The step at hand, whose first candidate is what this combination would say; None where it speaks for
            itself, and at the end of a sentence.
        entropy: Mean entropy of the steps in bits.
        distance: Mean Jensen-Shannon distance to the explorer's run, step by step; NaN where one has no weights.
        scores: What the card says of it.
        trace: Its run without the step at hand, as far as it is shown.
    """

    name: str
    short: str
    alignment: str
    attention: str
    steps: tuple[Step, ...]
    words: str
    at_hand: Step | None
    entropy: float
    distance: float
    scores: tuple[Score, ...]
    trace: Trace

    @functools.cached_property
    def weights(self) -> Array:
        """The grid, (steps, src_len)."""
        return np.stack([step.weights for step in self.steps])

    def step(self, row: int) -> Step:
        """Return the step at a row, or the last one before it."""
        return self.steps[min(row, len(self.steps) - 1)]

    @property
    def score(self) -> Score | None:
        """The main score; None where the card names none."""
        return self.scores[0] if self.scores else None

    @property
    def figures(self) -> str:
        """Entropy and main score: "0.27 · 54.9"."""
        return f"{self.entropy:.2f} · {self.figure(SCORE)}"

    def figure(self, order: str) -> str:
        """Return the figure by which a gallery of this order is sorted, the entropy where it is not; "–" for none."""
        if order == SCORE:
            return "–" if self.score is None else self.score.figure.written(self.score.value)
        if order == DISTANCE:
            return "–" if math.isnan(self.distance) else f"{self.distance:.2f}"
        return f"{self.entropy:.2f}"


@dataclass(frozen=True, eq=False)
class Gallery:
    """The state of the gallery.

    Attributes:
        view: The explorer's view.
        exhibits: The combinations, in the card's order: alignment by alignment, the one without attention once.
        free: Whether each one runs on its own rather than on the explorer's tokens.
        order: One of `ORDERS`.
        chosen: Name of the chosen one.
        row: The step that is read out, and drawn over pictures; None is the one that decoding is at.
    """

    view: View
    exhibits: tuple[Exhibit, ...]
    free: bool = False
    order: str = CARD
    chosen: str = ""
    row: int | None = None

    def replace(self, **changes: object) -> Gallery:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @functools.cached_property
    def _by_name(self) -> dict[str, Exhibit]:
        return {exhibit.name: exhibit for exhibit in self.exhibits}

    def named(self, name: str) -> Exhibit:
        """Return an exhibit by its name; the first where there is none of it."""
        return self._by_name.get(name, self.exhibits[0])

    @property
    def exhibit(self) -> Exhibit:
        """The chosen one."""
        return self.named(self.chosen)

    @property
    def unit(self) -> str:
        """What the figures are by which it is sorted."""
        if self.order == SCORE:
            return next((e.score.figure.title for e in self.exhibits if e.score is not None), "score")
        return "√JS" if self.order == DISTANCE else "bit"

    @functools.cached_property
    def board(self) -> Board:
        """The places: in the card's order a line is an attention type and a column an alignment function."""
        slots, across = placed({(exhibit.alignment, exhibit.attention): exhibit.name for exhibit in self.exhibits})
        if self.order != CARD:
            ordered = sorted(self.exhibits, key=functools.partial(_rank, order=self.order))
            slots = tuple(exhibit.name for exhibit in ordered)
        return Board(slots, across, self.exhibit.name)

    def is_own(self, exhibit: Exhibit) -> bool:
        """Return whether an exhibit is the combination of the explorer's run."""
        controls = self.view.snapshot.trace.controls
        alone = sum(other.attention == exhibit.attention for other in self.exhibits) == 1
        return exhibit.attention == controls.attention and (exhibit.alignment == controls.alignment or alone)

    @property
    def rows(self) -> int:
        """Steps of the longest run that is shown."""
        return max(len(exhibit.steps) for exhibit in self.exhibits)

    @property
    def expected_rows(self) -> int:
        """Rows that a grid may come to have: one more than the source while decoding goes on.

        Without attention a run may become long, but there is nothing to be seen in its grid.
        """
        rows = max(len(exhibit.steps) for exhibit in self.exhibits if exhibit.attention != NONE)
        return max(rows, len(self.view.snapshot.trace.source) + 1 if self.view.snapshot.pending else 0)

    @property
    def cursor_row(self) -> int:
        """The step that is read out."""
        return self.rows - 1 if self.row is None else min(self.row, self.rows - 1)


def exhibits_of(card: Card, view: View, variants: Sequence[Variant], free: bool) -> tuple[Exhibit, ...]:
    """Return the combinations as they are drawn.

    Running free they are shown as far as the explorer has come, to their ends where it is at its own.

    Args:
        card: Gives the scores.
        view: The explorer's view.
        variants: The runs, each with its step at hand if they are on the explorer's tokens.
        free: Whether each runs on its own.
    """
    snapshot = view.snapshot
    shown = len(snapshot.steps) if free and snapshot.pending else None
    return tuple(_exhibit(card, view, variant, shown) for variant in variants)


def _exhibit(card: Card, view: View, variant: Variant, shown: int | None) -> Exhibit:
    controls, steps = variant.trace.controls, variant.steps[:shown]
    said = steps if variant.ahead is None else variant.trace.steps
    words = words_of(said)
    distances = [
        jensen_shannon_distance(own.weights, other.weights)
        for own, other in zip(steps, view.snapshot.steps, strict=False)
    ]
    defined = [distance for distance in distances if not math.isnan(distance)]
    return Exhibit(
        name=combination_name(controls),
        short=short_name(controls),
        alignment=controls.alignment,
        attention=controls.attention,
        steps=steps,
        words=words,
        at_hand=variant.ahead,
        entropy=sum(step.entropy for step in steps) / len(steps) if steps else 0.0,
        distance=sum(defined) / len(defined) if defined else math.nan,
        scores=scores_of(card.scores, controls.alignment, controls.attention),
        trace=variant.trace if len(said) == len(variant.trace.steps) else _shortened(variant.trace, said, words),
    )


def _shortened(trace: Trace, steps: tuple[Step, ...], words: str) -> Trace:
    return dataclasses.replace(trace, steps=steps, text=words, finished=False)


def words_of(steps: Sequence[Step]) -> str:
    """Return steps as running text, without the end token."""
    said = [step for step in steps if step.label != END_LABEL]
    texts, joined = running(tuple(step.piece for step in said), tuple(step.label for step in said))
    return "".join(text if close else f" {text}" for text, close in zip(texts, joined, strict=True)).strip()


def _rank(exhibit: Exhibit, order: str) -> float:
    """Return what exhibits are sorted by: the sharpest, the best, the nearest first, those without a figure last."""
    if order == SCORE:
        if exhibit.score is None:
            return math.inf
        return exhibit.score.value if exhibit.score.figure.lower_is_better else -exhibit.score.value
    if order == DISTANCE:
        return math.inf if math.isnan(exhibit.distance) else exhibit.distance
    return exhibit.entropy
