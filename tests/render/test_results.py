"""The table of results: rows of the shipped cards, papers behind them, and cards of anybody."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from explorer.render.results import PAPERS, all_results, best_head, result_of, results_of
from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle, shipped_bundles


@pytest.fixture(scope="module")
def cards() -> list[Card]:
    return [read_card(folder) for folder in shipped_bundles().values()]


@pytest.fixture(scope="module")
def card() -> Card:
    return read_card(find_bundle("translate-en-fr"))


def test_every_shipped_model_has_a_row(cards: list[Card]) -> None:
    rows = all_results(cards)
    assert {row.system for row in rows if not row.paper} == {card.name for card in cards}
    assert all(row.system and row.data and row.figure and row.value for row in rows)


def test_papers_stand_behind_the_models_of_their_task(cards: list[Card]) -> None:
    rows = all_results(cards)
    for task in {row.task for row in rows}:
        of_task = [row.paper for row in rows if row.task == task]
        assert of_task == sorted(of_task)
    assert [row for row in rows if row.paper] == list(PAPERS)
    assert all_results([]) == PAPERS


def test_the_figures_of_the_papers_are_theirs() -> None:
    found = {(row.system, row.figure, row.data): (row.value, row.without) for row in PAPERS}
    assert found["Bahdanau 2014", "BLEU", "WMT 14 en→fr"] == ("26.75", "17.82")
    assert found["Luong 2015", "BLEU", "WMT 14 en→de"] == ("19.0", "14.0")
    assert found["Luong 2015", "AER", "WMT 14 en→de"] == ("0.34", "")
    assert found["Xu 2015", "BLEU-4", "Flickr8k"] == ("21.3", "")


def test_the_best_combination_is_shown_beside_none(card: Card) -> None:
    facts = {"bleu": {"dot": {"global": 40.0, "hard": 41.5, "none": 90.0}, "additive": {"global": 39.0}}, "none": 12.25}
    row = result_of(card, "a test", facts)
    assert row is not None
    assert (row.figure, row.value, row.without, row.reached_by) == ("BLEU", "41.5", "12.2", "dot · hard")


def test_of_errors_the_least_is_best(card: Card) -> None:
    row = result_of(card, "a test", {"aer": {"dot": {"global": 0.4, "hard": 0.5}}})
    assert row is not None
    assert (row.figure, row.value, row.reached_by) == ("AER", "0.400", "dot · global")


STRANGE: list[Any] = [
    None,
    3,
    "text",
    [],
    {},
    {"bleu": 3},
    {"bleu": {}},
    {"bleu": {"dot": 3}},
    {"bleu": {"dot": {"global": "much"}}},
    {"bleu": {"dot": {"none": 3.0}}},
    {"unknown": {"dot": {"global": 3.0}}},
]


@pytest.mark.parametrize("facts", STRANGE, ids=str)
def test_what_is_no_table_of_figures_has_no_row(card: Card, facts: Any) -> None:
    assert result_of(card, "a test", facts) is None
    good = {"bleu": {"dot": {"global": 3.0}}}
    mixed = msgspec.structs.replace(card, scores={"strange": facts, "good": good})
    assert [row.data for row in results_of(mixed)] == ["good"]


def test_names_of_a_card_cannot_disturb_a_terminal(card: Card) -> None:
    row = result_of(card, "\x1b[2J", {"bleu": {"\x1b[31m": {"global": 3.0}}})
    assert row is not None
    assert "\x1b" not in row.data + row.reached_by


@pytest.mark.parametrize(
    ("best", "name"),
    [({"layer": 1, "head": 2}, "layer 1 · head 2"), ({"layer": "1", "head": 2}, ""), ({}, ""), (None, ""), (3, "")],
)
def test_a_head_is_named_where_there_is_one(best: Any, name: str) -> None:
    assert best_head(best) == name
