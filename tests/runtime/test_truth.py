"""The test of the attention: rank correlations by hand, and drops against masks set one by one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, Controls, WeightEdit
from explorer.runtime.decoder import Decoder
from explorer.runtime.switches import default_controls
from explorer.runtime.truth import Agreement, kendall, mean_of, put_to_the_test, ranks, spearman

TEXTS = {"translate-en-fr": "two small dogs run.", "transformer-de-en": "zwei kleine Hunde laufen."}


def test_ranks_share_ties() -> None:
    np.testing.assert_array_equal(ranks(np.array([0.3, 0.1, 0.3, 0.9])), [2.5, 1.0, 2.5, 4.0])


def test_spearman_by_hand() -> None:
    # d = rank differences 1, 1, 0, 0, 0: 1 - 6 · 2 / (5 · 24)
    assert spearman(np.array([1, 2, 3, 4, 5.0]), np.array([2, 1, 3, 4, 5.0])) == pytest.approx(0.9)
    assert spearman(np.array([1, 2, 3.0]), np.array([9, 4, 1.0])) == pytest.approx(-1.0)
    # Ranks 1.5 1.5 3 and 1 2 3: covariance 1.5, variances 1.5 and 2.
    assert spearman(np.array([0, 0, 1.0]), np.array([1, 2, 3.0])) == pytest.approx(1.5 / math.sqrt(1.5 * 2))
    assert math.isnan(spearman(np.zeros(4), np.arange(4.0)))


def test_kendall_by_hand() -> None:
    # One of ten pairs is the other way round: (9 - 1) / 10.
    assert kendall(np.array([1, 2, 3, 4, 5.0]), np.array([2, 1, 3, 4, 5.0])) == pytest.approx(0.8)
    # tau-b: two pairs agree, one is tied in the first row: 2 / √(2 · 3).
    assert kendall(np.array([0, 0, 1.0]), np.array([1, 2, 3.0])) == pytest.approx(2 / math.sqrt(6))
    assert math.isnan(kendall(np.arange(4.0), np.zeros(4)))


def test_the_mean_leaves_out_what_has_no_correlation() -> None:
    assert mean_of(np.array([0.5, np.nan, 0.1])) == pytest.approx(0.3)
    assert math.isnan(mean_of(np.array([np.nan])))


def one_by_one(bundle: Bundle, text: str, controls: Controls, steps: int) -> tuple[Decoder, np.ndarray]:
    """Drops from one replay for every cell: a mask of that step alone, the tokens kept."""
    decoder = Decoder(bundle)
    decoder.start(text, controls)
    decoder.end(steps)
    base = decoder.trace
    drops = np.zeros((steps, len(base.source)))
    for row in range(steps):
        for source in range(len(base.source)):
            weights = tuple(edit for edit in controls.weights if edit.source != source)
            other = Decoder(bundle)
            other.start(
                base.source, controls.replace(bias=(*controls.bias, BiasEdit(row, source, -np.inf)), weights=weights)
            )
            for step in base.steps[: row + 1]:
                other.force(step.token)
            drops[row, source] = base.steps[row].log_prob - other.trace.steps[row].log_prob
    return decoder, drops


@pytest.mark.parametrize("attention", ["global", "local_m", "local_p", "hard"])
def test_drops_are_those_of_single_masks(bundle: Bundle, attention: str) -> None:
    controls = default_controls(bundle.card).replace(attention=attention, temperature=1.5, window=3.0)
    decoder, drops = one_by_one(bundle, TEXTS["translate-en-fr"], controls, 3)
    tests = put_to_the_test(decoder)
    assert [test.name for test in tests] == list(bundle.card.switches.alignments)
    shown = next(test for test in tests if test.name == controls.alignment)
    np.testing.assert_allclose(shown.drops[:3], drops, atol=1e-3)
    assert np.abs(drops).max() > 0.1
    assert len(shown.drops) == 4  # the step at hand as well
    np.testing.assert_array_equal(shown.weights[:3], decoder.trace.weights)


def test_other_alignment_functions_are_tested_on_the_same_tokens(bundle: Bundle) -> None:
    controls = default_controls(bundle.card).replace(alignment="dot")
    decoder, drops = one_by_one(bundle, TEXTS["translate-en-fr"], controls, 2)
    tokens = [step.token for step in decoder.trace.steps]
    other = Decoder(bundle)
    other.start(TEXTS["translate-en-fr"], controls.replace(alignment="additive"))
    other.force_prefix(tokens)
    dot = next(test for test in put_to_the_test(other) if test.name == "dot")
    np.testing.assert_allclose(dot.drops[:2], drops, atol=1e-3)


def test_without_attention_nothing_is_missed(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    decoder.start(TEXTS["translate-en-fr"], default_controls(bundle.card).replace(attention="none"))
    decoder.end(2)
    for test in put_to_the_test(decoder):
        assert np.abs(test.drops).max() < 1e-4
        assert np.isnan(test.spearman).all()


def test_edits_stay_while_positions_are_masked(bundle: Bundle) -> None:
    controls = default_controls(bundle.card).replace(weights=(WeightEdit(1, 2, 1.0),), bias=(BiasEdit(0, 1, -np.inf),))
    decoder = Decoder(bundle)
    decoder.start(TEXTS["translate-en-fr"], controls)
    decoder.end(2)
    test = next(test for test in put_to_the_test(decoder) if test.name == controls.alignment)
    assert test.drops[0, 1] == pytest.approx(0.0, abs=1e-5)  # masked already
    others = np.delete(test.drops[1], 2)
    assert np.abs(others).max() < 1e-5  # of a pinned row only the pin can be missed
    assert abs(test.drops[1, 2]) > 1e-3


def test_a_transformer_has_one_row_of_drops_for_all_heads() -> None:
    bundle = open_bundle("transformer-de-en", "cpu")
    controls = default_controls(bundle.card)
    decoder, drops = one_by_one(bundle, TEXTS["transformer-de-en"], controls, 2)
    shown, *heads = put_to_the_test(decoder)
    counts = bundle.card.heads
    assert counts is not None
    assert len(heads) == counts.layers * counts.heads
    assert heads[1].name == "L0 H1"
    np.testing.assert_allclose(shown.drops[:2], drops, atol=1e-3)
    step = decoder.trace.steps[1].heads
    assert step is not None
    np.testing.assert_array_equal(heads[1].weights[1], step.cross_weights[0, 1])
    assert all(head.drops is shown.drops for head in heads)


def test_a_picture_is_tested_cell_by_cell(caption_bundle: Path) -> None:
    bundle = open_bundle(caption_bundle, "cpu")
    decoder, drops = one_by_one(bundle, "scene:3", default_controls(bundle.card), 2)
    shown = named(put_to_the_test(decoder), decoder.controls.alignment)
    assert shown.drops.shape[1] == 16
    np.testing.assert_allclose(shown.drops[:2], drops, atol=1e-3)


def named(tests: tuple[Agreement, ...], name: str) -> Agreement:
    return next(test for test in tests if test.name == name)
