"""How much a caption says of what people said of the same picture: CIDEr-D (Vedantam 2015, 3 and 5), on tokens."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 4
"""Tokens of the longest sequences that are compared."""
SPREAD = 6.0
"""Standard deviation of the Gaussian that a difference in length is judged by."""

Tokens = Sequence[int]
Sequences = Counter[tuple[int, ...]]


@dataclass(frozen=True)
class _Vector:
    """A caption as weighted sequences, of one length of sequences each."""

    weights: tuple[dict[tuple[int, ...], float], ...]
    norms: tuple[float, ...]
    tokens: int


class Consensus:
    """Judges captions by the sequences of 1 to 4 tokens that they share with references, rare ones counting most."""

    def __init__(self, corpus: Iterable[Sequence[Tokens]]) -> None:
        """Count in how many pictures' captions each sequence occurs.

        Args:
            corpus: The captions of each picture of the training part.
        """
        self._seen: Sequences = Counter()
        pictures = 0
        for captions in corpus:
            self._seen.update({sequence for caption in captions for sequence in sequences(caption)})
            pictures += 1
        self._log_pictures = math.log(max(pictures, 1))

    def score(self, caption: Tokens, references: Sequence[Tokens]) -> float:
        """Return CIDEr-D of one caption, from 0 to 10; the end token, where it is given, counts as a word.

        Args:
            caption: Its tokens.
            references: What people said of the same picture; at least one.
        """
        return self.scores([caption], references)[0]

    def scores(self, captions: Sequence[Tokens], references: Sequence[Tokens]) -> list[float]:
        """Return CIDEr-D of several captions of one picture."""
        wanted = [self._vector(reference) for reference in references]
        return [self._against(self._vector(caption), wanted) for caption in captions]

    def _vector(self, caption: Tokens) -> _Vector:
        parts: tuple[dict[tuple[int, ...], float], ...] = tuple({} for _ in range(LONGEST))
        for sequence, count in sequences(caption).items():
            rarity = self._log_pictures - math.log(max(1, self._seen[sequence]))
            parts[len(sequence) - 1][sequence] = count * rarity
        norms = tuple(math.sqrt(sum(value * value for value in part.values())) for part in parts)
        return _Vector(parts, norms, len(caption))

    def _against(self, caption: _Vector, references: Sequence[_Vector]) -> float:
        total = 0.0
        for reference in references:
            apart = caption.tokens - reference.tokens
            alike = sum(_cosine(caption, reference, place) for place in range(LONGEST)) / LONGEST
            total += alike * math.exp(-apart * apart / (2 * SPREAD * SPREAD))
        return 10.0 * total / len(references)


def sequences(tokens: Tokens) -> Sequences:
    """Return how often each sequence of 1 to `LONGEST` tokens occurs."""
    ids = tuple(tokens)
    return Counter(
        ids[start : start + length] for length in range(1, LONGEST + 1) for start in range(len(ids) - length + 1)
    )


def _cosine(caption: _Vector, reference: _Vector, place: int) -> float:
    """Return the clipped cosine of sequences of one length: saying a word again earns nothing."""
    norm = caption.norms[place] * reference.norms[place]
    if not norm:
        return 0.0
    wanted = reference.weights[place]
    return (
        sum(min(value, wanted[key]) * wanted[key] for key, value in caption.weights[place].items() if key in wanted)
        / norm
    )
