"""The time that one layer of each kind takes on this machine, beside the formulas of `explorer.runtime.layer_table`.

One thread of the CPU and a batch of one. So what a layer could do at the same time it does one after the other, and
the table's sequential operations do not show in the times; the number of operations does.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import InputError
from explorer.runtime.catalog import shipped_folder
from explorer.runtime.checked_files import read_plain
from explorer.runtime.interface import values
from explorer.runtime.layer_table import (
    CONVOLUTION,
    HEADS,
    KERNEL,
    KINDS,
    MIXING,
    RECURRENT,
    RESTRICTED,
    SELF_ATTENTION,
)
from explorer.runtime.small_graphs import open_small_graphs
from explorer.runtime.trace import Array

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

LAYERS = "layers"
"""The folder of the graphs beside the bundles; it has no card, so that no list of models names it."""

LENGTHS = (16, 32, 64, 128, 256, 512, 1024)
SIZES = (64, 128, 256, 512)
"""Lengths that are measured, and sizes that are worth offering, if nothing else is asked for."""

LONGEST, LARGEST = 4096, 2048
LARGEST_GRAPH = 64 * 1024
BUDGET = 12.0
"""Seconds that a measurement takes at most, and then one more run."""

LEAST_SECONDS = 0.004
"""What is timed again and again until so much time has gone: a clock is not exact enough for a single short run."""

INPUT, OUTPUT = values("x float batch length size"), values("y float batch length size")
PROJECTIONS = values(*(f"{name} float size size" for name in ("query", "key", "value", "output")))
WEIGHTS = {
    SELF_ATTENTION.name: PROJECTIONS,
    MIXING.name: (),
    RECURRENT.name: values("entering float size size", "carried float size size"),
    CONVOLUTION.name: values("kernels float size size kernel"),
    RESTRICTED.name: PROJECTIONS,
}
"""The weights that each graph takes as inputs, so that one small file does for every size."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a measurement has come: points of the curves that are done, of how many, and the last one."""

    done: int
    total: int
    kind: str
    length: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total


@dataclass(frozen=True)
class Curves:
    """What was measured.

    Attributes:
        size: d.
        lengths: n, ascending.
        seconds: Median time of one run by kind and, in their order, by length; NaN where nothing was measured, since
            it was stopped or the time was used up.
    """

    size: int
    lengths: tuple[int, ...]
    seconds: Mapping[str, tuple[float, ...]]

    @property
    def complete(self) -> bool:
        """Whether every point was measured."""
        return not any(math.isnan(value) for values in self.seconds.values() for value in values)


def measure(
    lengths: Sequence[int] = LENGTHS,
    size: int = 128,
    repeats: int = 9,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    budget: float = BUDGET,
    folder: Path | None = None,
) -> Curves:
    """Measure one layer of each kind at each length, short lengths first.

    Args:
        lengths: n, ascending.
        size: d, a multiple of the heads.
        repeats: Least number of timed runs of each, after one that is not timed.
        on_progress: Told after each point.
        cancelled: Asked before each run; what is measured so far is returned when it says yes.
        budget: Seconds after which no point is begun.
        folder: Where the graphs are; the shipped ones where it is left out.

    Raises:
        InputError: Lengths, size or repeats that cannot be measured.
        BundleError: The graphs are missing or cannot be run.
    """
    _check(lengths, size, repeats)
    sessions = _open(shipped_layers() if folder is None else folder)
    points = list(itertools.product(lengths, (kind.name for kind in KINDS)))
    found: dict[tuple[int, str], float] = {}
    weights = {kind.name: _weights(kind.name, size) for kind in KINDS}
    stop = cancelled or (lambda: False)
    deadline = time.perf_counter() + budget
    for done, (length, kind) in enumerate(points, start=1):
        if time.perf_counter() >= deadline:
            break
        feeds = {"x": _normal(length, (1, length, size)), **weights[kind]}
        seconds = _median(sessions[f"{kind}.onnx"], feeds, repeats, stop)
        if seconds is None:
            break
        found[length, kind] = seconds
        if on_progress is not None:
            on_progress(Progress(done, len(points), kind, length))
    curves = {kind.name: tuple(found.get((length, kind.name), math.nan) for length in lengths) for kind in KINDS}
    return Curves(size, tuple(lengths), curves)


@dataclass(frozen=True)
class Crossing:
    """Where self-attention becomes the slower layer.

    Attributes:
        attention: ``self_attention``, or ``mixing`` as the table counts it.
        other: ``recurrent``, ``convolution`` or ``restricted``.
        length: n from which on it is slower at all lengths that were measured, between two of them by straight lines
            in logarithms; the first length where it is slower throughout; None where it is not slower at the last.
        throughout: Whether it is slower at all lengths.
    """

    attention: str
    other: str
    length: float | None
    throughout: bool


def crossings(curves: Curves) -> tuple[Crossing, ...]:
    """Return where self-attention becomes slower than the other layers, and than restricted self-attention.

    Against the recurrent and the convolutional layer it is taken with and without projections.
    """
    pairs = itertools.product((SELF_ATTENTION.name, MIXING.name), (RECURRENT.name, CONVOLUTION.name))
    return tuple(_crossing(curves, *pair) for pair in (*pairs, (SELF_ATTENTION.name, RESTRICTED.name)))


def _crossing(curves: Curves, attention: str, other: str) -> Crossing:
    points = [
        (length, math.log(slow / fast))
        for length, slow, fast in zip(curves.lengths, curves.seconds[attention], curves.seconds[other], strict=True)
        if slow > 0 and fast > 0  # and neither is NaN
    ]
    if not points or points[-1][1] <= 0:
        return Crossing(attention, other, None, throughout=False)
    for (far, above), (near, below) in itertools.pairwise(reversed(points)):
        if below <= 0:
            length = near * (far / near) ** (-below / (above - below))
            return Crossing(attention, other, length, throughout=False)
    return Crossing(attention, other, float(points[0][0]), throughout=True)


def shipped_layers() -> Path:
    """Return the folder of the graphs that came with the package.

    Raises:
        BundleError: This copy came without them.
    """
    return shipped_folder(LAYERS, "the layers to be measured")


def _check(lengths: Sequence[int], size: int, repeats: int) -> None:
    if not lengths or any(one >= other for one, other in itertools.pairwise(lengths)):
        raise InputError("lengths must ascend, and there must be one at least")
    if not 1 <= lengths[0] <= lengths[-1] <= LONGEST:
        raise InputError(f"lengths must be from 1 to {LONGEST}")
    if size % HEADS or not HEADS <= size <= LARGEST:
        raise InputError(f"size {size} is not a multiple of the {HEADS} heads up to {LARGEST}")
    if repeats < 1:
        raise InputError("a time needs one run at least")


def _open(folder: Path) -> dict[str, InferenceSession]:
    """Return a session for each kind, by the file of its graph."""
    graphs = {f"{name}.onnx": read_plain(folder, f"{name}.onnx", LARGEST_GRAPH) for name in WEIGHTS}
    tables = {f"{name}.onnx": (INPUT + weights, OUTPUT) for name, weights in WEIGHTS.items()}
    return open_small_graphs(folder, graphs, tables, {"kernel": KERNEL})


def _weights(kind: str, size: int) -> dict[str, Array]:
    """Return made-up weights, of a spread that leaves values about as large as they are."""
    made = {}
    for seed, value in enumerate(WEIGHTS[kind]):
        shape = tuple({"size": size, "kernel": KERNEL}[axis] for axis in value.axes)
        made[value.name] = _normal(seed, shape) / np.float32(math.sqrt(math.prod(shape[1:])))
    return made


def _normal(seed: int, shape: tuple[int, ...]) -> Array:
    values: Array = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return values


def _median(
    session: InferenceSession, feeds: dict[str, Array], repeats: int, cancelled: Callable[[], bool]
) -> float | None:
    """Return the median time of a run in seconds, None where it was cancelled; the first run only warms up."""
    times: list[float] = []
    warm = False
    while len(times) < repeats or sum(times) < LEAST_SECONDS:
        if cancelled():
            return None
        started = time.perf_counter()
        session.run(None, feeds)
        if warm:
            times.append(time.perf_counter() - started)
        warm = True
    return statistics.median(times)
