"""Choosing the next token: greedy, temperature, top-k, top-p."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.runtime.batch import decode_batch
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import GREEDY, STRATEGIES, TEMPERATURE, TOP_K, TOP_P, Controls, Strategy
from explorer.runtime.decoder import Decoder
from explorer.runtime.sampling import check_strategy, choose
from explorer.runtime.switches import check_controls, default_controls

SHARES = np.array([0.05, 0.4, 0.05, 0.3, 0.2])
LOGITS = np.log(SHARES).astype(np.float32)
DRAWS = [TEMPERATURE, TOP_K, TOP_P]
TEXTS = ("a man sleeps.", "two small dogs run across the wet grass.", "go!")


def drawn(strategy: Strategy, count: int = 400, excluded: tuple[int, ...] = ()) -> list[int]:
    return [choose(LOGITS, 0.0, excluded, strategy, position)[0] for position in range(count)]


def test_draws_have_the_model_s_shares() -> None:
    counts = np.bincount(drawn(Strategy(TEMPERATURE), 4000), minlength=5) / 4000
    np.testing.assert_allclose(counts, SHARES, atol=0.03)


def test_temperature_sharpens_and_flattens() -> None:
    cold = np.bincount(drawn(Strategy(TEMPERATURE, temperature=0.25), 2000), minlength=5) / 2000
    np.testing.assert_allclose(cold, SHARES**4 / (SHARES**4).sum(), atol=0.04)
    hot = np.bincount(drawn(Strategy(TEMPERATURE, temperature=5.0), 2000), minlength=5) / 2000
    np.testing.assert_allclose(hot, SHARES**0.2 / (SHARES**0.2).sum(), atol=0.04)


@pytest.mark.parametrize(("k", "tokens"), [(1, {1}), (2, {1, 3}), (3, {1, 3, 4}), (99, {0, 1, 2, 3, 4})])
def test_top_k_draws_from_the_k_most_probable(k: int, tokens: set[int]) -> None:
    strategy = Strategy(TOP_K, top_k=k)
    assert set(drawn(strategy)) == tokens
    assert choose(LOGITS, 0.0, (), strategy, 0)[1].eligible == len(tokens)


@pytest.mark.parametrize(("p", "tokens"), [(0.01, {1}), (0.39, {1}), (0.41, {1, 3}), (0.69, {1, 3}), (0.71, {1, 3, 4})])
def test_top_p_draws_from_the_fewest_that_reach_p(p: float, tokens: set[int]) -> None:
    strategy = Strategy(TOP_P, top_p=p)
    assert set(drawn(strategy)) == tokens
    assert choose(LOGITS, 0.0, (), strategy, 0)[1].eligible == len(tokens)


def test_top_p_of_all_is_temperature_sampling_and_temperature_comes_before_the_cut() -> None:
    assert drawn(Strategy(TOP_P, top_p=1.0)) == drawn(Strategy(TEMPERATURE))
    assert choose(LOGITS, 0.0, (), Strategy(TOP_P, top_p=0.6), 0)[1].eligible == 2
    assert choose(LOGITS, 0.0, (), Strategy(TOP_P, temperature=0.25, top_p=0.6), 0)[1].eligible == 1


def test_excluded_tokens_are_never_drawn_nor_counted() -> None:
    assert set(drawn(Strategy(TEMPERATURE, temperature=5.0), excluded=(1, 0))) == {2, 3, 4}
    assert choose(LOGITS, 0.0, (1,), Strategy(TOP_K, top_k=9), 0)[1].eligible == 4
    assert set(drawn(Strategy(TOP_P, top_p=0.4), excluded=(1,))) == {3}  # 0.3 of the 0.6 that are left


@given(
    logits=st.lists(st.integers(-120, 120).map(lambda quarter: quarter / 4), min_size=3, max_size=40),
    name=st.sampled_from(DRAWS),
    k=st.integers(1, 50),
    p=st.floats(0.01, 1.0),
    seed=st.integers(0, 2**40),
)
def test_what_is_drawn_is_among_the_eligible(logits: list[float], name: str, k: int, p: float, seed: int) -> None:
    values = np.array(logits, dtype=np.float32)
    normaliser = float(np.log(np.exp(values.astype(np.float64)).sum()))
    strategy = Strategy(name, 1.3, k, p, seed)
    token, draw = choose(values, normaliser, (0,), strategy, 5)
    assert token != 0
    assert 1 <= draw.eligible <= len(values) - 1
    assert sum(values[1:] > values[token]) < draw.eligible
    assert choose(values, normaliser, (0,), strategy, 5) == (token, draw)
    ranked = sorted((float(value) - normaliser for value in values[1:]), reverse=True)
    shares = [draw.share(place, log_prob) for place, log_prob in enumerate(ranked)]
    assert sum(shares) == pytest.approx(1.0)
    assert all(share == 0.0 for share in shares[draw.eligible :])


def test_shares_of_a_draw_are_those_of_the_draws() -> None:
    strategy = Strategy(TOP_K, temperature=0.5, top_k=3)
    _, draw = choose(LOGITS, 0.0, (), strategy, 0)
    expected = np.array([0.4, 0.3, 0.2]) ** 2
    found = [draw.share(place, math.log(share)) for place, share in enumerate((0.4, 0.3, 0.2, 0.05))]
    np.testing.assert_allclose(found, [*expected / expected.sum(), 0.0], atol=1e-6)
    counts = np.bincount(drawn(strategy, 3000), minlength=5) / 3000
    np.testing.assert_allclose(counts[[1, 3, 4]], found[:3], atol=0.03)


def test_seed_and_position_change_the_draw_but_not_the_greedy_choice(bundle: Bundle, controls: Controls) -> None:
    source = bundle.read_source(TEXTS[1])

    def tokens(strategy: Strategy) -> list[int]:
        (trace,) = decode_batch(bundle, [source], controls.replace(strategy=strategy), 12)
        return [step.token for step in trace.steps]

    hot = [tokens(Strategy(TEMPERATURE, temperature=2.0, seed=seed)) for seed in (1, 1, 2)]
    assert hot[0] == hot[1] != hot[2]
    greedy = tokens(Strategy())
    assert tokens(Strategy(GREEDY, temperature=2.0, seed=7)) == greedy
    assert tokens(Strategy(TOP_K, top_k=1, seed=7)) == greedy
    assert tokens(Strategy(TEMPERATURE, temperature=0.05, seed=7)) == greedy


@pytest.mark.parametrize(
    "strategy", [Strategy(TEMPERATURE, 1.4, seed=4), Strategy(TOP_K, seed=5), Strategy(TOP_P, 1.2)]
)
@pytest.mark.parametrize("name", ["translate-en-fr", "transformer-de-en", "captions"])
def test_a_draw_is_the_same_one_by_one_and_in_a_batch(strategy: Strategy, name: str, caption_bundle: Path) -> None:
    bundle = open_bundle(caption_bundle if name == "captions" else name, "cpu")
    controls = default_controls(bundle.card).replace(strategy=strategy)
    texts = TEXTS if bundle.card.image is None else ("scene:1", "scene:2", "scene:3")
    sources = [bundle.read_source(text) for text in texts]
    decoder = Decoder(bundle)
    for source, trace in zip(sources, decode_batch(bundle, sources, controls, 10), strict=True):
        decoder.start(source, controls)
        alone = decoder.end(10)
        assert [step.token for step in trace.steps] == [step.token for step in alone.steps]
        assert [step.draw.eligible for step in trace.steps if step.draw] == [
            step.draw.eligible for step in alone.steps if step.draw
        ]
        drawn_one = next((step for step in trace.steps if step.token != step.candidates[0].token), None)
        if drawn_one is not None:
            assert drawn_one.log_prob < drawn_one.candidates[0].log_prob


def test_kept_tokens_stay_when_the_strategy_changes(decoder: Decoder) -> None:
    for _ in range(4):
        decoder.step()
    before = decoder.trace
    after = decoder.replay(before.controls.replace(strategy=Strategy(TOP_P, seed=9)))
    assert [step.token for step in after.steps] == [step.token for step in before.steps]
    assert all(step.draw is not None for step in after.steps)
    assert not any(step.forced for step in after.steps)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (Strategy("beam"), "strategy 'beam' is not known; there is: greedy, temperature, top_k, top_p"),
        (Strategy(TEMPERATURE, temperature=0.0), "sampling temperature 0 is out of range; it goes from 0.05 to 5"),
        (Strategy(TEMPERATURE, temperature=float("nan")), "sampling temperature nan is out of range"),
        (Strategy(TOP_K, top_k=0), "top-k 0 is below 1"),
        (Strategy(TOP_P, top_p=0.0), "top-p 0 is out of range; it is above 0 and at most 1"),
        (Strategy(TOP_P, top_p=1.1), "top-p 1.1 is out of range"),
        (Strategy(TOP_P, seed=-1), "seed -1 is below 0"),
    ],
)
def test_a_strategy_out_of_range_is_named(bundle: Bundle, controls: Controls, strategy: Strategy, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_controls(bundle.card, controls.replace(strategy=strategy))
    assert str(caught.value).startswith(message)


def test_names_are_spelled_as_the_list_spells_them() -> None:
    assert [check_strategy(Strategy(name.upper().replace("_", "-"))).name for name in STRATEGIES] == list(STRATEGIES)
