"""Made-up runs of any length, for what has to stay quick on long texts."""

from __future__ import annotations

import numpy as np

from explorer.runtime.controls import Controls
from explorer.runtime.trace import Candidate, Source, Step, Trace
from explorer.tui.snapshot import Snapshot

CONTROLS = Controls("additive", "global", 4.0, 1.0)


def long_snapshot(tgt_len: int, src_len: int) -> Snapshot:
    """Return a finished run whose weights wander along the diagonal."""
    labels = tuple(f"word{column}" for column in range(src_len))
    source = Source(" ".join(labels), tuple(range(src_len)), labels, labels, tuple(range(src_len)))
    candidates = (Candidate(4, "▁a", "a", -0.1),)
    nothing = np.zeros(1, dtype=np.float32)
    steps = []
    for row in range(tgt_len):
        scores = (-0.5 * np.abs(np.arange(src_len) - row * src_len / tgt_len)).astype(np.float32)
        weights = np.exp(scores - scores.max())
        weights = (weights / weights.sum()).astype(np.float32)
        label = f"mot{row}"
        steps.append(Step(row, 4, label, label, -0.1, False, candidates, scores, weights, float("nan"), nothing))
    return Snapshot(Trace("made-up", source, CONTROLS, tuple(steps), True, "made up"), None, 0.0003)
