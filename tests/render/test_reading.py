"""The lines of the reading view, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from explorer.render.marks import RowMarks
from explorer.render.palette import ColorDepth, Palette, contrast
from explorer.render.reading import (
    ReadingStyle,
    SourceHeat,
    readout_line,
    rule_line,
    target_line,
    target_tokens,
)
from explorer.render.reading_layout import Part, ReadingLayout, reading_layout, scrolled, text_width
from explorer.render.wrapping import wrapped
from tests.render.test_grid import plain, style_at

GLYPHS = Palette(depth=ColorDepth.NONE)
TEXTS = ("the", "girl", "climb", "ing", "a", "wooden", "staircase", "END")
JOINED = (False, False, False, True, False, False, False, False)
WEIGHTS = np.array([0.04, 0.0, 0.1, 0.56, 0.0, 0.06, 0.24, 0.0], dtype=np.float32)
WIDTH = 14


def layout_of(height: int = 20, *, notes: bool = False, width: int = WIDTH) -> ReadingLayout:
    source = wrapped(TEXTS, JOINED, width)
    return reading_layout(source, wrapped(("la",), (False,), width), height, notes=notes)


def heat_of(
    palette: Palette = GLYPHS,
    *,
    height: int = 20,
    marks: RowMarks | None = None,
    cursor: int | None = None,
    style: ReadingStyle | None = None,
    weights: np.ndarray = WEIGHTS,
) -> SourceHeat:
    layout = layout_of(height, notes=palette.uses_glyphs)
    return SourceHeat(layout, palette, weights, marks or RowMarks(), cursor, style or ReadingStyle())


def drawn(heat: SourceHeat, *, notes: bool = True) -> list[str]:
    lines = []
    for line in range(4):
        lines.append(plain(heat.text_line(line)))
        if notes:
            lines.append(plain(heat.notes_line(line)))
    assert {cell_len(line) for line in lines} == {WIDTH + 2}
    return [line.rstrip() for line in lines]


def test_without_color_the_weights_stand_below_the_text() -> None:
    assert drawn(heat_of()) == [
        " the girl",
        " ░░░",
        " climbing a",
        " 10 ░░●56",
        " wooden",
        " 6 ░░░░",
        " staircase END",
        " 24 ░░░░░░",
    ]


def test_without_color_heavy_pieces_are_bold_and_the_cursor_stands_in_brackets() -> None:
    heat = heat_of(cursor=6)
    assert drawn(heat)[6] == "[staircase]END"
    line = heat.text_line(3)
    assert style_at(line, 3).underline
    assert not style_at(line, 12).underline
    climbing = heat.text_line(1)
    assert not style_at(climbing, 1).bold
    assert style_at(climbing, 6).bold


def test_in_color_the_background_of_every_piece_tells_its_weight() -> None:
    palette = Palette()
    heat = heat_of(palette)
    for line, x, token in ((0, 1, 0), (0, 5, 1), (1, 1, 2), (1, 5, 2), (1, 6, 3), (1, 8, 3), (3, 1, 6), (3, 11, 7)):
        background = style_at(heat.text_line(line), x).bgcolor
        assert background is not None
        assert background.triplet == palette.background(float(WEIGHTS[token])), (line, x)
    blank = style_at(heat.text_line(0), 4).bgcolor
    assert blank is not None
    assert blank.triplet == palette.background(0.0)
    assert drawn(heat)[3] == " 10   ●56"


@pytest.mark.parametrize("depth", [ColorDepth.TRUECOLOR, ColorDepth.EIGHT_BIT])
@pytest.mark.parametrize("name", ["magma", "viridis", "cividis", "mono"])
def test_text_can_be_read_on_every_weight(depth: ColorDepth, name: str) -> None:
    palette = Palette(name, depth=depth)
    marks = RowMarks(masked=frozenset({4}), center=2.0, window=1.0)
    # Signs in the colour of a light theme, which would drown in a dark page.
    dark = Style(color="#0f6f94")
    style = ReadingStyle(cursor=dark, masked=dark, window=dark, center=dark)
    heat = heat_of(palette, marks=marks, cursor=5, style=style)
    for line in range(4):
        for segment in (*heat.text_line(line), *heat.notes_line(line)):
            if segment.text.strip():
                assert segment.style is not None
                color, background = segment.style.color, segment.style.bgcolor
                assert color is not None
                assert background is not None
                assert color.triplet is not None
                assert background.triplet is not None
                assert contrast(color.triplet, background.triplet) >= 4.5, segment


def test_local_attention_has_its_centre_and_the_edges_of_its_window() -> None:
    marks = RowMarks(center=3.9, window=1.0)
    heat = heat_of(marks=marks)
    assert heat._center == 4
    assert drawn(heat)[2:6] == ["▕climbing a▏", " 10 ░░●56 ◇", " wooden", " 6 ░░░░"]


def test_one_sign_for_the_greatest_weight_at_the_centre() -> None:
    assert drawn(heat_of(marks=RowMarks(center=3.0, window=9.0)))[3] == " 10 ░░◆56"


def test_masked_pieces_are_hatched_and_struck_through() -> None:
    heat = heat_of(marks=RowMarks(masked=frozenset({1, 6})))
    lines = drawn(heat)
    assert lines[:2] == [" the╱girl╱", " ░░░ ╱╱╱╱"]
    assert lines[6:] == ["╱staircase╱END", " ╱╱╱╱╱╱╱╱╱"]
    assert style_at(heat.text_line(0), 5).strike
    assert not style_at(heat.text_line(0), 1).strike


def test_the_centre_is_seen_on_a_masked_piece_too() -> None:
    marks = RowMarks(masked=frozenset({6}), center=6.2, window=9.0)
    assert drawn(heat_of(marks=marks))[7] == " ◇╱╱╱╱╱╱╱╱"
    low = heat_of(Palette(), height=7, marks=marks)
    assert drawn(low, notes=False)[3] == "◇staircase╱END▏"


def test_where_there_is_no_room_for_notes_the_signs_stand_beside_the_words() -> None:
    low = heat_of(Palette(), height=7, cursor=6, marks=RowMarks(center=5.0, window=1.0))
    assert drawn(low, notes=False) == [" the girl", " climbing●a", "◇wooden", "▐staircase▌END"]
    assert style_at(low.text_line(1), 6).bold
    assert not style_at(low.text_line(1), 1).bold


def test_the_cursor_that_follows_the_greatest_weight_is_framed_alone() -> None:
    assert drawn(heat_of(Palette(), height=7, cursor=3), notes=False)[1] == " climbing▌a"
    other = heat_of(Palette(), height=7, cursor=3, marks=RowMarks(center=3.0, window=5.0))
    assert drawn(other, notes=False)[1] == " climbing◆a"


def test_without_any_weight_nothing_is_marked() -> None:
    heat = heat_of(weights=np.zeros(8, dtype=np.float32))
    assert drawn(heat) == [" the girl", "", " climbing a", "", " wooden", "", " staircase END", ""]


def test_figures_of_neighbours_never_touch() -> None:
    weights = np.array([0.1, 0.2, 0.0, 0.3, 0.4, 0.0], dtype=np.float32)
    source = wrapped(("a", "b", "c", "d", "e", "f"), (False,) * 6, 20)
    layout = reading_layout(source, wrapped(("x",), (False,), 20), 20, notes=False)
    heat = SourceHeat(layout, Palette(), weights, RowMarks(), None, ReadingStyle())
    assert plain(heat.notes_line(0)).rstrip() == "   20    ●"


@given(
    pieces=st.lists(
        st.tuples(st.sampled_from(["a", "日本", "👩", "e\u0301", "\u0301", "word"]), st.booleans()),
        min_size=1,
        max_size=20,
    ),
    width=st.integers(2, 30),
    seed=st.integers(0, 99),
    depth=st.sampled_from([ColorDepth.NONE, ColorDepth.TRUECOLOR]),
    height=st.integers(1, 40),
)
def test_every_line_has_the_width_of_the_layout(
    pieces: list[tuple[str, bool]], width: int, seed: int, depth: ColorDepth, height: int
) -> None:
    texts = [text for text, _ in pieces]
    joined = [glued and place > 0 for place, (_, glued) in enumerate(pieces)]
    source = wrapped(texts, joined, width)
    layout = reading_layout(source, source, height, notes=depth is ColorDepth.NONE)
    assert len(layout.slots) <= height
    weights = np.random.default_rng(seed).dirichlet(np.full(len(texts), 0.3)).astype(np.float32)
    marks = RowMarks(masked=frozenset({seed % len(texts)}), center=seed % len(texts), window=2.0)
    heat = SourceHeat(layout, Palette(depth=depth), weights, marks, (seed * 7) % len(texts), ReadingStyle())
    for line in range(len(source.lines)):
        assert cell_len(plain(heat.text_line(line))) == layout.width
        assert cell_len(plain(heat.notes_line(line))) == layout.width


# --- target, rule and readout -------------------------------------------------------------------------------------


def target(
    row: int, *, frame: bool = False, copied: Sequence[bool] = (True, False, True, False), width: int = 20
) -> list[list[Segment]]:
    tokens = target_tokens(("oil", "price", "s", "END"), (False, False, True, False), copied, "▌")
    text = wrapped(tokens.texts, tokens.joined, width - 2)
    styles = {3: Style(dim=True)}
    style = ReadingStyle(chosen=Style(reverse=True), marker=Style(italic=True))
    return [
        target_line(text, tokens, line, width, row, styles, frame=frame, style=style) for line in range(len(text.lines))
    ]


def test_copies_have_their_sign_before_them() -> None:
    (line,) = target(1)
    assert plain(line) == " =oil price=s END ▌ "
    assert style_at(line, 1).italic
    assert not style_at(line, 2).italic
    assert style_at(line, 6).reverse
    assert not style_at(line, 12).reverse
    assert style_at(line, 14).dim


def test_a_sign_is_not_parted_from_its_token() -> None:
    assert [plain(line).rstrip() for line in target(1, width=9)] == [" =oil", " price=s", " END ▌"]


def test_without_color_the_cursors_token_stands_in_brackets() -> None:
    assert plain(target(0, frame=True)[0]) == "[=oil]price=s END ▌ "
    assert plain(target(4, frame=True)[0]) == " =oil price=s END[▌]"


def test_a_target_without_tokens_is_a_blank_line() -> None:
    tokens = target_tokens((), (), (), "")
    text = wrapped(tokens.texts, tokens.joined, 8)
    assert plain(target_line(text, tokens, 0, 10, 0, {}, frame=True, style=ReadingStyle())) == " " * 10


@pytest.mark.parametrize(
    ("width", "expected"),
    [(32, " ── target · copied 1 of 2 ──── "), (12, " ── target… ")],
)
def test_the_rule_says_what_it_parts(width: int, expected: str) -> None:
    line = plain(rule_line("target · copied 1 of 2", width, ReadingStyle()))
    assert line == expected


@pytest.mark.parametrize(
    ("width", "expected"),
    [(40, " robe → dress  77.0 %  score 2.31"), (30, " robe → dress  77.0 %"), (14, " robe → dress"), (8, " robe …")],
)
def test_as_much_is_read_out_as_there_is_room_for(width: int, expected: str) -> None:
    line = plain(readout_line("robe → dress", ("77.0 %", "score 2.31"), width, ReadingStyle()))
    assert line.rstrip() == expected
    assert cell_len(line) == width


# --- layout -------------------------------------------------------------------------------------------------------


def parts(layout: ReadingLayout) -> str:
    letters = {Part.TEXT: "t", Part.NOTES: "n", Part.MARGIN: "m", Part.READOUT: "o", Part.RULE: "r", Part.TARGET: "x"}
    return "".join(letters.get(part, " ") for part, _ in layout.slots)


@pytest.mark.parametrize(
    ("height", "expected"),
    [
        (1, "t"),
        (2, "tt"),
        (3, "ttx"),
        (4, "ttrx"),
        (7, "ttttorx"),
        (14, "tntntntnorx"),
        (20, "mtnmtnmtnmtnmo rx"),
    ],
)
def test_what_there_is_room_for(height: int, expected: str) -> None:
    assert parts(layout_of(height)) == expected


def test_without_color_the_notes_come_first() -> None:
    assert parts(layout_of(7, notes=True)) == "tntnorx"


@pytest.mark.parametrize("height", [9, 14, 18, 24, 40])
def test_the_source_stays_where_it_is_while_the_target_grows_as_long(height: int) -> None:
    source = wrapped(TEXTS, JOINED, WIDTH)
    seen = set()
    for count in range(1, len(TEXTS) + 1):
        layout = reading_layout(source, wrapped(TEXTS[:count], JOINED[:count], WIDTH), height, notes=False)
        assert len(layout.slots) <= height
        if layout.source_seen == len(source.lines):
            seen.add((layout.pitch, parts(layout).split("o")[0].rstrip()))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("line", "first", "expected"), [(0, 0, 0), (3, 0, 1), (9, 0, 7), (4, 6, 4), (5, 4, 4), (0, 9, 0), (9, 9, 7)]
)
def test_the_cursors_line_is_seen(line: int, first: int, expected: int) -> None:
    assert scrolled(line, first, 3, 10) == expected


@pytest.mark.parametrize(("width", "expected"), [(38, 36), (128, 80), (1, 1)])
def test_lines_are_no_longer_than_can_be_read(width: int, expected: int) -> None:
    assert text_width(width) == expected
