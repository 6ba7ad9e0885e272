"""The grid zoomed out until all of it is seen."""

from __future__ import annotations

import operator
from functools import lru_cache

import numpy as np
from textual.geometry import Offset, Size
from textual.strip import Strip

from explorer.render.layout import GridLayout
from explorer.render.marks import NEXT_STEP, GridStyle
from explorer.render.overview import HEADER_HEIGHT, overview_head, overview_layout, overview_row
from explorer.render.pooling import Blocks, Weights, pooled
from explorer.runtime.trace import Step
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import View


@lru_cache(maxsize=4)
def _layout(labels: tuple[str, ...], pending: bool, src_len: int, width: int, height: int) -> tuple[GridLayout, Blocks]:
    return overview_layout((*labels, NEXT_STEP) if pending else labels, src_len, width, height)


def _greatest(steps: tuple[Step, ...], blocks: Blocks) -> Weights:
    """Return the greatest weights of one row of blocks, (blocks across,)."""
    weights: Weights = pooled(np.stack([step.weights for step in steps]), len(steps), blocks.columns)[0]
    return weights


class OverviewLines:
    """Draws the overview; greatest weights and drawn lines of blocks that have not changed are kept."""

    def __init__(self) -> None:
        self._pooled: dict[int, tuple[Snapshot, tuple[Step, ...], Weights]] = {}
        self._drawn: dict[int, tuple[Weights, tuple[object, ...], Strip]] = {}
        self._style: GridStyle | None = None
        self._layout: GridLayout | None = None
        self._blocks: Blocks | None = None

    def layout(self, view: View, size: Size) -> tuple[GridLayout, Blocks]:
        """Return the geometry of a view in a given size."""
        snapshot = view.snapshot
        return _layout(snapshot.labels, snapshot.pending, len(snapshot.trace.source), size.width, size.height)

    def strips(self, view: View, size: Size, style: GridStyle) -> list[Strip]:
        """Return every line."""
        layout, blocks = self.layout(view, size)
        if layout is not self._layout or style is not self._style:
            self._layout, self._style = layout, style
            self._drawn.clear()
        if self._blocks is None or (blocks.rows, blocks.columns) != (self._blocks.rows, self._blocks.columns):
            self._pooled.clear()
        self._blocks = blocks
        column = view.cursor_column
        label = "" if column is None else view.snapshot.trace.source.labels[column]
        head = [overview_head(layout, blocks, y, column, label, style) for y in range(HEADER_HEIGHT)]
        drawn = [Strip(line, layout.width) for line in head]
        drawn += [self._strip(view, layout, blocks, block, style) for block in range(blocks.down)]
        return drawn[: size.height] + [Strip.blank(size.width, style.blank)] * (size.height - len(drawn))

    def cell_at(self, view: View, size: Size, place: Offset) -> tuple[int, int | None] | None:
        """Return row and column of the middle of the block at a place of the widget; None beside the blocks."""
        layout, blocks = self.layout(view, size)
        block = place.y - HEADER_HEIGHT
        if not 0 <= block < blocks.down:
            return None
        rows, across = blocks.rows_of(block), layout.column_at(place.x)
        row = rows[len(rows) // 2]
        if across is None:
            return row, None
        return row, min(blocks.src_len - 1, across * blocks.columns + blocks.columns // 2)

    def _strip(self, view: View, layout: GridLayout, blocks: Blocks, block: int, style: GridStyle) -> Strip:
        """Return one row of blocks; where the cursor is elsewhere it is as it was."""
        weights, label = self._weights(view, blocks, block), self._label(view, blocks, block)
        here = view.row in blocks.rows_of(block)
        key = (view.palette, label, view.cursor_column if here else None, here)
        known = self._drawn.get(block)
        if known is None or known[0] is not weights or known[1] != key:
            cursor = (view.row, view.cursor_column)
            line = overview_row(layout, blocks, block, weights, label, view.palette, cursor, style)
            known = self._drawn[block] = weights, key, Strip(line, layout.width)
        return known[2]

    def _weights(self, view: View, blocks: Blocks, block: int) -> Weights:
        known = self._pooled.get(block)
        if known is not None and known[0] is view.snapshot:
            return known[2]
        steps = view.snapshot.steps[block * blocks.rows : (block + 1) * blocks.rows]
        same = known is not None and len(known[1]) == len(steps) and all(map(operator.is_, known[1], steps))
        weights = known[2] if known and same else _greatest(steps, blocks)
        self._pooled[block] = view.snapshot, steps, weights
        return weights

    @staticmethod
    def _label(view: View, blocks: Blocks, block: int) -> str:
        rows = blocks.rows_of(block)
        row = view.row if view.row in rows else rows[0]
        return NEXT_STEP if row >= view.snapshot.emitted else view.snapshot.labels[row]
