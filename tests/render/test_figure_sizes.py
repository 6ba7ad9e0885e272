"""Figures of a chosen width, font and rotation."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.render.figure import FigureStyle, millimetres, points
from explorer.render.folding import folded, joined
from explorer.render.grid_figure import GridFigure
from explorer.render.grid_fit import LEAST_FONT, grid_sizes
from explorer.render.written import figures_bytes
from explorer.runtime.trace import Trace
from tests.render.conftest import COLUMN, TraceFactory, cells, labels
from tests.render.test_written import SVG, root_of


@pytest.mark.parametrize(
    ("text", "length"), [("84", 84.0), ("84mm", 84.0), ("8.4 cm", 84.0), ("3.3in", 83.82), ("72 PT", 25.4)]
)
def test_lengths_have_units(text: str, length: float) -> None:
    assert millimetres(text) == pytest.approx(length)


@pytest.mark.parametrize("text", ["", "mm", "84px", "-84", "1e3", "nan", "84 m m", "19", "2001mm", "٨٤", "8_4"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="width"):
        millimetres(text)


def test_font_sizes_are_points() -> None:
    assert (points("8"), points(" 7.5pt")) == (8.0, 7.5)
    for text in ("8mm", "x", "2", "73"):
        with pytest.raises(InputError, match="font size"):
            points(text)


def test_a_style_is_checked() -> None:
    with pytest.raises(InputError, match="rotation 91 degrees is out of range: 0 to 90"):
        FigureStyle(rotate=91)
    with pytest.raises(InputError, match="width nan"):
        FigureStyle(width=float("nan"))


def test_a_width_is_a_length_on_paper(sentence: Trace) -> None:
    root = root_of(GridFigure(sentence), COLUMN)
    assert root.get("width") == "84.00mm"
    box = [float(part) for part in root.get("viewBox", "").split()]
    assert box[2] == pytest.approx(84 / 25.4 * 96, abs=0.01)
    assert float(root.get("height", "").removesuffix("mm")) == pytest.approx(box[3] / 96 * 25.4, abs=0.01)
    right = max(cell.box.x + cell.box.width for cell in cells(GridFigure(sentence).sheet(COLUMN)))
    assert right <= box[2]


def test_a_column_of_a_paper_keeps_seven_points(sentence: Trace) -> None:
    sizes = grid_sizes(sentence.source.labels, sentence.labels, COLUMN)
    assert sizes.font == pytest.approx(7 * 96 / 72)
    assert sizes.number is not None
    assert sizes.turn == 45


def test_a_slide_has_a_large_font(sentence: Trace) -> None:
    slide = grid_sizes(sentence.source.labels, sentence.labels, FigureStyle(width=254.0))
    assert slide.font > 14 * 96 / 72
    sheet = GridFigure(sentence).sheet(FigureStyle(width=254.0))
    assert sheet.width == pytest.approx(960)
    assert max(label.x for label in labels(sheet)) < 960


def test_narrow_columns_stand_their_labels_up_then_shrink_them(sentence: Trace) -> None:
    narrow = grid_sizes(sentence.source.labels, sentence.labels, FigureStyle(width=53.0))
    assert narrow.turn == 90
    assert narrow.number is None
    smaller = grid_sizes(sentence.source.labels, sentence.labels, FigureStyle(width=40.0))
    assert LEAST_FONT <= smaller.font < narrow.font


def test_too_narrow_says_what_is_needed(sentence: Trace) -> None:
    style = FigureStyle(width=84.0, font_size=12.0)
    with pytest.raises(
        InputError, match=r"14 columns with labels of 12 pt need a width of (\d+) mm, not 84 mm"
    ) as said:
        grid_sizes(sentence.source.labels, sentence.labels, style)
    needed = float(re.findall(r"of (\d+) mm", str(said.value))[0])
    enough = grid_sizes(sentence.source.labels, sentence.labels, FigureStyle(width=needed, font_size=12.0))
    assert enough.font == pytest.approx(16)
    with pytest.raises(InputError):
        grid_sizes(sentence.source.labels, sentence.labels, FigureStyle(width=needed - 2, font_size=12.0))


@settings(max_examples=60)
@given(
    st.lists(st.text("abcdefghij", min_size=1, max_size=14), min_size=1, max_size=40),
    st.floats(40, 300),
    st.sampled_from([None, 0, 30, 60, 90]),
)
def test_nothing_leaves_the_width(make_trace: TraceFactory, words: list[str], width: float, rotate: int | None) -> None:
    trace = make_trace([*words, "END"], ["un", "END"], np.full((2, len(words) + 1), 0.5))
    style = FigureStyle(width=width, rotate=rotate)
    try:
        sizes = grid_sizes(trace.source.labels, trace.labels, style)
    except InputError:  # another test is about that
        return
    sheet = GridFigure(trace).sheet(style)
    assert sheet.width == pytest.approx(width / 25.4 * 96)
    for label in labels(sheet):
        if label.text in trace.source.labels and label.turn == sizes.turn and label.anchor.value == "start":
            assert label.x + sizes.reach(sizes.text_width(label.text))[0] <= sheet.width + 1
    assert all(cell.box.x + cell.box.width <= sheet.width for cell in cells(sheet))


def test_a_font_size_alone_scales_the_figure(trace: Trace) -> None:
    plain, doubled = (GridFigure(trace).sheet(FigureStyle(font_size=size)) for size in (10.5, 21.0))
    assert doubled.width == pytest.approx(2 * plain.width)
    assert doubled.height == pytest.approx(2 * plain.height)


def test_labels_turn(trace: Trace) -> None:
    for degrees in (0, 30, 90):
        sheet = GridFigure(trace).sheet(FigureStyle(rotate=degrees))
        above = [label for label in labels(sheet) if label.y < cells(sheet)[0].box.y]
        heads = [label for label in above if label.text in trace.source.labels]
        assert [label.turn for label in heads] == [degrees] * 4
    level = GridFigure(trace).sheet(FigureStyle(rotate=0))
    text = root_of(GridFigure(trace), FigureStyle(rotate=0)).iter(f"{SVG}text")
    assert [each.get("text-anchor") for each in text if each.text == "pink"] == ["middle"]
    assert min(cell.box.y for cell in cells(level)) < min(
        cell.box.y for cell in cells(GridFigure(trace).sheet(FigureStyle(rotate=90)))
    )


def test_level_labels_make_room(make_trace: TraceFactory) -> None:
    words = ("incomprehensible", "END")
    sheet = GridFigure(make_trace(words, words, np.eye(2))).sheet(FigureStyle(rotate=0))
    boxes = [cell.box for cell in cells(sheet)]
    assert boxes[1].x - boxes[0].x > 16 * 8


def test_without_a_title_the_scale_stays(trace: Trace) -> None:
    said = [label.text for label in labels(GridFigure(trace).sheet(FigureStyle(title=False)))]
    assert said[:4] == ["the", "pink", "dress", "END"]
    assert said[-2:] == ["0", "100 %"]
    assert not any("entropy" in text for text in said)
    page = figures_bytes([GridFigure(trace)], "html", FigureStyle(title=False)).decode()
    assert "<h1>" not in page
    assert "<h2>" not in page
    assert page.count("<figcaption>0<span") == 1


def test_headings_fold() -> None:
    assert folded("one two three", 7) == ("one two", "three")
    assert folded("", 7) == ()
    assert folded("incomprehensible", 5) == ("incom"[:4] + "…",)
    assert joined(("a b", "c d", "e"), " · ", 9) == ("a b · c d", "e")
