"""Pictures drawn in pixels: what the terminal is sent is what was composed, and no more often than it has to be."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from rich.style import Style

from explorer.render.canvas import (
    BLOCKS,
    KEPT,
    MOST_CELLS,
    VT340,
    CellSize,
    Graphics,
    GraphicsChoice,
    KittyCanvas,
    SixelCanvas,
    canvas_for,
)
from explorer.render.filmstrip import strip_layout, strip_lines
from explorer.render.palette import ColorDepth, Palette
from explorer.render.pictures import FRAME, CellMarks, Lit, Overlay, half_blocks
from explorer.runtime.card import Image
from explorer.runtime.pictures import read_picture
from tests.graphics_reader import kitty_messages, kitty_pictures, placeholders, sixel_pixels
from tests.render.test_pictures import step

BASE = Style.parse("white on black")
CELL = VT340
"""What `textual-image` reckons with where it sees no terminal, as here."""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What takes the place of the terminal that Kitty's messages go to."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", stream)
    return stream


def lit(first: float = 0.1, overlay: Overlay = Overlay.BRIGHTNESS) -> Lit:
    picture = read_picture("scene:3", Image(height=64, width=64, rows=2, columns=2)).picture
    assert picture is not None
    return Lit(picture, (first, 0.4, 0.2, 0.3), overlay, Palette(), CellMarks(cursor=1))


def test_kitty_is_sent_the_composition_once(terminal: io.StringIO) -> None:
    canvas = KittyCanvas(CELL)
    drawn = canvas.draw(lit(), 8, 4, BASE)
    ((number, pixels),) = kitty_pictures(terminal.getvalue()).items()
    np.testing.assert_array_equal(pixels, lit().pixels(4 * 20, 8 * 10))
    placed = [keys for keys, _ in kitty_messages(terminal.getvalue()) if keys.get("a") == "p"]
    assert [(keys["i"], keys["c"], keys["r"], keys["U"]) for keys in placed] == [(str(number), "8", "4", "1")]
    assert [placeholders(line[0].text) for line in drawn] == [
        [(row, column, number >> 24 & 255) for column in range(8)] for row in range(4)
    ]
    style = drawn[0][0].style
    assert style is not None
    assert style.color is not None
    assert style.color.triplet == (number >> 16 & 255, number >> 8 & 255, number & 255)
    assert style.bgcolor == BASE.bgcolor
    sent = terminal.getvalue()
    assert canvas.draw(lit(), 8, 4, BASE) == drawn
    assert terminal.getvalue() == sent


def test_kitty_keeps_the_picture_before_and_frees_the_oldest(terminal: io.StringIO) -> None:
    canvas = KittyCanvas(CellSize(2, 4))
    for number in range(KEPT):
        canvas.draw(lit(number / KEPT), 2, 1, BASE)
    assert [keys for keys, _ in kitty_messages(terminal.getvalue()) if keys.get("a") == "d"] == []
    canvas.draw(lit(0.0), 2, 1, BASE)  # seen again: no longer the oldest
    canvas.draw(lit(2.0), 2, 1, BASE)
    first, second, *_ = kitty_pictures(terminal.getvalue())
    freed = [int(keys["I"]) for keys, _ in kitty_messages(terminal.getvalue()) if keys.get("a") == "d"]
    assert freed == [second]
    canvas.close()
    freed = [int(keys["I"]) for keys, _ in kitty_messages(terminal.getvalue()) if keys.get("a") == "d"]
    assert len(freed) == len(set(freed)) == KEPT + 1
    assert first in freed


@pytest.mark.parametrize("overlay", list(Overlay))
def test_sixel_shows_the_composition_line_by_line(overlay: Overlay) -> None:
    drawn = SixelCanvas(CELL).draw(lit(overlay=overlay), 10, 3, BASE)
    assert len(drawn) == 3
    for blanks, picture in drawn:
        assert (blanks.text, blanks.style) == (" " * 10, BASE)
        assert picture.is_control
        assert picture.text.startswith("\x1b7\x1b[10D\x1bP")
        assert picture.text.endswith("\x1b\\\x1b8")
    shown = np.concatenate([sixel_pixels(line[1].text) for line in drawn])
    wanted = lit(overlay=overlay).pixels(3 * CELL.height, 10 * CELL.width)
    assert shown.shape == wanted.shape
    apart = np.abs(shown.astype(int) - wanted)
    assert apart.mean() < 4  # 256 colours, each in hundredths
    assert apart.max() < 60
    top, side = wanted[0, -1].tolist(), shown[0, -1].tolist()
    assert top == list(FRAME)
    assert np.abs(np.array(side) - FRAME).max() < 12


def test_half_blocks_are_the_composition_too() -> None:
    assert BLOCKS.draw(lit(), 6, 3, BASE) == half_blocks(lit().pixels(6, 6), BASE)


def test_what_is_too_large_is_drawn_in_half_blocks(terminal: io.StringIO) -> None:
    lines = KittyCanvas(CELL).draw(lit(), MOST_CELLS + 1, 2, BASE)
    assert "▀" in lines[0][0].text
    assert terminal.getvalue() == ""


def test_a_strip_is_drawn_on_a_canvas(terminal: io.StringIO) -> None:
    picture = lit().picture
    layout = strip_layout(picture, 30, 5)
    steps = [step([1.0, 0, 0, 0], "a"), step([0, 1.0, 0, 0], "dog")]
    canvas = KittyCanvas(CELL)
    lines = strip_lines(
        picture, steps, ["a", "dog"], layout, Overlay.HEAT, Palette(depth=ColorDepth.STANDARD), canvas=canvas
    )
    assert len(lines) == layout.height
    sent = list(kitty_pictures(terminal.getvalue()).values())
    for pixels, each in zip(sent, steps, strict=True):
        wanted = Lit(picture, tuple(each.weights.tolist()), Overlay.HEAT, Palette(depth=ColorDepth.STANDARD))
        np.testing.assert_array_equal(pixels, wanted.pixels(layout.lines * 20, layout.width * 10))


def test_marks_are_as_thick_as_cells_are_large() -> None:
    plain = Lit(lit().picture, (0.0, 0.0, 0.0, 1.0), Overlay.NONE, Palette())
    framed = Lit(plain.picture, plain.weights, plain.overlay, plain.palette, CellMarks(cursor=0))
    changed = (framed.pixels(80, 80) != plain.pixels(80, 80)).any(axis=2)
    assert changed[20].nonzero()[0].tolist() == [0, 1, 38, 39]
    changed = (framed.pixels(8, 8) != plain.pixels(8, 8)).any(axis=2)
    assert changed[2].nonzero()[0].tolist() == [0, 3]


@pytest.mark.parametrize(
    ("kind", "depth", "left"),
    [
        (Graphics.KITTY, ColorDepth.TRUECOLOR, Graphics.KITTY),
        (Graphics.KITTY, ColorDepth.EIGHT_BIT, Graphics.BLOCKS),
        (Graphics.KITTY, ColorDepth.NONE, Graphics.BLOCKS),
        (Graphics.SIXEL, ColorDepth.STANDARD, Graphics.SIXEL),
        (Graphics.SIXEL, ColorDepth.NONE, Graphics.BLOCKS),
        (Graphics.BLOCKS, ColorDepth.NONE, Graphics.BLOCKS),
    ],
)
def test_colours_decide_too(kind: Graphics, depth: ColorDepth, left: Graphics) -> None:
    assert GraphicsChoice(kind, "asked").under(depth).kind is left


def test_each_kind_has_its_canvas() -> None:
    assert isinstance(canvas_for(GraphicsChoice(Graphics.KITTY, "")), KittyCanvas)
    assert isinstance(canvas_for(GraphicsChoice(Graphics.SIXEL, "")), SixelCanvas)
    assert canvas_for(GraphicsChoice()) is None
