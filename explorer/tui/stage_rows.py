"""Which stages a panel shows for the cell under a cursor: in the explorer's grid, or in one head full size."""

from __future__ import annotations

from explorer.render.cells import truncate
from explorer.render.stages import cross_stages, encoder_stages, self_stages, shown_stages
from explorer.runtime.card import Card
from explorer.runtime.heads import CROSS, ENCODER
from explorer.tui.view import View
from explorer.tui.wall import Wall
from explorer.tui.widgets.stages import StagesRow

LONGEST_LABEL = 12
NO_ATTENTION = "no attention: the weights are 0 without any stage"
SEVERAL = "several heads are shown as one, which no single softmax made: choose one head"


def head_size(card: Card) -> int | None:
    """Return n, the size of a head's queries and keys; None for a recurrent model."""
    return None if card.heads is None else card.sizes.hidden // card.heads.heads


def row_of_view(view: View, size: int | None) -> StagesRow:
    """Return the stages of the explorer's cursor."""
    step = view.step
    column = view.cursor_column
    source = view.snapshot.trace.source
    target = "▸" if view.on_pending else step.label
    stages = shown_stages(step, view.snapshot.trace.controls, size, source.picture)
    if column is None:
        return StagesRow("", (), 0, NO_ATTENTION)
    title = _pair(target, source.labels[column])
    return StagesRow(title, stages, column, SEVERAL if size is not None else NO_ATTENTION)


def row_of_wall(wall: Wall, size: int) -> StagesRow:
    """Return the stages of the full-size map's cursor."""
    row, column, entry = wall.cursor_row, wall.cursor_column, wall.entry
    labels = wall.row_labels
    title = _pair(labels[row] if row < len(labels) else "▸", wall.column_labels[column])
    if entry.key is None:
        return StagesRow(title, (), column, SEVERAL)
    if wall.kind == ENCODER:
        return StagesRow(title, encoder_stages(wall.view.snapshot.trace, entry.key, row, size), column)
    step = wall.view.snapshot.steps[row]
    if wall.kind == CROSS:
        stages = cross_stages(step, wall.view.snapshot.trace.controls, entry.key, size)
    else:
        stages = self_stages(step, entry.key, size, wall.rows)
    return StagesRow(title, stages, column)


def _pair(one: str, other: str) -> str:
    return f"{truncate(one, LONGEST_LABEL)} → {truncate(other, LONGEST_LABEL)}"
