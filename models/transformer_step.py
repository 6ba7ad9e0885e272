"""The graphs of a Transformer: an encoder that prepares keys and values, and one decoding step with a cache.

`models.transformer` says the same plainly, a whole prefix at a time, and is what these are tested against. The keys and
values of every decoder layer's cross-attention depend on the source alone, so the encoder computes them once: they are
the memory. Query, key and value of self-attention are one product, and 1/√n is part of the query's weights.

ONNX's own Attention operator (opset 23) returns scores or weights, not both. With a softmax behind it, it took 2 µs
less a layer than the open operators at batch 1 on a CPU (ONNX Runtime 1.31; 10 µs of a step's 0.4 ms) and 3 % more at
batch 32, and ONNX Runtime warns about its shapes at every step with a cache; so attention is written out here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, linear

from models.transformer import (
    MASKED,
    DecoderLayer,
    EncoderLayer,
    MultiHeadAttention,
    TransformerModel,
    attention_weights,
)

Pair = tuple[Tensor, Tensor]


def scaled_query(attention: MultiHeadAttention) -> Pair:
    """Return weight and bias of the query with 1/√n in them, so that q k is the scaled score."""
    size = attention.query.weight.shape[0] // attention.heads
    return attention.query.weight.detach() * size**-0.5, attention.query.bias.detach() * size**-0.5


class EncoderGraph(nn.Module):
    """The encoder of a trained Transformer: what is exported as ``encoder.onnx``."""

    memory_weight: Tensor
    memory_bias: Tensor

    def __init__(self, model: TransformerModel) -> None:
        super().__init__()
        self.encoder = model.encoder
        self.attends = model.config.encoder == "attention"
        layers = [layer.cross_attention for layer in model.decoder.layers if isinstance(layer, DecoderLayer)]
        self.register_buffer("memory_weight", torch.cat([layer.key_value.weight for layer in layers]).detach())
        self.register_buffer("memory_bias", torch.cat([layer.key_value.bias for layer in layers]).detach())

    def forward(
        self, source_ids: Tensor, source_mask: Tensor, encoder_gate: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Encode.

        Args:
            source_ids: (batch, src_len), int64; padding on the right.
            source_mask: True at real tokens, (batch, src_len).
            encoder_gate: 1 keeps a head of self-attention, 0 removes it, (batch, layers, heads); where there is any.

        Returns:
            memory (batch, src_len, 2 · layers · hidden): of every decoder layer all heads' keys, then all their values;
            where the encoder attends also weights and scores (batch, layers, heads, src_len, src_len).
        """
        encoder = self.encoder
        rows = encoder.embedding(source_ids) * encoder.scale + encoder.positions[: source_ids.shape[1]]
        weights, scores = [], []
        for number, layer in enumerate(encoder.layers):
            assert isinstance(layer, EncoderLayer)
            if encoder_gate is not None and isinstance(layer.mixer, MultiHeadAttention):
                rows, looked, scored = self._attend(layer, rows, source_mask, encoder_gate[:, number])
                weights.append(looked)
                scores.append(scored)
            else:
                rows, _ = layer(rows, source_mask)
        memory = linear(encoder.norm(rows), self.memory_weight, self.memory_bias)
        return (memory, torch.stack(weights, dim=1), torch.stack(scores, dim=1)) if weights else (memory,)

    @staticmethod
    def _attend(layer: EncoderLayer, rows: Tensor, mask: Tensor, gate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Run one layer with its heads gated; gate (batch, heads)."""
        attention = layer.mixer
        assert isinstance(attention, MultiHeadAttention)
        normed = layer.mixer_norm(rows)
        keys, values = attention.keys_values(normed)
        scores = attention.scores(attention.queries(normed), keys)  # (batch, heads, src_len, src_len)
        weights = attention_weights(scores, mask[:, None, None, :])
        contexts = (weights @ values) * gate[:, :, None, None]  # (batch, heads, src_len, size)
        rows = rows + attention.output(contexts.transpose(1, 2).flatten(2))
        return rows + layer.feed_forward(layer.forward_norm(rows)), weights, scores


class StepLayer(nn.Module):
    """One decoder layer for one token, its weights copied into as few products as there can be."""

    def __init__(self, layer: DecoderLayer) -> None:
        super().__init__()
        own, cross = layer.self_attention, layer.cross_attention
        query, query_bias = scaled_query(own)
        self.joined = nn.Parameter(torch.cat([query, own.key_value.weight.detach()]))
        self.joined_bias = nn.Parameter(torch.cat([query_bias, own.key_value.bias.detach()]))
        query, query_bias = scaled_query(cross)
        self.query, self.query_bias = nn.Parameter(query), nn.Parameter(query_bias)
        self.self_output, self.cross_output = own.output, cross.output
        self.self_norm, self.cross_norm, self.forward_norm = layer.self_norm, layer.cross_norm, layer.forward_norm
        self.feed_forward = layer.feed_forward


class TransformerStep(nn.Module):
    """One decoding step of a trained Transformer: what is exported as ``step.onnx``. For inference alone."""

    def __init__(self, model: TransformerModel) -> None:
        super().__init__()
        config = model.config
        self.heads, self.size = config.heads, config.hidden // config.heads
        self.decoder = model.decoder
        self.layers = nn.ModuleList(
            StepLayer(layer) for layer in model.decoder.layers if isinstance(layer, DecoderLayer)
        )

    def forward(
        self,
        token: Tensor,
        position: Tensor,
        memory: Tensor,
        memory_mask: Tensor,
        bias: Tensor,
        temperature: Tensor,
        head_gate: Tensor,
        self_gate: Tensor,
        head_bias: Tensor,
        past: list[Tensor],
    ) -> tuple[Tensor, ...]:
        """Decode one step.

        Args:
            token: The token emitted last, (batch,), int64.
            position: Number of this step, counted from 0, (batch,), int64.
            memory: (batch, src_len, 2 · layers · hidden), see `EncoderGraph.forward`.
            memory_mask: True at real source positions, (batch, src_len).
            bias: Added to the scores of every head of cross-attention, (batch, src_len).
            temperature: Divides (score + bias + head_bias) of cross-attention, (batch,).
            head_gate: 1 keeps a head of cross-attention, 0 removes it, (batch, layers, heads).
            self_gate: The same of self-attention.
            head_bias: Added to the scores of each head of cross-attention besides, (batch, layers, heads, src_len).
            past: Of each layer keys, then values of the tokens so far, (batch, heads, past_len, size) each.

        Returns:
            logits (batch, vocab); cross_weights, cross_scores (batch, layers, heads, src_len); self_weights,
            self_scores (batch, layers, heads, past_len + 1); then as `past` with the present token behind the others.
        """
        batch, heads, size = memory.shape[0], self.heads, self.size
        decoder = self.decoder
        rows = decoder.embedding(token) * decoder.scale + decoder.positions.index_select(0, position)  # (batch, hidden)
        cells = memory.view(batch, memory.shape[1], -1, size).transpose(1, 2)  # (batch, 2 layers heads, src_len, size)
        parts = torch.split(cells, heads, dim=1)  # of each layer keys, then values: (batch, heads, src_len, size)
        own_bias = head_bias.transpose(1, 2)  # (batch, heads, layers, src_len)
        allowed = (memory_mask & (bias > MASKED))[:, None, None, :] & (own_bias > MASKED)
        biases = torch.where(allowed, bias[:, None, None, :] + own_bias, MASKED)  # (batch, heads, layers, src_len)
        some = allowed.to(rows.dtype).amax(dim=3, keepdim=True)  # 0 where a head has everything masked
        added, counted = torch.split(biases, 1, dim=2), torch.split(some, 1, dim=2)
        sharpness = (1 / temperature)[:, None, None, None]
        gates = torch.split(head_gate.unsqueeze(3), 1, dim=1), torch.split(self_gate.unsqueeze(3), 1, dim=1)
        looks: list[list[Tensor]] = [[], [], [], []]
        present: list[Tensor] = []
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, StepLayer)
            joined = linear(self._norm(layer.self_norm, rows), layer.joined, layer.joined_bias)
            query, key, value = torch.split(joined.view(batch, 3 * heads, 1, size), heads, dim=1)
            keys = torch.cat([past[2 * number], key], dim=2)  # (batch, heads, past_len + 1, size)
            values = torch.cat([past[2 * number + 1], value], dim=2)
            own_scores = query @ keys.transpose(2, 3)  # (batch, heads, 1, past_len + 1)
            own_weights = torch.softmax(own_scores, dim=3)
            read = (own_weights @ values).view(batch, 1, heads, size) * gates[1][number]
            rows = rows + layer.self_output(read.view(batch, -1))
            query = linear(self._norm(layer.cross_norm, rows), layer.query, layer.query_bias).view(
                batch, heads, 1, size
            )
            scores = query @ parts[2 * number].transpose(2, 3)  # (batch, heads, 1, src_len)
            weights = torch.softmax((scores + added[number]) * sharpness, dim=3) * counted[number]
            read = (weights @ parts[2 * number + 1]).view(batch, 1, heads, size) * gates[0][number]
            rows = rows + layer.cross_output(read.view(batch, -1))
            rows = rows + layer.feed_forward(self._norm(layer.forward_norm, rows))
            present += [keys, values]
            for collected, looked in zip(looks, (weights, scores, own_weights, own_scores), strict=True):
                collected.append(looked)
        logits = decoder.logits(self._norm(decoder.norm, rows))
        return logits, *(torch.cat(each, dim=2).transpose(1, 2) for each in looks), *present

    @staticmethod
    def _norm(norm: nn.LayerNorm, rows: Tensor) -> Tensor:
        return layer_norm(rows, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
