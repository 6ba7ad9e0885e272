"""Controls against a card: defaults, checks, and the numbers that the step graph takes."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Sequence

import numpy as np

from explorer.errors import InputError
from explorer.runtime.card import Card, Heads, Range
from explorer.runtime.controls import SHARPEST_TEMPERATURE, BiasEdit, Controls, HeadKey, WeightEdit
from explorer.runtime.graphs import Feeds
from explorer.runtime.heads import AGGREGATES, ENCODER, KINDS, ROLLOUT
from explorer.runtime.labels import printable
from explorer.runtime.sampling import check_strategy
from explorer.runtime.trace import Array

HARD = "hard"
LOCAL = ("local_m", "local_p")
GLOBAL = "global"
NONE = "none"
"""Attention types that read the noise, that have a centre, that weigh all positions, and that give none a weight."""

NO_WINDOW = 0.0
"""D of a model without local attention."""

GREATEST_BIAS = 1e4
"""Greatest finite bias; far above any score, far below what float32 divides by the sharpest temperature."""


def default_controls(card: Card) -> Controls:
    """Return the switches that a card starts with."""
    switches = card.switches
    window = switches.window.default if switches.window is not None else NO_WINDOW
    controls = Controls(switches.alignment, switches.attention, window, switches.temperature.default)
    if card.heads is None:
        return controls
    aggregate = "mean" if switches.head is None else None
    return controls.replace(layer=switches.layer, head=switches.head, aggregate=aggregate)


def combinations(card: Card) -> list[tuple[str, str]]:
    """Return every (alignment, attention) of a card, in its order."""
    return list(itertools.product(card.switches.alignments, card.switches.attentions))


def check_controls(card: Card, controls: Controls) -> Controls:
    """Return controls that the model has, names spelled as the card spells them.

    "-" and spaces in names count as "_", capitals as small letters.

    Raises:
        InputError: An unknown name (the message has the nearest), a number out of range, or something that models of
            this family do not have.
    """
    switches = card.switches
    window = _checked_window(card, controls.window)
    temperature = _in_range("temperature", controls.temperature, switches.temperature)
    if controls.seed is not None and controls.seed < 0:
        raise InputError(f"seed {controls.seed} is below 0")
    for edit in controls.bias:
        _check_edit(card, edit)
    for wanted in controls.weights:
        _check_weight(card, wanted)
    check_heads(card, controls)
    return controls.replace(
        alignment=_known("alignment", controls.alignment, switches.alignments),
        attention=_known("attention", controls.attention, switches.attentions),
        window=window,
        temperature=temperature,
        removed=tuple(sorted(set(controls.removed))),
        strategy=check_strategy(controls.strategy),
    )


def check_heads(card: Card, controls: Controls) -> None:
    """Check which heads are shown and which are removed.

    Raises:
        InputError: A head, layer or aggregate that the model does not have, or that do not go together.
    """
    counts = card.heads
    if counts is None:
        if (controls.layer, controls.head, controls.aggregate) != (None, None, None) or controls.removed:
            raise InputError(f"{card.name} has neither layers nor heads; it is no Transformer")
        return
    check_shown(counts, controls)
    for key in controls.removed:
        _check_key(counts, key)


def check_shown(counts: Heads, controls: Controls) -> None:
    """Check which heads of so many are shown.

    Raises:
        InputError: A head, layer or aggregate that there is not, or that do not go together.
    """
    if controls.aggregate is not None and controls.aggregate not in AGGREGATES:
        raise InputError(f"aggregate {printable(controls.aggregate)!r} is not known; there is: {', '.join(AGGREGATES)}")
    if controls.head is not None and controls.layer is None:
        raise InputError(f"head {controls.head} needs a layer, 0 to {counts.layers - 1}")
    if controls.head is not None and controls.aggregate is not None:
        raise InputError(f"either one head or {controls.aggregate} of several, not both")
    if controls.head is None and controls.aggregate is None:
        raise InputError("one head has to be named, or how several are shown as one")
    if controls.layer is not None and controls.aggregate == ROLLOUT:
        raise InputError("rollout goes through all layers; leave the layer out")
    for name, number, count in (("layer", controls.layer, counts.layers), ("head", controls.head, counts.heads)):
        if number is not None and not 0 <= number < count:
            raise InputError(f"{name} {number} is out of range; it goes from 0 to {count - 1}")


def showing(card: Card, controls: Controls, layer: int | None, head: int | None, aggregate: str | None) -> Controls:
    """Return controls that show what a person asked for: one head, or several as one, by default their mean.

    With nothing asked for the controls stay as they are.

    Raises:
        InputError: As `check_heads`.
    """
    if (layer, head, aggregate) == (None, None, None):
        return controls
    if head is None and aggregate is None:
        aggregate = "mean"
    asked = controls.replace(layer=layer, head=head, aggregate=aggregate)
    check_heads(card, asked)
    return asked


def _check_key(counts: Heads, key: HeadKey) -> None:
    layers = counts.encoder_layers if key.kind == ENCODER else counts.layers
    if key.kind not in KINDS or not 0 <= key.layer < layers or not 0 <= key.head < counts.heads:
        raise InputError(f"there is no head {key.head} in layer {key.layer} of {printable(key.kind)} attention")


def _checked_window(card: Card, window: float) -> float:
    if card.switches.window is not None:
        return _in_range("window", window, card.switches.window)
    if window != NO_WINDOW:
        raise InputError(f"{card.name} has no local attention, so no window")
    return NO_WINDOW


def check_bias(controls: Controls, src_len: int) -> None:
    """Check that edits of scores and weights are inside a source of `src_len` tokens.

    Raises:
        InputError: One is not.
    """
    for edit in controls.bias:
        if edit.source >= src_len:
            raise InputError(f"bias on source position {edit.source}, but the source has {src_len} tokens")
    for wanted in controls.weights:
        if wanted.source >= src_len:
            raise InputError(f"weight on source position {wanted.source}, but the source has {src_len} tokens")


def switch_feeds(card: Card, rows: Sequence[tuple[int, Controls]], lengths: Sequence[int]) -> Feeds:
    """Return the step graph's switch inputs.

    Args:
        card: Gives the numbers of alignments and attention types.
        rows: (position, controls) of each row of the batch.
        lengths: Real src_len of each row; the longest gives the width.

    Returns:
        position, alignment, attention, window, temperature (batch,); bias, noise (batch, src_len).
    """
    switches = card.switches
    noise = np.zeros((len(rows), max(lengths)), dtype=np.float32)
    for row, ((position, controls), src_len) in enumerate(zip(rows, lengths, strict=True)):
        if controls.seed is not None and controls.attention == HARD:
            noise[row, :src_len] = gumbel_noise(controls.seed, position, src_len)
    return {
        "position": np.array([position for position, _ in rows], dtype=np.int64),
        "alignment": np.array([switches.alignments.index(c.alignment) for _, c in rows], dtype=np.int64),
        "attention": np.array([switches.attentions.index(c.attention) for _, c in rows], dtype=np.int64),
        "window": np.array([controls.window for _, controls in rows], dtype=np.float32),
        "temperature": np.array([controls.temperature for _, controls in rows], dtype=np.float32),
        "bias": bias_rows(rows, max(lengths)),
        "noise": noise,
    }


def bias_rows(rows: Sequence[tuple[int, Controls]], src_len: int) -> Array:
    """Return what is added to the scores of each row in every head, (batch, src_len)."""
    bias = np.zeros((len(rows), src_len), dtype=np.float32)
    for row, (position, controls) in enumerate(rows):
        for edit in controls.bias:
            if edit.place is None and edit.step in (None, position):
                bias[row, edit.source] += edit.value
    return bias


def head_bias_rows(rows: Sequence[tuple[int, Controls]], layers: int, heads: int, src_len: int) -> Array | None:
    """Return what is added in single heads of each row, (batch, layers, heads, src_len); None where nothing is."""
    if not any(edit.place for _, controls in rows for edit in controls.bias):
        return None
    bias = np.zeros((len(rows), layers, heads, src_len), dtype=np.float32)
    for row, (position, controls) in enumerate(rows):
        for edit in controls.bias:
            if edit.place is not None and edit.step in (None, position):
                bias[row, *edit.place, edit.source] += edit.value
    return bias if bias.any() else None


def gumbel_noise(seed: int, position: int, src_len: int) -> Array:
    """Return standard Gumbel noise of one step, (src_len,): the same for a seed and a position, however it is asked.

    Adding it to logits and taking the arg-max samples from their softmax (Gumbel 1954; Maddison 2014, 2).
    """
    return np.random.default_rng([seed, position]).gumbel(size=src_len).astype(np.float32)


def _known(kind: str, name: str, names: Sequence[str]) -> str:
    spelled = "_".join(name.lower().replace("-", " ").replace("_", " ").split())
    if spelled in names:
        return spelled
    near = difflib.get_close_matches(spelled, names, n=1, cutoff=0.5)
    listed = ", ".join(names)
    advice = f"did you mean {near[0]}? (there is: {listed})" if near else f"there is: {listed}"
    raise InputError(f"{kind} {printable(name)!r} is not known; {advice}")


def _in_range(kind: str, value: float, limits: Range) -> float:
    if not math.isfinite(value) or not limits.minimum <= value <= limits.maximum:
        raise InputError(f"{kind} {value:g} is out of range; it goes from {limits.minimum:g} to {limits.maximum:g}")
    if kind == "temperature" and value < SHARPEST_TEMPERATURE:
        raise InputError(f"temperature {value:g} is below {SHARPEST_TEMPERATURE:g}")
    return float(value)


def _check_edit(card: Card, edit: BiasEdit) -> None:
    if edit.source < 0 or (edit.step is not None and edit.step < 0):
        raise InputError(f"bias on source position {edit.source} of step {edit.step}: both count from 0")
    if edit.value != -math.inf and not abs(edit.value) <= GREATEST_BIAS:
        raise InputError(f"bias {edit.value:g} is neither -inf nor between {-GREATEST_BIAS:g} and {GREATEST_BIAS:g}")
    if (edit.layer is None) != (edit.head is None):
        raise InputError(f"bias in head {edit.head} of layer {edit.layer}: both are named, or neither")
    _check_edited(card, "bias", edit.layer, edit.head)


def _check_weight(card: Card, edit: WeightEdit) -> None:
    if edit.source < 0 or (edit.step is not None and edit.step < 0):
        raise InputError(f"weight on source position {edit.source} of step {edit.step}: both count from 0")
    if not 0.0 < edit.weight <= 1.0:
        raise InputError(f"weight {edit.weight:g} is out of range; it is above 0, at most 1")
    if edit.alone and edit.head is None:
        raise InputError("a weight in one head alone names that head")
    _check_edited(card, "weight", edit.layer, edit.head)


def _check_edited(card: Card, kind: str, layer: int | None, head: int | None) -> None:
    """Check that the model has the head or layer that an edit names, if any."""
    counts = card.heads
    if layer is None and head is None:
        return
    if counts is None:
        raise InputError(f"{card.name} has neither layers nor heads; it is no Transformer")
    if layer is None or not 0 <= layer < counts.layers:
        raise InputError(f"a {kind} of layer {layer}; layers go from 0 to {counts.layers - 1}")
    if head is not None and not 0 <= head < counts.heads:
        raise InputError(f"a {kind} of head {head}; heads go from 0 to {counts.heads - 1}")
