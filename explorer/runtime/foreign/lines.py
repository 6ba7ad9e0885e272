"""Lines, tokens and numbers of text files that other programs wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.foreign.pair import MOST_PAIRS, MOST_TOKENS
from explorer.runtime.foreign.spelling import END_TOKEN
from explorer.runtime.labels import printable

MOST_LINES = 64 * MOST_PAIRS
"""Lines of a text; a sentence may have one for each target token."""
_BLANKS = re.compile(r"[ \t\r\n\v\f]+")
"""What divides tokens: other blanks of Unicode are part of them."""

Lines = list[tuple[int, str]]
"""Numbered from 1, without their ends."""


def number_lines(data: bytes, place: str) -> Lines:
    """Return the lines of UTF-8 text.

    Raises:
        InputError: A line is not UTF-8 (it is named), or there are too many.
    """
    if data.count(b"\n") > MOST_LINES:
        raise InputError(f"{place}: more than {MOST_LINES} lines")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(f"{place}, line {line}: byte {byte} is not valid UTF-8") from error
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not lines[-1]:
        lines.pop()
    return list(enumerate(lines, start=1))


def split_tokens(text: str, place: str) -> list[str]:
    """Return the tokens of a sentence, which are divided by blanks.

    Raises:
        InputError: There are too many.
    """
    tokens = [token for token in _BLANKS.split(text, maxsplit=MOST_TOKENS + 1) if token]
    if len(tokens) > MOST_TOKENS:
        raise InputError(f"{place}: more than {MOST_TOKENS} tokens")
    return tokens


def numbers(words: Sequence[str], place: str) -> list[float]:
    """Return numbers.

    Raises:
        InputError: One is none; it is named.
    """
    try:
        return [float(word) for word in words]
    except ValueError:
        wrong = next(word for word in words if not _is_number(word))
        raise InputError(f"{place}: {printable(wrong[:40])!r} is not a number") from None


def matrix_of(rows: Sequence[Sequence[float]], place: str) -> npt.NDArray[np.float64]:
    """Return rows as a matrix.

    Raises:
        InputError: They are not of one length; the first that differs is named.
    """
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(f"{place}: row {number} has {len(row)} weights, row 0 has {len(rows[0])}")
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(rows[0]) if rows else 0)


def with_end(tokens: Sequence[str], count: int) -> tuple[str, ...] | None:
    """Return as many tokens as there are weights for: with the end token where that is one more; None if neither."""
    if len(tokens) == count:
        return tuple(tokens)
    return (*tokens, END_TOKEN) if len(tokens) + 1 == count else None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
