"""Table 1 of Vaswani 2017 ("Attention Is All You Need") as data: what a layer costs and how far it reaches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

KERNEL = 3
"""Kernel size k of the convolution that is measured."""

REACH = 8
"""Positions to either side that the restricted self-attention that is measured looks at."""

NEIGHBOURHOOD = 2 * REACH + 1
"""Its neighbourhood r."""

WINDOW = 3 * REACH
"""Positions that its graph multiplies each query with: it works in blocks, and leaves out what is too far off."""

HEADS = 8
"""Heads of self-attention; the size of a layer is a multiple."""


@dataclass(frozen=True)
class LayerSize:
    """What the costs depend on.

    Attributes:
        length: n, positions of the sequence.
        size: d, size of the representation.
        kernel: k, kernel size of a convolution.
        neighbourhood: r, positions that restricted self-attention looks at.
    """

    length: int
    size: int
    kernel: int = KERNEL
    neighbourhood: int = NEIGHBOURHOOD


@dataclass(frozen=True)
class LayerKind:
    """One row of the table.

    Attributes:
        name: Of the kind and of its graph.
        title: What people call it.
        complexity: Complexity per layer, as the table has it.
        sequential: Sequential operations, as the table has it.
        path: Maximum path length, as the table has it.
        operations: The complexity as a number: the table's formula without a constant.
        steps: Sequential operations as a number.
        path_length: Maximum path length as a number: layers, or steps of one layer, that a signal passes on its way
            between the two positions farthest apart.
        multiplications: Multiplications of the graph that is measured, softmax and tanh not counted.
        note: What the graph has that the formula leaves out; empty where it has nothing.
    """

    name: str
    title: str
    complexity: str
    sequential: str
    path: str
    operations: Callable[[LayerSize], int] = field(repr=False)
    steps: Callable[[LayerSize], int] = field(repr=False)
    path_length: Callable[[LayerSize], int] = field(repr=False)
    multiplications: Callable[[LayerSize], int] = field(repr=False)
    note: str = ""


def _one(_: LayerSize) -> int:
    return 1


def _length(at: LayerSize) -> int:
    return at.length


def _projections(at: LayerSize) -> int:
    """Return the multiplications for queries, keys, values and the output."""
    return 4 * at.length * at.size**2


def _mixing(at: LayerSize) -> int:
    """Return those for the scores and for the weighted sum of the values."""
    return 2 * at.length**2 * at.size


def _window(at: LayerSize) -> int:
    return 2 * at.length * WINDOW * at.size


def dilated_layers(at: LayerSize) -> int:
    """Return the least whole number of layers L with k^L >= n, at least one.

    Each layer sees k times as far as the one below, as dilated convolutions do (van den Oord 2016); with contiguous
    kernels it takes n/k layers.
    """
    layers, seen = 0, 1
    while seen < at.length:
        layers, seen = layers + 1, seen * max(2, at.kernel)
    return max(1, layers)


SELF_ATTENTION = LayerKind(
    name="self_attention",
    title="self-attention",
    complexity="O(n² · d)",
    sequential="O(1)",
    path="O(1)",
    operations=lambda at: at.length**2 * at.size,
    steps=_one,
    path_length=_one,
    multiplications=lambda at: _projections(at) + _mixing(at),
    note=f"{HEADS} heads, with the four projections, O(n · d²), that the table leaves out",
)
MIXING = LayerKind(
    name="mixing",
    title="self-attention, projections left out",
    complexity="O(n² · d)",
    sequential="O(1)",
    path="O(1)",
    operations=SELF_ATTENTION.operations,
    steps=_one,
    path_length=_one,
    multiplications=_mixing,
    note=f"{HEADS} heads, what the table counts alone: scores, softmax and the weighted sum",
)
RECURRENT = LayerKind(
    name="recurrent",
    title="recurrent",
    complexity="O(n · d²)",
    sequential="O(n)",
    path="O(n)",
    operations=lambda at: at.length * at.size**2,
    steps=_length,
    path_length=_length,
    multiplications=lambda at: 2 * at.length * at.size**2,
    note="a plain tanh network; a GRU takes three times as many multiplications",
)
CONVOLUTION = LayerKind(
    name="convolution",
    title="convolutional",
    complexity="O(k · n · d²)",
    sequential="O(1)",
    path="O(log_k(n))",
    operations=lambda at: at.kernel * at.length * at.size**2,
    steps=_one,
    path_length=dilated_layers,
    multiplications=lambda at: at.kernel * at.length * at.size**2,
)
RESTRICTED = LayerKind(
    name="restricted",
    title="self-attention (restricted)",
    complexity="O(r · n · d)",
    sequential="O(1)",
    path="O(n/r)",
    operations=lambda at: at.neighbourhood * at.length * at.size,
    steps=_one,
    path_length=lambda at: math.ceil(at.length / at.neighbourhood),
    multiplications=lambda at: _projections(at) + _window(at),
    note=f"{HEADS} heads, with the four projections; the work is done in blocks of {REACH} positions",
)

KINDS: tuple[LayerKind, ...] = (SELF_ATTENTION, MIXING, RECURRENT, CONVOLUTION, RESTRICTED)
"""All that is measured: the table's four rows, and self-attention once more as the table counts it."""
