"""The bias that gives a cell the weight that a person typed, found for the scores of the very step.

A recurrent model's scores do not depend on the bias, so one call of the graph for the scores is enough. In a
Transformer the bias of a layer changes the scores of the layers above, and a mean of heads has no closed form: there
the bias is found by repeated calls. A weight in one head alone needs one call for its layer (`exact_heads`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import WeightEdit
from explorer.runtime.exact_heads import head_wishes, with_head_weights
from explorer.runtime.exact_row import FULL, Values, exact_bias, in_heads, looks, plain, settled
from explorer.runtime.family import Slot
from explorer.runtime.graphs import Memory, State, take_memory, take_state
from explorer.runtime.heads import heads_weights
from explorer.runtime.locality import distances, gaussian
from explorer.runtime.switches import LOCAL
from explorer.runtime.trace import HeadStep

MOST_CALLS = 60
"""Calls of a Transformer's graph for one bias at most; a head or a mean of heads takes about five."""
NEAR_ENOUGH = 1e-4
"""A Transformer's weight may be so far from what was typed."""
ROUNDS = 3
"""How often the bias of every head and those of single heads are found again, where a step has wishes for both."""
_STEEPEST, _FLATTEST = 2.0, 0.05
_LONGEST = 12.0
"""Greatest change of a bias in one call, in temperatures."""


def with_exact_bias(bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot]) -> list[Slot]:
    """Return slots in whose controls every wanted weight has become a bias.

    Args:
        bundle: The model.
        memory: The rows' encoded sources.
        state: The rows' states before the step.
        slots: What the rows are computed for, which the graph can give (`Family.check`).
    """
    found = _in_every_head(bundle, memory, state, slots)
    wanted = [head_wishes(slot) for slot in slots]
    if not any(wanted):
        return found
    found = with_head_weights(bundle, memory, state, found, wanted)
    both = any(wishes and slot.controls.weights_at(slot.position) for wishes, slot in zip(wanted, slots, strict=True))
    for _ in range(ROUNDS if both else 0):  # what one head does moves the mean that is wanted of all, and the reverse
        again = [_with_heads_of(slot, other) for slot, other in zip(slots, found, strict=True)]
        found = with_head_weights(bundle, memory, state, _in_every_head(bundle, memory, state, again), wanted)
    return found


def _with_heads_of(slot: Slot, other: Slot) -> Slot:
    """Return a slot with the edits of single heads of another in place of its own."""
    shared = [edit for edit in slot.controls.bias if edit.place is None]
    return dataclasses.replace(slot, controls=slot.controls.replace(bias=(*shared, *in_heads(other))))


def _in_every_head(bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot]) -> list[Slot]:
    """Return slots in whose controls the weights that are wanted in every head have become a bias."""
    wanted = {row: slot.controls.weights_at(slot.position) for row, slot in enumerate(slots) if slot.controls.weights}
    rows = [row for row, weights in wanted.items() if weights and slots[row].controls.attention != "none"]
    found = list(slots)
    for row, weights in wanted.items():
        if not weights:
            found[row] = settled(slots[row], plain(slots[row]))
    if not rows:
        return found
    part = [slots[row] for row in rows]
    if len(rows) < len(slots):
        memory, state = take_memory(bundle.graphs, memory, rows), take_state(bundle.graphs, state, rows)
    targets = [wanted[row] for row in rows]
    find = _by_calls if bundle.card.heads is not None else _by_scores
    for row, slot, bias in zip(rows, part, find(bundle, memory, state, part, targets), strict=True):
        found[row] = settled(slot, bias)
    return found


def _by_scores(
    bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot], targets: Sequence[Mapping[int, WeightEdit]]
) -> list[Values]:
    """Return each row's bias from its scores."""
    columns = None if bundle.card.image is None else bundle.card.image.columns
    found = []
    for slot, look, edits in zip(slots, looks(bundle, memory, state, slots), targets, strict=True):
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
        found.append(exact_bias(scores, plain(slot), inside, weights, controls.temperature))
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
        seen = looks(bundle, memory, state, [settled(search.slot, search.bias) for search in searches])
        for search, look in zip(searches, seen, strict=True):
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
        self.bias = plain(slot)
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
