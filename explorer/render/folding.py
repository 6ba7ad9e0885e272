"""Running text folded to a width, for headings on a page."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.render.cells import truncate, width_of


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
