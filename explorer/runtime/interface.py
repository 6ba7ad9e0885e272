"""The interface that a bundle's graphs must have (DESIGN, "Graph interface"), checked when a bundle is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from explorer.errors import BundleError
from explorer.runtime.card import Card
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


def values(*rows: str) -> tuple[Value, ...]:
    """Return inputs or outputs, each given as its name, element type and axes."""
    split = (row.split() for row in rows)
    return tuple(Value(name, kind, tuple(axes)) for name, kind, *axes in split)


ENCODER_INPUTS = values("source_ids int64 batch src_len", "source_mask bool batch src_len")
ENCODER_OUTPUTS = values("memory float batch src_len hidden", "state float batch hidden")
STEP_INPUTS = values(
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
STEP_OUTPUTS = values(
    "logits float batch target_vocab",
    "next_state float batch hidden",
    "scores float batch src_len",
    "weights float batch src_len",
    "center float batch",
)


PICTURE_INPUTS = values("pixels float batch channels height width")
PICTURE_STEP_OUTPUTS = values("center_cell float batch place")
SELF_ATTENDING = values(
    "encoder_weights float batch encoder_layers heads src_len src_len",
    "encoder_scores float batch encoder_layers heads src_len src_len",
)
TRANSFORMER_INPUTS = values(
    "token int64 batch",
    "position int64 batch",
    "memory float batch src_len memory",
    "memory_mask bool batch src_len",
    "bias float batch src_len",
    "temperature float batch",
    "head_gate float batch layers heads",
)
TRANSFORMER_OUTPUTS = values(
    "logits float batch target_vocab",
    "cross_weights float batch layers heads src_len",
    "cross_scores float batch layers heads src_len",
    "self_weights float batch layers heads tgt_len",
    "self_scores float batch layers heads tgt_len",
)
Table = tuple[tuple[Value, ...], tuple[Value, ...]]
"""Inputs and outputs of a graph."""


def interface_of(card: Card) -> tuple[dict[str, Table], dict[str, int]]:
    """Return the inputs and outputs that the graphs of a card have, by file, and the sizes of their fixed axes."""
    sizes = {name: getattr(card.sizes, name) for name in card.sizes.__struct_fields__}
    heads = card.heads
    if card.image is not None:
        image = card.image
        sizes |= {"channels": 3, "height": image.height, "width": image.width, "src_len": image.cells, "place": 2}
        return {
            "encoder.onnx": (PICTURE_INPUTS, ENCODER_OUTPUTS),
            "step.onnx": (STEP_INPUTS, STEP_OUTPUTS + PICTURE_STEP_OUTPUTS),
        }, sizes
    if heads is None:
        return {"encoder.onnx": (ENCODER_INPUTS, ENCODER_OUTPUTS), "step.onnx": (STEP_INPUTS, STEP_OUTPUTS)}, sizes
    sizes |= {
        "layers": heads.layers,
        "encoder_layers": heads.encoder_layers,
        "heads": heads.heads,
        "size": card.sizes.hidden // heads.heads,
        "memory": 2 * heads.layers * card.sizes.hidden,
    }
    past = values(*(f"past_{name} float batch heads past_len size" for name in heads.caches))
    present = values(*(f"present_{name} float batch heads tgt_len size" for name in heads.caches))
    memory = values("memory float batch src_len memory")
    return {
        "encoder.onnx": (ENCODER_INPUTS, memory + (SELF_ATTENDING if heads.encoder_layers else ())),
        "step.onnx": (TRANSFORMER_INPUTS + past, TRANSFORMER_OUTPUTS + present),
    }, sizes


def check_interface(sessions: dict[str, InferenceSession], card: Card) -> None:
    """Check names, element types, axes and sizes of every input and output.

    Args:
        sessions: ``encoder.onnx`` and ``step.onnx``.
        card: The bundle's card.

    Raises:
        BundleError: The first thing that differs, with file and name.
    """
    check_tables(sessions, *interface_of(card))


def check_tables(sessions: dict[str, InferenceSession], tables: Mapping[str, Table], sizes: Mapping[str, int]) -> None:
    """Check graphs against tables of inputs and outputs.

    Args:
        sessions: By file.
        tables: By file; every file has a session.
        sizes: The sizes of the axes that are fixed; axes of other names vary.

    Raises:
        BundleError: The first thing that differs, with file and name.
    """
    for file, (inputs, outputs) in tables.items():
        session = sessions[file]
        for problem in _differences("input", session.get_inputs(), inputs, sizes, others_allowed=False):
            raise BundleError(f"{file}: {problem}")
        for problem in _differences("output", session.get_outputs(), outputs, sizes, others_allowed=True):
            raise BundleError(f"{file}: {problem}")


def _differences(
    role: str, nodes: Sequence[Node], table: Sequence[Value], sizes: Mapping[str, int], others_allowed: bool
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


def _value_differences(role: str, node: Node, value: Value, sizes: Mapping[str, int]) -> Iterator[str]:
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
        fixed = sizes.get(axis)
        if fixed is None:
            yield f"{place} has the {axis} axis fixed at {size}, expected one that can vary"
        elif size != fixed:
            yield f"{place} has {axis} {size}, the card says {fixed}"
