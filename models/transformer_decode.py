"""Greedy decoding with a Transformer in torch, and what its heads look at while targets are forced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from models import corpus
from models.checkpoint import Trained
from models.transformer import TransformerModel
from models.transformer_step import EncoderGraph, TransformerStep
from models.translate import NEVER_EMITTED, source_batches


@torch.inference_mode()
def greedy(encoder: EncoderGraph, step: TransformerStep, source: Tensor, longest: int) -> list[list[int]]:
    """Decode a batch greedily; a row that has emitted the end token costs nothing more.

    Args:
        encoder: Of the model.
        step: Of the model.
        source: (batch, src_len), padding on the right.
        longest: Greatest number of target tokens.

    Returns:
        The tokens of each row without begin and end.
    """
    mask, count = source != corpus.PADDING, source.shape[0]
    gate = torch.ones(count, len(step.layers), step.heads)
    memory = encoder(source, mask, gate if encoder.attends else None)[0]
    past = [torch.zeros(count, step.heads, 0, step.size) for _ in range(2 * len(step.layers))]
    index, token = torch.arange(count), torch.full((count,), corpus.BEGIN)
    emitted: list[list[int]] = [[] for _ in range(count)]
    for position in range(longest):
        rows = len(index)
        place, bias, temperature = torch.full((rows,), position), torch.zeros(mask.shape), torch.ones(rows)
        gates, head_bias = gate[:rows], torch.zeros(*gate[:rows].shape, mask.shape[1])
        logits, *looks = step(token, place, memory, mask, bias, temperature, gates, gates, head_bias, past)
        logits[:, NEVER_EMITTED] = -torch.inf
        token, past = logits.argmax(dim=1), looks[4:]
        alive = token != corpus.END
        if not bool(alive.all()):
            index, token, memory, mask = index[alive], token[alive], memory[alive], mask[alive]
            past = [cache[alive] for cache in past]
        for number, emission in zip(index.tolist(), token.tolist(), strict=True):
            emitted[number].append(emission)
        if not len(index):
            break
    return emitted


def translate(trained: Trained, sources: Sequence[str], rows: int = 128) -> Iterator[tuple[int, str]]:
    """Translate sentences, sorted by length, `rows` at a time; a source longer than the model takes is cut there.

    Yields:
        Number of the sentence and its translation; in no particular order.
    """
    model = trained.model
    assert isinstance(model, TransformerModel)
    encoder, step = EncoderGraph(model).eval(), TransformerStep(model).eval()
    for places, source in source_batches(trained, sources, rows):
        tokens = greedy(encoder, step, source, model.config.max_target)
        for place, text in zip(places, trained.target.decode_batch(tokens), strict=True):
            yield place, text.strip()


@torch.inference_mode()
def forced_heads(model: TransformerModel, pairs: Sequence[tuple[list[int], list[int]]]) -> list[Tensor]:
    """Return what every head of cross-attention looks at while the targets are forced.

    Args:
        model: In evaluation mode.
        pairs: Source and target ids, end tokens last.

    Returns:
        Of each pair (layers, heads, target pieces, source pieces).
    """
    batch = corpus.make_batch(pairs)
    memory, _ = model.encoder(batch.source, batch.source_mask)
    _, weights = model.decoder(batch.inputs, memory, batch.source_mask)
    maps = torch.stack(weights, dim=1)  # (batch, layers, heads, tgt_len, src_len)
    return [table[:, :, : len(target), : len(source)] for table, (source, target) in zip(maps, pairs, strict=True)]
