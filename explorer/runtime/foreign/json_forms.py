"""Attention in JSON: one object a sentence pair.

The forms of a file: one object, an array of objects, or one object a line. An object has either

* ``weights``, ``source_tokens`` and ``target_tokens``, the names that ``attn-explore decode --format json`` writes too
  (its ``cross_weights``, of every head, come before ``weights``), or
* ``matrix``, ``source_sent`` and ``target_sent``, which Nematus writes for ``--output_alignment --json``: tokens are
  divided by blanks, and matrix has one more row and one more column, for the end tokens.

Other names are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.foreign.lines import number_lines, split_tokens, with_end
from explorer.runtime.foreign.pair import PLAIN, ForeignPair, checked_pair
from explorer.runtime.labels import printable

MOST_WEIGHTS = 1 << 22
"""Weights of a sentence in JSON, where each takes several times the memory that it has in an array."""
MOST_FIELDS = 1 << 20
"""Fields, and tokens, of a whole file."""
WEIGHTS, ALL_HEADS, MATRIX = "weights", "cross_weights", "matrix"
_OPENING = re.compile(rb"(?:\s*\[)+")
_NESTED: dict[int, Any] = {
    2: list[list[float]],
    3: list[list[list[float]]],
    4: list[list[list[list[float]]]],
}
_NOT_JSON = re.compile(rb"[\[,:\s](-?Infinity|NaN|nan|-?inf)\b")
Decoded = TypeVar("Decoded")
Fields = dict[str, msgspec.Raw]


def read_json(data: bytes, place: str) -> Iterator[ForeignPair]:
    """Yield the pairs of a JSON or JSON-lines file.

    Raises:
        InputError: It is no JSON, or an object is no pair; the object is named.
    """
    _check_amount(data, b":", MOST_FIELDS, "fields", place)
    _check_amount(data, b"{", MOST_FIELDS, "objects", place)
    begin = data.lstrip()
    if begin.startswith(b"["):
        for number, fields in enumerate(_decoded(begin, list[Fields], place)):
            yield _pair(fields, f"{place}: [{number}]")
        return
    first = begin.partition(b"\n")[0]
    if not _is_whole(first):
        yield _pair(_decoded(begin, Fields, place), place)
        return
    for number, line in number_lines(data, place):
        if line.strip():
            here = f"{place}, line {number}"
            yield _pair(_decoded(line.encode("utf-8"), Fields, here), here)


def _is_whole(line: bytes) -> bool:
    """Return whether a line is a whole JSON value."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _check_amount(data: bytes, mark: bytes, limit: int, what: str, place: str) -> None:
    """Judge how much there can be in JSON before anything of it is made."""
    if data.count(mark) > limit:
        raise InputError(f"{place}: too many {what} for JSON, the limit is {limit}")


def _pair(fields: Fields, place: str) -> ForeignPair:
    if MATRIX in fields and WEIGHTS not in fields:
        return _nematus_pair(fields, place)
    source, target = _tokens(fields, "source_tokens", place), _tokens(fields, "target_tokens", place)
    name = ALL_HEADS if ALL_HEADS in fields else WEIGHTS
    return checked_pair(place, source, target, _weights(fields, name, place))


def _nematus_pair(fields: Fields, place: str) -> ForeignPair:
    matrix = _weights(fields, MATRIX, place)
    sides = []
    for name, size in (("source_sent", matrix.shape[-1]), ("target_sent", matrix.shape[-PLAIN])):
        tokens = split_tokens(_field(fields, name, str, place), f"{place}: {name}")
        sides.append(with_end(tokens, size) or tokens)
    return checked_pair(place, sides[0], sides[1], matrix)


def _tokens(fields: Fields, name: str, place: str) -> list[str]:
    _check_amount(bytes(_raw(fields, name, place)), b",", MOST_FIELDS, "tokens", f"{place}: {name}")
    return _field(fields, name, list[str], place)


def _weights(fields: Fields, name: str, place: str) -> npt.NDArray[np.generic]:
    raw = bytes(_raw(fields, name, place))
    opening = _OPENING.match(raw)
    depth = opening[0].count(b"[") if opening else 0
    kind = _NESTED.get(depth)
    if kind is None:
        raise InputError(
            f"{place}: {name} is nested {depth} deep; it is (tgt, src), (heads, tgt, src) or (layers, heads, tgt, src)"
        )
    _check_amount(raw, b",", MOST_WEIGHTS, "weights", f"{place}: {name}")
    nested = _decoded(raw, kind, f"{place}: {name}")
    try:
        return np.array(nested, dtype=np.float64)
    except ValueError as error:
        raise InputError(f"{place}: {name} is ragged: its rows are not all of one length") from error


def _field(fields: Fields, name: str, kind: type[Decoded], place: str) -> Decoded:
    return _decoded(bytes(_raw(fields, name, place)), kind, f"{place}: {name}")


def _raw(fields: Fields, name: str, place: str) -> msgspec.Raw:
    raw = fields.get(name)
    if raw is None:
        there = ", ".join(printable(known)[:40] for known in list(fields)[:10]) or "nothing"
        raise InputError(f"{place}: {name} is missing; there is: {there}")
    return raw


def _decoded(data: bytes, kind: type[Decoded], place: str) -> Decoded:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        strange = _NOT_JSON.search(data)
        if strange:
            raise InputError(f"{place}: {strange[1].decode()} is no number of JSON, and no weight") from error
        raise InputError(f"{place}: {printable(str(error))[:200]}") from error


def json_fields(pair: ForeignPair) -> dict[str, Any]:
    """Return tokens and weights of a pair by their names; weights are exact: reading them gives the same float32."""
    shortest = pair.weights.astype("U16").astype(np.float64)
    return {
        "source_tokens": list(pair.source_tokens),
        "target_tokens": list(pair.target_tokens),
        WEIGHTS: shortest.tolist(),
    }
