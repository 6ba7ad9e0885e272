"""Blocks and their greatest weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.marks import GridStyle
from explorer.render.overview import overview_head, overview_layout, overview_row
from explorer.render.palette import Palette
from explorer.render.pooling import Blocks, blocks_for, pooled


@given(st.integers(1, 600), st.integers(1, 600), st.integers(1, 60), st.integers(1, 200))
def test_all_of_the_grid_is_seen_in_the_smallest_blocks(tgt_len: int, src_len: int, lines: int, cells: int) -> None:
    blocks = blocks_for(tgt_len, src_len, lines, cells)
    assert blocks.down <= lines
    assert blocks.across <= cells
    for rows, columns in ((blocks.rows - 1, blocks.columns), (blocks.rows, blocks.columns - 1)):
        if rows and columns:
            smaller = Blocks(tgt_len, src_len, rows, columns)
            assert smaller.down > lines or smaller.across > cells
    seen = [row for block in range(blocks.down) for row in blocks.rows_of(block)]
    assert seen == list(range(tgt_len))


@given(st.integers(1, 9), st.integers(1, 50), st.integers(1, 4), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_a_block_has_its_greatest_weight(tgt_len: int, src_len: int, rows: int, columns: int, seed: int) -> None:
    weights = np.random.default_rng(seed).random((tgt_len, src_len)).astype(np.float32)
    wanted = [
        [weights[top : top + rows, start : start + columns].max() for start in range(0, src_len, columns)]
        for top in range(0, tgt_len, rows)
    ]
    np.testing.assert_array_equal(pooled(weights, rows, columns), np.array(wanted, dtype=np.float32))


def test_what_a_cell_stands_for_is_said() -> None:
    assert blocks_for(512, 512, 37, 100).said == "each cell: maximum of 14 × 6"
    assert blocks_for(5, 6, 37, 100).said == "each cell: one weight"


@pytest.mark.parametrize("width", [20, 58, 120])
def test_lines_are_as_wide_as_the_layout(width: int) -> None:
    layout, blocks = overview_layout([f"mot{row}" for row in range(90)], 200, width, 24)
    for y in range(2):
        assert sum(len(each.text) for each in overview_head(layout, blocks, y, 199, "staircases", GridStyle())) == width
    weights = np.linspace(0, 1, blocks.across, dtype=np.float32)
    line = overview_row(layout, blocks, 3, weights, "robe", Palette(), (12, 40), GridStyle())
    assert sum(len(each.text) for each in line) == width
    assert "robe" in "".join(each.text for each in line)


def test_the_ruler_counts_source_positions() -> None:
    layout, blocks = overview_layout(["a"] * 100, 300, 58, 30)
    text = "".join(each.text for each in overview_head(layout, blocks, 1, None, "", GridStyle()))
    numbers = text.split()
    assert numbers[0] == "0"
    for number in numbers[:-1]:
        block, inside = divmod(int(number), blocks.columns)
        assert inside == 0
        assert text.index(f"{number} ", layout.cell_start(block)) == layout.cell_start(block)


def test_the_cursor_s_source_token_is_named_over_its_block() -> None:
    layout, blocks = overview_layout(["a"] * 100, 300, 58, 30)
    text = "".join(each.text for each in overview_head(layout, blocks, 0, 60, "dress", GridStyle()))
    assert text.index("dress") == layout.cell_start(60 // blocks.columns)
    text = "".join(each.text for each in overview_head(layout, blocks, 0, 299, "dress", GridStyle()))
    assert text.endswith("dress")
