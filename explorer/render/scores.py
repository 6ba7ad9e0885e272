"""The figures that a card's scores are made of: how each is called, written and judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


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


def figures_of(values: Any) -> Iterator[tuple[Figure, float]]:
    """Yield the figures that something out of a card has a number for; anything else in it is passed over."""
    if not isinstance(values, Mapping):
        return
    for figure in FIGURES:
        value = values.get(figure.key)
        if isinstance(value, int | float) and math.isfinite(value):
            yield figure, float(value)
