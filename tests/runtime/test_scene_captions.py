"""The shipped captioner of scenes on scenes that it never saw, through ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.runtime.batch import decode_batch
from explorer.runtime.bundle import open_bundle
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Trace
from explorer.scenes.cells import cells_on
from explorer.scenes.generate import scene_of
from explorer.scenes.parser import parse
from explorer.scenes.truth import is_true, spoken_objects

SEEDS = range(7_000_000, 7_000_060)


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    bundle = open_bundle("caption-scenes", "cpu")
    sources = [bundle.read_source(f"scene:{seed}") for seed in SEEDS]
    return decode_batch(bundle, sources, default_controls(bundle.card))


def test_captions_are_true(traces: list[Trace]) -> None:
    true = 0
    for seed, trace in zip(SEEDS, traces, strict=True):
        meaning = parse(trace.text)
        true += meaning is not None and is_true(meaning, scene_of(seed))
    assert true >= 0.95 * len(SEEDS)


def test_words_look_at_what_they_name(traces: list[Trace]) -> None:
    words = pointed = 0
    for seed, trace in zip(SEEDS, traces, strict=True):
        scene, picture = scene_of(seed), trace.source.picture
        spoken = spoken_objects(trace.text, scene)
        assert picture is not None
        if spoken is None:
            continue
        steps = [step for step in trace.steps if step.label != "END"]
        assert len(steps) == len(spoken)  # every word is one piece of this vocabulary
        for objects, step in zip(spoken, steps, strict=True):
            if objects is None:
                continue
            on = np.zeros((picture.rows, picture.columns), dtype=np.bool_)
            for number in objects:
                on |= cells_on(scene.shapes[number].box, picture.rows, picture.columns)
            words += 1
            pointed += bool(on.flat[step.weights.argmax()])
    assert words > 3 * len(SEEDS)
    assert pointed >= 0.85 * words
