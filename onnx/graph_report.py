"""What came out of running graphs: greatest differences, and every mismatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import graph_checks
import numpy as np
import onnxruntime
from graph_cases import Array
from graph_checks import Mismatch, ShapeMismatch, ValueMismatch

TOLERANCES = {
    "memory": 1e-4,
    "state": 1e-4,
    "logits": 1e-3,
    "next_state": 1e-4,
    "scores": 1e-3,
    "weights": 1e-4,
    "center": 1e-3,
    "center_cell": 1e-3,
    **dict.fromkeys(("cross_weights", "self_weights", "encoder_weights"), 1e-4),
    **dict.fromkeys(("cross_scores", "self_scores", "encoder_scores"), 5e-3),  # of scores up to a hundred
    "present": 1e-3,
}
"""Greatest difference that passes, by output."""

Outputs = dict[str, Array]


@dataclass
class Report:
    """What came out.

    Attributes:
        differences: (alignment, attention) → output → greatest difference; ("", "") holds the encoder's.
        problems: Every mismatch.
        rows: Rows of the step compared.
        fragile: Rows left out because rounding may decide them.
        placement: Provider → number of the step's nodes on it.
    """

    differences: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    problems: list[Mismatch] = field(default_factory=list)
    rows: int = 0
    fragile: int = 0
    placement: dict[str, int] = field(default_factory=dict)

    def note(self, names: tuple[str, str], output: str, difference: float) -> None:
        """Keep the greatest difference."""
        found = self.differences.setdefault(names, {})
        found[output] = max(found.get(output, 0.0), difference)


def run(session: onnxruntime.InferenceSession, feed: Mapping[str, Array]) -> Outputs:
    """Run a graph and return its outputs by name."""
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(feed)), strict=True))


def shape_problems(
    outputs: Outputs, file: str, card: Mapping[str, Any], lengths: Mapping[str, int]
) -> Iterator[Mismatch]:
    """Yield outputs whose shape is not the declared one; `lengths` are those of the axes that vary."""
    axes = {**graph_checks.sizes(card), **lengths}
    for name, (_, spelled) in graph_checks.interface(card)[file][1].items():
        expected = tuple(axes[axis] for axis in spelled)
        if outputs[name].shape != expected:
            yield ShapeMismatch(f"{file}: {name} came as {outputs[name].shape}, not {expected}")


def value_problems(
    names: tuple[str, str], output: str, found: Array, wanted: Array, report: Report, limit: float | None = None
) -> Iterator[Mismatch]:
    """Yield a mismatch where an output is not finite or differs by more than its tolerance; notes the difference.

    Args:
        names: Alignment and attention, or two empty strings.
        output: Its name, a key of `TOLERANCES`.
        found: What the graph gave.
        wanted: What it is compared with.
        report: Where the difference is noted.
        limit: Greatest difference that passes; None for the output's own.
    """
    where = f"{output} of {' × '.join(names)}" if names[0] else output
    if not np.isfinite(found).all():
        yield ValueMismatch(f"{where}: not finite")
        return
    difference = float(np.abs(found.astype(np.float64) - wanted).max(initial=0.0))
    report.note(names, output, difference)
    limit = TOLERANCES[output] if limit is None else limit
    if difference > limit:
        yield ValueMismatch(f"{where}: differs by {difference:.2e}, the limit is {limit:.0e}")
