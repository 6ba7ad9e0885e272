"""Random choices that are the same on every machine and with every version of NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from numpy.random import PCG64, SeedSequence

from explorer.errors import InputError

LARGEST_SEED = 2**63 - 1
_BITS = 64
Item = TypeVar("Item")


class Dice:
    """Choices from a seed.

    NumPy promises the bits of PCG64 for ever, but not what its generators make of them (NEP 19): so only the bits are
    asked for.
    """

    def __init__(self, seed: int, *stream: int) -> None:
        """Begin a stream of choices.

        Args:
            seed: 0 to `LARGEST_SEED`.
            stream: Numbers from 0 that tell the streams of one seed apart.

        Raises:
            InputError: The seed is out of range.
        """
        if not 0 <= seed <= LARGEST_SEED:
            raise InputError(f"seed {seed} is not in the range 0 to {LARGEST_SEED}")
        self._bits = PCG64(SeedSequence(seed, spawn_key=stream))

    def below(self, count: int) -> int:
        """Return one of 0 … count - 1."""
        return int(self._bits.random_raw()) * count >> _BITS

    def between(self, first: int, last: int) -> int:
        """Return one of first … last."""
        return first + self.below(last - first + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of some items, all as likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[Item], weights: Sequence[int]) -> Item:
        """Return one of some items, each as likely as its weight says."""
        left = self.below(sum(weights))
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        raise ValueError("weights must be above 0")

    def happens(self, percent: int) -> bool:
        """Return True in so many cases of a hundred."""
        return self.below(100) < percent
