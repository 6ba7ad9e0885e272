"""Scores by the length of the source, as a card names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.runtime.card import Card
from explorer.runtime.labels import printable
from explorer.runtime.switches import GLOBAL, NONE

FIELD = "bleu_by_length"
GREATEST = 100.0
"""What BLEU is at most."""
MOST = 1e15
"""More than any number of sentences; JSON has numbers that no float holds."""
_BUCKET = re.compile(r"(\d{1,6})-(\d{1,6})")


@dataclass(frozen=True, slots=True)
class ByLength:
    """BLEU of one test set in buckets of source length.

    Attributes:
        test: Name of the test set.
        alignment: The alignment function.
        buckets: Least and greatest number of source words of each, in rising order.
        sentences: How many sentences each has.
        bleu: Of each bucket, by attention type; 0 to 100.
    """

    test: str
    alignment: str
    buckets: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]
    bleu: Mapping[str, tuple[float, ...]]

    def bucket_of(self, words: int) -> int:
        """Return the bucket that a source belongs to; the nearest for one that is longer or shorter than all."""
        return next((place for place, (_, last) in enumerate(self.buckets) if words <= last), len(self.buckets) - 1)


def by_length(card: Card) -> ByLength | None:
    """Return the first table of a card that has figures of global attention and of none; None where there is no such.

    A card may be anybody's: what is not as ``python -m models.evaluate`` writes it is passed over.
    """
    for name, facts in card.scores.items():
        table = facts.get(FIELD) if isinstance(facts, Mapping) else None
        found = _read(printable(name), table) if isinstance(table, Mapping) else None
        if found is not None and {GLOBAL, NONE} <= set(found.bleu):
            return found
    return None


def _read(name: str, table: Mapping[str, Any]) -> ByLength | None:
    buckets = [_BUCKET.fullmatch(str(bucket)) for bucket in _list(table.get("buckets"))]
    sentences, bleu = _numbers(table.get("sentences")), table.get("bleu")
    if not buckets or not all(buckets) or not isinstance(bleu, Mapping):
        return None
    rows = {str(kind): _numbers(values) for kind, values in bleu.items()}
    if any(len(row) != len(buckets) for row in (*rows.values(), sentences)):
        return None
    ranges = tuple((int(found[1]), int(found[2])) for found in buckets if found)
    bounds = [bound for both in ranges for bound in both]
    if bounds != sorted(bounds) or any(not 0.0 <= value <= GREATEST for row in rows.values() for value in row):
        return None
    counts = tuple(int(count) for count in sentences)
    return ByLength(name, printable(str(table.get("alignment", ""))), ranges, counts, rows)


def _list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _numbers(values: Any) -> tuple[float, ...]:
    """Return a list of numbers; nothing where something else is in it, or a number that is none or too great."""
    numbers = _list(values)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in numbers):
        return ()
    return tuple(map(float, numbers)) if all(abs(value) <= MOST for value in numbers) else ()
