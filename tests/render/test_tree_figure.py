"""Figures of a beam search: every token in its place, the best path, what was pruned, numbers that come back."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from explorer.errors import InputError
from explorer.render.figure import FigureStyle
from explorer.render.markup import Theme, hexadecimal
from explorer.render.palette import Palette
from explorer.render.sheet import Box, Label, Look, Sheet
from explorer.render.tree_figure import BEST, TreeFigure
from explorer.render.tree_text import TreeText
from explorer.render.written import FORMATS, figures_bytes
from explorer.runtime.tree import Fate, Tree
from tests.render.conftest import COLUMN, check_format
from tests.render.test_beam import ALIVE, FINISHED, PRUNED, TREE, tree_of

FIGURE = TreeFigure(TREE, "translate-en-fr", ("la robe",))


def labels(sheet: Sheet) -> dict[str, Label]:
    return {mark.text: mark for mark in sheet.marks if isinstance(mark, Label)}


def tokens(sheet: Sheet) -> list[Box]:
    """The boxes of tokens, which alone have titles."""
    return [mark for mark in sheet.marks if isinstance(mark, Box) and mark.title]


def test_every_token_has_a_box_in_the_colour_of_its_probability() -> None:
    sheet = FIGURE.sheet(FigureStyle(Palette("viridis")))
    boxes = {box.title.split(" · log p")[0]: box for box in tokens(sheet)}
    assert len(tokens(sheet)) == len(TREE.nodes)
    assert boxes["la: 90.5 % · rank 1"].fill == hexadecimal(Palette("viridis").background(math.exp(-0.1)))
    assert boxes["jupe: 13.5 % · rank 3"].fill == "#16181d"  # pruned: the page
    assert {"la 90", "une 37", "cette <1"} <= set(labels(sheet))


def test_titles_say_what_became_of_a_token() -> None:
    titles = [box.title for box in tokens(FIGURE.sheet(FigureStyle()))]
    assert "END: 49.7 % · rank 1 · log p -1.30 · score -1.30 · finished" in titles
    assert "une: 36.8 % · rank 2 · log p -1.00 · score -1.00 · pruned later" in titles
    assert any(title.startswith("le: 5.0 %") and title.endswith("pruned") for title in titles)


def test_time_goes_to_the_right_and_hypotheses_down() -> None:
    boxes = {box.title.split(":")[0] + str(place): box for place, box in enumerate(tokens(FIGURE.sheet(COLUMN)))}
    la = next(box for name, box in boxes.items() if name.startswith("la"))
    robe = next(box for name, box in boxes.items() if name.startswith("robe") and box.y == la.y)
    end = next(box for name, box in boxes.items() if name.startswith("END") and box.y == la.y)
    assert la.x + la.width < robe.x
    assert robe.x + robe.width < end.x
    assert all(box.y > la.y for name, box in boxes.items() if name.startswith(("une", "jupe", "rose")))


def test_no_two_tokens_overlap_and_all_are_on_the_sheet() -> None:
    for style in (FigureStyle(), COLUMN, FigureStyle(font_size=6.0)):
        sheet = FIGURE.sheet(style)
        boxes = tokens(sheet)
        for place, one in enumerate(boxes):
            assert one.x >= 0
            assert one.x + one.width <= sheet.width
            assert one.y + one.height <= sheet.height
            for other in boxes[:place]:
                apart = (
                    one.x + one.width <= other.x
                    or other.x + other.width <= one.x
                    or one.y + one.height <= other.y
                    or other.y + other.height <= one.y
                )
                assert apart, (one.title, other.title)


@pytest.mark.parametrize("theme", list(Theme))
def test_the_best_hypothesis_is_framed(theme: Theme) -> None:
    sheet = FIGURE.sheet(FigureStyle(theme=theme))
    framed = [mark for mark in sheet.marks if isinstance(mark, Box) and mark.fill == BEST[theme] and mark.radius]
    assert len(framed) == 3  # la robe END
    assert len({mark.y for mark in framed}) == 1
    assert labels(sheet)["#1 -1.30"].look is Look.HEADING
    assert labels(sheet)["#1 -1.30 la robe"].color == BEST[theme]


def test_what_was_run_is_said_or_not() -> None:
    told = " ".join(labels(FIGURE.sheet(FigureStyle())))
    assert "translate-en-fr · dot · global · beam of 2" in told
    assert "no length penalty · 1 finished" in told
    bare = labels(FIGURE.sheet(FigureStyle(title=False)))
    assert not any("beam of" in text for text in bare)
    assert "#1 -1.30" in bare


def test_a_narrow_width_leaves_out_probabilities_then_what_was_pruned() -> None:
    shown = {}
    for width in (150.0, 58.0, 44.0):
        sheet = FIGURE.sheet(FigureStyle(width=width))
        assert sheet.width == pytest.approx(width / 25.4 * 96)
        assert max(box.x + box.width for box in tokens(sheet)) <= sheet.width
        shown[width] = (len(tokens(sheet)), "la 90" in labels(sheet))
    assert shown[150.0] == (10, True)
    long = TreeFigure(tree_of(*_chain(30)), "m", ("x",))
    sizes = []
    for width in (700.0, 400.0, 320.0):
        sheet = long.sheet(FigureStyle(width=width))
        sizes.append((len(tokens(sheet)), any(" 61" in text for text in labels(sheet))))
        assert max(box.x + box.width for box in tokens(sheet)) <= sheet.width
    assert sizes[0] == (60, True)
    assert sizes[-1][1] is False
    with pytest.raises(InputError, match=r"a tree with labels of 5 pt needs a width of \d+ mm, not 40 mm"):
        long.sheet(FigureStyle(width=40.0))
    with pytest.raises(InputError, match="labels of 12 pt"):
        long.sheet(FigureStyle(width=300.0, font_size=12.0))


def _chain(length: int) -> list[tuple[int | None, str, float, Fate]]:
    """A long hypothesis with a pruned token, of a long name, at every step."""
    rows: list[tuple[int | None, str, float, Fate]] = []
    parent: int | None = None
    for step in range(length):
        last = step == length - 1
        rows.append((parent, "END" if last else "word", -0.5, FINISHED if last else ALIVE))
        rows.append((parent, "incomprehensible", -2.0, PRUNED))
        parent = len(rows) - 2
    return rows


def test_survivors_alone() -> None:
    sheet = dataclasses.replace(FIGURE, pruned=False).sheet(FigureStyle())
    assert len(tokens(sheet)) == len(TREE.surviving)
    assert any("pruned branches left out" in text for text in labels(sheet))


def test_json_has_every_node() -> None:
    content = json.loads(figures_bytes([FIGURE], "json", FigureStyle()))
    assert (content["beam"], content["length_penalty"], content["given"]) == (2, 0.0, 0)
    assert [node["parent"] for node in content["nodes"]] == [node.parent for node in TREE.nodes]
    assert content["nodes"][7] == {
        "parent": 4,
        "step": 2,
        "token": "END",
        "log_prob": -0.7,
        "total_log_prob": -1.3,
        "score": -1.3,
        "rank": 1,
        "fate": "finished",
        "survives": True,
    }
    assert content["hypotheses"] == [{"node": 7, "score": -1.3, "target": "la robe"}]


def test_npz_has_every_node() -> None:
    with np.load(io.BytesIO(figures_bytes([FIGURE], "npz", FigureStyle())), allow_pickle=False) as found:
        assert found["parents"].tolist()[:5] == [-1, -1, -1, -1, 0]
        assert found["tokens"].tolist()[4:7] == ["robe", "robe", "jupe"]
        assert found["weights"].shape == (len(TREE.nodes), len(TREE.source))
        assert found["survives"].sum() == len(TREE.surviving)
        assert found["hypotheses"].tolist() == [7]
        np.testing.assert_allclose(found["total_log_probs"][7], -1.3)


def test_text_is_the_tree_of_the_screen() -> None:
    lines = figures_bytes([FIGURE], "text", FigureStyle()).decode().splitlines()
    assert lines[0] == "la robe"
    assert lines[1].startswith("▸ ┬ la 90")
    assert "#1 -1.30 la robe" in lines
    assert all(line == line.rstrip() for line in lines)


def test_a_narrow_terminal_gets_less_of_it() -> None:
    def shown(width: int) -> str:
        console = Console(width=width, force_terminal=True, color_system=None, file=io.StringIO())
        with console.capture() as got:
            console.print(TreeText(TREE, ("la robe",), ("m",)))
        return got.get()

    assert "la 90" in shown(60)
    assert "jupe" in shown(30)
    assert "la 90" not in shown(30)
    assert "jupe" not in shown(24)


def test_a_search_that_has_found_nothing_yet() -> None:
    young = TreeFigure(TREE.upto(2), "translate-en-fr", ())
    for form in ("svg", "text", "json", "npz"):
        assert len(figures_bytes([young], form, COLUMN)) > 50
    assert "…" in young.heading


def test_no_node_at_all() -> None:
    empty = TreeFigure(dataclasses.replace(TREE, nodes=()), "m", ())
    assert empty.sheet(FigureStyle()).height > 0
    assert empty.arrays()["weights"].shape == (0, len(TREE.source))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format(form: str) -> None:
    check_format((FIGURE,), form)


ODD = st.sampled_from(["<b>&\"'", "\x1b[31m", "日本語", "👩‍👩‍👧", "\u202e", "\ufffe", "a" * 60, "mmmmmmmmmmmm"])
NAMES = st.lists(st.text(min_size=1, max_size=9) | ODD, min_size=10, max_size=10)


@settings(max_examples=25)
@given(names=NAMES)
def test_any_label_is_drawn_safely(names: list[str]) -> None:
    nodes = tuple(
        dataclasses.replace(node, step=dataclasses.replace(node.step, label=name, piece=name))
        for node, name in zip(TREE.nodes, names, strict=True)
    )
    figure = TreeFigure(Tree(TREE.source, TREE.controls, TREE.options, nodes), "m<", (names[0],))
    root = ElementTree.fromstring(figures_bytes([figure], "svg", FigureStyle()))
    assert not list(root.iter("b"))
    assert "\x1b" not in figures_bytes([figure], "text", FigureStyle()).decode()
    boxes = tokens(figure.sheet(FigureStyle()))
    assert len(boxes) == 10
    json.loads(figures_bytes([figure], "json", FigureStyle()))
