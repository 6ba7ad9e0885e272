"""How the next token is chosen from what the model gives: the most probable one, or a draw."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.controls import STRATEGIES, TEMPERATURE, TOP_K, Strategy
from explorer.runtime.labels import printable
from explorer.runtime.trace import Array

COLDEST, HOTTEST = 0.05, 5.0
"""Bounds of the temperature that logits are divided by."""

TOKEN_STREAM = 1
"""Keeps the noise of tokens apart from that of hard attention, which has the same seeds and positions."""


class Chosen(NamedTuple):
    """A choice among the tokens of one step.

    Attributes:
        token: The token.
        eligible: How many tokens, the most probable ones, could have been drawn; None where none is cut off.
    """

    token: int
    eligible: int | None


def check_strategy(strategy: Strategy) -> Strategy:
    """Return a strategy, its name spelled as in `STRATEGIES`: "-" counts as "_", capitals as small letters.

    Raises:
        InputError: An unknown name or a number out of range.
    """
    name = strategy.name.lower().replace("-", "_")
    if name not in STRATEGIES:
        raise InputError(f"strategy {printable(strategy.name)!r} is not known; there is: {', '.join(STRATEGIES)}")
    if not math.isfinite(strategy.temperature) or not COLDEST <= strategy.temperature <= HOTTEST:
        raise InputError(
            f"sampling temperature {strategy.temperature:g} is out of range; it goes from {COLDEST:g} to {HOTTEST:g}"
        )
    if strategy.top_k < 1:
        raise InputError(f"top-k {strategy.top_k} is below 1")
    if not 0.0 < strategy.top_p <= 1.0:
        raise InputError(f"top-p {strategy.top_p:g} is out of range; it is above 0 and at most 1")
    if strategy.seed < 0:
        raise InputError(f"seed {strategy.seed} is below 0")
    return strategy.replace(name=name)


def choose(logits: Array, excluded: tuple[int, ...], strategy: Strategy, position: int) -> Chosen:
    """Draw a token.

    The draw is an arg-max over log-probabilities with Gumbel noise (Gumbel 1954; Maddison 2014, 2), the noise a
    function of seed and position alone. So it is the same one by one and in a batch, and where two runs with one seed
    differ, their distributions do.

    Args:
        logits: The model's, (vocab,).
        excluded: Tokens that are never chosen.
        strategy: Any but greedy.
        position: Number of the step.
    """
    scaled = logits.astype(np.float64) / strategy.temperature  # (vocab,)
    scaled[list(excluded)] = -np.inf
    kept = _kept(scaled, strategy)
    noise = np.random.default_rng([strategy.seed, position, TOKEN_STREAM]).gumbel(size=len(scaled))
    if kept is None:
        return Chosen(int((scaled + noise).argmax()), None)
    return Chosen(int(kept[(scaled[kept] + noise[kept]).argmax()]), len(kept))


def _kept(scaled: npt.NDArray[np.float64], strategy: Strategy) -> npt.NDArray[np.intp] | None:
    """Return the tokens that can be drawn, the most probable first; None for all of them."""
    if strategy.name == TEMPERATURE:
        return None
    order = np.argsort(-scaled, kind="stable")  # (vocab,)
    order = order[: int(np.isfinite(scaled).sum())]
    if strategy.name == TOP_K:
        return order[: strategy.top_k]
    shares = np.exp(scaled[order] - scaled[order[0]])
    before = np.cumsum(shares) - shares  # what the tokens ahead of each have together
    return order[: max(1, int((before < strategy.top_p * shares.sum()).sum()))]
