"""Writing: whole files or none, JSON and consoles that a terminal and a closed pipe can take."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from explorer.errors import InputError
from explorer.runtime.whole_files import for_text, whole_file, write_whole

if TYPE_CHECKING:
    from rich.console import Console

STANDARD_OUTPUT = "-"


@contextlib.contextmanager
def writing(path: str | None) -> Iterator[TextIO]:
    """Open a file for text that appears whole or not at all; standard output where there is no path, or "-".

    A link is followed. Devices and pipes are written to as they are, there is nothing to replace.

    Raises:
        InputError: The file cannot be written.
        BrokenPipeError: Nobody reads standard output any more.
    """
    with _standard_output() if path is None or path == STANDARD_OUTPUT else whole_file(path, for_text) as out:
        yield out


def write_bytes(path: str, data: bytes) -> None:
    """Write a file as `writing` does, or to standard output for "-".

    Raises:
        InputError: The file cannot be written, or standard output is a terminal.
        BrokenPipeError: Nobody reads standard output any more.
    """
    if path != STANDARD_OUTPUT:
        write_whole(path, data)
        return
    with _standard_output() as out:
        if out.isatty():
            raise InputError("standard output is a terminal, which cannot take this; give --output FILE")
        out.buffer.write(data)


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


def discard_output() -> None:
    """Send what standard output still holds nowhere: Python would complain when it flushes it at exit."""
    if sys.stdout is None:
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def text_console(out: TextIO) -> Console:
    """Return the console for what is printed as text: in colour and as wide as the terminal, or plain to a file."""
    from explorer.render.written import TEXT_WIDTH

    return console_on(out) if out is sys.stdout else console_on(out, width=TEXT_WIDTH, color_system=None)


def console_on(file: TextIO, **options: Any) -> Console:
    """Return a Rich console that leaves a closed pipe to the command line, as all other writing does."""
    from rich.console import Console

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # Rich calls this while it handles the BrokenPipeError

    return PipeConsole(file=file, **options)
