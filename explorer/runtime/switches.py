"""Controls against a card: defaults, checks, and the numbers that the step graph takes."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Sequence

import numpy as np

from explorer.errors import InputError
from explorer.runtime.card import Card, Range
from explorer.runtime.controls import SHARPEST_TEMPERATURE, BiasEdit, Controls
from explorer.runtime.graphs import Feeds
from explorer.runtime.labels import printable
from explorer.runtime.trace import Array

HARD = "hard"
LOCAL = ("local_m", "local_p")
"""Attention types that read the noise, and that have a centre."""

GREATEST_BIAS = 1e4
"""Greatest finite bias; far above any score, far below what float32 divides by the sharpest temperature."""


def default_controls(card: Card) -> Controls:
    """Return the switches that a card starts with."""
    switches = card.switches
    return Controls(switches.alignment, switches.attention, switches.window.default, switches.temperature.default)


def combinations(card: Card) -> list[tuple[str, str]]:
    """Return every (alignment, attention) of a card, in its order."""
    return list(itertools.product(card.switches.alignments, card.switches.attentions))


def check_controls(card: Card, controls: Controls) -> Controls:
    """Return controls that the model has, names spelled as the card spells them.

    "-" and spaces in names count as "_", capitals as small letters.

    Raises:
        InputError: An unknown name (the message has the nearest), or a number out of range.
    """
    switches = card.switches
    window = _in_range("window", controls.window, switches.window)
    temperature = _in_range("temperature", controls.temperature, switches.temperature)
    if controls.seed is not None and controls.seed < 0:
        raise InputError(f"seed {controls.seed} is below 0")
    for edit in controls.bias:
        _check_edit(edit)
    return controls.replace(
        alignment=_known("alignment", controls.alignment, switches.alignments),
        attention=_known("attention", controls.attention, switches.attentions),
        window=window,
        temperature=temperature,
    )


def check_bias(controls: Controls, src_len: int) -> None:
    """Check that bias edits are inside a source of `src_len` tokens.

    Raises:
        InputError: One is not.
    """
    for edit in controls.bias:
        if edit.source >= src_len:
            raise InputError(f"bias on source position {edit.source}, but the source has {src_len} tokens")


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
    shape = (len(rows), max(lengths))
    bias, noise = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for row, ((position, controls), src_len) in enumerate(zip(rows, lengths, strict=True)):
        for edit in controls.bias:
            if edit.step is None or edit.step == position:
                bias[row, edit.source] += edit.value
        if controls.seed is not None and controls.attention == HARD:
            noise[row, :src_len] = gumbel_noise(controls.seed, position, src_len)
    return {
        "position": np.array([position for position, _ in rows], dtype=np.int64),
        "alignment": np.array([switches.alignments.index(c.alignment) for _, c in rows], dtype=np.int64),
        "attention": np.array([switches.attentions.index(c.attention) for _, c in rows], dtype=np.int64),
        "window": np.array([controls.window for _, controls in rows], dtype=np.float32),
        "temperature": np.array([controls.temperature for _, controls in rows], dtype=np.float32),
        "bias": bias,
        "noise": noise,
    }


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


def _check_edit(edit: BiasEdit) -> None:
    if edit.source < 0 or (edit.step is not None and edit.step < 0):
        raise InputError(f"bias on source position {edit.source} of step {edit.step}: both count from 0")
    if edit.value != -math.inf and not abs(edit.value) <= GREATEST_BIAS:
        raise InputError(f"bias {edit.value:g} is neither -inf nor between {-GREATEST_BIAS:g} and {GREATEST_BIAS:g}")
