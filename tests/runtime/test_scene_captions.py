"""The shipped captioner of scenes on scenes that it never saw, through ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.runtime.batch import decode_batch
from explorer.runtime.bundle import open_bundle
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Trace
from explorer.scenes.generate import scene_of
from models.caption_decode import Caption
from models.layout import Grid
from models.scene_truth import Verdict, judge

SEEDS = range(7_000_000, 7_000_060)


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    bundle = open_bundle("caption-scenes", "cpu")
    sources = [bundle.read_source(f"scene:{seed}") for seed in SEEDS]
    return decode_batch(bundle, sources, default_controls(bundle.card))


@pytest.fixture(scope="module")
def verdicts(traces: list[Trace]) -> list[Verdict]:
    found = []
    for seed, trace in zip(SEEDS, traces, strict=True):
        picture = trace.source.picture
        assert picture is not None
        words = [step for step in trace.steps if step.label != "END"]  # every word is one piece of this vocabulary
        caption = Caption(trace.text, np.stack([step.weights for step in words]))
        found.append(judge(caption, scene_of(seed), Grid(picture.rows, picture.columns, 4.0)))
    return found


def test_captions_are_true(verdicts: list[Verdict]) -> None:
    assert sum(verdict.true for verdict in verdicts) >= 0.95 * len(SEEDS)


def test_words_look_at_what_they_name(verdicts: list[Verdict]) -> None:
    words = sum(verdict.words for verdict in verdicts)
    assert words > 3 * len(SEEDS)
    assert sum(verdict.pointed for verdict in verdicts) >= 0.85 * words
