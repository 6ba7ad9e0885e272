"""What feeds a training: batches of a recipe's corpora, pool by pool."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from models import checkpoint, corpus
from models.families import Config, new_config
from models.pretraining import Phases, word_starts
from models.recipes import Recipe


class Feed(ABC):
    """Batches to train on and to judge by.

    Attributes:
        counts: Pairs of each corpus, by its name.
        config: Sizes of the model that the batches are for.
        dev: Batches to judge by.
    """

    counts: dict[str, int]
    config: Config
    dev: list[Any]

    @abstractmethod
    def pool(self, number: int) -> Iterator[Any]:
        """Yield the batches of pool `number`, a function of the recipe's seed and the number alone."""

    def pretrains(self, number: int) -> bool:  # noqa: ARG002 - no pool, where there is no pretraining
        """Return whether pool `number` teaches something else than the task."""
        return False


class PairFeed(Feed):
    """Pairs of sentences, after the pools of a pretraining where the recipe has one."""

    def __init__(self, recipe: Recipe, data: Path, out: Path) -> None:
        self._budget = recipe.batch_tokens
        pairs = [corpus.read_pairs(data / entry.train, entry.reverse) for entry in recipe.corpora]
        source, target = load_or_train_vocabularies(recipe, pairs, out)
        encoded = [tuple(corpus.encode_pairs(each, source, target, recipe.longest)) for each in pairs]
        self.counts = {entry.name: len(each) for entry, each in zip(recipe.corpora, encoded, strict=True)}
        shares = tuple(entry.share for entry in recipe.corpora)
        pool_pairs = min(recipe.pool_pairs, sum(self.counts.values()))  # a small corpus is judged on dev as often
        mixture = corpus.Mixture(tuple(encoded), shares, recipe.seed, pool_pairs)
        self._phases = Phases(mixture, recipe.pretraining, word_starts(source))
        self.config = new_config(recipe, source.get_vocab_size(), target.get_vocab_size())
        self.dev = []
        for entry in recipe.corpora:
            held = corpus.encode_pairs(
                corpus.read_pairs(data / entry.dev, entry.reverse), source, target, recipe.longest
            )
            self.dev += corpus.cut_batches(held, recipe.batch_tokens)

    def pool(self, number: int) -> Iterator[corpus.Batch]:
        """Yield batches of a token budget, in random order."""
        yield from self._phases.pool(number, self._budget)

    def pretrains(self, number: int) -> bool:
        """Return whether pool `number` is of sources alone."""
        return self._phases.pretrains(number)


def load_or_train_vocabularies(
    recipe: Recipe, pairs: list[list[corpus.Pair]], out: Path
) -> tuple[Tokenizer, Tokenizer]:
    """Return the vocabularies of the training folder, made on the first run."""
    paths = [out / name for name in checkpoint.VOCABULARIES]
    for column, (path, language) in enumerate(
        zip(paths, (recipe.source_language, recipe.target_language), strict=True)
    ):
        if path.exists():
            continue
        if recipe.shared and column:
            shutil.copyfile(paths[0], path)
            continue
        lines = (
            text
            for entry, each in zip(recipe.corpora, pairs, strict=True)
            for _ in range(entry.vocabulary_repeats)
            for pair in each
            for text in (pair if recipe.shared else (pair[column],))
        )
        corpus.train_vocabulary(lines, recipe.vocabulary, language, recipe.numbers).save(str(path), pretty=False)
    source, target = (Tokenizer.from_file(str(path)) for path in paths)
    return source, target
