"""Weights that are typed in one head alone: the bias of that head in closed form, layer by layer.

A head's scores are those of its query, and an edit in the head comes after them: its own scores stay as they are, and
so do those of the other heads of the layer. What the layers below give has to be settled first. So one call of the step
graph for each layer with such weights is enough, from the lowest to the highest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Place, WeightEdit
from explorer.runtime.edits import bias_edits
from explorer.runtime.exact_row import Values, exact_bias, in_heads, looks, plain, settled
from explorer.runtime.family import Slot
from explorer.runtime.graphs import Memory, State, take_memory, take_state
from explorer.runtime.trace import HeadStep

Wishes = Mapping[Place, Mapping[int, WeightEdit]]
"""Head → source position → the weight that is wanted there."""


def head_wishes(slot: Slot) -> Wishes:
    """Return the weights that are wanted at a slot's step in one head alone each."""
    controls = slot.controls
    found = {place: controls.weights_at(slot.position, place) for place in controls.edited_heads}
    return {place: edits for place, edits in found.items() if edits}


def with_head_weights(
    bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot], wanted: Sequence[Wishes]
) -> list[Slot]:
    """Return slots in which the heads have the weights that are wanted in each of them alone.

    Args:
        bundle: The model, a Transformer.
        memory: The rows' encoded sources.
        state: The rows' states before the step.
        slots: What the rows are computed for; without wishes for every head.
        wanted: The wishes of each row, which the graph can give (`Family.check`). A position that is masked in every
            head is passed over.
    """
    found = list(slots)
    for layer in sorted({layer for wishes in wanted for layer, _ in wishes}):
        rows = [row for row, wishes in enumerate(wanted) if any(layer == own for own, _ in wishes)]
        part = memory, state
        if len(rows) < len(slots):
            part = take_memory(bundle.graphs, memory, rows), take_state(bundle.graphs, state, rows)
        seen = looks(bundle, *part, [found[row] for row in rows])
        for row, look in zip(rows, seen, strict=True):
            if look.heads is not None:
                wishes = {place: edits for place, edits in wanted[row].items() if place[0] == layer}
                found[row] = _fulfilled(found[row], look.heads, wishes)
    return found


def _fulfilled(slot: Slot, heads: HeadStep, wishes: Wishes) -> Slot:
    """Return a slot in which the heads of one layer have their weights; `heads` is what they do before."""
    shared = plain(slot)
    free = np.isfinite(shared)  # elsewhere every head is masked
    added = np.zeros(heads.cross_scores.shape)
    for (layer, head), wanted in wishes.items():
        scores = heads.cross_scores[layer, head].astype(np.float64)
        weights = {source: edit.weight for source, edit in wanted.items()}
        own = _plain_in(slot, (layer, head))
        all_bias = exact_bias(scores, shared + own, free, weights, slot.controls.temperature)
        added[layer, head, free] = all_bias[free] - shared[free]
    others = [edit for edit in in_heads(slot) if edit.place not in wishes]
    return settled(slot, shared, [*others, *bias_edits(slot.position, np.zeros(slot.src_len), added)])


def _plain_in(slot: Slot, place: Place) -> Values:
    """Return what the edits of scores of one head add at a slot's step, (src_len,)."""
    bias: Values = np.zeros(slot.src_len)
    for edit in in_heads(slot):
        if edit.place == place:
            bias[edit.source] += edit.value
    return bias
