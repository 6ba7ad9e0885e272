"""How one row of attention weights comes about, stage by stage: pure functions from what a trace keeps.

A stage is what every position has at that point. The last one is the weight, computed here from the scores and not
copied from the trace, so that the figures on the screen are the mechanism itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.runtime.controls import BiasEdit, Controls, HeadKey, Place
from explorer.runtime.heads import CROSS, heads_of
from explorer.runtime.locality import columns_of, distances, gaussian
from explorer.runtime.switches import HARD, LOCAL, gumbel_noise
from explorer.runtime.trace import Picture, Step, Trace

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all positions have after one operation.

    Attributes:
        name: The operation or its result, at most 8 cells: "q·k", "÷ √64", "weight".
        values: One value a position, (count,); -inf where the position is masked.
        share: Whether the values lie in 0..1 by their nature, so that bars are drawn against 1.
    """

    name: str
    values: Values
    share: bool = False


def shown_stages(
    step: Step, controls: Controls, head_size: int | None, picture: Picture | None = None
) -> tuple[Stage, ...]:
    """Return the stages of the row of a trace's main grid.

    Args:
        step: The step.
        controls: The switches that it was computed under.
        head_size: n of a Transformer's heads; None for a recurrent model.
        picture: The source, where it is a picture.

    Returns:
        The stages; none where several heads are shown as one, which no single softmax made.
    """
    if head_size is None:
        return recurrent_stages(step, controls, picture)
    if controls.layer is None or controls.head is None:
        return ()
    return cross_stages(step, controls, HeadKey(CROSS, controls.layer, controls.head), head_size)


def cross_stages(step: Step, controls: Controls, key: HeadKey, head_size: int) -> tuple[Stage, ...]:
    """Return the stages of one head of cross-attention: product, scaling, mask, temperature, softmax."""
    scores = heads_of(step).cross_scores[key.layer, key.head]
    bias = _added(step, controls) + _added_in(step, controls, key)
    return dot_product_stages(scores, bias, controls.temperature, head_size)


def self_stages(step: Step, key: HeadKey, head_size: int, count: int) -> tuple[Stage, ...]:
    """Return the stages of one head of the decoder's self-attention.

    Args:
        step: The step.
        key: The head.
        head_size: n, the size of its queries and keys.
        count: Positions of the row; those after the step's own are masked, and have no score.
    """
    known = heads_of(step).self_scores[key.layer, key.head]
    scores = np.full(max(count, len(known)), np.nan)
    scores[: len(known)] = known
    bias = np.where(np.isnan(scores), -np.inf, 0.0)
    return dot_product_stages(scores, bias, 1.0, head_size)


def dot_product_stages(
    scores: npt.NDArray[np.floating], bias: npt.NDArray[np.floating], temperature: float, head_size: int
) -> tuple[Stage, ...]:
    """Return the stages of scaled dot-product attention (Vaswani 2017, 3.2.1).

    Args:
        scores: q·k / √n, (count,); NaN where a mask keeps them from being computed.
        bias: What is added to them, (count,); -inf masks.
        temperature: T, which divides score + bias.
        head_size: n, the size of query and key.

    Returns:
        q·k, q·k / √n, the same with bias and mask, divided by T where that is not 1, e^x of the difference to the
        greatest, and the weight.
    """
    scaled = scores.astype(np.float64)
    masked = _masked(scaled, bias)
    stages = [
        Stage("q·k", scaled * math.sqrt(head_size)),
        Stage(f"÷ √{head_size}", scaled),
        Stage("+ mask", masked),
    ]
    return (*stages, *_softmax_stages(masked, temperature))


def encoder_stages(trace: Trace, key: HeadKey, row: int, head_size: int) -> tuple[Stage, ...]:
    """Return the stages of one row of the encoder's self-attention; none where the trace has no scores of it."""
    if trace.encoder_scores is None:
        return ()
    scores = trace.encoder_scores[key.layer, key.head, row]
    return dot_product_stages(scores, np.zeros(len(scores)), 1.0, head_size)


def recurrent_stages(step: Step, controls: Controls, picture: Picture | None = None) -> tuple[Stage, ...]:
    """Return the stages of a recurrent model's row under its attention type.

    Global: score, bias, temperature, softmax. Local: a window before the softmax, and a Gaussian after it under local-p
    (Luong 2015, 3.2). Hard: noise where a seed draws it, then the arg-max (Xu 2015, 4.1). None has no stages.
    """
    if controls.attention == "none":
        return ()
    scores = step.scores.astype(np.float64)
    stages = [Stage("score", scores)]
    bias = _added(step, controls)
    masked = _masked(scores, bias)
    if bias.any():
        stages.append(Stage("+ bias", masked))
    if controls.attention in LOCAL:
        apart, _ = distances(step, columns_of(picture))
        masked = np.where(apart <= controls.window, masked, -np.inf)
        stages.append(Stage("window", masked))
    if controls.attention == HARD:
        return (*stages, *_hard_stages(masked, step.position, controls))
    softened = _softmax_stages(masked, controls.temperature)
    if controls.attention != "local_p":
        return (*stages, *softened)
    *before, soft = softened
    _, squared = distances(step, columns_of(picture))
    curve = gaussian(squared, controls.window)
    return (
        *stages,
        *before,
        Stage("softmax", soft.values, share=True),
        Stage("Gaussian", curve, share=True),
        Stage("weight", soft.values * curve, share=True),
    )


def _added(step: Step, controls: Controls) -> Values:
    """Return what was added to a step's scores, (src_len,): wanted weights stand in it as the bias that gives them."""
    if step.bias is not None:
        return step.bias.astype(np.float64)
    return bias_of(controls.bias, step.position, len(step.scores))


def _added_in(step: Step, controls: Controls, key: HeadKey) -> Values:
    """Return what was added in one head of cross-attention besides, (src_len,)."""
    if step.head_bias is not None:
        added: Values = step.head_bias[key.layer, key.head].astype(np.float64)
        return added
    return bias_of(controls.bias, step.position, len(step.scores), (key.layer, key.head))


def bias_of(edits: Sequence[BiasEdit], position: int, count: int, place: Place | None = None) -> Values:
    """Return what edits add to the scores of a step, (count,): those of every head, or of one alone."""
    bias = np.zeros(count)
    for edit in edits:
        if edit.place == place and edit.step in (None, position):
            bias[edit.source] += edit.value
    return bias


def _masked(scores: Values, bias: npt.NDArray[np.floating]) -> Values:
    return np.where(np.isneginf(bias), -np.inf, scores + np.where(np.isneginf(bias), 0.0, bias))


def _softmax_stages(logits: Values, temperature: float) -> tuple[Stage, ...]:
    """Return the division by the temperature where there is one, e^x and the weight; fully masked: all 0."""
    stages: list[Stage] = []
    if temperature != 1.0:
        logits = logits / temperature
        stages.append(Stage(f"÷ T {temperature:.3g}", logits))
    greatest = logits.max(initial=-np.inf)
    powers = np.exp(logits - greatest) if np.isfinite(greatest) else np.zeros_like(logits)
    total = powers.sum()
    weights = powers / total if total > 0 else powers
    return (*stages, Stage("eˣ", powers, share=True), Stage("weight", weights, share=True))


def _hard_stages(logits: Values, position: int, controls: Controls) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    if controls.temperature != 1.0:
        logits = logits / controls.temperature
        stages.append(Stage(f"÷ T {controls.temperature:.3g}", logits))
    if controls.seed is not None:
        logits = logits + gumbel_noise(controls.seed, position, len(logits))
        stages.append(Stage("+ noise", logits))
    chosen = np.zeros_like(logits)
    if np.isfinite(logits).any():
        chosen[int(logits.argmax())] = 1.0
    return (*stages, Stage("arg-max", chosen, share=True))
