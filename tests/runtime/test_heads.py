"""Maps of heads, aggregates and figures, on weights made up here."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.heads import (
    CROSS,
    ENCODER,
    SELF,
    aggregated,
    all_heads,
    cross_rollout,
    figures,
    head_maps,
    heads_of,
    rollout,
    seen_through,
    shown_map,
)
from explorer.runtime.trace import Array, HeadStep, Step

LAYERS, HEADS, SRC_LEN, TGT_LEN = 2, 3, 5, 4
CONTROLS = Controls("scaled_dot", "global", 0.0, 1.0)


def rows(random: np.random.Generator, *shape: int) -> Array:
    """Return random weights whose last axis sums to 1."""
    powers = np.exp(random.normal(0, 2, shape))
    weights: Array = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return weights


@pytest.fixture
def steps() -> list[Step]:
    random = np.random.default_rng(3)
    made = []
    for position in range(TGT_LEN):
        heads = HeadStep(
            random.normal(size=(LAYERS, HEADS, SRC_LEN)).astype(np.float32),
            rows(random, LAYERS, HEADS, SRC_LEN),
            random.normal(size=(LAYERS, HEADS, position + 1)).astype(np.float32),
            rows(random, LAYERS, HEADS, position + 1),
        )
        nothing = np.zeros(SRC_LEN, dtype=np.float32)
        made.append(Step(position, 4, "a", "a", -0.1, False, (), nothing, nothing, float("nan"), nothing, heads))
    return made


@pytest.fixture
def encoder_weights() -> Array:
    return rows(np.random.default_rng(4), LAYERS, HEADS, SRC_LEN, SRC_LEN)


def test_maps_of_cross_attention_are_its_weights_row_by_row(steps: list[Step]) -> None:
    maps = head_maps(CROSS, steps, None)
    assert maps.shape == (LAYERS, HEADS, TGT_LEN, SRC_LEN)
    np.testing.assert_array_equal(maps[1, 2, 3], heads_of(steps[3]).cross_weights[1, 2])


def test_self_attention_is_a_triangle(steps: list[Step]) -> None:
    maps = head_maps(SELF, steps, None)
    assert maps.shape == (LAYERS, HEADS, TGT_LEN, TGT_LEN)
    assert not np.triu(maps, 1).any()
    np.testing.assert_allclose(maps.sum(axis=-1), 1.0, atol=1e-6)


def test_without_steps_or_encoder_attention_maps_are_empty() -> None:
    assert head_maps(CROSS, [], None).size == 0
    assert head_maps(ENCODER, [], None).size == 0
    assert shown_map(ENCODER, CONTROLS.replace(aggregate="rollout"), [], None).size == 0


def test_a_step_of_a_recurrent_model_has_no_heads(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match="recurrent"):
        heads_of(dataclasses.replace(steps[0], heads=None))


def test_rollout_of_one_layer_is_half_attention_half_identity() -> None:
    layer = rows(np.random.default_rng(5), 1, 1, 4, 4)
    np.testing.assert_allclose(rollout(layer), 0.5 * layer[0, 0] + 0.5 * np.eye(4), atol=1e-6)


def test_rollout_multiplies_the_last_layer_from_the_left(encoder_weights: Array) -> None:
    first, last = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(SRC_LEN) for layer in encoder_weights)
    found = rollout(encoder_weights)
    np.testing.assert_allclose(found, last @ first, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)


def test_cross_rollout_of_one_layer_is_its_cross_attention_led_back(steps: list[Step], encoder_weights: Array) -> None:
    cross, own = head_maps(CROSS, steps, None)[:1], head_maps(SELF, steps, None)[:1]
    np.testing.assert_allclose(cross_rollout(cross, own, None), cross[0].mean(axis=0), atol=1e-6)
    led = cross_rollout(cross, own, encoder_weights)
    np.testing.assert_allclose(led, cross[0].mean(axis=0) @ rollout(encoder_weights), atol=1e-6)


def test_cross_rollout_sees_what_earlier_rows_read() -> None:
    """Row 1 attends to nothing of its own in the second layer but to row 0, which read source token 0."""
    cross = np.zeros((2, 1, 2, 2), dtype=np.float32)
    cross[0, 0, 0, 0] = 1.0
    own = np.zeros((2, 1, 2, 2), dtype=np.float32)
    own[:, 0, 0, 0] = own[:, 0, 1, 0] = 1.0
    found = cross_rollout(cross, own, None)
    np.testing.assert_allclose(found, [[1.0, 0.0], [1.0, 0.0]])


def test_cross_rollout_without_any_weight_is_zero() -> None:
    nothing = np.zeros((1, 1, 2, 3), dtype=np.float32)
    assert not cross_rollout(nothing, np.zeros((1, 1, 2, 2), dtype=np.float32), None).any()


@pytest.mark.parametrize("aggregate", ["mean", "max"])
def test_aggregates_are_over_the_layer_or_over_all(steps: list[Step], aggregate: str) -> None:
    maps = head_maps(CROSS, steps, None)
    pick = np.mean if aggregate == "mean" else np.max
    np.testing.assert_allclose(aggregated(maps, aggregate), pick(maps, axis=(0, 1)), atol=1e-7)
    shown = shown_map(CROSS, CONTROLS.replace(layer=1, aggregate=aggregate), steps, None)
    np.testing.assert_allclose(shown, pick(maps[1], axis=0), atol=1e-7)


def test_steps_are_seen_through_one_head(steps: list[Step]) -> None:
    seen = seen_through(steps, CONTROLS.replace(layer=1, head=2), None)
    for before, after in zip(steps, seen, strict=True):
        np.testing.assert_array_equal(after.weights, heads_of(before).cross_weights[1, 2])
        np.testing.assert_array_equal(after.scores, heads_of(before).cross_scores[1, 2])
        assert after.heads is before.heads


@pytest.mark.parametrize("aggregate", ["mean", "max", "rollout"])
def test_steps_seen_through_an_aggregate_are_its_map(steps: list[Step], encoder_weights: Array, aggregate: str) -> None:
    controls = CONTROLS.replace(aggregate=aggregate)
    seen = np.stack([step.weights for step in seen_through(steps, controls, encoder_weights)])
    np.testing.assert_allclose(seen, shown_map(CROSS, controls, steps, encoder_weights), atol=1e-7)


def test_figures_of_a_diagonal() -> None:
    found = figures(np.eye(6, dtype=np.float32))
    assert (found.entropy, found.distance, found.diagonal) == (0.0, 0.0, 1.0)


def test_figures_of_an_even_row() -> None:
    found = figures(np.full((1, 8), 1 / 8, dtype=np.float32))
    assert found.entropy == pytest.approx(3.0)
    assert found.distance == pytest.approx(3.5)
    assert found.diagonal == pytest.approx(2 / 8)


def test_figures_of_nothing() -> None:
    assert figures(np.zeros((0, 0), dtype=np.float32)).entropy == 0.0
    assert figures(np.zeros((3, 3), dtype=np.float32)).diagonal == 0.0


def test_keys_go_layer_by_layer() -> None:
    assert all_heads(SELF, 1, 2) == (HeadKey(SELF, 0, 0), HeadKey(SELF, 0, 1))
