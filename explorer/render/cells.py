"""Text measured in terminal cells: cut, padded and split without tearing a wide or combined character."""

from __future__ import annotations

import functools
import unicodedata
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

ELLIPSIS = "…"
_JOINERS = "\u200d\ufe0f\ufe0e"
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE_ALLOWED = frozenset("\u200c\u200d")


class Grapheme(NamedTuple):
    """One user-perceived character and the number of terminal cells it takes, 1 or 2."""

    text: str
    width: int


def clean(text: str) -> str:
    """Return `text` with everything replaced that would move the cursor or reorder the line.

    Labels normally arrive escaped already; this is the last line of defence, so that no piece of a vocabulary can
    disturb the screen. Joiners are dropped from both ends, where they would join onto a neighbouring cell.
    """
    if text.isascii() and text.isprintable():
        return text
    safe = "".join("\ufffd" if _is_unsafe(character) else character for character in text)
    return safe.lstrip(_JOINERS).rstrip("\u200d")


def graphemes(text: str) -> list[Grapheme]:
    """Split `text` into characters that each take 1 or 2 cells; a lone combining mark gets a dotted circle."""
    safe = clean(text)
    if safe.isascii():
        return [Grapheme(character, 1) for character in safe]
    spans, _ = split_graphemes(safe)
    found: list[Grapheme] = []
    for start, end, _width in spans:
        piece = safe[start:end]
        width = cell_len(piece)
        found.append(Grapheme(piece, width) if width else Grapheme("\u25cc" + piece, 1))
    return found


def width_of(text: str) -> int:
    """Number of terminal cells that `text` takes after cleaning."""
    return sum(grapheme.width for grapheme in graphemes(text))


@functools.lru_cache(maxsize=4096)
def truncate(text: str, width: int) -> str:
    """Cut `text` to at most `width` cells, ending in "…" where something was cut."""
    pieces = graphemes(text)
    if sum(piece.width for piece in pieces) <= width:
        return "".join(piece.text for piece in pieces)
    if width <= 0:
        return ""
    kept: list[str] = []
    free = width - 1
    for piece in pieces:
        if piece.width > free:
            break
        kept.append(piece.text)
        free -= piece.width
    return "".join(kept) + ELLIPSIS


def pad_left(text: str, width: int) -> str:
    """Cut `text` to `width` cells and push it to the right edge."""
    cut = truncate(text, width)
    return " " * (width - cell_len(cut)) + cut


def pad_center(text: str, width: int) -> str:
    """Cut `text` to `width` cells and centre it; an odd cell goes to the right."""
    cut = truncate(text, width)
    free = width - cell_len(cut)
    return " " * (free // 2) + cut + " " * (free - free // 2)


def pad_right(text: str, width: int) -> str:
    """Cut `text` to `width` cells and push it to the left edge."""
    cut = truncate(text, width)
    return cut + " " * (width - cell_len(cut))


def upright(text: str, height: int) -> tuple[Grapheme, ...]:
    """Split `text` into at most `height` characters to be written one above the other, "…" last if cut."""
    pieces = graphemes(text)
    if len(pieces) <= height:
        return tuple(pieces)
    return (*pieces[: max(0, height - 1)], Grapheme(ELLIPSIS, 1))


def _is_unsafe(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _UNSAFE_CATEGORIES or (category == "Cf" and character not in _INVISIBLE_ALLOWED)
