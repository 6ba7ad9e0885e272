"""A made-up run with crossing word order, and a factory for runs of any kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.trace import Candidate, Source, Step, Trace

SOURCE = ("the", "pink", "dress", "END")
TARGET = ("la", "robe", "rose", "END")
WEIGHTS = ((0.82, 0.13, 0.05, 0.0), (0.0, 0.22, 0.77, 0.01), (0.0, 1.0, 0.0, 0.0), (0.02, 0.0, 0.02, 0.96))

TraceFactory = Callable[..., Trace]


def build_trace(
    source: Sequence[str] = SOURCE,
    target: Sequence[str] = TARGET,
    weights: npt.ArrayLike = WEIGHTS,
    *,
    alignment: str = "additive",
    attention: str = "global",
    window: float = 1.0,
    temperature: float = 1.0,
    centers: Sequence[float] | None = None,
    masked: Sequence[int] = (),
    forced: int | None = None,
) -> Trace:
    """Make a trace of made-up labels and weights; scores are twice the weights."""
    array = np.asarray(weights, dtype=np.float32)
    controls = Controls(
        alignment, attention, window, temperature, bias=tuple(BiasEdit(None, place, -np.inf) for place in masked)
    )
    words = (*range(len(source) - 1), -1)
    steps = tuple(
        Step(
            position=row,
            token=row + 4,
            piece=f"▁{label}",
            label=label,
            log_prob=-0.5,
            forced=row == forced,
            candidates=(Candidate(row + 4, f"▁{label}", label, -0.5),),
            scores=array[row] * 2,
            weights=array[row],
            center=float("nan") if centers is None else centers[row],
            state=np.zeros(2, dtype=np.float32),
        )
        for row, label in enumerate(target)
    )
    pieces = tuple(f"▁{label}" for label in source)
    read = Source(" ".join(source[:-1]), tuple(range(len(source))), pieces, tuple(source), words)
    return Trace("translate-en-fr", read, controls, steps, True, " ".join(target[:-1]))


@pytest.fixture(scope="session")
def make_trace() -> TraceFactory:
    """The factory `build_trace`."""
    return build_trace


@pytest.fixture
def trace() -> Trace:
    """Four rows and four columns in which "pink dress" crosses over into "robe rose"."""
    return build_trace()
