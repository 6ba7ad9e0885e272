"""Reading a folder's card and files as what they are: data from somebody else."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from explorer.errors import BundleError
from explorer.runtime.card import File
from explorer.runtime.labels import printable

LARGEST_CARD = 1024 * 1024
LARGEST_FILE = 512 * 1024 * 1024
"""Limits of what is read, in bytes."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_AT_FIELD = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
Decoded = TypeVar("Decoded")


class _Version(msgspec.Struct):
    format: int


def read_versioned(folder: Path, name: str, kind: type[Decoded], version: int) -> Decoded:
    """Read a card of one format version without opening anything else.

    Args:
        folder: Where it is.
        name: Its file.
        kind: What it holds, a msgspec struct with a field ``format``.
        version: The version that is read.

    Raises:
        BundleError: No card, one of another format version, or a field that is missing, unknown or of another type.
            The message names file and field.
    """
    place = f"{printable(str(folder))}/{name}"
    data = read_plain(folder, name, LARGEST_CARD)
    found = _decode(data, _Version, place).format
    if found != version:
        advice = "update attn-explore" if found > version else "export the model again"
        raise BundleError(f"{place}: format: version {found}, this attn-explore reads version {version}; {advice}")
    return _decode(data, kind, place)


def refuse(folder: Path, name: str, problems: Iterator[tuple[str, str]]) -> None:
    """Raise the first of the problems, (field, what is wrong), of a card.

    Raises:
        BundleError: There is one.
    """
    for field, problem in problems:
        raise BundleError(f"{printable(str(folder))}/{name}: {printable(field)}: {problem}")


def read_all(folder: Path, files: Mapping[str, File]) -> dict[str, bytes]:
    """Read files, each compared with its size and checksum.

    Raises:
        BundleError: A file is missing, too large or another one than the card describes; the message says which and
            how it differs.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:  # hashlib lets go of the interpreter, so two cores hash two files
        contents = pool.map(lambda name: _read_listed(folder, name, files[name]), files)
        return dict(zip(files, contents, strict=True))


def is_plain_name(name: str) -> bool:
    """Return whether a name can be that of a file in the folder itself and of nothing else."""
    return _PLAIN_NAME.fullmatch(name) is not None


def listed_problems(files: Mapping[str, File], own: str) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) of a card's list of files; `own` is the card's name."""
    for name, listed in files.items():
        if not is_plain_name(name) or name == own:
            yield f"files.{name}", "must be the plain name of a file in the bundle's own folder"
        if not re.fullmatch(r"[0-9a-f]{64}", listed.sha256):
            yield f"files.{name}.sha256", "must be 64 hexadecimal digits"
        if not 0 <= listed.bytes <= LARGEST_FILE:
            yield f"files.{name}.bytes", f"must be from 0 to {LARGEST_FILE}"


def _read_listed(folder: Path, name: str, listed: File) -> bytes:
    place = f"{printable(str(folder))}/{name}"
    data = read_plain(folder, name, LARGEST_FILE)
    if len(data) != listed.bytes:
        raise BundleError(f"{place}: changed: it has {len(data)} bytes, the card says {listed.bytes}")
    checksum = hashlib.sha256(data).hexdigest()
    if checksum != listed.sha256:
        raise BundleError(f"{place}: changed: its sha256 is {checksum[:12]}…, the card says {listed.sha256[:12]}…")
    return data


def read_plain(folder: Path, name: str, limit: int) -> bytes:
    """Read a regular file that lies in `folder`, at most `limit` bytes."""
    path, place = folder / name, f"{printable(str(folder))}/{name}"
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BundleError(f"{place}: a link out of the bundle's folder, which is not followed")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{place}: not a regular file")
        if status.st_size > limit:
            raise BundleError(f"{place}: {status.st_size} bytes, the limit is {limit}")
        with path.open("rb") as opened:
            data = opened.read(limit + 1)
    except FileNotFoundError as error:
        raise BundleError(f"{place}: missing") from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, in Python before 3.13
        reason = getattr(error, "strerror", None) or str(error)
        raise BundleError(f"{place}: cannot be read ({printable(reason)})") from error
    if len(data) > limit:
        raise BundleError(f"{place}: more than {limit} bytes, which is the limit")
    return data


def control_characters(value: object, field: str) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) for the texts in plain values that a terminal would not merely show."""
    if isinstance(value, str):
        if printable(value) != value:
            yield field, f"has a character that cannot be shown: {printable(value)[:80]}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from control_characters(str(key), f"{field}.{key}".lstrip("."))
            yield from control_characters(inner, f"{field}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from control_characters(inner, f"{field}[{place}]")


def _decode(data: bytes, kind: type[Decoded], place: str) -> Decoded:
    try:
        return msgspec.json.decode(data, type=kind, strict=True)
    except msgspec.ValidationError as error:
        raise BundleError(f"{place}: {_explain(str(error))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{place}: not readable as JSON ({printable(str(error))})") from error


def _explain(message: str) -> str:
    """Turn msgspec's sentence round: ``Expected `int`, got `str` - at `$.sizes.hidden``` → field first."""
    found = _AT_FIELD.search(message)
    field = found.group(1) if found else ""
    what = message[: found.start()] if found else message
    missing = re.fullmatch(r"Object (missing required|contains unknown) field `(.*)`", what, re.DOTALL)
    if missing:
        field = f"{field}.{missing.group(2)}" if field else missing.group(2)
        what = "missing" if missing.group(1).startswith("missing") else "unknown field"
    what = what.replace("`", "")
    what = what[:1].lower() + what[1:]
    return printable(f"{field}: {what}" if field else what)
