"""What is exported of a recall network: its answer, and the gradient of the answer, worked out inside the graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.recall import RecallModel
from models.recall_cells import cell_of


class RecallGraph(nn.Module):
    """One query for each sequence, answered, and what the answer depends on."""

    def __init__(self, model: RecallModel) -> None:
        super().__init__()
        self.model = model
        self.cell = cell_of(model.recurrent)

    def forward(self, symbols: Tensor, distance: Tensor) -> tuple[Tensor, ...]:
        """Answer a query about each sequence.

        Args:
            symbols: int64 (batch, src_len).
            distance: int64 (batch).

        Returns:
            ``logits`` (batch, symbols); ``gradient`` (batch, src_len): the Euclidean norm of the derivative of the
            answer's logit, the largest one, by the embedding of each symbol; with attention ``weights``
            (batch, src_len).
        """
        model = self.model
        embedded = model.symbol(symbols)
        states = self.cell.states(embedded)
        asked = model.asked(states, distance[:, None])
        weights = None if model.attention is None else model.attention(states, asked)
        read = asked if weights is None else torch.cat([asked, weights @ states], dim=-1)
        logits = model.readout(read)[:, 0]
        to_read = self._readout_gradient(read, logits.argmax(-1))
        to_states = self._state_gradient(states, asked, weights, to_read)
        gradient = self.cell.through_time(embedded, states, to_states).norm(dim=-1)
        return (logits, gradient) if weights is None else (logits, gradient, weights[:, 0])

    def _readout_gradient(self, read: Tensor, answer: Tensor) -> Tensor:
        """Return the derivative of the answers' logits by what the readout read, (batch, 1, size)."""
        readout = self.model.readout
        inner = torch.tanh(readout.inner(read))
        chosen = readout.outer.weight[answer][:, None]
        return (chosen * (1 - inner**2)) @ readout.inner.weight

    def _state_gradient(self, states: Tensor, asked: Tensor, weights: Tensor | None, to_read: Tensor) -> Tensor:
        """Return the derivative by each state as it is read after the last symbol, (batch, src_len, hidden)."""
        hidden = states.shape[2]
        to_last = to_read[..., :hidden]
        attention = self.model.attention
        if attention is None or weights is None:
            return torch.cat([torch.zeros_like(states[:, 1:]), to_last], dim=1)
        to_context = to_read[..., -hidden:]  # (batch, 1, hidden)
        to_weights = to_context @ states.transpose(1, 2)  # (batch, 1, src_len)
        to_scores = weights * (to_weights - (weights * to_weights).sum(-1, keepdim=True)) / hidden**0.5
        to_query = to_scores @ attention.keys(states)
        to_last = to_last + to_query @ attention.query.weight[:, :hidden]
        to_keys = to_scores.transpose(1, 2) @ attention.query(asked)
        to_states = weights.transpose(1, 2) @ to_context + to_keys @ attention.key.weight
        return torch.cat([to_states[:, :-1], to_states[:, -1:] + to_last], dim=1)
