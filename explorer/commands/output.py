"""Writing: whole files or none, JSON and consoles that a terminal and a closed pipe can take."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, TypeVar

from explorer.errors import InputError
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from rich.console import Console

STANDARD_OUTPUT = "-"
Stream = TypeVar("Stream", TextIO, BinaryIO)
Opener = Callable[[str | int], Stream]
"""Opens a path, or a file that the system has opened already, for writing."""


@contextlib.contextmanager
def writing(path: str | None) -> Iterator[TextIO]:
    """Open a file for text that appears whole or not at all; standard output where there is no path, or "-".

    A link is followed. Devices and pipes are written to as they are, there is nothing to replace.

    Raises:
        InputError: The file cannot be written.
        BrokenPipeError: Nobody reads standard output any more.
    """
    with _standard_output() if path is None or path == STANDARD_OUTPUT else _whole_file(path, _for_text) as out:
        yield out


def write_bytes(path: str, data: bytes) -> None:
    """Write a file as `writing` does, or to standard output for "-".

    Raises:
        InputError: The file cannot be written, or standard output is a terminal.
        BrokenPipeError: Nobody reads standard output any more.
    """
    if path != STANDARD_OUTPUT:
        with _whole_file(path, _for_bytes) as file:
            file.write(data)
        return
    with _standard_output() as out:
        if out.isatty():
            raise InputError("standard output is a terminal, which cannot take this; give --output FILE")
        out.buffer.write(data)


def _for_text(file: str | int) -> TextIO:
    return open(file, "w", encoding="utf-8", newline="\n")


def _for_bytes(file: str | int) -> BinaryIO:
    return open(file, "wb")


@contextlib.contextmanager
def _whole_file(path: str, opened: Opener[Stream]) -> Iterator[Stream]:
    name = printable(path) or "a file without a name"
    if "\0" in path:
        raise InputError(f"{name} cannot be written: no file can have this name")
    try:
        target = os.path.realpath(path)
        mode = os.stat(target).st_mode if os.path.exists(target) else None
        if mode is None or stat.S_ISREG(mode):
            with _replacing(target, mode, opened) as out:
                yield out
        else:
            with opened(target) as out:
                yield out
    except OSError as error:
        raise InputError(f"{name} cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _standard_output() -> Iterator[TextIO]:
    if sys.stdout is None:
        raise InputError("standard output is closed")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"standard output cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _replacing(target: str, mode: int | None, opened: Opener[Stream]) -> Iterator[Stream]:
    """Write beside `target`, then take its place in one step; it keeps the permissions that it had."""
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")
    handle, partial = tempfile.mkstemp(prefix=".attn-explore-", suffix=".partial", dir=os.path.dirname(target))
    try:
        with opened(handle) as file:
            yield file
        os.chmod(partial, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_file_mask())
        os.replace(partial, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _file_mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def discard_output() -> None:
    """Send what standard output still holds nowhere: Python would complain when it flushes it at exit."""
    if sys.stdout is None:
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def escaped_json(content: object) -> str:
    r"""Return one line of JSON in which nothing that a terminal may obey stands raw.

    Everything that is not printable (control characters, line separators, bidirectional and other format characters)
    is written as ``\uNNNN``, which JSON reads as the same character.
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _json_escape(character) for character in text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[first : first + 4]}" for first in range(0, len(units), 4))


def console_on(file: TextIO, **options: Any) -> Console:
    """Return a Rich console that leaves a closed pipe to the command line, as all other writing does."""
    from rich.console import Console

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # Rich calls this while it handles the BrokenPipeError

    return PipeConsole(file=file, **options)
