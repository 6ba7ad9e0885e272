"""Running text from words: what a tokenised corpus looked like before it was tokenised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_ATTACH_LEFT = frozenset([".", ",", ";", ":", "!", "?", ")", "]", "}", "…", "...", "»", "”", "%", "n't"])
_ATTACH_RIGHT = frozenset(["(", "[", "{", "«", "“", "„", "¿", "¡", "$", "£", "€"])
_ATTACH_BOTH = frozenset(["-", "/", "‐", "‑"])
_QUOTES = frozenset({'"', "'"})
_APOSTROPHES = ("'", "’")
_ELIDED = frozenset(
    ["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "aujourd", "presqu", "quelqu"]
)


@dataclass(frozen=True, slots=True)
class Joined:
    """Running text and where each word lies in it, as (start, end) in characters."""

    text: str
    spans: tuple[tuple[int, int], ...]


def join_words(words: Sequence[str]) -> Joined:
    """Join words into natural running text.

    Closing punctuation attaches to the word before it, opening brackets to the word after. A word that ends in an
    apostrophe attaches to the next ("l'" "homme"), one that begins with an apostrophe to the one before ("'s"). A lone
    hyphen or slash attaches on both sides, a lone apostrophe too after an elided French word ("m" "'" "en"). Other
    straight quotes open and close in turn.

    Args:
        words: Words without white space.

    Returns:
        The text; a word's letters are exactly the characters of its span.
    """
    open_quotes: set[str] = set()
    text, spans, glued = "", [], True
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        left, right = _attachment(word, before, open_quotes)
        if not (glued or left):
            text += " "
        spans.append((len(text), len(text) + len(word)))
        text += word
        glued = right
    return Joined(text, tuple(spans))


def _attachment(word: str, before: str, open_quotes: set[str]) -> tuple[bool, bool]:
    """Return whether `word` attaches to what is left and to what is right of it; keeps `open_quotes` up to date."""
    if word in _APOSTROPHES and before.lower() in _ELIDED:
        return True, True
    if word in _QUOTES:
        closes = word in open_quotes
        open_quotes.symmetric_difference_update({word})
        return closes, not closes
    if word in _ATTACH_BOTH:
        return True, True
    if word in _ATTACH_LEFT:
        return True, False
    if word in _ATTACH_RIGHT:
        return False, True
    return word.startswith(_APOSTROPHES), word.endswith(_APOSTROPHES) and len(word) > 1
