"""Colours, glyphs and rows of a difference."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from rich.segment import Segment
from rich.style import Style

from explorer.render import colormaps, diverging
from explorer.render.difference import difference_line, distance_label
from explorer.render.diverging import STEPS, DivergingPalette
from explorer.render.grid import GridStyle
from explorer.render.layout import Zoom, grid_layout
from explorer.render.palette import LEAST_CONTRAST, ColorDepth, contrast, lightness
from explorer.render.picture_difference import difference_glyphs, difference_over, relative_difference
from explorer.runtime.trace import Picture

COLOR_DEPTHS = (ColorDepth.TRUECOLOR, ColorDepth.EIGHT_BIT)
GLYPHS = DivergingPalette(ColorDepth.NONE)
BASE = Style.parse("on #0d1117")
LABELS = ("the", "pink", "dress", "END")
ROW = np.array([0.0, -0.82, 0.41, 0.04], dtype=np.float32)


def text(line: list[Segment]) -> str:
    return "".join(segment.text for segment in line)


def test_the_committed_table_is_that_of_cmap() -> None:
    assert "".join(diverging._ICEFIRE) == colormaps.tabulate(diverging.NAME)


@pytest.mark.parametrize("depth", COLOR_DEPTHS)
def test_a_greater_difference_is_never_darker_on_either_side(depth: ColorDepth) -> None:
    table = DivergingPalette(depth).table
    assert len(table) == 2 * STEPS + 1
    for side in (table[1 : STEPS + 1], table[STEPS + 1 :]):
        values = [lightness(color) for color in (table[0], *side)]
        assert all(after >= before - 0.3 for before, after in itertools.pairwise(values))
        assert values[-1] - values[0] > 60
        assert len(set(side)) >= 9


@pytest.mark.parametrize("depth", COLOR_DEPTHS)
def test_the_sides_have_hues_of_their_own_and_readable_figures(depth: ColorDepth) -> None:
    palette = DivergingPalette(depth)
    for size in (0.3, 0.5, 0.75):
        red, _, blue = palette.background(size)
        assert red > blue + 30
        red, _, blue = palette.background(-size)
        assert blue > red + 30
    for style in palette.styles_on(BASE):
        assert style.color is not None
        assert style.bgcolor is not None
        assert contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor()) >= LEAST_CONTRAST


def test_levels() -> None:
    palette = DivergingPalette()
    assert [palette.level(value) for value in (0.0, 1.0, 2.0, -1.0, 0.5)] == [0, STEPS, STEPS, 2 * STEPS, 64]
    values = np.linspace(-1.2, 1.2, 25, dtype=np.float32)
    assert palette.levels(values) == [palette.level(float(value)) for value in values]


def test_glyphs_point_to_the_side_that_looks_more() -> None:
    assert [GLYPHS.glyph(value) for value in (0.0, 0.02, 0.1, 0.3, 0.9)] == [" ", " ", "›", "»", "►"]
    assert [GLYPHS.glyph(-value) for value in (0.02, 0.1, 0.3, 0.9)] == [" ", "‹", "«", "◄"]
    assert not DivergingPalette(ColorDepth.EIGHT_BIT).uses_glyphs
    assert DivergingPalette(ColorDepth.STANDARD).uses_glyphs


@pytest.mark.parametrize(
    ("found", "agrees", "label"),
    [(0.314, True, "0.31 ="), (1.0, False, "1.00 ≠"), (math.nan, None, "   –  ")],
)
def test_the_label_of_a_row(found: float, agrees: bool | None, label: str) -> None:
    assert distance_label(found, agrees) == label


@pytest.mark.parametrize(
    ("palette", "width", "zoom", "cells"),
    [
        (DivergingPalette(), 60, Zoom.WIDE, ["      ", " −82  ", " +41  ", "      "]),
        (GLYPHS, 60, Zoom.WIDE, ["      ", "◄◄◄−82", "»»»+41", "››››››"]),
        (GLYPHS, 28, Zoom.FIT, ["    ", "◄−82", "»+41", "››››"]),
        (GLYPHS, 60, Zoom.CELL, ["  ", "◄◄", "»»", "››"]),
    ],
)
def test_a_row(palette: DivergingPalette, width: int, zoom: Zoom, cells: list[str]) -> None:
    layout = grid_layout(LABELS, (), width, 12, zoom)
    line = difference_line(layout, palette, "0.31 =", ROW, style=GridStyle(blank=BASE))
    assert sum(segment.cell_length for segment in line) == width
    assert text(line).rstrip() == (" 0.31 = " + " ".join(cells)).rstrip()


def test_a_row_after_other_tokens_and_the_cursor() -> None:
    layout = grid_layout(LABELS, (), 60, 12, Zoom.WIDE)
    line = difference_line(layout, GLYPHS, "0.31 =", ROW, parted=True, cursor=True, cursor_column=1)
    assert text(line).startswith("╎0.31 =")
    assert "[◄◄◄−82]" in text(line)


def test_a_hundred_in_three_cells_loses_its_sign() -> None:
    layout = grid_layout(LABELS, (), 24, 12)
    assert layout.style.width == 3
    drawn = difference_line(layout, DivergingPalette(), "", np.array([1.0, -1.0, 0.5, -0.5], dtype=np.float32))
    assert text(drawn).split() == ["100", "100", "+50", "−50"]


def picture() -> Picture:
    return Picture("grey", 2, 2, np.full((3, 8, 8), 0.5, dtype=np.float32))


def test_a_picture_is_lit_relative_to_the_greatest_difference() -> None:
    differences = np.array([0.0, 0.02, -0.04, 0.0], dtype=np.float32)
    np.testing.assert_allclose(relative_difference(differences), [0.0, 0.5, -1.0, 0.0])
    np.testing.assert_array_equal(relative_difference(np.zeros(4, dtype=np.float32)), np.zeros(4))
    image = difference_over(picture(), differences, 8, 8, DivergingPalette()).astype(int)
    plain, right, left = image[0, 0], image[0, 7], image[7, 0]
    assert plain[0] == plain[1] == plain[2]
    assert right[0] > right[2]
    assert left[2] > left[0]


def test_a_picture_in_glyphs() -> None:
    differences = np.array([0.0, 0.02, -0.04, 0.0], dtype=np.float32)
    lines = difference_glyphs(picture(), differences, 4, 2, GLYPHS, BASE)
    assert [text(line) for line in lines] == ["  ►►", "◄◄  "]
    (line,) = difference_glyphs(picture(), differences, 2, 1, GLYPHS, BASE)
    assert text(line) == "◄►"
