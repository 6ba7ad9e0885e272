from __future__ import annotations

import pytest
import torch
from torch import nn

from models.loss import ProjectedCrossEntropy, projected_cross_entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [1, 7, 40])
def test_loss_and_gradients_are_those_of_plain_cross_entropy(
    smoothing: float, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProjectedCrossEntropy, "SLICE", 16)  # so that 40 rows are three slices
    hidden, weight = torch.randn(rows, 6, requires_grad=True), torch.randn(11, 6, requires_grad=True)
    bias, targets = torch.randn(11, requires_grad=True), torch.randint(0, 11, (rows,))
    loss = projected_cross_entropy(hidden, weight, bias, targets, smoothing)
    (3 * loss).backward()  # type: ignore[no-untyped-call]
    found = [hidden.grad, weight.grad, bias.grad]
    hidden.grad = weight.grad = bias.grad = None
    plain = nn.functional.cross_entropy(hidden @ weight.T + bias, targets, reduction="sum", label_smoothing=smoothing)
    (3 * plain).backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss.detach(), plain.detach())
    for gradient, expected in zip(found, [hidden.grad, weight.grad, bias.grad], strict=True):
        torch.testing.assert_close(gradient, expected)


def test_half_precision_comes_close() -> None:
    hidden, weight = torch.randn(50, 16), torch.randn(30, 16)
    bias, targets = torch.zeros(30), torch.randint(0, 30, (50,))
    exact = projected_cross_entropy(hidden, weight, bias, targets, 0.1)
    rough = projected_cross_entropy(hidden.bfloat16(), weight, bias, targets, 0.1)
    assert float(rough) == pytest.approx(float(exact), rel=0.02)


def test_rows_have_shares_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProjectedCrossEntropy, "SLICE", 4)
    hidden, weight = torch.randn(9, 6, requires_grad=True), torch.randn(11, 6)
    bias, targets, shares = torch.randn(11), torch.randint(0, 11, (9,)), torch.randn(9)
    loss = projected_cross_entropy(hidden, weight, bias, targets, 0.1, shares)
    loss.backward()  # type: ignore[no-untyped-call]
    found, hidden.grad = hidden.grad, None
    plain = nn.functional.cross_entropy(hidden @ weight.T + bias, targets, reduction="none", label_smoothing=0.1)
    (plain * shares).sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss.detach(), (plain * shares).sum().detach())
    torch.testing.assert_close(found, hidden.grad)
