"""The explorer screen while a session is played: the keys that step go from moment to moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.app import ComposeResult
from textual.timer import Timer

from explorer.errors import ExplorerError
from explorer.runtime.labels import printable
from explorer.tui.jobs import Jobs
from explorer.tui.models import Opened, OpenModels
from explorer.tui.playback import Moment
from explorer.tui.player import Player
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.replay_compare import ReplayCompareScreen, row_compared
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.caption import CaptionBar, Said

REPLAY_HINTS = (
    ("space", "pause or play", "play"),
    ("→", "next", "step"),
    ("←", "previous", "back"),
    ("esc", "go on yourself", "follow"),
    ("< >", "speed", "faster"),
    ("home end", "first, last", "home"),
    ("?", "help", "help"),
)
"""(key, what it does, action), the most wanted first; the last one always has room."""
EMITTING = ("step", "force")
"""Actions after which another step is at hand already."""


class ReplayScreen(ExplorerScreen):
    """Plays a session; anything that the session does not hold takes over, and the explorer is as it always is."""

    def __init__(self, opened: Opened, view: View, models: OpenModels, player: Player) -> None:
        """Create the screen.

        Args:
            opened: Where the session is.
            view: The first view.
            models: The models that are open.
            player: What plays the session.
        """
        pointing = view.replace(row=row_of(player.moment))
        super().__init__(opened.bundle, opened.stepper, pointing, opened.text, models)
        self.player = player
        self.said: Said | None = None
        self.hints = REPLAY_HINTS
        self._next: Timer | None = None
        self._own_hints: tuple[tuple[str, str, str], ...] = REPLAY_HINTS
        self._caption = player.moment.action.caption
        self._over: ReplayCompareScreen | None = None

    def compose(self) -> ComposeResult:
        """The explorer, with the caption above the keys."""
        for widget in super().compose():
            if isinstance(widget, KeyBar):
                bar = CaptionBar(id="caption")
                bar.set_class(self.player.session.captioned, "-words")
                yield bar
                self._own_hints = widget.exchange(REPLAY_HINTS)
            yield widget

    def on_mount(self) -> None:
        """Show the moment, and wait for the next one."""
        self.set_class(self.player.session.captioned, "-captioned")
        self.call_later(self._show_compared, self.player.moment)
        self._tell(self.player.moment)

    @property
    def models(self) -> OpenModels:
        """The models that are open."""
        return self._models

    @property
    def jobs(self) -> Jobs[Snapshot]:
        """What the session is played by, one moment after the other."""
        return self._jobs

    # --- moments ------------------------------------------------------------------------------------------------------

    def next_moment(self) -> None:
        """Do the next action of the session."""
        self._perform(self.player.forward)

    def _perform(self, work: Callable[[], Moment]) -> None:
        """Go to a moment, unless somebody has taken over by then: it would undo what was done."""
        self._jobs.call(lambda: None if self.player.left else work(), self._arrived_at)

    def _arrived_at(self, moment: Moment | None) -> None:
        if moment is None:
            return
        opened = moment.opened
        if opened.bundle is not self._bundle:
            self._wait(None)
            self.post_message(self.ModelOpened(opened))
            return
        self._stepper, self._text, self._wanted = opened.stepper, opened.text, opened.snapshot.trace.controls
        super()._show(opened.snapshot)
        self._change(row=row_of(moment))
        self._show_compared(moment)
        self._tell(moment)

    def _show_compared(self, moment: Moment) -> None:
        """Put two runs over the explorer where the session compares them, and take them away where it does not."""
        two, over = moment.compared, self._over
        if over is not None and over not in self.app.screen_stack:
            over = None
        if two is None:
            while over in self.app.screen_stack:  # with whatever dialogue is over it
                self.app.pop_screen()
            self._over = None
        elif over is None:
            self._over = ReplayCompareScreen(self, two, self.view or self._first_view)
            self.app.push_screen(self._over, self._go_on_with)
        else:
            over.show_moment(two, row_compared(moment))

    def _put_over(self, screen: CompareScreen) -> None:
        """Compare what the session does not."""
        self.take_over()
        super()._put_over(screen)

    def _tell(self, moment: Moment) -> None:
        """Say what is to be said about a moment, and wait for the next one."""
        player = self.player
        if player.left:
            return
        self._caption = moment.action.caption or self._caption
        playing = player.playing and not player.ended
        self._say_where(Said(player.session.title, moment.number, player.length, playing, self._caption))
        for remark in moment.remarks:
            self.notify(printable(remark), severity="warning", title="not as it was recorded", timeout=8)
        self._wait(player.pause if playing and not player.steered else None)

    def _wait(self, seconds: float | None) -> None:
        if self._next is not None:
            self._next.stop()
        self._next = None if seconds is None else self.set_timer(seconds, self.next_moment)

    def _say_where(self, said: Said) -> None:
        """Say where the session is, on whichever screen is seen."""
        self.said = self.query_one(CaptionBar).said = said
        if self._over is not None:
            self._over.show_said(said)

    def pause(self) -> None:
        """Let no moment follow by itself; nothing is done where the session was left."""
        if self.player.left:
            return
        self.player.playing = False
        self._wait(None)
        if self.said is not None:
            self._say_where(replace(self.said, playing=False))

    def _show(self, snapshot: Snapshot) -> None:
        """Show what a person did; that is where the session ends."""
        self.take_over()
        super()._show(snapshot)

    def _arrived(self, opened: Opened) -> None:
        self.take_over()
        super()._arrived(opened)

    def take_over(self) -> None:
        """Go on alone from what is on the screen; the rest of the session is not played."""
        if self.player.left:
            return
        self.player.left = True
        self._wait(None)
        self.query_one(CaptionBar).display = False
        self.remove_class("-captioned")
        self.query_one(KeyBar).exchange(self._own_hints)
        if self._over is None:
            self.say("from here on it is your session: S saves it")
        else:
            self._over.leave_session()
            self._over.say("from here on it is your session: S saves it once the comparison is closed")

    def _complain(self, error: ExplorerError) -> None:
        """A session that asks for what there is not is not played any further."""
        self.pause()
        super()._complain(error)

    def _stop(self) -> None:
        self.pause()
        super()._stop()

    # --- keys ---------------------------------------------------------------------------------------------------------

    def action_step(self) -> None:
        """The next moment."""
        if self.player.left:
            super().action_step()
        elif self.player.ended:
            self.say("the session ends here: ← goes back, escape goes on from here")
        else:
            self.pause()
            self._perform(self.player.forward)

    def action_back(self) -> None:
        """The moment before."""
        if self.player.left:
            super().action_back()
            return
        self.pause()
        self._perform(lambda: self.player.seek(self.player.moment.number - 1))

    def action_home(self) -> None:
        """The first moment."""
        if self.player.left:
            super().action_home()
            return
        self.pause()
        self._perform(lambda: self.player.seek(1))

    def action_end(self) -> None:
        """The last moment."""
        if self.player.left:
            super().action_end()
            return
        self.pause()
        self._perform(lambda: self.player.seek(self.player.length))

    def action_play(self) -> None:
        """Pause, or play on; at the end from the beginning."""
        if self.player.left:
            super().action_play()
        elif self.player.playing and not self.player.ended:
            self.pause()
        else:
            ended = self.player.ended
            self.player.playing = True
            self._perform(lambda: self.player.seek(1) if ended else self.player.forward())

    def _speed(self, by: int) -> None:
        if self.player.left:
            super()._speed(by)
            return
        self.player.faster(by)
        self.say(f"played at {self.player.speed:g} times the speed")
        if self._next is not None:
            self._wait(self.player.pause)

    def action_follow(self) -> None:
        """Leave the session and go on alone, from what is on the screen."""
        if self.player.left or self.has_class("-editing"):
            super().action_follow()
        else:
            self.take_over()

    def open_model(self, folder: Path) -> None:
        """Open another model than the session does."""
        self.pause()
        super().open_model(folder)


def row_of(moment: Moment) -> int:
    """Return the row that a moment points at; what is said of a token is said of the one that was just emitted."""
    snapshot, action = moment.opened.snapshot, moment.action
    if action.row is not None:
        return min(action.row, snapshot.last_row)
    spoken_of = action.caption and action.do in EMITTING
    return max(0, snapshot.emitted - 1) if spoken_of else snapshot.last_row
