"""Muon: momentum whose matrix updates are made orthogonal (Jordan 2024)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


def orthogonalised(matrix: Tensor, rounds: int = 5) -> Tensor:
    """Return about U V^T of `matrix` = U S V^T, (rows, columns), by Newton-Schulz rounds of the fifth degree.

    The coefficients are Jordan's: they bring every singular value to between about 0.7 and 1.2, fast rather than exact.
    """
    first, third, fifth = 3.4445, -4.7750, 2.0315
    wide = matrix.shape[0] <= matrix.shape[1]
    turned: Tensor = (matrix if wide else matrix.transpose(0, 1)).bfloat16()
    turned = turned / (turned.norm() + 1e-7)
    for _ in range(rounds):
        square = turned @ turned.transpose(0, 1)
        turned = first * turned + (third * square + fifth * (square @ square)) @ turned
    return (turned if wide else turned.transpose(0, 1)).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Orthogonalised Nesterov momentum for weight matrices; embeddings, gains and biases are for Adam.

    The kernels of a convolution are one matrix, a row an output channel.

    An update's root mean square is `size` times the learning rate, whatever the shape (Liu 2025, 2.2: 0.2 is the size
    of Adam's updates; matrices bear more). All singular values grow alike, so without weight decay, which is decoupled
    (Loshchilov 2019), scores grow until attention is one-hot.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        size: float = 0.8,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters, {"lr": lr, "size": size, "momentum": momentum, "weight_decay": weight_decay, "share": 1.0}
        )

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ARG002 - torch's signature
        """Update every matrix that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                average = self.state[weight].setdefault("average", torch.zeros_like(weight))
                average.lerp_(weight.grad, 1 - group["momentum"])
                change = orthogonalised(weight.grad.lerp(average, group["momentum"]).flatten(1))
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                alpha = -group["lr"] * group["size"] * max(change.shape) ** 0.5
                weight.add_(change.view(weight.shape), alpha=alpha)
