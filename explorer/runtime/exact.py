"""The bias that gives a cell the weight that a person typed, found for the scores of the very step.

A recurrent model's scores do not depend on the bias, so one call of the graph for the scores is enough. In a
Transformer the bias of a layer changes the scores of the layers above, and a mean of heads has no closed form: there
the bias is found by repeated calls.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, WeightEdit
from explorer.runtime.family import Look, Slot
from explorer.runtime.graphs import Memory, State, take_memory, take_state
from explorer.runtime.heads import heads_weights
from explorer.runtime.locality import distances, gaussian
from explorer.runtime.switches import LOCAL, bias_rows
from explorer.runtime.trace import HeadStep

Values = npt.NDArray[np.float64]

MOST_CALLS = 60
"""Calls of a Transformer's graph for one bias at most; a head or a mean of heads takes about five."""
NEAR_ENOUGH = 1e-4
"""A Transformer's weight may be so far from what was typed."""
FULL = 1.0 - 1e-6
"""Weights that together are more leave nothing for the rest of the row."""
_STEEPEST, _FLATTEST = 2.0, 0.05
_LONGEST = 12.0
"""Greatest change of a bias in one call, in temperatures."""


def with_exact_bias(bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot]) -> list[Slot]:
    """Return slots in whose controls every wanted weight has become a bias.

    Args:
        bundle: The model.
        memory: The rows' encoded sources.
        state: The rows' states before the step.
        slots: What the rows are computed for.
    """
    wanted = {row: slot.controls.weights_at(slot.position) for row, slot in enumerate(slots) if slot.controls.weights}
    rows = [row for row, weights in wanted.items() if weights and slots[row].controls.attention != "none"]
    found = list(slots)
    for row, weights in wanted.items():
        if not weights:
            found[row] = _settled(slots[row], _plain(slots[row]))
    if not rows:
        return found
    part = [slots[row] for row in rows]
    if len(rows) < len(slots):
        memory, state = take_memory(bundle.graphs, memory, rows), take_state(bundle.graphs, state, rows)
    targets = [wanted[row] for row in rows]
    find = _by_calls if bundle.card.heads is not None else _by_scores
    for row, slot, bias in zip(rows, part, find(bundle, memory, state, part, targets), strict=True):
        found[row] = _settled(slot, bias)
    return found


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


def _settled(slot: Slot, bias: Values) -> Slot:
    """Return a slot whose controls add exactly `bias` at its step."""
    edits = tuple(BiasEdit(slot.position, place, value) for place, value in enumerate(bias.tolist()) if value)
    return dataclasses.replace(slot, controls=slot.controls.replace(bias=edits, weights=()))


def _plain(slot: Slot) -> Values:
    """Return what the edits of scores add at a slot's step."""
    bias: Values = bias_rows([(slot.position, slot.controls)], slot.src_len)[0].astype(np.float64)
    return bias


def _looks(bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot]) -> list[Look]:
    result = bundle.graphs.step(memory, state, bundle.family.feeds(slots))
    states = bundle.family.states(bundle.graphs, result.state)
    return [bundle.family.look(result, states, row, slot) for row, slot in enumerate(slots)]


def _by_scores(
    bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot], targets: Sequence[Mapping[int, WeightEdit]]
) -> list[Values]:
    """Return each row's bias from its scores."""
    columns = None if bundle.card.image is None else bundle.card.image.columns
    found = []
    for slot, look, edits in zip(slots, _looks(bundle, memory, state, slots), targets, strict=True):
        controls = slot.controls
        inside = np.ones(slot.src_len, dtype=np.bool_)
        weights = {source: edit.weight for source, edit in edits.items()}
        if controls.attention in LOCAL:
            apart, squared = distances(look, columns)
            inside = apart <= controls.window
            if controls.attention == "local_p":  # the weight is wanted behind the Gaussian, the softmax is before it
                curve = np.maximum(gaussian(squared, controls.window), np.finfo(np.float32).tiny)
                weights = {source: min(1.0, weight / float(curve[source])) for source, weight in weights.items()}
        scores = look.scores.astype(np.float64)
        found.append(exact_bias(scores, _plain(slot), inside, weights, controls.temperature))
    return found


def _by_calls(
    bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot], targets: Sequence[Mapping[int, WeightEdit]]
) -> list[Values]:
    """Return each row's bias, found call by call."""
    searches = [_Search(slot, edits) for slot, edits in zip(slots, targets, strict=True)]
    for _ in range(MOST_CALLS):
        open_searches = [search for search in searches if not search.done]
        if not open_searches:
            break
        looks = _looks(bundle, memory, state, [_settled(search.slot, search.bias) for search in searches])
        for search, look in zip(searches, looks, strict=True):
            if not search.done and look.heads is not None:
                search.correct(look.heads)
    return [search.bias for search in searches]


class _Search:
    """The bias of one row of a Transformer: its log-odds are driven to those wanted (a secant step each call).

    Attributes:
        slot: The row.
        bias: The present guess, (src_len,).
        done: Whether the weights are near enough.
    """

    def __init__(self, slot: Slot, edits: Mapping[int, WeightEdit]) -> None:
        self.slot = slot
        self.bias = _plain(slot)
        self.sources = sorted(edits)
        self.edits = [edits[source] for source in self.sources]
        share = np.array([edit.weight for edit in self.edits], dtype=np.float64)
        free = np.isfinite(np.delete(self.bias, self.sources)).any()
        self.full = share.sum() >= FULL or not free
        self.share: Values = share / share.sum() if self.full else share
        self.bias[self.sources] = 0.0
        if self.full:
            self.bias[[place for place in range(slot.src_len) if place not in edits]] = -np.inf
        self.done = self.full and len(self.sources) == 1
        self._before: tuple[Values, Values] | None = None

    def correct(self, heads: HeadStep) -> None:
        """Take the next guess from what the present one gave."""
        weights = np.array(
            [
                heads_weights(heads, edit.layer, edit.head)[source]
                for source, edit in zip(self.sources, self.edits, strict=True)
            ],
            dtype=np.float64,
        )
        if np.abs(weights - self.share).max() < NEAR_ENOUGH:
            self.done = True
            return
        tiny = float(np.finfo(np.float32).tiny)
        rest = 1.0 if self.full else max(1.0 - float(weights.sum()), tiny)
        odds = np.log(np.maximum(weights, tiny) / rest)
        goal = np.log(self.share / (1.0 if self.full else 1.0 - float(self.share.sum())))
        scaled = self.bias[self.sources] / self.slot.controls.temperature
        slope = np.ones_like(odds)
        if self._before is not None:
            moved, answered = scaled - self._before[0], odds - self._before[1]
            slope = np.divide(answered, moved, out=slope, where=np.abs(moved) > 1e-9)
            slope = np.clip(slope, _FLATTEST, _STEEPEST)
        self._before = scaled, odds
        change = np.clip((goal - odds) / slope, -_LONGEST, _LONGEST)
        self.bias[self.sources] = (scaled + change) * self.slot.controls.temperature
