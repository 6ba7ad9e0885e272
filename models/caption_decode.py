"""Captions of many pictures, and where each of their words looked, one combination of switches at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from models import corpus
from models.caption_feed import picked
from models.checkpoint import Trained
from models.pictures import Bytes
from models.recurrent import RecurrentModel
from models.translate import Combination, greedy, weigh

WORD_START = "▁"


@dataclass(frozen=True)
class Caption:
    """What a model wrote of a picture.

    Attributes:
        text: The words.
        weights: Where each of them looked, its pieces summed, (words, cells); no rows where nobody asked.
    """

    text: str
    weights: NDArray[np.float32]


@torch.inference_mode()
def caption(
    trained: Trained, pixels: Bytes, combinations: Sequence[Combination], *, weights: bool, rows: int = 125
) -> Iterator[tuple[int, Combination, Caption]]:
    """Caption pictures greedily under several combinations, `rows` at a time, each encoded once.

    Args:
        trained: An image model.
        pixels: (pictures, 3, height, width), 0..255.
        combinations: The switches.
        weights: Whether to find out where the words looked.
        rows: Pictures of a batch.

    Yields:
        Number of the picture, combination, caption.
    """
    model = trained.model
    assert isinstance(model, RecurrentModel)
    for start in range(0, len(pixels), rows):
        places = range(start, min(start + rows, len(pixels)))
        memory, state = model.encoder(picked(pixels, places))
        mask = torch.ones(memory.shape[:2], dtype=torch.bool)
        for combination in combinations:
            tokens = greedy(model, (memory, mask, state), combination)
            looked = _looked(trained, tokens, (memory, mask, state), combination) if weights else None
            for row, (place, text) in enumerate(zip(places, trained.target.decode_batch(tokens), strict=True)):
                nothing = np.zeros((0, memory.shape[1]), dtype=np.float32)
                yield place, combination, Caption(text.strip(), nothing if looked is None else looked[row])


def _looked(
    trained: Trained, tokens: list[list[int]], encoded: tuple[Tensor, Tensor, Tensor], combination: Combination
) -> list[NDArray[np.float32]]:
    """Return the weights (words, cells) of each caption, its tokens forced: the states depend on nothing else."""
    model = trained.model
    assert isinstance(model, RecurrentModel)
    memory, mask, state = encoded
    inputs = corpus.pad([[corpus.BEGIN, *each] for each in tokens])
    query = model.decoder.queries(inputs, state)  # (batch, tgt_len, hidden)
    weights, _ = weigh(model, combination, query, memory, mask, 0)  # (batch, tgt_len, cells)
    return [
        by_word(table[: len(each)].numpy(), each, trained.target) for table, each in zip(weights, tokens, strict=True)
    ]


def by_word(weights: NDArray[np.float32], tokens: Sequence[int], vocabulary: Tokenizer) -> NDArray[np.float32]:
    """Sum the weights of the pieces of each word: (pieces, cells) → (words, cells)."""
    starts = [
        number
        for number, token in enumerate(tokens)
        if number == 0 or str(vocabulary.id_to_token(token)).startswith(WORD_START)
    ]
    summed = np.zeros((len(starts), weights.shape[1]), dtype=np.float32)
    for word, (first, last) in enumerate(zip(starts, [*starts[1:], len(tokens)], strict=True)):
        summed[word] = weights[first:last].sum(axis=0)
    return summed
