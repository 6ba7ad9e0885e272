"""Transformers at run time: a cache of keys and values, heads that are shown, aggregated or removed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.errors import InputError
from explorer.runtime.card import Card, Heads
from explorer.runtime.controls import Controls
from explorer.runtime.family import Family, History, Look, Slot
from explorer.runtime.frozen import frozen
from explorer.runtime.graphs import Feeds, Graphs, Memory, Result, State, Wiring
from explorer.runtime.heads import CROSS, ENCODER, ROLLOUT, SELF, cross_rollout, seen_through, shown_row, stacked
from explorer.runtime.switches import bias_rows, head_bias_rows
from explorer.runtime.trace import Array, HeadStep, Step

READ = ("logits", "cross_weights", "cross_scores", "self_weights", "self_scores")
ENCODER_WEIGHTS, ENCODER_SCORES = "encoder_weights", "encoder_scores"
NO_STATE = frozen(np.zeros(0, dtype=np.float32))
OPTIONAL_GATES = {SELF: "self_gate", ENCODER: "encoder_gate"}
"""Kind of head → the input that removes it, which a graph need not have."""
HEAD_BIAS = "head_bias"
"""The input with the biases of single heads, which a graph need not have either."""


class CacheHistory(History):
    """One cache, the longest: that of fewer steps is its beginning."""

    def __init__(self, graphs: Graphs, initial: State) -> None:
        self._graphs, self._cache, self._length = graphs, initial, 0
        self._initial = initial

    def at(self, position: int) -> State:
        """Return the keys and values of the tokens before `position`."""
        if position == self._length:
            return self._cache
        return tuple(self._graphs.cut(tensor, position) for tensor in self._cache) if position else self._initial

    def append(self, state: State) -> None:
        """Keep the cache after the last step."""
        self._cache, self._length = state, self._length + 1

    def truncate(self, length: int) -> None:
        """Forget the keys and values after `length` tokens."""
        if length < self._length:
            self._cache, self._length = self.at(length), length

    def fork(self) -> History:
        """Return the same cache: caches are never written to."""
        other = CacheHistory(self._graphs, self._initial)
        other._cache, other._length = self._cache, self._length
        return other


class TransformerFamily(Family):
    """Multi-head attention in every layer."""

    recomputes = True

    def __init__(self, card: Card, heads: Heads, optional: frozenset[str]) -> None:
        """Create the family.

        Args:
            card: The model's card.
            heads: Its heads.
            optional: The optional inputs that its graphs have.
        """
        self._heads, self._optional = heads, optional
        self.wiring = Wiring(
            initial=(),
            empty=(heads.heads, 0, card.sizes.hidden // heads.heads),
            looked=(ENCODER_WEIGHTS, ENCODER_SCORES) if heads.encoder_layers else (),
            carried=tuple((f"present_{name}", f"past_{name}") for name in heads.caches),
            read=READ,
        )

    def check(self, controls: Controls) -> None:
        """Check that the graph can edit single heads, where they are.

        Raises:
            InputError: It cannot.
        """
        if HEAD_BIAS not in self._optional and controls.edited_heads:
            raise InputError(f"this model cannot edit one head alone: its graph has no {HEAD_BIAS}; edit all as one")

    def encoder_feeds(self, controls: Controls, batch: int) -> Feeds:
        """Return the gate of the encoder's heads, where one is removed."""
        return self._optional_gate(ENCODER, [controls] * batch, self._heads.encoder_layers)

    def feeds(self, slots: Sequence[Slot]) -> Feeds:
        """Return token, temperature, gates and biases.

        Raises:
            InputError: Something is wanted that takes an optional input which the graph does not have.
        """
        switches = [slot.controls for slot in slots]
        rows = [(slot.position, slot.controls) for slot in slots]
        src_len = max(slot.src_len for slot in slots)
        return {
            "token": np.array([slot.previous for slot in slots], dtype=np.int64),
            "position": np.array([slot.position for slot in slots], dtype=np.int64),
            "temperature": np.array([controls.temperature for controls in switches], dtype=np.float32),
            "bias": bias_rows(rows, src_len),
            "head_gate": self._gate(CROSS, switches, self._heads.layers),
            **self._optional_gate(SELF, switches, self._heads.layers),
            **self._head_bias(rows, src_len),
        }

    def look(self, result: Result, states: Array | None, row: int, slot: Slot) -> Look:  # noqa: ARG002 - no states
        """Return what every head did, and the scores and weights of those that are shown."""
        outputs = result.outputs
        heads = HeadStep(
            cross_scores=frozen(outputs["cross_scores"][row, :, :, : slot.src_len]),
            cross_weights=frozen(outputs["cross_weights"][row, :, :, : slot.src_len]),
            self_scores=frozen(outputs["self_scores"][row]),
            self_weights=frozen(outputs["self_weights"][row]),
        )
        return Look(*shown_row(heads, slot.controls), float("nan"), NO_STATE, heads)

    def states(self, graphs: Graphs, state: State) -> Array | None:  # noqa: ARG002
        """Return nothing: the run's history keeps the cache."""
        return None

    def history(self, graphs: Graphs, initial: State) -> History:
        """Return an empty cache."""
        return CacheHistory(graphs, initial)

    def encoder_weights(self, memory: Memory, row: int) -> Array | None:
        """Return the weights of the encoder's self-attention, without padding."""
        return self._looked(memory, row, ENCODER_WEIGHTS)

    def encoder_scores(self, memory: Memory, row: int) -> Array | None:
        """Return its scores, without padding."""
        return self._looked(memory, row, ENCODER_SCORES)

    @staticmethod
    def _looked(memory: Memory, row: int, name: str) -> Array | None:
        values, length = memory.looked.get(name), memory.lengths[row]
        return None if values is None else frozen(values[row, :, :, :length, :length])

    def seen(self, steps: Sequence[Step], controls: Controls, encoder_weights: Array | None) -> list[Step]:
        """Return the steps with the scores and weights of the heads that the controls show."""
        return seen_through(steps, controls, encoder_weights)

    def weights(self, looks: Sequence[Look], controls: Controls, encoder_weights: Array | None) -> Array:
        """Return the weights of successive steps; rollout follows all of them."""
        if controls.aggregate != ROLLOUT:
            return np.stack([look.weights for look in looks])
        heads = [look.heads for look in looks if look.heads is not None]
        return cross_rollout(stacked(CROSS, heads), stacked(SELF, heads), encoder_weights)

    def _gate(self, kind: str, switches: Sequence[Controls], layers: int) -> Array:
        """Return 1 for a head that stays, 0 for one that is removed, (batch, layers, heads)."""
        gate = np.ones((len(switches), layers, self._heads.heads), dtype=np.float32)
        for row, controls in enumerate(switches):
            for key in controls.removed:
                if key.kind == kind:
                    gate[row, key.layer, key.head] = 0.0
        return gate

    def _head_bias(self, rows: Sequence[tuple[int, Controls]], src_len: int) -> Feeds:
        bias = head_bias_rows(rows, self._heads.layers, self._heads.heads, src_len)
        return {} if bias is None else {HEAD_BIAS: bias}

    def _optional_gate(self, kind: str, switches: Sequence[Controls], layers: int) -> Feeds:
        if not any(key.kind == kind for controls in switches for key in controls.removed):
            return {}
        name = OPTIONAL_GATES[kind]
        if name not in self._optional:
            raise InputError(f"this model cannot remove heads of {kind} attention: its graph has no input {name}")
        return {name: self._gate(kind, switches, layers)}
