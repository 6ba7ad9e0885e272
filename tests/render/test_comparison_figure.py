"""Figures of two runs: three grids with one geometry, distances, names, numbers that come back."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.render.compared import Compared
from explorer.render.comparison_figure import ComparisonFigure
from explorer.render.difference_scale import side_color
from explorer.render.diverging import DivergingPalette
from explorer.render.figure import FigureStyle
from explorer.render.grid_fit import ems
from explorer.render.markup import Theme, hexadecimal
from explorer.render.palette import Palette
from explorer.render.sheet import Anchor, Box, Frame, Look
from explorer.render.written import FORMATS, figures_bytes
from explorer.runtime.differences import differences, jensen_shannon_distance, shared_axis
from explorer.runtime.trace import Trace
from tests.render.conftest import COLUMN, SENTENCE, TraceFactory, build_trace, cells, check_format, labels, texts

OTHER = ((0.1, 0.9, 0.0, 0.0), (0.0, 0.22, 0.77, 0.01), (0.0, 0.4, 0.6, 0.0), (0.0, 0.0, 0.0, 1.0))


@pytest.fixture
def compared(trace: Trace, make_trace: TraceFactory) -> Compared:
    return Compared(trace, make_trace(target=("la", "tenue", "rose", "END"), weights=OTHER, alignment="dot"))


def test_three_grids_with_the_same_columns(compared: Compared) -> None:
    for style in (FigureStyle(), COLUMN, FigureStyle(font_size=8.0, title=False)):
        sheet = ComparisonFigure(compared).sheet(style)
        found = cells(sheet)
        assert len(found) == 3 * 16
        lefts = [cell.box.x for cell in found]
        assert lefts[:16] == lefts[16:32] == lefts[32:]
        tops = [cell.box.y for cell in found]
        assert max(tops[:16]) < min(tops[16:32])
        assert max(tops[16:32]) < min(tops[32:])


def test_cells_have_the_colours_of_weights_and_of_differences(compared: Compared) -> None:
    fills = [cell.box.fill for cell in cells(ComparisonFigure(compared).sheet(FigureStyle(Palette("viridis"))))]
    palette, diverging = Palette("viridis"), DivergingPalette()
    wanted = [hexadecimal(palette.background(float(w))) for trace in compared.traces for w in trace.weights.ravel()]
    minus = compared.right.weights - compared.left.weights
    assert fills == wanted + [hexadecimal(diverging.background(float(each))) for each in minus.ravel()]


def test_rows_have_their_distance_and_whether_the_arg_max_agrees(compared: Compared) -> None:
    told = texts(ComparisonFigure(compared).sheet(FigureStyle()))
    distances = [
        jensen_shannon_distance(one, other)
        for one, other in zip(compared.left.weights, compared.right.weights, strict=True)
    ]
    assert distances[1] == 0.0
    assert f"la  {distances[0]:.2f} ≠" in told
    assert "robe/tenue  0.00 =" in told
    assert f"╎ rose  {distances[2]:.2f} ≠" in told  # behind the row where the tokens part
    assert f"╎ END  {distances[3]:.2f} =" in told
    said = " ".join(told)
    assert "= same arg-max in 2 of 4 rows" in said
    assert "tokens part at row 2" in said
    assert f"mean Jensen-Shannon distance {np.mean(distances):.2f}" in said


def test_sides_are_named_in_the_colours_of_their_surplus(compared: Compared) -> None:
    found = labels(ComparisonFigure(compared).sheet(FigureStyle()))
    names = {label.text.split(":")[0]: label for label in found if ":" in label.text}
    for side, is_right in (("left", False), ("right", True)):
        assert names[side].color == side_color(is_right)
        assert names[side].look is Look.HEADING
    assert names["left"].text.startswith("left: translate-en-fr · additive · global")
    told = texts(ComparisonFigure(compared).sheet(FigureStyle()))
    assert told.index("la robe rose") < told.index("la tenue rose")


def test_without_a_title_names_and_scales_stay(compared: Compared) -> None:
    told = texts(ComparisonFigure(compared).sheet(FigureStyle(title=False)))
    assert "left: additive · global" in told
    assert "right: dot · global" in told
    assert "la robe rose" not in told
    assert not any("Jensen" in text for text in told)
    assert {"100 %", "left", "right"} <= set(told)


def test_signs_are_left_out_where_they_have_no_room(sentence: Trace, make_trace: TraceFactory) -> None:
    words = (*SENTENCE.split(), "END")
    other = make_trace(words, words, np.roll(np.eye(len(words)), 1, axis=1))
    figure = ComparisonFigure(Compared(sentence, other))
    written = [cell.figure.text for cell in cells(figure.sheet(FigureStyle()))[-169:] if cell.figure is not None]
    assert set(written) == {"+100", "−90"}
    narrow = [cell for cell in cells(figure.sheet(COLUMN))[-169:] if cell.figure is not None]
    for cell in narrow:
        assert cell.figure is not None
        assert ems(cell.figure.text) * (cell.figure.size or 0) <= cell.box.width * 1.1
    assert {"100", "90"} == {cell.figure.text for cell in narrow if cell.figure is not None}


def test_a_long_token_is_cut_and_its_distance_is_not(make_trace: TraceFactory) -> None:
    one, other = (make_trace(target=(word * 3, "robe", "rose", "END")) for word in ("incompréhensible", "inexplicable"))
    figure = ComparisonFigure(Compared(one, other))
    for style in (FigureStyle(), COLUMN):
        assert any(re.fullmatch(r"incompr.*…  0\.00 =", text) for text in texts(figure.sheet(style)))
        assert "╎ robe  0.00 =" in texts(figure.sheet(style))
    lines = figures_bytes([figure], "text", FigureStyle()).decode().splitlines()
    assert any(re.search(r"inc.*…  0\.00 =", line) for line in lines)


def test_equal_sides(trace: Trace) -> None:
    same = Compared(trace, trace)
    content = json.loads(figures_bytes([ComparisonFigure(same)], "json", FigureStyle()))
    assert content["differences"]["distances"] == [0.0] * 4
    assert content["differences"]["agree"] == [True] * 4
    assert content["differences"]["parting"] is None
    assert not np.any(content["differences"]["weights"])
    told = texts(ComparisonFigure(same).sheet(FigureStyle()))
    assert "mean Jensen-Shannon distance 0.00 · = same arg-max in 4 of 4 rows" in told


def test_without_attention_there_is_no_distance(trace: Trace, make_trace: TraceFactory) -> None:
    nothing = Compared(trace, make_trace(weights=np.zeros((4, 4)), attention="none"))
    told = texts(ComparisonFigure(nothing).sheet(FigureStyle()))
    assert "la  –" in told
    assert "no attention, so no Jensen-Shannon distance" in told
    content = json.loads(figures_bytes([ComparisonFigure(nothing)], "json", FigureStyle()))
    assert content["differences"]["distances"] == [None] * 4
    assert content["differences"]["agree"] == [None] * 4
    assert content["differences"]["mean_distance"] is None
    assert ComparisonFigure(nothing).arrays()["agree"].tolist() == [-1] * 4


def test_runs_of_unlike_length(trace: Trace) -> None:
    shorter = dataclasses.replace(trace, steps=trace.steps[:2], text="la robe")
    sheet = ComparisonFigure(Compared(trace, shorter)).sheet(COLUMN)
    assert len(cells(sheet)) == 16 + 8 + 8


def test_vocabularies_that_differ_are_compared_word_by_word(trace: Trace, make_trace: TraceFactory) -> None:
    other = make_trace(("the", "pi", "·nk", "dress", "END"), weights=np.full((4, 5), 0.2))
    pieces = dataclasses.replace(other.source, text=trace.source.text, words=(0, 1, 1, 2, -1))
    compared = Compared(trace, dataclasses.replace(other, source=pieces, model="other-en-fr"))
    for style in (FigureStyle(), COLUMN):
        sheet = ComparisonFigure(compared).sheet(style)
        assert len(cells(sheet)) == 16 + 20 + 16
        fonts = {label.size for label in labels(sheet) if label.turn}
        assert len(fonts) == 1  # one font in all three
    assert compared.names == ("translate-en-fr · additive · global", "other-en-fr · additive · global")
    assert any("word by word" in text for text in texts(sheet))
    columns = ComparisonFigure(compared).arrays()["columns"].tolist()
    assert columns == ["the", "pink", "dress", "END"]
    np.testing.assert_allclose(ComparisonFigure(compared).arrays()["differences"][2], [0.2, -0.6, 0.2, 0.2], atol=1e-6)


def test_other_sources_are_drawn_without_differences(trace: Trace, make_trace: TraceFactory) -> None:
    compared = Compared(trace, make_trace(("a", "red", "dress", "END")))
    sheet = ComparisonFigure(compared).sheet(FigureStyle(title=False))
    assert len(cells(sheet)) == 32
    assert "no differences: the two sides read different sources" in texts(sheet)
    assert "right − left" not in texts(sheet)
    assert json.loads(figures_bytes([ComparisonFigure(compared)], "json", COLUMN))["differences"] is None
    assert "differences" not in ComparisonFigure(compared).arrays()
    assert "different sources" in figures_bytes([ComparisonFigure(compared)], "text", COLUMN).decode()


def test_npz_and_json_have_both_sides(compared: Compared) -> None:
    figure = ComparisonFigure(compared)
    content = json.loads(figures_bytes([figure], "json", FigureStyle()))
    with np.load(io.BytesIO(figures_bytes([figure], "npz", FigureStyle())), allow_pickle=False) as found:
        for side, trace in zip(("left", "right"), compared.traces, strict=True):
            np.testing.assert_array_equal(found[f"{side}_weights"], trace.weights)
            assert content[side]["target"] == trace.text
        axis = shared_axis(compared.left.source, compared.right.source)
        wanted = differences(compared.left.steps, compared.right.steps, axis)
        np.testing.assert_array_equal(found["differences"], wanted.weights)
        np.testing.assert_allclose(content["differences"]["weights"], wanted.weights, atol=1e-6)
        np.testing.assert_allclose(found["distances"], content["differences"]["distances"], atol=1e-6)
    assert content["differences"]["parting"] == 1


def test_text_has_three_grids(compared: Compared) -> None:
    lines = figures_bytes([ComparisonFigure(compared)], "text", FigureStyle()).decode().splitlines()
    assert lines[0] == "la robe rose"
    assert "la tenue rose" in lines
    at = lines.index("right − left: (dot · global) − (additive · global)")
    assert any("›" in line or "►" in line for line in lines[at:])
    assert all(line == line.rstrip() for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_pictures_have_a_frame_of_each_side_and_a_map_of_the_difference(captioned: Trace) -> None:
    steps = tuple(dataclasses.replace(step, weights=step.weights[::-1].copy()) for step in captioned.steps)
    compared = Compared(captioned, dataclasses.replace(captioned, steps=steps[:3]))
    for style in (FigureStyle(), COLUMN):
        sheet = ComparisonFigure(compared).sheet(style)
        frames = [mark for mark in sheet.marks if isinstance(mark, Frame)]
        assert len(frames) == 4 + 3
        maps = [mark for mark in sheet.marks if isinstance(mark, Box) and mark.title]
        assert len(maps) == 3 * 4
        assert max(frame.x + frame.width for frame in frames) <= sheet.width
    share = 0.82  # the greatest difference of the first word
    assert maps[3].title == "la → 2,2: +82.0 %"
    assert maps[3].fill == hexadecimal(DivergingPalette().background(share / 0.82))
    with pytest.raises(InputError, match="no room for a frame"):
        ComparisonFigure(compared).sheet(FigureStyle(width=20.0, font_size=12.0))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format(compared: Compared, captioned: Trace, headed: Trace, form: str) -> None:
    pairs = (compared, Compared(captioned, captioned), Compared(headed, headed))
    check_format([ComparisonFigure(pair) for pair in pairs], form)


LABELS = st.text(st.characters(codec="utf-8", exclude_categories=()), min_size=1, max_size=12)
ODD = st.sampled_from(["<b>&\"'", "\x1b[31m", "日本語", "́", "👩‍👩‍👧", "\u202e", "\ufffe", "a" * 60])


@settings(max_examples=25)
@given(source=st.lists(LABELS | ODD, min_size=1, max_size=6), target=st.lists(LABELS | ODD, min_size=1, max_size=4))
def test_any_label_is_drawn_safely(source: list[str], target: list[str]) -> None:
    weights = np.full((len(target), len(source)), 1 / len(source))
    compared = Compared(
        build_trace(source, target, weights), build_trace(source, target[::-1], weights, alignment="dot")
    )
    figure = ComparisonFigure(compared)
    for form in ("svg", "html"):
        data = figures_bytes([figure], form, FigureStyle(theme=Theme.LIGHT)).decode()
        root = ElementTree.fromstring(data.removeprefix("<!DOCTYPE html>\n"))
        assert not list(root.iter("b"))
    assert "\x1b" not in figures_bytes([figure], "text", FigureStyle()).decode()
    json.loads(figures_bytes([figure], "json", FigureStyle()))
    npz = figures_bytes([figure], "npz", FigureStyle())
    with np.load(io.BytesIO(npz), allow_pickle=False) as found:
        assert found["differences"].shape == (len(target), len(source))


def test_a_very_long_source_has_a_width_or_is_refused(make_trace: TraceFactory) -> None:
    words = tuple(f"word{number}" for number in range(200))
    long = make_trace((*words, "END"), ("a", "END"), np.full((2, 201), 1 / 201))
    figure = ComparisonFigure(Compared(long, long))
    sheet = figure.sheet(FigureStyle(width=600.0))
    right = max(cell.box.x + cell.box.width for cell in cells(sheet))
    assert right <= sheet.width
    with pytest.raises(InputError, match="201 columns with labels of 5 pt need a width of"):
        figure.sheet(COLUMN)


def test_no_label_reaches_out_of_a_column(compared: Compared) -> None:
    sheet = ComparisonFigure(compared).sheet(FigureStyle(width=60.0))
    for label in labels(sheet):
        length = ems(label.text) * (label.size or 14)
        if label.turn:
            continue
        start = {Anchor.START: 0.0, Anchor.MIDDLE: 0.5, Anchor.END: 1.0}[label.anchor]
        assert label.x - start * length >= -0.5, label.text
        assert label.x + (1 - start) * length <= sheet.width * 1.02, label.text
