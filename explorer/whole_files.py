"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, TextIO, TypeVar

from explorer.errors import InputError
from explorer.runtime.labels import printable

Stream = TypeVar("Stream", TextIO, BinaryIO)
Opener = Callable[[str | int], Stream]
"""Opens a path, or a file that the system has opened already, for writing."""


def for_text(file: str | int) -> TextIO:
    """Open a file for UTF-8 text."""
    return open(file, "w", encoding="utf-8", newline="\n")


def for_bytes(file: str | int) -> BinaryIO:
    """Open a file for bytes."""
    return open(file, "wb")


@contextlib.contextmanager
def whole_file(path: str, opened: Opener[Stream]) -> Iterator[Stream]:
    """Open a file that appears whole or not at all.

    A link is followed. Devices and pipes are written to as they are, there is nothing to replace.

    Raises:
        InputError: The file cannot be written.
    """
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
