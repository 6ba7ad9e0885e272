"""Recording what is done, and keeping it on the disk while it is done. No Textual here."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.decoder import Decoder
from explorer.runtime.labels import printable
from explorer.runtime.pictures import DRAWING, SCENE
from explorer.runtime.session_file import FORMAT, OPEN, START, Action, Session, checksum_of, encoded, plain
from explorer.tui.actions import Actor
from explorer.tui.first_run import SESSIONS, own_folder
from explorer.tui.pair_actions import CLOSE, COMPARE, NAMES, SIDE, TAKE, session_name
from explorer.tui.stepper import Stepper

if TYPE_CHECKING:
    from explorer.tui.pair import Pair

KEPT = 20
"""Sessions that stay in the state folder."""
_PATTERN = "session-*.json"


class Recorder:
    """Keeps what is done on the stepper of the screen, whichever model it belongs to, and on two that are compared.

    The session grows with every action of a stepper that it made or was given; it is read and written in any thread.
    """

    def __init__(self, autosave: Autosave | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin an empty session.

        Args:
            autosave: Writes it after every action; None for a session that is saved on demand alone.
            clock: Seconds, from any beginning.
        """
        self._autosave = autosave
        self._clock = clock
        self._began = clock()
        self._actions: list[Action] = []
        self._lines: list[bytes] = []
        self._current: Actor | None = None
        self._pair: Actor | None = None
        self._lock = threading.Lock()

    @property
    def session(self) -> Session:
        """Everything so far."""
        with self._lock:
            return Session(FORMAT, tuple(self._actions))

    def stepper(self, bundle: Bundle) -> Stepper:
        """Return a stepper on a model whose actions are recorded from its `start` on."""
        stepper = Stepper(Decoder(bundle))
        self.listen(stepper, bundle)
        return stepper

    def listen(self, stepper: Actor, bundle: Bundle) -> None:
        """Record what a stepper does from its `start` on."""
        stepper.listener = partial(self._note, bundle)

    def compare(self, pair: Pair) -> None:
        """Record what is done on two runs from their `begin` on, until one is taken or the comparison is closed."""
        pair.listener = self._note_compared

    def closed(self, pair: Pair) -> None:
        """Record that a comparison was closed; a job of it that still runs counts no more."""
        with self._lock:
            if pair is self._pair:
                self._pair = None
                self._add(Action(CLOSE, self._now()))
                self._save()

    def take(self, actions: Sequence[Action], stepper: Actor, bundle: Bundle, pair: Pair | None = None) -> None:
        """Go on behind actions that were done already, with a stepper and a pair that have done them."""
        with self._lock:
            self._actions, self._lines = list(actions), []
            self._began = self._clock() - (actions[-1].at if actions else 0.0)
            self._current, self._pair = stepper, pair
        self.listen(stepper, bundle)
        if pair is not None:
            self.compare(pair)

    def complain_to(self, complain: Callable[[str], object]) -> None:
        """Have somebody told, once and in another thread, when the session cannot be kept on the disk."""
        if self._autosave is not None:
            self._autosave.complain = complain

    def close(self) -> None:
        """Wait until everything is on the disk."""
        if self._autosave is not None:
            self._autosave.close()

    def _note(self, bundle: Bundle, stepper: Actor, name: str, given: Mapping[str, object]) -> None:
        with self._lock:
            at = self._now()
            if stepper is not self._current:
                if name != START:
                    return  # of a model that was left: it was asked before the one after it was there
                self._leave_for(stepper)
                self._add(Action(OPEN, at, model_facts(bundle)))
            kept = {argument: plain(value) for argument, value in given.items()}
            if name == START and bundle.card.image is not None and isinstance(stepper, Stepper):
                kept |= _picture_facts(stepper, str(given["text"]))
            self._add(Action(name, at, kept))
            self._save()

    def _note_compared(self, pair: Actor, method: str, given: Mapping[str, object]) -> None:
        name = session_name(method)
        with self._lock:
            if name == COMPARE:
                self._pair = pair
            elif pair is not self._pair:
                return  # it was closed before this was done
            self._add(Action(name, self._now(), _compared(given)))
            if name == TAKE:
                opened = pair.opened(given[SIDE])  # type: ignore[attr-defined]
                self._leave_for(opened.stepper)
                self.listen(opened.stepper, opened.bundle)
            self._save()

    def _leave_for(self, stepper: Actor) -> None:
        """Let another stepper be the one of the screen."""
        if self._current is not None:
            self._current.listener = None
        self._current, self._pair = stepper, None

    def _now(self) -> float:
        return round(self._clock() - self._began, 3)

    def _add(self, action: Action) -> None:
        self._actions.append(action)

    def _save(self) -> None:
        # A model that was opened and nothing more is not worth going back to; it would hide the session before it.
        if self._autosave is not None and len(self._actions) > len((OPEN, START)):
            self._lines += map(msgspec.json.encode, self._actions[len(self._lines) :])
            self._autosave.give(list(self._lines))


class Autosave:
    """Writes a session's file in a thread of its own, behind the actions.

    The next session is taken once the one before is written, so whatever ends the process costs the last action alone.
    """

    def __init__(self, path: Path, complain: Callable[[str], object] = lambda _: None) -> None:
        """Create the writer; the file is made with the first session.

        Args:
            path: The file.
            complain: Told once, in the writer's thread, when the file cannot be written.
        """
        self.path = path
        self.complain = complain
        self._failed = False
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="autosave")
        self._writing: Future[None] | None = None

    def give(self, lines: Sequence[bytes]) -> None:
        """Write a session, its actions encoded, as soon as the one before is written."""
        if self._writing is not None:
            self._writing.result()
        self._writing = self._pool.submit(self._write, lines)

    def close(self) -> None:
        """Wait for what is being written."""
        self._pool.shutdown(wait=True)

    def _write(self, lines: Sequence[bytes]) -> None:
        partial_path = self.path.with_suffix(".partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Nobody else's business what was explored here.
            handle = os.open(partial_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "wb") as file:
                file.write(encoded(Session(FORMAT, ()), lines))
            os.replace(partial_path, self.path)
        except OSError as error:
            if not self._failed:
                self._failed = True
                self.complain(f"{printable(str(self.path))}: {error.strerror or error}")


def state_folder() -> Path:
    """Return where sessions are kept between two starts of the program."""
    return own_folder() / SESSIONS


def new_autosave() -> Autosave:
    """Return the writer of this process's own file, after making room among the older ones."""
    folder = state_folder()
    for old in _by_age(folder)[KEPT - 1 :]:
        with contextlib.suppress(OSError):
            old.unlink()
    return Autosave(folder / f"session-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.json")


def latest_session() -> Path:
    """Return the file of the session that was last at work.

    Raises:
        InputError: There is none.
    """
    found = _by_age(state_folder())
    if not found:
        raise InputError("there is no session to resume: one is kept as soon as something was done in the explorer")
    return found[0]


def address_of(bundle: Bundle) -> str:
    """Return what a model is opened by: its name where it is shipped, or its folder."""
    folder = bundle.folder.absolute()
    shipped = shipped_bundles().get(folder.name)
    return folder.name if shipped is not None and shipped.absolute() == folder else str(folder)


def model_facts(bundle: Bundle) -> dict[str, str]:
    """Return what finds a model again and tells whether it is the same."""
    return {"model": address_of(bundle), "checksum": checksum_of(bundle.card)}


def _compared(given: Mapping[str, object]) -> dict[str, Any]:
    """Return what an action of two runs was done with, in the words of a session."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if name == SIDE and isinstance(value, int):
            kept[name] = NAMES[value]
        elif isinstance(value, Bundle):
            kept |= model_facts(value)
        else:
            kept[name] = plain(value)
    return kept


def _by_age(folder: Path) -> list[Path]:
    """Return the sessions of a folder, the youngest first."""
    aged = []
    with contextlib.suppress(OSError):
        for path in folder.glob(_PATTERN):
            with contextlib.suppress(OSError):  # it went away meanwhile
                aged.append((path.stat().st_mtime_ns, path.name, path))
    return [path for *_, path in sorted(aged, reverse=True)]


def _picture_facts(stepper: Stepper, name: str) -> dict[str, str]:
    """Return what finds a picture again and tells whether it is the same."""
    picture = stepper.snapshot.trace.source.picture
    facts = {"pixels": picture.checksum} if picture is not None else {}
    if not name.startswith((SCENE, DRAWING)) and not os.path.isabs(name):
        facts["folder"] = os.getcwd()
    return facts
