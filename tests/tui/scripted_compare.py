"""Made-up runs that differ by alignment function and attention type, for what puts runs beside each other."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from explorer.runtime.controls import Controls
from explorer.runtime.side_by_side import Variant, different_combinations
from explorer.runtime.trace import Candidate, Step, Trace
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper
from tests.tui.scripted import LOOKS_AT, SOURCE, SWITCHES, TARGET, ScriptedStepper, made_up_bundle, made_up_step

OTHER_WORD, OTHER_ROW = "tenue", 4
"""What `dot` and `hard` say at a row, in the place of "robe"."""
SHIFTS = {"location": 1, "dot": -1}
WIDTHS = {"location": 0.35, "content": 0.6, "scaled_dot": 0.8}
SCORES: dict[str, Any] = {
    "made-up test": {
        "bleu": {
            alignment: {attention: 50.0 + 2 * place + kind for kind, attention in enumerate(SWITCHES.attentions[:4])}
            for place, alignment in enumerate(SWITCHES.alignments)
        },
        "none": 10.25,
    },
    "alignment made-up": {"aer": {"dot": {"global": 0.339}}},
}


def scored_bundle() -> Any:
    """A bundle that has a card with scores and nothing to run."""
    plain = made_up_bundle()
    fields = {name: getattr(plain.card, name) for name in plain.card.__struct_fields__}
    card = type(plain.card)(**{**fields, "scores": SCORES})
    return SimpleNamespace(card=card, folder=plain.folder, provider=plain.provider)


def differing_step(row: int, controls: Controls) -> Step:
    """The made-up step, shifted and blurred as its alignment function has it, or all in one place."""
    plain = made_up_step(row, controls)
    if controls.attention == "none":
        return plain
    at = min(max(0, LOOKS_AT[row] + SHIFTS.get(controls.alignment, 0)), len(SOURCE) - 1)
    scores = (3.0 - 1.7 * WIDTHS.get(controls.alignment, 1.0) * np.abs(np.arange(len(SOURCE)) - at)).astype(np.float32)
    weights = np.exp((scores - scores.max()) / controls.temperature)
    if controls.attention == "hard":
        weights = (np.arange(len(SOURCE)) == at).astype(np.float32)
    if controls.attention.startswith("local"):
        weights = np.where(np.abs(np.arange(len(SOURCE)) - plain.center) <= controls.window, weights, 0.0)
    changed = dataclasses.replace(plain, scores=scores, weights=(weights / weights.sum()).astype(np.float32))
    if row == OTHER_ROW and (controls.alignment == "dot" or controls.attention == "hard"):
        first = Candidate(5, f"▁{OTHER_WORD}", OTHER_WORD, math.log(0.5))
        return dataclasses.replace(
            changed, token=5, piece=first.piece, label=OTHER_WORD, candidates=(first, *plain.candidates)
        )
    return changed


class ScriptedSides(ScriptedStepper):
    """Emits the scripted target; which word stands in one row, and what is looked at, is up to the controls."""

    def shown(self, emitted: int, controls: Controls) -> Snapshot:
        plain = super().shown(emitted, controls)
        rows = [differing_step(row, controls) for row in range(len(TARGET))]
        trace = dataclasses.replace(
            plain.trace, steps=tuple(rows[:emitted]), text=" ".join(step.label for step in rows[:emitted])
        )
        return Snapshot(trace, rows[emitted] if emitted < len(rows) else None, plain.step_seconds)

    def variants(self, free: bool) -> list[Variant]:
        found = []
        for alignment, attention in different_combinations(scored_bundle().card):
            controls = self.controls.replace(alignment=alignment, attention=attention)
            shown = self.shown(len(TARGET) if free else self._emitted, controls)
            found.append(Variant(shown.trace, shown.ahead))
        return found

    def decoded(self, pairs: Sequence[tuple[str, str]]) -> list[Trace]:
        named = [self.controls.replace(alignment=alignment, attention=attention) for alignment, attention in pairs]
        return [self.shown(len(TARGET), controls).trace for controls in named]

    def another(self) -> Stepper:
        return ScriptedSides()
