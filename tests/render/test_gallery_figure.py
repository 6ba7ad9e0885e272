"""Figures of every combination: a tile for each, its figures and words, numbers that come back."""

from __future__ import annotations

import dataclasses
import io
import json
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.render.combinations import Combinations, combinations_of
from explorer.render.figure import FigureStyle
from explorer.render.gallery_figure import EVERY_WORD, GalleryFigure
from explorer.render.grid_fit import ems
from explorer.render.markup import hexadecimal
from explorer.render.palette import Palette
from explorer.render.pictures import Overlay
from explorer.render.sheet import Box, Frame, Look
from explorer.render.summary import mean_entropy
from explorer.render.written import FORMATS, figures_bytes
from explorer.runtime.trace import Trace
from tests.render.conftest import COLUMN, SOURCE, TARGET, build_trace, check_format, labels, texts

ALIGNMENTS, ATTENTIONS = ("dot", "additive", "scaled_dot"), ("global", "local_m", "none")
SCORES: dict[str, Any] = {"multi30k": {"bleu": {"dot": {"global": 54.25}}, "none": 10.0}}
CARD: Any = SimpleNamespace(scores=SCORES)
WORDS = {"dot": ("la", "robe", "rose", "END"), "additive": TARGET, "scaled_dot": ("une", "tenue", "END")}


def combination(alignment: str, attention: str, target: tuple[str, ...]) -> Trace:
    random = np.random.default_rng([len(alignment), len(attention)])
    weights = random.dirichlet(np.ones(4) * 0.2, len(target))
    if attention == "none":
        weights = np.zeros_like(weights)
    return build_trace(SOURCE, target, weights, alignment=alignment, attention=attention)


def made(same_tokens: bool = False) -> Combinations:
    traces = [
        combination(alignment, attention, TARGET if same_tokens else WORDS[alignment])
        for attention in ATTENTIONS
        for alignment in ALIGNMENTS
        if attention != "none" or alignment == "dot"
    ]
    own = traces[1].controls
    return combinations_of(CARD, traces, own, same_tokens=same_tokens)


@pytest.fixture
def combinations() -> Combinations:
    return made()


def test_a_line_is_an_attention_type_and_a_column_an_alignment_function(combinations: Combinations) -> None:
    assert combinations.across == 3
    names = [None if place is None else place.name for place in combinations.places]
    assert names == [
        "dot · global",
        "▸ additive · global",
        "scaled dot · global",
        "dot · local-m",
        "additive · local-m",
        "scaled dot · local-m",
        "no attention",
        None,
        None,
    ]


def test_tiles_stand_in_their_places(combinations: Combinations) -> None:
    sheet = GalleryFigure(combinations).sheet(FigureStyle())
    found = {label.text: label for label in labels(sheet)}
    assert found["dot · global"].x == found["dot · local-m"].x == found["no attention"].x
    assert found["dot · global"].y == found["▸ additive · global"].y == found["scaled dot · global"].y
    assert found["dot · global"].x < found["▸ additive · global"].x < found["scaled dot · global"].x
    assert found["dot · global"].y < found["dot · local-m"].y < found["no attention"].y
    assert found["▸ additive · global"].look is Look.HEADING
    assert found["dot · global"].look is Look.PLAIN


def test_a_tile_has_its_figures_and_its_words(combinations: Combinations) -> None:
    told = texts(GalleryFigure(combinations).sheet(FigureStyle()))
    entropy = mean_entropy(combinations.each[0].trace)
    assert f"{entropy:.2f} bit · BLEU 54.2" in told
    assert "0.00 bit · BLEU 10.0" in told
    assert told.count("une tenue") == 2
    assert told.count("la robe rose") == 5
    assert any("7 combinations · each decoded on its own" in text for text in told)
    assert any("scores: multi30k" in text for text in told)


def test_words_that_all_have_are_said_once() -> None:
    sheet = GalleryFigure(made(same_tokens=True)).sheet(FigureStyle())
    assert texts(sheet).count("la robe rose") == 1
    assert any("all on the same tokens" in text for text in texts(sheet))


def test_cells_have_the_colours_of_the_weights(combinations: Combinations) -> None:
    palette = Palette("viridis")
    marks = GalleryFigure(combinations).sheet(FigureStyle(palette)).marks
    boxes = {mark.title: mark.fill for mark in marks if isinstance(mark, Box)}
    trace = combinations.each[2].trace
    for row, step in enumerate(trace.steps):
        for column, weight in enumerate(trace.weights[row]):
            if palette.level(float(weight)):
                title = f"scaled dot · global: {step.label} → {SOURCE[column]}: {weight * 100:.1f} %"
                assert any(
                    boxes[each] == hexadecimal(palette.background(float(weight)))
                    for each in boxes
                    if each.startswith(title)
                )
    assert boxes["no attention: less than 0.2 %"] == hexadecimal(palette.background(0.0))


def test_a_narrow_page_has_fewer_beside_each_other_and_shorter_names(combinations: Combinations) -> None:
    for width in (35.0, 60.0, 84.0, 180.0):
        sheet = GalleryFigure(combinations).sheet(FigureStyle(width=width))
        assert sheet.width == pytest.approx(width / 25.4 * 96)
        for label in labels(sheet):
            assert label.x + ems(label.text) * (label.size or 14) <= sheet.width * 1.08, label.text
        boxes = [mark for mark in sheet.marks if isinstance(mark, Box) and mark.title]
        assert max(box.x + box.width for box in boxes) <= sheet.width + 0.1
        names = {label.x for label in labels(sheet) if label.text.endswith(("global", "local-m"))}
        assert len(names) == {35.0: 1, 60.0: 2, 84.0: 3, 180.0: 3}[width]
    narrow = texts(GalleryFigure(combinations).sheet(COLUMN))
    assert "scaled local-m" in narrow
    with pytest.raises(InputError, match="no room for a combination"):
        GalleryFigure(combinations).sheet(FigureStyle(width=20.0, font_size=12.0))


def test_long_words_are_cut_after_three_lines(combinations: Combinations) -> None:
    long = dataclasses.replace(
        combinations.each[0], trace=dataclasses.replace(combinations.each[0].trace, text="mot " * 90)
    )
    figure = GalleryFigure(Combinations((long, *combinations.places[1:]), 3))
    told = [text for text in texts(figure.sheet(FigureStyle())) if text.startswith("mot")]
    assert len(told) == 3
    assert told[-1].endswith("…")


def test_without_a_title(combinations: Combinations) -> None:
    told = texts(GalleryFigure(combinations).sheet(FigureStyle(title=False)))
    assert "the pink dress" not in told
    assert not any("combinations" in text for text in told)
    assert {"dot · global", "100 %"} <= set(told)


def test_json_and_npz_have_every_run(combinations: Combinations) -> None:
    figure = GalleryFigure(combinations)
    content = json.loads(figures_bytes([figure], "json", FigureStyle()))
    assert content["same_tokens"] is False
    assert [each["attention"] for each in content["combinations"]] == ["global"] * 3 + ["local_m"] * 3 + ["none"]
    assert content["combinations"][0]["scores"] == {"multi30k": {"bleu": 54.25}}
    assert content["combinations"][1]["scores"] == {}
    with np.load(io.BytesIO(figures_bytes([figure], "npz", FigureStyle())), allow_pickle=False) as found:
        assert found["alignments"].tolist() == [each["alignment"] for each in content["combinations"]]
        for each, data in zip(combinations.each, content["combinations"], strict=True):
            np.testing.assert_array_equal(found[f"{each.key}_weights"], each.trace.weights)
            np.testing.assert_allclose(data["weights"], each.trace.weights, atol=1e-6)
            assert found[f"{each.key}_target_tokens"].tolist() == data["target_tokens"]
        np.testing.assert_allclose(found["entropies"], [each["entropy"] for each in content["combinations"]], atol=1e-6)


def test_text_has_a_map_of_each(combinations: Combinations) -> None:
    text = figures_bytes([GalleryFigure(combinations)], "text", FigureStyle()).decode()
    for name in ("dot · global", "▸ additive · global", "scaled dot · local-m", "no attention"):
        assert name in text
    assert text.count("une tenue") == 2
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "\x1b" not in text


def pictured(captioned: Trace) -> Combinations:
    other = captioned.controls.replace(alignment="dot")
    turned = tuple(dataclasses.replace(step, weights=step.weights[::-1].copy()) for step in captioned.steps[:2])
    traces = [captioned, dataclasses.replace(captioned, controls=other, steps=turned)]
    return combinations_of(CARD, traces, captioned.controls, same_tokens=False)


def test_a_picture_shows_the_mean_of_all_words_or_one(captioned: Trace) -> None:
    figure = GalleryFigure(pictured(captioned))
    frames = [mark for mark in figure.sheet(FigureStyle()).marks if isinstance(mark, Frame)]
    assert len(frames) == 2
    assert frames[0].attended is not None
    np.testing.assert_allclose(frames[0].attended.weights, captioned.weights.mean(axis=0), atol=1e-6)
    assert texts(figure.sheet(FigureStyle())).count(EVERY_WORD) == 2
    third = GalleryFigure(pictured(captioned), row=2, overlay=Overlay.HEAT).sheet(FigureStyle())
    frames = [mark for mark in third.marks if isinstance(mark, Frame)]
    assert frames[0].attended is not None
    assert frames[1].attended is not None
    np.testing.assert_array_equal(frames[0].attended.weights, captioned.steps[2].weights)
    np.testing.assert_array_equal(frames[1].attended.weights, captioned.steps[1].weights[::-1])  # it ended before
    assert {"rose", "robe"} <= set(texts(third))
    assert frames[0].attended.overlay is Overlay.HEAT


@pytest.mark.parametrize("form", FORMATS)
def test_every_format(combinations: Combinations, captioned: Trace, form: str) -> None:
    check_format((GalleryFigure(combinations), GalleryFigure(pictured(captioned))), form)


ODD = st.sampled_from(["<b>&\"'", "\x1b[31m", "日本語", "👩‍👩‍👧", "\u202e", "\ufffe", "a" * 60])


@settings(max_examples=25)
@given(labels_=st.lists(st.text(min_size=1, max_size=9) | ODD, min_size=1, max_size=5), said=st.text(max_size=30) | ODD)
def test_any_label_is_drawn_safely(labels_: list[str], said: str) -> None:
    weights = np.full((2, len(labels_)), 1 / len(labels_))
    traces = [
        dataclasses.replace(build_trace(labels_, (labels_[0], "END"), weights, alignment=name), text=f"{said}{name}")
        for name in ("dot", "general")
    ]
    figure = GalleryFigure(combinations_of(CARD, traces, traces[0].controls, same_tokens=False))
    root = ElementTree.fromstring(figures_bytes([figure], "svg", FigureStyle()))
    assert not list(root.iter("b"))
    assert "\x1b" not in figures_bytes([figure], "text", FigureStyle()).decode()
    json.loads(figures_bytes([figure], "json", FigureStyle()))


def test_a_very_long_source_keeps_its_tile() -> None:
    words = (*(f"w{number}" for number in range(300)), "END")
    traces = [
        build_trace(words, ("a", "END"), np.full((2, 301), 1 / 301), alignment=name) for name in ("dot", "general")
    ]
    sheet = GalleryFigure(combinations_of(CARD, traces, traces[0].controls, same_tokens=False)).sheet(COLUMN)
    boxes = [mark for mark in sheet.marks if isinstance(mark, Box) and mark.title]
    assert max(box.x + box.width for box in boxes) <= sheet.width
