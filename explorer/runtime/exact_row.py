"""One row whose weights are typed: the bias in closed form, and the row with a bias in place of its wishes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit
from explorer.runtime.edits import bias_edits
from explorer.runtime.family import Look, Slot
from explorer.runtime.graphs import Memory, State
from explorer.runtime.switches import bias_rows

Values = npt.NDArray[np.float64]

FULL = 1.0 - 1e-6
"""Weights that together are more leave nothing for the rest of the row."""


def exact_bias(
    scores: Values, bias: Values, inside: npt.NDArray[np.bool_], weights: Mapping[int, float], temperature: float
) -> Values:
    """Return the bias under which the softmax has wanted weights, the rest of the row shared as before.

    Args:
        scores: Alignment scores, (src_len,).
        bias: What is added to them already, (src_len,); -inf masks.
        inside: False where a window leaves a position no weight, (src_len,).
        weights: Wanted weight of some positions. Those outside of the window are passed over; more than 1 together are
            scaled to 1; a mask gives way to them.
        temperature: T, which divides score + bias.

    Returns:
        (src_len,); where no wanted position is inside, `bias` itself.
    """
    chosen = [source for source in weights if inside[source] and weights[source] > 0]
    if not chosen:
        return bias
    share = np.array([weights[source] for source in chosen], dtype=np.float64)
    found = bias.copy()
    logits = np.where(inside, (scores + bias) / temperature, -np.inf)
    logits[chosen] = -np.inf
    rest = 1.0 - float(share.sum())
    greatest = float(logits.max(initial=-np.inf))
    if rest <= 1.0 - FULL or not math.isfinite(greatest):
        found[:] = -np.inf  # nothing is left for the others, or there are none
        found[chosen] = temperature * np.log(share / share.sum()) - scores[chosen]
        return found
    mass = greatest + math.log(float(np.exp(logits - greatest).sum()))
    found[chosen] = temperature * (np.log(share / rest) + mass) - scores[chosen]
    return found


def settled(slot: Slot, bias: Values, heads: Sequence[BiasEdit] | None = None) -> Slot:
    """Return a slot whose controls add exactly `bias` at its step in every head, and wish for no weight.

    Args:
        slot: The row.
        bias: (src_len,).
        heads: What is added in single heads besides; None for the slot's own edits.
    """
    own = in_heads(slot) if heads is None else heads
    edits = (*bias_edits(slot.position, bias), *own)
    return dataclasses.replace(slot, controls=slot.controls.replace(bias=edits, weights=()))


def in_heads(slot: Slot) -> list[BiasEdit]:
    """Return the edits of scores of single heads that act at a slot's step."""
    return [edit for edit in slot.controls.bias if edit.place is not None and edit.step in (None, slot.position)]


def plain(slot: Slot) -> Values:
    """Return what the edits of scores add at a slot's step in every head, (src_len,)."""
    bias: Values = bias_rows([(slot.position, slot.controls)], slot.src_len)[0].astype(np.float64)
    return bias


def looks(bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot]) -> list[Look]:
    """Return what each row looks at under its slot's edits of scores: one call of the step graph."""
    result = bundle.graphs.step(memory, state, bundle.family.feeds(slots))
    states = bundle.family.states(bundle.graphs, result.state)
    return [bundle.family.look(result, states, row, slot) for row, slot in enumerate(slots)]
