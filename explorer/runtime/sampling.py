"""How the next token is chosen from what the model gives: the most probable one, or a draw."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.controls import STRATEGIES, TEMPERATURE, TOP_K, Strategy
from explorer.runtime.labels import printable
from explorer.runtime.trace import Array, Draw

COLDEST, HOTTEST = 0.05, 5.0
"""Bounds of the temperature that logits are divided by."""

TOKEN_STREAM = 1
"""Keeps the noise of tokens apart from that of hard attention, which has the same seeds and positions."""


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


def choose(
    logits: Array, normaliser: float, excluded: tuple[int, ...], strategy: Strategy, position: int
) -> tuple[int, Draw]:
    """Draw a token.

    The draw is an arg-max over log-probabilities with Gumbel noise (Gumbel 1954; Maddison 2014, 2), the noise a
    function of seed and position alone. So it is the same one by one and in a batch, and where two runs with one seed
    differ, their distributions do.

    Args:
        logits: The model's, (vocab,).
        normaliser: log Σ exp(logit).
        excluded: Tokens that are never chosen.
        strategy: Any but greedy.
        position: Number of the step.

    Returns:
        The token, and what it was drawn from.
    """
    heat = strategy.temperature
    scaled = (logits.astype(np.float64) - normaliser) / heat  # (vocab,): log-probabilities over the temperature
    scaled[list(excluded)] = -np.inf
    noise = np.random.default_rng([strategy.seed, position, TOKEN_STREAM]).gumbel(size=len(scaled))
    if strategy.name == TEMPERATURE:
        token, seen = int((scaled + noise).argmax()), scaled[np.isfinite(scaled)]
    else:
        kept = _kept(scaled, strategy)
        token, seen = int(kept[(scaled[kept] + noise[kept]).argmax()]), scaled[kept]
    greatest = float(seen.max())
    return token, Draw(len(seen), heat, greatest + math.log(float(np.exp(seen - greatest).sum())))


def _kept(scaled: npt.NDArray[np.float64], strategy: Strategy) -> npt.NDArray[np.intp]:
    """Return the tokens that top-k or top-p leaves, the most probable first."""
    order = np.argsort(-scaled, kind="stable")  # (vocab,)
    order = order[: int(np.isfinite(scaled).sum())]
    if strategy.name == TOP_K:
        return order[: strategy.top_k]
    shares = np.exp(scaled[order] - scaled[order[0]])
    before = np.cumsum(shares) - shares  # what the tokens ahead of each have together
    return order[: max(1, int((before < strategy.top_p * shares.sum()).sum()))]
