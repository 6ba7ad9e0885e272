"""The stages from score to weight."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from explorer.render.stages import (
    Stage,
    bias_of,
    cross_stages,
    dot_product_stages,
    encoder_stages,
    recurrent_stages,
    self_stages,
    shown_stages,
)
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, Controls, HeadKey, WeightEdit
from explorer.runtime.decoder import Decoder
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import HeadStep, Step

ALIGNMENTS = ("location", "content", "additive", "general", "dot", "scaled_dot")
ATTENTIONS = ("global", "local_m", "local_p", "hard", "none")
CONTROLS = Controls("scaled_dot", "global", 0.0, 1.0, layer=1, head=0)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle("translate-en-fr", "cpu")


def made_step(heads: HeadStep | None, position: int = 1, scores: tuple[float, ...] = (1.0, 3.0, 2.0)) -> Step:
    values = np.array(scores, dtype=np.float32)
    return Step(position, 4, "▁a", "a", -1.0, False, (), values, values, math.nan, np.zeros(0, np.float32), heads)


def names(stages: tuple[Stage, ...]) -> list[str]:
    return [stage.name for stage in stages]


def test_dot_product_stages_by_hand() -> None:
    stages = dot_product_stages(np.array([0.0, math.log(3.0), 5.0]), np.array([0.0, 0.0, -np.inf]), 1.0, 16)
    assert names(stages) == ["q·k", "÷ √16", "+ mask", "eˣ", "weight"]
    np.testing.assert_allclose(stages[0].values, [0.0, 4 * math.log(3.0), 20.0])
    np.testing.assert_allclose(stages[2].values, [0.0, math.log(3.0), -np.inf])
    np.testing.assert_allclose(stages[3].values, [1 / 3, 1.0, 0.0])
    np.testing.assert_allclose(stages[4].values, [0.25, 0.75, 0.0])


def test_temperature_is_a_stage_of_its_own_where_it_is_not_1() -> None:
    stages = dot_product_stages(np.array([0.0, 1.0]), np.zeros(2), 0.5, 4)
    assert names(stages) == ["q·k", "÷ √4", "+ mask", "÷ T 0.5", "eˣ", "weight"]
    np.testing.assert_allclose(stages[-1].values[1] / stages[-1].values[0], math.exp(2.0))


def test_fully_masked_has_no_weight_and_no_nan() -> None:
    stages = dot_product_stages(np.array([1.0, 2.0]), np.full(2, -np.inf), 1.0, 4)
    assert not stages[-1].values.any()
    assert not np.isnan(stages[-2].values).any()


def test_self_attention_masks_what_is_not_there_yet() -> None:
    own = np.array([[[0.0, 0.0]]], dtype=np.float32)
    step = made_step(HeadStep(own, own, own, own / 2 + 0.5))
    stages = self_stages(step, HeadKey("self", 0, 0), 4, count=4)
    np.testing.assert_allclose(stages[-1].values, [0.5, 0.5, 0.0, 0.0])
    assert np.isneginf(stages[2].values[2:]).all()
    assert np.isnan(stages[0].values[2:]).all()


@pytest.mark.parametrize("temperature", [1.0, 0.4])
def test_every_head_of_a_transformer_is_reproduced(temperature: float) -> None:
    transformer = open_bundle("transformer-en-fr", "cpu")
    decoder = Decoder(transformer)
    own_edits = (BiasEdit(None, 3, -math.inf, 1, 2), BiasEdit(2, 0, 1.5, 0, 0))
    controls = default_controls(transformer.card).replace(
        temperature=temperature,
        bias=(BiasEdit(None, 1, -math.inf), *own_edits),
        weights=(WeightEdit(1, 2, 0.3, 2, 1, alone=True),),
    )
    decoder.start("two old boats lie on the beach.", controls)
    trace = decoder.end(6)
    assert trace.encoder_weights is not None
    for layer, head in itertools.product(range(3), range(4)):
        for step in trace.steps:
            assert step.heads is not None
            stages = cross_stages(step, controls, HeadKey("cross", layer, head), 64)
            np.testing.assert_allclose(stages[-1].values, step.heads.cross_weights[layer, head], atol=1e-5)
            own = self_stages(step, HeadKey("self", layer, head), 64, 6)
            known = len(step.heads.self_weights[layer, head])
            np.testing.assert_allclose(own[-1].values[:known], step.heads.self_weights[layer, head], atol=1e-5)
            assert not own[-1].values[known:].any()
        for row in range(len(trace.source)):
            stages = encoder_stages(trace, HeadKey("encoder", layer, head), row, 64)
            np.testing.assert_allclose(stages[-1].values, trace.encoder_weights[layer, head, row], atol=1e-5)
            np.testing.assert_allclose(stages[0].values, 8 * stages[1].values)


def test_bias_edits_of_a_step_add_up() -> None:
    edits = (BiasEdit(None, 0, 1.0), BiasEdit(2, 0, 0.5), BiasEdit(3, 1, 9.0), BiasEdit(2, 2, -math.inf))
    np.testing.assert_array_equal(bias_of(edits, 2, 3), [1.5, 0.0, -np.inf])


def test_several_heads_as_one_have_no_stages() -> None:
    step = made_step(None)
    assert shown_stages(step, CONTROLS.replace(layer=None, head=None, aggregate="mean"), 64) == ()


def test_the_shown_head_is_the_one_of_the_controls() -> None:
    scores = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    step = made_step(HeadStep(scores, scores, scores, scores))
    first = shown_stages(step, CONTROLS, 64)[1]
    np.testing.assert_array_equal(first.values, scores[1, 0])
    same = cross_stages(step, CONTROLS, HeadKey("cross", 1, 0), 64)[1]
    np.testing.assert_array_equal(first.values, same.values)


@pytest.mark.parametrize("temperature", [1.0, 0.4])
def test_a_recurrent_models_weights_are_reproduced(bundle: Bundle, temperature: float) -> None:
    decoder = Decoder(bundle)
    bias = (BiasEdit(None, 2, -math.inf), BiasEdit(1, 3, 2.0))
    for alignment, attention in itertools.product(ALIGNMENTS, ATTENTIONS):
        seed = 3 if attention == "hard" else None
        controls = default_controls(bundle.card).replace(
            alignment=alignment, attention=attention, temperature=temperature, bias=bias, window=3.0, seed=seed
        )
        decoder.start("a small dog sleeps under the table.", controls)
        decoder.end(6)
        for step in decoder.trace.steps:
            stages = recurrent_stages(step, controls)
            if attention == "none":
                assert stages == ()
                continue
            np.testing.assert_allclose(stages[-1].values, step.weights, atol=1e-5, err_msg=f"{alignment} {attention}")


def test_names_of_a_recurrent_models_stages() -> None:
    step = made_step(None)
    plain = Controls("dot", "global", 2.0, 1.0)
    assert names(recurrent_stages(step, plain)) == ["score", "eˣ", "weight"]
    assert names(recurrent_stages(step, plain.replace(attention="hard", seed=1))) == ["score", "+ noise", "arg-max"]
    local = names(recurrent_stages(step, plain.replace(attention="local_p", temperature=2.0)))
    assert local == ["score", "window", "÷ T 2", "eˣ", "softmax", "Gaussian", "weight"]
