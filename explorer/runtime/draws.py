"""Hard attention drawn again and again: how often each position is chosen, beside its probability (Xu 2015, 4.1)."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from explorer.runtime.controls import Controls
from explorer.runtime.switches import gumbel_noise
from explorer.runtime.trace import Step

Values = npt.NDArray[np.float64]

DRAWS = 100
"""Samples that are counted: those of the seeds from 1 on."""


def soft_weights(step: Step, controls: Controls) -> Values:
    """Return the probability with which hard attention draws each position, (src_len,): the soft weights.

    A row that is masked everywhere is 0.
    """
    logits = _logits(step, controls)
    greatest = float(logits.max(initial=-np.inf))
    if not np.isfinite(greatest):
        return np.zeros(len(logits))
    powers = np.exp(logits - greatest)
    shares: Values = powers / powers.sum()
    return shares


def draw_shares(step: Step, controls: Controls, draws: int = DRAWS) -> Values:
    """Return the share of samples that choose each position, (src_len,), over the seeds from 1 to `draws`."""
    logits = _logits(step, controls)
    if not np.isfinite(logits).any():
        return np.zeros(len(logits))
    chosen = (logits + _noise(step.position, len(logits), draws)).argmax(axis=1)
    shares: Values = np.bincount(chosen, minlength=len(logits)) / draws
    return shares


def _logits(step: Step, controls: Controls) -> Values:
    logits = step.scores.astype(np.float64)
    if step.bias is not None:
        logits = logits + step.bias
    scaled: Values = logits / controls.temperature
    return scaled


@functools.lru_cache(maxsize=64)
def _noise(position: int, src_len: int, draws: int) -> npt.NDArray[np.float32]:
    """Return the noise of all seeds at a step, (draws, src_len): the same that the decoder feeds for a seed."""
    noise = np.stack([gumbel_noise(seed, position, src_len) for seed in range(1, draws + 1)])
    noise.setflags(write=False)
    return noise
