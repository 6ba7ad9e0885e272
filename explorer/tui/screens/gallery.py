"""Every combination of alignment function and attention type at once, live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import reactive

from explorer.runtime.side_by_side import Variant
from explorer.tui.gallery import DISTANCE, ORDERS, SCORE, Gallery, exhibits_of
from explorer.tui.screens.base import HEIGHTS
from explorer.tui.screens.figure import ask_for_figure
from explorer.tui.screens.keys import TILE_MOVES, WALL_STEPS
from explorer.tui.screens.offers import NO_TOKEN, offers_of_gallery
from explorer.tui.screens.over import OverExplorer
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.gallery_wall import ExhibitPanel, GalleryWall
from explorer.tui.widgets.tile_wall import TileWall

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.measures import Value
    from explorer.tui.screens.compare_actions import CompareActions

HINTS = (
    ("↑↓←→", "move", "move(1, 0)"),
    ("enter", "open", "open"),
    ("p", "prefix or free", "toggle_free"),
    (".", "step", "step"),
    (",", "back", "back"),
    ("o", "sort", "next_order"),
    ("c", "compare", "compare"),
    ("esc", "close", "leave"),
    ("end", "finish", "end"),
    ("[ ]", "row", "row(-1)"),
    ("X", "figure", "figure"),
    ("?", "help", "help"),
)

BINDINGS = (
    *TILE_MOVES,
    Binding("enter", "open", "go on with this combination in the explorer"),
    Binding("c", "compare", "compare this combination with the explorer's"),
    Binding("p", "toggle_free", "all on the explorer's tokens, or each decoded on its own"),
    *WALL_STEPS,
    Binding("o", "next_order", "sort as in the card, by entropy, score, distance to the explorer's run"),
    Binding("left_square_bracket", "row(-1)", "read out the row before; over pictures the word before"),
    Binding("right_square_bracket", "row(1)", "read out the row after it"),
    Binding("C", "palette", "next colour map"),
    Binding("X", "figure", "write all combinations as a figure"),
    Binding("question_mark", "help", "help"),
    Binding("escape,q,g", "leave", "back to the explorer"),
)

READING = (
    "Every tile is one alignment function with one attention type: a row of its grid is a decoding step, a column a "
    "source token, and two rows share a line. Without attention no alignment function acts, so it stands there once. "
    "▸ marks the explorer's own combination. All of them are decoded as one batch.\n\n"
    "On one prefix every combination is given the tokens of the explorer's run. The decoder has no input feeding, so "
    "they all meet the same query, and only the attention differs; ▸ in a tile is the word that it would say next. "
    "Each on its own (p) decodes greedily under its own attention, and is shown as far as the explorer has come.\n\n"
    "Figures are the mean entropy of the rows, the score of the card's first test set, and √JS: the mean "
    "Jensen-Shannon distance (square root, base 2) to the explorer's run, row by row. log p is the mean "
    "log-probability of the tokens under that combination. Over a picture stands the attention of one word; [ and ] "
    "choose it."
)


class GalleryScreen(OverExplorer):
    """A wall of combinations; stepping changes the explorer's decoding, which the wall follows."""

    VERTICAL_BREAKPOINTS = HEIGHTS

    board = "gallery"
    reading = READING

    BINDINGS = [*BINDINGS]

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """The explorer's view."""
    gallery: reactive[Gallery | None] = reactive[Gallery | None](None, repaint=False)
    """What the widgets draw."""

    _owner: CompareActions

    def __init__(self, owner: CompareActions, view: View) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            view: Its view.
        """
        super().__init__()
        self._owner = owner
        self._first_view = view
        self._free = False
        self._asked = 0

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        screen, bundle = GalleryScreen, self._owner.bundle
        title = f"{bundle.card.title} · gallery"
        yield TitleBar(title, bundle.provider.name.upper(), id="title").data_bind(screen.view)
        yield from self.guests()
        yield GalleryWall(id="wall").data_bind(screen.gallery)
        yield ExhibitPanel(id="exhibit").data_bind(screen.gallery)
        yield KeyBar(HINTS, id="keys")

    @property
    def readings(self) -> Mapping[str, Value]:
        """What all combinations are decoded on."""
        return {"on_prefix": "each its own" if self.gallery is not None and self.gallery.free else "one prefix"}

    def on_mount(self) -> None:
        """Show all combinations of the explorer's decoding, and follow it."""
        self._take(self._first_view)
        self.watch(self._owner, "view", self._take, init=False)
        self.query_one(GalleryWall).focus()

    def _take(self, view: View | None) -> None:
        """Follow the explorer: ask for the combinations of another decoding, or take other colours."""
        if view is None:
            return
        before, self.view = self.view, view
        if before is None or before.snapshot is not view.snapshot:
            self._ask()
        else:  # also the sign that an answer takes long, which must not be asked for again
            self._change(view=view)

    def _ask(self) -> None:
        """Ask for all combinations; of several questions that wait only the last one is worth an answer."""
        self._asked += 1
        number, free = self._asked, self._free

        def arrived(variants: list[Variant] | None) -> None:
            if variants is not None and number == self._asked:
                self._arrived(variants, free)

        self._owner.ask_variants(free, lambda: number == self._asked, arrived)

    def _arrived(self, variants: list[Variant], free: bool) -> None:
        view, gallery = self.view, self.gallery
        if view is None:
            return
        exhibits = exhibits_of(self._owner.bundle.card, view, variants, free)
        if gallery is not None:
            self.gallery = gallery.replace(view=view, exhibits=exhibits, free=free)
            return
        controls = view.snapshot.trace.controls
        same = [exhibit for exhibit in exhibits if exhibit.attention == controls.attention]
        own = next((exhibit for exhibit in same if exhibit.alignment == controls.alignment), same[0])
        self.gallery = Gallery(view, exhibits, free, chosen=own.name)

    def _change(self, **changes: object) -> None:
        if self.gallery is not None:
            self.gallery = self.gallery.replace(**changes)

    # --- looking ------------------------------------------------------------------------------------------------------

    def action_move(self, right: int, down: int) -> None:
        """Move the choice on the wall."""
        if self.gallery is not None:
            board = self.gallery.board
            self._change(chosen=board.beside(right + down * board.across))

    def action_row(self, by: int) -> None:
        """Read out another row; from the last one it goes on with the decoding."""
        if self.gallery is not None:
            row = min(max(0, self.gallery.cursor_row + by), self.gallery.rows - 1)
            self._change(row=None if row == self.gallery.rows - 1 else row)

    def action_next_order(self) -> None:
        """Sort by another figure."""
        if self.gallery is None:
            return
        order = ORDERS[(ORDERS.index(self.gallery.order) + 1) % len(ORDERS)]
        self._change(order=order)
        if order == SCORE and all(exhibit.score is None for exhibit in self.gallery.exhibits):
            self.say("sorted by score, but the card names none")
        elif order == DISTANCE:
            self.say("sorted by the Jensen-Shannon distance to the explorer's run")
        else:
            self.say("as in the card" if order == ORDERS[0] else f"sorted by {order}")

    def action_toggle_free(self) -> None:
        """All on the explorer's tokens, or each on its own."""
        self._free = not self._free
        self.say("each decodes on its own" if self._free else "all are given the explorer's tokens: the same query")
        self._ask()

    def on_tile_wall_chosen(self, message: TileWall.Chosen) -> None:
        """Choose the clicked tile; a second click opens it."""
        if message.again:
            self.action_open()
        else:
            self._change(chosen=message.name)

    # --- going on -----------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Go on with the chosen combination in the explorer; where each runs on its own, with its own tokens."""
        if self.gallery is not None:
            exhibit = self.gallery.exhibit
            self._owner.open_variant(exhibit.alignment, exhibit.attention, self.gallery.free)
            self.dismiss()

    def action_compare(self) -> None:
        """Compare the chosen combination with the explorer's."""
        if self.gallery is not None:
            exhibit = self.gallery.exhibit
            controls = self.gallery.view.snapshot.trace.controls
            self._owner.compare_with(controls.replace(alignment=exhibit.alignment, attention=exhibit.attention))

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """The wall."""
        gallery = self.gallery
        if gallery is None or not all(exhibit.trace.steps for exhibit in gallery.exhibits):
            return ()
        return (offers_of_gallery(gallery)[0].figure,)

    def action_figure(self) -> None:
        """Write the gallery as a figure."""
        gallery = self.gallery
        if gallery is None:
            return
        if not all(exhibit.trace.steps for exhibit in gallery.exhibits):
            self.say(NO_TOKEN)
        else:
            ask_for_figure(self, offers_of_gallery(gallery), gallery.view.palette)
