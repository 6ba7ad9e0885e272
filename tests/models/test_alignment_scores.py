from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import attention
from models.attention import ALIGNMENTS, build_alignments

QUERY = torch.tensor([[[1.0, 2.0]]])  # (batch 1, tgt_len 1, size 2)
KEYS = torch.tensor([[[3.0, 4.0], [-1.0, 0.5], [0.0, 0.0]]])  # (batch 1, src_len 3, size 2)


def test_location_reads_the_query_alone() -> None:
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0], [9.0, 9.0]])
    scores = attention.location_scores(QUERY, weight, 3)
    assert scores.tolist() == [[[1.0, 2.0, 0.0]]]


def test_content_is_a_sharpened_cosine() -> None:
    scores = attention.content_scores(QUERY, KEYS, torch.tensor(10.0))
    cosine = 11 / (math.sqrt(5) * 5)  # (1·3 + 2·4) / (|q| |k|)
    torch.testing.assert_close(scores, torch.tensor([[[10 * cosine, 0.0, 0.0]]]))


def test_content_does_not_depend_on_lengths() -> None:
    scores = attention.content_scores(QUERY * 7, KEYS * 0.01, torch.tensor(3.0))
    torch.testing.assert_close(scores, attention.content_scores(QUERY, KEYS, torch.tensor(3.0)))


def test_additive() -> None:
    scores = attention.additive_scores(QUERY, KEYS, torch.tensor([1.0, -2.0]))
    expected = [math.tanh(4) - 2 * math.tanh(6), math.tanh(0) - 2 * math.tanh(2.5), math.tanh(1) - 2 * math.tanh(2)]
    torch.testing.assert_close(scores, torch.tensor([[expected]]))


def test_dot_and_scaled_dot() -> None:
    assert attention.dot_scores(QUERY, KEYS).tolist() == [[[11.0, 0.0, 0.0]]]
    torch.testing.assert_close(
        attention.scaled_dot_scores(QUERY, KEYS), torch.tensor([[[11 / math.sqrt(2), 0.0, 0.0]]])
    )


def test_general_is_bilinear() -> None:
    general = attention.General(2)
    with torch.no_grad():
        general.weight.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))  # swaps the query's entries
    torch.testing.assert_close(general(QUERY, KEYS), torch.tensor([[[10.0, -1.5, 0.0]]]))


def _numpy_scores(name: str, module: nn.Module, query: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """The formulas of the papers once more, pair by pair, in float64."""
    parts = {key: value.detach().double().numpy() for key, value in module.named_parameters()}
    scores = np.zeros((query.shape[0], query.shape[1], memory.shape[1]))
    for row, step, place in np.ndindex(*scores.shape):
        q, k = query[row, step], memory[row, place]
        if name == "location":
            scores[row, step, place] = parts["weight"][place] @ q
        elif name == "content":
            asked = parts["query.weight"] @ q
            cosine = asked @ k / np.linalg.norm(asked) / np.linalg.norm(k)
            scores[row, step, place] = np.exp(parts["log_sharpness"]) * cosine
        elif name == "additive":
            hidden = np.tanh(parts["query.weight"] @ q + parts["key.weight"] @ k + parts["key.bias"])
            scores[row, step, place] = parts["vector"] @ hidden
        elif name == "general":
            scores[row, step, place] = (parts["weight.weight"] @ q) @ k
        elif name == "dot":
            scores[row, step, place] = q @ k
        else:
            scores[row, step, place] = (parts["query.weight"] @ q) @ k / np.sqrt(len(k))
    return scores


@pytest.mark.parametrize("name", ALIGNMENTS)
@pytest.mark.parametrize("src_len", [1, 5])
def test_every_function_against_float64(name: str, src_len: int) -> None:
    module = build_alignments(6, 9)[name]
    nn.init.normal_(module.weight) if name == "location" else None  # type: ignore[arg-type]
    query, memory = torch.randn(2, 3, 6), torch.randn(2, src_len, 6)
    scores = module(query, memory)
    assert scores.shape == (2, 3, src_len)
    expected = _numpy_scores(name, module, query.double().numpy(), memory.double().numpy())
    np.testing.assert_allclose(scores.detach().numpy(), expected, atol=2e-5)


def test_order_of_the_functions_is_the_order_of_the_names() -> None:
    kinds = [type(module).__name__ for module in build_alignments(4, 4).values()]
    assert kinds == ["Location", "Content", "Additive", "General", "Dot", "ScaledDot"]


GRADIENTS: dict[str, tuple[Callable[..., Tensor], list[tuple[int, ...]]]] = {
    "location": (lambda query, weight: attention.location_scores(query, weight, 3), [(1, 2, 3), (4, 3)]),
    "content": (attention.content_scores, [(1, 2, 3), (1, 4, 3), ()]),
    "additive": (attention.additive_scores, [(1, 2, 3), (1, 4, 3), (3,)]),
    "dot": (attention.dot_scores, [(1, 2, 3), (1, 4, 3)]),
    "scaled_dot": (attention.scaled_dot_scores, [(1, 2, 3), (1, 4, 3)]),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name: str) -> None:
    function, shapes = GRADIENTS[name]
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    assert torch.autograd.gradcheck(function, inputs)


def test_content_of_a_zero_query_is_zero_not_nan() -> None:
    query = torch.zeros(1, 1, 2, requires_grad=True)
    scores = attention.content_scores(query, KEYS, torch.tensor(8.0))
    scores.sum().backward()  # type: ignore[no-untyped-call]
    assert scores.tolist() == [[[0.0, 0.0, 0.0]]]
    assert query.grad is not None
    assert torch.isfinite(query.grad).all()
