"""The loss of a recurrent model: each row of a batch under one combination of alignment function and attention type."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models import corpus
from models.attention import ALIGNMENTS, Scored, gumbel_noise
from models.caption_batch import AnyBatch
from models.loss import projected_cross_entropy
from models.recipes import ALIGNMENT_DRAWS, ATTENTION_DRAWS
from models.recurrent import RecurrentModel

COMBINATIONS = (*itertools.product(ALIGNMENTS, ("global", "local_m", "local_p", "hard")), ("dot", "none"))
SOFT = frozenset({"global", "local_m", "local_p"})


def draw_combination(random: np.random.Generator) -> tuple[str, str]:
    """Draw an alignment function and an attention type by the recipes' frequencies."""

    def draw(table: dict[str, float]) -> str:
        share = np.array(list(table.values()))
        return str(random.choice(list(table), p=share / share.sum()))

    return draw(ALIGNMENT_DRAWS), draw(ATTENTION_DRAWS)


@dataclass(frozen=True)
class Stratum:
    """The part of a batch that is attended to under one combination.

    Attributes:
        rows: Which sources.
        attention: The attention type.
        context: (part, tgt_len, hidden).
        weights: (part, tgt_len, src_len).
    """

    rows: slice
    attention: str
    context: Tensor
    weights: Tensor


def attended(
    model: RecurrentModel,
    query: Tensor,
    position: Tensor,
    memory: Tensor,
    mask: Tensor,
    combinations: Sequence[tuple[str, str]],
    windows: Tensor,
) -> Iterator[Stratum]:
    """Attend to each source under its combination: source r under combination r modulo their number.

    Args:
        model: The model; while it is trained, hard attention draws samples.
        query: (batch, tgt_len, hidden).
        position: Decoding step of each query, (tgt_len,).
        memory: (batch, src_len, hidden).
        mask: True at real source positions, (batch, src_len).
        combinations: Alignment functions and attention types.
        windows: D of each source, (batch,).
    """
    nothing = torch.zeros((), device=query.device)
    for place, (alignment, attention) in enumerate(combinations):
        rows = slice(place, None, len(combinations))
        part, keys = query[rows], memory[rows]
        shape = (part.shape[0], part.shape[1], keys.shape[1])
        noisy = attention == "hard" and model.training
        scored = Scored(
            scores=keys.new_zeros(()),
            query=part,
            position=position.expand(part.shape[:2]),
            mask=mask[rows],
            window=windows[rows],
            temperature=torch.ones(part.shape[0], device=query.device),
            bias=nothing,
            noise=gumbel_noise(torch.empty(shape, device=query.device)) if noisy else nothing,
        )
        context, weights = model.attend(alignment, attention, part, keys, scored)
        yield Stratum(rows, attention, context, weights)


def batch_loss(
    model: RecurrentModel,
    batch: AnyBatch,
    combinations: Sequence[tuple[str, str]],
    windows: Tensor,
    smoothing: float,
    softness: float = 0.0,
    shares: Tensor | None = None,
) -> Tensor:
    """Return the summed cross-entropy of a batch, its sources shared out among the combinations.

    The targets of one source attend as one long target, so that its memory is not repeated.

    Args:
        model: The model.
        batch: Padded pairs, or images with several captions each.
        combinations: Source r is attended to under combination r modulo their number.
        windows: D of each source, (batch,).
        smoothing: Label smoothing.
        softness: What a nat of entropy of soft weights takes off the loss.
        shares: What the loss of each target is multiplied by, (batch · repeats,); None for 1.
    """
    memory, state = model.encoder(*batch.encoder_inputs)
    query = model.decoder.queries(batch.inputs, state.repeat_interleave(batch.repeats, dim=0))
    position = torch.arange(query.shape[1], device=query.device, dtype=torch.float32).repeat(batch.repeats)
    query = query.reshape(len(memory), -1, query.shape[2])  # (batch, repeats · tgt_len, hidden)
    targets = batch.targets.reshape(len(memory), -1)
    contexts, reward = torch.zeros_like(query), query.new_zeros((), dtype=torch.float32)
    real = targets != corpus.PADDING
    for part in attended(model, query, position, memory, batch.source_mask, combinations, windows):
        contexts[part.rows] = part.context.to(contexts.dtype)
        if softness and part.attention in SOFT:
            reward = reward + softness * entropy(part.weights[real[part.rows]]).sum()
    hidden = model.decoder.attentional_state(query[real], contexts[real])  # (tokens, hidden)
    of_tokens = None if shares is None else shares[:, None].expand(batch.targets.shape).reshape(targets.shape)[real]
    decoder = model.decoder
    return (
        projected_cross_entropy(hidden, decoder.embedding.weight, decoder.bias, targets[real], smoothing, of_tokens)
        - reward
    )


def entropy(weights: Tensor) -> Tensor:
    """Return the entropy in nats of each row of weights, normalised to 1: (rows, src_len) → (rows,)."""
    share = weights / weights.sum(dim=-1, keepdim=True).clamp_min(1e-9)
    return -(share * share.clamp_min(1e-9).log()).sum(dim=-1)
