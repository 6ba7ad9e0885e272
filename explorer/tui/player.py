"""Going back and forth in a playback, for a screen that shows it. No Textual here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.session_file import Session
from explorer.tui.playback import Moment, Playback, performed
from explorer.tui.recording import Recorder
from explorer.tui.stepper import Stepper

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Player:
    """A playback with a present moment; what is done besides it goes on from there, recorded behind it.

    Attributes:
        moment: What is on the screen.
        playing: Whether moments follow each other by themselves.
        speed: How much faster than they were recorded.
        steered: Whether somebody else says when the next moment comes.
        left: Whether a person went on alone: the rest of the session is not played.
    """

    def __init__(
        self,
        session: Session,
        opener: Callable[[str], Bundle],
        recorder: Recorder,
        *,
        place: str = "the session",
        stepper_on: Callable[[Bundle], Stepper] = lambda bundle: Stepper(Decoder(bundle)),
        speed: float = 1.0,
        steered: bool = False,
    ) -> None:
        """Do the first action.

        Args:
            session: What is played.
            opener: Opens a model by its name or folder; asked again, it gives the same one.
            recorder: Told what is done, so that a person can take over at any moment.
            place: What errors call the session.
            stepper_on: Makes what decodes with a model.
            speed: How much faster than it was recorded.
            steered: Whether somebody else says when the next moment comes.

        Raises:
            ExplorerError: The session asks for something that there is not.
        """
        self.session = session
        self._new = partial(Playback, session, opener, place, stepper_on)
        self._recorder = recorder
        self._playback = self._new()
        self.speed = speed
        self.playing = True
        self.steered = steered
        self.left = False
        self.moment = self._noted(self._playback.advance())

    @property
    def length(self) -> int:
        """Number of moments."""
        return self._playback.length

    @property
    def ended(self) -> bool:
        """Whether the last moment is on the screen."""
        return self._playback.ended

    @property
    def pause(self) -> float:
        """Seconds until the next moment."""
        return self._playback.pause_after(self.moment) / self.speed

    def forward(self) -> Moment:
        """Do the next action; at the end nothing changes."""
        if self.ended:
            return self.moment
        self.moment.opened.stepper.listener = None  # what the session does is in it already
        if self.moment.compared is not None:
            self.moment.compared.pair.listener = None
        return self._noted(self._playback.advance())

    def seek(self, number: int) -> Moment:
        """Go to a moment, counted from 1; back, by doing everything before it again."""
        number = max(1, min(number, self.length))
        if number < self.moment.number:
            self._playback = self._new()
            self._noted(self._playback.advance())
        while self.moment.number < number:
            self.forward()
        return self.moment

    def faster(self, by: int) -> None:
        """Play at a neighbouring speed."""
        nearest = min(range(len(SPEEDS)), key=lambda place: abs(SPEEDS[place] - self.speed))
        self.speed = SPEEDS[min(max(0, nearest + by), len(SPEEDS) - 1)]

    def _noted(self, moment: Moment) -> Moment:
        self.moment = moment
        go_on_behind(moment, self.session, self._recorder)
        return moment


def resumed(session: Session, opener: Callable[[str], Bundle], recorder: Recorder, place: str) -> Moment:
    """Do everything that a session holds; what is done next is recorded behind it.

    Raises:
        ExplorerError: The session asks for something that there is not.
    """
    moment = performed(Playback(session, opener, place))
    go_on_behind(moment, session, recorder)
    return moment


def go_on_behind(moment: Moment, session: Session, recorder: Recorder) -> None:
    """Have what is done next recorded behind what a session did up to a moment."""
    opened, compared = moment.opened, moment.compared
    pair = None if compared is None else compared.pair
    recorder.take(session.actions[: moment.done], opened.stepper, opened.bundle, pair)
