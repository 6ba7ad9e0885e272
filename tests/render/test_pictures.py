"""Pictures with attention laid over them, in pixels, half blocks and glyphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from explorer.render.filmstrip import GAP, strip_layout, strip_lines
from explorer.render.palette import ColorDepth, Palette
from explorer.render.pictures import (
    DARKEST,
    CellMarks,
    Overlay,
    cell_at,
    glyph_lines,
    half_blocks,
    local_window,
    marked,
    overlaid,
    relative,
)
from explorer.runtime.trace import Picture, Step

BASE = Style.null()
GLYPHS = Palette(depth=ColorDepth.NONE)


def white(rows: int = 2, columns: int = 2, height: int = 8, width: int = 8) -> Picture:
    return Picture("white", rows, columns, np.ones((3, height, width), dtype=np.float32))


def step(weights: list[float], label: str = "dog", forced: bool = False) -> Step:
    row = np.array(weights, dtype=np.float32)
    return Step(0, 4, label, label, -0.1, forced, (), row, row, float("nan"), np.zeros(1, dtype=np.float32))


def test_brightness_is_the_share_of_the_greatest_weight() -> None:
    weights = np.array([0.1, 0.4, 0.0, 0.2], dtype=np.float32)
    image = overlaid(white(), weights, 4, 4, Overlay.BRIGHTNESS, Palette())
    expected = [255 * (DARKEST + (1 - DARKEST) * share) for share in (0.25, 1.0, 0.0, 0.5)]
    np.testing.assert_allclose(image[::2, ::2, 0].ravel(), expected, atol=1)


def test_heat_paints_the_heaviest_cell_most() -> None:
    weights = np.array([0.0, 1.0, 0.0, 0.0], dtype=np.float32)
    image = overlaid(white(), weights, 4, 4, Overlay.HEAT, Palette("viridis")).astype(int)
    assert image[0, 0].tolist() == [191, 191, 191]  # the picture in grey
    assert image[0, 3, 2] < image[0, 3, 0]  # viridis ends in yellow


def test_the_picture_alone_is_as_it_was() -> None:
    weights = np.array([1.0, 0.0, 0.0, 0.0], dtype=np.float32)
    assert (overlaid(white(), weights, 8, 8, Overlay.NONE, Palette()) == 255).all()


def test_no_attention_leaves_the_picture_dark() -> None:
    assert relative(np.zeros(4)).tolist() == [0.0] * 4
    image = overlaid(white(), np.zeros(4, dtype=np.float32), 8, 8, Overlay.BRIGHTNESS, Palette())
    assert (image == round(255 * DARKEST)).all()


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 80), st.integers(1, 80), st.sampled_from(list(Overlay)))
def test_any_grid_at_any_size(rows: int, columns: int, height: int, width: int, overlay: Overlay) -> None:
    weights = np.random.default_rng(0).random(rows * columns).astype(np.float32)
    picture = Picture("any", rows, columns, np.random.default_rng(1).random((3, 31, 17)).astype(np.float32))
    image = overlaid(picture, weights, height, width, overlay, Palette())
    assert image.shape == (height, width, 3)
    drawn = marked(image, picture, CellMarks(rows * columns - 1, frozenset({0}), (0, 0, 0, 0)), (1, 2, 3), (4, 5, 6))
    assert drawn.shape == image.shape


def test_the_cursor_frames_its_cell() -> None:
    image = np.zeros((8, 8, 3), dtype=np.uint8)
    drawn = marked(image, white(), CellMarks(cursor=1), (1, 1, 1), (2, 2, 2))[..., 0]
    expected = np.zeros((8, 8), dtype=int)
    expected[0:4, 4:8] = 1
    expected[1:3, 5:7] = 0
    np.testing.assert_array_equal(drawn, expected)
    assert not image.any()  # the image itself is left as it was


def test_masked_cells_are_hatched() -> None:
    drawn = marked(np.zeros((6, 6, 3), dtype=np.uint8), white(), CellMarks(masked=frozenset({3})), (1, 1, 1), (9, 9, 9))
    assert drawn[..., 0].tolist()[:3] == [[0] * 6] * 3
    assert drawn[3:, 3:, 0].tolist() == [[9, 0, 0], [0, 0, 9], [0, 9, 0]]


def test_the_window_over_cells_is_clipped() -> None:
    picture = white(8, 8)
    assert local_window((3.4, 4.0), 2.0, picture) == (2, 2, 5, 6)
    assert local_window((0.2, 7.0), 2.0, picture) == (0, 5, 2, 7)


def test_half_blocks_pair_rows_and_join_neighbours() -> None:
    image = np.zeros((2, 3, 3), dtype=np.uint8)
    image[0, :2] = (255, 0, 0)
    (line,) = half_blocks(image, BASE)
    assert [segment.text for segment in line] == ["▀▀", "▀"]
    style = line[0].style
    assert style is not None
    assert style.color is not None
    assert style.color.triplet == (255, 0, 0)
    assert style.bgcolor is not None
    assert style.bgcolor.triplet == (0, 0, 0)


def test_glyphs_shade_the_cells() -> None:
    weights = np.array([1.0, 0.0, 0.3, 0.6])
    lines = glyph_lines(weights, white(), 8, 3, BASE)
    assert [segment.text for line in lines for segment in line] == ["████    ", "████    ", "▒▒▒▒▓▓▓▓"]
    assert [line[0].text for line in glyph_lines(weights, white(), 4, 1, BASE)] == ["██▓▓"]


@pytest.mark.parametrize(("x", "y", "cell"), [(0, 0, 0), (9, 0, 1), (4, 4, 2), (9, 4, 3), (10, 0, None), (0, 5, None)])
def test_the_cell_under_the_mouse(x: int, y: int, cell: int | None) -> None:
    assert cell_at(x, y, 10, 5, white()) == cell


@pytest.mark.parametrize("palette", [Palette(), GLYPHS])
def test_a_strip_has_a_frame_a_word(palette: Palette) -> None:
    picture = white()
    layout = strip_layout(picture, 30, 5)
    assert (layout.width, layout.lines, layout.visible) == (8, 4, 3)
    steps = [step([1.0, 0, 0, 0], "a"), step([0, 1.0, 0, 0], "dog"), step([0, 0, 1.0, 0], "runs", forced=True)]
    lines = strip_lines(picture, steps, ["a", "dog", "runs"], layout, Overlay.BRIGHTNESS, palette, cursor=1)
    assert len(lines) == layout.height
    assert {sum(len(each.text) for each in line) for line in lines} == {3 * layout.width + 2 * GAP}
    assert "".join(each.text for each in lines[-1]).split() == ["a", "dog", "*runs"]
    highlighted = [each.text.strip() for each in lines[-1] if each.style is not None and each.style.reverse]
    assert highlighted == ["dog"]


def test_a_strip_follows_the_cursor() -> None:
    layout = strip_layout(white(), 30, 5)
    assert layout.scrolled_to(0, 0) == 0
    assert layout.scrolled_to(5, 0) == 3
    assert layout.scrolled_to(2, 4) == 2
