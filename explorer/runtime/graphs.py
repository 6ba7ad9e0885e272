"""Running the two graphs of a bundle, on the CPU or on a device, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from explorer.runtime.trace import Array

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Tensor = Any
"""An array where the graphs want it: a NumPy array on the CPU, an ``OrtValue`` on a device."""

Feeds = dict[str, npt.NDArray[Any]]
Mask = npt.NDArray[np.bool_]
State = tuple[Tensor, ...]
"""What a step hands to the next one, each tensor with the batch first."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the graphs of one family are joined.

    Attributes:
        initial: Outputs of the encoder that are the first state; empty where it is empty caches.
        empty: Axes of an empty cache after the batch; read where `initial` is empty.
        looked: Outputs of the encoder that are only looked at.
        carried: (output of a step, the next step's input that takes it).
        read: Outputs of the step that are brought to the program.
    """

    initial: tuple[str, ...]
    empty: tuple[int, ...]
    looked: tuple[str, ...]
    carried: tuple[tuple[str, str], ...]
    read: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """An encoded batch of sources, where the step graph wants it.

    Attributes:
        cells: (batch, src_len, hidden), on the device.
        mask: True at real tokens, (batch, src_len), on the device.
        lengths: src_len of each row without padding.
        looked: What the encoder looked at, by output, in the program's own memory: (batch, layers, heads, src_len,
            src_len) each; empty for a model without self-attention in its encoder.
    """

    cells: Tensor
    mask: Tensor
    lengths: tuple[int, ...]
    looked: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one call of the step graph gave.

    Attributes:
        outputs: The outputs that are read, by name; the batch is their first axis.
        state: The next state, on the device.
    """

    outputs: dict[str, Array]
    state: State

    @property
    def logits(self) -> Array:
        """(batch, vocab)."""
        return self.outputs["logits"]


class Graphs(Protocol):
    """Encoder and step of one bundle on one device."""

    def encode(self, feeds: Feeds, mask: Mask) -> tuple[Memory, State]:
        """Return the memory and first decoder state of a batch.

        Args:
            feeds: The encoder's inputs, the batch first.
            mask: True at real source positions, (batch, src_len).
        """

    def step(self, memory: Memory, state: State, feeds: Feeds) -> Result:
        """Compute one step of each row; `feeds` holds the step graph's other inputs."""

    def take(self, tensor: Tensor, rows: Sequence[int], width: int | None = None) -> Tensor:
        """Return rows of a tensor, each as often as it is named, the second axis cut at `width`."""

    def cut(self, tensor: Tensor, length: int) -> Tensor:
        """Return the first `length` places of a cache, (batch, heads, length, size)."""

    def host(self, tensor: Tensor) -> Array:
        """Return a tensor's values in the program's own memory."""

    def device(self, values: npt.NDArray[Any]) -> Tensor:
        """Return values where the graphs want them."""


def take_memory(graphs: Graphs, memory: Memory, rows: Sequence[int]) -> Memory:
    """Return rows of an encoded batch, each as often as it is named; padding that no row needs is cut off."""
    lengths = tuple(memory.lengths[row] for row in rows)
    width = max(lengths)
    looked = {name: values[list(rows)][..., :width, :width] for name, values in memory.looked.items()}
    return Memory(graphs.take(memory.cells, rows, width), graphs.take(memory.mask, rows, width), lengths, looked)


def take_state(graphs: Graphs, state: State, rows: Sequence[int]) -> State:
    """Return rows of a state, each as often as it is named."""
    return tuple(graphs.take(tensor, rows) for tensor in state)


def _taken(values: Array, rows: Sequence[int], width: int | None) -> Array:
    chosen = np.asarray(rows, dtype=np.intp)
    return np.ascontiguousarray(values[chosen] if width is None else values[chosen, :width])


def padded(sources: Sequence[Sequence[int]], padding: int) -> tuple[Feeds, Mask]:
    """Return sentences as what `Graphs.encode` takes, padded on the right."""
    longest = max(map(len, sources))
    ids = np.full((len(sources), longest), padding, dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=np.bool_)
    for row, source in enumerate(sources):
        ids[row, : len(source)] = source
        mask[row, : len(source)] = True
    return {"source_ids": ids, "source_mask": mask}, mask


def _lengths(mask: Mask) -> tuple[int, ...]:
    return tuple(mask.sum(axis=1).tolist())


def _empty_state(wiring: Wiring, batch: int) -> State:
    return tuple(np.zeros((batch, *wiring.empty), dtype=np.float32) for _ in wiring.carried)


class HostGraphs:
    """Graphs on the CPU: arrays in, arrays out, nothing in between."""

    def __init__(self, sessions: Mapping[str, InferenceSession], wiring: Wiring) -> None:
        self._encoder, self._step = sessions["encoder.onnx"], sessions["step.onnx"]
        self._wiring = wiring
        self._inputs = [name for _, name in wiring.carried]
        self._outputs = [*wiring.read, *(name for name, _ in wiring.carried)]

    def encode(self, feeds: Feeds, mask: Mask) -> tuple[Memory, State]:
        """Return the memory and first decoder state of a batch."""
        wiring = self._wiring
        cells, *others = self._encoder.run(["memory", *wiring.initial, *wiring.looked], feeds)
        state = tuple(others[: len(wiring.initial)]) if wiring.initial else _empty_state(wiring, len(mask))
        looked = dict(zip(wiring.looked, others[len(wiring.initial) :], strict=True))
        return Memory(cells, mask, _lengths(mask), looked), state

    def step(self, memory: Memory, state: State, feeds: Feeds) -> Result:
        """Compute one step of each row."""
        given = {
            **feeds,
            "memory": memory.cells,
            "memory_mask": memory.mask,
            **dict(zip(self._inputs, state, strict=True)),
        }
        values = self._step.run(self._outputs, given)
        read = len(self._wiring.read)
        return Result(dict(zip(self._wiring.read, values[:read], strict=True)), tuple(values[read:]))

    def take(self, tensor: Tensor, rows: Sequence[int], width: int | None = None) -> Tensor:
        """Return rows of a tensor, each as often as it is named, the second axis cut at `width`."""
        return _taken(self.host(tensor), rows, width)

    def cut(self, tensor: Tensor, length: int) -> Tensor:
        """Return the first `length` places of a cache."""
        return np.ascontiguousarray(tensor[:, :, :length])

    def host(self, tensor: Tensor) -> Array:
        """Return the tensor, which is here already."""
        return np.asarray(tensor)

    def device(self, values: npt.NDArray[Any]) -> Tensor:
        """Return the values, which are where they are needed."""
        return values


class DeviceGraphs:
    """Graphs on a device: memory and state stay there between steps (I/O binding).

    What changes with each step and is small (a token, the switches, one row of bias) is bound from host memory; what is
    read comes back.
    """

    def __init__(
        self, sessions: Mapping[str, InferenceSession], wiring: Wiring, device: str = "cuda", number: int = 0
    ) -> None:
        self._encoder, self._step = sessions["encoder.onnx"], sessions["step.onnx"]
        self._wiring, self._device, self._number = wiring, device, number

    def encode(self, feeds: Feeds, mask: Mask) -> tuple[Memory, State]:
        """Return the memory and first decoder state of a batch."""
        wiring = self._wiring
        binding = self._encoder.io_binding()
        for name, values in feeds.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(values))
        for name in ("memory", *wiring.initial):
            binding.bind_output(name, self._device, self._number)
        for name in wiring.looked:
            binding.bind_output(name, "cpu")
        self._encoder.run_with_iobinding(binding)
        cells, *others = binding.get_outputs()
        state = tuple(others[: len(wiring.initial)]) if wiring.initial else _empty_state(wiring, len(mask))
        looked = {name: value.numpy() for name, value in zip(wiring.looked, others[len(wiring.initial) :], strict=True)}
        return Memory(cells, self.device(mask), _lengths(mask), looked), state

    def step(self, memory: Memory, state: State, feeds: Feeds) -> Result:
        """Compute one step of each row."""
        binding, wiring = self._step.io_binding(), self._wiring
        inputs = [name for _, name in wiring.carried]
        held = {"memory": memory.cells, "memory_mask": memory.mask, **dict(zip(inputs, state, strict=True))}
        for name, tensor in (*feeds.items(), *held.items()):
            if isinstance(tensor, np.ndarray):  # an empty cache, too, is not worth a place on the device
                binding.bind_cpu_input(name, np.ascontiguousarray(tensor))
            else:
                binding.bind_ortvalue_input(name, tensor)
        for name in wiring.read:
            binding.bind_output(name, "cpu")
        for name, _ in wiring.carried:
            binding.bind_output(name, self._device, self._number)
        self._step.run_with_iobinding(binding)
        values = binding.get_outputs()
        read = len(wiring.read)
        outputs = {name: value.numpy() for name, value in zip(wiring.read, values[:read], strict=True)}
        return Result(outputs, tuple(values[read:]))

    def take(self, tensor: Tensor, rows: Sequence[int], width: int | None = None) -> Tensor:
        """Return rows of a tensor, the second axis cut at `width`; through the host, which only batches need."""
        return self.device(_taken(self.host(tensor), rows, width))

    def cut(self, tensor: Tensor, length: int) -> Tensor:
        """Return the first `length` places of a cache; through the host, which only going back needs."""
        return self.device(self.host(tensor)[:, :, :length])

    def host(self, tensor: Tensor) -> Array:
        """Return a copy in the program's own memory."""
        values: Array = tensor if isinstance(tensor, np.ndarray) else tensor.numpy()
        return values

    def device(self, values: npt.NDArray[Any]) -> Tensor:
        """Return a copy on the device; an empty array stays where it is."""
        from onnxruntime import OrtValue

        if not values.size:
            return values
        return OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, self._number)
