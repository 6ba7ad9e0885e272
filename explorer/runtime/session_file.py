"""A recorded session: which models were opened and everything that was done on them, as one small JSON file."""

from __future__ import annotations

import hashlib
import math
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from explorer.errors import InputError
from explorer.runtime.bounded import read_bounded
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.labels import printable

FORMAT = 1
"""The session format that this version reads and writes."""
OPEN, START = "open", "start"
"""The actions that every session begins with."""
LARGEST_BYTES = 16 * 1024 * 1024
MOST_ACTIONS = 100_000
LONGEST_CAPTION = 400
"""Limits of what is read from a session: bytes, actions, characters."""

_AT_FIELD = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
Decoded = TypeVar("Decoded")


class Action(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, rename={"given": "with"}):
    """One thing that was done.

    Attributes:
        do: ``open`` for another model, otherwise the name of a stepper's method.
        at: Seconds since the session began.
        given: What it was done with, by the names of the method's arguments; ``with`` in the file. Of ``open`` it is
            ``model``, a name or a folder, and ``checksum``, by `checksum_of`; ``start`` may also have ``pixels``, the
            checksum of a picture, and ``folder``, where its file was looked for.
        caption: What is said while it is on the screen.
        row: Row of the grid that is pointed at then, counted from 0; None for the one that decoding is at.
    """

    do: str
    at: float = 0.0
    given: dict[str, Any] = {}
    caption: str = ""
    row: int | None = None


class Session(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """All of a session file.

    Attributes:
        format: `FORMAT`.
        actions: What was done, in order.
        title: What the session is called.
        about: What it shows, in a line.
    """

    format: int
    actions: tuple[Action, ...]
    title: str = ""
    about: str = ""

    @property
    def model(self) -> str:
        """What the first model is opened by."""
        return str(self.actions[0].given.get("model", ""))

    @property
    def captioned(self) -> bool:
        """Whether anything is said in it."""
        return any(action.caption for action in self.actions)


class _Version(msgspec.Struct):
    format: int


def checksum_of(card: Card) -> str:
    """Return what tells one model from another: a checksum of its files, its switches and its sizes.

    Scores and descriptions do not count: measuring a model again does not change what it does.
    """
    files = sorted((name, file.sha256) for name, file in card.files.items())
    same = msgspec.json.encode((files, card.switches, card.sizes, card.tokens, card.heads, card.image))
    return hashlib.sha256(same).hexdigest()[:16]


def plain(value: object) -> Any:
    """Return a value as JSON can hold it; infinity, the mask of a score, as text.

    Args:
        value: Controls, numbers, texts and sequences of them.
    """
    return _finite(msgspec.to_builtins(value))


def changed(controls: Controls, given: object) -> Controls:
    """Return controls with those fields changed that an action names; fields that it does not know of stay.

    Args:
        controls: What holds for the fields that are not named.
        given: Fields by name, as a session file has them.

    Raises:
        InputError: A field that controls do not have, or a value of another type.
    """
    if not isinstance(given, dict):
        raise InputError("controls are an object of names and values")
    unknown = sorted(set(given) - set(Controls.__dataclass_fields__))
    if unknown:
        raise InputError(f"there is no control {printable(str(unknown[0]))[:40]!r}")
    try:
        # Not strict: "-inf" in quotes is a number.
        return msgspec.convert({**plain(controls), **given}, Controls, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"controls: {explained(error)}") from error


def encoded(session: Session, lines: Sequence[bytes] | None = None) -> bytes:
    """Return a session as the file that `decoded` reads, one action a line.

    Args:
        session: The session.
        lines: Its actions, where they are encoded already.
    """
    if lines is None:
        lines = [msgspec.json.encode(action) for action in session.actions]
    head = msgspec.json.encode(msgspec.structs.replace(session, actions=())).decode()
    before, after = head.split('"actions":[]')
    return b"".join((before.encode(), b'"actions":[\n', b",\n".join(lines), b"\n]", after.encode(), b"\n"))


def decoded(data: bytes, place: str) -> Session:
    """Read and check a session.

    Args:
        data: What its file holds.
        place: What an error calls the file.

    Raises:
        InputError: It is no session, damaged or of another version; names file and field.
    """
    version = _decode(data, _Version, place).format
    if version != FORMAT:
        advice = "; update attn-explore" if version > FORMAT else ""
        raise InputError(f"{place}: a session of version {version}, this attn-explore reads version {FORMAT}{advice}")
    session = _decode(data, Session, place)
    for field, problem in problems_of(session):
        raise InputError(f"{place}: {field}: {problem}")
    return session


def read_session(path: str | Path) -> Session:
    """Read and check a session file.

    Raises:
        InputError: As `decoded`, or the file cannot be read.
    """
    place, file = printable(str(path)) or "a file without a name", Path(path)

    def opened() -> BinaryIO:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise InputError(f"{place}: not a regular file")
        return file.open("rb")

    data = read_bounded(opened, place, LARGEST_BYTES, ", which is the limit of a session")
    return decoded(data, place)


def explained(error: msgspec.ValidationError) -> str:
    """Turn msgspec's sentence round: ``Expected `int`, got `str` - at `$.actions[3].at``` → field first."""
    message = str(error)
    found = _AT_FIELD.search(message)
    if found is None:
        return printable(message)
    return printable(f"{found.group(1)}: {message[: found.start()]}" if found.group(1) else message[: found.start()])


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return value


def _decode(data: bytes, kind: type[Decoded], place: str) -> Decoded:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{place}: no session of attn-explore ({explained(error)})") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{place}: damaged, or no session ({printable(str(error))})") from error


def problems_of(session: Session) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a session that has every field: (field, problem)."""
    actions = session.actions
    if len(actions) > MOST_ACTIONS:
        yield "actions", f"{len(actions)} of them, the limit is {MOST_ACTIONS}"
        return
    if [action.do for action in actions[:2]] != [OPEN, START]:
        yield "actions", f"have to begin with {OPEN!r} and {START!r}"
    before = 0.0
    for number, action in enumerate(actions, start=1):
        field = f"action {number}"
        if not math.isfinite(action.at) or action.at < before:
            yield f"{field}.at", f"{action.at:g} is before {before:g}, the time of the action before"
        before = action.at
        if len(action.caption) > LONGEST_CAPTION:
            yield f"{field}.caption", f"longer than {LONGEST_CAPTION} characters"
        if action.row is not None and action.row < 0:
            yield f"{field}.row", f"{action.row} is below 0"
        if action.do == OPEN and (number == len(actions) or actions[number].do != START):
            yield field, f"after {OPEN!r} comes {START!r}"
