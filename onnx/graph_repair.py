"""What an exported graph needs before it is shipped: halved embeddings, honest shapes, fixed names.

This folder is named onnx and holds no package, so ``import onnx`` from the repository root *succeeds* with an empty
namespace where PyPI's onnx is missing. Hence the guard below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx

if getattr(onnx, "__file__", None) is None:
    raise ModuleNotFoundError("the onnx package is missing; install the train extra: pip install 'attn-explore[train]'")

from onnx import helper, numpy_helper, shape_inference

Axes = Sequence[str]
LEAST_MATRIX = 4096


def halve(model: onnx.ModelProto, name: str) -> None:
    """Store one initialiser as float16 and cast what is read from it.

    A Gather reads a few rows, so the cast comes after it; every other reader gets a cast of the whole, which ONNX
    Runtime folds into a float32 constant when it opens the graph.

    Args:
        model: Changed in place.
        name: The initialiser, float32. Its values have to be float16 values already, or they change.

    Raises:
        KeyError: The graph has no such initialiser.
    """
    graph = model.graph
    place = {tensor.name: number for number, tensor in enumerate(graph.initializer)}[name]
    values = numpy_helper.to_array(graph.initializer[place])
    graph.initializer[place].CopyFrom(numpy_helper.from_array(values.astype(np.float16), name))
    whole = f"{name}.float32"
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] == name:
            rows = f"{node.output[0]}.float16"
            cast = helper.make_node("Cast", [rows], [node.output[0]], to=onnx.TensorProto.FLOAT)
            node.output[0] = rows
            nodes += [node, cast]
            continue
        if name in node.input:
            if not any(whole in other.output for other in nodes):
                nodes.append(helper.make_node("Cast", [name], [whole], to=onnx.TensorProto.FLOAT))
            node.input[:] = [whole if read == name else read for read in node.input]
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def matrices(model: onnx.ModelProto) -> list[str]:
    """Return the initialisers that are weight matrices: float32, two axes that count, more than a few numbers.

    The kernels of a convolution over images, with four axes, are among them. Sines and cosines of positions are not,
    nor are learned places: no trainer has rounded them.
    """
    return [
        tensor.name
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
        and (sum(size > 1 for size in tensor.dims) == 2 or len(tensor.dims) == 4)
        and int(np.prod(tensor.dims)) >= LEAST_MATRIX
        and "positions" not in tensor.name
    ]


def make_optional(model: onnx.ModelProto, name: str, default: float) -> None:
    """Let an input of the graph be left out: it then counts as one number everywhere.

    Args:
        model: Changed in place.
        name: A float32 input; what stands for it has a single place on every axis that varies, as on the batch.
        default: The number.

    Raises:
        KeyError: The graph has no such input.
    """
    value = {each.name: each for each in model.graph.input}[name]
    sizes = [axis.dim_value or 1 for axis in value.type.tensor_type.shape.dim]
    model.graph.initializer.append(numpy_helper.from_array(np.full(sizes, default, dtype=np.float32), name))
    onnx.checker.check_model(model)


def clear_shapes(model: onnx.ModelProto) -> None:
    """Forget the shapes recorded inside the graph.

    The exporter leaves the example's length in some of them, and ONNX Runtime then warns at every other length.
    """
    del model.graph.value_info[:]


def set_axes(model: onnx.ModelProto, axes: Mapping[str, Axes]) -> None:
    """Write the axis names of inputs and outputs, where numbers stand for fixed sizes.

    Raises:
        KeyError: `axes` lacks an input or output.
    """
    for value in (*model.graph.input, *model.graph.output):
        dimensions = [int(axis) if axis.isdigit() else axis for axis in axes[value.name]]
        kind = value.type.tensor_type.elem_type
        value.CopyFrom(helper.make_tensor_value_info(value.name, kind, dimensions))


def strip(model: onnx.ModelProto) -> None:
    """Drop what only says how the graph was made: the exporter's stack traces name files of the machine."""
    model.doc_string = ""
    del model.metadata_props[:]
    _strip_graph(model.graph)


def _strip_graph(graph: onnx.GraphProto) -> None:
    graph.doc_string = ""
    del graph.metadata_props[:]
    for value in (*graph.node, *graph.input, *graph.output, *graph.initializer, *graph.value_info):
        value.doc_string = ""
        del value.metadata_props[:]
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:  # the body of a scan
                _strip_graph(attribute.g)


def finish(model: onnx.ModelProto, axes: Mapping[str, Axes]) -> onnx.ModelProto:
    """Strip, set the axes, infer shapes anew from them, and check the graph."""
    strip(model)
    clear_shapes(model)
    set_axes(model, axes)
    onnx.checker.check_model(model)
    inferred = shape_inference.infer_shapes(model, check_type=True)
    clear_shapes(inferred)
    onnx.checker.check_model(inferred, full_check=True)
    return model


def same_shapes(model: onnx.ModelProto) -> bool:
    """Return whether the shapes recorded inside the graph follow from its inputs."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    clear_shapes(bare)
    inferred = {value.name: value.type for value in shape_inference.infer_shapes(bare).graph.value_info}
    return all(inferred.get(value.name) == value.type for value in model.graph.value_info)
