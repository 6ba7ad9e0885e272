"""Reading lines and writing whole files, with errors in one line."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from explorer.errors import InputError
from explorer.runtime.labels import printable

STANDARD_INPUT = "-"


def read_lines(path: str) -> list[tuple[int, str]]:
    """Read numbered lines of UTF-8 text from a file, or from standard input for "-".

    Args:
        path: The file; a byte-order mark at its beginning is dropped.

    Returns:
        (number counted from 1, line without its end).

    Raises:
        InputError: The file cannot be read, or a line is not UTF-8 (the line is named).
    """
    name = name_of(path)
    try:
        if path == STANDARD_INPUT:
            return _decoded(sys.stdin.buffer, name)
        with Path(path).open("rb") as file:
            return _decoded(file, name)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{name} cannot be read: {error}") from error


def name_of(path: str) -> str:
    """Return what a message calls a file."""
    return "standard input" if path == STANDARD_INPUT else printable(path)


def _decoded(file: BinaryIO, name: str) -> list[tuple[int, str]]:
    lines = []
    for number, raw in enumerate(file, start=1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{name}, line {number}: byte {error.start + 1} is not valid UTF-8") from error
        lines.append((number, text.rstrip("\r\n")))
    return lines


@contextlib.contextmanager
def writing(path: str | None) -> Iterator[TextIO]:
    """Open a file for text that appears whole or not at all; standard output where there is no path.

    Raises:
        InputError: The file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    target = Path(path)
    try:
        handle, partial = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
        _like_a_new_file(partial)
        os.replace(partial, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _like_a_new_file(path: str) -> None:
    """Give a temporary file the permissions that `open` would have given it."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(path, 0o666 & ~mask)


def _unwritable(path: str, error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"{printable(path)} cannot be written: {reason}")


def one_of(kind: str, value: str, known: tuple[str, ...]) -> str:
    """Return a choice that is known.

    Raises:
        InputError: It is not; the message has the nearest.
    """
    if value in known:
        return value
    import difflib

    near = difflib.get_close_matches(value, known, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there is: {', '.join(known)}"
    raise InputError(f"{kind} {printable(value)!r} is not known; {advice}")
