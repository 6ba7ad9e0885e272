"""Recurrent models at run time: one state a step, alignment function and attention type as inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.family import Family, History, Look, Slot
from explorer.runtime.frozen import frozen
from explorer.runtime.graphs import Feeds, Graphs, Memory, Result, State, Wiring
from explorer.runtime.switches import LOCAL, switch_feeds
from explorer.runtime.trace import Array, Step

CENTER_CELL = "center_cell"
"""Output of the step of a model that reads pictures: row and column of p_t."""


class StateList(History):
    """The state after every step."""

    def __init__(self, initial: State) -> None:
        self._states = [initial]

    def at(self, position: int) -> State:
        """Return the state that the step at `position` starts from."""
        return self._states[position]

    def append(self, state: State) -> None:
        """Keep the state after the last step."""
        self._states.append(state)

    def truncate(self, length: int) -> None:
        """Forget the states after `length` steps."""
        del self._states[length + 1 :]

    def fork(self) -> History:
        """Return the same states as a list of their own."""
        other = StateList(self._states[0])
        other._states = list(self._states)
        return other


class RecurrentFamily(Family):
    """A GRU with every alignment function and attention type."""

    recomputes = False

    def __init__(self, card: Card) -> None:
        self._card = card
        self.wiring = Wiring(
            initial=("state",),
            empty=(),
            looked=(),
            carried=(("next_state", "state"),),
            read=("logits", "scores", "weights", "center", *(() if card.image is None else (CENTER_CELL,))),
        )

    def encoder_feeds(self, controls: Controls, batch: int) -> Feeds:  # noqa: ARG002 - the switches are the step's
        """Return nothing: the encoder reads the source alone."""
        return {}

    def feeds(self, slots: Sequence[Slot]) -> Feeds:
        """Return token and switches."""
        rows = [(slot.position, slot.controls) for slot in slots]
        feeds = switch_feeds(self._card, rows, [slot.src_len for slot in slots])
        feeds["token"] = np.array([slot.previous for slot in slots], dtype=np.int64)
        return feeds

    def look(self, result: Result, states: Array | None, row: int, slot: Slot) -> Look:
        """Return scores, weights, centre and state of a row."""
        outputs, local = result.outputs, slot.controls.attention in LOCAL
        assert states is not None
        place = outputs[CENTER_CELL][row].tolist() if local and CENTER_CELL in outputs else None
        return Look(
            scores=frozen(outputs["scores"][row, : slot.src_len]),
            weights=frozen(outputs["weights"][row, : slot.src_len]),
            center=float(outputs["center"][row]) if local else float("nan"),
            state=frozen(states[row]),
            heads=None,
            center_cell=None if place is None else (place[0], place[1]),
        )

    def states(self, graphs: Graphs, state: State) -> Array | None:
        """Return the states, (batch, hidden)."""
        return graphs.host(state[0])

    def history(self, graphs: Graphs, initial: State) -> History:  # noqa: ARG002 - nothing has to be cut
        """Return a list of states."""
        return StateList(initial)

    def encoder_weights(self, memory: Memory, row: int) -> Array | None:  # noqa: ARG002 - there are none
        """Return None: a GRU does not attend."""
        return None

    def encoder_scores(self, memory: Memory, row: int) -> Array | None:  # noqa: ARG002 - there are none
        """Return None: a GRU does not attend."""
        return None

    def seen(self, steps: Sequence[Step], controls: Controls, encoder_weights: Array | None) -> list[Step]:  # noqa: ARG002
        """Return the steps: there is one way to show them."""
        return list(steps)

    def weights(self, looks: Sequence[Look], controls: Controls, encoder_weights: Array | None) -> Array:  # noqa: ARG002
        """Return the weights of successive steps."""
        return np.stack([look.weights for look in looks])
