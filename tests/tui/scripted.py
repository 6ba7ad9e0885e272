"""A stepper that plays a made-up run, so that pictures of the screen do not depend on any weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from explorer.runtime.card import Card, Languages, Range, Sizes, SpecialTokens, Switches
from explorer.runtime.controls import Controls
from explorer.runtime.trace import Candidate, Source, Step, Trace
from explorer.tui.snapshot import Returned, Snapshot
from explorer.tui.stepper import Stepper

SOURCE = (
    "the",
    "little",
    "girl",
    "in",
    "the",
    "pink",
    "dress",
    "climb",
    "·ing",
    "a",
    "wooden",
    "staircase",
    ".",
    "END",
)
TARGET = ("la", "petite", "fille", "en", "robe", "rose", "monte", "un", "escalier", "en", "bois", ".", "END")
LOOKS_AT = (0, 1, 2, 3, 6, 5, 7, 9, 11, 10, 10, 12, 13)
STEP_SECONDS = 0.0003

SWITCHES = Switches(
    alignments=("location", "content", "additive", "general", "dot", "scaled_dot"),
    attentions=("global", "local_m", "local_p", "hard", "none"),
    alignment="additive",
    attention="global",
    window=Range(4.0, 1.0, 20.0),
    temperature=Range(1.0, 0.05, 5.0),
)


def made_up_bundle(**changes: Any) -> Any:
    """A bundle that has a card, with some fields changed, and nothing to run."""
    card = Card(
        **{
            "format": 1,
            "name": "made-up",
            "title": "made up en→fr · GRU",
            "task": "translation",
            "family": "recurrent",
            "languages": Languages("en", "fr"),
            "sizes": Sizes(4, 20, 20, 128, 128, 100),
            "switches": SWITCHES,
            "tokens": SpecialTokens(0, 1, 2, 3),
            "corpus": (),
            "licence": "",
            "training": {},
            "scores": {},
            "files": {},
            **changes,
        }
    )
    return SimpleNamespace(card=card, folder=Path(), provider=SimpleNamespace(name="cpu", reason="asked for"))


def made_up_step(row: int, controls: Controls) -> Step:
    """A step whose weights fall off around a fixed position, more sharply at a low temperature."""
    distance = np.abs(np.arange(len(SOURCE)) - LOOKS_AT[row]).astype(np.float64)
    scores = 3.0 - 1.7 * distance
    center = math.nan
    logits = scores / controls.temperature
    if controls.attention.startswith("local"):
        center = float(row) if controls.attention == "local_m" else LOOKS_AT[row] + 0.4
        logits = np.where(np.abs(np.arange(len(SOURCE)) - center) <= controls.window, logits, -1e30)
    for edit in controls.bias:
        if edit.step in (None, row):
            logits = logits + np.where(np.arange(len(SOURCE)) == edit.source, edit.value, 0.0)
    for source, wanted in controls.weights_at(row).items():
        rest = np.where(np.arange(len(SOURCE)) == source, -np.inf, logits)
        logits = np.where(np.arange(len(SOURCE)) == source, 0.0, rest if wanted.weight < 1.0 else -np.inf)
    weights = np.exp(logits - logits.max())
    weights = np.zeros_like(weights) if controls.attention == "none" else weights / weights.sum()
    shares = (0.62, 0.14, 0.06, 0.03, 0.02)
    names = (TARGET[row], ",", "une", "dans", "avec")
    candidates = tuple(
        Candidate(4 + place, f"▁{name}", name, math.log(share))
        for place, (name, share) in enumerate(zip(names, shares, strict=True))
    )
    return Step(
        position=row,
        token=4,
        piece=f"▁{TARGET[row]}" if TARGET[row] not in (".", "END") else TARGET[row],
        label=TARGET[row],
        log_prob=candidates[0].log_prob,
        forced=False,
        candidates=candidates,
        scores=scores.astype(np.float32),
        weights=weights.astype(np.float32),
        center=center,
        state=np.zeros(4, dtype=np.float32),
    )


class PlayedStepper(Stepper):
    """Plays a made-up run, whatever it is asked to read; `shown` says what stands after some tokens."""

    length: int
    """Tokens of the run."""

    def __init__(self) -> None:
        self._emitted = 0
        self._controls: Controls | None = None
        self._text = ""
        self._before: list[Controls] = []
        self._after: list[Controls] = []

    def shown(self, emitted: int, controls: Controls) -> Snapshot:
        raise NotImplementedError

    @property
    def controls(self) -> Controls:
        assert self._controls is not None
        return self._controls

    @property
    def snapshot(self) -> Snapshot:
        return self.shown(self._emitted, self.controls)

    def check(self, controls: Controls) -> None:
        """Whatever is asked for can be done."""

    def another(self) -> Stepper:
        return type(self)()

    def follow(self, tokens: Sequence[int]) -> Snapshot:
        self._emitted = min(self._emitted + len(tokens), self.length)
        return self.snapshot

    def start(self, text: str, controls: Controls) -> Snapshot:
        if self._controls not in (None, controls):
            assert self._controls is not None
            self._before.append(self._controls)
            self._after.clear()
        self._emitted, self._controls, self._text = 0, controls, text
        return self.snapshot

    def step(self) -> Snapshot:
        self._emitted = min(self._emitted + 1, self.length)
        return self.snapshot

    def back(self) -> Snapshot:
        self._emitted = max(0, self._emitted - 1)
        return self.snapshot

    def home(self) -> Snapshot:
        self._emitted = 0
        return self.snapshot

    def end(self) -> Snapshot:
        self._emitted = self.length
        return self.snapshot

    def replay(self, controls: Controls) -> Snapshot:
        assert self._controls is not None
        if controls != self._controls:
            self._before.append(self._controls)
            self._after.clear()
        self._controls = controls
        return self.snapshot

    def look(self, controls: Controls) -> Snapshot:
        return self.replay(controls)

    def undo(self) -> Returned | None:
        return self._go(self._before, self._after)

    def redo(self) -> Returned | None:
        return self._go(self._after, self._before)

    def _go(self, source: list[Controls], target: list[Controls]) -> Returned | None:
        if not source:
            return None
        assert self._controls is not None
        target.append(self._controls)
        self._controls = source.pop()
        return Returned(self.snapshot, self._text, "")


class ScriptedStepper(PlayedStepper):
    """Emits `TARGET`."""

    length = len(TARGET)

    def shown(self, emitted: int, controls: Controls) -> Snapshot:
        rows = [made_up_step(row, controls) for row in range(len(TARGET))]
        pieces = tuple(
            label[1:] if label.startswith("·") else label if label == "." else f"▁{label}" for label in SOURCE
        )
        source = Source("made up", tuple(range(len(SOURCE))), pieces, SOURCE, (*range(len(SOURCE) - 1), -1))
        finished = emitted == len(TARGET)
        trace = Trace("made-up", source, controls, tuple(rows[:emitted]), finished, " ".join(TARGET[:emitted]))
        return Snapshot(trace, None if finished else rows[emitted], STEP_SECONDS)
