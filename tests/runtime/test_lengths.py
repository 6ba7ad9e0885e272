"""Scores by length: those of the shipped card, and cards of anybody, whatever they hold."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle
from explorer.runtime.lengths import by_length

TABLE: dict[str, Any] = {
    "unit": "source words",
    "alignment": "additive",
    "buckets": ["1-5", "6-6", "7-30"],
    "sentences": [10, 20, 30],
    "bleu": {"global": [50.0, 40.0, 30.0], "none": [20.0, 10, 0.0]},
}


@pytest.fixture(scope="module")
def card() -> Card:
    return read_card(find_bundle("translate-en-fr"))


def with_scores(card: Card, scores: dict[str, Any]) -> Card:
    return msgspec.structs.replace(card, scores=scores)


def test_the_shipped_card_has_figures_with_and_without_attention(card: Card) -> None:
    found = by_length(card)
    assert found is not None
    assert found.bleu["global"] > found.bleu["none"]
    assert len(found.buckets) == len(found.sentences) == len(found.bleu["none"]) > 1
    assert all(first <= last for first, last in found.buckets)


def test_a_table_is_read_as_it_stands(card: Card) -> None:
    found = by_length(with_scores(card, {"a test": {"bleu_by_length": TABLE}}))
    assert found is not None
    assert (found.test, found.alignment, found.sentences) == ("a test", "additive", (10, 20, 30))
    assert found.buckets == ((1, 5), (6, 6), (7, 30))
    assert found.bleu["none"] == (20.0, 10.0, 0.0)
    assert [found.bucket_of(words) for words in (0, 5, 6, 7, 30, 31, 10**9)] == [0, 0, 1, 2, 2, 2, 2]


STRANGE: dict[str, Any] = {
    "no figure without attention": {"bleu": {"global": [1.0, 2.0, 3.0]}},
    "no figure of global attention": {"bleu": {"none": [1.0, 2.0, 3.0], "local_m": [1.0, 2.0, 3.0]}},
    "a row too short": {"bleu": {"global": [1.0, 2.0], "none": [1.0, 2.0, 3.0]}},
    "text for a number": {"bleu": {"global": ["1", 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "truth for a number": {"bleu": {"global": [True, 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "no number": {"bleu": {"global": [float("nan"), 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "without end": {"bleu": {"global": [float("inf"), 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "greater than any float": {"bleu": {"global": [10**400, 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "below 0": {"bleu": {"global": [-1.0, 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "above 100": {"bleu": {"global": [101.0, 2.0, 3.0], "none": [1.0, 2.0, 3.0]}},
    "a list for a table": {"bleu": [1.0, 2.0, 3.0]},
    "no buckets": {"buckets": []},
    "buckets that are none": {"buckets": ["short", "6-6", "7-30"]},
    "buckets that go down": {"buckets": ["7-30", "6-6", "1-5"]},
    "buckets upside down": {"buckets": ["5-1", "6-6", "7-30"]},
    "buckets as text": {"buckets": "1-5"},
    "no sentences": {"sentences": None},
}


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_not_as_it_is_written_is_passed_over(card: Card, strange: str) -> None:
    table = {**TABLE, **STRANGE[strange]}
    assert by_length(with_scores(card, {"strange": {"bleu_by_length": table}})) is None
    found = by_length(with_scores(card, {"strange": {"bleu_by_length": table}, "next": {"bleu_by_length": TABLE}}))
    assert found is not None
    assert found.test == "next"


@pytest.mark.parametrize("facts", [None, 3, "text", [], {}, {"bleu_by_length": None}, {"bleu_by_length": [1]}])
def test_facts_without_a_table_are_passed_over(card: Card, facts: object) -> None:
    assert by_length(with_scores(card, {"a test": facts})) is None


def test_the_name_of_a_test_set_cannot_disturb_a_terminal(card: Card) -> None:
    table = {**TABLE, "alignment": "\x1b[2J"}
    found = by_length(with_scores(card, {"\x1b[31mred": {"bleu_by_length": table}}))
    assert found is not None
    assert (found.test, found.alignment) == (r"\x1B[31mred", r"\x1B[2J")
