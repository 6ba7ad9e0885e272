"""Two runs on one source beside each other, and how what they look at differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from explorer.errors import ExplorerError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.labels import printable
from explorer.tui.comparison import Comparison
from explorer.tui.gates import neighbour
from explorer.tui.jobs import Jobs
from explorer.tui.models import Opened, OpenModels, listed_models
from explorer.tui.pair import LEFT, NAMES, RIGHT, Pair, Sides
from explorer.tui.screens.base import ExplorerBase
from explorer.tui.screens.compare_keys import BINDINGS, HINTS, READING
from explorer.tui.screens.compare_looking import CompareLooking
from explorer.tui.screens.help import HelpScreen
from explorer.tui.screens.models import ModelsScreen
from explorer.tui.screens.switch_actions import Switching
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.compare_grids import DifferenceGrid, SideGrid
from explorer.tui.widgets.difference_picture import DifferencePicture
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.picture import PictureView
from explorer.tui.widgets.sentences import TargetLine
from explorer.tui.widgets.side_facts import SideFacts


class CompareScreen(CompareLooking, Switching):
    """Three grids, or pictures, of two runs; returns the side that the explorer is to go on with, or None."""

    BINDINGS = [*BINDINGS]

    def __init__(
        self, owner: ExplorerBase, pair: Pair, view: View, controls: Controls | None, models: OpenModels
    ) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            pair: Two runs on its source.
            view: Its view; where the two are not begun, its tokens and switches are the left side's.
            controls: Switches that the right side is begun with; None where the two are begun already.
            models: The models that are open, and the recorder of what is done on them.
        """
        super().__init__()
        self._owner = owner
        self._pair = pair
        self._view = view
        self._models = models
        self._bundle: Bundle = owner.bundle
        self._begun = controls is None
        self._asked = controls_of(pair.sides) if controls is None else [view.snapshot.trace.controls, controls]
        self._jobs: Jobs[Sides] = Jobs(self, self._show, self._complain, self._busy)

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        card = self._bundle.card
        yield TitleBar(f"{card.title} · compare", self._bundle.provider.name.upper(), id="title")
        yield from self.guests()
        for number in (LEFT, RIGHT):
            yield SideFacts(number, id=f"{NAMES[number]}-facts")
            yield TargetLine(id=f"{NAMES[number]}-target")
        with Horizontal(id="body"):
            for number in (LEFT, RIGHT):
                name = f"{NAMES[number]}-side"
                yield SideGrid(number, id=name) if card.image is None else PictureView(id=name)
            yield DifferenceGrid(id="difference") if card.image is None else DifferencePicture(id="difference")
        yield KeyBar(HINTS, id="keys")

    def on_mount(self) -> None:
        """Show both sides."""
        self._begin()
        self._side_widget(self._pair.active).focus()
        self.watch(self._owner, "view", self._recolour, init=False)

    def _begin(self) -> None:
        """Begin both sides where the explorer is, or go on where they are."""
        tokens = tuple(step.token for step in self._view.snapshot.trace.steps)
        left, right = self._asked
        pair = self._pair
        self._jobs.start(lambda: pair.sides if self._begun else pair.begin(tokens, left, right))

    def _recolour(self, view: View | None) -> None:
        """Take the explorer's colours."""
        if view is not None and self.comparison is not None:
            self._change(view=self.comparison.view.replace(palette=view.palette))

    def watch_comparison(self, comparison: Comparison | None) -> None:
        """Show both sides and their differences."""
        if comparison is None:
            return
        self._bundle = comparison.side.bundle
        self.query_one(TitleBar).view = comparison.view_of(comparison.active)
        for number, name in enumerate(NAMES):
            view = comparison.view_of(number)
            self.query_one(f"#{name}-facts", SideFacts).show(comparison)
            self.query_one(f"#{name}-target", TargetLine).view = view
            side = self._side_widget(number)
            if isinstance(side, SideGrid):
                side.show(comparison)
            else:
                side.set_title(comparison.title(number))
                # A picture frames the cursor's cell only where a person put it there.
                column = None if comparison.column is None else view.column
                side.view = view.replace(row=min(view.row, view.snapshot.last_row), column=column)
        found = self.query_one("#difference")
        if isinstance(found, DifferenceGrid | DifferencePicture):
            found.show(comparison)

    def _side_widget(self, number: int) -> FaceWidget:
        return self.query_one(f"#{NAMES[number]}-side", FaceWidget)

    # --- jobs ---------------------------------------------------------------------------------------------------------

    def _show(self, sides: Sides) -> None:
        if self.comparison is None:
            self.comparison = Comparison(self._view, sides, self._pair.active)
        else:
            self.comparison = self.comparison.replace(sides=sides)

    def _told(self, done: tuple[Sides, str]) -> None:
        """Show what a job returned, and say what it said."""
        sides, note = done
        self._asked = controls_of(sides)
        self._show(sides)
        self.say(note)

    def _complain(self, error: ExplorerError) -> None:
        if self.comparison is None:  # the source is gone: there is nothing to compare
            self.dismiss(None)
        else:
            self._asked = controls_of(self.comparison.sides)
        self.notify(printable(str(error)), severity="error", title="not done", timeout=8)

    def _busy(self, busy: bool) -> None:
        if self.comparison is not None and self.comparison.view.busy != busy:
            self._change(view=self.comparison.view.replace(busy=busy))

    # --- stepping -----------------------------------------------------------------------------------------------------

    def action_step(self) -> None:
        """Emit the next token of every side that is not locked."""
        comparison = self.comparison
        if comparison is not None and not any(s.snapshot.pending and not s.locked for s in comparison.sides):
            locked = any(side.locked for side in comparison.sides)
            self.say("nothing to step: L unlocks a side" if locked else "both sentences are finished: ← goes back")
            return
        self._move(self._pair.step)

    def action_back(self) -> None:
        """Take the last token back."""
        self._move(self._pair.back)

    def action_home(self) -> None:
        """Take every token back."""
        self._move(self._pair.home)

    def action_end(self) -> None:
        """Decode to the end."""
        self._move(self._pair.end)

    def _move(self, work: Callable[[], Sides]) -> None:
        self._change(row=None)
        self._jobs.start(work)

    # --- one side -----------------------------------------------------------------------------------------------------

    @property
    def _wanted(self) -> Controls:
        """The switches that the active side is to have, also while a job for them waits."""
        return self._asked[self._active]

    @_wanted.setter
    def _wanted(self, controls: Controls) -> None:
        self._asked[self._active] = controls

    def switch(self, **changes: object) -> None:
        """Put the active side under other switches, its tokens kept."""
        if self._is_locked():
            return
        number = self._active
        self._wanted = wanted = self._wanted.replace(**changes)
        self._jobs.switch(lambda: self._pair.switch(number, wanted))

    def action_next_head(self, by: int) -> None:
        """Show a neighbouring head of cross-attention on the active side."""
        counts = self._bundle.card.heads
        if counts is None:
            self.say("this side has no heads: it is recurrent; M chooses a Transformer")
            return
        key = neighbour(counts, self._wanted, by)
        self.switch(layer=key.layer, head=key.head, aggregate=None)

    def action_models(self) -> None:
        """Choose another model for the active side."""
        if self._is_locked():
            return
        number = self._active

        def chosen(folder: Path | None) -> None:
            if folder is not None:
                self._jobs.call(lambda: self._pair.put(number, self._models.open(folder)), self._told)

        self.app.push_screen(ModelsScreen(listed_models(self._bundle)), chosen)

    def action_other_side(self) -> None:
        """Let the keys change the other side."""
        self._side_widget(1 - self._active).focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The side with the focus is the one that the keys change."""
        for number in (LEFT, RIGHT):
            if event.widget is self._side_widget(number):
                self._change(active=number)

    def action_lock(self) -> None:
        """Let the active side stay as it is, or go on."""
        number = self._active
        self._jobs.start(lambda: self._pair.lock(number))

    def _is_locked(self) -> bool:
        """Return whether the active side is locked, and say so."""
        locked = self.comparison is not None and self.comparison.side.locked
        if locked:
            self.say(f"the {NAMES[self._active]} side is locked: L unlocks it")
        return locked

    # --- both sides ---------------------------------------------------------------------------------------------------

    def action_swap(self) -> None:
        """Exchange the sides; the keys stay with the run that they changed."""

        def swapped(sides: Sides) -> None:
            self._asked.reverse()
            self._change(sides=sides)
            self.action_other_side()

        self._jobs.call(self._pair.swap, swapped)

    def action_copy(self) -> None:
        """Force the active side's tokens on the other."""
        comparison, number = self.comparison, self._active
        if comparison is None:
            return
        if comparison.sides[1 - number].locked:
            self.say(f"the {NAMES[1 - number]} side is locked: tab and L unlock it")
            return
        self._change(row=None)
        self._jobs.call(lambda: self._pair.copy(number), self._told)

    def action_take(self) -> None:
        """Go on with the active side in the explorer."""
        number = self._active
        self._jobs.call(lambda: self._pair.take(number), self._taken)

    def _taken(self, opened: Opened) -> None:
        self.dismiss(opened)

    def action_leave(self) -> None:
        """Close, and leave the explorer's run as it was."""
        self._models.recorder.closed(self._pair)
        self.dismiss(None)

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen(self.BINDINGS, READING))


def controls_of(sides: Sides) -> list[Controls]:
    """Return the switches of both sides."""
    return [side.snapshot.trace.controls for side in sides]
