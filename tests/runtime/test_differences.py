"""Distances of two rows of weights, and the axis that two runs share."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.differences import differences, jensen_shannon_distance, parting, shared_axis
from explorer.runtime.trace import Picture, Source

TEXT = "Two small dogs run across the wet grass."
SHARES = st.floats(0.0, 1.0, width=32)


def row(*weights: float) -> np.ndarray:
    return np.array(weights, dtype=np.float32)


def picture_source(rows: int, columns: int) -> Source:
    picture = Picture("x", rows, columns, np.zeros((3, 8, 8), dtype=np.float32))
    labels = tuple(f"{place}" for place in range(rows * columns))
    return Source("scene:1", tuple(range(len(labels))), labels, labels, (-1,) * len(labels), picture)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (row(1, 0), row(0, 1), 1.0),
        (row(0.25, 0.75), row(0.25, 0.75), 0.0),
        # M = (3/4, 1/4); KL(P||M) = log2(4/3); KL(Q||M) = (log2(2/3) + log2 2)/2; half the sum, then the root.
        (row(1, 0), row(0.5, 0.5), math.sqrt((math.log2(4 / 3) + (math.log2(2 / 3) + 1) / 2) / 2)),
        (row(0.2, 0.2), row(0.5, 0.5), 0.0),  # local_p does not sum to 1
    ],
)
def test_distance(one: np.ndarray, other: np.ndarray, expected: float) -> None:
    assert jensen_shannon_distance(one, other) == pytest.approx(expected, abs=1e-6)


def test_without_weights_there_is_no_distance() -> None:
    assert math.isnan(jensen_shannon_distance(row(0, 0), row(1, 0)))
    assert math.isnan(jensen_shannon_distance(row(0, 0), row(0, 0)))


@given(arrays(np.float32, 5, elements=SHARES), arrays(np.float32, 5, elements=SHARES))
def test_distance_is_symmetric_and_bounded(one: np.ndarray, other: np.ndarray) -> None:
    found = jensen_shannon_distance(one, other)
    if not (one.any() and other.any()):
        assert math.isnan(found)
        return
    assert 0.0 <= found <= 1.0
    assert found == pytest.approx(jensen_shannon_distance(other, one), abs=1e-9)
    assert jensen_shannon_distance(one, one) == pytest.approx(0.0, abs=1e-6)


def test_one_vocabulary_is_compared_position_by_position(bundle: Bundle) -> None:
    left, right = Decoder(bundle), Decoder(bundle)
    left.start(TEXT)
    right.start(TEXT, left.controls.replace(alignment="location"))
    steps, others = left.end().steps, right.end(6).steps
    axis = shared_axis(left.trace.source, right.trace.source)
    assert not axis.by_words
    assert axis.labels == left.trace.source.labels
    found = differences(steps, others, axis)
    assert len(found.rows) == 6
    np.testing.assert_allclose(found.weights, np.stack([s.weights for s in others]) - left.trace.weights[:6], atol=1e-6)
    for step, other, compared in zip(steps, others, found.rows, strict=False):
        assert compared.distance == jensen_shannon_distance(step.weights, other.weights)
        assert compared.agrees is (step.focus == other.focus)
    assert found.mean_distance == pytest.approx(float(np.mean([r.distance for r in found.rows])))
    assert found.agreeing == sum(r.agrees is True for r in found.rows)


def test_no_attention_has_no_distance_and_no_arg_max(bundle: Bundle) -> None:
    left, right = Decoder(bundle), Decoder(bundle)
    left.start(TEXT)
    right.start(TEXT, left.controls.replace(attention="none"))
    found = differences(left.end(3).steps, right.end(3).steps, shared_axis(left.trace.source, right.trace.source))
    assert [compared.agrees for compared in found.rows] == [None] * 3
    assert math.isnan(found.mean_distance)
    assert found.agreeing == 0


def test_two_vocabularies_are_compared_word_by_word(bundle: Bundle) -> None:
    headlines = open_bundle("summarize-reuters", "cpu")
    left, right = Decoder(bundle), Decoder(headlines)
    text = "The commission approved a programme of subsidies."
    left.start(text)
    right.start(text)
    one, other = left.trace.source, right.trace.source
    assert one.pieces != other.pieces
    axis = shared_axis(one, other)
    assert axis.by_words
    assert axis.labels == ("The", "commission", "approved", "a", "programme", "of", "subsidies.", "END")
    step, compared = left.end(2).steps[1], right.end(2).steps[1]
    summed = axis.summed(step.weights, axis.left)
    assert summed.sum() == pytest.approx(1.0, abs=1e-5)
    for word in range(7):
        own = [weight for weight, of in zip(step.weights, one.words, strict=True) if of == word]
        assert summed[word] == pytest.approx(sum(own), abs=1e-6)
    assert summed[7] == pytest.approx(step.weights[-1], abs=1e-6)
    found = differences([step], [compared], axis)
    np.testing.assert_allclose(found.weights[0], axis.summed(compared.weights, axis.right) - summed, atol=1e-6)


def test_what_cannot_be_compared_says_why(bundle: Bundle) -> None:
    one = bundle.read_source(TEXT)
    with pytest.raises(InputError, match="read different sources"):
        shared_axis(one, bundle.read_source("A man sleeps."))
    with pytest.raises(InputError, match="a picture, the other a sentence"):
        shared_axis(one, picture_source(2, 2))
    with pytest.raises(InputError, match="different cells"):
        shared_axis(picture_source(2, 2), picture_source(2, 3))
    spanning = dataclasses.replace(one, pieces=("x", *one.pieces[1:]), words=(0, 0, *one.words[2:]))
    with pytest.raises(InputError, match="spans several words"):
        shared_axis(one, spanning)


def test_pictures_of_one_grid_are_compared_cell_by_cell() -> None:
    axis = shared_axis(picture_source(2, 3), picture_source(2, 3))
    assert axis.left == axis.right == (0, 1, 2, 3, 4, 5)
    assert not axis.by_words


def test_where_two_runs_part(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    decoder.start(TEXT)
    steps = decoder.end().steps
    assert parting(steps, steps[:4]) is None
    changed = (*steps[:3], dataclasses.replace(steps[3], piece="▁other"), *steps[4:])
    assert parting(steps, changed) == 3
