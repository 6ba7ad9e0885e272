"""The comparison while a session is played: the keys that step go from moment to moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding

from explorer.tui.comparison import Comparison
from explorer.tui.jobs import Jobs, Result, State
from explorer.tui.pair import Sides, TwoRuns
from explorer.tui.playback import Moment
from explorer.tui.screens.compare import CompareScreen, controls_of
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.caption import CaptionBar, Said

if TYPE_CHECKING:
    from explorer.tui.screens.replay import ReplayScreen

PLAYING = ("play", "slower", "faster", "follow")
"""Actions that there are as long as the session is played."""
STEP = "compare.step"


class PersonsJobs(Jobs[State]):
    """Jobs that a person asks for: the session is left before the first of them is done."""

    take_over: Callable[[], object]

    def call(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Take over, and run `work`."""
        self.take_over()
        super().call(work, then)

    def switch(self, work: Callable[[], State]) -> None:
        """Take over, and run `work` unless another switch has come by then."""
        self.take_over()
        super().switch(work)


class ReplayCompareScreen(CompareScreen):
    """Two runs of a session that plays; whatever else is done takes over, and goes on with them as they are."""

    BINDINGS = [
        Binding("space", "play", "play or pause the session"),
        Binding("less_than_sign", "slower", "play slower"),
        Binding("greater_than_sign", "faster", "play faster"),
        Binding("escape", "follow", "go on yourself"),
        *CompareScreen.BINDINGS,
    ]

    def __init__(self, owner: ReplayScreen, two: TwoRuns, view: View) -> None:
        """Create the screen.

        Args:
            owner: The screen below, which plays the session.
            two: The two runs.
            view: How the explorer is seen.
        """
        super().__init__(owner, two.pair, view, None, owner.models)
        self._replay = owner
        self._two, self._row = two, row_compared(owner.player.moment)
        self._mounted = False
        self._jobs: PersonsJobs[Sides] = PersonsJobs(self, self._show, self._complain, self._busy, owner.jobs)
        self._jobs.take_over = owner.take_over

    def compose(self) -> ComposeResult:
        """The comparison, with the caption above the keys."""
        for widget in super().compose():
            if isinstance(widget, KeyBar):
                bar = CaptionBar(id="caption")
                bar.set_class(self._replay.player.session.captioned, "-words")
                yield bar
            yield widget

    def _begin(self) -> None:
        """Show the moment; nothing is to be computed."""
        self._mounted = True
        self._own_hints = self.query_one(KeyBar).exchange(self._replay.hints)
        self.show_moment(self._two, self._row)
        if self._replay.said is not None:
            self.show_said(self._replay.said)
        if self._replay.player.left:
            self.leave_session()

    def show_moment(self, two: TwoRuns, row: int | None) -> None:
        """Show two runs, the cursor in a row; None for the last one."""
        self._two, self._row = two, row
        self._pair, self._asked = two.pair, controls_of(two.sides)
        if not self._mounted:
            return
        if self.comparison is None:
            self.comparison = Comparison(self._view, two.sides, two.active, row)
        else:
            self._change(sides=two.sides, active=two.active, row=row)
        self._side_widget(two.active).focus()

    def show_said(self, said: Said) -> None:
        """Show where the session is, and what is said."""
        if self._mounted:
            self.query_one(CaptionBar).said = said

    def leave_session(self) -> None:
        """The session is not played any further: the keys are those of every comparison."""
        if self._mounted:
            self.query_one(CaptionBar).display = False
            self.query_one(KeyBar).exchange(self._own_hints)

    def on_screen_suspend(self) -> None:
        """A dialogue comes over this screen: the session waits; where it takes this screen away, it goes on."""
        if self in self.app.screen_stack:
            self._replay.pause()

    # --- keys ---------------------------------------------------------------------------------------------------------

    @property
    def _left(self) -> bool:
        return self._replay.player.left

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is played once the session was left."""
        if action == "follow" and self._left:
            return True  # escape leaves the comparison then
        return not (action in PLAYING and self._left) and super().check_action(action, parameters)

    def action_step(self) -> None:
        """The next moment."""
        super().action_step() if self._left else self._replay.action_step()

    def action_back(self) -> None:
        """The moment before."""
        super().action_back() if self._left else self._replay.action_back()

    def action_home(self) -> None:
        """The first moment."""
        super().action_home() if self._left else self._replay.action_home()

    def action_end(self) -> None:
        """The last moment."""
        super().action_end() if self._left else self._replay.action_end()

    def action_play(self) -> None:
        """Pause, or play on."""
        self._replay.action_play()

    def action_slower(self) -> None:
        """Play at half the speed."""
        self._replay.action_slower()

    def action_faster(self) -> None:
        """Play at twice the speed."""
        self._replay.action_faster()

    def action_follow(self) -> None:
        """Go on alone, in the comparison as it is; then, leave it."""
        if self._left:
            self.action_leave()
        else:
            self._replay.take_over()

    def action_leave(self) -> None:
        """Close the comparison, and go on alone: behind the moment that is on its way."""
        leave = super().action_leave
        self._jobs.call(lambda: None, lambda _: leave())


def row_compared(moment: Moment) -> int | None:
    """Return the row that a moment of two runs points at; None for the one that decoding is at."""
    action = moment.action
    if action.row is not None or moment.compared is None:
        return action.row
    emitted = max(side.snapshot.emitted for side in moment.compared.sides)
    return max(0, emitted - 1) if action.caption and action.do == STEP else None
