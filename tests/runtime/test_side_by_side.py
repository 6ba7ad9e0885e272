"""Every combination beside each other, computed a step at a time."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.side_by_side import SideBySide, Variant, different_combinations
from explorer.runtime.trace import Trace


def assert_same_steps(one: Trace, other: Trace) -> None:
    assert [step.token for step in one.steps] == [step.token for step in other.steps]
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-5)
    np.testing.assert_allclose([s.log_prob for s in one.steps], [s.log_prob for s in other.steps], atol=1e-4)


def assert_replayed(decoder: Decoder, variants: list[Variant]) -> None:
    replayed = decoder.replay_all(different_combinations(decoder.bundle.card))
    assert len(variants) == len(replayed) == 25
    for variant, expected in zip(variants, replayed, strict=True):
        assert variant.trace.controls == expected.controls
        assert variant.trace.text == decoder.trace.text
        assert_same_steps(variant.trace, expected)


def test_no_attention_is_one_combination(bundle: Bundle) -> None:
    pairs = different_combinations(bundle.card)
    assert len(pairs) == len(set(pairs)) == 6 * 4 + 1
    assert [pair for pair in pairs if pair[1] == "none"] == [("additive", "none")]


def test_it_follows_the_run_whatever_is_done_to_it(decoder: Decoder) -> None:
    beside = SideBySide(decoder)
    assert_replayed(decoder, beside.on_prefix())
    for _ in range(4):
        decoder.step()
        assert_replayed(decoder, beside.on_prefix())
    decoder.back()
    decoder.force(decoder.trace.steps[0].token)  # another prefix of the same length
    assert_replayed(decoder, beside.on_prefix())
    decoder.replay(decoder.controls.replace(temperature=0.3))
    assert_replayed(decoder, beside.on_prefix())
    decoder.replay(decoder.controls.replace(alignment="dot", attention="hard"))
    assert_replayed(decoder, beside.on_prefix())
    decoder.end()
    assert_replayed(decoder, beside.on_prefix())
    decoder.start("A man sleeps.")
    assert_replayed(decoder, beside.on_prefix())


def test_a_step_of_the_run_computes_that_step_alone(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = SideBySide(decoder)
    decoder.end(5)
    beside.on_prefix()
    asked: list[int] = []
    computing = decoder.step_under

    def counted(position: int, wanted: list[object]) -> object:
        asked.append(position)
        return computing(position, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(decoder, "step_under", counted)
    beside.on_prefix()
    assert asked == []
    decoder.step()
    beside.on_prefix()
    assert asked == [6]  # the step at hand; the one before it was at hand already


def test_the_step_at_hand_says_what_each_would_emit(decoder: Decoder) -> None:
    decoder.end(3)
    at_hand = decoder.peek()
    assert at_hand is not None
    variants = SideBySide(decoder).on_prefix()
    pairs = different_combinations(decoder.bundle.card)
    for pair, variant in zip(pairs, variants, strict=True):
        assert variant.ahead is not None
        assert variant.ahead.token == at_hand.token
        (trace,) = decoder.replay_all([pair])
        other = Decoder(decoder.bundle)
        other.start(decoder.trace.source, trace.controls)
        other.force_prefix([step.token for step in decoder.trace.steps])
        expected = other.peek()
        assert expected is not None
        assert variant.ahead.candidates[0].token == expected.token
        np.testing.assert_allclose(variant.ahead.weights, expected.weights, atol=1e-5)
    decoder.end()
    assert all(variant.ahead is None for variant in SideBySide(decoder).on_prefix())


def test_running_free_is_decoding_each_by_itself(decoder: Decoder) -> None:
    decoder.end(2)
    beside = SideBySide(decoder)
    variants = beside.running_free()
    for (alignment, attention), variant in zip(different_combinations(decoder.bundle.card), variants, strict=True):
        if alignment not in ("additive", "location"):
            continue
        other = Decoder(decoder.bundle)
        other.start(decoder.trace.source, decoder.controls.replace(alignment=alignment, attention=attention))
        assert_same_steps(variant.trace, other.end())
    decoder.step()
    assert [variant.trace for variant in beside.running_free()] == [variant.trace for variant in variants]
    decoder.replay(decoder.controls.replace(temperature=4.0))
    assert beside.running_free()[0].trace is not variants[0].trace


def test_a_step_that_there_is_not(decoder: Decoder) -> None:
    decoder.end(2)
    for position in (-1, 3):
        with pytest.raises(InputError, match=f"no step {position}"):
            decoder.step_under(position, [decoder.controls])
