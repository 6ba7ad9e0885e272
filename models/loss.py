"""Cross-entropy over a large vocabulary without ever holding all logits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class ProjectedCrossEntropy(torch.autograd.Function):
    """Label-smoothed cross-entropy of `hidden @ weight^T + bias`, summed over rows.

    Logits and their gradient are made a slice of rows at a time and never kept, which on a CPU is about twice as fast
    as the three passes over a (rows, vocab) array that the plain formula takes.
    """

    SLICE = 256

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, shares: Tensor | None
    ) -> Tensor:
        """Return the loss.

        Args:
            ctx: Autograd's context.
            hidden: (rows, hidden).
            weight: (vocab, hidden).
            bias: (vocab,).
            targets: (rows,), int64.
            smoothing: Share of the probability spread over the whole vocabulary (Szegedy 2016, 7).
            shares: What the loss of each row is multiplied by, (rows,); None for 1.
        """
        low = torch.bfloat16 if hidden.dtype == torch.bfloat16 else torch.float32
        narrow = weight.to(low)
        vocab = weight.shape[0]
        total = hidden.new_zeros((), dtype=torch.float32)
        hidden_grad = torch.empty(hidden.shape, dtype=torch.float32, device=hidden.device)
        weight_grad = torch.zeros_like(weight)
        bias_grad = torch.zeros_like(bias)
        for start in range(0, hidden.shape[0], ProjectedCrossEntropy.SLICE):
            rows = slice(start, start + ProjectedCrossEntropy.SLICE)
            part, wanted = hidden[rows].to(low), targets[rows].unsqueeze(1)
            logits = (part @ narrow.transpose(0, 1)).float() + bias  # (slice, vocab)
            logits -= logits.amax(dim=1, keepdim=True)
            chosen, mean = logits.gather(1, wanted), logits.mean(dim=1, keepdim=True)  # (slice, 1) each
            powers = logits.exp_()
            norm = powers.sum(dim=1, keepdim=True)  # (slice, 1)
            losses = norm.log() - (1 - smoothing) * chosen - smoothing * mean  # (slice, 1)
            gradient = powers.div_(norm).sub_(smoothing / vocab)
            gradient.scatter_add_(1, wanted, torch.full_like(chosen, smoothing - 1))
            if shares is not None:
                share = shares[rows].unsqueeze(1)
                losses, gradient = losses * share, gradient.mul_(share)
            total += losses.sum()
            bias_grad += gradient.sum(dim=0)
            narrow_gradient = gradient.to(low)
            hidden_grad[rows] = (narrow_gradient @ narrow).float()
            weight_grad += (narrow_gradient.transpose(0, 1) @ part).float()
        ctx.save_for_backward(hidden_grad.to(hidden.dtype), weight_grad, bias_grad)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Scale the gradients that forward has already made."""
        scale = gradients[0]
        hidden_grad, weight_grad, bias_grad = ctx.saved_tensors
        return hidden_grad * scale, weight_grad * scale, bias_grad * scale, None, None, None


def projected_cross_entropy(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, shares: Tensor | None = None
) -> Tensor:
    """Return the summed loss, see `ProjectedCrossEntropy`."""
    return ProjectedCrossEntropy.apply(hidden, weight, bias, targets, smoothing, shares)  # type: ignore[no-any-return,no-untyped-call]
