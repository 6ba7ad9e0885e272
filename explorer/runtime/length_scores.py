"""BLEU by the length of the source, as a card has it: what a model without attention loses on long sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from explorer.runtime.card import Card


class _Facts(msgspec.Struct, frozen=True):
    unit: str
    alignment: str
    buckets: tuple[str, ...]
    sentences: tuple[int, ...]
    bleu: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class LengthBucket:
    """Sentences of a test set whose sources have about one length.

    Attributes:
        least: Least length of a source, in words.
        most: Greatest length.
        sentences: How many there are.
        bleu: Lower-cased corpus BLEU (Papineni 2002) over them, by attention type.
    """

    least: int
    most: int
    sentences: int
    bleu: dict[str, float]


@dataclass(frozen=True)
class LengthScores:
    """What one test set says.

    Attributes:
        test_set: Its name.
        alignment: The alignment function under which all attention types were measured; ``none`` uses none.
        buckets: Short sources first.
    """

    test_set: str
    alignment: str
    buckets: tuple[LengthBucket, ...]

    @property
    def attentions(self) -> tuple[str, ...]:
        """The attention types that were measured."""
        return tuple(self.buckets[0].bleu)


def length_scores(card: Card) -> tuple[LengthScores, ...]:
    """Return what a card says of source lengths, for each test set that was measured so.

    They are ``scores[test set]["bleu_by_length"]``, which ``python -m models.evaluate`` writes and
    ``python onnx/measure_lengths.py`` measures again with the graphs. A card may be anybody's: what is not as expected
    is passed over.
    """
    return tuple(_read(card))


def _read(card: Card) -> Iterator[LengthScores]:
    for name, facts in card.scores.items():
        given = facts.get("bleu_by_length") if isinstance(facts, dict) else None
        try:
            found = msgspec.convert(given, _Facts)
        except msgspec.ValidationError:
            continue
        limits = [re.fullmatch(r"(\d{1,6})-(\d{1,6})", bucket, re.ASCII) for bucket in found.buckets]
        if found.unit != "source words" or not limits or not found.bleu or not _even(found):
            continue
        buckets = tuple(
            LengthBucket(
                least=int(limit[1]),
                most=int(limit[2]),
                sentences=found.sentences[place],
                bleu={attention: scores[place] for attention, scores in found.bleu.items()},
            )
            for place, limit in enumerate(limits)
            if limit is not None
        )
        if len(buckets) == len(limits):
            yield LengthScores(name, found.alignment, buckets)


def _even(facts: _Facts) -> bool:
    """Return whether every list is as long as that of the buckets, and every score is one."""
    scores = [score for row in facts.bleu.values() for score in row]
    lengths = {len(facts.sentences), *map(len, facts.bleu.values())}
    return lengths == {len(facts.buckets)} and all(math.isfinite(score) and 0 <= score <= 100 for score in scores)
