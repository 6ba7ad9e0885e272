"""Charts: never wider or taller than their place, whatever the numbers are."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.render.chart import COLOURS, KEYS, LEAST, MARKERS, Chart, Curve, chart_text, ticks_of

NAN = math.nan
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, 5e-324, NAN, math.inf, -math.inf]),
    st.floats(-100.0, 100.0),
)


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    xs = tuple(sorted(draw(st.lists(numbers.filter(lambda x: not math.isnan(x)), max_size=8))))
    ys = draw(st.lists(numbers, min_size=len(xs), max_size=len(xs)))
    return Curve(draw(st.sampled_from(["", "a curve", "曲線"])), xs, tuple(ys))


charts = st.builds(
    Chart,
    st.lists(curves(), max_size=len(MARKERS)).map(tuple),
    st.sampled_from(["", "length n", "長度"]),
    st.sampled_from(["", "ms"]),
    title=st.sampled_from(["", "a title"]),
    x_ticks=st.lists(st.tuples(numbers, st.just("1,024")), max_size=3).map(tuple),
    log_x=st.booleans(),
    log_y=st.booleans(),
    y_range=st.one_of(st.none(), st.tuples(st.floats(0.0, 1.0), st.floats(2.0, 100.0))),
    marked=st.lists(numbers, max_size=2).map(tuple),
    named=st.booleans(),
)


def chart(*ys: tuple[float, ...], **options: object) -> Chart:
    return Chart(
        tuple(Curve(f"curve {number}", tuple(float(x) for x in range(len(y))), y) for number, y in enumerate(ys)),
        "x",
        "y",
        **options,  # type: ignore[arg-type]
    )


@settings(max_examples=100)
@given(drawn=charts, width=st.integers(-1, 70), height=st.integers(-1, 20))
@example(chart((0.0, 0.0), log_y=True), 30, 10)
@example(chart((1.0, 2.0), log_x=True), 30, 10)
@example(chart((1.0, 2.0), log_x=True, marked=(0.0,)), 30, 10)
@example(chart((NAN, 2.0), x_ticks=((NAN, "?"),)), 30, 10)
@example(Chart((Curve("", (1e-300,), (1.0,)),), "", "", x_ticks=((1.0, "1"),)), 16, 5)
def test_any_numbers_stay_in_their_place(drawn: Chart, width: int, height: int) -> None:
    lines = chart_text(drawn, width, height).split(allow_blank=True)
    assert len(lines) <= max(0, height) or lines[0].plain == ""
    assert all(line.cell_len <= max(0, width) for line in lines)


@pytest.mark.parametrize("empty", [chart(), chart(()), chart((NAN, NAN)), chart((0.0, -1.0), log_y=True)], ids=str)
def test_without_a_point_nothing_is_drawn(empty: Chart) -> None:
    assert chart_text(empty, 60, 20).plain == ""


def test_where_there_is_no_room_nothing_is_drawn() -> None:
    one = chart((1.0, 2.0))
    assert chart_text(one, LEAST[0] - 1, 20).plain == ""
    assert chart_text(one, 60, LEAST[1] - 1).plain == ""
    assert chart_text(one, *LEAST).plain.strip()


def test_every_line_is_drawn_in_the_place_that_is_given() -> None:
    lines = chart_text(chart((1.0, 3.0, 2.0)), 50, 12).split(allow_blank=True)
    assert [line.cell_len for line in lines] == [50] * 12


def test_a_single_point_is_seen() -> None:
    assert MARKERS[1] in chart_text(chart((), (7.0,), named=False), 40, 10).plain


def test_curves_have_markers_and_colours_of_their_own() -> None:
    text = chart_text(chart((1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0), named=False), 60, 20)
    assert "•" in text.plain
    assert "×" in text.plain
    seen = {tuple(span.style.color.triplet) for span in text.spans if span.style.color and span.style.color.triplet}
    assert set(COLOURS) <= seen
    assert len(MARKERS) == len(COLOURS) == len(KEYS)


def test_curves_are_named_where_that_is_asked_for() -> None:
    assert "curve 0" in chart_text(chart((1.0, 2.0)), 60, 12).plain
    assert "curve 0" not in chart_text(chart((1.0, 2.0), named=False), 60, 12).plain


def test_axes_are_titled_where_there_is_room() -> None:
    titled = chart((1.0, 2.0), named=False).replace(x_title="source words", y_title="BLEU")
    assert "source words" in chart_text(titled, 60, 12).plain
    assert "source words" not in chart_text(titled, 60, 8).plain


def test_a_logarithmic_axis_is_labelled_with_powers_of_ten() -> None:
    plain = chart_text(chart((0.01, 1.0, 200.0), log_y=True), 60, 20).plain
    assert [label for label in ("0.01", "0.1", "1", "10", "100") if f"{label}┤" not in plain] == []


def test_zeros_on_a_logarithmic_axis_are_left_out() -> None:
    zeros, none = chart((0.0, 10.0, 1000.0), log_y=True), chart((NAN, 10.0, 1000.0), log_y=True)
    assert chart_text(zeros, 60, 15).plain == chart_text(none, 60, 15).plain


def test_one_chart_leaves_nothing_in_the_next() -> None:
    before = chart_text(chart((1.0, 2.0)), 50, 12).plain
    chart_text(chart((5.0, 50.0), log_y=True, title="other", marked=(1.0,), y_range=(1.0, 99.0)), 60, 15)
    assert chart_text(chart((1.0, 2.0)), 50, 12).plain == before


@given(values=st.lists(st.floats(0.0, 1e6), unique=True, min_size=1, max_size=40).map(sorted), most=st.integers(2, 9))
def test_ticks_have_the_first_and_the_last(values: list[float], most: int) -> None:
    ticks = ticks_of(values, most)
    assert len(ticks) == min(len(values), most)
    assert ticks[0][0] == values[0]
    assert ticks[-1][0] == values[-1]
    assert [place for place, _ in ticks] == sorted(place for place, _ in ticks)
    assert {place for place, _ in ticks} <= set(values)


def test_ticks_of_nothing_are_none() -> None:
    assert ticks_of([], 4) == ()


def test_ticks_are_written_as_people_write_numbers() -> None:
    assert ticks_of([16.0, 1024.0], 4) == ((16.0, "16"), (1024.0, "1,024"))
    assert ticks_of([0.5], 4) == ((0.5, "0.5"),)


@pytest.mark.parametrize("height", range(LEAST[1], 30))
@pytest.mark.parametrize("logarithmic", [True, False])
def test_no_two_labels_stand_in_one_row(height: int, logarithmic: bool) -> None:
    values = tuple(10.0**power for power in range(-3, 5)) if logarithmic else (0.0, 25.0, 50.0, 100.0)
    one = chart(values, log_y=logarithmic, y_range=None if logarithmic else (0.0, 100.0), named=False)
    labels = [line.split("┤")[0] for line in chart_text(one, 40, height).plain.splitlines() if "┤" in line]
    numbers = [float(label) for label in labels]
    assert numbers == sorted(set(numbers), reverse=True)
    assert (0.001 if logarithmic else 0.0) in numbers
    assert len(numbers) >= 2


def test_a_low_chart_is_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    code = (
        "from explorer.render.chart import Chart, Curve, chart_text\n"
        "for top in (20.0, 671.0, 5000.0, 1e6):\n"
        "    for height in (5, 6, 8):\n"
        "        one = Curve('', (1.0, 2.0, 3.0), (1.5, 7.0, top))\n"
        "        print(chart_text(Chart((one,), '', '', log_y=True), 38, height).plain)\n"
    )
    drawn = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in range(5)
    }
    assert len(drawn) == 1
