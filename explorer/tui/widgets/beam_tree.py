"""The tree of a beam search: arrows move over it, a second click on a token goes on from there."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from explorer.render.beam import BeamLayout, BeamStyle, beam_layout, beam_lines
from explorer.tui.search_state import SearchState
from explorer.tui.widgets.base import COMPONENTS, DrawnWidget

AHEAD = 16
"""Cells to the right of the chosen token that are kept in sight: what follows it."""


class BeamTree(DrawnWidget, can_focus=True):
    """Draws the part of the tree around the chosen token."""

    COMPONENT_CLASSES = set(COMPONENTS)

    state: reactive[SearchState | None] = reactive[SearchState | None](None, repaint=False)
    """What is drawn; None before the first search has come."""

    @dataclass
    class Chosen(Message):
        """A token was clicked; `again` where it was the chosen one already."""

        number: int
        again: bool

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_line = 0
        self._first_cell = 0
        self._known: tuple[SearchState, BeamLayout] | None = None

    def watch_state(self, state: SearchState | None) -> None:
        """Keep the chosen token in sight and say what is drawn."""
        if state is not None and self.size:
            layout = self.layout_of(state)
            self._keep_in_sight(state, layout)
            self._entitle(state, layout)
        self.redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        super().on_resize()
        self.watch_state(self.state)

    def layout_of(self, state: SearchState) -> BeamLayout:
        """Return where everything stands; it is the same for every choice."""
        if self._known is not None:
            before, layout = self._known
            if (before.whole, before.shown, before.pruned, before.figures) == (
                state.whole,
                state.shown,
                state.pruned,
                state.figures,
            ):
                return layout
        layout = beam_layout(state.tree, pruned=state.pruned, figures=state.figures)
        self._known = state, layout
        return layout

    def _keep_in_sight(self, state: SearchState, layout: BeamLayout) -> None:
        width, height = self.size
        place = layout.places[state.chosen]
        first = min(max(self._first_line, place.line - height + 1), place.line)
        self._first_line = max(0, min(first, layout.lines - height))
        end = min(layout.width, place.start + place.width + AHEAD)
        self._first_cell = max(0, min(max(self._first_cell, end - width), place.start - 2, layout.width - width))

    def _entitle(self, state: SearchState, layout: BeamLayout) -> None:
        options, tree = state.whole.options, state.tree
        penalty = f"length penalty α {options.alpha:g}" if options.alpha else "no length penalty"
        finished = f"{len(tree.hypotheses)} finished"
        steps = f"step {state.shown} of {state.whole.depth}"
        sight = "" if state.pruned else "pruned hidden"
        pans = "arrows show more" if layout.lines > self.size.height or layout.width > self.size.width else ""
        self.set_title(
            f"beam of {options.width} · {penalty} · {finished}", " · ".join(filter(None, (steps, sight, pans)))
        )

    def strips(self) -> list[Strip]:
        """Return every line that is seen."""
        state, (width, height) = self.state, self.size
        blank = [Strip.blank(width, self.plain)] * height
        if state is None or not self.size:
            return blank
        layout = self.layout_of(state)
        lines = beam_lines(state.tree, layout, state.chosen, self._first_line, height, self._style())
        drawn = [
            Strip(line).crop(self._first_cell, self._first_cell + width).adjust_cell_length(width, self.plain)
            for line in lines
        ]
        return (drawn + blank)[:height]

    def _style(self) -> BeamStyle:
        return BeamStyle(
            blank=self.plain,
            kept=self.plain,
            best=self.look("accent"),
            lost=self.look("dim"),
            line=self.look("dim"),
            figure=self.look("dim"),
            chosen=self.look("chosen"),
            path=Style(bold=True),
            ending=self.look("strong"),
        )

    def on_click(self, event: events.Click) -> None:
        """Choose the token under the mouse."""
        place = event.get_content_offset(self)
        if self.state is None or place is None:
            return
        number = self.layout_of(self.state).at(self._first_line + place.y, self._first_cell + place.x)
        if number is not None:
            self.post_message(self.Chosen(number, number == self.state.chosen))
