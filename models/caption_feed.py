"""Pictures and their captions, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from models import checkpoint, corpus
from models.augment import vary
from models.caption_batch import CaptionBatch
from models.families import new_config
from models.feed import Feed
from models.pictures import Bytes, Pictures, read_pictures
from models.recipes import Recipe
from models.recurrent import RecurrentConfig

MIRRORED_WORDS = ("▁left", "▁right")
"""Pieces that change places when a picture is mirrored."""


class CaptionFeed(Feed):
    """Pictures, each with as many captions an update as the recipe says."""

    def __init__(self, recipe: Recipe, data: Path, out: Path) -> None:
        assert recipe.image is not None
        self._recipe, self._image = recipe, recipe.image
        (entry,) = recipe.corpora

        def read(path: str) -> Pictures:
            return read_pictures(entry, path, data, self._image.size, self._image.captions, out)

        train, dev = read(entry.train), read(entry.dev)
        vocabulary = load_or_train_vocabulary(recipe, train, out)
        self._pixels = train.pixels
        self._targets, self._places = self._encode(train, vocabulary)
        lengths = [len(caption) for captions in self._targets for caption in captions]
        self.counts = {entry.name: sum(len(captions) for captions in train.captions)}
        self.config = new_config(recipe, 0, vocabulary.get_vocab_size(), sum(lengths) / len(lengths))
        self._mirror = mirror_table(vocabulary)
        targets, places = self._encode(dev, vocabulary)
        order = sorted(range(len(places)), key=lambda place: max(map(len, targets[place])))
        self.dev = [
            self._batch(picked(dev.pixels, [places[one] for one in group]), [targets[one] for one in group])
            for group in _cut(order, self._image.images)
        ]

    def _encode(self, pictures: Pictures, vocabulary: Tokenizer) -> tuple[list[list[list[int]]], list[int]]:
        """Return the ids of the captions of each picture, and its number; captions that are too long are left out.

        A picture with fewer captions than an update takes says some again; one without any is left out itself.
        """
        encoded, places = [], []
        for place, captions in enumerate(pictures.captions):
            ids = [encoding.ids for encoding in vocabulary.encode_batch(captions)]
            short = [each for each in ids if len(each) <= self._recipe.longest]
            if short:
                encoded.append([short[number % len(short)] for number in range(self._image.captions)])
                places.append(place)
        return encoded, places

    @property
    def captions(self) -> list[list[list[int]]]:
        """The tokens of the captions of each picture to train on, the end token last."""
        return self._targets

    def _batch(self, pixels: Tensor, targets: Sequence[list[list[int]]]) -> CaptionBatch:
        captions = [caption for each in targets for caption in each]
        assert isinstance(self.config, RecurrentConfig)
        mask = torch.ones(len(pixels), self.config.max_source, dtype=torch.bool)
        return CaptionBatch(pixels, mask, *corpus.shifted(captions))

    def pool(self, number: int) -> Iterator[CaptionBatch]:
        """Yield batches of pictures whose captions are about as long, in random order, varied where the recipe does."""
        seed, images = self._recipe.seed, self._image.images
        count = min(self._recipe.pool_pairs // self._image.captions, len(self._places))
        random = np.random.default_rng([seed, 11, number])
        drawn = corpus.endless([seed, 0], len(self._places), number * count, count)
        groups = _cut(sorted(drawn, key=lambda one: max(map(len, self._targets[one]))), images)
        for place in random.permutation(len(groups)):
            group = groups[place]
            pixels = picked(self._pixels, [self._places[one] for one in group])
            targets = [self._targets[one] for one in group]
            if self._image.varied:
                mirrored = random.random(len(group)) < 0.5
                pixels = vary(pixels, mirrored, random)
                targets = [
                    [[self._mirror.get(piece, piece) if turned else piece for piece in caption] for caption in captions]
                    for captions, turned in zip(targets, mirrored, strict=True)
                ]
            yield self._batch(pixels, targets)


def picked(pixels: Bytes, places: Sequence[int]) -> Tensor:
    """Return some pictures in 0..1, (batch, 3, height, width)."""
    return torch.from_numpy(np.stack([pixels[place] for place in places])).float() / 255


def mirror_table(vocabulary: Tokenizer) -> dict[int, int]:
    """Return which pieces change places in a mirrored picture; nothing where a word for a side is no piece."""
    left, right = (vocabulary.token_to_id(piece) for piece in MIRRORED_WORDS)
    return {} if left is None or right is None else {left: right, right: left}


def load_or_train_vocabulary(recipe: Recipe, pictures: Pictures, out: Path) -> Tokenizer:
    """Return the vocabulary of the training folder, made from the captions on the first run."""
    path = out / checkpoint.VOCABULARIES[1]
    if not path.exists():
        lines = (caption for captions in pictures.captions for caption in captions)
        corpus.train_vocabulary(lines, recipe.vocabulary, recipe.target_language).save(str(path), pretty=False)
    return Tokenizer.from_file(str(path))


def _cut(places: Sequence[int], size: int) -> list[Sequence[int]]:
    return [places[start : start + size] for start in range(0, len(places), size)]
