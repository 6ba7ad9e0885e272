"""Typed weights: the graph gives what a person asked for, under every attention type that can."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime import exact
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, Controls, WeightEdit
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import heads_of, heads_weights
from explorer.runtime.locality import gaussian
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Step, Trace

TEXT = "Two small dogs run across the wet grass."


def decoded(bundle: Bundle, text: str = TEXT, **changes: object) -> Trace:
    decoder = Decoder(bundle)
    decoder.start(text, default_controls(bundle.card).replace(**changes))
    return decoder.end(5)


def same_tokens(bundle: Bundle, trace: Trace, controls: Controls) -> Trace:
    decoder = Decoder(bundle)
    decoder.start(trace.source, trace.controls)
    decoder.force_prefix([step.token for step in trace.steps])
    return decoder.replay(controls)


@pytest.mark.parametrize(
    ("alignment", "temperature"),
    itertools.product(("location", "content", "additive", "general", "dot", "scaled_dot"), (0.3, 1.0, 2.5)),
)
def test_a_row_has_the_weights_typed_and_shares_the_rest_as_before(
    bundle: Bundle, alignment: str, temperature: float
) -> None:
    before = decoded(bundle, alignment=alignment, temperature=temperature)
    edits = (WeightEdit(2, 1, 0.25), WeightEdit(2, 5, 0.4), WeightEdit(None, 0, 0.05))
    after = same_tokens(bundle, before, before.controls.replace(weights=edits))
    row = after.steps[2].weights
    np.testing.assert_allclose(row[[1, 5, 0]], [0.25, 0.4, 0.05], atol=1e-5)
    rest = [place for place in range(len(row)) if place not in (0, 1, 5)]
    old = before.steps[2].weights[rest].astype(np.float64)
    np.testing.assert_allclose(row[rest], 0.3 * old / old.sum(), atol=1e-5)
    np.testing.assert_allclose(after.weights[[0, 1, 3, 4], 0], 0.05, atol=1e-5)
    np.testing.assert_allclose(after.weights.sum(axis=1), 1.0, atol=1e-5)


def test_a_pin_takes_all_weight_and_says_what_was_added(bundle: Bundle) -> None:
    before = decoded(bundle)
    after = same_tokens(bundle, before, before.controls.replace(weights=(WeightEdit(1, 3, 1.0),)))
    np.testing.assert_array_equal(after.steps[1].weights, np.eye(len(before.source), dtype=np.float32)[3])
    np.testing.assert_array_equal(after.steps[0].weights, before.steps[0].weights)
    bias = after.steps[1].bias
    assert bias is not None
    assert np.isneginf(np.delete(bias, 3)).all()
    assert after.steps[0].bias is None


def test_the_typed_weight_outlives_switches(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    controls = default_controls(bundle.card).replace(weights=(WeightEdit(None, 2, 0.6),))
    decoder.start(TEXT, controls)
    decoder.end(4)
    for trace in decoder.replay_all([("dot", "global"), ("location", "global"), ("general", "global")]):
        np.testing.assert_allclose(trace.weights[:, 2], 0.6, atol=1e-5)
    trace = decoder.replay(controls.replace(temperature=0.4))
    np.testing.assert_allclose(trace.weights[:, 2], 0.6, atol=1e-5)


def test_under_local_p_it_is_the_weight_behind_the_gaussian(bundle: Bundle) -> None:
    before = decoded(bundle, attention="local_p", window=3.0)
    step = before.steps[3]
    inside = [place for place in range(len(before.source)) if abs(place - step.center) <= 3.0]
    place, edge = int(np.argmin(np.abs(np.arange(len(before.source)) - step.center))), inside[0]
    after = same_tokens(bundle, before, before.controls.replace(weights=(WeightEdit(3, place, 0.3),)))
    assert after.steps[3].weights[place] == pytest.approx(0.3, abs=1e-5)
    assert after.steps[3].weights.sum() <= 1.0
    # More than the Gaussian leaves cannot be had: all of the softmax is there.
    most = float(gaussian(np.array([(edge - step.center) ** 2]), 3.0)[0])
    after = same_tokens(bundle, before, before.controls.replace(weights=(WeightEdit(3, edge, 1.0),)))
    assert after.steps[3].weights[edge] == pytest.approx(most, abs=1e-5)
    assert np.count_nonzero(after.steps[3].weights) == 1


@pytest.mark.parametrize("attention", ["local_m", "local_p"])
def test_outside_of_the_window_it_changes_nothing(bundle: Bundle, attention: str) -> None:
    before = decoded(bundle, attention=attention, window=1.0)
    centre = before.steps[0].center
    far = len(before.source) - 1 if centre < 4 else 0
    after = same_tokens(bundle, before, before.controls.replace(weights=(WeightEdit(0, far, 0.9),)))
    np.testing.assert_allclose(after.steps[0].weights, before.steps[0].weights, atol=1e-6)


def test_under_hard_it_is_the_probability_of_being_drawn(bundle: Bundle) -> None:
    before = decoded(bundle, attention="hard")
    edits = (WeightEdit(1, 6, 0.7),)
    after = same_tokens(bundle, before, before.controls.replace(weights=edits))
    assert after.steps[1].focus == 6
    drawn = [
        same_tokens(bundle, before, before.controls.replace(weights=edits, seed=seed)).steps[1].focus
        for seed in range(200)
    ]
    assert drawn.count(6) / 200 == pytest.approx(0.7, abs=0.1)


def test_under_none_it_does_nothing(bundle: Bundle) -> None:
    trace = decoded(bundle, attention="none", weights=(WeightEdit(None, 2, 0.5),))
    assert not trace.weights.any()


def test_more_than_1_is_scaled_and_a_mask_gives_way(bundle: Bundle) -> None:
    edits = (WeightEdit(None, 1, 0.9), WeightEdit(None, 2, 0.6))
    trace = decoded(bundle, weights=edits, bias=(BiasEdit(None, 1, -math.inf),))
    np.testing.assert_allclose(trace.weights[:, [1, 2]], [[0.6, 0.4]] * len(trace.steps), atol=1e-5)


def test_an_edit_of_one_step_goes_before_one_of_every_step(bundle: Bundle) -> None:
    trace = decoded(bundle, weights=(WeightEdit(2, 4, 0.8), WeightEdit(None, 4, 0.1)))
    np.testing.assert_allclose(trace.weights[:, 4], [0.1, 0.1, 0.8, 0.1, 0.1], atol=1e-5)


@pytest.mark.parametrize("weight", [0.02, 0.5, 0.93])
@pytest.mark.parametrize(("layer", "head"), [(0, 2), (2, 1), (1, None), (None, None)])
def test_in_a_transformer_it_is_the_weight_of_the_heads_that_were_shown(
    transformer: Bundle, layer: int | None, head: int | None, weight: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    looked = exact.looks

    def counted(*arguments: object) -> object:
        calls.append(1)
        return looked(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(exact, "looks", counted)
    text = "zwei kleine Hunde laufen über das nasse Gras."
    before = decoded(transformer, text)
    edit = WeightEdit(2, 4, weight, layer, head)
    after = same_tokens(transformer, before, before.controls.replace(weights=(edit,)))
    assert weight_of(after.steps[2], edit) == pytest.approx(weight, abs=2e-4)
    assert len(calls) < exact.MOST_CALLS
    np.testing.assert_allclose(heads_of(after.steps[2]).cross_weights.sum(axis=-1), 1.0, atol=1e-5)


def weight_of(step: Step, edit: WeightEdit) -> float:
    return float(heads_weights(heads_of(step), edit.layer, edit.head)[edit.source])


def test_two_weights_and_a_pin_in_a_transformer(transformer: Bundle) -> None:
    before = decoded(transformer, "zwei kleine Hunde laufen.")
    edits = (WeightEdit(1, 2, 0.3), WeightEdit(1, 4, 0.45), WeightEdit(3, 0, 1.0))
    after = same_tokens(transformer, before, before.controls.replace(weights=edits))
    assert [weight_of(after.steps[1], edit) for edit in edits[:2]] == pytest.approx([0.3, 0.45], abs=2e-4)
    np.testing.assert_array_equal(heads_of(after.steps[3]).cross_weights[..., 0], 1.0)


def test_in_a_picture(caption_bundle: Path) -> None:
    bundle = open_bundle(caption_bundle, "cpu")
    for attention in ("global", "local_m", "local_p"):
        trace = decoded(bundle, "scene:3", attention=attention, window=3.0, weights=(WeightEdit(0, 0, 0.2),))
        wanted = 0.2 if attention != "local_p" or trace.steps[0].weights[0] > 0 else 0.0
        assert trace.steps[0].weights[0] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (WeightEdit(0, 1, 0.0), "weight 0 is out of range"),
        (WeightEdit(0, 1, math.nan), "weight nan is out of range"),
        (WeightEdit(0, 50, 0.5), "the source has"),
        (WeightEdit(-1, 0, 0.5), "both count from 0"),
        (WeightEdit(0, 0, 0.5, 1), "it is no Transformer"),
    ],
)
def test_what_cannot_be_typed(bundle: Bundle, edit: WeightEdit, message: str) -> None:
    decoder = Decoder(bundle)
    decoder.start(TEXT)
    with pytest.raises(InputError, match=message):
        decoder.replay(decoder.controls.replace(weights=(edit,)))
