"""The heads of a Transformer: one of them, several as one, and figures of what they look at.

A map is an array of rows (what asks) by columns (what is looked at). Rows of cross-attention are target tokens and its
columns source tokens; both are target tokens in the decoder's self-attention, both source tokens in the encoder's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.trace import Array, HeadStep, Step

CROSS, SELF, ENCODER = "cross", "self", "encoder"
KINDS = (CROSS, SELF, ENCODER)
ROLLOUT = "rollout"
"""The one view of a step that depends on the steps before it."""
AGGREGATES = ("mean", "max", ROLLOUT)
NEAR = 1
"""A weight lies on the diagonal if its column is at most so far from its row."""


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """What a head's map looks like, over its rows.

    Attributes:
        entropy: Mean entropy of a row in bits.
        distance: Mean distance in tokens between a row and what it looks at, |row - column| by weight.
        diagonal: Share of the weight that lies at most one token off the diagonal.
    """

    entropy: float
    distance: float
    diagonal: float


def head_maps(kind: str, steps: Sequence[Step], encoder_weights: Array | None) -> Array:
    """Return the maps of all heads.

    Args:
        kind: One of `KINDS`.
        steps: Steps of a Transformer.
        encoder_weights: (layers, heads, src_len, src_len); None where the encoder has no self-attention.

    Returns:
        (layers, heads, rows, columns). What a row of self-attention cannot look at yet is 0; without a step, or where
        the encoder has no self-attention, there are no rows, no columns or no layers.
    """
    if kind == ENCODER:
        return encoder_weights if encoder_weights is not None else np.zeros((0, 0, 0, 0), dtype=np.float32)
    return stacked(kind, [heads_of(step) for step in steps])


def stacked(kind: str, parts: Sequence[HeadStep]) -> Array:
    """Return what successive steps looked at, cross-attention or the decoder's own: (layers, heads, rows, columns)."""
    if not parts:
        return np.zeros((0, 0, 0, 0), dtype=np.float32)
    if kind == CROSS:
        return np.stack([part.cross_weights for part in parts], axis=2)
    layers, heads, _ = parts[0].self_weights.shape
    maps = np.zeros((layers, heads, len(parts), len(parts)), dtype=np.float32)
    for row, part in enumerate(parts):
        maps[:, :, row, : row + 1] = part.self_weights
    return maps


def heads_of(step: Step) -> HeadStep:
    """Return what every head did.

    Raises:
        ValueError: The step is a recurrent model's.
    """
    if step.heads is None:
        raise ValueError("a recurrent model has no heads")
    return step.heads


def aggregated(maps: Array, aggregate: str) -> Array:
    """Return all heads of all layers as one map by mean or maximum; see `rollout` for the third way.

    Args:
        maps: (layers, heads, rows, columns).
        aggregate: ``mean`` or ``max``.

    Returns:
        (rows, columns). Rows of a maximum do not sum to 1.
    """
    combined: Array = maps.mean(axis=(0, 1)) if aggregate == "mean" else maps.max(axis=(0, 1))
    return combined


def rollout(maps: Array) -> Array:
    """Follow self-attention through the layers (Abnar and Zuidema 2020, 3).

    The mean of a layer's heads and the residual connection, half each, multiplied from the first layer to the last.

    Args:
        maps: Self-attention of encoder or decoder, (layers, heads, length, length), at least one layer.

    Returns:
        (length, length), rows sum to 1.
    """
    length = maps.shape[-1]
    followed = np.eye(length, dtype=np.float32)
    for layer in maps.mean(axis=1):
        followed = (0.5 * layer + 0.5 * np.eye(length, dtype=np.float32)) @ followed
    return followed


def cross_rollout(cross: Array, own: Array, encoder_weights: Array | None) -> Array:
    """Follow attention from each target row to the source tokens themselves, through all layers of decoder and encoder.

    In a decoder layer the share of the source in a row is half its own and half that of the rows its self-attention
    looks at; then half of that and half of what cross-attention reads, which the encoder's rollout leads back to source
    tokens (Abnar and Zuidema 2020, 3, carried over to an encoder-decoder). What remains is the target's own share and
    is left out: rows are scaled to 1.

    Args:
        cross: (layers, heads, tgt_len, src_len).
        own: The decoder's self-attention, (layers, heads, tgt_len, tgt_len).
        encoder_weights: (layers, heads, src_len, src_len); None takes memory cells for their source tokens.

    Returns:
        (tgt_len, src_len).
    """
    src_len = cross.shape[-1]
    back = np.eye(src_len, dtype=np.float32) if encoder_weights is None else rollout(encoder_weights)
    share = np.zeros(cross.shape[2:], dtype=np.float32)
    for read, looked in zip(cross.mean(axis=1), own.mean(axis=1), strict=True):
        share = 0.5 * share + 0.5 * (looked @ share)
        share = 0.5 * share + 0.5 * (read @ back)
    total = share.sum(axis=1, keepdims=True)
    scaled: Array = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    return scaled


def shown_map(kind: str, controls: Controls, steps: Sequence[Step], encoder_weights: Array | None) -> Array:
    """Return the map that the controls' layer, head and aggregate name, (rows, columns)."""
    maps = head_maps(kind, steps, encoder_weights)
    if not maps.size:
        return np.zeros(maps.shape[2:], dtype=np.float32)
    if controls.aggregate == ROLLOUT:
        if kind != CROSS:
            return rollout(maps)
        return cross_rollout(maps, head_maps(SELF, steps, None), encoder_weights)
    chosen = maps if controls.layer is None else maps[[controls.layer]]
    if controls.head is not None:
        chosen = chosen[:, [controls.head]]
    return aggregated(chosen, controls.aggregate or "mean")


def shown_row(heads: HeadStep, controls: Controls) -> tuple[Array, Array]:
    """Return scores and weights, (src_len,) each, of the cross-attention that the controls show in one step.

    Several heads as one have the mean of their scores, whatever the weights' aggregate. Rollout follows the steps
    before, so `seen_through` alone can show it; here it counts as the mean.
    """
    scores, weights = heads.cross_scores, heads.cross_weights
    if controls.layer is not None:
        scores, weights = scores[[controls.layer]], weights[[controls.layer]]
        if controls.head is not None:
            return scores[0, controls.head], weights[0, controls.head]
    combined: Array = weights.max(axis=(0, 1)) if controls.aggregate == "max" else weights.mean(axis=(0, 1))
    return scores.mean(axis=(0, 1)), combined


def heads_weights(heads: HeadStep, layer: int | None, head: int | None) -> Array:
    """Return the weights of a head of cross-attention, or the mean of a layer's or of all heads, (src_len,)."""
    chosen = heads.cross_weights if layer is None else heads.cross_weights[[layer]]
    if head is not None:
        chosen = chosen[:, [head]]
    mean: Array = chosen.mean(axis=(0, 1))
    return mean


def seen_through(steps: Sequence[Step], controls: Controls, encoder_weights: Array | None) -> list[Step]:
    """Return a Transformer's steps with the scores and weights of the heads that the controls show."""
    shown = [shown_row(heads_of(step), controls) for step in steps]
    followed = shown_map(CROSS, controls, steps, encoder_weights) if controls.aggregate == ROLLOUT else None
    return [
        dataclasses.replace(step, scores=scores, weights=weights if followed is None else followed[row])
        for row, (step, (scores, weights)) in enumerate(zip(steps, shown, strict=True))
    ]


def figures(weights: Array) -> HeadFigures:
    """Return the figures of one head's map (rows, columns); rows without weight count with 0."""
    if not weights.size:
        return HeadFigures(0.0, 0.0, 0.0)
    values = weights.astype(np.float64)
    logs = np.log2(values, out=np.zeros_like(values), where=values > 0)
    apart = np.abs(np.arange(values.shape[0])[:, None] - np.arange(values.shape[1]))
    rows, total = len(values), float(values.sum())
    return HeadFigures(
        entropy=float(max(0.0, -(values * logs).sum() / rows)),
        distance=float((values * apart).sum() / rows),
        diagonal=float(values[apart <= NEAR].sum() / total) if total > 0 else 0.0,
    )


def all_heads(kind: str, layers: int, heads: int) -> tuple[HeadKey, ...]:
    """Return the keys of every head of a kind, layer by layer."""
    return tuple(HeadKey(kind, layer, head) for layer in range(layers) for head in range(heads))
