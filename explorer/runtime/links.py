"""Word alignments from attention weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.errors import InputError
from explorer.runtime.batch import check_lengths, force_decode
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.text import WordPieces
from explorer.runtime.trace import Array

Links = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A word-tokenised pair as vocabulary numbers."""

    source: WordPieces
    target: WordPieces


def encode_pair(bundle: Bundle, source: Sequence[str], target: Sequence[str]) -> Pair:
    """Tokenise the words of a pair.

    Raises:
        InputError: A side has no words, cannot be tokenised, or is longer than the model takes.
    """
    sides = []
    for name, vocabulary, words in (("source", bundle.source, source), ("target", bundle.target, target)):
        try:
            sides.append(vocabulary.encode_words(words))
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
    check_lengths(bundle.card, len(sides[0].ids), len(sides[1].ids))
    return Pair(*sides)


def align_pairs(bundle: Bundle, pairs: Sequence[Pair], controls: Controls) -> list[Links]:
    """Return the word links of each pair, from force-decoding its target.

    Raises:
        InputError: Controls that the model does not have.
    """
    weights = force_decode(bundle, [(pair.source.ids, pair.target.ids) for pair in pairs], controls)
    return [word_links(rows, pair.source, pair.target) for rows, pair in zip(weights, pairs, strict=True)]


def word_weights(weights: Array, source: WordPieces, target: WordPieces) -> Array:
    """Return the attention between words: pieces summed to words on both axes, end tokens left out.

    Args:
        weights: (tgt_len, src_len) in pieces.
        source: The source's pieces and words.
        target: The target's pieces and words.

    Returns:
        (target words, source words).
    """
    return (_membership(target).T @ weights @ _membership(source)).astype(np.float32)


def word_links(weights: Array, source: WordPieces, target: WordPieces) -> Links:
    """Return (source word, target word) links, counted from 0, sorted.

    Each target word has one link, to the source word of greatest weight; none where it has no weight on any word, as
    all of them without attention.
    """
    summed = word_weights(weights, source, target)
    best = summed.argmax(axis=1)
    return tuple(sorted((int(i), j) for j, i in enumerate(best) if summed[j, i] > 0.0))


def pharaoh(links: Links) -> str:
    """Return links in the format of the Pharaoh decoder (Koehn 2004): ``0-0 1-2``."""
    return " ".join(f"{source}-{target}" for source, target in links)


def _membership(pieces: WordPieces) -> Array:
    """Return which share of each piece belongs to each word, (pieces, words)."""
    share = np.zeros((len(pieces.ids), pieces.count), dtype=np.float32)
    for place, words in enumerate(pieces.words):
        share[place, list(words)] = 1.0 / len(words) if words else 0.0
    return share
