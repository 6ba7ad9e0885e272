"""Another word in the source, and what that changed: which target tokens, and which rows of attention."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.trace import Step, Trace

Values = npt.NDArray[np.float64]

_CORE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


def word_at(text: str, number: int) -> str:
    """Return a white-space word of a text without the punctuation around it; what is nothing else stays."""
    word = text.split()[number]
    core = _parts(word)[1]
    return core or word


def replaced(text: str, number: int, word: str) -> str:
    """Return a text with another word, or words, in the place of one; punctuation around it stays.

    Raises:
        InputError: Nothing is left of the text.
    """
    words = text.split()
    before, core, after = _parts(words[number])
    if not core:  # the word is punctuation
        before, after = "", ""
    new = " ".join(word.split())
    if new:
        words[number] = before + new + after
        return " ".join(words)
    rest = before + after
    left, right = words[:number], words[number + 1 :]
    if rest and left:
        left[-1] += rest
    elif rest and right:
        right[0] = rest + right[0]
    if not left and not right:
        raise InputError("a source needs a word: this is its last one")
    return " ".join((*left, *right))


def added(text: str, number: int, word: str) -> str:
    """Return a text with a word, or words, before one of it; the number after the last one adds at the end."""
    words = text.split()
    return " ".join((*words[:number], *word.split(), *words[number:]))


def _parts(word: str) -> tuple[str, str, str]:
    found = _CORE.match(word)
    return (found[1], found[2], found[3]) if found else ("", word, "")


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One row of two runs beside each other.

    Attributes:
        before: The old run's step; None where the new one has a token more.
        after: The new run's step; None where a token is gone.
        distance: Jensen-Shannon distance of their attention, 0 to 1 (the square root of the divergence in bits). A
            source token that was put in the place of another counts as the same position, one that was added or
            dropped as a position that the other source gives no weight; NaN where one of the steps is missing.
    """

    before: Step | None
    after: Step | None
    distance: float

    @property
    def same(self) -> bool:
        """Whether both emit the same token."""
        return self.before is not None and self.after is not None and self.before.token == self.after.token


def changes_of(before: Trace, after: Trace) -> tuple[Change, ...]:
    """Return two runs of one model row by row: tokens that both have beside each other, in order."""
    columns = _matches(before.source.ids, after.source.ids)
    old, new = [step.token for step in before.steps], [step.token for step in after.steps]
    found: list[Change] = []
    for kind, first, last, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        pairs = min(last - first, end - start) if kind in ("equal", "replace") else 0
        for place in range(max(last - first, end - start)):
            one = before.steps[first + place] if place < last - first else None
            other = after.steps[start + place] if place < end - start else None
            both = one is not None and other is not None and place < pairs
            apart = distance(one.weights, other.weights, columns) if both and one and other else float("nan")
            found.append(Change(one, other, apart))
    return tuple(found)


def distance(
    one: npt.NDArray[np.floating], other: npt.NDArray[np.floating], columns: Sequence[tuple[int, int]]
) -> float:
    """Return the Jensen-Shannon distance of two rows over sources that share some positions.

    Args:
        one: Weights, (src_len of the one source,).
        other: Weights, (src_len of the other source,).
        columns: Positions that are the same in both, as pairs.

    Returns:
        0 to 1; 0 where neither has weight, 1 where only one has.
    """
    alone, other_alone = np.ones(len(one), dtype=np.bool_), np.ones(len(other), dtype=np.bool_)
    left, right = (list(side) for side in zip(*columns, strict=True)) if columns else ([], [])
    alone[left] = False
    other_alone[right] = False
    nothing_left, nothing_right = np.zeros(int(other_alone.sum())), np.zeros(int(alone.sum()))
    first = np.concatenate([one[left], one[alone], nothing_left]).astype(np.float64)
    second = np.concatenate([other[right], nothing_right, other[other_alone]]).astype(np.float64)
    if not first.any() or not second.any():
        return float(first.any() != second.any())
    first /= first.sum()
    second /= second.sum()
    middle = (first + second) / 2
    return float(np.sqrt(max(0.0, (_divergence(first, middle) + _divergence(second, middle)) / 2)))


def _divergence(one: Values, other: Values) -> float:
    """Return Σ p log2 p/q."""
    some = one > 0
    return float((one[some] * np.log2(one[some] / other[some])).sum())


def _matches(before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
    """Return positions that stand for each other: the same token, or one token in the place of another."""
    codes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [
        (first + place, start + place)
        for kind, first, last, start, end in codes
        if kind == "equal" or (kind == "replace" and last - first == end - start)
        for place in range(last - first)
    ]
