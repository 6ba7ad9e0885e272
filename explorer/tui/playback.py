"""Doing again what a session holds, on steppers of the models that it names. No Textual here."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from explorer.errors import ExplorerError, InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.labels import printable
from explorer.runtime.session_file import OPEN, START, Action, Session, changed, checksum_of, explained
from explorer.runtime.switches import default_controls
from explorer.tui.actions import actions_of
from explorer.tui.models import Opened
from explorer.tui.pair import Pair, TwoRuns
from explorer.tui.pair_actions import BUNDLE, CLOSE, COMPARE, NAMES, SIDE, TAKE, method_name, session_kinds
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper

PIXELS, FOLDER = "pixels", "folder"
ARGUMENTS_OF_OPEN = {"model": str, "checksum": str}
EXTRAS_OF_START = {PIXELS: str, FOLDER: str}
OPTIONAL = frozenset({"checksum", PIXELS, FOLDER, "controls"})
"""Arguments that may be left out: nothing is compared then, and no switch is changed."""
OPTIONAL_OF_COMPARE = frozenset({"tokens", *NAMES})
"""Without them, two runs begin with the tokens and the switches of the explorer's."""
LONGEST_PAUSE = 3.0
LONGEST_READING = 20.0
"""Seconds that are waited at most after an action, without and with a caption."""
SHORTEST_PAUSE = 0.05
_NO_CONTROLS = Controls("", "", 0.0, 1.0)
"""Something to change, to see whether a change can be read."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is on the screen after an action.

    Attributes:
        number: Which of the session's moments it is, counted from 1; opening a model and starting on it is one.
        action: The action; the `start` where a model was opened before it.
        done: How many actions of the session are done.
        opened: Model, stepper, state and source.
        remarks: What is not as it was when the session was recorded.
        compared: Two runs that are on the screen then, over the explorer's; None where there are none.
    """

    number: int
    action: Action
    done: int
    opened: Opened
    remarks: tuple[str, ...]
    compared: TwoRuns | None = None


class Playback:
    """Plays a session action by action."""

    def __init__(
        self,
        session: Session,
        opener: Callable[[str], Bundle],
        place: str = "the session",
        stepper_on: Callable[[Bundle], Stepper] = lambda bundle: Stepper(Decoder(bundle)),
    ) -> None:
        """Check the session; nothing is opened yet.

        Args:
            session: What is played.
            opener: Opens a model by its name or folder.
            place: What errors call the session.
            stepper_on: Makes what decodes with a model.

        Raises:
            InputError: An action that is not known, or that lacks an argument or has one of another type.
        """
        self.session = session
        self._opener = opener
        self._stepper_on = stepper_on
        self._place = place
        self._kinds = _kinds()
        for number, action in enumerate(session.actions, start=1):
            with _named(place, number):
                _check(action, self._kinds)
        _check_comparisons(session.actions, place)
        self.length = sum(action.do != OPEN for action in session.actions)
        self._done = 0
        self._number = 0
        self._bundle: Bundle | None = None
        self._stepper: Stepper | None = None
        self._pair: Pair | None = None

    @property
    def ended(self) -> bool:
        """Whether every action is done."""
        return self._done == len(self.session.actions)

    def advance(self) -> Moment:
        """Do the next action; opening a model and starting on it are done together.

        Raises:
            ExplorerError: The model cannot be opened, or cannot do what the session asks for.
        """
        remarks: list[str] = []
        action = self._next()
        with _named(self._place, self._done):
            while action.do == OPEN:
                remarks += self._open(action)
                action = self._next()
            remarks += self._compare(action) if method_name(action.do) else self._perform(action)
        self._number += 1
        bundle, stepper = self._at_work()
        opened = Opened(bundle, stepper, stepper.snapshot, stepper.text, "; ".join(remarks) or "opened by the session")
        compared = None if self._pair is None else TwoRuns.of(self._pair)
        return Moment(self._number, action, self._done, opened, tuple(remarks), compared)

    def pause_after(self, moment: Moment) -> float:
        """Return how many seconds a moment stays: as long as it did, but nobody watches a pause for breath."""
        actions = self.session.actions
        longest = LONGEST_READING if moment.action.caption else LONGEST_PAUSE
        if moment.done == len(actions):
            return longest
        return min(max(actions[moment.done].at - moment.action.at, SHORTEST_PAUSE), longest)

    def _next(self) -> Action:
        self._done += 1
        return self.session.actions[self._done - 1]

    def _at_work(self) -> tuple[Bundle, Stepper]:
        if self._bundle is None or self._stepper is None:
            raise InputError("no model is open yet")
        return self._bundle, self._stepper

    def _open(self, action: Action) -> list[str]:
        """Open a model; return what is to be said about it."""
        self._bundle = self._opener(action.given["model"])
        self._stepper = self._stepper_on(self._bundle)
        self._pair = None
        return _other_model(action, self._bundle)

    def _perform(self, action: Action) -> list[str]:
        """Do an action of the explorer's stepper; return what is to be said about it."""
        _, stepper = self._at_work()
        given = {name: self._argument(name, action) for name in self._kinds[action.do]}
        getattr(stepper, action.do)(**given)
        return _other_pixels(action, stepper.snapshot) if action.do == START else []

    def _compare(self, action: Action) -> list[str]:
        """Do an action of two runs; return what is to be said about it."""
        if action.do == COMPARE:
            self._pair = self._begun(action)
            return []
        pair, remarks = self._pair, []
        assert pair is not None  # or the session had been refused
        if action.do == CLOSE:
            self._pair = None
            return []
        given = dict(action.given)
        if SIDE in given:
            given[SIDE] = side = NAMES.index(given[SIDE])
            if Controls in self._kinds[action.do].values():
                now = pair.sides[side].snapshot.trace.controls
                given["controls"] = changed(now, given.get("controls", {}))
        if "model" in given:
            bundle = self._opener(given.pop("model"))
            remarks += _other_model(action, bundle)
            given = {SIDE: given[SIDE], BUNDLE: bundle}
        result = getattr(pair, method_name(action.do))(**given)
        if action.do == TAKE:
            self._bundle, self._stepper, self._pair = result.bundle, result.stepper, None
        return remarks

    def _begun(self, action: Action) -> Pair:
        """Return two runs with the tokens and the switches of the explorer's, unless the action names others."""
        bundle, stepper = self._at_work()
        pair = Pair(stepper.text, bundle, (self._stepper_on(bundle), self._stepper_on(bundle)), self._stepper_on)
        if "tokens" in action.given:
            tokens = self._argument("tokens", action)
        else:
            tokens = tuple(step.token for step in stepper.snapshot.trace.steps)
        left, right = (changed(stepper.controls, action.given.get(name, {})) for name in NAMES)
        pair.begin(tokens, left, right)
        return pair

    def _argument(self, name: str, action: Action) -> Any:
        """Return an argument as the stepper takes it."""
        bundle, stepper = self._at_work()
        given, kind = action.given.get(name), self._kinds[action.do][name]
        if kind is Controls:
            base = default_controls(bundle.card) if action.do == START else stepper.controls
            return changed(base, {} if given is None else given)
        if name == "tokens" and isinstance(given, str):
            return bundle.target.encode_target(given, bundle.card.sizes.max_target)
        if name == "text" and FOLDER in action.given and bundle.card.image is not None:
            return _from_folder(str(given), action.given[FOLDER])
        return msgspec.convert(given, kind)


def performed(playback: Playback) -> Moment:
    """Do every action; return the last moment."""
    moment = playback.advance()
    while not playback.ended:
        moment = playback.advance()
    return moment


@contextlib.contextmanager
def _named(place: str, number: int) -> Iterator[None]:
    """Name the action that an error comes from."""
    where = f"{place}, action {number}"
    try:
        yield
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {explained(error)}") from error
    except ExplorerError as error:
        raise type(error)(f"{where}: {error}") from error


def _kinds() -> dict[str, dict[str, Any]]:
    """Return the arguments of every action of a stepper and of two: the one table of what a session may ask for."""
    return actions_of(Stepper) | session_kinds(actions_of(Pair), ARGUMENTS_OF_OPEN)


def _check(action: Action, kinds: dict[str, dict[str, Any]]) -> None:
    if action.do != OPEN and action.do not in kinds:
        near = difflib.get_close_matches(action.do, [OPEN, *kinds], n=1)
        advice = f"did you mean {near[0]}?" if near else f"there is: {', '.join(sorted([OPEN, *kinds]))}"
        raise InputError(f"{printable(action.do)[:40]!r} is nothing that can be done; {advice}")
    wanted = ARGUMENTS_OF_OPEN if action.do == OPEN else kinds[action.do]
    optional = OPTIONAL | OPTIONAL_OF_COMPARE if action.do == COMPARE else OPTIONAL
    for name in wanted:
        if name not in action.given and name not in optional:
            raise InputError(f"{action.do} needs {name!r}")
    known = wanted | EXTRAS_OF_START if action.do == START else wanted
    for name, value in action.given.items():
        if name not in known:
            raise InputError(f"{action.do} takes no {printable(name)[:40]!r}")
        if known[name] is Controls:
            changed(_NO_CONTROLS, value)
        elif not (name == "tokens" and isinstance(value, str)):
            msgspec.convert(value, known[name])


def _check_comparisons(actions: Sequence[Action], place: str) -> None:
    """Check that something is compared wherever an action needs that."""
    compared = False
    for number, action in enumerate(actions, start=1):
        if method_name(action.do) and action.do != COMPARE and not compared:
            with _named(place, number):
                raise InputError(f"{action.do} needs two runs; {COMPARE!r} puts them beside each other")
        compared = action.do == COMPARE or (compared and action.do not in (OPEN, CLOSE, TAKE))


def _other_model(action: Action, bundle: Bundle) -> list[str]:
    recorded = action.given.get("checksum", "")
    if recorded and recorded != checksum_of(bundle.card):
        return [f"{bundle.card.name} has changed since this was recorded: what it does may differ"]
    return []


def _from_folder(name: str, folder: str) -> str:
    """Return the name of a picture's file as it is found from here."""
    recorded = os.path.join(folder, name)
    same = os.path.abspath(recorded) == os.path.abspath(name)
    return name if same or not os.path.exists(recorded) else recorded


def _other_pixels(action: Action, snapshot: Snapshot) -> list[str]:
    picture, recorded = snapshot.trace.source.picture, action.given.get(PIXELS)
    if recorded is None or picture is None or recorded == picture.checksum:
        return []
    return [f"{printable(snapshot.trace.source.text)} is another picture now: what follows may differ"]
