"""Running text folded to a width, for headings on a page."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from explorer.render.cells import graphemes, truncate, width_of

NOT_FIRST = frozenset("，。、；：！？）」』》〉】〕”’…·,.;:!?)]}%")
"""What no line begins with."""
NOT_LAST = frozenset("（「『《〈【〔“‘([{")
"""What no line ends with."""


def folded(text: str, width: int) -> tuple[str, ...]:
    """Fold text at its blanks into lines of at most `width` terminal cells; a longer word is cut with "…"."""
    return joined(text.split(), " ", width)


def joined(parts: Sequence[str], joint: str, width: int) -> tuple[str, ...]:
    """Set parts beside each other, a joint between them, in lines of at most `width` terminal cells."""
    room = max(1, width)
    lines: list[str] = []
    for part in parts:
        cut = truncate(part, room)
        if lines and width_of(lines[-1]) + width_of(joint) + width_of(cut) <= room:
            lines[-1] += joint + cut
        else:
            lines.append(cut)
    return tuple(lines)


@functools.lru_cache(maxsize=256)
def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Fold text into lines of at most `width` terminal cells, at blanks and between wide characters.

    Chinese and Japanese have no blanks: a line may end at any wide character, but none begins with closing punctuation
    or ends with an opening bracket. A word that is longer than a line is cut with "…".
    """
    room = max(2, width)
    lines: list[str] = [""]
    for part, blank in _unbreakable(text):
        joint = " " if blank and lines[-1] else ""
        if lines[-1] and width_of(lines[-1]) + len(joint) + width_of(part) > room:
            lines.append(truncate(part, room))
        else:
            lines[-1] += joint + truncate(part, room)
    return tuple(lines)


def _unbreakable(text: str) -> list[tuple[str, bool]]:
    """Return the parts of a text that a line does not tear, and whether a blank was before each."""
    parts: list[tuple[str, bool]] = []
    for word in text.split():
        parts += [(part, number == 0) for number, part in enumerate(_breakable(word))]
    return parts


def _breakable(word: str) -> list[str]:
    """Cut a word beside its wide characters."""
    parts: list[str] = []
    before_wide = False
    for character, width in graphemes(word):
        wide = width == 2
        joins = character in NOT_FIRST or (parts and parts[-1][-1] in NOT_LAST)
        if parts and (joins or not (wide or before_wide)):
            parts[-1] += character
        else:
            parts.append(character)
        before_wide = wide
    return parts
