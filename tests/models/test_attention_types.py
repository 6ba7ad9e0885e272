from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from models.attention import (
    ATTENTIONS,
    Hard,
    LocalPredictive,
    Scored,
    build_attentions,
    gaussian,
    gumbel_noise,
    masked_softmax,
    one_hot_choice,
)


def scored(
    scores: Sequence[float],
    *,
    position: float = 0.0,
    length: int | None = None,
    window: float = 8.0,
    temperature: float = 1.0,
    bias: Sequence[float] | None = None,
    noise: Sequence[float] | None = None,
) -> Scored:
    """One row, one step; a query of four ones."""
    count = len(scores)
    return Scored(
        scores=torch.tensor([[scores]]),
        query=torch.ones(1, 1, 4),
        position=torch.tensor([[position]]),
        mask=torch.arange(count)[None] < (count if length is None else length),
        window=torch.tensor([window]),
        temperature=torch.tensor([temperature]),
        bias=torch.tensor([[bias or [0.0] * count]]),
        noise=torch.tensor([[noise or [0.0] * count]]),
    )


def weigh(name: str, given: Scored) -> tuple[list[float], float]:
    with torch.no_grad():
        weights, center = build_attentions(4).eval()[name](given)
    return [float(weight) for weight in weights[0, 0]], float(center)


def softmax(*scores: float) -> list[float]:
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def test_global_is_a_softmax() -> None:
    assert weigh("global", scored([1.0, 2.0, 3.0]))[0] == pytest.approx(softmax(1, 2, 3))


def test_padding_gets_no_weight() -> None:
    weights, _ = weigh("global", scored([1.0, 2.0, 50.0], length=2))
    assert weights == pytest.approx([*softmax(1, 2), 0.0])
    assert weights[2] == 0.0


def test_temperature_divides_scores_and_bias() -> None:
    weights, _ = weigh("global", scored([1.0, 2.0], temperature=0.5, bias=[3.0, 0.0]))
    assert weights == pytest.approx(softmax(8, 4))


def test_a_bias_of_minus_infinity_masks() -> None:
    weights, _ = weigh("global", scored([1.0, 2.0, 3.0], bias=[0.0, 0.0, -math.inf]))
    assert weights == pytest.approx([*softmax(1, 2), 0.0])


@pytest.mark.parametrize("name", ATTENTIONS)
@pytest.mark.parametrize("why", ["padding", "bias"])
def test_a_fully_masked_row_is_zero_not_nan(name: str, why: str) -> None:
    bias = [-math.inf] * 3 if why == "bias" else None
    weights, center = weigh(name, scored([1.0, 2.0, 3.0], length=0 if why == "padding" else 3, bias=bias))
    assert weights == [0.0, 0.0, 0.0]
    assert math.isfinite(center)


@pytest.mark.parametrize("name", [name for name in ATTENTIONS if name != "none"])
def test_a_source_of_one_token_gets_everything(name: str) -> None:
    attentions = build_attentions(4).eval()
    if name == "local_p":
        torch.nn.init.zeros_(attentions[name].vector)  # type: ignore[arg-type]
    with torch.no_grad():
        weights, _ = attentions[name](scored([-5.0], position=4.0, window=1.0))
    expected = math.exp(-2 * 0.5**2) if name == "local_p" else 1.0  # p_t = 1 · sigmoid(0) = 0.5, not renormalised
    assert float(weights) == pytest.approx(expected)


def test_local_m_keeps_the_window_around_the_step() -> None:
    weights, center = weigh("local_m", scored([1.0, 2.0, 3.0, 4.0, 5.0], position=2.0, window=1.0))
    assert center == 2.0
    assert weights == pytest.approx([0.0, *softmax(2, 3, 4), 0.0])


def test_a_window_edge_is_inside() -> None:
    weights, _ = weigh("local_m", scored([0.0] * 5, position=0.0, window=2.0))
    assert weights == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.0, 0.0])
    weights, _ = weigh("local_m", scored([0.0] * 5, position=0.0, window=1.9))
    assert weights == pytest.approx([0.5, 0.5, 0.0, 0.0, 0.0])


def test_local_m_waits_at_the_last_real_position() -> None:
    weights, center = weigh("local_m", scored([0.0] * 5, position=9.0, length=3, window=1.0))
    assert center == 2.0
    assert weights == pytest.approx([0.0, 0.5, 0.5, 0.0, 0.0])


def test_local_p_by_hand() -> None:
    module = LocalPredictive(4)
    with torch.no_grad():
        module.weight.weight.copy_(torch.eye(4))
        module.vector.copy_(torch.tensor([1.0, -0.5, 0.0, 0.0]))
        weights, center = module(scored([0.0, 1.0, 2.0, 3.0], window=2.0))
    place = 4 / (1 + math.exp(-0.5 * math.tanh(1.0)))  # S · sigmoid(v^T tanh(W h)), h all ones
    assert float(center) == pytest.approx(place)
    inside = [position for position in range(4) if abs(position - place) <= 2.0]
    shares = softmax(*inside)
    expected = [0.0] * 4
    for share, position in zip(shares, inside, strict=True):
        expected[position] = share * math.exp(-((position - place) ** 2) / 2)  # σ = D / 2 = 1
    assert weights[0, 0].tolist() == pytest.approx(expected)


def test_gaussian_by_hand() -> None:
    factors = gaussian(torch.tensor([[[2.25, 0.25, 0.25, 2.25]]]), torch.tensor([4.0]))
    assert factors[0, 0].tolist() == pytest.approx([math.exp(-(d**2) / 8) for d in (1.5, 0.5, 0.5, 1.5)])


def test_hard_takes_one_position() -> None:
    assert weigh("hard", scored([1.0, 3.0, 2.0]))[0] == [0.0, 1.0, 0.0]
    assert weigh("hard", scored([1.0, 3.0, 2.0], noise=[5.0, 0.0, 0.0]))[0] == [1.0, 0.0, 0.0]
    assert weigh("hard", scored([1.0, 3.0, 2.0], length=1))[0] == [1.0, 0.0, 0.0]
    assert weigh("hard", scored([2.0, 2.0]))[0] == [1.0, 0.0]


def test_noise_moves_hard_attention_alone() -> None:
    for name in ("global", "local_m", "local_p"):
        torch.manual_seed(3)
        quiet = weigh(name, scored([1.0, 3.0, 2.0]))
        torch.manual_seed(3)
        assert weigh(name, scored([1.0, 3.0, 2.0], noise=[5.0, 0.0, 9.0])) == quiet


def test_none_has_no_context() -> None:
    assert weigh("none", scored([1.0, 3.0])) == ([0.0, 0.0], 0.0)


def test_hard_trains_through_the_softmax_of_its_sample() -> None:
    given = scored([0.3, 1.0, -0.2], noise=[0.1, 0.4, 0.9])
    given.scores.requires_grad_()
    weights, _ = Hard().train()(given)
    assert weights[0, 0].tolist() == pytest.approx([0.0, 1.0, 0.0])  # forward: the one-hot sample
    values = torch.tensor([1.0, 10.0, 100.0])
    (weights[0, 0] * values).sum().backward()
    soft = torch.tensor(softmax(*((score + noise) / 0.7 for score, noise in ((0.3, 0.1), (1.0, 0.4), (-0.2, 0.9)))))
    expected = soft * (values - (soft * values).sum()) / 0.7  # backward: that of the softmax
    assert given.scores.grad is not None
    torch.testing.assert_close(given.scores.grad[0, 0], expected)


def test_gumbel_samples_follow_the_softmax() -> None:
    scores = torch.tensor([0.0, 1.0, 2.0]).expand(20_000, 3)
    chosen = one_hot_choice(scores + gumbel_noise(scores), torch.ones(20_000, 3, dtype=torch.bool))
    assert chosen.mean(dim=0).tolist() == pytest.approx(softmax(0, 1, 2), abs=0.015)


def _inputs() -> tuple[Tensor, Tensor]:
    return torch.randn(1, 2, 5, dtype=torch.float64, requires_grad=True), torch.tensor([[True] * 4 + [False]])


def test_softmax_gradient() -> None:
    logits, mask = _inputs()
    assert torch.autograd.gradcheck(lambda given: masked_softmax(given, mask[:, None, :].expand(1, 2, 5)), logits)


@pytest.mark.parametrize("name", ["global", "local_m", "local_p"])
def test_gradients_of_the_differentiable_types(name: str) -> None:
    scores, mask = _inputs()
    module = build_attentions(4).double()[name]
    query = torch.randn(1, 2, 4, dtype=torch.float64, requires_grad=True)
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    position = torch.tensor([[0.0, 1.0]], dtype=torch.float64)

    def weights(given: Tensor, asked: Tensor) -> Tensor:
        result: Tensor = module(Scored(given, asked, position, mask, one * 20, one * 0.8, zero, zero))[0]
        return result

    assert torch.autograd.gradcheck(weights, (scores, query), check_undefined_grad=False, atol=1e-4)


def test_order_of_the_types_is_the_order_of_the_names() -> None:
    kinds = [type(module).__name__ for module in build_attentions(4).values()]
    assert kinds == ["Global", "LocalMonotonic", "LocalPredictive", "Hard", "NoAttention"]
