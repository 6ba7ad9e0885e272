"""Looking at heads: choosing on the wall, opening one full size, sorting. Nothing here needs a model."""

from __future__ import annotations

from typing import ClassVar

from textual.reactive import reactive

from explorer.runtime.heads import CROSS, SELF
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.over import SpeakingScreen
from explorer.tui.view import View
from explorer.tui.wall import ORDERS, Entry, Wall
from explorer.tui.widgets.head_map import HeadMap
from explorer.tui.widgets.head_wall import HeadWall


class HeadsLookingScreen(SpeakingScreen):
    """The wall, or one head full size, and the keys that move about in them."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    orders: ClassVar[tuple[str, ...]] = ORDERS
    """What the heads can be sorted by."""

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """The explorer's view."""
    wall: reactive[Wall | None] = reactive[Wall | None](None, repaint=False)
    """What the widgets draw."""

    def _change(self, **changes: object) -> None:
        if self.wall is not None:
            self.wall = self.wall.replace(**changes)

    def action_move(self, right: int, down: int) -> None:
        """Move the choice on the wall, or the cursor in the full-size map."""
        wall = self.wall
        if wall is None:
            return
        if wall.full:
            row = min(max(0, wall.cursor_row + down), wall.rows - 1)
            moved = wall.replace(row=row)
            last = len(moved.row_weights) - 1
            column = min(max(0, wall.cursor_column + right), last) if right else wall.column
            # On the last row the cursor goes on with the decoding.
            self.wall = moved.replace(row=None if row == wall.rows - 1 and self._grows(wall) else row, column=column)
            return
        self.wall = wall.replace(chosen=wall.board.beside(right + down * wall.across))

    def _grows(self, wall: Wall) -> bool:
        return wall.kind in (CROSS, SELF)

    def action_open(self) -> None:
        """Show the chosen map full size."""
        wall = self.wall
        if wall is None or wall.full:
            return
        self.wall = wall.replace(full=True, row=None, column=None)
        self.query_one(HeadMap).focus()
        self._opened(wall.entry)

    def _opened(self, entry: Entry) -> None:
        """Show what was opened elsewhere as well."""
        raise NotImplementedError

    def action_leave(self) -> None:
        """From the full-size map to the wall, from the wall to the explorer."""
        if self.wall is not None and self.wall.full:
            self._change(full=False)
            self.query_one(HeadWall).focus()
        else:
            self.dismiss()

    def action_next_order(self) -> None:
        """Sort the heads by another figure."""
        if self.wall is None:
            return
        order = self.orders[(self.orders.index(self.wall.order) + 1) % len(self.orders)]
        self._change(order=order)
        measured = any(entry.error is not None for entry in self.wall.entries)
        if order == "error" and not measured:
            of = "only cross-attention aligns" if self.wall.kind != CROSS else "the card names none"
            self.say(f"sorted by alignment error, but {of}")
        else:
            self.say(f"sorted by {order}")

    def on_tile_wall_chosen(self, message: HeadWall.Chosen) -> None:
        """Choose the clicked head; a second click opens it."""
        if message.again:
            self.action_open()
        else:
            self._change(chosen=message.name)

    def on_head_map_cell_chosen(self, message: HeadMap.CellChosen) -> None:
        """Move the cursor to a clicked cell."""
        self._change(row=message.row, column=message.column)
