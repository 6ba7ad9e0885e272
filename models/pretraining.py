"""What a model learns to write before its task: the first words of a source, read with some of its words left out.

A small corpus of pairs holds far more source text than target text. Writing it down again teaches a decoder to copy
through attention, and the language (denoising, Lewis 2020, 2; first sentences as headlines, Rush 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.corpus import END, Batch, Encoded, Mixture
from models.recipes import Pretraining

WORD_START = "▁"


@dataclass(frozen=True)
class Phases:
    """The pools of a training: the first `sources.pools` are of sources alone, the others are the pairs'.

    Attributes:
        pairs: The pairs of the task.
        settings: Of the first phase.
        starts: Whether a piece begins a word, (vocab,).
    """

    pairs: Mixture
    settings: Pretraining
    starts: NDArray[np.bool_]

    def pool(self, number: int, budget: int) -> list[Batch]:
        """Return pool `number`, a function of the seed and the number alone."""
        if not self.pretrains(number):
            return self.pairs.pool(number - self.settings.pools, budget)
        random = np.random.default_rng([self.pairs.seed, 11, number])
        written = [self._written(source, random) for source, _ in self.pairs.drawn(number)]
        return self.pairs.batches(number, written, budget)

    def pretrains(self, number: int) -> bool:
        """Return whether pool `number` is of sources alone."""
        return number < self.settings.pools

    def _written(self, source: list[int], random: np.random.Generator) -> Encoded:
        """Return a source without some of its words, and its first words."""
        ids = np.array(source[:-1])
        word = np.cumsum(self.starts[ids]) - self.starts[ids[0]]  # (pieces,), counted from 0
        kept = random.random(word[-1] + 1) >= self.settings.dropped
        read, first = ids[kept[word]], ids[word < self.settings.words]
        return [*(read if len(read) else ids).tolist(), END], [*first.tolist(), END]


def word_starts(vocabulary: Tokenizer) -> NDArray[np.bool_]:
    """Return for each piece of a vocabulary whether it begins a word, (vocab,)."""
    starts = np.zeros(vocabulary.get_vocab_size(), dtype=np.bool_)
    starts[[number for piece, number in vocabulary.get_vocab().items() if piece.startswith(WORD_START)]] = True
    return starts
