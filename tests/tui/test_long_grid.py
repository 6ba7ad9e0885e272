"""A grid of 512 × 512: pans, zooms out, and costs what is seen of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from textual.app import App, ComposeResult

from explorer.render.layout import Zoom
from explorer.render.palette import Palette
from explorer.tui.view import View
from explorer.tui.widgets.grid import AttentionGrid
from tests.tui.long_trace import long_snapshot

LONG, SHORT = 512, 40
MOST = 1.5
"""What a frame of the long grid may cost, in frames of the short one."""
TRIFLE = 0.0005
"""Seconds of a frame that nobody waits for."""


class GridApp(App[None]):
    """Nothing but a grid."""

    def compose(self) -> ComposeResult:
        yield AttentionGrid(id="grid")


@asynccontextmanager
async def shown(length: int, zoom: Zoom) -> AsyncIterator[tuple[AttentionGrid, View]]:
    app = GridApp()
    async with app.run_test(size=(120, 40)) as pilot:
        grid = app.query_one(AttentionGrid)
        view = View(long_snapshot(length, length), Palette(), zoom=zoom)
        grid.view = view
        await pilot.pause()
        yield grid, view


def text_of(grid: AttentionGrid) -> list[str]:
    return [strip.text for strip in grid.strips()]


@pytest.mark.parametrize("zoom", list(Zoom))
async def test_every_line_fills_the_width(zoom: Zoom) -> None:
    async with shown(LONG, zoom) as (grid, view):
        for row, column in ((0, 0), (LONG - 1, LONG - 1), (200, 17)):
            grid.view = view.replace(row=row, column=column)
            strips = grid.strips()
            assert len(strips) == 40
            assert {strip.cell_length for strip in strips} == {120}


@pytest.mark.parametrize("zoom", [Zoom.FIT, Zoom.CELL, Zoom.WIDE])
async def test_the_cursor_pans_to_the_last_corner(zoom: Zoom) -> None:
    async with shown(LONG, zoom) as (grid, view):
        assert "mot0" in "\n".join(text_of(grid))
        grid.view = view.replace(row=LONG - 1, column=LONG - 1)
        assert "mot511" in text_of(grid)[-1]
        assert "pans with" in str(grid.border_subtitle)


async def test_zoomed_out_all_is_seen_and_the_border_says_how() -> None:
    async with shown(LONG, Zoom.ALL) as (grid, view):
        assert "each cell: maximum of 14 × 5" in str(grid.border_subtitle)
        lines = text_of(grid)
        assert "mot0" in lines[2]
        assert "mot504" in lines[2 + 504 // 14]
        grid.view = view.replace(row=505, column=511)
        assert "mot505" in text_of(grid)[2 + 504 // 14]
        assert text_of(grid)[0].rstrip().endswith("word511")


async def test_a_click_in_the_overview_chooses_the_middle_of_a_block() -> None:
    async with shown(LONG, Zoom.ALL) as (grid, view):
        layout, blocks = grid._overview.layout(view, grid.size)
        from textual.geometry import Offset

        place = Offset(layout.cell_start(10), 2 + 5)
        assert grid._overview.cell_at(view, grid.size, place) == (5 * blocks.rows + 7, 10 * blocks.columns + 2)
        assert grid._overview.cell_at(view, grid.size, Offset(0, 7)) == (5 * blocks.rows + 7, None)
        assert grid._overview.cell_at(view, grid.size, Offset(50, 39)) is None


async def test_a_new_row_redraws_its_own_block_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import explorer.tui.widgets.overview as overview

    async with shown(LONG, Zoom.ALL) as (grid, view):
        grid.strips()
        drawn = []
        real = overview.overview_row
        monkeypatch.setattr(overview, "overview_row", lambda *given: drawn.append(given[2]) or real(*given))
        grid.view = view.replace(row=100, column=3)
        grid.strips()
        assert sorted(set(drawn)) == [0, 100 // 14]


@pytest.mark.parametrize("zoom", list(Zoom))
async def test_a_frame_costs_what_is_seen(zoom: Zoom) -> None:
    """The least of many interleaved frames: what disturbs the machine only ever adds.

    An overview of which two lines change is drawn in a quarter of a millisecond, less than a clock can be trusted with.
    """
    async with shown(LONG, zoom) as (long, long_view), shown(SHORT, zoom) as (short, short_view):
        best = {LONG: np.inf, SHORT: np.inf}
        for turn in range(90):
            for length, grid, view in ((LONG, long, long_view), (SHORT, short, short_view)):
                moved = view.replace(row=turn * 7 % length, column=turn * 11 % length)
                began = time.perf_counter()
                grid.view = moved
                grid._strips = None
                grid.strips()
                if turn >= 10:
                    best[length] = min(best[length], time.perf_counter() - began)
        assert best[LONG] <= max(MOST * best[SHORT], TRIFLE), best
