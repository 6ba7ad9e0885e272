"""The recurrent backbone: one encoder-decoder for all alignment functions and attention types."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.attention import ALIGNMENTS, ATTENTIONS, Scored, build_alignments, build_attentions
from models.image_encoder import ImageConfig, ImageEncoder
from models.layout import LINE, Layout

COPY_GAIN = 2.0
"""How strongly a model with one embedding begins by writing down what it looks at; 1 leaves the logits rather flat."""


@dataclass(frozen=True)
class RecurrentConfig:
    """Sizes of a recurrent model; lengths count tokens with the end token.

    Where `image` is given, the source is an image: it has no vocabulary, and `max_source` is the number of its cells.
    `shared`: one embedding for both sides, which then have one vocabulary.
    """

    source_vocab: int
    target_vocab: int
    hidden: int = 256
    max_source: int = 128
    max_target: int = 128
    dropout: float = 0.2
    image: ImageConfig | None = None
    shared: bool = False

    @property
    def layout(self) -> Layout:
        """How the source positions lie."""
        return LINE if self.image is None else self.image.grid


@dataclass(frozen=True)
class Switches:
    """The attention of each row of a batch.

    Attributes:
        alignment: Place in `ALIGNMENTS`, (batch,), int64.
        attention: Place in `ATTENTIONS`, (batch,), int64.
        window: D of local attention, (batch,).
        temperature: Divides the scores, (batch,).
    """

    alignment: Tensor
    attention: Tensor
    window: Tensor
    temperature: Tensor

    @staticmethod
    def of(alignment: str, attention: str, batch: int, window: float = 8.0, temperature: float = 1.0) -> Switches:
        """Return the same switches for every row."""
        return Switches(
            torch.full((batch,), ALIGNMENTS.index(alignment)),
            torch.full((batch,), ATTENTIONS.index(attention)),
            torch.full((batch,), float(window)),
            torch.full((batch,), float(temperature)),
        )

    def to(self, device: torch.device) -> Switches:
        """Return the switches on another device."""
        return Switches(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))

    def rows(self, rows: slice) -> Switches:
        """Return the switches of some rows."""
        return Switches(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class Encoder(nn.Module):
    """Bidirectional GRU (Cho 2014; bidirectional as in Bahdanau 2014, 3.2).

    The backward direction reads each row from its own last token, so padding never enters a state. A memory cell holds
    both directions and the word's own embedding, projected to the size of the decoder's state.
    """

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.source_vocab, config.hidden)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.forward_gru = nn.GRU(config.hidden, config.hidden, batch_first=True)
        self.backward_gru = nn.GRU(config.hidden, config.hidden, batch_first=True)
        self.memory = nn.Linear(3 * config.hidden, config.hidden)
        self.state = nn.Linear(2 * config.hidden, config.hidden)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, source_ids: Tensor, source_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encode.

        Args:
            source_ids: (batch, src_len), int64; padding on the right.
            source_mask: True at real tokens, (batch, src_len).

        Returns:
            memory (batch, src_len, hidden) and the decoder's initial state (batch, hidden).
        """
        embedded = self.dropout(self.embedding(source_ids))  # (batch, src_len, hidden)
        length = source_mask.sum(dim=1, keepdim=True)  # (batch, 1)
        position = torch.arange(source_ids.shape[1], device=source_ids.device)  # (src_len,)
        mirrored = torch.where(source_mask, length - 1 - position, position)  # (batch, src_len)
        index = mirrored.unsqueeze(-1).expand(-1, -1, embedded.shape[-1])
        ahead, _ = self.forward_gru(embedded)  # (batch, src_len, hidden)
        back, _ = self.backward_gru(embedded.gather(1, index))  # (batch, src_len, hidden), read from the end
        last = (length - 1).clamp_min(0).unsqueeze(-1).expand(-1, -1, ahead.shape[-1])  # (batch, 1, hidden)
        ends = torch.cat([ahead.gather(1, last), back.gather(1, last)], dim=-1).squeeze(1)  # (batch, 2 hidden)
        both = torch.cat([ahead, back.gather(1, index), embedded], dim=-1)  # (batch, src_len, 3 hidden)
        return self.memory(self.dropout(both)), torch.tanh(self.state(ends))


class Decoder(nn.Module):
    """GRU decoder with Luong's attentional state and no input feeding (Luong 2015, 3, eq. 5).

    Its state depends on the emitted tokens alone, so every alignment function and attention type meets the same query
    at the same prefix. The output projection is the target embedding (Press and Wolf 2017).
    """

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.target_vocab, config.hidden)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.gru = nn.GRU(config.hidden, config.hidden, batch_first=True)
        self.attentional = nn.Linear(2 * config.hidden, config.hidden)
        self.bias = nn.Parameter(torch.zeros(config.target_vocab))
        self.alignments = build_alignments(config.hidden, config.max_source)
        self.attentions = build_attentions(config.hidden, config.layout.axes)
        self.dropout = nn.Dropout(config.dropout)

    def queries(self, tokens: Tensor, state: Tensor) -> Tensor:
        """Return the decoder's state after each token: tokens (batch, tgt_len) → (batch, tgt_len, hidden)."""
        hidden, _ = self.gru(self.dropout(self.embedding(tokens)), state.unsqueeze(0).contiguous())
        return hidden  # type: ignore[no-any-return]

    def attentional_state(self, query: Tensor, context: Tensor) -> Tensor:
        """tanh(W_c [c_t; h_t]), (batch, tgt_len, hidden) (Luong 2015, eq. 5)."""
        return self.dropout(torch.tanh(self.attentional(torch.cat([context, query], dim=-1))))  # type: ignore[no-any-return]

    def logits(self, attentional: Tensor) -> Tensor:
        """Return (…, vocab) from attentional states (…, hidden)."""
        return attentional @ self.embedding.weight.transpose(0, 1) + self.bias


class RecurrentModel(nn.Module):
    """Encoder and decoder, trained jointly over all combinations of alignment function and attention type."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = (
            Encoder(config) if config.image is None else ImageEncoder(config.image, config.hidden, config.dropout)
        )
        self.decoder = Decoder(config)
        if config.shared:
            assert isinstance(self.encoder, Encoder), "an image has no embedding to share"
            self.decoder.embedding = self.encoder.embedding
            self._start_copying(self.encoder)

    @torch.no_grad()
    def _start_copying(self, encoder: Encoder) -> None:
        """Begin with a model that favours the pieces that it looks at.

        A memory cell begins with its piece's own embedding in it, and the attentional state with the context. Pieces
        are chosen by the same embedding, so from the first update on it pays to look at what has to be copied, which a
        small corpus would take long to teach.
        """
        hidden = self.config.hidden
        encoder.memory.weight[:, 2 * hidden :] += torch.eye(hidden)
        self.decoder.attentional.weight[:, :hidden] += COPY_GAIN * torch.eye(hidden)

    def attend(
        self, alignment: str, attention: str, query: Tensor, memory: Tensor, scored: Scored
    ) -> tuple[Tensor, Tensor]:
        """Attend under one combination; scores and layout of `scored` are not read.

        Returns:
            Context (batch, tgt_len, hidden) and weights (batch, tgt_len, src_len).
        """
        scores = self.decoder.alignments[alignment](query, memory)
        filled = Scored(
            scores.float(),
            query,
            scored.position,
            scored.mask,
            scored.window,
            scored.temperature,
            scored.bias,
            scored.noise,
            self.config.layout,
        )
        weights, _ = self.decoder.attentions[attention](filled)
        return weights.to(memory.dtype) @ memory, weights


class StepModel(nn.Module):
    """One decoding step with the switches as inputs, per row: what is exported as ``step.onnx``."""

    def __init__(self, model: RecurrentModel) -> None:
        super().__init__()
        self.decoder, self.layout = model.decoder, model.config.layout

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
        """Decode one step.

        Args:
            token: The token emitted last, (batch,), int64.
            position: Number of this step, counted from 0, (batch,), int64.
            state: Decoder state, (batch, hidden).
            memory: (batch, src_len, hidden).
            memory_mask: True at real source positions, (batch, src_len).
            alignment: Place in `ALIGNMENTS`, (batch,), int64.
            attention: Place in `ATTENTIONS`, (batch,), int64.
            window: D of local attention, (batch,).
            temperature: Divides the scores, (batch,).
            bias: Added to the scores before the softmax, (batch, src_len).
            noise: Gumbel noise of hard attention, (batch, src_len).

        Returns:
            logits (batch, vocab), next_state (batch, hidden), scores and weights (batch, src_len), center (batch,), and
            over the cells of an image center_cell (batch, 2), p_t as (row, column).
        """
        query = self.decoder.queries(token.unsqueeze(1), state)  # (batch, 1, hidden)
        scores = self._select([module(query, memory) for module in self.decoder.alignments.values()], alignment)
        scored = Scored(
            scores,
            query,
            position.unsqueeze(1).to(scores.dtype),
            memory_mask,
            window,
            temperature,
            bias.unsqueeze(1),
            noise.unsqueeze(1),
            self.layout,
        )
        pairs = [module(scored) for module in self.decoder.attentions.values()]
        weights = self._select([weights for weights, _ in pairs], attention)  # (batch, 1, src_len)
        center = self._select([center for _, center in pairs], attention)  # (batch, 1, axes)
        attentional = self.decoder.attentional_state(query, weights @ memory)  # (batch, 1, hidden)
        logits = self.decoder.logits(attentional.squeeze(1))
        outputs = logits, query.squeeze(1), scores.squeeze(1), weights.squeeze(1), self.layout.number(center).squeeze(1)
        return outputs if self.layout.axes == 1 else (*outputs, center.squeeze(1))

    @staticmethod
    def _select(choices: list[Tensor], number: Tensor) -> Tensor:
        """Take from `choices` (each (batch, 1, n)) the one that each row's `number` names."""
        chosen = choices[0]
        for place, choice in enumerate(choices[1:], start=1):
            chosen = torch.where((number == place)[:, None, None], choice, chosen)
        return chosen
