"""The weights in an exported graph under the names that they have in torch.

torch's exporter keeps the name of a parameter that it writes as it is. A linear layer on a batch of sequences becomes
MatMul and Add, its matrix transposed under a name without meaning; it is found through the bias, which keeps its name.
The two biases of a GRU become one, its gates in ONNX's order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import graph_repair  # noqa: F401 - before onnx: it refuses one that is only this folder
import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

Values = npt.NDArray[np.float32]
PASSING = ("Cast", "Transpose", "Unsqueeze", "Concat", "Slice", "Squeeze")
"""Operators between a weight and the operator that computes with it."""


class WeightsError(Exception):
    """A bundle's graphs are not those of a model that can be read back."""


class GraphTensors:
    """Looks weights up, and keeps which ones were read."""

    def __init__(self, model: onnx.ModelProto, file: Path) -> None:
        """Create it.

        Args:
            model: The graph.
            file: Where it was read from, for messages.
        """
        self.file = file
        graph = model.graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._nodes = list(graph.node)
        self._maker = {output: node for node in graph.node for output in node.output}
        self._read = {value.name for value in graph.input}

    def plain(self, name: str, *, read: bool = True) -> Values:
        """Return a weight that has its own name, as float32.

        Raises:
            WeightsError: There is none.
        """
        if name not in self._tensors:
            raise WeightsError(f"{self.file}: there is no weight {name}")
        if read and name in self._read:
            raise WeightsError(f"{self.file}: the weight {name} stands for two parameters")
        if read:
            self._read.add(name)
        return numpy_helper.to_array(self._tensors[name]).astype(np.float32)

    def parameter(self, name: str) -> Values:
        """Return a parameter by its name in torch, whatever the exporter made of it.

        Raises:
            WeightsError: It is not there.
        """
        if name in self._tensors:
            return self.plain(name)
        owner, _, part = name.rpartition(".")
        if part == "weight":
            return self.linear(owner)
        if part in ("bias_ih_l0", "bias_hh_l0"):
            return self._gru_bias(owner, second=part == "bias_hh_l0")
        raise WeightsError(f"{self.file}: there is no weight {name}")

    def linear(self, owner: str, joint: str = ".", *, read: bool = True) -> Values:
        """Return the matrix of a linear layer, (out, in), by the name of the layer.

        Args:
            owner: The layer.
            joint: What stands between it and "weight" or "bias".
            read: Whether it counts as read.

        Raises:
            WeightsError: It is not there, or not once.
        """
        if f"{owner}{joint}weight" in self._tensors:
            return self.plain(f"{owner}{joint}weight", read=read)
        bias = f"{owner}{joint}bias"
        products = [self._maker.get(name) for node in self._readers("Add", bias) for name in node.input if name != bias]
        found = [self._behind(node.input[1]) for node in products if node is not None and node.op_type == "MatMul"]
        if len(found) != 1 or len(found[0]) != 1:
            raise WeightsError(f"{self.file}: {bias} is added to {len(found)} products, not to one")
        return np.ascontiguousarray(self.plain(found[0][0], read=read).T)

    def unread(self) -> list[str]:
        """Return the names of weights that were not read: numbers with a fraction, more than one of them.

        A matrix that the exporter has written a second time, turned, is none.
        """
        return [
            name
            for name, tensor in self._tensors.items()
            if name not in self._read
            and tensor.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
            and int(np.prod(tensor.dims)) > 1
            and not self._is_turned(tensor)
        ]

    def _is_turned(self, tensor: onnx.TensorProto) -> bool:
        """Return whether a matrix is the transpose of one that was read."""
        values, shape = numpy_helper.to_array(tensor).T, list(tensor.dims)[::-1]
        others = (other for name, other in self._tensors.items() if name in self._read and list(other.dims) == shape)
        return len(shape) > 1 and any(np.array_equal(numpy_helper.to_array(other), values) for other in others)

    def _gru_bias(self, owner: str, *, second: bool) -> Values:
        """Return one of a GRU's two biases, (3 · hidden,): ONNX has both in a row, gates z r h for torch's r z n."""
        matrix = f"{owner}.weight_ih_l0"
        names = [
            node.input[3] for node in self._nodes if node.op_type == "GRU" and matrix in self._behind(node.input[1])
        ]
        if len(names) != 1 or names[0] not in self._tensors:
            raise WeightsError(f"{self.file}: the biases of {owner} are not found")
        both = self.plain(names[0], read=second)  # asked for twice, read once
        update, reset, new = np.split(both.reshape(2, -1)[int(second)], 3)
        return np.concatenate([reset, update, new])

    def _readers(self, operator: str, name: str) -> Iterator[onnx.NodeProto]:
        return (node for node in self._nodes if node.op_type == operator and name in node.input)

    def _behind(self, name: str) -> list[str]:
        """Return the weights that a value is made of by operators that compute nothing."""
        if name in self._tensors:
            tensor = self._tensors[name]
            return [name] if tensor.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16) else []
        node = self._maker.get(name)
        if node is None or node.op_type not in PASSING:
            return []
        return list(dict.fromkeys(found for each in node.input for found in self._behind(each)))


def read_tensors(file: Path) -> GraphTensors:
    """Read a graph.

    Raises:
        WeightsError: There is none.
    """
    if not file.is_file():
        raise WeightsError(f"{file}: missing")
    return GraphTensors(onnx.load(file, load_external_data=False), file)
