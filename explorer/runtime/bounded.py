"""Reading files that are nobody's word to be small."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from explorer.errors import InputError


def read_bounded(
    opened: Callable[[], AbstractContextManager[BinaryIO]], name: str, limit: int, tail: str = ""
) -> bytes:
    """Return what is in a file.

    Args:
        opened: Opens it.
        name: What errors call it.
        limit: Greatest number of bytes; no more than one above it is read.
        tail: What is said behind the limit.

    Raises:
        InputError: It cannot be read, or has more bytes than the limit.
    """
    try:
        with opened() as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{name} cannot be read: {error}") from error
    if len(data) > limit:
        raise InputError(f"{name}: more than {limit} bytes{tail}")
    return data
