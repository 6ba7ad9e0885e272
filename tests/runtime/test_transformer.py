"""Decoding on the shipped Transformer: cache, heads, gates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.batch import decode_batch, force_decode
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, HeadKey
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import CROSS, ENCODER, SELF, all_heads, head_maps, heads_of
from explorer.runtime.switches import check_controls, default_controls, showing
from explorer.runtime.trace import Trace

TEXT = "Two small dogs run across the wet grass."
KINDS = [CROSS, SELF, ENCODER]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle("transformer-en-fr", "cpu")


@pytest.fixture
def decoder(bundle: Bundle) -> Decoder:
    made = Decoder(bundle)
    made.start(TEXT)
    return made


def assert_same(trace: Trace, other: Trace, atol: float = 1e-5) -> None:
    assert [step.token for step in trace.steps] == [step.token for step in other.steps]
    for step, twin in zip(trace.steps, other.steps, strict=True):
        assert step.log_prob == pytest.approx(twin.log_prob, abs=10 * atol)
        for name in ("cross_scores", "cross_weights", "self_scores", "self_weights"):
            np.testing.assert_allclose(getattr(heads_of(step), name), getattr(heads_of(twin), name), atol=atol)
    np.testing.assert_allclose(trace.weights, other.weights, atol=atol)


def test_every_row_of_every_head_is_a_distribution(decoder: Decoder) -> None:
    trace = decoder.end()
    assert trace.encoder_weights is not None
    for kind in KINDS:
        maps = head_maps(kind, trace.steps, trace.encoder_weights)
        np.testing.assert_allclose(maps.sum(axis=-1), 1.0, atol=1e-5)


def test_going_back_and_on_again_gives_the_same(bundle: Bundle, decoder: Decoder) -> None:
    whole = decoder.end()
    decoder.seek(3)
    decoder.forget_hidden()
    assert_same(decoder.end(), whole)
    other = Decoder(bundle)
    other.start(TEXT)
    other.peek()
    for step in whole.steps[:2]:
        other.force(step.token)
    other.back()
    other.step()
    assert_same(other.end(), whole)


def test_a_forced_token_changes_what_follows_as_if_it_had_been_there_from_the_start(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    decoder.start(TEXT)
    whole = decoder.end()
    wanted = whole.steps[0].candidates[1].token
    decoder.home()
    decoder.force(wanted)
    later = decoder.end()
    (batch,) = decode_batch(bundle, [later.source], decoder.controls, force=[[wanted]])
    assert later.steps[0].token == wanted
    assert_same(later, batch)


def test_a_batch_of_several_lengths_equals_single_runs(bundle: Bundle) -> None:
    texts = ["yes.", TEXT, "the old man with the grey hat sits on a bench and reads a book."]
    sources = [bundle.source.encode_source(text, 128) for text in texts]
    together = decode_batch(bundle, sources, default_controls(bundle.card))
    for text, found in zip(texts, together, strict=True):
        single = Decoder(bundle)
        single.start(text)
        assert_same(found, single.end(), atol=1e-4)
        assert found.encoder_weights is not None
        assert found.encoder_weights.shape[2:] == (len(found.source),) * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_removed_head_changes_the_log_probabilities_and_comes_back(decoder: Decoder, kind: str) -> None:
    whole = decoder.end()
    layers = decoder.bundle.card.heads.encoder_layers if kind == ENCODER and decoder.bundle.card.heads else 3
    without = decoder.replay(decoder.controls.replace(removed=all_heads(kind, layers, 4)))
    assert [step.token for step in without.steps] == [step.token for step in whole.steps]
    changes = [abs(step.log_prob - other.log_prob) for step, other in zip(whole.steps, without.steps, strict=True)]
    assert max(changes) > 0.1
    assert_same(decoder.replay(decoder.controls.replace(removed=())), whole)


def test_without_cross_attention_the_source_does_not_matter(bundle: Bundle) -> None:
    removed = all_heads(CROSS, 3, 4)
    logs = []
    for text in (TEXT, "A man sells fruit on the market."):
        decoder = Decoder(bundle)
        decoder.start(text, default_controls(bundle.card).replace(removed=removed))
        decoder.force_prefix([50, 60, 70])
        logs.append([candidate.log_prob for candidate in decoder.step().steps[-1].candidates])
    np.testing.assert_allclose(logs[0], logs[1], atol=1e-4)


def test_steps_after_a_replay_follow_the_new_switches(bundle: Bundle, decoder: Decoder) -> None:
    decoder.end(3)
    controls = decoder.controls.replace(temperature=3.0, removed=(HeadKey(CROSS, 1, 0), HeadKey(ENCODER, 0, 1)))
    decoder.replay(controls)
    found = decoder.end()
    fresh = decode_batch(bundle, [found.source], controls, force=[[step.token for step in found.steps[:3]]])[0]
    assert_same(found, fresh)


def test_a_masked_position_gets_no_weight_from_any_head(decoder: Decoder) -> None:
    trace = decoder.replay(decoder.controls.replace(bias=(BiasEdit(None, 2, -np.inf),)))
    trace = decoder.end()
    assert not head_maps(CROSS, trace.steps, None)[..., 2].any()


def test_looking_at_another_head_computes_nothing(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder.end(4)
    decoder.peek()

    def refuse(*arguments: Any) -> None:
        raise AssertionError("the graph was run")

    monkeypatch.setattr(decoder.bundle.graphs, "step", refuse)
    trace = decoder.look(decoder.controls.replace(layer=2, head=1, aggregate=None))
    for step in trace.steps:
        np.testing.assert_array_equal(step.weights, heads_of(step).cross_weights[2, 1])
    ahead = decoder.peek()
    assert ahead is not None
    np.testing.assert_array_equal(ahead.weights, heads_of(ahead).cross_weights[2, 1])
    with pytest.raises(InputError, match="only layer, head and aggregate"):
        decoder.look(decoder.controls.replace(temperature=2.0))


def test_rollout_of_the_step_at_hand_is_that_of_the_step_taken(decoder: Decoder) -> None:
    decoder.start(TEXT, decoder.controls.replace(layer=None, head=None, aggregate="rollout"))
    decoder.end(3)
    ahead = decoder.peek()
    assert ahead is not None
    np.testing.assert_allclose(decoder.step().steps[-1].weights, ahead.weights, atol=1e-6)
    assert decoder.trace.weights.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)


@pytest.mark.parametrize(("layer", "head", "aggregate"), [(0, 1, None), (2, None, "max"), (None, None, "rollout")])
def test_force_decoding_shows_what_a_run_of_the_same_tokens_shows(
    bundle: Bundle, layer: int | None, head: int | None, aggregate: str | None
) -> None:
    controls = showing(bundle.card, default_controls(bundle.card), layer, head, aggregate)
    decoder = Decoder(bundle)
    decoder.start(TEXT, controls)
    trace = decoder.end()
    short = bundle.source.encode_source("yes.", 128)
    pairs = [(trace.source.ids, [step.token for step in trace.steps]), (short.ids, [5, 3])]
    found = force_decode(bundle, pairs, controls)
    np.testing.assert_allclose(found[0], trace.weights, atol=1e-5)
    assert found[1].shape == (2, len(short))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layer": 3, "head": 0, "aggregate": None}, "layer 3 is out of range; it goes from 0 to 2"),
        ({"layer": 0, "head": 4, "aggregate": None}, "head 4 is out of range; it goes from 0 to 3"),
        ({"layer": None, "head": 1, "aggregate": None}, "head 1 needs a layer"),
        ({"layer": 0, "head": 1, "aggregate": "mean"}, "either one head or mean"),
        ({"layer": None, "head": None, "aggregate": None}, "one head has to be named"),
        ({"layer": 1, "head": None, "aggregate": "rollout"}, "rollout goes through all layers"),
        ({"aggregate": "sum", "layer": None, "head": None}, "'sum' is not known; there is: mean, max, rollout"),
        ({"removed": (HeadKey(ENCODER, 3, 0),)}, "no head 0 in layer 3 of encoder attention"),
        ({"removed": (HeadKey("other", 0, 0),)}, "of other attention"),
        ({"window": 4.0}, "has no local attention, so no window"),
    ],
)
def test_what_a_transformer_does_not_have_is_said(bundle: Bundle, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_controls(bundle.card, default_controls(bundle.card).replace(**changes))


def test_a_recurrent_model_has_no_heads() -> None:
    card = open_bundle("translate-en-fr", "cpu").card
    for changes in ({"layer": 0, "head": 0}, {"aggregate": "mean"}, {"removed": (HeadKey(CROSS, 0, 0),)}):
        with pytest.raises(InputError, match="neither layers nor heads"):
            check_controls(card, default_controls(card).replace(**changes))


def test_asking_for_a_layer_alone_shows_the_mean_of_its_heads(bundle: Bundle) -> None:
    controls = default_controls(bundle.card)
    asked = showing(bundle.card, controls, 1, None, None)
    assert (asked.layer, asked.head, asked.aggregate) == (1, None, "mean")
    assert showing(bundle.card, controls, None, None, None) is controls
