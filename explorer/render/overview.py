"""All of a long grid at once: blocks of rows and columns as cells, a ruler of source positions above them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from explorer.render.cells import truncate, width_of
from explorer.render.grid import row_line
from explorer.render.layout import LONGEST_LABEL_COLUMN, SHORTEST_LABEL_COLUMN, ColumnStyle, GridLayout, Zoom
from explorer.render.marks import GridStyle
from explorer.render.palette import Palette
from explorer.render.pooling import Blocks, Weights, blocks_for

HEADER_HEIGHT = 2
"""Lines above the blocks: the label of the cursor's column, and the ruler."""
WIDEST_BLOCK = 4
TICK = 8
"""Least cells between two numbers of the ruler."""


def overview_layout(labels: Sequence[str], src_len: int, width: int, height: int) -> tuple[GridLayout, Blocks]:
    """Lay out an overview.

    Args:
        labels: Target labels, the step at hand included. Length tgt_len.
        src_len: Columns of the grid.
        width: Cells of a line.
        height: Lines, the head included.

    Returns:
        A layout whose columns are blocks without labels, and how the grid is cut.
    """
    longest = max((width_of(label) for label in labels), default=0)
    label = max(SHORTEST_LABEL_COLUMN, min(LONGEST_LABEL_COLUMN, longest))
    gutter = max(3, min(label + 2, width // 3))
    room = max(1, width - gutter)
    blocks = blocks_for(max(1, len(labels)), src_len, height - HEADER_HEIGHT, room)
    style = ColumnStyle(min(WIDEST_BLOCK, max(1, room // blocks.across)), gap=0, upright=True, numbers=False)
    return GridLayout(Zoom.ALL, style, ("",) * blocks.across, width, gutter, HEADER_HEIGHT), blocks


def overview_head(
    layout: GridLayout, blocks: Blocks, y: int, column: int | None, label: str, style: GridStyle
) -> list[Segment]:
    """Draw line `y` of the head: the label of the cursor's column over it, then source positions, counted from 0."""
    if y == 0:
        return _cursor_label(layout, blocks, column, label, style)
    line = [" "] * layout.width
    free = 0
    for block in range(blocks.across):
        number, place = str(block * blocks.columns), layout.cell_start(block)
        if place >= free and place + len(number) <= layout.width:
            line[place : place + len(number)] = number
            free = place + max(TICK, len(number) + 1)
    return [Segment("".join(line), style.header)]


def _cursor_label(
    layout: GridLayout, blocks: Blocks, column: int | None, label: str, style: GridStyle
) -> list[Segment]:
    if column is None:
        return [Segment(" " * layout.width, style.blank)]
    text = truncate(label, max(1, layout.width - layout.gutter))
    place = min(layout.cell_start(column // blocks.columns), layout.width - width_of(text))
    rest = layout.width - place - width_of(text)
    return [Segment(" " * place, style.blank), Segment(text, style.header_cursor), Segment(" " * rest, style.blank)]


def overview_row(
    layout: GridLayout,
    blocks: Blocks,
    block: int,
    weights: Weights,
    label: str,
    palette: Palette,
    cursor: tuple[int, int | None],
    style: GridStyle,
) -> list[Segment]:
    """Draw one row of blocks.

    Args:
        layout: From `overview_layout`.
        blocks: The same.
        block: Number of the row of blocks.
        weights: Its pooled weights, (blocks across,).
        label: Label of the row that stands for the block: the cursor's, or its first.
        palette: Colours of the weights.
        cursor: Row and column of the cursor, in the grid itself.
        style: Styles.

    Returns:
        Segments of exactly the layout's width.
    """
    row, column = cursor
    at = row // blocks.rows
    labels = ("",) * block + (label,)
    return row_line(
        layout,
        palette,
        labels,
        weights,
        block,
        cursor_row=at,
        cursor_column=None if column is None else column // blocks.columns,
        style=style,
    )
