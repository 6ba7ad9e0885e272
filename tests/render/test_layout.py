"""Where columns go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.layout import CELL_STYLE, Zoom, grid_layout, label_text

WORDS = ("the", "pink", "dress", "of", "my", "grandmother", "END")


def test_zooms_follow_each_other() -> None:
    assert [zoom.next() for zoom in Zoom] == [Zoom.CELL, Zoom.WIDE, Zoom.ALL, Zoom.FIT]


def test_wide_has_horizontal_heads_and_figures() -> None:
    layout = grid_layout(WORDS, ("la",), 100, 30, Zoom.WIDE)
    assert (layout.style.width, layout.style.gap, layout.style.upright, layout.style.numbers) == (7, 1, False, True)
    assert layout.header_height == 1
    assert layout.flat_heads == ("  the  ", " pink  ", " dress ", "  of   ", "  my   ", "grandm…", "  END  ")


def test_wide_takes_the_smaller_cell_where_only_that_fits() -> None:
    room = 8 + 7 * 7 - 1
    assert grid_layout(WORDS, ("la",), room, 30, Zoom.WIDE).style.width == 6
    assert grid_layout(WORDS, ("la",), room + 7, 30, Zoom.WIDE).style.width == 7


def test_cell_is_two_wide_with_a_gap_under_upright_heads() -> None:
    layout = grid_layout(WORDS, ("la",), 100, 60, Zoom.CELL)
    assert layout.style == CELL_STYLE
    assert layout.header_height == len("grandmother")
    assert "".join(piece.text for piece in layout.heads[5]) == "grandmother"


def test_fit_shows_whole_words_where_there_is_room() -> None:
    layout = grid_layout(WORDS, ("la",), 120, 30)
    assert layout.style.width == len("grandmother")
    assert not layout.style.upright


@pytest.mark.parametrize(
    ("columns", "width", "expected"),
    [
        (16, 119, (6, 1)),
        (16, 118, (4, 1)),
        (20, 90, (3, 1)),
        (24, 80, (2, 1)),
        (30, 80, (2, 0)),
        (60, 80, (1, 0)),
        (60, 68, (1, 0)),
    ],
)
def test_fit_takes_the_widest_style_that_shows_every_column(
    columns: int, width: int, expected: tuple[int, int]
) -> None:
    layout = grid_layout(["word"] * columns, ("la",), width, 30)
    assert (layout.style.width, layout.style.gap) == expected
    assert not layout.pans
    assert layout.visible_columns() == columns


def test_what_does_not_fit_pans() -> None:
    layout = grid_layout(["word"] * 60, ("la",), 60, 30)
    assert layout.pans
    assert layout.visible_columns() == 60 - layout.gutter - 1
    assert layout.last_first_column() == 60 - layout.visible_columns()


def test_wide_characters_keep_two_cells() -> None:
    layout = grid_layout(["日本"] * 40, ("la",), 60, 30)
    assert layout.style.pitch == 2
    assert layout.pans


def test_an_upright_head_is_bounded_by_the_height() -> None:
    layout = grid_layout(["staircases"] * 30, ("la",), 60, 15)
    assert layout.header_height == 5
    assert "".join(piece.text for piece in layout.heads[0]) == "stai…"


def test_the_label_column_is_bounded_and_does_not_start_too_small() -> None:
    assert grid_layout(WORDS, (), 100, 30).gutter == 8
    assert grid_layout(WORDS, ("communautaire",), 100, 30).gutter == 15
    assert grid_layout(WORDS, ("anticonstitutionnellement",), 100, 30).gutter == 16
    assert grid_layout(WORDS, ("anticonstitutionnellement",), 24, 30).gutter == 8
    assert label_text(grid_layout(WORDS, ("x",), 24, 30), "communautaire") == "commu…"


@given(st.integers(1, 80), st.integers(10, 200), st.sampled_from(list(Zoom)), st.data())
def test_columns_are_found_where_they_are_drawn(columns: int, width: int, zoom: Zoom, data: st.DataObject) -> None:
    layout = grid_layout(["word"] * columns, ("la",), width, 30, zoom)
    column = data.draw(st.integers(0, columns - 1))
    first = layout.scrolled_to(column, data.draw(st.integers(0, columns)))
    assert 0 <= first <= layout.last_first_column()
    if layout.visible_columns():
        assert first <= column < first + layout.visible_columns()
        x = layout.cell_start(column, first)
        assert x + layout.style.width <= width
        assert layout.column_at(x, first) == column
        assert layout.column_at(x + layout.style.width - 1, first) == column
    assert layout.column_at(layout.gutter - 1, first) is None
