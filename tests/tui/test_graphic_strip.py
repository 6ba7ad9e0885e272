"""Lines with pictures are cut around the picture's data."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from explorer.tui.widgets.graphic_strip import GraphicStrip

DATA = "\x1b7\x1b[4D\x1bP0;0;0q#1~~~~\x1b\\\x1b8"
DIM = Style(dim=True)


def line() -> GraphicStrip:
    """A border, a picture of four cells and what stands beside it; its data is text, as the filter leaves it."""
    parts = [Segment("│", DIM), Segment("    ", DIM), Segment(DATA), Segment("  cell", DIM), Segment("│", DIM)]
    return GraphicStrip.of(Strip(parts, 12))


def test_the_data_is_control_again() -> None:
    assert [segment.text for segment in line() if segment.is_control] == [DATA]
    assert line().cell_length == 12


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (0, None, "│    " + DATA + "  cell│"),
        (0, 11, "│    " + DATA + "  cell"),
        (2, 8, "   " + DATA + "  c"),
        (6, 9, " ce"),
        (0, 3, "│  "),
        (3, 4, " "),
        (9, 99, "ll│"),
    ],
)
def test_cropped(start: int, end: int | None, text: str) -> None:
    cut = line().crop(start, end)
    assert "".join(segment.text for segment in cut) == text
    assert cut.cell_length == len(text.replace(DATA, ""))


def test_nothing_is_left_of_nothing() -> None:
    assert list(line().crop(5, 5)) == []


def test_divided_and_cropped_again() -> None:
    left, middle, right = line().divide([3, 8, 12])
    assert ["".join(segment.text for segment in part) for part in (left, middle, right)] == [
        "│  ",
        "  " + DATA + "  c",
        "ell│",
    ]
    assert "".join(segment.text for segment in middle.crop(0, 4)) == "  " + DATA + "  "
