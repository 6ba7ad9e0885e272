"""Bars, sparklines and the chart of one step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.bars import bar, entropy_meter, sparkline, step_chart

FINITE = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, "    "), (0.001, "▏   "), (0.25, "█   "), (0.5625, "██▎ "), (1.0, "████"), (1.7, "████"), (-1.0, "    ")],
)
def test_bar_in_eighths(share: float, expected: str) -> None:
    assert bar(share, 4) == expected


def test_bar_in_seven_bits() -> None:
    assert bar(0.6, 5, ascii_only=True) == "###  "


@given(st.floats(-1, 2), st.integers(0, 40), st.booleans())
def test_bar_takes_its_width(share: float, width: int, ascii_only: bool) -> None:
    assert len(bar(share, width, ascii_only=ascii_only)) == width


def test_sparkline_runs_from_the_least_to_the_greatest_value() -> None:
    assert sparkline([-2.0, 0.0, 2.0, 6.0]) == "▁▂▄█"
    assert sparkline([0.0, 0.5, 1.0], low=0.0, high=1.0) == "▁▄█"


def test_sparkline_leaves_blank_what_is_not_finite() -> None:
    assert sparkline([float("nan"), 1.0, float("-inf"), 2.0]) == " ▁ █"


def test_sparkline_pools_neighbours() -> None:
    assert sparkline([0.0, 1.0, 0.0, 0.0], low=0.0, high=1.0, width=2) == "█▁"


def test_sparkline_of_equal_values_is_flat() -> None:
    assert sparkline([3.0, 3.0]) == "▁▁"
    assert sparkline([]) == ""


def test_step_chart_aligns_scores_and_weights() -> None:
    scores = np.array([-1.0, 3.0, 1.0])
    weights = np.array([0.0, 1.0, 0.0])
    chart = step_chart(scores, weights, 8, 4)
    assert chart.pitch == 3
    assert chart.scores == ("   ██   ", "▁▁ ██ ██")
    assert chart.weights == ("   ██   ", "   ██   ")


def test_step_chart_crosses_out_masked_positions() -> None:
    chart = step_chart(np.array([9.0, 1.0]), np.array([0.0, 1.0]), 3, 2, masked=frozenset({0}))
    assert chart.scores == ("× ▁",)
    assert chart.weights == ("  █",)


@given(
    st.lists(st.one_of(FINITE, st.just(float("-inf"))), max_size=50),
    st.integers(1, 60),
    st.integers(2, 9),
    st.booleans(),
)
def test_step_chart_fills_its_box(scores: list[float], width: int, height: int, ascii_only: bool) -> None:
    weights = np.full(len(scores), 0.5)
    chart = step_chart(np.array(scores), weights, width, height, masked=frozenset({1, 99}), ascii_only=ascii_only)
    assert len(chart.scores) + len(chart.weights) == height
    assert {len(line) for line in chart.scores + chart.weights} == {width}
    if ascii_only:
        assert all(line.isascii() for line in chart.scores + chart.weights)


def test_entropy_meter_is_full_when_all_positions_are_alike() -> None:
    assert entropy_meter(3.0, 8, 14) == "█████ 3.00 bit"
    assert entropy_meter(1.5, 8, 17) == "████···· 1.50 bit"
    assert entropy_meter(0.0, 8, 14, ascii_only=True) == "..... 0.00 bit"


def test_entropy_meter_without_room_for_the_figure() -> None:
    assert entropy_meter(1.5, 8, 6) == "███   "


@given(st.floats(0, 12), st.integers(0, 600), st.integers(0, 50))
def test_entropy_meter_takes_its_width(entropy: float, positions: int, width: int) -> None:
    assert len(entropy_meter(entropy, positions, width)) == width
