"""The README's moving picture shows what the recording shows, at every time, and needs nothing but itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest

from tests.moving_picture import BLOCKS, CELL_HEIGHT, CELL_WIDTH, LINES, Recording, recording_of, svg_of

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
SIZE = (24, 5)
EVENTS = (
    (0.0, "\x1b[H╭─ a & b ─╮  <x>  é ᵢ"),
    (1.0, "\x1b[2;3Hone  two   \x1b[1mthree\x1b[0m"),
    (1.0, ""),
    (2.5, "\x1b[2;3Hon\x1b[38;2;1;2;3mE\x1b[0m  \x1b[48;2;9;8;7mtwo\x1b[0m ▏█▄▐ ."),
    (4.0, "\x1b[2;3Hone  two   \x1b[1mthree\x1b[0m"),
    (5.0, "\x1b[5;24H.\x1b[H"),
)
PAUSE = 2.0


def cast() -> str:
    header = {"version": 2, "width": SIZE[0], "height": SIZE[1]}
    return "\n".join(map(json.dumps, [header, *([at, "o", data] for at, data in EVENTS)])) + "\n"


@pytest.fixture
def recording() -> Recording:
    return recording_of(cast(), speed=2.0, last_seconds=PAUSE)


def screens(events: tuple[tuple[float, str], ...] = EVENTS) -> Iterator[tuple[float, list[str]]]:
    """Yield what a terminal shows after each event, blocks and lines left out: those are shapes in the picture."""
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    for at, data in events:
        stream.feed(data)
        yield at, ["".join(" " if c in BLOCKS or c in LINES else c for c in line) for line in screen.display]


def is_shown(style: str, name: str, at: float, seconds: float) -> bool:
    """Return whether an animation shows what it belongs to at some time."""
    found = re.search(rf"@keyframes {name}\{{((?:[\d.]+%\{{\w+:\w+\}})+)\}}", style)
    assert found is not None
    frames = re.findall(r"([\d.]+)%\{visibility:(\w+)\}", found[1])
    assert frames[0][0] == "0"
    assert frames[-1][0] == "100"
    return [value for percent, value in frames if float(percent) <= 100 * at / seconds][-1] == "visible"


def text_at(svg: str, at: float) -> list[str]:
    """Return what the picture shows at some time as text, every letter in the column of its place."""
    root = ElementTree.fromstring(svg)
    style = root.findtext(f"{SVG}style") or ""
    (seconds,) = map(float, re.findall(r"\.m\{animation:([\d.]+)s step-end infinite\}", style))
    (content,) = root.findall(f"{SVG}g")
    cells = [[" "] * SIZE[0] for _ in range(SIZE[1])]
    for part in content:
        if part.tag == f"{SVG}g":
            name = part.get("style", "").removeprefix("animation-name:")
            texts = part.findall(f"{SVG}text") if is_shown(style, name, at, seconds) else []
        else:
            texts = [part] if part.tag == f"{SVG}text" else []
        for text in texts:
            word = text.text or ""
            column = round(float(text.get("x", "")) / CELL_WIDTH)
            assert len(word) == 1 or float(text.get("textLength", "")) == pytest.approx(len(word) * CELL_WIDTH)
            for place, letter in enumerate(word, start=column):
                if letter != " ":
                    assert cells[int(text.get("y", "")) // CELL_HEIGHT][place] == " "
                    cells[int(text.get("y", "")) // CELL_HEIGHT][place] = letter
    return ["".join(row) for row in cells]


def test_every_time_shows_its_screen(recording: Recording) -> None:
    svg = svg_of(recording)
    for at, wanted in screens():
        assert text_at(svg, at / 2 + 0.01) == (wanted if at != 1.0 else dict(screens())[1.0])


def test_pictures_come_at_their_times(recording: Recording) -> None:
    assert recording.starts == (0.0, 0.5, 1.25, 2.0, 2.5)
    assert recording.seconds == 2.5 + PAUSE / 2


def test_blocks_fill_their_part_of_a_cell(recording: Recording) -> None:
    drawn = svg_of(recording)
    y = CELL_HEIGHT
    for block in (
        f'<rect x="{11 * CELL_WIDTH:.5g}" y="{y}" width="{CELL_WIDTH / 8:.4g}" height="{CELL_HEIGHT}"',
        f'<rect x="{12 * CELL_WIDTH:.5g}" y="{y}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}"',
        f'<rect x="{13 * CELL_WIDTH:.5g}" y="{y + CELL_HEIGHT // 2}" width="{CELL_WIDTH}" height="{CELL_HEIGHT // 2}"',
        f'<rect x="{14.5 * CELL_WIDTH:.5g}" y="{y}" width="{CELL_WIDTH / 2}" height="{CELL_HEIGHT}"',
    ):
        assert block in drawn


def test_colours_and_weights_are_kept(recording: Recording) -> None:
    svg = svg_of(recording)
    assert re.search(r'<text [^>]*fill="#010203">E</text>', svg)
    assert re.search(rf'<rect x="{7 * CELL_WIDTH:g}" y="18" width="25.4" height="18.2" fill="#090807"/>', svg)
    assert re.search(r'<text [^>]*class="b"[^>]*>three</text>', svg)


def test_a_piece_that_comes_back_is_drawn_once(recording: Recording) -> None:
    assert svg_of(recording).count(">three</text>") == 1


def test_who_wants_no_motion_sees_the_end(recording: Recording) -> None:
    root = ElementTree.fromstring(svg_of(recording))
    hidden = [group for group in root.iter(f"{SVG}g") if "h" in group.get("class", "").split()]
    shown = [group for group in root.iter(f"{SVG}g") if group.get("class") == "m"]
    letters = [
        "".join(text.text or "" for group in groups for text in group.iter(f"{SVG}text")) for groups in (hidden, shown)
    ]
    assert "E" in letters[0]
    assert "three" in letters[1]
    assert "prefers-reduced-motion" in (root.findtext(f"{SVG}style") or "")


def test_the_picture_of_the_readme_needs_nothing_but_itself() -> None:
    data = (DOCS / "demo.svg").read_text(encoding="utf-8")
    assert len(data.encode()) < 600_000
    root = ElementTree.fromstring(data)
    assert root.findtext(f"{SVG}desc")
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        *("svg", "title", "desc", "style", "rect", "g", "text", "path")
    }
    assert not re.search(r"url\(|@import|@font-face|href|script|\bon\w+=", data)
    assert re.findall(r"https?://[^\"' ]+", data) == ["http://www.w3.org/2000/svg"]
    (seconds,) = map(float, re.findall(r"\.m\{animation:([\d.]+)s", data))
    assert 12 <= seconds <= 20
