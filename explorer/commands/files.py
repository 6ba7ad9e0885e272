"""Reading numbered lines, with errors in one line; checking a choice."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from explorer.errors import InputError
from explorer.runtime.labels import printable

STANDARD_INPUT = "-"
LONGEST_LINE = 1 << 20
"""Bytes of a line; a device without line ends would otherwise be read until the memory is full."""

_BLOCK = 1 << 20
Item = TypeVar("Item")


def read_lines(path: str) -> Iterator[tuple[int, str]]:
    """Yield numbered lines of UTF-8 text from a file, or from standard input for "-", as they come.

    Args:
        path: The file; a byte-order mark at its beginning is dropped.

    Yields:
        (number counted from 1, line without its end).

    Raises:
        InputError: The file cannot be read, or a line is not UTF-8 or too long (the line is named).
    """
    name = name_of(path)
    try:
        with _opened(path) as file:
            yield from _decoded(file, name)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{name} cannot be read: {error}") from error


def name_of(path: str) -> str:
    """Return what a message calls a file."""
    return "standard input" if path == STANDARD_INPUT else printable(path) or "a file without a name"


def count_lines(path: str) -> int | None:
    """Return how many lines a regular file has; None for what can be read only once, or not at all."""
    try:
        if path == STANDARD_INPUT or not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with Path(path).open("rb") as file:
            blocks = iter(lambda: file.read(_BLOCK), b"")
            ends, last = 0, b"\n"
            for block in blocks:
                ends, last = ends + block.count(b"\n"), block[-1:]
    except (OSError, ValueError):
        return None
    return ends + (last != b"\n")


def chunked(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of `size`, the last one shorter."""
    waiting = iter(items)
    while chunk := list(itertools.islice(waiting, size)):
        yield chunk


def one_of(kind: str, value: str, known: tuple[str, ...]) -> str:
    """Return a choice that is known.

    Raises:
        InputError: It is not; the message has the nearest.
    """
    if value in known:
        return value
    import difflib

    near = difflib.get_close_matches(value.lower(), known, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there is: {', '.join(known)}"
    raise InputError(f"{kind} {printable(value)!r} is not known; {advice}")


def _opened(path: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if path != STANDARD_INPUT:
        return Path(path).open("rb")
    if sys.stdin is None:
        raise InputError("standard input is closed")
    return contextlib.nullcontext(sys.stdin.buffer)


def _decoded(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
        place = f"{name}, line {number}"
        if len(raw) == LONGEST_LINE:
            raise InputError(f"{place}: it is longer than {LONGEST_LINE - 1} bytes")
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{place}: byte {error.start + 1} is not valid UTF-8") from error
        yield number, text.removesuffix("\n").removesuffix("\r")
