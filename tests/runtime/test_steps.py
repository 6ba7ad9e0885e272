"""Ranking of tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BundleError
from explorer.runtime.steps import log_normaliser, rank


@given(st.integers(5, 700), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_rank_is_a_full_sort_s_beginning(vocab: int, top: int, seed: int) -> None:
    logits = np.random.default_rng(seed).permutation(3 * vocab).astype(np.float32).reshape(3, vocab)
    ranked = rank(logits, top, [0, 1])
    expected = np.argsort(-logits[:, 2:], axis=1)[:, :top] + 2
    np.testing.assert_array_equal(ranked, expected)


def test_excluded_tokens_are_never_ranked_however_likely() -> None:
    logits = np.zeros((1, 200), dtype=np.float32)
    logits[0, :3] = 50.0
    logits[0, [40, 100, 150]] = [3.0, 2.0, 1.0]
    assert rank(logits, 3, (0, 1, 2)).tolist() == [[40, 100, 150]]
    assert logits[0, 0] == 50.0


def test_log_normaliser_of_large_logits_does_not_overflow() -> None:
    logits = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]], dtype=np.float32)
    np.testing.assert_allclose(log_normaliser(logits), [1000.0 + np.log(2), -1000.0 + np.log(2)])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_damaged_model_is_reported(value: float) -> None:
    with pytest.raises(BundleError, match="not finite"):
        log_normaliser(np.array([[0.0, value]], dtype=np.float32))
