"""The recall task and the three networks that learn it: read a sequence, then say what stood at a given distance.

What is asked for becomes known only after the last symbol has been read, so a network without attention has to carry
the whole sequence in one state. The task is a form of the copying and recall tests that recurrent networks are tried on
(Hochreiter 1997, section 5; Bengio 1994, "Learning long-term dependencies with gradient descent is difficult").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

ALPHABET = "0123456789"
"""The symbols; a symbol's number is its place."""

KINDS = ("tanh", "gru", "attention")
"""A plain tanh network (Elman 1990), a GRU (Cho 2014), and the same GRU with attention over its states."""


@dataclass(frozen=True)
class RecallConfig:
    """Sizes of a network, the same for all three.

    Attributes:
        kind: One of `KINDS`.
        longest: Greatest length of a sequence.
        embedding: Size of the embedding of a symbol and of a distance.
        hidden: Size of the state.
    """

    kind: str
    longest: int = 32
    embedding: int = 32
    hidden: int = 64

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r} is none of {', '.join(KINDS)}")


class Readout(nn.Module):
    """From the state, the distance and, with attention, the context vector to the answer."""

    def __init__(self, config: RecallConfig) -> None:
        super().__init__()
        context = config.hidden if config.kind == "attention" else 0
        self.inner = nn.Linear(config.hidden + config.embedding + context, config.hidden)
        self.outer = nn.Linear(config.hidden, len(ALPHABET))

    def forward(self, read: Tensor) -> Tensor:
        """Return logits, (batch, queries, symbols), for (batch, queries, hidden + embedding [+ hidden])."""
        logits: Tensor = self.outer(torch.tanh(self.inner(read)))
        return logits


class StateAttention(nn.Module):
    """Scaled dot-product attention over all states (Vaswani 2017, 3.2.1); a key knows its distance from the end.

    Without positions in the keys no query could name a distance: the states of equal symbols look much alike.
    """

    def __init__(self, config: RecallConfig) -> None:
        super().__init__()
        self.query = nn.Linear(config.hidden + config.embedding, config.hidden)
        self.key = nn.Linear(config.hidden, config.hidden)
        self.place = nn.Embedding(config.longest, config.hidden)

    def keys(self, states: Tensor) -> Tensor:
        """Return the keys, (batch, src_len, hidden)."""
        src_len = states.shape[1]
        from_the_end = src_len - 1 - torch.arange(src_len, device=states.device)
        keys: Tensor = self.key(states) + self.place(from_the_end)
        return keys

    def forward(self, states: Tensor, asked: Tensor) -> Tensor:
        """Return the weights of each query.

        Args:
            states: (batch, src_len, hidden).
            asked: Final state and distance, (batch, queries, hidden + embedding).

        Returns:
            (batch, queries, src_len).
        """
        scores: Tensor = self.query(asked) @ self.keys(states).transpose(1, 2)
        return torch.softmax(scores / math.sqrt(states.shape[2]), -1)


class RecallModel(nn.Module):
    """One of the three networks."""

    def __init__(self, config: RecallConfig) -> None:
        super().__init__()
        self.config = config
        self.symbol = nn.Embedding(len(ALPHABET), config.embedding)
        self.distance = nn.Embedding(config.longest, config.embedding)
        cell = nn.RNN if config.kind == "tanh" else nn.GRU
        self.recurrent: nn.RNN | nn.GRU = cell(config.embedding, config.hidden, batch_first=True)
        self.attention = StateAttention(config) if config.kind == "attention" else None
        self.readout = Readout(config)

    @property
    def parameter_count(self) -> int:
        """Number of trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())

    def asked(self, states: Tensor, distance: Tensor) -> Tensor:
        """Return the final state beside each distance's embedding.

        Args:
            states: (batch, src_len, hidden).
            distance: (batch, queries).

        Returns:
            (batch, queries, hidden + embedding).
        """
        last = states[:, -1:].expand(-1, distance.shape[1], -1)
        return torch.cat([last, self.distance(distance)], dim=-1)

    def answer(self, embedded: Tensor, distance: Tensor) -> tuple[Tensor, Tensor | None]:
        """Answer queries about embedded sequences.

        Args:
            embedded: (batch, src_len, embedding).
            distance: Symbols read since the one that is asked for, 0 to src_len - 1, (batch, queries).

        Returns:
            Logits, (batch, queries, symbols), and the weights, (batch, queries, src_len), None without attention.
        """
        states, _ = self.recurrent(embedded)  # (batch, src_len, hidden)
        read = self.asked(states, distance)
        if self.attention is None:
            plain: Tensor = self.readout(read)
            return plain, None
        weights: Tensor = self.attention(states, read)
        logits: Tensor = self.readout(torch.cat([read, weights @ states], dim=-1))
        return logits, weights

    def forward(self, symbols: Tensor, distance: Tensor) -> tuple[Tensor, Tensor | None]:
        """Answer queries about sequences, (batch, src_len), all of one length; see `answer`."""
        return self.answer(self.symbol(symbols), distance)


def draw_sequences(batch: int, src_len: int, generator: torch.Generator) -> Tensor:
    """Return symbols, each as likely as any other, (batch, src_len)."""
    return torch.randint(len(ALPHABET), (batch, src_len), generator=generator)


def every_distance(symbols: Tensor) -> Tensor:
    """Return all distances of each sequence, 0 first, (batch, src_len): the answers are ``symbols.flip(1)``."""
    return torch.arange(symbols.shape[1], device=symbols.device).expand(len(symbols), -1)
