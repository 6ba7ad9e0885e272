"""All heads of a page as thumbnails."""

from __future__ import annotations

from rich.segment import Segment
from textual.reactive import reactive

from explorer.render.marks import EDITED, REMOVED
from explorer.render.thumbnails import ThumbnailLayout, thumbnail_layout, thumbnail_lines
from explorer.tui.board import Board
from explorer.tui.wall import PAGE_TITLES, Entry, Wall
from explorer.tui.widgets.tile_wall import Tiles, TileWall

LONGEST_NAME = 7
"""Cells of "rollout": figures stand beside all names or beside none."""


class HeadWall(TileWall):
    """Thumbnails of every head, each under its name and the figure that they are sorted by."""

    wall: reactive[Wall | None] = reactive[Wall | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    def watch_wall(self) -> None:
        """Draw the new state."""
        self.renew()

    @property
    def board(self) -> Board | None:
        """The places of the heads."""
        return None if self.wall is None else self.wall.board

    def entitle(self, placed: Tiles) -> None:
        """Name the page and its order, and say how maps are made small."""
        wall = self.wall
        if wall is None:
            return
        layout = self._thumbnail(wall, placed)
        pooled = f"{layout.said} · " if layout.said else ""
        self.set_title(
            f"{PAGE_TITLES[wall.kind]} · by {wall.order}",
            f"{pooled}{'arrows show more · ' if placed.scrolls else ''}{wall.view.palette.name}",
        )

    def _thumbnail(self, wall: Wall, placed: Tiles) -> ThumbnailLayout:
        height = max(1, placed.height - 1)
        return thumbnail_layout(wall.expected_rows, wall.expected_columns, placed.room, height, wall.view.palette)

    def tile(self, name: str, placed: Tiles) -> list[list[Segment]]:
        """Draw a head: name and figure, then its map."""
        wall = self.wall
        assert wall is not None
        entry = wall.named(name)
        look = self.look("chosen" if name == wall.chosen else "dim" if entry.removed else "strong")
        layout = self._thumbnail(wall, placed)
        drawn = thumbnail_lines(layout, wall.view.palette, entry.weights, self.plain, removed=entry.removed)
        return [self.heading(entry.marked, figure_of(entry, wall.order), placed, look, LONGEST_NAME), *drawn]


def done_to(entry: Entry) -> list[str]:
    """Return what was done to a head: "✕ removed", "± 2 edits"; nothing for most."""
    edits = f"{EDITED} {entry.edits} edit{'s' if entry.edits > 1 else ''}" if entry.edits else ""
    return [each for each in (f"{REMOVED} removed" if entry.removed else "", edits) if each]


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
