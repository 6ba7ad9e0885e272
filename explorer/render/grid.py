"""The lines of an attention grid as Rich segments; the work is in proportion to the columns that are seen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment

from explorer.render.layout import GridLayout, label_text
from explorer.render.marks import COPIED, FORCED, MORE_LEFT, MORE_RIGHT, NEXT_STEP, GridStyle, RowMarks
from explorer.render.palette import Palette
from explorer.render.row_cells import Line, RowCells, Weights

__all__ = ["GridStyle", "RowMarks", "fitted", "header_line", "row_line"]


def header_line(
    layout: GridLayout,
    y: int,
    first_column: int = 0,
    width: int | None = None,
    *,
    cursor_column: int | None = None,
    focus_column: int | None = None,
    style: GridStyle | None = None,
) -> list[Segment]:
    """Draw line `y` of the head, 0 at the top, `layout.header_height` lines in all.

    Args:
        layout: The geometry.
        y: Line of the head; a line outside of it is blank.
        first_column: First column that is seen.
        width: Cells of the line; None for the layout's own width.
        cursor_column: Column whose label is emphasised.
        focus_column: Column whose label is emphasised less: the greatest weight of the cursor's row.
        style: Styles; None for plain ones.

    Returns:
        Segments of exactly `width` cells together.
    """
    look = style or GridStyle()
    line = layout.width if width is None else width
    last_line = y == layout.header_height - 1
    seen = range(first_column, min(layout.columns, first_column + layout.visible_columns(line)))
    more_left = last_line and first_column > 0
    collected = Line([])
    collected.add(" " * (layout.gutter - 1), look.blank)
    collected.add(MORE_LEFT if more_left else " ", look.marker if more_left else look.blank)
    for column in seen:
        text, drawn = _head_text(layout, column, y)
        emphasis = look.header_other if layout.style.pitch == 1 and column % 2 else look.header
        if column == cursor_column:
            emphasis = look.header_cursor
        elif column == focus_column:
            emphasis = look.header_focus
        collected.add(text, emphasis if drawn else look.blank)
        collected.add(" " * (layout.style.pitch - cell_len(text)), look.blank)
    more_right = last_line and bool(seen) and seen[-1] + 1 < layout.columns
    return fitted(collected.finished(), line, look, more_right)


def row_line(
    layout: GridLayout,
    palette: Palette,
    labels: Sequence[str],
    weights: Weights | None,
    row: int,
    first_column: int = 0,
    width: int | None = None,
    *,
    cursor_row: int | None = None,
    cursor_column: int | None = None,
    marks: RowMarks | None = None,
    style: GridStyle | None = None,
) -> list[Segment]:
    """Draw the line of one target row.

    Args:
        layout: The geometry.
        palette: Colours or glyphs of the weights.
        labels: Target labels so far, length tgt_len.
        weights: Weights of this row, shape (src_len,); None draws an empty row. The row ``len(labels)`` is the step
            to come: it has the marker "▸" instead of a label and needs no weights.
        row: Number of the row.
        first_column: First column that is seen.
        width: Cells of the line; None for the layout's own width.
        cursor_row: Row of the cursor: its label is emphasised.
        cursor_column: Column of the cursor: where row and column meet, the cell is framed.
        marks: Masked columns, local window and centre of this row.
        style: Styles; None for plain ones.

    Returns:
        Segments of exactly `width` cells together.
    """
    look = style or GridStyle()
    line = layout.width if width is None else width
    first, last = first_column, min(layout.columns, first_column + layout.visible_columns(line))
    on_cursor_row = row == cursor_row
    segments = _gutter(layout, labels, row, on_cursor_row, marks, look)
    if weights is None or len(weights) == 0:
        return fitted(segments, line, look)
    cells = RowCells(layout, palette, weights, marks or RowMarks(), cursor_column if on_cursor_row else None, look)
    collected = Line(segments)
    cells.draw(first, last, collected)
    return fitted(collected.finished(), line, look)


def _gutter(
    layout: GridLayout,
    labels: Sequence[str],
    row: int,
    on_cursor_row: bool,
    marks: RowMarks | None,
    look: GridStyle,
) -> list[Segment]:
    """Marker and label; the blank before the first column is drawn with the cells."""
    room = layout.gutter - 2
    if row < 0 or row > len(labels):
        return [Segment(" " * (room + 1), look.blank)]
    if row == len(labels):
        return [Segment(" " * room, look.blank), Segment(NEXT_STEP, look.marker)]
    marker = "" if marks is None else FORCED if marks.forced else COPIED if marks.copied else ""
    text = label_text(layout, labels[row])
    word = text.lstrip(" ")
    return [
        Segment(marker or " ", look.marker if marker else look.blank),
        Segment(text[: len(text) - len(word)], look.blank),
        Segment(word, look.label_cursor if on_cursor_row else look.label),
    ]


def _head_text(layout: GridLayout, column: int, y: int) -> tuple[str, bool]:
    """Text of one column in one line of the head, and whether it is more than blanks."""
    if y < 0 or y >= layout.header_height:
        return " " * layout.style.width, False
    if not layout.style.upright:
        return layout.flat_heads[column], bool(layout.flat_heads[column].strip())
    head = layout.heads[column]
    place = y - (layout.header_height - len(head))
    width = layout.style.width
    if place < 0:
        return " " * width, False
    piece = head[place]
    # A wide character may reach into the gap behind its column.
    before = max(0, (width - piece.width) // 2)
    return " " * before + piece.text + " " * max(0, width - piece.width - before), True


def fitted(segments: list[Segment], width: int, look: GridStyle, more_right: bool = False) -> list[Segment]:
    """Cut or fill a line to exactly `width` cells, with the mark for more columns in its last cell if asked."""
    if not more_right or width <= 0:
        return Segment.adjust_line_length(segments, width, look.blank)
    return [*Segment.adjust_line_length(segments, width - 1, look.blank), Segment(MORE_RIGHT, look.marker)]
