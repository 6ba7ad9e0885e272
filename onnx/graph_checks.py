"""What a bundle's graphs must look like: names, axes, types, operators, files. Needs neither torch nor a checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import graph_repair  # first: it refuses an onnx that is only this folder
import onnx
from onnx import TensorProto, shape_inference

LARGEST_BUNDLE = 25_000_000
OPSET = 20
"""Kernels below are listed for this opset: newer ones lack CUDA kernels for a while after they come out."""


class Mismatch(Exception):  # noqa: N818 - a finding, collected as often as raised
    """A bundle is not what it says it is."""


class FileMismatch(Mismatch):
    """A file is missing, or is not the one that the card lists."""


class NameMismatch(Mismatch):
    """A graph lacks an input or output, or has one too many."""


class AxisMismatch(Mismatch):
    """An input or output is declared with other axes."""


class TypeMismatch(Mismatch):
    """An input or output holds another type of number."""


class OperatorMismatch(Mismatch):
    """The graph uses an operator, or an operator on a type, that ONNX Runtime cannot run on CUDA."""


class ShapeMismatch(Mismatch):
    """A graph returned an array of another shape than it declares."""


class ValueMismatch(Mismatch):
    """A graph computes something else than the model."""


class WarningMismatch(Mismatch):
    """ONNX Runtime had something to say on standard error."""


class PlacementMismatch(Mismatch):
    """A node of the step does not run on the device that was asked for."""


Values = Mapping[str, tuple[int, tuple[str, ...]]]
FLOAT, WHOLE, TRUTH = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
STEP_INPUTS: Values = {
    "token": (WHOLE, ("batch",)),
    "position": (WHOLE, ("batch",)),
    "state": (FLOAT, ("batch", "hidden")),
    "memory": (FLOAT, ("batch", "src_len", "hidden")),
    "memory_mask": (TRUTH, ("batch", "src_len")),
    "alignment": (WHOLE, ("batch",)),
    "attention": (WHOLE, ("batch",)),
    "window": (FLOAT, ("batch",)),
    "temperature": (FLOAT, ("batch",)),
    "bias": (FLOAT, ("batch", "src_len")),
    "noise": (FLOAT, ("batch", "src_len")),
}
STEP_OUTPUTS: Values = {
    "logits": (FLOAT, ("batch", "target_vocab")),
    "next_state": (FLOAT, ("batch", "hidden")),
    "scores": (FLOAT, ("batch", "src_len")),
    "weights": (FLOAT, ("batch", "src_len")),
    "center": (FLOAT, ("batch",)),
}
ENCODER_INPUTS: Values = {"source_ids": (WHOLE, ("batch", "src_len")), "source_mask": (TRUTH, ("batch", "src_len"))}
ENCODER_OUTPUTS: Values = {"memory": (FLOAT, ("batch", "src_len", "hidden")), "state": (FLOAT, ("batch", "hidden"))}
RECURRENT: Mapping[str, tuple[Values, Values]] = {
    "encoder.onnx": (ENCODER_INPUTS, ENCODER_OUTPUTS),
    "step.onnx": (STEP_INPUTS, STEP_OUTPUTS),
}
"""File → (inputs, outputs), each name → (element type, axes). Axes but batch and lengths are sizes of the card."""
IMAGE: Mapping[str, tuple[Values, Values]] = {
    "encoder.onnx": ({"pixels": (FLOAT, ("batch", "colours", "height", "width"))}, ENCODER_OUTPUTS),
    "step.onnx": (STEP_INPUTS, {**STEP_OUTPUTS, "center_cell": (FLOAT, ("batch", "axes"))}),
}
"""The same where the source is an image; src_len is then a fixed size, the number of cells."""
HEADED = ("batch", "layers", "heads")


def cache_names(layers: int) -> list[str]:
    """Return the names of a Transformer's caches, behind ``past_`` and ``present_``."""
    return [f"{part}_{layer}" for layer in range(layers) for part in ("keys", "values")]


def interface(card: Mapping[str, Any]) -> Mapping[str, tuple[Values, Values]]:
    """Return the inputs and outputs of a bundle's graphs, file → (inputs, outputs)."""
    if "heads" not in card:
        return IMAGE if "image" in card else RECURRENT
    caches = cache_names(card["heads"]["layers"])
    attended = ("batch", "encoder_layers", "heads", "src_len", "src_len")
    looked = dict.fromkeys(("encoder_weights", "encoder_scores"), (FLOAT, attended))
    step_inputs: Values = {
        **{name: STEP_INPUTS[name] for name in ("token", "position", "memory_mask", "bias", "temperature")},
        "memory": (FLOAT, ("batch", "src_len", "memory")),
        "head_gate": (FLOAT, HEADED),
        **{f"past_{name}": (FLOAT, ("batch", "heads", "past_len", "size")) for name in caches},
    }
    step_outputs: Values = {
        "logits": (FLOAT, ("batch", "target_vocab")),
        **dict.fromkeys(("cross_weights", "cross_scores"), (FLOAT, (*HEADED, "src_len"))),
        **dict.fromkeys(("self_weights", "self_scores"), (FLOAT, (*HEADED, "tgt_len"))),
        **{f"present_{name}": (FLOAT, ("batch", "heads", "tgt_len", "size")) for name in caches},
    }
    memory: Values = {"memory": (FLOAT, ("batch", "src_len", "memory"))}
    return {
        "encoder.onnx": (ENCODER_INPUTS, {**memory, **(looked if card["heads"]["encoder_layers"] else {})}),
        "step.onnx": (step_inputs, step_outputs),
    }


def optional_inputs(card: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Return the inputs that may be left out, by file."""
    if "heads" not in card:
        return {"encoder.onnx": (), "step.onnx": ()}
    gated = ("encoder_gate",) if card["heads"]["encoder_layers"] else ()
    return {"encoder.onnx": gated, "step.onnx": ("self_gate", "head_bias")}


def sizes(card: Mapping[str, Any]) -> dict[str, int]:
    """Return the size of every fixed axis."""
    known: dict[str, int] = dict(card["sizes"])
    if "image" in card:
        image = card["image"]
        known |= {"colours": 3, "axes": 2, "src_len": image["rows"] * image["columns"], **image}
    if "heads" in card:
        heads = card["heads"]
        known |= {name: heads[name] for name in ("layers", "encoder_layers", "heads")}
        known |= {"size": known["hidden"] // heads["heads"], "memory": 2 * heads["layers"] * known["hidden"]}
    return known


REAL = frozenset({TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE})
NUMBER = REAL | {TensorProto.INT32, TensorProto.INT64}
ANY = NUMBER | {TensorProto.BOOL}
CUDA_KERNELS: Mapping[str, tuple[int, frozenset[int]]] = {
    **dict.fromkeys(("Abs", "Add", "Sub", "Mul", "Div", "Min", "Max", "Greater", "Less", "LessOrEqual"), (0, NUMBER)),
    **dict.fromkeys(
        ("Exp", "Sigmoid", "Tanh", "Relu", "Reciprocal", "Softmax", "LayerNormalization", "MatMul", "Gemm", "GRU"),
        (0, REAL),
    ),
    **dict.fromkeys(("AveragePool", "Conv", "Floor"), (0, REAL)),
    **dict.fromkeys(("ArgMax", "ReduceL2", "ReduceMax", "ReduceMean"), (0, REAL)),
    **dict.fromkeys(("ReduceSum", "Clip"), (0, REAL | {TensorProto.INT64})),
    **dict.fromkeys(("Concat", "Expand", "Gather", "GatherElements", "Pad", "Reshape", "Shape", "Slice"), (0, ANY)),
    **dict.fromkeys(("Split", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Equal"), (0, ANY)),
    **dict.fromkeys(("And", "Or", "Not"), (0, frozenset({TensorProto.BOOL}))),
    "Range": (0, frozenset({TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64})),
    "Where": (1, NUMBER),
}
"""Operator → (the input that decides, its types) with a CUDA kernel at opset 20; only operators that the graphs use or
may come to use. From the table that ONNX Runtime generates out of its registered kernels:
https://github.com/microsoft/onnxruntime/blob/main/docs/OperatorKernels.md"""


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card.

    Raises:
        FileMismatch: There is none, or it is of another format.
    """
    path = folder / "card.json"
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileMismatch(f"{path}: not readable ({error})") from error
    if card.get("format") != 1:
        raise FileMismatch(f"{path}: format {card.get('format')!r}, not 1")
    return card


def file_problems(folder: Path, card: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield what is wrong with the files as files."""
    total = 0
    for name, facts in card["files"].items():
        path = folder / name
        if not path.is_file():
            yield FileMismatch(f"{path}: missing")
            continue
        content = path.read_bytes()
        total += len(content)
        if len(content) != facts["bytes"] or hashlib.sha256(content).hexdigest() != facts["sha256"]:
            yield FileMismatch(f"{path}: not the file that the card lists")
    if total > LARGEST_BUNDLE:
        yield FileMismatch(f"{folder}: {total} bytes, the limit is {LARGEST_BUNDLE}")


def interface_problems(model: onnx.ModelProto, file: str, card: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield where inputs and outputs differ from the interface.

    Args:
        model: The graph.
        file: Its name.
        card: The card.
    """
    fixed = sizes(card)
    weights = {tensor.name for tensor in model.graph.initializer}
    optional = {value.name for value in model.graph.input if value.name in weights}
    for name in sorted(optional.symmetric_difference(optional_inputs(card)[file])):
        yield NameMismatch(f"{file}: input {name} is {'' if name in optional else 'not '}there with a default")
    found = [value for value in model.graph.input if value.name not in weights], list(model.graph.output)
    for kind, values, wanted in zip(("input", "output"), found, interface(card)[file], strict=True):
        names = [value.name for value in values]
        for name in wanted.keys() - names:
            yield NameMismatch(f"{file}: {kind} {name} is missing")
        for value in values:
            if value.name not in wanted:
                yield NameMismatch(f"{file}: {kind} {value.name} is not part of the interface")
                continue
            number, axes = wanted[value.name]
            tensor = value.type.tensor_type
            if tensor.elem_type != number:
                yield TypeMismatch(
                    f"{file}: {kind} {value.name} is {TensorProto.DataType.Name(tensor.elem_type)}, "
                    f"not {TensorProto.DataType.Name(number)}"
                )
            declared = tuple(axis.dim_param or axis.dim_value for axis in tensor.shape.dim)
            expected = tuple(fixed.get(axis, axis) for axis in axes)
            if declared != expected:
                yield AxisMismatch(f"{file}: {kind} {value.name} has axes {declared}, not {expected}")


def operator_problems(model: onnx.ModelProto, file: str) -> Iterator[Mismatch]:
    """Yield operators without a CUDA kernel, and a wrong opset."""
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    if opsets.get("") != OPSET:
        yield OperatorMismatch(f"{file}: opset {opsets.get('')}, not {OPSET}")
    graph = shape_inference.infer_shapes(model).graph
    types = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.input, *graph.output)}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    for node in graph.node:
        if node.domain or node.op_type not in CUDA_KERNELS:
            yield OperatorMismatch(f"{file}: {node.domain}::{node.op_type} has no known CUDA kernel")
            continue
        place, allowed = CUDA_KERNELS[node.op_type]
        kind = types.get(node.input[place])
        if kind is None or kind not in allowed:
            name = TensorProto.DataType.Name(kind) if kind is not None else "an unknown type"
            yield OperatorMismatch(f"{file}: {node.op_type} on {name} has no known CUDA kernel")


def structure_problems(folder: Path, card: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield everything that can be seen without running the graphs."""
    problems = list(file_problems(folder, card))
    yield from problems
    for file in interface(card):
        if not (folder / file).is_file():
            continue
        model = onnx.load(folder / file)
        onnx.checker.check_model(model)
        yield from interface_problems(model, file, card)
        yield from operator_problems(model, file)
        if model.graph.value_info and not graph_repair.same_shapes(model):
            yield AxisMismatch(f"{file}: shapes recorded inside the graph hold at one length only")
