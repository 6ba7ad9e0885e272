"""A wall of tiles that scrolls as far as it has to; what stands on a tile is up to those that draw one."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from explorer.render.cells import pad_right, truncate, width_of
from explorer.tui.board import Board
from explorer.tui.widgets.base import COMPONENTS, DrawnWidget


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where tiles stand.

    Attributes:
        across: Tiles beside each other, seen or not.
        down: Lines of tiles, seen or not.
        width: Cells from one tile to the next.
        height: Lines from one tile to the next.
        seen_across: Tiles beside each other that are seen.
        seen_down: Lines of tiles that are seen.
    """

    across: int
    down: int
    width: int
    height: int
    seen_across: int
    seen_down: int

    @property
    def scrolls(self) -> bool:
        """Whether some tiles are not seen."""
        return self.seen_down < self.down or self.seen_across < self.across

    @property
    def room(self) -> int:
        """Cells of a tile between the bar at its left and the gap at its right."""
        return max(1, self.width - 2)


class TileWall(DrawnWidget, can_focus=True):
    """Draws the tiles that are seen, keeps the chosen one in sight, and says which one is clicked."""

    COMPONENT_CLASSES = set(COMPONENTS)

    NARROWEST, LOWEST = 9, 4
    """Least cells and lines of a tile; what does not fit then is scrolled to."""

    @dataclass
    class Chosen(Message):
        """A tile was clicked; `again` where it was the chosen one already."""

        name: str
        again: bool

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_down = 0
        self._first_across = 0

    @property
    def board(self) -> Board | None:
        """What stands where; None before there is anything."""
        raise NotImplementedError

    def tile(self, name: str, placed: Tiles) -> list[list[Segment]]:
        """Draw a tile: `placed.height` lines of `placed.room` cells, the first one in the style of `tile_look`."""
        raise NotImplementedError

    def entitle(self, placed: Tiles) -> None:
        """Say in the border what is drawn."""
        raise NotImplementedError

    def renew(self) -> None:
        """Keep the chosen tile in sight, say what is drawn, and draw it."""
        board = self.board
        if board is not None and self.size:
            placed = self.placed(board)
            down, across = divmod(board.place, placed.across)
            self._first_down = _scrolled(down, self._first_down, placed.seen_down, placed.down)
            self._first_across = _scrolled(across, self._first_across, placed.seen_across, placed.across)
            self.entitle(placed)
        self.redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        super().on_resize()
        self.renew()

    def placed(self, board: Board) -> Tiles:
        """Share the widget among the tiles."""
        least = self.NARROWEST, self.LOWEST
        return tiles(len(board.slots), board.across, self.size.width, self.size.height, least)

    def strips(self) -> list[Strip]:
        """Return every line that is seen."""
        board, size = self.board, self.size
        if board is None or not size:
            return [Strip.blank(size.width, self.plain)] * size.height
        placed = self.placed(board)
        lines: list[Strip] = []
        for down in range(self._first_down, min(placed.down, self._first_down + placed.seen_down)):
            lines += self._line_of_tiles(board, placed, down)
        blank = [Strip.blank(size.width, self.plain)] * max(0, size.height - len(lines))
        return (lines + blank)[: size.height]

    def _line_of_tiles(self, board: Board, placed: Tiles, down: int) -> list[Strip]:
        lines: list[list[Segment]] = [[] for _ in range(placed.height)]
        gap = Segment(" ", self.plain)
        for across in range(self._first_across, self._first_across + placed.seen_across):
            place = down * placed.across + across
            name = board.slots[place] if place < len(board.slots) else None
            if name is None:
                for line in lines:
                    line.append(Segment(" " * placed.width, self.plain))
                continue
            chosen = name == board.chosen
            bar = Segment("▌" if chosen else " ", self.look("accent") if chosen else self.plain)
            for line, part in zip(lines, self.tile(name, placed), strict=True):
                line += [bar, *part, gap]
        return [Strip(line).adjust_cell_length(self.size.width, self.plain) for line in lines]

    def heading(self, name: str, figure: str, placed: Tiles, look: Style, least: int = 0) -> list[Segment]:
        """Return the first line of a tile: its name, and a figure at the right where both have room.

        Args:
            name: What is written at the left.
            figure: What is written at the right.
            placed: The geometry.
            look: Style of both.
            least: Cells that every name of the wall is taken to have: figures stand beside all or beside none.
        """
        if max(width_of(name), least) + width_of(figure) >= placed.room:
            figure = ""
        text = pad_right(name, placed.room - width_of(figure)) + figure
        return [Segment(truncate(text, placed.room), look)]

    def on_click(self, event: events.Click) -> None:
        """Choose the tile under the mouse."""
        place, board = event.get_content_offset(self), self.board
        if board is None or place is None:
            return
        placed = self.placed(board)
        across = self._first_across + place.x // placed.width
        number = (self._first_down + place.y // placed.height) * placed.across + across
        name = board.slots[number] if across < placed.across and number < len(board.slots) else None
        if name is not None:
            self.post_message(self.Chosen(name, name == board.chosen))


def tiles(count: int, across: int, width: int, height: int, least: tuple[int, int]) -> Tiles:
    """Share a space among `count` tiles, `across` beside each other; as many as have their least size are seen."""
    down = -(-count // across)
    seen_across = max(1, min(across, width // least[0]))
    seen_down = max(1, min(down, height // least[1]))
    return Tiles(across, down, width // seen_across, height // seen_down, seen_across, seen_down)


def _scrolled(place: int, first: int, seen: int, count: int) -> int:
    """Return the first line or column of tiles nearest to the present one with which `place` is seen."""
    return max(0, min(max(first, place - seen + 1), place, count - seen))
