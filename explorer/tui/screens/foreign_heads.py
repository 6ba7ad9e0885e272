"""All heads of a file's weights at once, or one of them full size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from explorer.runtime.card import Heads
from explorer.runtime.heads import CROSS
from explorer.tui.screens.foreign_offers import WALL
from explorer.tui.screens.heads_looking import HeadsLookingScreen
from explorer.tui.screens.keys import TILE_MOVES
from explorer.tui.view import View
from explorer.tui.wall import Entry, Wall, read_entries
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.foreign import FileBar
from explorer.tui.widgets.head_figures import HeadFiguresPanel
from explorer.tui.widgets.head_map import HeadMap
from explorer.tui.widgets.head_wall import HeadWall
from explorer.tui.widgets.sentences import SourceLine, TargetLine

if TYPE_CHECKING:
    from explorer.tui.screens.foreign import ForeignScreen

AGGREGATES = ("mean", "max")
"""How all heads can be shown as one: rollout needs self-attention, which files do not have."""

HINTS = (
    ("↑↓←→", "move", "move(1, 0)"),
    ("enter", "full size", "open"),
    ("o", "sort", "next_order"),
    ("esc", "back", "leave"),
    ("C", "colours", "palette"),
    ("X", "figure", "figure"),
    ("?", "help", "help"),
)

BINDINGS = (
    *TILE_MOVES,
    Binding("enter", "open", "one head full size; the grid shows it as well"),
    Binding("escape,q", "leave", "back to the wall, back to the grid"),
    Binding("o", "next_order", "sort by layer, entropy, distance, diagonal share"),
    Binding("C", "palette", "next colour map"),
    Binding("X", "figure", "write the wall as a figure"),
    Binding("question_mark", "help", "help"),
)

READING = (
    "Every thumbnail is one head: a row is a target token, a column a source token; two rows share a line. Layers and "
    "heads count from 0; L0 H2 is head 2 of layer 0. Beside the chosen head: mean entropy of its rows, mean distance "
    "between a row and what it looks at, and the share of weight at most one token off the diagonal."
)


class ForeignHeadsScreen(HeadsLookingScreen):
    """The wall, or one head full size, over the screen of the file."""

    reading = READING

    BINDINGS = [*BINDINGS]
    orders = ("layer", "entropy", "distance", "diagonal")

    def __init__(self, owner: ForeignScreen, name: str, counts: Heads, view: View) -> None:
        """Create the screen.

        Args:
            owner: The screen below.
            name: What the file is called.
            counts: Its heads.
            view: The owner's view.
        """
        super().__init__()
        self._owner = owner
        self._name = name
        self._counts = counts
        self._first_view = view

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        screen = ForeignHeadsScreen
        yield FileBar(f"{self._name} · heads", id="title").data_bind(screen.view)
        yield SourceLine(id="source").data_bind(screen.view)
        yield TargetLine(id="target").data_bind(screen.view)
        with Horizontal(id="body"):
            with Vertical(id="maps"):
                yield HeadWall(id="wall").data_bind(screen.wall)
                yield HeadMap(id="map").data_bind(screen.wall)
            with Vertical(id="figures"):
                yield HeadFiguresPanel(errors=False, id="head").data_bind(screen.wall)
        yield KeyBar(HINTS, id="keys")

    def on_mount(self) -> None:
        """Show the sentence, and follow the owner's colours."""
        controls = self._first_view.snapshot.trace.controls
        chosen = "L0 H0" if controls.head is None else f"L{controls.layer} H{controls.head}"
        entries = read_entries(self._first_view.snapshot, CROSS, self._counts, {}, AGGREGATES)
        self.view = self._first_view
        self.wall = Wall(self._first_view, self._counts, entries, chosen=chosen)
        self.watch(self._owner, "view", self._take, init=False)
        self.query_one(HeadWall).focus()

    def _take(self, view: View | None) -> None:
        """Show another view of the same sentence."""
        if view is not None and self.wall is not None:
            self.view, self.wall = view, self.wall.replace(view=view)

    def watch_wall(self, wall: Wall | None) -> None:
        """Show the wall or one head, whose cursor the sentences follow."""
        self.set_class(wall is not None and wall.full, "-full")
        if wall is not None and wall.full and self.view is not None:
            self.view = self.view.replace(row=wall.cursor_row, column=wall.column)

    def _opened(self, entry: Entry) -> None:
        """Begin in the row of the grid's cursor; the grid then shows the same head."""
        self._change(row=self._first_view.row)
        if entry.key is None:
            self._owner.look(None, None, entry.name)
        else:
            self._owner.look(entry.key.layer, entry.key.head, None)

    def action_palette(self) -> None:
        """The next colour map."""
        self._owner.action_palette()

    def action_figure(self) -> None:
        """Write the wall as a figure."""
        self._owner.action_figure(WALL, self)
