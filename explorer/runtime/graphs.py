"""Running the two graphs of a bundle, on the CPU or on a device, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from explorer.runtime.trace import Array

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Tensor = Any
"""An array where the graphs want it: a NumPy array on the CPU, an ``OrtValue`` on a device."""

Feeds = dict[str, npt.NDArray[Any]]
_READ = ("logits", "scores", "weights", "center")


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """An encoded batch of sources, where the step graph wants it.

    Attributes:
        cells: (batch, src_len, hidden), on the device.
        mask: True at real tokens, (batch, src_len), on the device.
        lengths: src_len of each row without padding.
    """

    cells: Tensor
    mask: Tensor
    lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one call of the step graph gave.

    Attributes:
        logits: (batch, vocab).
        scores: (batch, src_len).
        weights: (batch, src_len).
        center: (batch,).
        state: The next state, (batch, hidden), on the device.
    """

    logits: Array
    scores: Array
    weights: Array
    center: Array
    state: Tensor


class Graphs(Protocol):
    """Encoder and step of one bundle on one device."""

    def encode(self, sources: Sequence[Sequence[int]], padding: int) -> tuple[Memory, Tensor]:
        """Return the memory and initial decoder state of a padded batch."""

    def step(self, memory: Memory, state: Tensor, feeds: Feeds) -> Result:
        """Compute one step of each row; `feeds` holds the step graph's other inputs."""

    def take(self, tensor: Tensor, rows: Sequence[int], width: int | None = None) -> Tensor:
        """Return rows of a tensor, each as often as it is named, the second axis cut at `width`."""

    def host(self, tensor: Tensor) -> Array:
        """Return a tensor's values in the program's own memory."""

    def device(self, values: Array) -> Tensor:
        """Return values where the graphs want them."""


def take_memory(graphs: Graphs, memory: Memory, rows: Sequence[int]) -> Memory:
    """Return rows of an encoded batch, each as often as it is named; padding that no row needs is cut off."""
    lengths = tuple(memory.lengths[row] for row in rows)
    width = max(lengths)
    return Memory(graphs.take(memory.cells, rows, width), graphs.take(memory.mask, rows, width), lengths)


def _taken(values: Array, rows: Sequence[int], width: int | None) -> Array:
    chosen = np.asarray(rows, dtype=np.intp)
    return np.ascontiguousarray(values[chosen] if width is None else values[chosen, :width])


def _padded(sources: Sequence[Sequence[int]], padding: int) -> Feeds:
    longest = max(map(len, sources))
    ids = np.full((len(sources), longest), padding, dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=np.bool_)
    for row, source in enumerate(sources):
        ids[row, : len(source)] = source
        mask[row, : len(source)] = True
    return {"source_ids": ids, "source_mask": mask}


class HostGraphs:
    """Graphs on the CPU: arrays in, arrays out, nothing in between."""

    def __init__(self, sessions: Mapping[str, InferenceSession]) -> None:
        self._encoder, self._step = sessions["encoder.onnx"], sessions["step.onnx"]

    def encode(self, sources: Sequence[Sequence[int]], padding: int) -> tuple[Memory, Tensor]:
        """Return the memory and initial decoder state of a padded batch."""
        feeds = _padded(sources, padding)
        cells, state = self._encoder.run(["memory", "state"], feeds)
        return Memory(cells, feeds["source_mask"], tuple(map(len, sources))), state

    def step(self, memory: Memory, state: Tensor, feeds: Feeds) -> Result:
        """Compute one step of each row."""
        given = {**feeds, "state": state, "memory": memory.cells, "memory_mask": memory.mask}
        return Result(*self._step.run([*_READ, "next_state"], given))

    def take(self, tensor: Tensor, rows: Sequence[int], width: int | None = None) -> Tensor:
        """Return rows of a tensor, each as often as it is named, the second axis cut at `width`."""
        return _taken(self.host(tensor), rows, width)

    def host(self, tensor: Tensor) -> Array:
        """Return the tensor, which is here already."""
        return np.asarray(tensor)

    def device(self, values: Array) -> Tensor:
        """Return the values, which are where they are needed."""
        return values


class DeviceGraphs:
    """Graphs on a device: memory and state stay there between steps (I/O binding).

    What changes with each step and is small (a token, the switches, one row of bias) is bound from host memory;
    logits, scores, weights and centre come back.
    """

    def __init__(self, sessions: Mapping[str, InferenceSession], device: str = "cuda", number: int = 0) -> None:
        self._encoder, self._step = sessions["encoder.onnx"], sessions["step.onnx"]
        self._device, self._number = device, number

    def encode(self, sources: Sequence[Sequence[int]], padding: int) -> tuple[Memory, Tensor]:
        """Return the memory and initial decoder state of a padded batch."""
        feeds = _padded(sources, padding)
        binding = self._encoder.io_binding()
        for name, values in feeds.items():
            binding.bind_cpu_input(name, values)
        for name in ("memory", "state"):
            binding.bind_output(name, self._device, self._number)
        self._encoder.run_with_iobinding(binding)
        cells, state = binding.get_outputs()
        return Memory(cells, self.device(feeds["source_mask"]), tuple(map(len, sources))), state

    def step(self, memory: Memory, state: Tensor, feeds: Feeds) -> Result:
        """Compute one step of each row."""
        binding = self._step.io_binding()
        for name, values in feeds.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(values))
        for name, tensor in (("memory", memory.cells), ("memory_mask", memory.mask), ("state", state)):
            binding.bind_ortvalue_input(name, tensor)
        for name in _READ:
            binding.bind_output(name, "cpu")
        binding.bind_output("next_state", self._device, self._number)
        self._step.run_with_iobinding(binding)
        *read, next_state = binding.get_outputs()
        logits, scores, weights, center = (value.numpy() for value in read)
        return Result(logits, scores, weights, center, next_state)

    def take(self, tensor: Tensor, rows: Sequence[int], width: int | None = None) -> Tensor:
        """Return rows of a tensor, the second axis cut at `width`; through the host, which only batches need."""
        return self.device(_taken(self.host(tensor), rows, width))

    def host(self, tensor: Tensor) -> Array:
        """Return a copy in the program's own memory."""
        values: Array = tensor.numpy()
        return values

    def device(self, values: Array) -> Tensor:
        """Return a copy on the device."""
        from onnxruntime import OrtValue

        return OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, self._number)
