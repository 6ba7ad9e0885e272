"""The Transformer: attention by its formula, masks, encoders, the cached step, gates; and what trains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from models.dropout import Dropout
from models.muon import Muon, orthogonalised
from models.transformer import MIXERS, MultiHeadAttention, TransformerConfig, TransformerModel, sinusoids
from models.transformer_step import EncoderGraph, TransformerStep

CONFIG = TransformerConfig(50, 60, hidden=32, heads=4, layers=2, inner=48, max_source=20, max_target=20)
BATCH, SRC_LEN, TGT_LEN = 3, 7, 5


def made(encoder: str = "attention") -> TransformerModel:
    torch.manual_seed(7)
    model = TransformerModel(dataclasses.replace(CONFIG, encoder=encoder)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 1:
                weight.add_(torch.randn_like(weight) * 0.3)
    return model


@pytest.fixture(params=MIXERS)
def model(request: pytest.FixtureRequest) -> TransformerModel:
    return made(request.param)


@pytest.fixture
def source() -> tuple[Tensor, Tensor]:
    torch.manual_seed(8)
    ids = torch.randint(4, 50, (BATCH, SRC_LEN))
    mask = torch.ones(BATCH, SRC_LEN, dtype=torch.bool)
    mask[1, 4:] = False
    return ids, mask


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def step_through(
    model: TransformerModel, source: tuple[Tensor, Tensor], tokens: Tensor, **changes: Tensor
) -> list[Tensor]:
    """Return logits, cross weights, cross scores, self weights, self scores of each step, the cache left out."""
    ids, mask = source
    config, batch, src_len = model.config, *ids.shape
    gate = torch.ones(batch, config.layers, config.heads)
    attends = config.encoder == "attention"
    memory = EncoderGraph(model)(ids, mask, changes.pop("encoder_gate", gate) if attends else None)[0]
    feeds = {
        "memory_mask": mask,
        "bias": torch.zeros(batch, src_len),
        "temperature": torch.ones(batch),
        "head_gate": gate,
        "self_gate": gate,
        "head_bias": torch.zeros(batch, config.layers, config.heads, src_len),
        **changes,
    }
    step = TransformerStep(model)
    past = [torch.zeros(batch, config.heads, 0, config.hidden // config.heads) for _ in range(2 * config.layers)]
    found = []
    for position in range(tokens.shape[1]):
        outputs = step(tokens[:, position], torch.full((batch,), position), memory, past=past, **feeds)
        past = list(outputs[5:])
        found.append(outputs[:5])
    return found


def full(model: TransformerModel, source: tuple[Tensor, Tensor], tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (batch, tgt_len, vocab) and cross weights (batch, layers, heads, tgt_len, src_len)."""
    memory, _ = model.encoder(*source)
    states, weights = model.decoder(tokens, memory, source[1])
    return model.decoder.logits(states), torch.stack(weights, dim=1)


def test_attention_is_its_formula() -> None:
    """Vaswani 2017, eq. 1, in float64, head by head."""
    torch.manual_seed(1)
    attention = MultiHeadAttention(8, 2)
    asking, memory = torch.randn(1, 3, 8), torch.randn(1, 4, 8)
    allowed = torch.tensor([[[[True, True, False, True]]]])
    found, weights = attention(asking, memory, allowed)
    parts = []
    joined = attention.key_value.weight.double().numpy()
    for head in range(2):
        rows = slice(4 * head, 4 * head + 4)
        query = asking[0].double().numpy() @ attention.query.weight.double().numpy()[rows].T
        key = memory[0].double().numpy() @ joined[:8][rows].T
        value = memory[0].double().numpy() @ joined[8:][rows].T
        powers = np.exp(query @ key.T / np.sqrt(4.0)) * [1, 1, 0, 1]
        shares = powers / powers.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(weights[0, head].numpy(), shares, atol=1e-6)
        parts.append(shares @ value)
    expected = np.concatenate(parts, axis=1) @ attention.output.weight.double().numpy().T
    np.testing.assert_allclose(found[0].numpy(), expected, atol=1e-6)


def test_a_fully_masked_row_reads_nothing() -> None:
    attention = MultiHeadAttention(8, 2)
    found, weights = attention(torch.randn(1, 2, 8), torch.randn(1, 3, 8), torch.zeros(1, 1, 1, 3, dtype=torch.bool))
    assert not weights.any()
    assert not found.any()


def test_positions_are_sines_then_cosines() -> None:
    table = sinusoids(10, 8)
    assert table.shape == (10, 8)
    assert table[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert table[3, 0] == pytest.approx(np.sin(3.0))
    assert table[3, 4] == pytest.approx(np.cos(3.0))


def test_a_later_token_changes_nothing_before_it(model: TransformerModel, source: tuple[Tensor, Tensor]) -> None:
    tokens = torch.randint(4, 60, (BATCH, TGT_LEN))
    before, _ = full(model, source, tokens)
    tokens[:, 3] = 5 + tokens[:, 3] % 40
    after, _ = full(model, source, tokens)
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert float((before[:, 3:] - after[:, 3:]).abs().max()) > 1e-3


def test_padding_changes_nothing(model: TransformerModel, source: tuple[Tensor, Tensor]) -> None:
    ids, mask = source
    tokens = torch.randint(4, 60, (BATCH, TGT_LEN))
    padded, _ = full(model, source, tokens)
    alone, _ = full(model, (ids[1:2, :4], mask[1:2, :4]), tokens[1:2])
    torch.testing.assert_close(padded[1:2], alone, atol=1e-5, rtol=1e-5)
    ids[1, 4:] = 9
    torch.testing.assert_close(full(model, source, tokens)[0], padded)


def test_each_encoder_looks_beyond_its_own_position(model: TransformerModel, source: tuple[Tensor, Tensor]) -> None:
    ids, mask = source
    before, weights = model.encoder(ids, mask)
    ids[0, 3] = 4 + (ids[0, 3] - 3) % 40
    after, _ = model.encoder(ids, mask)
    moved = (before[0] - after[0]).abs().amax(dim=1) > 1e-4
    assert moved[2]
    assert moved[4]
    assert len(weights) == (2 if model.config.encoder == "attention" else 0)


def test_the_cached_step_is_full_recomputation(model: TransformerModel, source: tuple[Tensor, Tensor]) -> None:
    tokens = torch.randint(4, 60, (BATCH, TGT_LEN))
    logits, weights = full(model, source, tokens)
    for position, (found, cross, scores, own, _) in enumerate(step_through(model, source, tokens)):
        torch.testing.assert_close(found, logits[:, position], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(cross, weights[:, :, :, position], atol=1e-5, rtol=1e-5)
        assert own.shape[-1] == position + 1
        expected = scores.masked_fill(~source[1][:, None, None], -torch.inf).softmax(dim=-1)
        torch.testing.assert_close(cross, expected, atol=1e-5, rtol=1e-5)


def test_a_closed_gate_is_a_head_without_output(source: tuple[Tensor, Tensor]) -> None:
    """The columns of the output projection that read a head are set to zero in another copy of the model."""
    model, tokens = made(), torch.randint(4, 60, (BATCH, TGT_LEN))
    gates = {name: torch.ones(BATCH, 2, 4) for name in ("head_gate", "self_gate", "encoder_gate")}
    for layer, name in enumerate(gates):
        gates[name][:, layer % 2, layer + 1] = 0.0
    gated = step_through(model, source, tokens, **gates)
    cut = made()
    for layer, attention in enumerate(
        (
            cut.decoder.layers[0].cross_attention,
            cut.decoder.layers[1].self_attention,
            cut.encoder.layers[0].mixer,
        )
    ):
        attention.output.weight[:, 8 * (layer + 1) : 8 * (layer + 2)] = 0.0  # type: ignore[union-attr,operator]
    logits, weights = full(cut, source, tokens)
    whole, _ = full(model, source, tokens)
    for position, (found, cross, *_) in enumerate(gated):
        torch.testing.assert_close(found, logits[:, position], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(cross, weights[:, :, :, position], atol=1e-5, rtol=1e-5)
    assert float((logits - whole).abs().max()) > 1e-2


def test_bias_and_temperature_act_on_cross_attention(source: tuple[Tensor, Tensor]) -> None:
    model, tokens = made(), torch.randint(4, 60, (BATCH, 1))
    bias = torch.zeros(BATCH, SRC_LEN)
    bias[0, 2], bias[0, 3] = -torch.inf, 1.5
    bias[2] = -torch.inf
    temperature = torch.tensor([0.5, 1.0, 2.0])
    ((logits, cross, scores, _, _),) = step_through(model, source, tokens, bias=bias, temperature=temperature)
    assert torch.isfinite(logits).all()
    assert not cross[0, :, :, 2].any()
    assert not cross[2].any()
    expected = ((scores[0] + bias[0]) / 0.5).softmax(dim=-1)
    torch.testing.assert_close(cross[0], expected, atol=1e-6, rtol=1e-5)


def test_a_heads_own_bias_acts_in_that_head_alone(source: tuple[Tensor, Tensor]) -> None:
    model, tokens = made(), torch.randint(4, 60, (BATCH, 1))
    own, bias = torch.zeros(BATCH, 2, 4, SRC_LEN), torch.zeros(BATCH, SRC_LEN)
    own[0, 1, 2, 3], own[0, 1, 2, 0], bias[0, 1] = -torch.inf, 1.5, 0.75
    own[2, 0, 1] = -torch.inf
    ((_, before, _, _, _),) = step_through(model, source, tokens, bias=bias)
    ((logits, cross, scores, _, _),) = step_through(model, source, tokens, bias=bias, head_bias=own)
    assert torch.isfinite(logits).all()
    expected = (scores[0, 1, 2] + bias[0] + own[0, 1, 2]).softmax(dim=-1)
    torch.testing.assert_close(cross[0, 1, 2], expected, atol=1e-6, rtol=1e-5)
    assert cross[0, 1, 2, 3] == 0.0
    assert not cross[2, 0, 1].any()
    others = [head for head in range(4) if head != 2]
    torch.testing.assert_close(cross[0, 1, others], before[0, 1, others])
    torch.testing.assert_close(cross[0, 0], before[0, 0])
    torch.testing.assert_close(cross[1], before[1])


def test_orthogonalised_brings_singular_values_together() -> None:
    torch.manual_seed(2)
    for shape in ((16, 16), (8, 40), (40, 8)):
        values = torch.linalg.svdvals(orthogonalised(torch.randn(shape)))
        assert float(values.min()) > 0.5
        assert float(values.max()) < 1.3


def test_muon_descends() -> None:
    torch.manual_seed(3)
    target, weight = torch.randn(6, 10), torch.zeros(6, 10, requires_grad=True)
    optimiser = Muon([weight], lr=0.02)
    losses = []
    for _ in range(60):
        with torch.enable_grad():
            loss = (weight - target).square().sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss))
    assert losses[-1] < 0.5 * losses[0]
    update = (torch.zeros(6, 10) - weight.detach()).square().mean().sqrt()
    assert 0 < float(update) < 60 * 0.02 * 0.8 * 1.3


def test_weight_decay_shrinks_what_has_no_gradient() -> None:
    weight = torch.ones(4, 6, requires_grad=True)
    weight.grad = torch.zeros(4, 6)
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    torch.testing.assert_close(weight.detach(), torch.full((4, 6), 0.95))


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    torch.manual_seed(4)
    rows, layer = torch.ones(1003, 101), Dropout(0.25)
    dropped = layer(rows)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert dropped.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert layer.eval()(rows) is rows
    assert Dropout(0.0)(rows) is rows
