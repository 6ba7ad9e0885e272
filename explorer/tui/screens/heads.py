"""All heads of a Transformer at once, one of them full size, and removing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from explorer.runtime.bundle import Bundle
from explorer.runtime.card import Heads
from explorer.runtime.controls import HeadKey
from explorer.runtime.heads import CROSS
from explorer.tui.screens.heads_looking import HeadsLookingScreen
from explorer.tui.screens.keys import TILE_MOVES, WALL_STEPS
from explorer.tui.screens.over import OverExplorer
from explorer.tui.stage_rows import head_size, row_of_wall
from explorer.tui.view import View
from explorer.tui.wall import PAGE_TITLES, PAGES, Entry, Wall, alignment_errors, missing_page, read_entries
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.head_figures import ChangesPanel, HeadFiguresPanel
from explorer.tui.widgets.head_map import HeadMap
from explorer.tui.widgets.head_wall import HeadWall
from explorer.tui.widgets.sentences import TargetLine
from explorer.tui.widgets.stages import StagesPanel

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.measures import Value
    from explorer.tui.screens.head_actions import HeadActions

HINTS = (
    ("↑↓←→", "move", "move(1, 0)"),
    ("enter", "full size", "open"),
    ("space", "remove", "remove"),
    (".", "step", "step"),
    ("tab", "page", "next_page"),
    ("o", "sort", "next_order"),
    ("esc", "back", "leave"),
    (",", "step back", "back"),
    ("L", "layer", "remove_layer"),
    ("O", "only this", "remove_others"),
    ("u", "undo", "undo"),
    ("R", "restore", "restore"),
    ("?", "help", "help"),
)

BINDINGS = (
    *TILE_MOVES,
    Binding("enter", "open", "one head full size; a head of cross-attention is shown in the explorer's grid as well"),
    Binding("escape,q", "leave", "back to the wall, back to the explorer"),
    *WALL_STEPS,
    Binding("tab", "next_page", "next page: cross, decoder self, encoder self"),
    Binding("1", "page(0)", "cross-attention"),
    Binding("2", "page(1)", "the decoder's self-attention"),
    Binding("3", "page(2)", "the encoder's self-attention"),
    Binding("o", "next_order", "sort by layer, entropy, distance, diagonal share, alignment error"),
    Binding("space", "remove", "remove the head, or put it back"),
    Binding("L", "remove_layer", "remove the head's layer, or put it back"),
    Binding("O", "remove_others", "remove all heads of the page but this one, or put them back"),
    Binding("R", "restore", "put every removed head back"),
    Binding("u", "undo", "undo the last removal"),
    Binding("C", "palette", "next colour map"),
    Binding("X", "figure", "write the wall as a figure"),
    Binding("question_mark", "help", "help"),
)

READING = (
    "Every thumbnail is one head: a row is a decoding step (in the encoder a source token), a column what it looks at; "
    "two rows share a line. Layers and heads count from 0; L0 H2 is head 2 of layer 0. Beside the chosen head: mean "
    "entropy of its rows, mean distance between a row and what it looks at, the share of weight at most one token off "
    "the diagonal, and the alignment error rate on word-aligned sentences that the model's card names.\n\n"
    "A removed head's output is 0. The tokens stay, their probabilities are computed anew, and the change is shown "
    "beside each. ± marks a head with edits of its own: they are made in the grid while it shows that head.\n\n"
    "Rollout (Abnar 2020) follows attention through all layers, half of it staying where it is in each."
)


class HeadsScreen(HeadsLookingScreen, OverExplorer):
    """The wall, or one head full size, over the explorer, whose jobs do the computing."""

    board = "heads"
    reading = READING

    BINDINGS = [*BINDINGS]

    _owner: HeadActions

    def __init__(self, owner: HeadActions, bundle: Bundle, counts: Heads, view: View) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            bundle: Its model, a Transformer.
            counts: The model's heads.
            view: The explorer's view.
        """
        super().__init__()
        self._owner = owner
        self._bundle = bundle
        self._counts = counts
        self._errors = alignment_errors(bundle.card)
        self._head_size = head_size(bundle.card) or 1
        self._first_view = view

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        screen = HeadsScreen
        provider = self._bundle.provider.name.upper()
        yield TitleBar(f"{self._bundle.card.title} · heads", provider, id="title").data_bind(screen.view)
        yield from self.guests()
        yield TargetLine(id="target").data_bind(screen.view)
        with Horizontal(id="body"):
            with Vertical(id="maps"):
                yield HeadWall(id="wall").data_bind(screen.wall)
                yield HeadMap(id="map").data_bind(screen.wall)
                yield StagesPanel(id="stages")
            with Vertical(id="figures"):
                yield HeadFiguresPanel(id="head").data_bind(screen.wall)
                yield ChangesPanel(id="changes").data_bind(screen.wall)
        yield KeyBar(HINTS, id="keys")

    @property
    def readings(self) -> Mapping[str, Value]:
        """The page of the wall, the chosen head, and what the cursor's row looks at where it is full size."""
        wall = self.wall
        if wall is None:
            return {}
        found: dict[str, Value] = {"page": PAGE_TITLES[wall.kind], "chosen": wall.entry.name}
        found |= {"shown": "one head" if wall.full else "wall", "looked": ""}
        if wall.full:
            row, column = wall.row_labels[wall.cursor_row], wall.column_labels[int(np.nanargmax(wall.row_weights))]
            found["looked"] = f"{row} → {column}"
        return found

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """The page of the wall."""
        from explorer.render.wall_figure import WallFigure

        if self.wall is None or not self.wall.view.snapshot.trace.steps:
            return ()
        return (WallFigure(self.wall.view.snapshot.trace, (self.wall.kind,)),)

    def on_mount(self) -> None:
        """Show the explorer's decoding, and follow it."""
        self._take(self._first_view)
        self.watch(self._owner, "view", self._take, init=False)
        self.query_one(HeadWall).focus()

    def _take(self, view: View | None) -> None:
        """Show another decoding."""
        if view is None:
            return
        self.view, wall = view, self.wall
        if wall is not None and view.snapshot is wall.view.snapshot:  # other colours, say: the same decoding
            self.wall = wall.replace(view=view)
            return
        entries = read_entries(view.snapshot, CROSS if wall is None else wall.kind, self._counts, self._errors)
        if wall is None:
            shown = view.snapshot.trace.controls
            chosen = "L0 H0" if shown.head is None else f"L{shown.layer} H{shown.head}"
            self.wall = Wall(view, self._counts, entries, chosen=chosen)
        else:
            self.wall = wall.replace(view=view, entries=entries)

    def watch_wall(self, wall: Wall | None) -> None:
        """Show the wall or one head, and the stages of its cell."""
        if wall is None:
            return
        self.set_class(wall.full, "-full")
        if wall.full:
            self.query_one(StagesPanel).row = row_of_wall(wall, self._head_size)

    # --- looking ------------------------------------------------------------------------------------------------------

    def _opened(self, entry: Entry) -> None:
        """Of cross-attention the explorer's grid then shows the same."""
        if self.wall is None or self.wall.kind != CROSS:
            return
        if entry.key is None:
            self._owner.look(None, None, entry.name)
        else:
            self._owner.look(entry.key.layer, entry.key.head, None)

    def action_page(self, number: int) -> None:
        """Show another page, or say why it is not there."""
        kind = PAGES[number]
        missing = missing_page(kind, self._counts)
        if missing or self.wall is None or self.view is None:
            self.say(missing)
            return
        entries = read_entries(self.view.snapshot, kind, self._counts, self._errors)
        self.wall = self.wall.replace(kind=kind, entries=entries, row=None, column=None)

    def action_next_page(self) -> None:
        """The next page that is there."""
        if self.wall is None:
            return
        number = (PAGES.index(self.wall.kind) + 1) % len(PAGES)
        missing = missing_page(PAGES[number], self._counts)
        if missing:
            self.say(missing)
            number = (number + 1) % len(PAGES)
        self.action_page(number)

    # --- removing -----------------------------------------------------------------------------------------------------

    def action_remove(self) -> None:
        """Remove the chosen head, or put it back."""
        key = self._key()
        if key is not None:
            self._owner.remove_head(key)

    def action_remove_layer(self) -> None:
        """Remove the chosen head's layer, or put it back."""
        key = self._key()
        if key is not None:
            self._owner.remove_layer(key)

    def action_remove_others(self) -> None:
        """Remove all heads of the page but the chosen one, or put them back."""
        key = self._key()
        if key is not None:
            self._owner.remove_others(key)

    def _key(self) -> HeadKey | None:
        """Return the chosen head; say so where several as one are chosen."""
        if self.wall is None:
            return None
        key = self.wall.entry.key
        if key is None:
            self.say(f"{self.wall.entry.title} is no head of its own: choose a head to remove")
        return key

    def action_restore(self) -> None:
        """Put every removed head back."""
        self._owner.action_restore()

    async def action_undo(self) -> None:
        """Take back the last removal."""
        await self._owner.action_undo()

    def action_figure(self) -> None:
        """Write the page as a figure."""
        if self.wall is not None:
            self._owner.action_figure(self.wall.kind)
