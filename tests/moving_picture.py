"""Write the README's moving picture, a demo as it is played: ``python -m tests.moving_picture docs``.

One SVG file: text as text, moved by CSS alone, so that it plays where a page shows it as an image; no script, no font
and nothing else from anywhere. Cells that never change are drawn once; where cells change, each piece of a row that is
seen at some time is drawn once, and shown and hidden by an animation that it shares with all pieces of the same times.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import pyte

from explorer.cli import run_quietly

DEMO = "first-look"
SPEED = 1.4
"""How much faster than the demo."""
LAST_SECONDS = 3.0
"""Of the demo: how long its end stays before it begins again."""
ABOUT = (
    "A sentence is translated word by word, a row of attention weights each; then alignment function and temperature."
)
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, PADDING = 8.4, 18, 14, 8
SEAM = 0.2
"""How much further than its cells a ground goes, so that no seam is seen between two of one colour."""
INK, PAGE = "c9d1d9", "0d1117"
"""What a cell has that says nothing of its colours."""
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
EIGHTHS_UP, EIGHTHS_RIGHT = " ▁▂▃▄▅▆▇█", " ▏▎▍▌▋▊▉█"
RIGHT_HALF = "▐"
BLOCKS = frozenset(EIGHTHS_UP[1:] + EIGHTHS_RIGHT[1:] + RIGHT_HALF)
LINES = {"─": "M0 9H8.4", "│": "M4.2 0V18", "╭": "M4.2 18V13Q4.2 9 8.4 9", "╮": "M4.2 18V13Q4.2 9 0 9"}
LINES |= {"╰": "M4.2 0V5Q4.2 9 8.4 9", "╯": "M4.2 0V5Q4.2 9 0 9"}
"""Letters that have to meet their neighbours, which no font promises: as shapes."""


class Cell(NamedTuple):
    """A letter and its colours, as six hexadecimal digits each."""

    letter: str
    ink: str
    page: str
    bold: bool
    underlined: bool


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Recording:
    """A screen over time.

    Attributes:
        starts: When each picture comes, in seconds, the first at 0.
        pictures: What is seen: rows of cells, all of one width.
        seconds: When it begins again.
    """

    starts: tuple[float, ...]
    pictures: tuple[tuple[Row, ...], ...]
    seconds: float


@dataclass(frozen=True)
class Piece:
    """Cells beside each other that are seen in some of the pictures.

    Attributes:
        row: Counted from 0.
        column: Of the first cell, counted from 0.
        cells: The cells.
        seen: The numbers of the pictures, in order.
    """

    row: int
    column: int
    cells: Row
    seen: tuple[int, ...]


def recording_of(cast: str, speed: float = SPEED, last_seconds: float = LAST_SECONDS) -> Recording:
    """Return what an asciicast v2 shows; its last picture stays as long as is said."""
    header, *events = map(json.loads, cast.splitlines())
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    starts: list[float] = []
    pictures: list[tuple[Row, ...]] = []
    for at, kind, data in events:
        if kind != "o" or not data:
            continue
        stream.feed(data)
        picture = tuple(_row(screen, number) for number in range(screen.lines))
        if not pictures or picture != pictures[-1]:
            starts.append(at)
            pictures.append(picture)
    times = tuple((at - starts[0]) / speed for at in starts)
    return Recording(times, tuple(pictures), times[-1] + last_seconds / speed)


def _row(screen: pyte.Screen, number: int) -> Row:
    return tuple(_cell(screen.buffer[number][column]) for column in range(screen.columns))


def _cell(char: pyte.screens.Char) -> Cell:
    ink, page = (INK if char.fg == "default" else char.fg), (PAGE if char.bg == "default" else char.bg)
    if char.reverse:
        ink, page = page, ink
    return Cell(char.data, page if char.data == " " else ink, page, char.bold and char.data != " ", char.underscore)


def pieces_of(recording: Recording) -> Iterator[Piece]:
    """Cut the pictures into pieces, so that each is drawn once for all the times when it is seen."""
    everywhere = tuple(range(len(recording.pictures)))
    for number in range(len(recording.pictures[0])):
        rows = [picture[number] for picture in recording.pictures]
        changes = [len({row[column] for row in rows}) > 1 for column in range(len(rows[0]))]
        for changing, columns in itertools.groupby(range(len(changes)), key=changes.__getitem__):
            place = list(columns)
            first, last = place[0], place[-1] + 1
            if not changing:
                yield Piece(number, first, rows[0][first:last], everywhere)
                continue
            seen: dict[Row, list[int]] = {}
            for picture, row in enumerate(rows):
                seen.setdefault(row[first:last], []).append(picture)
            for cells, times in seen.items():
                yield Piece(number, first, cells, tuple(times))


def svg_of(recording: Recording, about: str = ABOUT) -> str:
    """Return a recording as an animated SVG."""
    columns, rows = len(recording.pictures[0][0]), len(recording.pictures[0])
    width, height = columns * CELL_WIDTH + 2 * PADDING, rows * CELL_HEIGHT + 2 * PADDING
    groups: dict[tuple[int, ...], list[str]] = {}
    for piece in pieces_of(recording):
        groups.setdefault(piece.seen, []).extend(_drawn(piece))
    everywhere = tuple(range(len(recording.pictures)))
    style, content = [_style(recording.seconds)], groups.pop(everywhere, [])
    for number, (seen, drawn) in enumerate(groups.items()):
        style.append(_frames(f"k{number}", recording, seen))
        at_rest = "" if everywhere[-1] in seen else " h"
        content.append(f'<g class="m{at_rest}" style="animation-name:k{number}">{"".join(drawn)}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
        f"<title>attn-explore</title><desc>{escape(about)}</desc><style>{''.join(style)}</style>"
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="#{PAGE}"/>'
        f'<g transform="translate({PADDING} {PADDING})">{"".join(content)}</g></svg>\n'
    )


def _style(seconds: float) -> str:
    return (
        f"text{{font:{FONT_SIZE}px {FONTS}}}.b{{font-weight:700}}.u{{text-decoration:underline}}"
        f".l{{fill:none}}.m{{animation:{seconds:.2f}s step-end infinite}}.h{{visibility:hidden}}"
        # Who wants nothing to move sees the end.
        "@media(prefers-reduced-motion:reduce){.m{animation:none}}"
    )


def _frames(name: str, recording: Recording, seen: Sequence[int]) -> str:
    """Return the animation that shows something in some pictures and hides it in the others."""
    frames, before = [], None
    for number, at in enumerate(recording.starts):
        shown = number in seen
        if shown is not before:
            value = "visible" if shown else "hidden"
            frames.append(f"{100 * at / recording.seconds:.3f}".rstrip("0").rstrip(".") + f"%{{visibility:{value}}}")
        before = shown
    frames.append(f"100%{{visibility:{'visible' if before else 'hidden'}}}")
    return f"@keyframes {name}{{{''.join(frames)}}}"


def _drawn(piece: Piece) -> Iterator[str]:
    """Draw a piece: grounds first, then what stands on them."""
    y, column = piece.row * CELL_HEIGHT, piece.column
    for page, cells in itertools.groupby(piece.cells, key=lambda cell: cell.page):
        length = sum(1 for _ in cells)
        if page != PAGE:
            width, height = length * CELL_WIDTH + SEAM, CELL_HEIGHT + SEAM
            yield f'<rect x="{_x(column)}" y="{y}" width="{width:.4g}" height="{height:g}" fill="#{page}"/>'
        column += length
    column = piece.column
    for (letter_like, ink, bold, underlined), cells in itertools.groupby(piece.cells, key=_kind):
        letters = "".join(cell.letter for cell in cells)
        if letter_like == "text":
            yield from _text(letters, column, y, ink, (bold, underlined))
        else:
            yield from _shapes(letters, column, y, ink)
        column += len(letters)


def _kind(cell: Cell) -> tuple[str, str, bool, bool]:
    """Return what cells have to agree in to be drawn together."""
    if cell.letter in BLOCKS or cell.letter in LINES:
        return "shape", cell.ink, False, False
    return "text", cell.ink, cell.bold, cell.underlined


def _text(letters: str, column: int, y: int, ink: str, look: tuple[bool, bool]) -> Iterator[str]:
    """Write letters; each word is told its place and its length, so that every font keeps the columns."""
    for start, word in _words(letters):
        length = f' textLength="{len(word) * CELL_WIDTH:.4g}"' if len(word) > 1 else ""
        classes = " ".join(name for name, is_so in zip("bu", look, strict=True) if is_so)
        classed = f' class="{classes}"' if classes else ""
        place = f'x="{_x(column + start)}" y="{y + 13}"'
        yield f'<text {place}{length}{classed} fill="#{ink}">{escape(word)}</text>'


def _words(letters: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between gaps of two blanks or more, and where."""
    start = 0
    for part in letters.replace("  ", "\0\0").replace("\0 ", "\0\0").split("\0"):
        word = part.strip(" ")
        if word:
            yield start + part.index(word), word
        start += len(part) + 1


def _shapes(letters: str, column: int, y: int, ink: str) -> Iterator[str]:
    for letter, equal in itertools.groupby(letters):
        count = sum(1 for _ in equal)
        if letter == "─":
            yield f'<path class="l" d="M{_x(column)} {y + 9}h{count * CELL_WIDTH:.4g}" stroke="#{ink}"/>'
        elif letter in LINES:
            for place in range(column, column + count):
                move = f'transform="translate({_x(place)} {y})"'
                yield f'<path class="l" {move} d="{LINES[letter]}" stroke="#{ink}"/>'
        elif letter in EIGHTHS_UP:
            yield _block(letter, column, y, ink, count)
        else:
            for place in range(column, column + count):
                yield _block(letter, place, y, ink)
        column += count


def _block(letter: str, column: int, y: int, ink: str, count: int = 1) -> str:
    """Draw a block, or several that fill their cells from side to side."""
    x, width, top, height = column * CELL_WIDTH, count * CELL_WIDTH, float(y), float(CELL_HEIGHT)
    if letter == RIGHT_HALF:
        x, width = x + width / 2, width / 2
    elif letter in EIGHTHS_UP:
        height = height * EIGHTHS_UP.index(letter) / 8
        top = y + CELL_HEIGHT - height
    else:
        width = width * EIGHTHS_RIGHT.index(letter) / 8
    return f'<rect x="{x:.5g}" y="{top:.5g}" width="{width:.4g}" height="{height:.4g}" fill="#{ink}"/>'


def _x(column: int) -> str:
    return f"{column * CELL_WIDTH:.5g}"


def cast_of_demo(name: str) -> str:
    """Return a shipped demo as an asciicast."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "demo.cast"
        options = ["--headless", "--format", "cast", "--provider", "cpu", "--output", str(file)]
        if run_quietly(["demo", name, *options]) != 0:
            sys.exit(1)
        return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    Path(sys.argv[1], "demo.svg").write_text(svg_of(recording_of(cast_of_demo(DEMO))), encoding="utf-8")
