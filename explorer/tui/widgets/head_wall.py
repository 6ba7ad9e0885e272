"""All heads of a page as thumbnails."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from explorer.render.cells import pad_right, truncate, width_of
from explorer.render.thumbnails import ThumbnailLayout, thumbnail_layout, thumbnail_lines
from explorer.tui.wall import PAGE_TITLES, Entry, Wall
from explorer.tui.widgets.base import COMPONENTS, DrawnWidget

NARROWEST, LOWEST = 9, 4
"""Least cells and lines of a thumbnail with its name; what does not fit then is scrolled to."""
REMOVED = "✕"
LONGEST_NAME = 7
"""Cells of "rollout": figures stand beside all names or beside none."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where thumbnails stand.

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


def tiles(count: int, across: int, width: int, height: int) -> Tiles:
    """Share a space among `count` tiles, `across` beside each other; as many as have their least size are seen."""
    down = -(-count // across)
    seen_across = max(1, min(across, width // NARROWEST))
    seen_down = max(1, min(down, height // LOWEST))
    return Tiles(across, down, width // seen_across, height // seen_down, seen_across, seen_down)


class HeadWall(DrawnWidget, can_focus=True):
    """Thumbnails of every head, each under its name and the figure that they are sorted by."""

    COMPONENT_CLASSES = set(COMPONENTS)

    wall: reactive[Wall | None] = reactive[Wall | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    @dataclass
    class Chosen(Message):
        """A thumbnail was clicked; `again` where it was the chosen one already."""

        name: str
        again: bool

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_down = 0
        self._first_across = 0

    def watch_wall(self, wall: Wall | None) -> None:
        """Keep the chosen tile in sight and say what is drawn."""
        if wall is not None and self.size:
            placed = self._tiles(wall)
            down, across = divmod(wall.place, placed.across)
            self._first_down = _scrolled(down, self._first_down, placed.seen_down, placed.down)
            self._first_across = _scrolled(across, self._first_across, placed.seen_across, placed.across)
            self._entitle(wall, placed)
        self.redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        super().on_resize()
        self.watch_wall(self.wall)

    def _entitle(self, wall: Wall, placed: Tiles) -> None:
        layout = self._thumbnail(wall, placed)
        pooled = f"a dot is the greatest of {layout.pool}×{layout.pool} · " if layout.pool > 1 else ""
        more = placed.seen_down < placed.down or placed.seen_across < placed.across
        self.set_title(
            f"{PAGE_TITLES[wall.kind]} · by {wall.order}",
            f"{pooled}{'arrows show more · ' if more else ''}{wall.view.palette.name}",
        )

    def _tiles(self, wall: Wall) -> Tiles:
        return tiles(len(wall.slots), wall.across, self.size.width, self.size.height)

    def _thumbnail(self, wall: Wall, placed: Tiles) -> ThumbnailLayout:
        width, height = max(1, placed.width - 2), max(1, placed.height - 1)
        return thumbnail_layout(wall.expected_rows, wall.expected_columns, width, height, wall.view.palette)

    def strips(self) -> list[Strip]:
        """Return every line that is seen."""
        wall, size = self.wall, self.size
        if wall is None or not size:
            return [Strip.blank(size.width, self.plain)] * size.height
        placed = self._tiles(wall)
        lines: list[Strip] = []
        for down in range(self._first_down, min(placed.down, self._first_down + placed.seen_down)):
            lines += self._line_of_tiles(wall, placed, down)
        blank = [Strip.blank(size.width, self.plain)] * max(0, size.height - len(lines))
        return (lines + blank)[: size.height]

    def _line_of_tiles(self, wall: Wall, placed: Tiles, down: int) -> list[Strip]:
        layout = self._thumbnail(wall, placed)
        lines: list[list[Segment]] = [[] for _ in range(placed.height)]
        for across in range(self._first_across, self._first_across + placed.seen_across):
            place = down * placed.across + across
            entry = wall.slots[place] if place < len(wall.slots) else None
            if entry is None:
                continue
            for line, part in zip(lines, self._tile(wall, placed, layout, entry), strict=True):
                line += part
        return [Strip(line).adjust_cell_length(self.size.width, self.plain) for line in lines]

    def _tile(self, wall: Wall, placed: Tiles, layout: ThumbnailLayout, entry: Entry) -> list[list[Segment]]:
        """Draw one tile: name and figure, then the map; the chosen one has a bar at its left."""
        chosen = entry.name == wall.chosen
        look = self.look("chosen") if chosen else self.look("dim") if entry.removed else self.look("strong")
        room = placed.width - 2
        figure = figure_of(entry, wall.order)
        name = f"{REMOVED} {entry.name}" if entry.removed else entry.name
        if max(width_of(name), LONGEST_NAME) + width_of(figure) >= room:
            figure = ""
        text = pad_right(name, room - width_of(figure)) + figure
        bar = Segment("▌" if chosen else " ", self.look("accent") if chosen else self.plain)
        gap = Segment(" ", self.plain)
        drawn = _drawn(layout, wall, entry, self)
        return [[bar, Segment(truncate(text, room), look), gap], *([bar, *line, gap] for line in drawn)]

    def on_click(self, event: events.Click) -> None:
        """Choose the tile under the mouse."""
        place = event.get_content_offset(self)
        if self.wall is None or place is None:
            return
        placed = self._tiles(self.wall)
        across = self._first_across + place.x // placed.width
        number = (self._first_down + place.y // placed.height) * placed.across + across
        entry = self.wall.slots[number] if across < placed.across and number < len(self.wall.slots) else None
        if entry is not None:
            self.post_message(self.Chosen(entry.name, entry.name == self.wall.chosen))


def figure_of(entry: Entry, order: str) -> str:
    """Return the figure of an entry that a wall in this order shows: "1.24", "34 %", "-" where there is none."""
    if order == "entropy":
        return f"{entry.figures.entropy:.2f}"
    if order == "distance":
        return f"{entry.figures.distance:.1f}"
    if order == "diagonal":
        return f"{entry.figures.diagonal * 100:.0f} %"
    if order == "error":
        return "-" if entry.error is None else f"{entry.error:.2f}"
    return ""


def _drawn(layout: ThumbnailLayout, wall: Wall, entry: Entry, widget: HeadWall) -> list[list[Segment]]:
    return thumbnail_lines(layout, wall.view.palette, entry.weights, widget.plain, removed=entry.removed)


def _scrolled(place: int, first: int, seen: int, count: int) -> int:
    """Return the first line or column of tiles nearest to the present one with which `place` is seen."""
    return max(0, min(max(first, place - seen + 1), place, count - seen))
