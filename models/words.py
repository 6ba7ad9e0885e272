"""Word-tokenised text as sub-word pieces, and which word each piece spells: what an alignment error rate needs.

Corpora with gold alignments are tokenised, the models were trained on running text. explorer/runtime/words.py joins by
the same rules; the two packages share no code, and a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models import corpus

LEFT = frozenset([".", ",", ";", ":", "!", "?", ")", "]", "}", "…", "...", "»", "”", "%", "n't"])
RIGHT = frozenset(["(", "[", "{", "«", "“", "„", "¿", "¡", "$", "£", "€"])
BOTH = frozenset(["-", "/", "‐", "‑"])
QUOTES = frozenset({'"', "'"})
APOSTROPHES = ("'", "’")
ELIDED = frozenset(
    ["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "aujourd", "presqu", "quelqu"]
)


@dataclass(frozen=True)
class Pieces:
    """A tokenised side.

    Attributes:
        ids: Vocabulary numbers, end token last, (pieces,).
        share: Which share of each piece spells each word, (pieces, words); a row of zeros for the end token.
    """

    ids: list[int]
    share: NDArray[np.float64]


def join(words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Join words into running text.

    Returns:
        The text, and for each word its first character and the one after its last.
    """
    text, spans, glued = "", [], True
    open_quotes: set[str] = set()
    for place, word in enumerate(words):
        left, right = _attachment(word, words[place - 1] if place else "", open_quotes)
        text += "" if glued or left else " "
        spans.append((len(text), len(text) + len(word)))
        text += word
        glued = right
    return text, spans


def _attachment(word: str, before: str, open_quotes: set[str]) -> tuple[bool, bool]:
    """Return whether a word attaches to its left and to its right."""
    if word in APOSTROPHES and before.lower() in ELIDED:
        return True, True
    if word in QUOTES:
        closes = word in open_quotes
        open_quotes ^= {word}
        return closes, not closes
    if word in BOTH:
        return True, True
    if word in LEFT or word in RIGHT:
        return word in LEFT, word in RIGHT
    return word.startswith(APOSTROPHES), word.endswith(APOSTROPHES) and len(word) > 1


def encode(words: Sequence[str], tokenizer: Tokenizer) -> Pieces:
    """Tokenise words as running text.

    A piece spells the word that it shares most characters with. A word that gets no piece that way, because one runs
    over its edge ("do" "n't" read as "don" "'t"), takes part in the pieces that touch it.
    """
    text, spans = join(words)
    encoded = tokenizer.encode(text, add_special_tokens=False)
    overlap = np.zeros((len(encoded.ids) + 1, len(words)))
    for place, (first, last) in enumerate(encoded.offsets):
        while first < len(text) - 1 and text[first].isspace():
            first += 1
        last = max(last, first + 1)
        overlap[place] = [max(0, min(last, end) - max(first, start)) for start, end in spans]
    belongs = (overlap > 0) & (np.arange(len(words)) == overlap.argmax(axis=1)[:, None])
    belongs |= (overlap > 0) & ~belongs.any(axis=0)
    share = belongs / np.maximum(belongs.sum(axis=1, keepdims=True), 1)
    return Pieces([*encoded.ids, corpus.END], share)


def links(weights: NDArray[np.float32], source: Pieces, target: Pieces) -> set[tuple[int, int]]:
    """Return (source word, target word) links from attention weights.

    Each target word is linked to the source word of greatest weight, its pieces summed on both sides; a word without
    any weight is linked to nothing.

    Args:
        weights: (target pieces, source pieces).
        source: The source side.
        target: The target side.
    """
    summed = target.share.T @ weights @ source.share  # (target words, source words)
    return {(int(row.argmax()), place) for place, row in enumerate(summed) if row.max() > 0}


def alignment_error_rate(
    found: Sequence[set[tuple[int, int]]],
    sure: Sequence[set[tuple[int, int]]],
    possible: Sequence[set[tuple[int, int]]],
) -> float:
    """1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|) over all pairs of a file (Och and Ney 2003); S counts as possible too."""
    hits = total = 0
    for links_found, gold, maybe in zip(found, sure, possible, strict=True):
        hits += len(links_found & gold) + len(links_found & (maybe | gold))
        total += len(links_found) + len(gold)
    return 1.0 - hits / total
