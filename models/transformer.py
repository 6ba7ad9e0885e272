"""The Transformer backbone: a pre-norm encoder-decoder whose encoder mixes by self-attention, a GRU or a convolution.

Attention is computed openly, scores, mask, softmax, context, so that every head's weights can be looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.dropout import Dropout

MASKED = -1e9
"""Stands for minus infinity in masked scores; a fully masked row is set to zero after the softmax, so never NaN."""
MIXERS = ("attention", "rnn", "cnn")
"""What mixes the positions in an encoder layer (Domhan 2018, 3)."""


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of a Transformer; lengths count tokens with the end token."""

    source_vocab: int
    target_vocab: int
    encoder: str = "attention"
    hidden: int = 256
    heads: int = 4
    layers: int = 3
    inner: int = 1024
    kernel: int = 3
    max_source: int = 256
    max_target: int = 256
    dropout: float = 0.1


def sinusoids(length: int, hidden: int) -> Tensor:
    """Return the position encodings (length, hidden): sines, then cosines (Vaswani 2017, 3.5)."""
    rate = torch.exp(torch.arange(hidden // 2) * (-math.log(10_000.0) / (hidden // 2 - 1)))  # (hidden / 2,)
    angle = torch.arange(length).unsqueeze(1) * rate  # (length, hidden / 2)
    return torch.cat([angle.sin(), angle.cos()], dim=1)


def split_heads(rows: Tensor, heads: int) -> Tensor:
    """(batch, length, heads · size) → (batch, heads, length, size)."""
    batch, length, hidden = rows.shape
    return rows.view(batch, length, heads, hidden // heads).transpose(1, 2)


def attention_weights(scores: Tensor, allowed: Tensor) -> Tensor:
    """Return the softmax over the allowed positions; a row with none is all zero.

    Args:
        scores: (…, src_len).
        allowed: Broadcast to `scores`, bool.
    """
    weights = torch.softmax(scores.masked_fill(~allowed, MASKED), dim=-1)
    return weights.masked_fill(~allowed, 0.0)


class MultiHeadAttention(nn.Module):
    """Multi-head scaled dot-product attention (Vaswani 2017, 3.2.2)."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(hidden, hidden)
        self.key_value = nn.Linear(hidden, 2 * hidden)
        self.output = nn.Linear(hidden, hidden)
        for linear in (self.query, self.key_value, self.output):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def queries(self, asking: Tensor) -> Tensor:
        """(batch, tgt_len, hidden) → (batch, heads, tgt_len, size)."""
        queries: Tensor = self.query(asking)
        return split_heads(queries, self.heads)

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, src_len, hidden) → keys and values, (batch, heads, src_len, size) each."""
        keys, values = self.key_value(memory).chunk(2, dim=-1)
        return split_heads(keys, self.heads), split_heads(values, self.heads)

    @staticmethod
    def scores(queries: Tensor, keys: Tensor) -> Tensor:
        """Return q k / √n of (batch, heads, tgt_len, size) and (batch, heads, src_len, size): (…, tgt_len, src_len)."""
        scaled: Tensor = queries * keys.shape[-1] ** -0.5
        return scaled @ keys.transpose(2, 3)

    def contexts(self, weights: Tensor, values: Tensor) -> Tensor:
        """Return what the heads read, side by side: (batch, tgt_len, hidden), before the output projection."""
        return (weights.to(values.dtype) @ values).transpose(1, 2).flatten(2)

    def forward(self, asking: Tensor, memory: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """Attend.

        Args:
            asking: (batch, tgt_len, hidden).
            memory: (batch, src_len, hidden).
            allowed: What may be looked at, broadcast to (batch, heads, tgt_len, src_len).

        Returns:
            The sub-layer's output (batch, tgt_len, hidden) and weights (batch, heads, tgt_len, src_len).
        """
        keys, values = self.keys_values(memory)
        weights = attention_weights(self.scores(self.queries(asking), keys), allowed)
        return self.output(self.contexts(weights, values)), weights


class FeedForward(nn.Module):
    """Position-wise feed-forward network (Vaswani 2017, 3.3)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.widen = nn.Linear(config.hidden, config.inner)
        self.narrow = nn.Linear(config.inner, config.hidden)
        self.dropout = Dropout(config.dropout)
        for linear in (self.widen, self.narrow):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, rows: Tensor) -> Tensor:
        """(…, hidden) → (…, hidden)."""
        return self.narrow(self.dropout(torch.relu(self.widen(rows))))  # type: ignore[no-any-return]


class BidirectionalGRU(nn.Module):
    """The recurrent stand-in for self-attention: half of the hidden size reads forward, half backward."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.forward_gru = nn.GRU(config.hidden, config.hidden // 2, batch_first=True)
        self.backward_gru = nn.GRU(config.hidden, config.hidden // 2, batch_first=True)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """(batch, src_len, hidden), mask (batch, src_len) → (batch, src_len, hidden).

        The backward direction starts at each row's own last token, so padding never enters a state.
        """
        length = mask.sum(dim=1, keepdim=True)  # (batch, 1)
        position = torch.arange(rows.shape[1], device=rows.device)  # (src_len,)
        mirrored = torch.where(mask, length - 1 - position, position).unsqueeze(-1)  # (batch, src_len, 1)
        back, _ = self.backward_gru(rows.gather(1, mirrored.expand(-1, -1, rows.shape[-1])))
        ahead, _ = self.forward_gru(rows)  # (batch, src_len, hidden / 2)
        return torch.cat([ahead, back.gather(1, mirrored.expand(-1, -1, back.shape[-1]))], dim=-1)


class GatedConvolution(nn.Module):
    """The convolutional stand-in for self-attention: gated linear units over neighbours (Gehring 2017, 3.2)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.reach = config.kernel // 2
        self.linear = nn.Linear(config.kernel * config.hidden, 2 * config.hidden)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """(batch, src_len, hidden), mask (batch, src_len) → (batch, src_len, hidden); padding counts as zeros."""
        real = rows * mask.unsqueeze(-1)
        padded = nn.functional.pad(real, (0, 0, self.reach, self.reach))
        shifted = [padded[:, place : place + rows.shape[1]] for place in range(2 * self.reach + 1)]
        return nn.functional.glu(self.linear(torch.cat(shifted, dim=-1)), dim=-1)


class EncoderLayer(nn.Module):
    """x + mix(norm x), then x + feed-forward(norm x) (pre-norm, Xiong 2020)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.mixer_norm, self.forward_norm = nn.LayerNorm(config.hidden), nn.LayerNorm(config.hidden)
        self.mixer: nn.Module
        if config.encoder == "attention":
            self.mixer = MultiHeadAttention(config.hidden, config.heads)
        else:
            self.mixer = {"rnn": BidirectionalGRU, "cnn": GatedConvolution}[config.encoder](config)
        self.feed_forward = FeedForward(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, rows: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """(batch, src_len, hidden) → the same, and the weights (batch, heads, src_len, src_len) of self-attention."""
        normed, weights = self.mixer_norm(rows), None
        if isinstance(self.mixer, MultiHeadAttention):
            mixed, weights = self.mixer(normed, normed, mask[:, None, None, :])
        else:
            mixed = self.mixer(normed, mask)
        rows = rows + self.dropout(mixed)
        return rows + self.dropout(self.feed_forward(self.forward_norm(rows))), weights


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention, feed-forward, each x + f(norm x)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.self_norm, self.cross_norm, self.forward_norm = (nn.LayerNorm(config.hidden) for _ in range(3))
        self.self_attention = MultiHeadAttention(config.hidden, config.heads)
        self.cross_attention = MultiHeadAttention(config.hidden, config.heads)
        self.feed_forward = FeedForward(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, rows: Tensor, memory: Tensor, source_mask: Tensor, causal: Tensor) -> tuple[Tensor, Tensor]:
        """Run on a whole target prefix.

        Args:
            rows: (batch, tgt_len, hidden).
            memory: (batch, src_len, hidden).
            source_mask: (batch, src_len).
            causal: True on and below the diagonal, (tgt_len, tgt_len).

        Returns:
            (batch, tgt_len, hidden) and cross-attention weights (batch, heads, tgt_len, src_len).
        """
        normed = self.self_norm(rows)
        mixed, _ = self.self_attention(normed, normed, causal)
        rows = rows + self.dropout(mixed)
        read, weights = self.cross_attention(self.cross_norm(rows), memory, source_mask[:, None, None, :])
        rows = rows + self.dropout(read)
        return rows + self.dropout(self.feed_forward(self.forward_norm(rows))), weights


class TransformerEncoder(nn.Module):
    """Source embedding, position encoding, layers, a last normalisation."""

    positions: Tensor

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.scale = config.hidden**0.5
        self.embedding = nn.Embedding(config.source_vocab, config.hidden)
        nn.init.normal_(self.embedding.weight, std=config.hidden**-0.5)
        self.register_buffer("positions", sinusoids(config.max_source, config.hidden), persistent=False)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.hidden)
        self.dropout = Dropout(config.dropout)

    def forward(self, source_ids: Tensor, source_mask: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encode.

        Args:
            source_ids: (batch, src_len), int64; padding on the right.
            source_mask: True at real tokens, (batch, src_len).

        Returns:
            memory (batch, src_len, hidden), and of each self-attention layer the weights (batch, heads, src_len,
            src_len).
        """
        rows = self.embedding(source_ids) * self.scale + self.positions[: source_ids.shape[1]]
        rows, weights = self.dropout(rows), []
        for layer in self.layers:
            rows, looked = layer(rows, source_mask)
            weights += [] if looked is None else [looked]
        return self.norm(rows), weights


class TransformerDecoder(nn.Module):
    """Target embedding, position encoding, layers, a last normalisation; the embedding is the output projection too."""

    positions: Tensor

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.scale = config.hidden**0.5
        self.embedding = nn.Embedding(config.target_vocab, config.hidden)
        nn.init.normal_(self.embedding.weight, std=config.hidden**-0.5)
        self.register_buffer("positions", sinusoids(config.max_target, config.hidden), persistent=False)
        self.bias = nn.Parameter(torch.zeros(config.target_vocab))
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.hidden)
        self.dropout = Dropout(config.dropout)

    def forward(self, tokens: Tensor, memory: Tensor, source_mask: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Run on whole prefixes.

        Args:
            tokens: What was emitted, begin token first, (batch, tgt_len).
            memory: (batch, src_len, hidden).
            source_mask: (batch, src_len).

        Returns:
            The state that each next token is read from, (batch, tgt_len, hidden), and of each layer the cross-attention
            weights (batch, heads, tgt_len, src_len).
        """
        length = tokens.shape[1]
        rows = self.dropout(self.embedding(tokens) * self.scale + self.positions[:length])
        causal = torch.ones(length, length, dtype=torch.bool, device=tokens.device).tril()
        weights = []
        for layer in self.layers:
            rows, looked = layer(rows, memory, source_mask, causal)
            weights.append(looked)
        return self.norm(rows), weights

    def logits(self, states: Tensor) -> Tensor:
        """(…, hidden) → (…, vocab)."""
        return states @ self.embedding.weight.transpose(0, 1) + self.bias


class TransformerModel(nn.Module):
    """Encoder and decoder."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = TransformerEncoder(config)
        self.decoder = TransformerDecoder(config)
