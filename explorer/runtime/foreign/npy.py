"""NumPy's files, read without pickle and without trusting what they say of their own size.

A ``.npy`` file is a header, which names type and shape, and the values. An ``.npz`` file is a zip of them, stored or
deflated. NumPy's own reader takes memory for as many values as the header promises, and warns on standard error about
headers of old versions; here the header is held against the bytes that are there first.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.foreign.pair import LONGEST_TOKEN, MOST_TOKENS, MOST_WEIGHTS
from explorer.runtime.labels import printable

NPY_MAGIC, NPZ_MAGIC = b"\x93NUMPY", b"PK\x03\x04"
LONGEST_HEADER = 10_000
"""Bytes of a header, NumPy's own limit."""
MOST_AXES = 8
"""Of an array that is looked at, if only to say that it has too many."""
LARGEST_ARRAY = 16 * MOST_WEIGHTS
"""Bytes of an unpacked array: the most weights, in the widest type."""
LARGEST_DIRECTORY = 1 << 16
"""Bytes of a zip's directory, some hundred entries."""

_HEADER = re.compile(
    r"\s*\{\s*'descr'\s*:\s*'([<>|=]?)([A-Za-z])(\d{0,9})'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,"
    r"\s*'shape'\s*:\s*\(([\d\s,]*)\)\s*(?:,\s*)?\}\s*",
    re.ASCII,
)
_NUMBERS, _TEXTS = "fiub", "US"
_END_OF_ZIP = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE = 20
_ENCRYPTED = 0x1

Values = npt.NDArray[np.generic]


def read_npy(data: bytes, place: str) -> Values:
    """Return the array of a ``.npy`` file: numbers or text, without Python objects.

    Raises:
        InputError: It is damaged, holds something else, or promises other than it has.
    """
    kind, start = _header(data, place)
    order, letter, width, fortran, sides = kind.groups()
    if letter == "O":
        raise InputError(
            f"{place}: an array of Python objects, which are never read: they could run code; "
            "save numbers, and tokens as np.array(tokens, dtype=str)"
        )
    if letter not in _NUMBERS + _TEXTS:
        raise InputError(f"{place}: an array of type {order}{letter}{width}, neither numbers nor text")
    try:
        dtype = np.dtype(f"{order}{letter}{width}")
    except TypeError as error:
        raise InputError(f"{place}: an array of the unknown type {order}{letter}{width}") from error
    shape = tuple(int(side[:20]) for side in re.findall(r"\d+", sides))
    if len(shape) > MOST_AXES:
        raise InputError(f"{place}: an array of {len(shape)} axes")
    count = math.prod(shape)
    if count * dtype.itemsize != len(data) - start:
        raise InputError(
            f"{place}: truncated or damaged: its header promises {count * dtype.itemsize} bytes, it has "
            f"{len(data) - start}"
        )
    if not count or not dtype.itemsize:
        return np.zeros((0,) * len(shape), dtype=dtype)
    values: Values = np.frombuffer(data, dtype=dtype, count=count, offset=start)
    return values.reshape(shape, order="F" if fortran == "True" else "C")


def tokens_of(values: Values, place: str) -> list[str]:
    """Return an array of text, Unicode or UTF-8, as tokens.

    Raises:
        InputError: It is no list of text.
    """
    if values.dtype.kind not in _TEXTS or values.ndim != 1:
        raise InputError(f"{place}: tokens are one list of text, not {values.ndim} axes of {values.dtype}")
    if len(values) > MOST_TOKENS or values.dtype.itemsize > 4 * LONGEST_TOKEN:
        raise InputError(
            f"{place}: {len(values)} tokens of up to {values.dtype.itemsize} bytes; the limits are {MOST_TOKENS} and "
            f"{4 * LONGEST_TOKEN}"
        )
    try:
        return [token if isinstance(token, str) else token.decode("utf-8") for token in values.tolist()]
    except (ValueError, SystemError) as error:  # bytes that are no text, or numbers of no character
        raise InputError(f"{place}: a token is no valid text") from error


class Npz:
    """The arrays of an ``.npz`` file, each unpacked only when it is asked for, and never beyond its limit."""

    def __init__(self, data: bytes, place: str) -> None:
        """Read the directory.

        Raises:
            InputError: It is no zip, damaged, or has far too many entries.
        """
        self._place = place
        _check_directory(data, place)
        with _damage(place):
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._entries = {info.filename.removesuffix(".npy"): info for info in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def array(self, name: str) -> Values:
        """Return an array.

        Raises:
            InputError: It is missing, damaged or too large.
        """
        place = f"{self._place}: {name}"
        info = self._entries.get(name)
        if info is None:
            there = ", ".join(printable(entry)[:40] for entry in list(self._entries)[:10]) or "nothing"
            raise InputError(f"{place} is missing; there is: {there}")
        if info.file_size > LARGEST_ARRAY:
            raise InputError(f"{place} would unpack to {info.file_size} bytes, the limit is {LARGEST_ARRAY}")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & _ENCRYPTED:
            raise InputError(f"{place} is packed in a way that NumPy does not use, or encrypted")
        with _damage(place), self._zip.open(info) as member:
            data = member.read(info.file_size + 1)
        return read_npy(data, place)


def npz_of(weights: Values, source_tokens: Sequence[str], target_tokens: Sequence[str]) -> bytes:
    """Return an ``.npz`` file of weights and tokens; the same input gives the same bytes."""
    data = io.BytesIO()
    np.savez_compressed(data, **npz_arrays(weights, source_tokens, target_tokens))  # type: ignore[arg-type] # of mypy's
    return data.getvalue()


def npz_arrays(
    weights: Values, source_tokens: Sequence[str], target_tokens: Sequence[str]
) -> dict[str, npt.NDArray[Any]]:
    """Return weights and tokens by the names that an ``.npz`` file has for them."""
    return {
        "weights": weights,
        "source_tokens": np.array(source_tokens, dtype=str),
        "target_tokens": np.array(target_tokens, dtype=str),
    }


@contextlib.contextmanager
def _damage(place: str) -> Iterator[None]:
    """Turn what Python's reader of zip files stumbles over into one line."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, ValueError, OverflowError) as error:
        said = printable((str(error).splitlines() or [type(error).__name__])[0])[:120]
        raise InputError(f"{place}: truncated or damaged ({said})") from error


def _header(data: bytes, place: str) -> tuple[re.Match[str], int]:
    """Return what the header of a ``.npy`` file says, and where the values begin."""
    if data[: len(NPY_MAGIC)] != NPY_MAGIC or len(data) < 12:
        raise InputError(f"{place}: no NumPy array")
    major = data[6]
    if major not in (1, 2, 3):
        raise InputError(f"{place}: version {major} of NumPy's format is not known")
    size, start = (2, 10) if major == 1 else (4, 12)
    length = int.from_bytes(data[8 : 8 + size], "little")
    if length > LONGEST_HEADER or start + length > len(data):
        raise InputError(f"{place}: truncated or damaged: its header has no end")
    found = _HEADER.fullmatch(data[start : start + length].decode("latin-1"))
    if found is None:
        raise InputError(f"{place}: its header describes no plain array of numbers or text")
    return found, start + length


def _check_directory(data: bytes, place: str) -> None:
    """Judge the end of a zip before Python reads its directory, whose length is the file's own word."""
    tail = data[-_END_OF_ZIP.size :]
    if len(tail) < _END_OF_ZIP.size or not tail.startswith(b"PK\x05\x06"):
        raise InputError(f"{place}: truncated or damaged: the zip has no end")
    size = _END_OF_ZIP.unpack(tail)[5]
    before = data[-_END_OF_ZIP.size - _ZIP64_LOCATOR_SIZE :]
    if size > LARGEST_DIRECTORY or before.startswith(_ZIP64_LOCATOR):
        raise InputError(f"{place}: a zip of too many files; an npz of attention holds three arrays")
