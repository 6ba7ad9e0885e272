"""A stepper that plays a made-up run of a Transformer of 3 layers with 4 heads each."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from explorer.runtime.card import Card, Heads, Switches
from explorer.runtime.controls import Controls
from explorer.runtime.heads import seen_through
from explorer.runtime.trace import Array, HeadStep, Step
from explorer.tui.snapshot import Snapshot
from tests.tui.scripted import LOOKS_AT, SOURCE, SWITCHES, TARGET, ScriptedStepper, made_up_bundle, made_up_step

LAYERS, HEADS, SIZE = 3, 4, 16
ERRORS = [[0.61, 0.52, 0.44, 0.7], [0.31, 0.25, 0.6, 0.5], [0.33, 0.4, 0.41, 0.9]]
COUNTS = Heads(LAYERS, LAYERS, HEADS, "attention")
COST = 0.125
"""Nats that every removed head takes from each token."""


def transformer_bundle(encoder: str = "attention", scores: dict[str, Any] | None = None) -> Any:
    """A bundle that has a Transformer's card and nothing to run."""
    plain: Card = made_up_bundle().card
    counts = Heads(LAYERS, LAYERS if encoder == "attention" else 0, HEADS, encoder)
    one = Switches(("scaled_dot",), ("global",), "scaled_dot", "global", SWITCHES.temperature, None, 1, 1)
    card = Card(
        **{
            **{name: getattr(plain, name) for name in plain.__struct_fields__},
            "title": "made up en→fr · Transformer",
            "family": "transformer",
            "sizes": type(plain.sizes)(SIZE * HEADS, 20, 20, 128, 128, 100),
            "switches": one,
            "heads": counts,
            "scores": {"alignment made-up": {"heads": ERRORS}} if scores is None else scores,
        }
    )
    return SimpleNamespace(card=card, folder=Path("made-up"), provider=SimpleNamespace(name="cpu", reason="asked for"))


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def looking(rows: int, columns: int, middle: Array) -> Array:
    """Scores of all heads that fall off around a column a row: sharper in later heads, shifted in earlier layers."""
    layer = np.arange(LAYERS)[:, None, None, None]
    head = np.arange(HEADS)[:, None, None]
    at = middle[:, None] + (LAYERS - 1 - layer) * 2 - head // 2
    return (2.0 - (0.3 + 0.5 * head) * np.abs(np.arange(columns) - at)).astype(np.float32)


def made_up_heads(row: int, temperature: float) -> HeadStep:
    cross = looking(1, len(SOURCE), np.array([LOOKS_AT[row]]))[:, :, 0]
    own = looking(1, row + 1, np.array([row * 0.8 - 1]))[:, :, 0]
    return HeadStep(cross, softmax(cross / np.float32(temperature)), own, softmax(own))


def encoder_scores() -> Array:
    count = len(SOURCE)
    return looking(count, count, np.arange(count))


class ScriptedHeads(ScriptedStepper):
    """Emits the scripted target; every removed head costs each token the same."""

    def __init__(self, encoder: bool = True) -> None:
        super().__init__()
        self._encoder = encoder
        self.looks: list[Controls] = []
        self.replays: list[Controls] = []

    @property
    def snapshot(self) -> Snapshot:
        controls = self.controls
        plain = [made_up_step(row, controls) for row in range(len(TARGET))]
        cost = COST * len(controls.removed)
        steps = [
            dataclasses.replace(
                step, heads=made_up_heads(step.position, controls.temperature), log_prob=step.log_prob - cost
            )
            for step in plain
        ]
        before = super().snapshot
        scores = encoder_scores() if self._encoder else None
        encoder = None if scores is None else softmax(scores)
        count = self._emitted + (before.ahead is not None)
        seen: list[Step] = seen_through(steps[:count], controls, encoder)
        trace = dataclasses.replace(
            before.trace, steps=tuple(seen[: self._emitted]), encoder_weights=encoder, encoder_scores=scores
        )
        baseline = tuple(math.log(0.62) for _ in range(self._emitted)) if controls.removed else ()
        return Snapshot(trace, seen[-1] if before.ahead is not None else None, before.step_seconds, baseline)

    def look(self, controls: Controls) -> Snapshot:
        self.looks.append(controls)
        self._controls = controls
        return self.snapshot

    def replay(self, controls: Controls) -> Snapshot:
        self.replays.append(controls)
        return super().replay(controls)
