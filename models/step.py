"""One decoding step with the switches as inputs, arranged for speed: what is exported as ``step.onnx``.

`models.recurrent.StepModel` says the same plainly, module by module, and is what this one is tested against. Per row of
the batch everything is computed once and the switches choose between small results: all query projections are one
product, the four product scores share one product with the memory, and global, local-m, local-p share one softmax.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from models.attention import (
    ALIGNMENTS,
    ATTENTIONS,
    MASKED,
    Additive,
    Content,
    General,
    LocalPredictive,
    Location,
    ScaledDot,
)
from models.recurrent import RecurrentModel

EVERYWHERE = 1e9
"""Reach of the types that have no window, in source positions."""

ATTENTION_ROWS = {
    "global": (EVERYWHERE, 0.0, 0.0, 0.0),
    "local_m": (0.0, 1.0, 0.0, 0.0),
    "local_p": (0.0, 0.0, 1.0, 0.0),
    "hard": (EVERYWHERE, 0.0, 0.0, 1.0),
    "none": (-EVERYWHERE, 0.0, 0.0, 0.0),
}
"""Of each type: what is added to D to get its reach (none reaches nothing), then 1 or 0 for whether it has local-m's
centre, whether it has local-p's, whether it is hard."""


class FusedStep(nn.Module):
    """The step of a trained model; it keeps copies of the weights as they are now, so it is for inference alone."""

    projection: Tensor
    projection_bias: Tensor
    key: Tensor
    vector: Tensor
    sharpness: Tensor
    center_vector: Tensor
    place: Tensor
    alignment_rows: Tensor
    attention_rows: Tensor

    def __init__(self, model: RecurrentModel) -> None:
        super().__init__()
        decoder, hidden = model.decoder, model.config.hidden
        self.hidden = hidden
        self.embedding, self.gru, self.attentional, self.bias = (
            decoder.embedding,
            decoder.gru,
            decoder.attentional,
            decoder.bias,
        )
        location, content, additive, general = (decoder.alignments[name] for name in ALIGNMENTS[:4])
        scaled, local = decoder.alignments["scaled_dot"], decoder.attentions["local_p"]
        assert isinstance(location, Location)
        assert isinstance(content, Content)
        assert isinstance(additive, Additive)
        assert isinstance(general, General)
        assert isinstance(scaled, ScaledDot)
        assert isinstance(local, LocalPredictive)
        parts = {
            "content": content.query.weight,
            "general": general.weight.weight,
            "scaled_dot": scaled.query.weight / hidden**0.5,
            "additive": additive.query.weight,
            "local_p": local.weight.weight,
            "location": location.weight,
        }
        self.sizes = [part.shape[0] for part in parts.values()]
        projection = torch.cat(list(parts.values())).detach()
        bias = torch.zeros(projection.shape[0])
        bias[3 * hidden : 4 * hidden] = (
            additive.key.bias.detach()
        )  # W k + b + W q: the bias is cheaper on the query's side
        constants = {
            "projection": projection,  # (5 hidden + max_source, hidden)
            "projection_bias": bias,
            "key": additive.key.weight.detach().clone(),
            "vector": additive.vector.detach().clone(),
            "sharpness": content.log_sharpness.detach().exp(),
            "center_vector": local.vector.detach().clone(),
            "place": torch.arange(location.weight.shape[0], dtype=torch.float32),
            "alignment_rows": torch.eye(len(ALIGNMENTS), dtype=torch.bool),
            "attention_rows": torch.tensor([ATTENTION_ROWS[name] for name in ATTENTIONS]),
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant, persistent=False)

    def forward(
        self,
        token: Tensor,
        position: Tensor,
        state: Tensor,
        memory: Tensor,
        memory_mask: Tensor,
        alignment: Tensor,
        attention: Tensor,
        window: Tensor,
        temperature: Tensor,
        bias: Tensor,
        noise: Tensor,
    ) -> tuple[Tensor, ...]:
        """Decode one step: arguments and results of `models.recurrent.StepModel.forward`."""
        query = self.next_state(token, state)  # (batch, hidden)
        projected = torch.split(linear(query, self.projection, self.projection_bias), self.sizes, dim=1)
        scores = self.scores(
            query, projected, memory, self.alignment_rows.index_select(0, alignment)
        )  # (batch, src_len)
        biased = scores + bias
        weights, center = self.weights(
            biased / temperature.unsqueeze(1),
            memory_mask & (biased > MASKED),
            self.centers(position, memory_mask, torch.tanh(projected[4])),
            self.attention_rows.index_select(0, attention),
            window.unsqueeze(1),
            noise,
        )
        context = (weights.unsqueeze(1) @ memory).squeeze(1)  # (batch, hidden)
        attentional = torch.tanh(self.attentional(torch.cat([context, query], dim=1)))
        logits = linear(attentional, self.embedding.weight, self.bias)
        return logits, query, scores, weights, *self.told(center)

    def next_state(self, token: Tensor, state: Tensor) -> Tensor:
        """One step of the GRU (Cho 2014), written out: (batch,), (batch, hidden) → (batch, hidden)."""
        size = self.hidden
        input_weight, state_weight, input_bias, state_bias = self.gru.all_weights[0]
        from_token = linear(self.embedding(token), input_weight, input_bias)  # (batch, 3 hidden)
        from_state = linear(state, state_weight, state_bias)
        ahead, ahead_new = torch.split(from_token, [2 * size, size], dim=1)
        back, back_new = torch.split(from_state, [2 * size, size], dim=1)
        reset, update = torch.split(torch.sigmoid(ahead + back), size, dim=1)  # (batch, hidden) each
        new = torch.tanh(ahead_new + reset * back_new)
        next_state: Tensor = new + update * (state - new)
        return next_state

    def scores(self, query: Tensor, projected: tuple[Tensor, ...], memory: Tensor, chosen: Tensor) -> Tensor:
        """Return each row's scores (batch, src_len) under its own alignment function.

        Args:
            query: (batch, hidden).
            projected: Its projections for content, general, scaled dot and additive, local-p's, and location's scores.
            memory: (batch, src_len, hidden).
            chosen: (batch, alignments), True at each row's alignment function.
        """
        content, general, scaled, asked, _, located = projected
        is_location, is_content, is_additive, is_general, _, is_scaled = torch.split(chosen, 1, dim=1)
        factor = torch.where(is_scaled, scaled, torch.where(is_general, general, query))
        factor = torch.where(is_content, content, factor)  # (batch, hidden)
        product = (memory @ factor.unsqueeze(2)).squeeze(2)  # (batch, src_len)
        norms = memory.norm(dim=2).clamp_min(1e-6) * content.norm(dim=1, keepdim=True).clamp_min(1e-6)
        product = torch.where(is_content, self.sharpness * product / norms, product)
        added = torch.tanh(memory @ self.key.transpose(0, 1) + asked.unsqueeze(1)) @ self.vector.unsqueeze(1)
        product = torch.where(is_additive, added.squeeze(2), product)  # (batch, src_len)
        return torch.where(is_location, located.narrow(1, 0, memory.shape[1]), product)

    def centers(self, position: Tensor, memory_mask: Tensor, raised: Tensor) -> tuple[Tensor, Tensor]:
        """Return p_t of local-m and of local-p, (batch, axes) each, in the coordinates of `models.layout`.

        Args:
            position: Number of this step, (batch,).
            memory_mask: (batch, src_len).
            raised: tanh(W_p h_t), (batch, hidden).
        """
        length = memory_mask.float().sum(dim=1, keepdim=True)  # (batch, 1)
        monotonic = torch.minimum(position.unsqueeze(1).float(), (length - 1).clamp_min(0))
        return monotonic, length * torch.sigmoid(raised @ self.center_vector.unsqueeze(1))  # (batch, 1) each

    def distances(self, center: Tensor, src_len: int) -> tuple[Tensor, Tensor]:
        """Return the greatest distance along an axis from each row's centre, and the squared one, (batch, src_len)."""
        distance = self.place.narrow(0, 0, src_len) - center
        return distance.abs(), distance * distance

    def told(self, center: Tensor) -> tuple[Tensor, ...]:
        """Return what is told of the centre (batch, axes): `center` (batch,)."""
        return (center.squeeze(1),)

    def weights(
        self,
        logits: Tensor,
        allowed: Tensor,
        centers: tuple[Tensor, Tensor],
        chosen: Tensor,
        window: Tensor,
        noise: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return each row's weights (batch, src_len) and centre (batch, axes) under its own attention type.

        Args:
            logits: (score + bias) / temperature, (batch, src_len).
            allowed: True at real positions that no bias masks, (batch, src_len).
            centers: p_t of local-m and of local-p, (batch, axes) each.
            chosen: Each row's row of `ATTENTION_ROWS`, (batch, 4).
            window: D, (batch, 1).
            noise: Gumbel noise, (batch, src_len).
        """
        reach, monotonic, predictive, hard = torch.split(chosen, 1, dim=1)
        center = monotonic * centers[0] + predictive * centers[1]
        farthest, squared = self.distances(center, logits.shape[1])
        inside = allowed & (farthest <= window + reach)
        logits = torch.where(inside, logits + hard * noise, MASKED)
        narrowing = predictive * (-2 / (window * window))  # -1 / (2 σ²) with σ = D / 2, 0 for the other types
        soft = torch.softmax(logits, dim=1) * torch.exp(squared * narrowing)
        source = self.place.narrow(0, 0, logits.shape[1])
        one_hot = (source == logits.argmax(dim=1, keepdim=True).float()).float()
        return torch.where(inside, torch.where(hard > 0, one_hot, soft), 0.0), center
