"""The six alignment functions and five attention types of the lecture, one small class each.

Shapes throughout: `query` (batch, tgt_len, hidden) are decoder states, `memory` (batch, src_len, hidden) are the
encoder's outputs (keys and values at once, as in Luong 2015), `scores` and `weights` are (batch, tgt_len, src_len).
The scores are plain functions of arrays, so that they can be checked alone; the classes hold the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.layout import LINE, Layout

ALIGNMENTS = ("location", "content", "additive", "general", "dot", "scaled_dot")
ATTENTIONS = ("global", "local_m", "local_p", "hard", "none")
MASKED = -1e30
"""Stands for minus infinity: a row of it gives a finite softmax, so a fully masked row never turns into NaN."""


# --- scores -----------------------------------------------------------------------------------------------------------


def location_scores(query: Tensor, weight: Tensor, src_len: int) -> Tensor:
    """Score every position from the query alone: W_a q_j (Luong 2015, 3.1, eq. 8).

    Args:
        query: (batch, tgt_len, hidden).
        weight: W_a, (max_source, hidden): one row a source position.
        src_len: Number of source positions, at most max_source.

    Returns:
        Scores (batch, tgt_len, src_len).
    """
    return query @ weight[:src_len].transpose(0, 1)  # (batch, tgt_len, src_len)


def content_scores(query: Tensor, keys: Tensor, sharpness: Tensor) -> Tensor:
    """Cosine of query and key times a learned sharpness β > 0 (Graves 2014, 3.3.1, eq. 5 and 6)."""
    query = query / query.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    keys = keys / keys.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    return sharpness * (query @ keys.transpose(1, 2))  # (batch, tgt_len, src_len)


def additive_scores(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """v_a^T tanh(q + k) of query and key, both already projected by their halves of W_a (Bahdanau 2014, A.1.2).

    Args:
        query: (batch, tgt_len, size).
        keys: (batch, src_len, size).
        vector: v_a, (size,).
    """
    hidden = torch.tanh(query.unsqueeze(2) + keys.unsqueeze(1))  # (batch, tgt_len, src_len, size)
    scores: Tensor = hidden @ vector  # (batch, tgt_len, src_len)
    return scores


def dot_scores(query: Tensor, keys: Tensor) -> Tensor:
    """q^T k (Luong 2015, 3.1, eq. 7)."""
    return query @ keys.transpose(1, 2)  # (batch, tgt_len, src_len)


def scaled_dot_scores(query: Tensor, keys: Tensor) -> Tensor:
    """q^T k / sqrt(n), n the key size (Vaswani 2017, 3.2.1)."""
    scale: float = keys.shape[-1] ** 0.5
    return dot_scores(query, keys) / scale


# --- alignment functions ----------------------------------------------------------------------------------------------


class Location(nn.Module):
    """Location-based: the query alone names the position, no key takes part (Luong 2015, 3.1, eq. 8)."""

    def __init__(self, hidden: int, max_source: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(max_source, hidden))

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return scores (batch, tgt_len, src_len)."""
        return location_scores(query, self.weight, memory.shape[1])


class Content(nn.Module):
    """Content-based: sharpened cosine (Graves 2014, 3.3.1).

    A cosine lies in -1..1, which alone is nearly flat under a softmax. The sharpness starts at 8, and the query has a
    projection of its own, since a bounded GRU state and an unbounded memory do not share directions by themselves.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.log_sharpness = nn.Parameter(torch.tensor(8.0).log())

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return scores (batch, tgt_len, src_len)."""
        return content_scores(self.query(query), memory, self.log_sharpness.exp())


class Additive(nn.Module):
    """Additive, also "concat" or "MLP" (Bahdanau 2014, A.1.2)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.key = nn.Linear(hidden, hidden)
        self.vector = nn.Parameter(torch.empty(hidden).uniform_(-0.1, 0.1))

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return scores (batch, tgt_len, src_len)."""
        return additive_scores(self.query(query), self.key(memory), self.vector)


class General(nn.Module):
    """General, also "bilinear": q^T W_a k (Luong 2015, 3.1, eq. 7)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.weight = nn.Linear(hidden, hidden, bias=False)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return scores (batch, tgt_len, src_len)."""
        return dot_scores(self.weight(query), memory)


class Dot(nn.Module):
    """Dot product, without a parameter of its own (Luong 2015, 3.1, eq. 7)."""

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return scores (batch, tgt_len, src_len)."""
        return dot_scores(query, memory)


class ScaledDot(nn.Module):
    """Scaled dot product with a query projection W^Q (Vaswani 2017, 3.2.1 and 3.2.2).

    The query comes from a GRU, so its entries lie in -1..1, and 1/sqrt(n) on top of that leaves the softmax flat.
    W^Q therefore starts with a gain of n^(1/4), which a few hundred updates carry on to where it has to be.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.query = nn.Linear(hidden, hidden, bias=False)
        nn.init.xavier_uniform_(self.query.weight, gain=hidden**0.25)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return scores (batch, tgt_len, src_len)."""
        return scaled_dot_scores(self.query(query), memory)


def build_alignments(hidden: int, max_source: int) -> nn.ModuleDict:
    """Return one module per name of `ALIGNMENTS`, in that order."""
    modules = (
        Location(hidden, max_source),
        Content(hidden),
        Additive(hidden),
        General(hidden),
        Dot(),
        ScaledDot(hidden),
    )
    return nn.ModuleDict(dict(zip(ALIGNMENTS, modules, strict=True)))


# --- attention types --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scored:
    """What an attention type turns into weights.

    Attributes:
        scores: Alignment scores, (batch, tgt_len, src_len).
        query: Decoder states, (batch, tgt_len, hidden).
        position: Number of each decoding step, counted from 0, (batch, tgt_len), float.
        mask: True at real source positions, (batch, src_len).
        window: D of local attention in source positions, (batch,).
        temperature: Divides the scores, (batch,).
        bias: Added to the scores before the softmax, (batch, tgt_len, src_len) or broadcastable; -inf masks.
        noise: Gumbel noise for hard attention, like `bias`; zeros choose the arg-max.
        layout: How the source positions lie.
    """

    scores: Tensor
    query: Tensor
    position: Tensor
    mask: Tensor
    window: Tensor
    temperature: Tensor
    bias: Tensor
    noise: Tensor
    layout: Layout = LINE

    @property
    def logits(self) -> Tensor:
        """(score + bias) / temperature, (batch, tgt_len, src_len)."""
        return (self.scores + self.bias) / self.temperature[:, None, None]

    @property
    def allowed(self) -> Tensor:
        """True where a weight may be: real positions that no bias masks, (batch, tgt_len, src_len)."""
        return self.mask[:, None, :] & ((self.scores + self.bias) > MASKED)

    @property
    def length(self) -> Tensor:
        """S, the number of real source positions, (batch, 1), float."""
        return self.mask.sum(dim=1, keepdim=True).to(self.scores.dtype)

    def distances(self, center: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far each source position lies from a centre.

        Args:
            center: p_t, (batch, tgt_len, axes).

        Returns:
            The greatest distance along an axis, which windows are measured in, and the square of the straight
            distance, (batch, tgt_len, src_len) each.
        """
        places = self.layout.coordinates(self.scores.shape[-1], center)  # (src_len, axes)
        apart = (places - center.unsqueeze(2)).abs()  # (batch, tgt_len, src_len, axes)
        return apart.amax(dim=-1), apart.square().sum(dim=-1)


def masked_softmax(logits: Tensor, allowed: Tensor) -> Tensor:
    """Softmax over the last axis that gives 0 where `allowed` is False, and a row of zeros where all of it is."""
    weights = torch.softmax(torch.where(allowed, logits, MASKED), dim=-1)
    return weights * allowed.to(weights.dtype)


def one_hot_choice(logits: Tensor, allowed: Tensor) -> Tensor:
    """1 at the greatest allowed logit of each row, 0 elsewhere; zeros where nothing is allowed."""
    choice = torch.where(allowed, logits, MASKED).argmax(dim=-1, keepdim=True)
    source = torch.arange(logits.shape[-1], device=logits.device)
    return ((source == choice) & allowed).to(logits.dtype)


def gaussian(squared: Tensor, window: Tensor) -> Tensor:
    """exp(-(s - p_t)² / (2 σ²)) with σ = D / 2 (Luong 2015, 3.2, eq. 10).

    Args:
        squared: (s - p_t)², (batch, tgt_len, src_len).
        window: D > 0, (batch,).

    Returns:
        Factors in 0..1, (batch, tgt_len, src_len).
    """
    sigma = window[:, None, None] / 2
    return torch.exp(-squared / (2 * sigma**2))


class AttentionType(nn.Module):
    """Turns scores into weights: `forward(scored) → (weights, center)`.

    `weights` is (batch, tgt_len, src_len); `center` is p_t in the layout's coordinates, (batch, tgt_len, axes), 0 where
    the type has none.
    """

    @staticmethod
    def nowhere(scored: Scored) -> Tensor:
        """Return the centre of a type that has none, (batch, tgt_len, axes)."""
        return scored.position.new_zeros((*scored.position.shape, scored.layout.axes))

    def forward(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Return weights and centre."""
        raise NotImplementedError


class Global(AttentionType):
    """Softmax over all source positions (Luong 2015, 3.1; the "soft" attention of Xu 2015, 4.2)."""

    def forward(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Return weights and a centre of zeros."""
        return masked_softmax(scored.logits, scored.allowed), self.nowhere(scored)


class LocalMonotonic(AttentionType):
    """local-m: softmax inside a window around p_t = t, or what the layout makes of it (Luong 2015, 3.2)."""

    def forward(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Return weights and p_t."""
        center = scored.layout.sweep(scored.position, scored.length)
        farthest, _ = scored.distances(center)
        return masked_softmax(scored.logits, scored.allowed & (farthest <= scored.window[:, None, None])), center


class LocalPredictive(AttentionType):
    """local-p: the query predicts p_t, and a Gaussian around it multiplies the softmax (Luong 2015, 3.2, eq. 9-10).

    p_t = S · sigmoid(v_p^T tanh(W_p h_t)), with a v_p for each axis of the layout. The product is not renormalised, as
    in the paper.
    """

    def __init__(self, hidden: int, axes: int = 1) -> None:
        super().__init__()
        self.weight = nn.Linear(hidden, hidden, bias=False)
        self.vector = nn.Parameter(torch.empty(axes * hidden).uniform_(-0.1, 0.1))  # one axis behind the other

    def forward(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Return weights and p_t."""
        hidden = torch.tanh(self.weight(scored.query))  # (batch, tgt_len, hidden)
        raised = hidden @ self.vector.view(scored.layout.axes, -1).transpose(0, 1)  # (batch, tgt_len, axes)
        center = scored.layout.place(torch.sigmoid(raised.to(scored.scores.dtype)), scored.length)
        farthest, squared = scored.distances(center)
        weights = masked_softmax(scored.logits, scored.allowed & (farthest <= scored.window[:, None, None]))
        return weights * gaussian(squared, scored.window), center


class Hard(AttentionType):
    """Hard attention: exactly one position a step, weight 1 (Xu 2015, 4.1).

    Training uses the straight-through Gumbel-softmax estimator (Jang 2017, 2.2, at temperature 0.7) in the place of the
    paper's REINFORCE: the forward pass takes the one-hot sample, the backward pass the softmax that it was drawn from.
    At inference the position is the arg-max, or a sample where `noise` holds Gumbel noise.
    """

    RELAXATION = 0.7

    def forward(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Return one-hot weights and a centre of zeros."""
        logits = scored.logits + scored.noise
        weights = one_hot_choice(logits, scored.allowed)
        if self.training:
            relaxed = masked_softmax(logits / self.RELAXATION, scored.allowed)
            weights = weights + relaxed - relaxed.detach()
        return weights, self.nowhere(scored)


class NoAttention(AttentionType):
    """No attention: the context is zero, the decoder has its initial state alone (Sutskever 2014, Cho 2014)."""

    def forward(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Return zeros."""
        return torch.zeros_like(scored.scores), self.nowhere(scored)


def build_attentions(hidden: int, axes: int = 1) -> nn.ModuleDict:
    """Return one module per name of `ATTENTIONS`, in that order, for sources of one axis or two."""
    modules = (Global(), LocalMonotonic(), LocalPredictive(hidden, axes), Hard(), NoAttention())
    return nn.ModuleDict(dict(zip(ATTENTIONS, modules, strict=True)))


def gumbel_noise(like: Tensor) -> Tensor:
    """Return standard Gumbel noise of the shape of `like`, in float32."""
    uniform = torch.rand(like.shape, device=like.device).clamp_(1e-9, 1 - 1e-7)
    return -(-uniform.log()).log()
