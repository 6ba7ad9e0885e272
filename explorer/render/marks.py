"""What is drawn in a grid beside the weights, and the styles of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from rich.style import Style

NEXT_STEP = "▸"
FORCED = "*"
COPIED = "="
HATCH = "╱"
CENTER = "◇"
LARGEST = "●"
LARGEST_AT_CENTER = "◆"
RAISED, LOWERED, TYPED, PINNED = "▲", "▼", "◐", "■"
"""Stand in cells whose attention a person edited: strengthened, weakened, a weight typed, all weight."""
REMOVED, EDITED = "✕", "±"
"""Stand before the name of a head on a wall: removed, with edits of its own."""
CURSOR = "+"
"""Stands in a cell of one column, which has no room for a frame."""

COLOR_FRAME = "▐▌"
GLYPH_FRAME = "[]"
WINDOW_EDGES = "▕▏"
MORE_LEFT, MORE_RIGHT = "‹", "›"


@dataclass(frozen=True, slots=True)
class GridStyle:
    """Styles of everything but the weights; an interface passes those of its own theme.

    Attributes:
        blank: What no cell covers.
        header: Source labels.
        header_other: Every second source label where upright ones touch, so that they can be told apart.
        header_cursor: Source label of the cursor's column.
        header_focus: Source label of the column that the cursor's row looks at most.
        label: Target labels.
        label_cursor: Target label of the cursor's row.
        marker: Marks in the gutter: the next step, a forced or copied token, more columns to the side.
        cursor: Frame of the cursor's cell; its background is that of the field.
        masked: Hatching of masked columns.
        window: Edges of the local window.
        center: Mark of the local centre p_t; without a colour it takes the readable one of its cell.
    """

    blank: Style = field(default_factory=Style.null)
    header: Style = field(default_factory=Style.null)
    header_other: Style = field(default_factory=lambda: Style(color="grey58"))
    header_cursor: Style = field(default_factory=lambda: Style(bold=True, reverse=True))
    header_focus: Style = field(default_factory=lambda: Style(bold=True))
    label: Style = field(default_factory=Style.null)
    label_cursor: Style = field(default_factory=lambda: Style(bold=True, reverse=True))
    marker: Style = field(default_factory=lambda: Style(bold=True))
    cursor: Style = field(default_factory=lambda: Style(bold=True, color="bright_cyan"))
    masked: Style = field(default_factory=lambda: Style(color="grey54"))
    window: Style = field(default_factory=lambda: Style(color="grey70"))
    center: Style = field(default_factory=lambda: Style(bold=True))


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What is marked in one row beside the weights.

    Attributes:
        masked: Source positions that are masked at this step.
        center: p_t of local attention in source positions; None or NaN for the other types.
        window: D of local attention; edges are drawn at ``center - window`` and ``center + window``.
        forced: Whether the row's token was put there by a person.
        copied: Whether the row's token is spelled as the source piece of greatest weight.
        signs: Source positions whose score or weight was edited, masks apart, and the sign that stands there.
    """

    masked: frozenset[int] = frozenset()
    center: float | None = None
    window: float | None = None
    forced: bool = False
    copied: bool = False
    signs: tuple[tuple[int, str], ...] = ()

    def edges(self, columns: int) -> tuple[int, int] | None:
        """First and last column inside the window, clipped to the grid; None where there is no window."""
        if self.center is None or self.window is None or columns == 0 or not np.isfinite(self.center):
            return None
        first = int(np.ceil(self.center - self.window))
        last = int(np.floor(self.center + self.window))
        if last < 0 or first >= columns or first > last:
            return None
        return max(0, first), min(columns - 1, last)
