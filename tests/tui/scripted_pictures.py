"""A made-up caption of a drawn scene: its picture comes from a seed, where each word looks from this file."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from explorer.runtime.card import Image, Languages, Range, Sizes
from explorer.runtime.controls import Controls
from explorer.runtime.pictures import read_picture
from explorer.runtime.trace import Candidate, Step, Trace
from explorer.tui.snapshot import Snapshot
from tests.tui.scripted import STEP_SECONDS, SWITCHES, PlayedStepper, made_up_bundle

SCENE = "scene:3"
IMAGE = Image(height=64, width=64, rows=8, columns=8)
TARGET = ("a", "big", "orange", "square", "above", "a", "small", "red", "triangle", "END")
LOOKS_AT = ((2, 4), (2, 5), (2, 4), (1, 5), (4, 4), (6, 2), (6, 1), (6, 1), (7, 1), (3, 3))
"""Row and column of the cell that each word looks at: the square, what lies between, the triangle."""
SHARPNESS = 0.45
"""How fast scores fall with the squared distance in cells."""
STRIDE = IMAGE.cells / len(TARGET)
"""Cells that local-m goes on in a step."""


def picture_bundle() -> Any:
    """A captioning bundle that has a card and nothing to run."""
    return made_up_bundle(
        name="made-up-captions",
        title="made up captions · CNN, GRU",
        task="captioning",
        languages=Languages("image", "en"),
        sizes=Sizes(4, 0, 20, IMAGE.cells, 128, 100),
        switches=msgspec.structs.replace(SWITCHES, window=Range(2.0, 1.0, 8.0)),
        image=IMAGE,
    )


def picture_step(row: int, controls: Controls) -> Step:
    """A step whose weights fall off around a fixed cell, and vanish outside of a local window."""
    places = np.stack(np.divmod(np.arange(IMAGE.cells), IMAGE.columns), axis=1)  # (cells, 2)
    scores = 3.0 - SHARPNESS * ((places - LOOKS_AT[row]) ** 2).sum(axis=1)
    logits, center, cell = scores / controls.temperature, math.nan, None
    if controls.attention == "local_m":
        cell = tuple(map(float, divmod(int(row * STRIDE), IMAGE.columns)))
    elif controls.attention == "local_p":
        cell = (LOOKS_AT[row][0] + 0.3, LOOKS_AT[row][1] - 0.2)
    if cell is not None:
        center = round(cell[0]) * IMAGE.columns + round(cell[1])
        inside = np.abs(places - cell).max(axis=1) <= controls.window
        logits = np.where(inside, logits, -1e30)
    weights = np.exp(logits - logits.max())
    weights = np.zeros_like(weights) if controls.attention == "none" else weights / weights.sum()
    shares = ((TARGET[row], 0.62), ("the", 0.14), ("green", 0.06), ("circle", 0.03), ("below", 0.02))
    candidates = tuple(
        Candidate(4 + place, f"▁{name}", name, math.log(share)) for place, (name, share) in enumerate(shares)
    )
    return Step(
        position=row,
        token=4,
        piece=f"▁{TARGET[row]}" if TARGET[row] != "END" else "END",
        label=TARGET[row],
        log_prob=candidates[0].log_prob,
        forced=False,
        candidates=candidates,
        scores=scores.astype(np.float32),
        weights=weights.astype(np.float32),
        center=center,
        state=np.zeros(4, dtype=np.float32),
        center_cell=cell,
    )


class ScriptedPictures(PlayedStepper):
    """Emits `TARGET`."""

    length = len(TARGET)

    def shown(self, emitted: int, controls: Controls) -> Snapshot:
        rows = [picture_step(row, controls) for row in range(len(TARGET))]
        finished = emitted == len(TARGET)
        text = " ".join(TARGET[:emitted])
        trace = Trace("made-up-captions", read_picture(SCENE, IMAGE), controls, tuple(rows[:emitted]), finished, text)
        return Snapshot(trace, None if finished else rows[emitted], STEP_SECONDS)
