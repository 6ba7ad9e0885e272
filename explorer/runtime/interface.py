"""The interface that a bundle's graphs must have (DESIGN, "Graph interface"), checked when a bundle is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from explorer.errors import BundleError
from explorer.runtime.card import Sizes
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class Node(Protocol):
    """What ONNX Runtime tells about an input or output."""

    name: str
    type: str
    shape: list[int | str | None]


@dataclass(frozen=True, slots=True)
class Value:
    """One input or output: its name, element type and axes."""

    name: str
    kind: str
    axes: tuple[str, ...]


def _values(*rows: str) -> tuple[Value, ...]:
    split = (row.split() for row in rows)
    return tuple(Value(name, kind, tuple(axes)) for name, kind, *axes in split)


ENCODER_INPUTS = _values("source_ids int64 batch src_len", "source_mask bool batch src_len")
ENCODER_OUTPUTS = _values("memory float batch src_len hidden", "state float batch hidden")
STEP_INPUTS = _values(
    "token int64 batch",
    "position int64 batch",
    "state float batch hidden",
    "memory float batch src_len hidden",
    "memory_mask bool batch src_len",
    "alignment int64 batch",
    "attention int64 batch",
    "window float batch",
    "temperature float batch",
    "bias float batch src_len",
    "noise float batch src_len",
)
STEP_OUTPUTS = _values(
    "logits float batch target_vocab",
    "next_state float batch hidden",
    "scores float batch src_len",
    "weights float batch src_len",
    "center float batch",
)


def check_interface(sessions: dict[str, InferenceSession], sizes: Sizes) -> None:
    """Check names, element types, axes and sizes of every input and output.

    Args:
        sessions: ``encoder.onnx`` and ``step.onnx``.
        sizes: The card's sizes.

    Raises:
        BundleError: The first thing that differs, with file and name.
    """
    tables = {"encoder.onnx": (ENCODER_INPUTS, ENCODER_OUTPUTS), "step.onnx": (STEP_INPUTS, STEP_OUTPUTS)}
    for file, (inputs, outputs) in tables.items():
        session = sessions[file]
        for problem in _differences("input", session.get_inputs(), inputs, sizes, others_allowed=False):
            raise BundleError(f"{file}: {problem}")
        for problem in _differences("output", session.get_outputs(), outputs, sizes, others_allowed=True):
            raise BundleError(f"{file}: {problem}")


def _differences(
    role: str, nodes: Sequence[Node], table: Sequence[Value], sizes: Sizes, others_allowed: bool
) -> Iterator[str]:
    found = {node.name: node for node in nodes}
    wanted = {value.name for value in table}
    for name in found:
        if name not in wanted and not others_allowed:
            yield f"unknown {role} {printable(name)!r}; known are {', '.join(value.name for value in table)}"
    for value in table:
        if value.name not in found:
            yield f"{role} {value.name!r} is missing"
            continue
        yield from _value_differences(role, found[value.name], value, sizes)


def _value_differences(role: str, node: Node, value: Value, sizes: Sizes) -> Iterator[str]:
    place = f"{role} {value.name!r}"
    kind = node.type.removeprefix("tensor(").removesuffix(")")
    if kind != value.kind:
        yield f"{place} holds {printable(kind)}, expected {value.kind}"
    if len(node.shape) != len(value.axes):
        yield f"{place} has {len(node.shape)} axes, expected {len(value.axes)} ({', '.join(value.axes)})"
        return
    for axis, size in zip(value.axes, node.shape, strict=True):
        if not isinstance(size, int):
            continue
        fixed = getattr(sizes, axis, None)
        if fixed is None:
            yield f"{place} has the {axis} axis fixed at {size}, expected one that can vary"
        elif size != fixed:
            yield f"{place} has {axis} {size}, card.json says {fixed}"
