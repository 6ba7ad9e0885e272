"""What a trained recall network can do: how often it is right, and how much its answers depend on what it has read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.recall import ALPHABET, RecallModel, every_distance

TEST_SEED = 20_170_612
"""Seed of the test sequences, which NumPy draws: no PyTorch is needed to draw them again. Training has its own."""


@dataclass(frozen=True)
class RecallFigures:
    """Means over test sequences of the greatest length, each a list by distance: symbols read since.

    Attributes:
        accuracy: Share of right answers, of queries for that distance.
        gradient: Norm of the derivative of the answer's logit by the embedding of the symbol at that distance, over
            the queries for all distances: what an answer depends on, wherever it is asked for.
        asked_gradient: The same over the queries for that very distance: whether the answer depends on what it should.
    """

    accuracy: tuple[float, ...]
    gradient: tuple[float, ...]
    asked_gradient: tuple[float, ...]


def unseen_sequences(count: int, src_len: int, seed: int = TEST_SEED) -> Tensor:
    """Return symbols that no training has drawn on purpose, (count, src_len)."""
    drawn = np.random.default_rng(seed).integers(len(ALPHABET), size=(count, src_len), dtype=np.int64)
    return torch.from_numpy(drawn)


def measure(model: RecallModel, symbols: Tensor, batch: int = 25) -> RecallFigures:
    """Ask a network for every symbol of some sequences.

    Args:
        model: The network.
        symbols: (count, src_len).
        batch: Sequences that are asked at a time.
    """
    norms, right = [], []
    for part in torch.split(symbols, batch):
        answers, gradient = answer_gradient(model, part)
        right.append((answers == part.flip(1)).double().mean(0) * len(part))
        norms.append(gradient.double().sum(0))
    mean = torch.stack(norms).sum(0).flip(1) / len(symbols)  # (asked for, distance)
    return RecallFigures(
        accuracy=_rounded(torch.stack(right).sum(0) / len(symbols)),
        gradient=_rounded(mean.mean(0)),
        asked_gradient=_rounded(mean.diagonal()),
    )


def answer_gradient(model: RecallModel, symbols: Tensor) -> tuple[Tensor, Tensor]:
    """Return the answers, (batch, src_len) by distance, and what each depends on, (batch, src_len, src_len).

    The last axis is the source position: the norm of the derivative of the answer's logit by its embedding.
    """
    batch, src_len = symbols.shape
    distance = every_distance(symbols).reshape(-1, 1)  # each query has a row of its own: gradients do not mix
    rows = symbols.repeat_interleave(src_len, dim=0)
    embedded = model.symbol(rows).detach().requires_grad_()
    logits, _ = model.answer(embedded, distance)
    largest, answers = logits[:, 0].max(-1)
    (gradient,) = torch.autograd.grad(largest.sum(), embedded)
    return answers.view(batch, src_len), gradient.norm(dim=-1).view(batch, src_len, src_len)


def _rounded(values: Tensor) -> tuple[float, ...]:
    return tuple(float(f"{value:.4g}") for value in values.tolist())
