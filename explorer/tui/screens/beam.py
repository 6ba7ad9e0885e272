"""Beam search: its tree, the attention of the chosen hypothesis, and going on from any of its tokens."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive

from explorer.render.layout import Zoom
from explorer.runtime.bundle import Bundle
from explorer.runtime.tree import GREATEST_ALPHA, WIDEST, SearchOptions, Tree
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.beam_keys import BINDINGS, HINTS, READING
from explorer.tui.screens.figure import Offer, ask_for_figure
from explorer.tui.screens.offers import offers_of_search
from explorer.tui.screens.over import OverExplorer
from explorer.tui.search_state import SearchState
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import Face, View
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.beam_tree import BeamTree
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.hypotheses import HypothesesPanel, Listed
from explorer.tui.widgets.picture import PictureView

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.screens.search_actions import SearchActions

ALPHA_STEP = 0.1
ROOM_FOR_FIGURES = 110
"""Columns of the screen from which probabilities stand in the tree unasked."""


class BeamScreen(OverExplorer):
    """The tree over the explorer, whose jobs do the computing."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    board = "beam"
    reading = READING

    BINDINGS = [*BINDINGS]

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """The explorer's view."""
    hypothesis: reactive[View | None] = reactive[View | None](None, repaint=False)
    """The chosen hypothesis up to the chosen token, as the grid and the picture draw it."""
    state: reactive[SearchState | None] = reactive[SearchState | None](None, repaint=False)
    """What the tree draws."""

    _owner: SearchActions

    def __init__(self, owner: SearchActions, bundle: Bundle, view: View, tree: Tree) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            bundle: Its model.
            view: The explorer's view.
            tree: The first search.
        """
        super().__init__()
        self._owner = owner
        self._bundle = bundle
        self._first = view, tree
        self._options = tree.options
        self._keep = tree.given
        self._zoom = Zoom.FIT

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        screen = BeamScreen
        provider = self._bundle.provider.name.upper()
        yield TitleBar(f"{self._bundle.card.title} · beam search", provider, id="title").data_bind(screen.view)
        yield from self.guests()
        with Vertical(id="body"):
            yield BeamTree(id="tree").data_bind(screen.state)
            with Horizontal(id="below"):
                face = AttentionGrid if self._bundle.card.image is None else PictureView
                yield face(id="weights").data_bind(view=screen.hypothesis)
                yield HypothesesPanel(id="hypotheses")
        yield KeyBar(HINTS, id="keys")

    def on_mount(self) -> None:
        """Show the search, and follow the explorer's colours."""
        self.view, tree = self._first
        self.state = SearchState.of(tree, figures=self.app.size.width >= ROOM_FOR_FIGURES)
        self.watch(self._owner, "view", self._take, init=False)
        self.query_one(BeamTree).focus()

    def _take(self, view: View | None) -> None:
        self.view = view
        self._show_hypothesis()

    def watch_state(self, state: SearchState | None) -> None:
        """Draw the weights of the chosen hypothesis, and list the finished ones."""
        if state is None:
            return
        self._show_hypothesis()
        tree, reached = state.tree, set(state.reached)
        self.query_one(HypothesesPanel).listed = tuple(
            Listed(number, tree.nodes[number].score, self._owner.hypothesis(tree, number).text, number in reached)
            for number in tree.hypotheses
        )

    def _show_hypothesis(self) -> None:
        state, view = self.state, self.view
        if state is None or view is None:
            return
        trace = self._owner.hypothesis(state.tree, state.chosen)
        snapshot = Snapshot(trace, None, view.snapshot.step_seconds)
        face = Face.GRID if self._bundle.card.image is None else Face.PICTURE
        self.query_one("#weights", FaceWidget).set_title(state.said())
        self.hypothesis = view.replace(
            snapshot=snapshot, row=len(trace.steps) - 1, column=None, face=face, zoom=self._zoom
        )

    # --- looking ------------------------------------------------------------------------------------------------------

    def action_beside(self, by: int) -> None:
        """Choose another hypothesis at the same step."""
        if self.state is not None:
            layout = self.query_one(BeamTree).layout_of(self.state)
            self.state = self.state.choose(layout.beside(self.state.tree, self.state.chosen, by))

    def action_forth(self) -> None:
        """Choose the best token after this one."""
        if self.state is None:
            return
        child = self.state.child
        if child is None:
            self.say(f"nothing follows: it is {self.state.fate}; enter goes on from here")
        else:
            self.state = self.state.choose(child)

    def action_back(self) -> None:
        """Choose the token before this one."""
        if self.state is not None and self.state.node.parent is not None:
            self.state = self.state.choose(self.state.node.parent)

    def action_next_finished(self, by: int) -> None:
        """Choose the end of a finished hypothesis: the next by rank, the best first."""
        if self.state is None:
            return
        finished = self.state.tree.hypotheses
        if not finished:
            self.say("no hypothesis has ended yet: . shows one more step")
            return
        at = finished.index(self.state.chosen) + by if self.state.chosen in finished else 0
        self.state = self.state.choose(finished[at % len(finished)])

    def action_show(self, by: int) -> None:
        """Show more or fewer steps of the search."""
        if self.state is not None:
            self.state = self.state.seeing(shown=self.state.shown + by)

    def action_pruned(self) -> None:
        """Hide what did not survive, or show it."""
        if self.state is not None:
            self.state = self.state.seeing(pruned=not self.state.pruned)

    def action_figures(self) -> None:
        """Write probabilities beside the tokens, or not."""
        if self.state is not None:
            self.state = dataclasses.replace(self.state, figures=not self.state.figures)

    def action_zoom(self) -> None:
        """The next zoom of the weights."""
        self._zoom = self._zoom.next()
        self._show_hypothesis()

    def on_beam_tree_chosen(self, message: BeamTree.Chosen) -> None:
        """Choose the clicked token; a second click goes on from it."""
        if message.again:
            self.action_go_on()
        elif self.state is not None:
            self.state = self.state.choose(message.number)

    def on_hypotheses_panel_chosen(self, message: HypothesesPanel.Chosen) -> None:
        """Choose the end of the clicked hypothesis."""
        if self.state is not None:
            self.state = self.state.choose(message.number)

    def on_face_widget_cell_chosen(self, message: FaceWidget.CellChosen) -> None:
        """Choose the token of the clicked row."""
        if self.state is not None:
            self.state = self.state.choose(self.state.path[message.row].number)

    # --- searching ----------------------------------------------------------------------------------------------------

    def action_wider(self, by: int) -> None:
        """Search with a wider or narrower beam."""
        width = min(max(1, self._options.width + by), WIDEST)
        if width == self._options.width:
            self.say(f"a beam is 1 to {WIDEST} wide")
            return
        self._search(dataclasses.replace(self._options, width=width))

    def action_penalty(self, by: int) -> None:
        """Order the finished by another length penalty; nothing is computed anew."""
        alpha = min(max(0.0, round(self._options.alpha + by * ALPHA_STEP, 1)), GREATEST_ALPHA)
        self._options = self._owner.search_options = dataclasses.replace(self._options, alpha=alpha)
        if self.state is not None:
            self.state = dataclasses.replace(self.state, whole=self.state.whole.normalised(alpha))

    def action_prefix(self) -> None:
        """Search behind the emitted tokens, or from the first one."""
        emitted = 0 if self.view is None else self.view.snapshot.emitted
        if self._keep:
            self._keep = 0
            self.say("searched from the beginning")
        elif emitted:
            self._keep = emitted
            self.say("searched behind the emitted tokens")
        else:
            self.say("no token is emitted: the search begins at the first")
            return
        self._search(self._options)

    def _search(self, options: SearchOptions) -> None:
        self._options = options
        self._owner.search(options, self._keep, self._found)

    def _found(self, tree: Tree) -> None:
        if self.state is not None and tree.options.width == self._options.width:  # else another one is on its way
            self.state = self.state.taking(tree.normalised(self._options.alpha))

    def action_go_on(self) -> None:
        """Put the explorer on the tokens up to the chosen one."""
        if self.state is not None:
            self._owner.stand_on(tuple(node.step.token for node in self.state.path))
            self.dismiss()

    def action_overlay(self) -> None:
        """The next way to lay attention over a picture."""
        if self._bundle.card.image is None:
            self.say("attention is laid over pictures; this model reads text")
        else:
            self._owner.next_overlay()

    @property
    def _offers(self) -> tuple[Offer, ...]:
        """The tree as it is seen, and the chosen hypothesis; nothing before there is a search."""
        state, chosen = self.state, self.hypothesis
        if state is None or chosen is None:
            return ()
        texts = tuple(self._owner.hypothesis(state.tree, number).text for number in state.tree.hypotheses)
        return offers_of_search(state, texts, chosen)

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """The tree."""
        return tuple(offer.figure for offer in self._offers[:1])

    def action_figure(self) -> None:
        """Write the tree as it is seen as a figure."""
        offers, chosen = self._offers, self.hypothesis
        if offers and chosen is not None:
            ask_for_figure(self, offers, chosen.palette)
