"""Running text folded to a width, for headings on a page."""

from __future__ import annotations

from explorer.render.cells import truncate, width_of


def folded(text: str, width: int) -> tuple[str, ...]:
    """Fold text at its blanks into lines of at most `width` terminal cells.

    A word that is longer than a line is cut with "…".
    """
    room = max(1, width)
    lines: list[str] = []
    for word in text.split():
        cut = truncate(word, room)
        if lines and width_of(lines[-1]) + 1 + width_of(cut) <= room:
            lines[-1] += f" {cut}"
        else:
            lines.append(cut)
    return tuple(lines)
