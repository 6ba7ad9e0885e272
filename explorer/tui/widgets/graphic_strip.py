"""A line of the screen that may hold a picture: cut where it is covered, but never inside of a picture's data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.strip import Strip

from explorer.render.canvas import NO_MOVE

ESCAPE = "\x1b"
"""Begins nothing but control: no label, piece or file name comes to the screen with it."""


class GraphicStrip(Strip):
    """A strip whose control segments take no room when it is cut.

    Textual counts their text as cells. Half of a Sixel picture's data would leave the terminal waiting for the rest.
    """

    @classmethod
    def of(cls, strip: Strip) -> GraphicStrip:
        """Return a strip whose pictures are control segments again: Textual's filter of colours makes text of them."""
        segments = [
            Segment(text, style, control or (NO_MOVE if text.startswith(ESCAPE) else None))
            for text, style, control in strip
        ]
        return cls(segments, strip.cell_length)

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return the cells from `start` up to `end`."""
        last = self.cell_length if end is None else min(self.cell_length, end)
        first = max(0, start)
        if (first, last) == (0, self.cell_length):
            return self
        if first >= last:
            return Strip([], 0)
        return self.divide([first, last])[1] if first else self.divide([last])[0]

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the strips between the cuts; the first begins at 0, and what follows the last cut is left out."""
        kept = [cut for cut in cuts if cut <= self.cell_length]
        parts, begin = [], 0
        for segments, cut in zip(Segment.divide(self, kept), kept, strict=False):
            parts.append(GraphicStrip(segments, cut - begin))
            begin = cut
        return parts
