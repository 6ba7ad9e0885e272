"""Keys that go back and forth in a decoding."""

from __future__ import annotations

from explorer.tui.screens.base import ExplorerBase

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class StepActions(ExplorerBase):
    """Steps one by one, by a timer, to the end and back."""

    def action_step(self) -> None:
        """Emit the pending token."""
        if self.view is not None and not self.view.snapshot.pending:
            self.say("the sentence is finished: ← takes tokens back, R starts over, e edits the source")
            return
        self._jobs.start(self._stepper.step)

    def action_back(self) -> None:
        """Take the last token back."""
        if self.view is not None and self.view.snapshot.pending and self.view.snapshot.emitted == 0:
            self.say("this is the first step: → emits its token")
            return
        self._jobs.start(self._stepper.back)

    def action_home(self) -> None:
        """Take every token back."""
        self._stop()
        self._jobs.start(self._stepper.home)

    def action_end(self) -> None:
        """Decode to the end."""
        self._stop()
        self._jobs.start(self._stepper.end)

    def action_play(self) -> None:
        """Emit tokens by a timer, or stop that; at the end of a sentence start from its beginning."""
        if self.view is None:
            return
        if self.view.playing:
            self._stop()
            return
        if not self.view.snapshot.pending:
            self._jobs.start(self._stepper.home)
        self._change(playing=True)
        self._start_timer()

    def action_slower(self) -> None:
        """Halve the speed."""
        self._speed(-1)

    def action_faster(self) -> None:
        """Double the speed."""
        self._speed(1)

    def _speed(self, by: int) -> None:
        if self.view is None:
            return
        place = min(max(0, SPEEDS.index(self.view.speed) + by), len(SPEEDS) - 1)
        self._change(speed=SPEEDS[place])
        self.say(f"play speed: {SPEEDS[place]:g} tokens/s")
        if self.view.playing:
            self._start_timer()

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        if self.view is not None:
            self._timer = self.set_interval(1.0 / self.view.speed, self._play_on)

    def _play_on(self) -> None:
        """Emit a token, unless the one before is still computed: those that wait would be emitted after a pause."""
        if not self._jobs.at_work:
            self._jobs.start(self._stepper.step)
