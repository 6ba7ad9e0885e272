"""Scores by the length of the source, as a card names them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.runtime.card import Card
from explorer.runtime.labels import printable
from explorer.runtime.switches import NONE

FIELD = "bleu_by_length"
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
    """Return the first table of a card that has figures with and without attention; None where there is none.

    A card may be anybody's: what is not as ``python -m models.evaluate`` writes it is passed over.
    """
    for name, facts in card.scores.items():
        table = facts.get(FIELD) if isinstance(facts, Mapping) else None
        found = _read(printable(name), table) if isinstance(table, Mapping) else None
        if found is not None and NONE in found.bleu and len(found.bleu) > 1:
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
    counts = tuple(int(count) for count in sentences)
    return ByLength(name, printable(str(table.get("alignment", ""))), ranges, counts, rows)


def _list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _numbers(values: Any) -> tuple[float, ...]:
    numbers = [value for value in _list(values) if isinstance(value, int | float) and math.isfinite(value)]
    return tuple(map(float, numbers)) if len(numbers) == len(_list(values)) else ()
