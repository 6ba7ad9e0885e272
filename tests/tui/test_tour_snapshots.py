"""Pictures of the tour at three sizes, on made-up runs, answers and measurements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tui.scripted_tour import made_up, pressing, told, tour_of

SIZES = [(80, 24), (120, 40), (200, 60)]
Compare = Callable[..., bool]
sizes = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture(autouse=True)
def made_up_tour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in a picture depends on weights or on time."""
    made_up(monkeypatch)


@sizes
def test_a_chapter_over_the_explorer(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("global-local"), run_before=pressing("t"), terminal_size=size)


@sizes
def test_a_chapter_in_chinese(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("global-local", "zh-TW"), run_before=pressing("t"), terminal_size=size)


@sizes
def test_what_networks_recall(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("rnn"), run_before=pressing(*["left"] * 7), terminal_size=size)


@sizes
def test_a_sentence_that_grows(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("seq2seq"), run_before=pressing("right"), terminal_size=size)


@sizes
def test_layers_that_were_measured(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("why-self-attention"), run_before=told, terminal_size=size)


@sizes
def test_encoders_decode_one_sentence(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("rnn-cnn"), run_before=pressing("down"), terminal_size=size)


@sizes
def test_results_beside_those_of_papers(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("results"), run_before=pressing("down"), terminal_size=size)


@sizes
def test_contents(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("global-local"), run_before=pressing("I"), terminal_size=size)


@sizes
def test_for_a_projector(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(tour_of("global-local", presenter=True), run_before=told, terminal_size=size)
