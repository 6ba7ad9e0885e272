"""Table 1 of Vaswani 2017 with measured times beside it."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from explorer.render.cells import pad_right, width_of
from explorer.render.chart import curve_key
from explorer.tui.layering import Layering, crossing_lines, table_rows
from explorer.tui.widgets.base import LinePanel

ROOM_FOR_TITLES = 100
"""Cells from which on layers have their whole titles."""
GAP = 2
KEY_WIDTH = 3
LEAST_COLUMNS = 5
"""Columns that are always there: the table, and the times at one length."""


class LayersPanel(LinePanel):
    """The table, and where the curves cross."""

    state: reactive[Layering | None] = reactive[Layering | None](None, repaint=False)
    """What is drawn."""

    def watch_state(self) -> None:
        """Draw it."""
        self.redraw()

    def content(self) -> list[Text]:
        """Heading, rows, crossings."""
        if self.state is None:
            return []
        rows = table_rows(self.state, roomy=self.size.width >= ROOM_FOR_TITLES)
        widths = [max(width_of(row[column]) for row in rows) + GAP for column in range(len(rows[0]))]
        while sum(widths) + KEY_WIDTH > self.size.width and len(widths) > LEAST_COLUMNS:  # the longest length stays
            del widths[LEAST_COLUMNS - 1]
            rows = [(*row[: LEAST_COLUMNS - 1], *row[LEAST_COLUMNS:]) for row in rows]
        lines = []
        for number, row in enumerate(rows):
            cells = "".join(pad_right(cell, width) for cell, width in zip(row, widths, strict=True))
            if number:
                lines.append(curve_key(number - 1).append(cells, self.look("strong")))
            else:
                lines.append(Text(f"   {cells}", self.look("dim")))
        return lines + [Text(line, self.look("accent")) for line in crossing_lines(self.state)]
