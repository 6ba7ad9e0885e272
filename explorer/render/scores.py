"""The figures that a card's scores are made of: how each is called, written and judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from explorer.runtime.labels import printable
from explorer.runtime.switches import NONE

LONGEST_PLACE = 40
"""Characters of a test set's name; a card may be anybody's."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a score.

    Attributes:
        key: Its name in a card.
        title: Its name for people.
        digits: After the decimal point.
        lower_is_better: Whether it counts errors.
    """

    key: str
    title: str
    digits: int
    lower_is_better: bool = False

    def written(self, value: float) -> str:
        """Return a value as it is shown."""
        return f"{value:.{self.digits}f}"


FIGURES = (
    Figure("bleu", "BLEU", 1),
    Figure("rouge_l", "ROUGE-L", 2),
    Figure("meaning", "true %", 1),
    Figure("pointing", "pointing %", 1),
    Figure("aer", "AER", 3, lower_is_better=True),
)
"""What test sets are judged by; of a set that has several, the first is its main one."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a model was given on a test set.

    Attributes:
        figure: The kind of score.
        value: Its value.
        place: Name of the test set.
    """

    figure: Figure
    value: float
    place: str

    @property
    def written(self) -> str:
        """The score as it is shown: "BLEU 54.9"."""
        return f"{self.figure.title} {self.figure.written(self.value)}"


def scores_of(scores: Mapping[str, Any], alignment: str, attention: str) -> tuple[Score, ...]:
    """Return the scores that a card names for one combination, a figure a test set, the main one first.

    A card may be anybody's: what is not as expected is passed over. Without attention, where no alignment function
    acts, a test set has one number, of its main figure.
    """
    found: list[Score] = []
    for name, facts in scores.items():
        if not isinstance(facts, Mapping):
            continue
        measured = [figure for figure in FIGURES if isinstance(facts.get(figure.key), Mapping)]
        for figure in measured[:1]:
            row = facts[figure.key].get(alignment)
            value = facts.get(NONE) if attention == NONE else row.get(attention) if isinstance(row, Mapping) else None
            if _is_number(value):
                found.append(Score(figure, float(value), place_of(name)))
    return tuple(found)


def place_of(name: str) -> str:
    """Return a test set's name for people, without what kind of set it is."""
    return printable(name.removeprefix("alignment ").removeprefix("pointing "))[:LONGEST_PLACE]


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def figures_of(values: Any) -> Iterator[tuple[Figure, float]]:
    """Yield the figures that something out of a card has a number for; anything else in it is passed over."""
    if not isinstance(values, Mapping):
        return
    for figure in FIGURES:
        value = values.get(figure.key)
        if _is_number(value):
            yield figure, float(value)
