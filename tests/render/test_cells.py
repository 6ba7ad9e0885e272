"""Text in cells: wide, combining, emoji and hostile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from explorer.render.cells import clean, graphemes, pad_center, pad_left, pad_right, truncate, upright, width_of


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("staircase", 6, "stair…"), ("girl", 6, "girl"), ("日本語", 4, "日…"), ("日本語", 5, "日本…"), ("abc", 0, "")],
)
def test_truncate(text: str, width: int, expected: str) -> None:
    assert truncate(text, width) == expected


def test_a_combining_mark_stays_with_its_letter() -> None:
    assert [piece.text for piece in graphemes("e\u0301a")] == ["e\u0301", "a"]
    assert truncate("e\u0301te\u0301s", 3) == "e\u0301t…"


def test_a_lone_combining_mark_gets_a_circle_and_one_cell() -> None:
    assert graphemes("\u0301") == [("\u25cc\u0301", 1)]


def test_control_and_reordering_characters_are_replaced() -> None:
    assert clean("a\x1b[2Jb\u202ec\n") == "a\ufffd[2Jb\ufffdc\ufffd"


def test_joiners_cannot_reach_a_neighbouring_cell() -> None:
    assert clean("\u200da\u200d") == "a"


def test_upright_is_bounded_and_ends_in_dots() -> None:
    assert "".join(piece.text for piece in upright("wooden", 6)) == "wooden"
    assert "".join(piece.text for piece in upright("staircase", 4)) == "sta…"


@given(st.text(max_size=20), st.integers(0, 25))
def test_padding_takes_exactly_the_width(text: str, width: int) -> None:
    for pad in (pad_left, pad_center, pad_right):
        assert cell_len(pad(text, width)) == width


@given(st.text(max_size=20))
def test_width_is_that_of_the_graphemes(text: str) -> None:
    pieces = graphemes(text)
    assert all(piece.width in (1, 2) for piece in pieces)
    assert cell_len("".join(piece.text for piece in pieces)) == width_of(text)
