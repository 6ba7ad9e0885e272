"""What each line of the reading view is for: source, notes below it, the cell that is read out, target."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from explorer.render.wrapping import WrappedText

MARGIN = 1
"""Blank cells on both sides of the text: signs beside its first and last word stand there."""
WIDEST_TEXT = 80
"""Cells of a line of running text; longer ones are hard to read."""
SPACINGS = (3, 2, 1)
"""Lines for each line of the source: text, notes and a blank; text and notes; text alone."""
LEAST_FOR_TARGET, LEAST_FOR_RULE, LEAST_FOR_READOUT = 3, 4, 5
"""Lines of the view from which it has these parts."""
SHARE_OF_TARGET = 3
"""Where not everything fits, the target has this part of the lines."""


class Part(enum.Enum):
    """What a line of the view is for."""

    TEXT = "text"
    NOTES = "notes"
    MARGIN = "margin"
    READOUT = "readout"
    RULE = "rule"
    TARGET = "target"
    BLANK = "blank"


@dataclass(frozen=True)
class ReadingLayout:
    """The geometry of the view.

    Attributes:
        source: The wrapped source.
        target: The wrapped target.
        width: Cells of a line, its margins included.
        pitch: Lines for each line of the source.
        slots: What each line of the view is for, and which line of that it is, counted from the first one seen.
        source_seen: Lines of the source that are seen at a time.
        target_seen: Lines of the target that are seen at a time.
    """

    source: WrappedText
    target: WrappedText
    width: int
    pitch: int
    slots: tuple[tuple[Part, int], ...]
    source_seen: int
    target_seen: int

    def slot(self, y: int) -> tuple[Part, int]:
        """Return what line `y` of the view is for."""
        return self.slots[y] if 0 <= y < len(self.slots) else (Part.BLANK, 0)


def text_width(width: int) -> int:
    """Return the cells of text in a view of `width` cells."""
    return max(1, min(WIDEST_TEXT, width - 2 * MARGIN))


def reading_layout(source: WrappedText, target: WrappedText, height: int, *, notes: bool) -> ReadingLayout:
    """Lay out the view.

    While a target grows to the length of its source, the lines of the source stay where they are.

    Args:
        source: The source, wrapped to `text_width`.
        target: The target, wrapped alike.
        height: Lines of the view.
        notes: Whether the lines of the source need their notes, because there are no colours.
    """
    readout, rule = height >= LEAST_FOR_READOUT, height >= LEAST_FOR_RULE
    room = max(1, height - readout - rule)
    count, wanted = len(source.lines), len(target.lines)
    share = max(1, room // SHARE_OF_TARGET) if height >= LEAST_FOR_TARGET else 0
    reserved = min(max(wanted, count), share)
    pitch = next((lines for lines in SPACINGS if count * lines <= room - reserved), 1)
    if notes and pitch == 1 and room - reserved >= 2:
        pitch = 2
    source_seen = min(count, max(1, (room - min(wanted, share)) // pitch))
    parts = (Part.TEXT, Part.NOTES, Part.MARGIN)[:pitch]
    slots = [(part, line) for line in range(source_seen) for part in parts]
    left = max(0, room - len(slots))
    if left > reserved and pitch == SPACINGS[0]:
        slots.insert(0, (Part.MARGIN, 0))
        left -= 1
    target_seen = min(wanted, left) if share else 0
    spare = left - max(reserved, target_seen)
    if spare > 1:
        slots.append((Part.BLANK, 0))
    slots += [(Part.READOUT, 0)] * readout
    if spare > 0:
        slots.append((Part.BLANK, 0))
    slots += [(Part.RULE, 0)] * rule
    slots += [(Part.TARGET, line) for line in range(target_seen)]
    return ReadingLayout(source, target, source.width + 2 * MARGIN, pitch, tuple(slots), source_seen, target_seen)


def scrolled(line: int, first: int, seen: int, count: int) -> int:
    """Return the first line nearest to the present one with which `line` is among the `seen` of `count` lines."""
    kept = min(max(first, line - seen + 1), line)
    return max(0, min(kept, count - seen))
