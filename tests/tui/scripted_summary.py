"""A stepper that plays a made-up headline of a long sentence: most of its tokens are copied."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from explorer.runtime.card import Languages
from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.labels import WORD_START, in_word, piece_label
from explorer.runtime.trace import Candidate, Source, Step, Trace
from explorer.tui.snapshot import Snapshot
from tests.tui.scripted import STEP_SECONDS, PlayedStepper, made_up_bundle

SENTENCE = (
    "▁the ▁european ▁commission ▁said ▁on ▁monday ▁that ▁it ▁had ▁approved , ▁after ▁three ▁months ▁of ▁difficult "
    "▁negotiations ▁with ▁the ▁governments ▁of ▁the ▁twelve ▁member ▁states , ▁a ▁program m e ▁worth ▁two ▁billion "
    "▁dollars ▁that ▁is ▁meant ▁to ▁help ▁farmers ▁whose ▁harvest s ▁were ▁destroyed ▁by ▁the ▁heavy ▁r ains ▁of "
    "▁last ▁spring , ▁its ▁spokes woman ▁added ."
)
SOURCE = (*SENTENCE.split(), "</s>")
HEADLINE = ("▁commission", "▁approves", "▁two", "▁billion", "▁dollars", "▁for", "▁farmers", "▁hit", "▁by", "▁r", "ains")
TARGET = (*HEADLINE, "</s>")
LOOKS_AT = (2, 9, 31, 32, 33, 38, 39, 44, 45, 48, 49, 59)
COPIED = 8
"""Tokens of the headline that stand where it looks."""
MASKED = 33


def labels_of(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """Labels as a vocabulary makes them."""
    before = ("", *pieces)
    return tuple(
        "END" if piece == "</s>" else piece_label(piece, in_word(piece[0]) and in_word(before[place][-1:] or " "))
        for place, piece in enumerate(pieces)
    )


def summary_bundle() -> Any:
    """A bundle of the task that has a card and nothing to run."""
    return made_up_bundle(title="made up headlines · GRU", task="summarization", languages=Languages("en", "en"))


def summary_step(row: int, controls: Controls) -> Step:
    """A step that looks at one position, a little at its neighbours, and at the beginning."""
    places = np.arange(len(SOURCE))
    scores = 3.0 - 1.1 * np.abs(places - LOOKS_AT[row])
    scores[:3] += 1.5 + 0.8 * LOOKS_AT[row] / len(SOURCE)
    scores = np.maximum(scores, -3.0)
    logits = scores / controls.temperature
    center = math.nan
    if controls.attention.startswith("local"):
        center = float(row) if controls.attention == "local_m" else LOOKS_AT[row] + 0.4
        logits = np.where(np.abs(places - center) <= controls.window, logits, -1e30)
    for edit in controls.bias:
        logits[edit.source] = -1e30
    weights = np.exp(logits - logits.max())
    weights = np.zeros_like(weights) if controls.attention == "none" else weights / weights.sum()
    piece, label = TARGET[row], labels_of(TARGET)[row]
    candidates = tuple(
        Candidate(4 + place, name, name.removeprefix(WORD_START), math.log(share))
        for place, (name, share) in enumerate(((piece, 0.7), ("▁says", 0.1), ("▁plan", 0.05)))
    )
    return Step(
        position=row,
        token=4,
        piece=piece,
        label=label,
        log_prob=candidates[0].log_prob,
        forced=False,
        candidates=candidates,
        scores=scores.astype(np.float32),
        weights=weights.astype(np.float32),
        center=center,
        state=np.zeros(4, dtype=np.float32),
    )


def summary_snapshot(emitted: int, controls: Controls, forced: int | None = None) -> Snapshot:
    """The made-up run after some tokens."""
    rows = [summary_step(row, controls) for row in range(len(TARGET))]
    if forced is not None:
        rows[forced] = dataclasses.replace(rows[forced], forced=True)
    source = Source("made up", tuple(range(len(SOURCE))), SOURCE, labels_of(SOURCE), (*range(len(SOURCE) - 1), -1))
    finished = emitted == len(TARGET)
    trace = Trace("made-up", source, controls, tuple(rows[:emitted]), finished, "made up")
    return Snapshot(trace, None if finished else rows[emitted], STEP_SECONDS)


class ScriptedSummary(PlayedStepper):
    """Emits `TARGET`."""

    length = len(TARGET)

    def __init__(self, *, masked: bool = False, forced: int | None = None) -> None:
        super().__init__()
        self._masked = masked
        self._forced = forced

    def shown(self, emitted: int, controls: Controls) -> Snapshot:
        return summary_snapshot(emitted, controls, self._forced)

    def start(self, text: str, controls: Controls) -> Snapshot:
        mask = (BiasEdit(None, MASKED, -math.inf),) if self._masked else ()
        return super().start(text, controls.replace(bias=mask))
