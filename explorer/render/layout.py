"""Where everything of an attention grid goes: computed once from labels and size, read by every drawn line."""

from __future__ import annotations

import enum
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.render.cells import Grapheme, graphemes, pad_center, truncate, upright, width_of

NARROWEST_WIDE_CELL = 6
WIDEST_WIDE_CELL = 7
ROOMIEST_CELL = 12
"""Cells of the wide style take 6 or 7; "fit" may let them grow to 12 where that shows whole words."""

SHORTEST_LABEL_COLUMN = 6
LONGEST_LABEL_COLUMN = 14
"""Bounds of the target label column. The lower one keeps the grid from moving while its first rows arrive."""

TALLEST_HEADER = 14
SHORTEST_HEADER = 3


class Zoom(enum.Enum):
    """How a person asked the columns to be drawn."""

    FIT = "fit"
    CELL = "cell"
    WIDE = "wide"
    ALL = "all"

    def next(self) -> Zoom:
        """The zoom after this one, in the order fit, cell, wide, all and round again."""
        order = list(Zoom)
        return order[(order.index(self) + 1) % len(order)]


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """How one column is drawn.

    Attributes:
        width: Cells of colour per column.
        gap: Empty cells after each column, 0 or 1.
        upright: Whether the head of the column is written one character per row.
        numbers: Whether per-cent figures stand in the cells.
    """

    width: int
    gap: int
    upright: bool
    numbers: bool

    @property
    def pitch(self) -> int:
        """Cells from the start of one column to the start of the next."""
        return self.width + self.gap


NARROW_STYLES = (
    ColumnStyle(width=4, gap=1, upright=True, numbers=True),
    ColumnStyle(width=3, gap=1, upright=True, numbers=True),
    ColumnStyle(width=2, gap=1, upright=True, numbers=False),
    ColumnStyle(width=2, gap=0, upright=True, numbers=False),
    ColumnStyle(width=1, gap=0, upright=True, numbers=False),
)
"""Styles that "fit" tries after the wide ones, widest first."""

CELL_STYLE = NARROW_STYLES[2]


@dataclass(frozen=True)
class GridLayout:
    """The geometry of a grid of src_len columns in a given width.

    A line is: the gutter (marker column, label right-aligned, one space), then for every visible column its cells
    and its gap, then blanks up to the width. Columns are never drawn in part.

    Attributes:
        zoom: The zoom that was asked for.
        style: How a column is drawn.
        labels: Source labels, one per column.
        width: Cells of a whole line.
        gutter: Cells before the first column; the first is for the row marker, the last is blank.
        header_height: Lines of the head.
        number_threshold: Least weight whose per-cent figure is written into its cell.
    """

    zoom: Zoom
    style: ColumnStyle
    labels: tuple[str, ...]
    width: int
    gutter: int
    header_height: int
    number_threshold: float = 0.05

    @property
    def columns(self) -> int:
        """Number of columns, src_len."""
        return len(self.labels)

    @property
    def pans(self) -> bool:
        """Whether the grid is wider than the line, so that only a part of its columns is seen at a time."""
        return self.columns > self._columns_in(self.width)

    def visible_columns(self, width: int | None = None) -> int:
        """Number of columns that a line of `width` cells (None: the layout's own) shows at a time."""
        line = self.width if width is None else width
        fitting = self._columns_in(line)
        # One cell stays free at the right edge for the mark that says that there is more.
        return self.columns if self.columns <= fitting else self._columns_in(line - 1)

    def last_first_column(self, width: int | None = None) -> int:
        """Greatest useful `first_column`: with it the last column is the last one seen."""
        return max(0, self.columns - max(1, self.visible_columns(width)))

    def scrolled_to(self, column: int, first_column: int, width: int | None = None) -> int:
        """Return the `first_column` nearest to the present one with which `column` is visible."""
        seen = max(1, self.visible_columns(width))
        first = min(max(first_column, column - seen + 1), column)
        return min(max(0, first), self.last_first_column(width))

    def cell_start(self, column: int, first_column: int = 0) -> int:
        """Horizontal offset in a line of the first cell of `column`."""
        return self.gutter + (column - first_column) * self.style.pitch

    def column_at(self, x: int, first_column: int = 0, width: int | None = None) -> int | None:
        """Return the column under the horizontal offset `x` (a gap belongs to the column before it), or None."""
        if x < self.gutter:
            return None
        offset = (x - self.gutter) // self.style.pitch
        column = first_column + offset
        return column if offset < self.visible_columns(width) and column < self.columns else None

    @functools.cached_property
    def heads(self) -> tuple[tuple[Grapheme, ...], ...]:
        """For each column its upright head: characters from top to bottom, at most header_height of them."""
        return tuple(upright(label, self.header_height) for label in self.labels)

    @functools.cached_property
    def flat_heads(self) -> tuple[str, ...]:
        """For each column its horizontal head, exactly as wide as the column without its gap."""
        return tuple(pad_center(label, self.style.width) for label in self.labels)

    def _columns_in(self, width: int) -> int:
        """Number of whole columns in `width` cells; the last gap may fall off the edge."""
        return max(0, (width - self.gutter + self.style.gap) // self.style.pitch)


def grid_layout(
    source_labels: Sequence[str],
    target_labels: Sequence[str],
    width: int,
    height: int,
    zoom: Zoom = Zoom.FIT,
    *,
    number_threshold: float = 0.05,
) -> GridLayout:
    """Lay out a grid.

    Args:
        source_labels: One label per column, length src_len.
        target_labels: One label per row so far, length tgt_len. Only the width of the label column depends on them.
        width: Cells of a line, the label column included.
        height: Lines for head and rows together; bounds the height of an upright head.
        zoom: "wide" has horizontal heads and figures, "cell" small cells under upright heads; "fit" takes the
            widest style in which all columns are seen, down to one cell a column. What still does not fit pans;
            "all" is `explorer.render.overview`'s, and laid out here as "fit".
        number_threshold: Least weight whose per-cent figure is written.

    Returns:
        The layout, which depends on nothing but the arguments.
    """
    gutter = _gutter(target_labels, width)
    style = _column_style(source_labels, width - gutter, zoom)
    longest = max((len(graphemes(label)) for label in source_labels), default=0)
    bound = max(SHORTEST_HEADER, min(TALLEST_HEADER, height // 3))
    header_height = max(1, min(longest, bound)) if style.upright else 1
    return GridLayout(zoom, style, tuple(source_labels), width, gutter, header_height, number_threshold)


def _gutter(target_labels: Sequence[str], width: int) -> int:
    """Marker, label and a blank; at most a third of the line, so that a narrow window still shows a grid."""
    longest = max((width_of(label) for label in target_labels), default=0)
    label = max(SHORTEST_LABEL_COLUMN, min(LONGEST_LABEL_COLUMN, longest))
    return max(3, min(label + 2, width // 3))


def _column_style(labels: Sequence[str], room: int, zoom: Zoom) -> ColumnStyle:
    longest = max((width_of(label) for label in labels), default=0)
    if zoom is Zoom.WIDE:
        roomy = _wide_style(min(max(longest, NARROWEST_WIDE_CELL), WIDEST_WIDE_CELL))
        return roomy if _taken(labels, roomy) <= room else _wide_style(NARROWEST_WIDE_CELL)
    if zoom is Zoom.CELL:
        return CELL_STYLE
    # A wide character needs two cells of its own, also where it stands upright.
    widest_character = max((piece.width for label in labels for piece in graphemes(label)), default=1)
    roomiest = min(max(longest, NARROWEST_WIDE_CELL), ROOMIEST_CELL)
    candidates = [_wide_style(cell) for cell in range(roomiest, NARROWEST_WIDE_CELL - 1, -1)]
    candidates += [style for style in NARROW_STYLES if style.pitch >= widest_character]
    for style in candidates:
        if _taken(labels, style) <= room:
            return style
    return candidates[-1]


def _taken(labels: Sequence[str], style: ColumnStyle) -> int:
    """Cells that all columns take; the last gap may fall off the edge."""
    return len(labels) * style.pitch - style.gap


def _wide_style(width: int) -> ColumnStyle:
    return ColumnStyle(width=width, gap=1, upright=False, numbers=True)


def label_text(layout: GridLayout, label: str) -> str:
    """A target label, right-aligned and cut to the label column (the gutter less marker and blank)."""
    room = layout.gutter - 2
    cut = truncate(label, room)
    return " " * (room - width_of(cut)) + cut
