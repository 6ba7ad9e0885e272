"""Samples of hard attention, counted: the same ones that the decoder draws."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.draws import draw_shares, soft_weights
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Step

TEXT = "two small dogs run."


def hard_step(bundle: Bundle, **changes: object) -> tuple[Step, Controls]:
    controls = default_controls(bundle.card).replace(attention="hard", temperature=3.0, **changes)
    decoder = Decoder(bundle)
    decoder.start(TEXT, controls)
    return decoder.end(2).steps[1], controls


def test_soft_weights_are_those_of_global_attention(bundle: Bundle) -> None:
    bias = (BiasEdit(1, 0, -np.inf), BiasEdit(1, 2, 1.0))
    step, controls = hard_step(bundle, bias=bias)
    decoder = Decoder(bundle)
    decoder.start(TEXT, controls.replace(attention="global"))
    decoder.force_prefix([decoder.end(1).steps[0].token])
    soft = decoder.end(2).steps[1]
    np.testing.assert_allclose(soft_weights(step, controls), soft.weights, atol=1e-5)


def test_shares_count_what_the_decoder_draws(bundle: Bundle) -> None:
    step, controls = hard_step(bundle)
    counts = np.zeros(len(step.scores))
    for seed in range(1, 21):
        counts[hard_step(bundle, seed=seed)[0].focus or 0] += 1
    np.testing.assert_allclose(draw_shares(step, controls, 20), counts / 20)


def test_shares_go_towards_the_soft_weights(bundle: Bundle) -> None:
    step, controls = hard_step(bundle)
    np.testing.assert_allclose(draw_shares(step, controls, 4000), soft_weights(step, controls), atol=0.03)


@pytest.mark.parametrize("measure", [soft_weights, draw_shares])
def test_a_row_without_positions_has_none(bundle: Bundle, measure: object) -> None:
    src_len = len(bundle.source.encode_source(TEXT, 99))
    step, controls = hard_step(bundle, bias=tuple(BiasEdit(None, place, -np.inf) for place in range(src_len)))
    assert callable(measure)
    assert not measure(step, controls).any()
