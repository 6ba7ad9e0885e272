"""A look into an ONNX file before anything runs it: what it refers to outside itself.

Only the protobuf wire format is walked (https://protobuf.dev/programming-guides/encoding), not parsed into messages:
tensor data is stepped over, so a 12 MB graph takes a few milliseconds and the ``onnx`` package is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from explorer.errors import BundleError

TRUSTED_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Operator domains that ONNX Runtime itself implements."""

OUTSIDE_OPERATORS = frozenset({"EPContext", "PythonOp"})
"""Operators of those domains that read other files or call back into Python."""

_DEEPEST = 32
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that lead to a tensor or a node.
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_TEXTS = {"node": {4: "operator", 7: "domain"}, "tensor": {8: "name"}, "function": {1: "operator", 10: "domain"}}


@dataclass
class Contents:
    """What a scan found: operators used and defined as (domain, operator), and names of tensors kept elsewhere."""

    used: set[tuple[str, str]] = field(default_factory=set)
    defined: set[tuple[str, str]] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)


def check_self_contained(data: bytes, name: str) -> None:
    """Check that an ONNX graph needs nothing outside its own bytes.

    Args:
        data: The whole file.
        name: What errors call it.

    Raises:
        BundleError: Not an ONNX file, a tensor with external data, or an operator that ONNX Runtime does not have
            itself.
    """
    contents = Contents()
    try:
        _walk(memoryview(data), "model", contents, 0)
    except (ValueError, IndexError, RecursionError) as error:
        raise BundleError(f"{name}: not a readable ONNX file ({error})") from error
    if not contents.used:
        raise BundleError(f"{name}: not a readable ONNX file (it has no operators)")
    if contents.outside:
        raise BundleError(f"{name}: tensor {contents.outside[0]!r} keeps its data in another file, which is not read")
    for domain, operator in sorted(contents.used - contents.defined):
        if domain not in TRUSTED_DOMAINS or operator in OUTSIDE_OPERATORS:
            place = f"domain {domain!r}" if domain else "the standard domain"
            raise BundleError(f"{name}: operator {operator!r} of {place} is not one that a bundle may use")


def _walk(message: memoryview, kind: str, contents: Contents, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    children, texts = _CHILDREN[kind], _TEXTS.get(kind, {})
    found: dict[str, str] = {}
    outside = False
    for number, wire, value in fields(message):
        if isinstance(value, memoryview):
            if number in children:
                _walk(value, children[number], contents, depth + 1)
            elif number in texts:
                found[texts[number]] = bytes(value).decode("utf-8", "backslashreplace")
            elif kind == "tensor" and number == 13:  # external_data
                outside = True
        elif kind == "tensor" and number == 14 and wire == _VARINT and value == 1:  # data_location: EXTERNAL
            outside = True
    if kind in ("node", "function"):
        operators = contents.used if kind == "node" else contents.defined
        operators.add((found.get("domain", ""), found.get("operator", "")))
    if outside:
        contents.outside.append(found.get("name", ""))


def fields(message: memoryview) -> Iterator[tuple[int, int, memoryview | int]]:
    """Yield (field number, wire type, value) of one message."""
    place, length = 0, len(message)
    while place < length:
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(message, place)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, place = _varint(message, place)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {wire}")
        if place + size > length:
            raise ValueError("it ends too early")
        yield number, wire, message[place : place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return a base-128 number and the place after it."""
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
