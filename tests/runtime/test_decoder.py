"""Going back and forth in a run, and the same run under other switches."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.graphs import padded
from explorer.runtime.switches import gumbel_noise
from explorer.runtime.trace import Step, Trace

TEXT = "Two small dogs run across the wet grass."
END = 3


def tokens(trace: Trace) -> list[int]:
    return [step.token for step in trace.steps]


def softmax(logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
    values = np.asarray(logits, dtype=np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def assert_same(one: Step, other: Step, tolerance: float = 1e-5) -> None:
    for field in ("position", "token", "piece", "label", "forced"):
        assert getattr(one, field) == getattr(other, field)
    for field in ("scores", "weights", "center", "state", "log_prob"):
        np.testing.assert_allclose(getattr(one, field), getattr(other, field), atol=tolerance, rtol=1e-4)
    assert one.candidates[0].token == other.candidates[0].token


def test_a_new_run_has_no_steps(decoder: Decoder) -> None:
    trace = decoder.trace
    assert (trace.model, trace.source.text, trace.steps, trace.finished, trace.text) == (
        "translate-en-fr",
        TEXT,
        (),
        False,
        "",
    )
    assert trace.weights.shape == (0, len(trace.source))


def test_nothing_started_is_an_error(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    for action in (decoder.step, decoder.back, decoder.end, decoder.peek, decoder.replay_all):
        with pytest.raises(InputError, match="there is no source text yet"):
            action()


def test_each_step_emits_the_best_candidate_and_attends(decoder: Decoder) -> None:
    trace = decoder.end()
    assert trace.finished
    assert trace.steps[-1].token == END
    assert trace.steps[-1].label == "END"
    assert trace.text
    assert trace.weights.shape == trace.scores.shape == (len(trace.steps), len(trace.source))
    np.testing.assert_allclose(trace.weights.sum(axis=1), 1.0, atol=1e-5)
    for place, step in enumerate(trace.steps):
        assert step.position == place
        assert not step.forced
        assert step.token == step.candidates[0].token
        assert step.log_prob == step.candidates[0].log_prob <= 0.0
        assert math.isnan(step.center)
        log_probs = [candidate.log_prob for candidate in step.candidates]
        assert log_probs == sorted(log_probs, reverse=True)
        assert sum(map(math.exp, log_probs)) <= 1.0 + 1e-6
        assert not {candidate.token for candidate in step.candidates} & {0, 1, 2}
        assert not step.weights.flags.writeable


def test_log_probabilities_match_a_float64_softmax(bundle: Bundle, decoder: Decoder) -> None:
    from explorer.runtime.family import Slot

    step = decoder.step().steps[0]
    source = decoder.trace.source
    memory, state = bundle.graphs.encode(*padded([source.ids], 0))
    slot = Slot(0, 2, None, False, decoder.controls, len(source))
    logits = bundle.graphs.step(memory, state, bundle.family.feeds([slot])).logits[0].astype(np.float64)
    log_softmax = logits - np.logaddexp.reduce(logits)
    for candidate in step.candidates:
        assert candidate.log_prob == pytest.approx(log_softmax[candidate.token], abs=1e-6)


def test_back_hides_and_step_shows_the_very_same_step(decoder: Decoder) -> None:
    decoder.step()
    two = decoder.step()
    assert tokens(decoder.back()) == tokens(two)[:1]
    assert decoder.kept == 2
    again = decoder.step()
    assert again.steps[1] is two.steps[1]
    assert decoder.home().steps == ()
    assert decoder.back().steps == ()
    assert tokens(decoder.seek(2)) == tokens(two)
    assert tokens(decoder.seek(99)) == tokens(two)


def test_end_after_back_shows_what_was_there(decoder: Decoder) -> None:
    whole = decoder.end()
    decoder.home()
    assert decoder.end().steps == whole.steps


def test_a_finished_run_stays_as_it_is(decoder: Decoder) -> None:
    whole = decoder.end()
    assert decoder.step().steps == whole.steps
    assert decoder.force(50).steps == whole.steps
    assert decoder.peek() is None


def test_peek_is_the_next_step_and_shows_nothing(decoder: Decoder) -> None:
    decoder.step()
    peeked = decoder.peek()
    assert len(decoder.trace.steps) == 1
    assert decoder.peek() is peeked
    assert decoder.step().steps[1] is peeked
    decoder.back()
    assert decoder.peek() is peeked


def test_force_replaces_the_next_step_and_drops_what_followed(decoder: Decoder) -> None:
    free = decoder.end()
    decoder.seek(2)
    other = free.steps[2].candidates[3].token
    forced = decoder.force(other)
    assert tokens(forced) == [*tokens(free)[:2], other]
    assert [step.forced for step in forced.steps] == [False, False, True]
    assert decoder.kept == 3
    assert forced.steps[2].log_prob == pytest.approx(free.steps[2].candidates[3].log_prob, abs=1e-6)
    np.testing.assert_allclose(forced.steps[2].weights, free.steps[2].weights, atol=1e-6)
    assert not decoder.step().steps[3].forced


def test_step_with_a_token_forces_it_after_back_too(decoder: Decoder) -> None:
    decoder.end()
    decoder.home()
    trace = decoder.step(77)
    assert tokens(trace) == [77]
    assert trace.steps[0].forced


def test_forcing_the_end_token_ends_the_run(decoder: Decoder) -> None:
    decoder.step()
    trace = decoder.force(END)
    assert trace.finished
    assert trace.steps[-1].label == "END"


@pytest.mark.parametrize("token", [-1, 0, 2, 10**6])
def test_a_token_that_cannot_be_emitted_is_refused(decoder: Decoder, token: int) -> None:
    decoder.step()
    with pytest.raises(InputError, match="cannot be a target token"):
        decoder.force(token)
    assert len(decoder.trace.steps) == 1


def test_force_prefix_begins_the_target(bundle: Bundle, decoder: Decoder) -> None:
    decoder.end()
    prefix = bundle.target.encode_target("un chat", 128)
    trace = decoder.force_prefix(prefix)
    assert tokens(trace) == list(prefix)
    assert trace.text == "un chat"
    assert all(step.forced for step in trace.steps)
    assert tokens(decoder.step())[: len(prefix)] == list(prefix)
    assert decoder.force_prefix([]).steps == ()
    with pytest.raises(InputError, match="length 200 is out of range"):
        decoder.force_prefix([50] * 200)


def test_the_length_limit_ends_a_run(bundle: Bundle, decoder: Decoder) -> None:
    trace = decoder.force_prefix([50] * bundle.card.sizes.max_target)
    assert trace.finished
    assert len(decoder.step().steps) == bundle.card.sizes.max_target


def test_end_stops_at_max_length(decoder: Decoder) -> None:
    trace = decoder.end(max_length=3)
    assert len(trace.steps) == 3
    assert not trace.finished
    with pytest.raises(InputError, match="it goes from 1 to 128"):
        decoder.end(max_length=0)


def test_advance_can_be_left_at_any_step(decoder: Decoder) -> None:
    for trace in decoder.advance():
        if len(trace.steps) == 2:
            break
    assert len(decoder.trace.steps) == 2


def test_start_replaces_the_run_and_keeps_the_controls(decoder: Decoder, controls: Controls) -> None:
    decoder.end()
    decoder.replay(controls.replace(alignment="dot"))
    trace = decoder.start("A cat.")
    assert (trace.source.text, trace.steps, trace.controls.alignment) == ("A cat.", (), "dot")


def test_a_refused_start_keeps_the_run(decoder: Decoder, controls: Controls) -> None:
    before = decoder.end()
    for source, changed in (("", None), ("A cat.", controls.replace(alignment="x")), ("dog " * 500, None)):
        with pytest.raises(InputError):
            decoder.start(source, changed)
    assert decoder.trace.steps == before.steps
    assert decoder.trace.source.text == TEXT


@pytest.mark.parametrize("attention", ["global", "local_m", "local_p", "hard", "none"])
@pytest.mark.parametrize("alignment", ["location", "content", "additive", "general", "dot", "scaled_dot"])
def test_replay_is_what_stepping_through_the_same_tokens_gives(
    bundle: Bundle, decoder: Decoder, controls: Controls, alignment: str, attention: str
) -> None:
    decoder.step()
    decoder.force(60)
    decoder.end(max_length=6)
    kept = decoder.trace
    decoder.seek(4)
    wanted = controls.replace(alignment=alignment, attention=attention, window=2.0, temperature=0.7, seed=5)
    replayed = decoder.replay(wanted)
    assert (len(replayed.steps), decoder.kept) == (4, 6)
    replayed = decoder.seek(6)
    assert replayed.controls == wanted
    assert [step.forced for step in replayed.steps] == [step.forced for step in kept.steps]
    other = Decoder(bundle)
    other.start(TEXT, wanted)
    stepped = other.force_prefix(tokens(kept))
    for one, two in zip(replayed.steps, stepped.steps, strict=True):
        assert_same(dataclasses.replace(one, forced=True), two)


def test_replay_there_and_back_changes_nothing(decoder: Decoder, controls: Controls) -> None:
    before = decoder.end()
    decoder.replay(controls.replace(attention="hard", alignment="location"))
    for one, two in zip(before.steps, decoder.replay(controls).steps, strict=True):
        assert_same(one, two)


def test_stepping_on_after_replay_uses_the_new_switches(bundle: Bundle, decoder: Decoder, controls: Controls) -> None:
    decoder.step()
    decoder.peek()
    wanted = controls.replace(attention="none")
    decoder.replay(wanted)
    second = decoder.step().steps[1]
    assert not second.weights.any()
    assert (second.focus, second.entropy) == (None, 0.0)


def test_replay_before_the_first_step_only_changes_the_switches(decoder: Decoder, controls: Controls) -> None:
    trace = decoder.replay(controls.replace(alignment="scaled-dot"))
    assert (trace.steps, trace.controls.alignment) == ((), "scaled_dot")


def test_a_refused_replay_keeps_the_run(decoder: Decoder, controls: Controls) -> None:
    before = decoder.end()
    for changed in (controls.replace(attention="soft"), controls.replace(bias=(BiasEdit(None, 50, 1.0),))):
        with pytest.raises(InputError):
            decoder.replay(changed)
    assert decoder.trace.steps == before.steps


def test_rerun_decodes_freely_and_forgets_forced_tokens(bundle: Bundle, decoder: Decoder, controls: Controls) -> None:
    decoder.force(60)
    decoder.step()
    wanted = controls.replace(attention="hard")
    trace = decoder.rerun(wanted)
    fresh = Decoder(bundle)
    fresh.start(TEXT, wanted)
    assert tokens(trace) == tokens(fresh.end(2))
    assert not any(step.forced for step in trace.steps)
    decoder.end()
    assert decoder.rerun(controls).finished


def test_a_masked_position_has_no_weight_from_its_step_on(decoder: Decoder, controls: Controls) -> None:
    decoder.end(max_length=3)
    edits = (BiasEdit(None, 0, -math.inf), BiasEdit(1, 2, -math.inf))
    trace = decoder.replay(controls.replace(bias=edits))
    assert not trace.weights[:, 0].any()
    assert trace.weights[1, 2] == 0.0
    bias = np.zeros_like(trace.scores)
    bias[:, 0] = bias[1, 2] = -np.inf
    np.testing.assert_allclose(trace.weights, softmax(trace.scores + bias), atol=1e-5)


def test_all_positions_masked_give_no_weight_and_no_nan(decoder: Decoder, controls: Controls) -> None:
    decoder.step()
    edits = tuple(BiasEdit(None, place, -math.inf) for place in range(len(decoder.trace.source)))
    for attention in ("global", "local_m", "local_p", "hard"):
        trace = decoder.replay(controls.replace(bias=edits, attention=attention))
        assert not trace.weights.any()
        assert math.isfinite(trace.steps[0].log_prob)


def test_a_strengthened_position_gains_weight(decoder: Decoder, controls: Controls) -> None:
    before = decoder.step()
    after = decoder.replay(controls.replace(bias=(BiasEdit(0, 4, 2.0),), temperature=0.5))
    bias = np.eye(1, len(before.source), 4) * 2.0
    np.testing.assert_allclose(after.scores, before.scores, atol=1e-5)
    np.testing.assert_allclose(after.weights, softmax((before.scores + bias) / 0.5), atol=1e-5)


def test_a_low_temperature_makes_soft_attention_hard(decoder: Decoder, controls: Controls) -> None:
    decoder.end(max_length=4)
    soft = decoder.trace
    sharp = decoder.replay(controls.replace(temperature=0.05))
    np.testing.assert_allclose(sharp.weights, softmax(soft.scores / 0.05), atol=1e-4)
    assert all(sharper.entropy <= step.entropy + 1e-6 for sharper, step in zip(sharp.steps, soft.steps, strict=True))
    assert [step.focus for step in sharp.steps] == [step.focus for step in soft.steps]


def test_hard_attention_is_one_position_and_repeats_with_its_seed(decoder: Decoder, controls: Controls) -> None:
    decoder.end(max_length=5)
    hard = controls.replace(attention="hard", temperature=3.0, seed=1)
    sampled = decoder.replay(hard)
    np.testing.assert_array_equal(np.sort(sampled.weights, axis=1)[:, -1], 1.0)
    np.testing.assert_array_equal(sampled.weights.sum(axis=1), 1.0)
    for step in sampled.steps:
        noise = gumbel_noise(1, step.position, len(sampled.source))
        assert step.focus == int((step.scores / 3.0 + noise).argmax())
    arg_max = decoder.replay(hard.replace(seed=None))
    assert [step.focus for step in arg_max.steps] == [int(step.scores.argmax()) for step in arg_max.steps]


def test_local_attention_stays_in_its_window(decoder: Decoder, controls: Controls) -> None:
    decoder.end(max_length=6)
    for attention in ("local_m", "local_p"):
        trace = decoder.replay(controls.replace(attention=attention, window=2.0))
        for step in trace.steps:
            assert not math.isnan(step.center)
            distance = np.abs(np.arange(len(trace.source)) - step.center)
            assert not step.weights[distance > 2.0].any()
    monotonic = decoder.replay(controls.replace(attention="local_m", window=2.0))
    assert [step.center for step in monotonic.steps] == [min(t, len(monotonic.source) - 1) for t in range(6)]


def test_replay_all_is_each_replay(decoder: Decoder, controls: Controls) -> None:
    decoder.end(max_length=4)
    decoder.seek(3)
    before = decoder.trace
    traces = decoder.replay_all()
    assert decoder.trace.steps == before.steps
    pairs = decoder.combinations()
    assert [(trace.controls.alignment, trace.controls.attention) for trace in traces] == pairs
    for place in (0, 7, 18, len(pairs) - 1):
        alignment, attention = pairs[place]
        alone = decoder.replay(controls.replace(alignment=alignment, attention=attention))
        assert len(traces[place].steps) == 3
        for one, two in zip(traces[place].steps, alone.steps, strict=True):
            assert_same(one, two)


def test_decode_all_is_each_combination_decoded_alone(bundle: Bundle, decoder: Decoder, controls: Controls) -> None:
    pairs = [("additive", "global"), ("location", "none"), ("general", "local-p"), ("dot", "hard")]
    traces = decoder.decode_all(pairs, max_length=12)
    assert decoder.trace.steps == ()
    for (alignment, attention), trace in zip(pairs, traces, strict=True):
        alone = Decoder(bundle)
        alone.start(TEXT, controls.replace(alignment=alignment, attention=attention))
        alone.end(max_length=12)
        assert trace.finished
        assert tokens(trace) == tokens(alone.trace)
        assert trace.text == alone.trace.text
        for one, two in zip(trace.steps, alone.trace.steps, strict=True):
            assert_same(one, two)


def test_labels_mark_pieces_that_continue_a_word(bundle: Bundle, decoder: Decoder) -> None:
    prefix = bundle.target.encode_target("l'anticonstitutionnellement.", 128)
    labels = decoder.force_prefix(prefix).labels
    assert labels[0] == "l'"
    assert not labels[1].startswith("·")
    assert any(label.startswith("·") for label in labels[2:-1])
    assert labels[-1] == "."
