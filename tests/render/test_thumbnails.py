"""Small pictures of attention maps."""

from __future__ import annotations

import numpy as np
import pytest
from rich.segment import Segment
from rich.style import Style

from explorer.render.palette import ColorDepth, Palette
from explorer.render.pooling import pooled
from explorer.render.thumbnails import thumbnail_layout, thumbnail_lines

COLOR = Palette()
GLYPHS = Palette(depth=ColorDepth.NONE)
BASE = Style.parse("on #0d1117")


def text(line: list[Segment]) -> str:
    return "".join(segment.text for segment in line)


@pytest.mark.parametrize(
    ("rows", "columns", "width", "height", "pool", "scale"),
    [(10, 10, 10, 5, 1, 1), (10, 10, 20, 10, 1, 2), (10, 10, 20, 5, 1, 1), (12, 20, 10, 6, 2, 1), (33, 8, 8, 4, 5, 1)],
)
def test_the_scale_that_fits(rows: int, columns: int, width: int, height: int, pool: int, scale: int) -> None:
    layout = thumbnail_layout(rows, columns, width, height, COLOR)
    assert (layout.pool, layout.scale) == (pool, scale)
    assert layout.lines <= height


@pytest.mark.parametrize(
    ("rows", "columns", "width", "height", "down", "across", "said"),
    [
        (14, 13, 31, 8, (1, 1), (1, 2), ""),
        (14, 13, 17, 4, (2, 1), (1, 1), "a dot is the greatest of 2×1"),
        (14, 60, 17, 4, (2, 1), (4, 1), "a dot is the greatest of 2×4"),
        (4, 4, 60, 4, (1, 2), (1, 6), ""),  # no dot more than three times as wide as high
    ],
)
def test_rows_and_columns_each_as_fine_as_there_is_room(
    rows: int, columns: int, width: int, height: int, down: tuple[int, int], across: tuple[int, int], said: str
) -> None:
    layout = thumbnail_layout(rows, columns, width, height, COLOR, square=False)
    assert (layout.pool, layout.scale) == down
    assert (layout.pool_across, layout.scale_across) == across
    assert layout.said == said
    lines = thumbnail_lines(layout, COLOR, np.eye(rows, columns, dtype=np.float32), BASE)
    assert len(lines) == height
    assert {sum(segment.cell_length for segment in line) for line in lines} == {width}


def test_glyphs_have_one_row_a_line() -> None:
    assert thumbnail_layout(10, 10, 10, 5, GLYPHS).pool == 2
    assert thumbnail_layout(5, 10, 10, 5, GLYPHS).pool == 1


def test_pooling_keeps_the_greatest_weight() -> None:
    weights = np.array([[0.1, 0.9, 0.0], [0.2, 0.3, 0.4], [np.nan, np.nan, 0.5]], dtype=np.float32)
    np.testing.assert_array_equal(pooled(weights, 2, 2), np.array([[0.9, 0.4], [np.nan, 0.5]], dtype=np.float32))


def test_two_rows_share_a_line_in_half_blocks() -> None:
    weights = np.array([[1.0, 0.0], [0.0, 0.0], [0.5, 0.5]], dtype=np.float32)
    layout = thumbnail_layout(4, 2, 3, 2, COLOR)
    first, second = thumbnail_lines(layout, COLOR, weights, BASE)
    assert text(first) == "▀  "
    style = first[0].style
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    assert style.color.triplet == COLOR.background(1.0)
    assert style.bgcolor.triplet == COLOR.background(0.0)
    assert text(second) == "▀▀ "  # the row that is not there yet is no weight of 0
    assert second[0].style is not None
    assert second[0].style.bgcolor == BASE.bgcolor


def test_glyphs_and_a_triangle() -> None:
    weights = np.array([[1.0, np.nan], [0.0, 0.6]], dtype=np.float32)
    lines = thumbnail_lines(thumbnail_layout(2, 2, 2, 2, GLYPHS), GLYPHS, weights, BASE)
    assert [text(line) for line in lines] == ["█ ", "·▓"]


def test_a_removed_head_is_hatched_and_dimmed() -> None:
    weights = np.array([[1.0, np.nan]], dtype=np.float32)
    (line,) = thumbnail_lines(thumbnail_layout(1, 2, 2, 1, COLOR), COLOR, weights, BASE, removed=True)
    assert text(line) == "╱ "
    assert line[0].style is not None
    assert line[0].style.bgcolor is not None
    assert line[0].style.bgcolor.triplet == COLOR.background(0.4)


def test_every_line_has_its_width() -> None:
    weights = np.random.default_rng(1).random((7, 9), dtype=np.float32)
    for width, height in ((4, 2), (9, 3), (30, 12)):
        lines = thumbnail_lines(thumbnail_layout(12, 9, width, height, COLOR), COLOR, weights, BASE)
        assert len(lines) == height
        assert {len(text(line)) for line in lines} == {width}
