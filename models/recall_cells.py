"""The two recurrent cells of the recall networks, ahead and back through time, as scans that an exporter can write.

PyTorch's exporter unrolls a plain tanh network, and takes the example's length for that of a GRU's states; a scan keeps
the length open. ONNX Runtime runs no autograd, so backpropagation through time (Werbos 1990) is written out. Tests
compare both directions with PyTorch's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch._higher_order_ops.scan import scan

Step = Callable[[Tensor, Any], tuple[Tensor, Tensor]]
"""From what is carried and what is local to a time, to what is carried on and what is collected."""


class Cell(Protocol):
    """A recurrent layer, both ways."""

    def states(self, embedded: Tensor) -> Tensor:
        """Return all states, (batch, src_len, hidden), from zeros on, for (batch, src_len, embedding)."""

    def through_time(self, embedded: Tensor, states: Tensor, to_states: Tensor) -> Tensor:
        """Return the derivative by each embedding, (batch, src_len, embedding).

        Args:
            embedded: (batch, src_len, embedding).
            states: What `states` gave.
            to_states: The derivative by each state as others read it, not as the next state does.
        """


@dataclass(frozen=True)
class Weights:
    """Weights of one layer: of what enters, (gates * hidden, embedding), and of what is carried; with biases."""

    entering: Tensor
    carried: Tensor
    entering_bias: Tensor
    carried_bias: Tensor

    @property
    def hidden(self) -> int:
        """Size of the state."""
        return self.carried.shape[1]

    def enter(self, embedded: Tensor) -> Tensor:
        """Return the embeddings' part in the sums inside the gates, (batch, src_len, gates * hidden)."""
        return nn.functional.linear(embedded, self.entering, self.entering_bias)

    def carry(self, state: Tensor) -> Tensor:
        """Return the state's part in them."""
        return nn.functional.linear(state, self.carried, self.carried_bias)


def cell_of(layer: nn.RNN | nn.GRU) -> Cell:
    """Return PyTorch's layer, of one direction and depth, as a `Cell`."""
    # PyTorch keeps them in this order.
    weights = Weights(*(cast(Tensor, parameter) for parameter in layer.parameters()))
    return GruCell(weights) if isinstance(layer, nn.GRU) else TanhCell(weights)


class TanhCell:
    """A plain network (Elman 1990): the next state is the tanh of the sum of what enters and what is carried."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def states(self, embedded: Tensor) -> Tensor:
        """See `Cell.states`."""
        weights = self.weights

        def step(state: Tensor, entering: Tensor) -> tuple[Tensor, Tensor]:
            state = torch.tanh(entering + weights.carry(state))
            return state, state.clone()  # a scan may not give one tensor twice

        return _ahead(step, weights.enter(embedded), weights.hidden)

    def through_time(self, embedded: Tensor, states: Tensor, to_states: Tensor) -> Tensor:  # noqa: ARG002 - a GRU needs it
        """See `Cell.through_time`."""
        carried = self.weights.carried

        def back(later: Tensor, local: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            read, slope = local
            to_sum = (later + read) * slope
            return to_sum @ carried, to_sum

        return _back(back, (to_states, 1 - states**2)) @ self.weights.entering


class GruCell:
    """A gated recurrent unit (Cho 2014) as PyTorch has it: the reset gate scales what the carried part has summed."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def states(self, embedded: Tensor) -> Tensor:
        """See `Cell.states`."""
        weights = self.weights

        def step(state: Tensor, entering: Tensor) -> tuple[Tensor, Tensor]:
            _, update, candidate, _ = self._gates(entering, weights.carry(state))
            state = (1 - update) * candidate + update * state
            return state, state.clone()

        return _ahead(step, weights.enter(embedded), weights.hidden)

    def through_time(self, embedded: Tensor, states: Tensor, to_states: Tensor) -> Tensor:
        """See `Cell.through_time`."""
        weights = self.weights
        before = torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], dim=1)
        reset, update, candidate, scaled = self._gates(weights.enter(embedded), weights.carry(before))
        carried = weights.carried

        def back(later: Tensor, local: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
            read, to_candidate, to_reset, to_update, reset, update = local
            to_state = later + read
            to_sum = to_state * to_candidate
            gates = torch.cat([to_sum * to_reset, to_state * to_update], dim=-1)
            to_before = to_state * update + torch.cat([gates, to_sum * reset], dim=-1) @ carried
            return to_before, torch.cat([gates, to_sum], dim=-1)

        local = (
            to_states,
            (1 - update) * (1 - candidate**2),
            scaled * reset * (1 - reset),
            (before - candidate) * update * (1 - update),
            reset,
            update,
        )
        return _back(back, local) @ weights.entering

    def _gates(self, entering: Tensor, carried: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return reset and update gate, candidate state, and what the reset gate scales, (…, hidden) each.

        Args:
            entering: The embedding's part in the three sums, (…, 3 * hidden).
            carried: The state's part.
        """
        hidden = self.weights.hidden
        new, old = torch.split(entering, hidden, -1), torch.split(carried, hidden, -1)
        reset, update = torch.sigmoid(new[0] + old[0]), torch.sigmoid(new[1] + old[1])
        return reset, update, torch.tanh(new[2] + reset * old[2]), old[2]


def _ahead(step: Step, entering: Tensor, hidden: int) -> Tensor:
    first = torch.zeros_like(entering[:, 0, :hidden])
    _, states = scan(step, first, entering.transpose(0, 1))
    return cast(Tensor, states).transpose(0, 1)


def _back(step: Step, local: tuple[Tensor, ...]) -> Tensor:
    """Run `step` from the last state to the first; return what it collected, (batch, src_len, size).

    Args:
        step: From the derivative by a state through the states after it, to the same by the state before.
        local: (batch, src_len, hidden) each.
    """
    times = tuple(values.transpose(0, 1).flip(0) for values in local)
    _, collected = scan(step, torch.zeros_like(local[0][:, 0]), times)
    return cast(Tensor, collected).flip(0).transpose(0, 1)
