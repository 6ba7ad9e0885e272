"""SVG and HTML figures: well-formed, safe, complete and on their own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.render.html import grid_html
from explorer.render.markup import Theme, escaped
from explorer.render.palette import ColorDepth, Palette
from explorer.render.svg import grid_svg, grids_svg
from explorer.runtime.controls import BiasEdit, WeightEdit
from explorer.runtime.trace import Trace

SVG = "{http://www.w3.org/2000/svg}"


def parsed_html(page: str) -> ElementTree.Element:
    """The page is written as well-formed XML, so that it can be checked as such."""
    return ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def svg_texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_svg_has_real_text(trace: Trace) -> None:
    texts = svg_texts(ElementTree.fromstring(grid_svg(trace)))
    assert texts[:2] == ["the pink dress", "la robe rose"]
    assert texts[2:6] == ["the", "pink", "dress", "END"]
    assert texts[6:10] == ["la", "82", "13", "5"]
    assert texts[10:13] == ["robe", "22", "77"]
    assert texts[-3:] == ["translate-en-fr · additive · global · mean entropy 0.49 bit", "0", "100 %"]


def test_svg_turns_source_labels(trace: Trace) -> None:
    root = ElementTree.fromstring(grid_svg(trace))
    turned = [text.text for text in root.iter(f"{SVG}text") if "rotate(-45)" in text.get("transform", "")]
    assert turned == ["the", "pink", "dress", "END"]


def test_svg_cells_have_colors_and_tooltips(trace: Trace) -> None:
    root = ElementTree.fromstring(grid_svg(trace, Palette("viridis")))
    cells = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    assert len(cells) == 16
    assert [cell.findtext(f"{SVG}title") for cell in cells[4:7]] == [
        "robe → the: 0.0 % (score 0.00)",
        "robe → pink: 22.0 % (score 0.44)",
        "robe → dress: 77.0 % (score 1.54)",
    ]
    rectangle = cells[9].find(f"{SVG}rect")
    assert rectangle is not None
    assert rectangle.get("fill") == "#fde725"


def test_figures_ignore_the_depth_of_the_terminal(trace: Trace) -> None:
    assert grid_svg(trace, Palette(depth=ColorDepth.NONE)) == grid_svg(trace)
    assert grid_html([trace], Palette(depth=ColorDepth.NONE)) == grid_html([trace])


def test_threshold_decides_which_figures_are_written(trace: Trace) -> None:
    texts = svg_texts(ElementTree.fromstring(grid_svg(trace, number_threshold=0.5)))
    assert [text for text in texts if text.isdigit()] == ["82", "77", "100", "96", "0"]


def test_themes_change_the_page(trace: Trace) -> None:
    assert 'fill="#ffffff"/>' in grid_svg(trace, theme=Theme.LIGHT)
    assert 'fill="#16181d"/>' in grid_svg(trace, theme=Theme.DARK)
    assert "background: #ffffff" in grid_html([trace], theme=Theme.LIGHT)


def test_masks_windows_and_forced_tokens_are_drawn(make_trace: Callable[..., Trace]) -> None:
    local = make_trace(attention="local_m", centers=[0.0, 1.0, 2.0, 3.0], masked=[0], forced=1)
    svg = grid_svg(local)
    assert svg.count('fill="url(#hatch)"') == 4
    assert 'font-style="italic">robe<' in svg
    assert "local-m (D 1)" in svg
    rows = list(parsed_html(grid_html([local])).iter("tr"))
    classes = [cell.get("class", "").split() for cell in rows[2].iter("td")]
    assert ["masked" in names for names in classes] == [True, False, False, False]
    assert ["first" in names for names in classes] == [True, False, False, False]
    assert ["last" in names for names in classes] == [False, False, True, False]
    assert ["center" in names for names in classes] == [False, True, False, False]
    heading = rows[2].find("th")
    assert heading is not None
    assert heading.get("class") == "forced"


def test_edits_have_their_signs_and_are_told_to_the_pointer(trace: Trace) -> None:
    controls = trace.controls.replace(
        bias=(BiasEdit(0, 3, 2.0), BiasEdit(1, 0, -2.0), BiasEdit(3, 1, -np.inf)),
        weights=(WeightEdit(2, 1, 0.25), WeightEdit(3, 2, 1.0)),
    )
    edited = dataclasses.replace(trace, controls=controls)
    texts = svg_texts(ElementTree.fromstring(grid_svg(edited)))
    assert [text for text in texts if text in "▲▼◐■"] == ["▲", "▼", "◐", "■"]
    cells = [cell for row in parsed_html(grid_html([edited])).iter("tr") for cell in row.iter("td")]
    signs = [(cell.get("data-edit"), cell.get("title", "").split(" · ")[1:]) for cell in cells]
    assert [each for each in signs if each != (None, [])] == [
        ("▲", ["edited: strengthened by 2"]),
        ("▼", ["edited: weakened by 2"]),
        ("◐", ["edited: at 0.25"]),
        (None, ["edited: masked"]),  # hatched
        ("■", ["edited: pinned"]),
    ]
    assert "edited" not in grid_svg(trace) + grid_html([trace])
    assert "data-edit=" not in grid_html([trace])


def test_several_traces_are_stacked(trace: Trace) -> None:
    root = ElementTree.fromstring(grids_svg([trace, trace, trace], title="Three"))
    groups = [group.get("transform", "") for group in root if group.tag == f"{SVG}g"]
    offsets = [float(re.findall(r"[\d.]+", transform)[1]) for transform in groups]
    assert len(offsets) == 3
    assert offsets[2] - offsets[1] == offsets[1] - offsets[0] > 100
    assert float(root.get("height", "0")) >= offsets[2] + 100
    assert svg_texts(root)[0] == "Three"
    assert len(list(parsed_html(grid_html([trace, trace])).iter("table"))) == 2


def test_no_trace_is_still_a_document() -> None:
    assert ElementTree.fromstring(grids_svg([])).tag == f"{SVG}svg"
    assert list(parsed_html(grid_html([])).iter("table")) == []


def test_html_is_an_accessible_table(trace: Trace) -> None:
    page = parsed_html(grid_html([trace], title="A dress"))
    assert page.findtext("head/title") == "A dress"
    columns = [head.findtext("span") for head in page.iter("th") if head.get("scope") == "col"]
    rows = [head.text for head in page.iter("th") if head.get("scope") == "row"]
    assert columns == ["the", "pink", "dress", "END"]
    assert rows == ["la", "robe", "rose", "END"]
    cells = [cell.text for cell in page.iter("td")][1:]
    assert cells == ["82", "13", "5", "0", "0", "22", "77", "1", "0", "100", "0", "0", "2", "0", "2", "96"]


def test_html_colors_are_those_of_the_palette(trace: Trace) -> None:
    page = grid_html([trace])
    assert ".w255 { background: #fcfdbf; color: #000000; }" in page
    assert "@media print" in page


@pytest.mark.parametrize("write", [grid_svg, lambda trace: grid_html([trace])])
def test_figures_fetch_nothing_and_run_nothing(trace: Trace, write: Callable[[Trace], str]) -> None:
    text = write(trace).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//[a-z]|<script|@import|\burl\((?!#)|\bon[a-z]+=", text)


def test_markup_in_words_is_text(make_trace: Callable[..., Trace]) -> None:
    hostile = make_trace(target=("<script>", "\"&'", "\x1b[2J\ud800\ufffe", "END"))
    root = ElementTree.fromstring(grid_svg(hostile, title="<&>"))
    assert "<script>" in svg_texts(root)
    assert svg_texts(root)[0] == "<&>"
    rows = [head.text for head in parsed_html(grid_html([hostile])).iter("th") if head.get("scope") == "row"]
    assert rows[:2] == ["<script>", "\"&'"]
    assert rows[2] is not None
    assert rows[2].startswith("\\x1B[2J")


@settings(max_examples=60)
@given(words=st.lists(st.text(max_size=12), min_size=3, max_size=3))
def test_any_words_give_well_formed_documents(make_trace: Callable[..., Trace], words: list[str]) -> None:
    trace = make_trace(source=(*words, "END"), target=(*words, "END"))
    assert len(list(ElementTree.fromstring(grid_svg(trace)).iter(f"{SVG}rect"))) == 16 + 3
    assert len(list(parsed_html(grid_html([trace])).iter("td"))) == 17


def test_escaped_shows_control_characters() -> None:
    assert escaped("a\x00<") == "a\\x00&lt;"
