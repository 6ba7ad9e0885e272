"""Tokens as running text in lines of a given width: words are kept whole, and every token keeps its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.render.cells import Grapheme, graphemes, width_of
from explorer.runtime.labels import CONTINUATION, END_LABEL, WORD_START, piece_label

NARROWEST = 2
"""A wide character takes two cells, so no line has less."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one line has of a token: all of it, unless its word is longer than a line.

    Attributes:
        token: Number of the token.
        text: What is drawn, cleaned.
        x: Offset of its first cell in the line.
        width: Cells that it takes.
    """

    token: int
    text: str
    x: int
    width: int

    @property
    def end(self) -> int:
        """Offset of the cell behind it."""
        return self.x + self.width


@dataclass(frozen=True)
class WrappedText:
    """Tokens in lines. Between two words of a line is one blank cell; left and right of every line is a margin of one.

    Attributes:
        lines: The fragments of each line, from left to right; at least one line.
        width: Most cells of a line, without its margins.
        joined: For each token whether it stands right behind the one before it.
        first: For each token the line and the number in it of its first fragment.
        last: The same of its last fragment.
    """

    lines: tuple[tuple[Fragment, ...], ...]
    width: int
    joined: tuple[bool, ...]
    first: tuple[tuple[int, int], ...]
    last: tuple[tuple[int, int], ...]

    def line_of(self, token: int) -> int:
        """Return the line on which a token begins."""
        return self.first[token][0]

    def before(self, token: int) -> tuple[int, int] | None:
        """Return (line, offset) of the blank before a token, -1 for the margin; None where it has none."""
        line, place = self.first[token]
        fragment = self.lines[line][place]
        return None if place and self.lines[line][place - 1].end == fragment.x else (line, fragment.x - 1)

    def after(self, token: int) -> tuple[int, int] | None:
        """Return (line, offset) of the blank behind a token; None where it has none."""
        line, place = self.last[token]
        end, following = self.lines[line][place].end, self.lines[line][place + 1 : place + 2]
        return None if following and following[0].x == end else (line, end)

    def around(self, first: int, last: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """Return the blanks before and behind the words that tokens `first` to `last` are in."""
        while first > 0 and self.joined[first]:
            first -= 1
        while last + 1 < len(self.joined) and self.joined[last + 1]:
            last += 1
        return self.before(first), self.after(last)

    def beside(self, token: int) -> tuple[int, int] | None:
        """Return (line, offset) of the blank nearest to a token: before it, behind it, before its word."""
        found = self.before(token) or self.after(token)
        while found is None and token > 0:
            token -= 1
            found = self.before(token)
        return found

    def token_at(self, line: int, x: int) -> int | None:
        """Return the token at an offset of a line; a blank belongs to the token before it."""
        if not 0 <= line < len(self.lines):
            return None
        before = [part for part in self.lines[line] if part.x <= x]
        return before[-1].token if before and x <= before[-1].end else None


def running(pieces: Sequence[str], labels: Sequence[str]) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return how tokens are written in running text, and which of them stand right behind the one before.

    Args:
        pieces: The vocabulary's own spelling of each token; a word begins with "▁".
        labels: What is drawn for each token by itself: "·ing".
    """
    joined = tuple(
        bool(place) and not piece.startswith(WORD_START) and label != END_LABEL
        for place, (piece, label) in enumerate(zip(pieces, labels, strict=True))
    )
    bare = (
        label.removeprefix(CONTINUATION) if glued and label == piece_label(piece, True) else label
        for piece, label, glued in zip(pieces, labels, joined, strict=True)
    )
    return tuple(bare), joined


def wrapped(texts: Sequence[str], joined: Sequence[bool], width: int) -> WrappedText:
    """Wrap tokens as running text.

    Args:
        texts: What is drawn for each token.
        joined: Whether a token stands right behind the one before it: then no line ends between them, unless their
            word alone is longer than a line, which is cut where the line ends.
        width: Cells of a line.

    Returns:
        All of the text, whatever the width; lines are never wider than `width`, if that is at least 2.
    """
    room = max(NARROWEST, width)
    lines: list[list[Fragment]] = [[]]
    for word in _words(joined):
        needed = sum(width_of(texts[token]) for token in word)
        x = lines[-1][-1].end + 1 if lines[-1] else 0
        if lines[-1] and x + needed > room:
            lines.append([])
            x = 0
        for token in word:
            for line, fragment in _cut(token, graphemes(texts[token]), x, room):
                if line:
                    lines.append([])
                lines[-1].append(fragment)
                x = fragment.end
    first: dict[int, tuple[int, int]] = {}
    last: dict[int, tuple[int, int]] = {}
    for number, parts in enumerate(lines):
        for place, part in enumerate(parts):
            first.setdefault(part.token, (number, place))
            last[part.token] = (number, place)
    count = range(len(texts))
    return WrappedText(
        tuple(map(tuple, lines)),
        room,
        tuple(joined),
        tuple(first[token] for token in count),
        tuple(last[token] for token in count),
    )


def _words(joined: Sequence[bool]) -> Iterator[list[int]]:
    """Return the numbers of the tokens of each word."""
    word: list[int] = []
    for token, glued in enumerate(joined):
        if word and not glued:
            yield word
            word = []
        word.append(token)
    if word:
        yield word


def _cut(token: int, characters: list[Grapheme], x: int, room: int) -> Iterator[tuple[int, Fragment]]:
    """Return (whether a new line begins, fragment) of a token that begins at `x`."""
    start, text, new = x, "", 0
    for character in characters:
        if x + character.width > room and x:
            if text:
                yield new, Fragment(token, text, start, x - start)
            start, x, text, new = 0, 0, "", 1
        text += character.text
        x += character.width
    yield new, Fragment(token, text, start, x - start)
