"""The scale of colours on a page: a ramp from 0 to 100 %."""

from __future__ import annotations

from explorer.render.markup import Ink
from explorer.render.palette import Palette
from explorer.render.sheet import RAMP_FILL, Anchor, Box, Label, Mark

RAMP_WIDTH, RAMP_HEIGHT = 120, 8
FONT = 13
"""Of its figures, at its natural size."""
BEFORE = 34
"""Pixels from what stands left of the scale to its ramp."""


def scale_marks(x: float, y: float, palette: Palette, ink: Ink, size: float = FONT) -> list[Mark]:
    """Draw the scale.

    Args:
        x: Left end of the ramp.
        y: Baseline of its figures.
        palette: Its colours; an exponent is named.
        ink: Colours of the page.
        size: Of the font; the ramp goes with it.
    """
    scale = 1 if size == FONT else size / FONT
    said = "" if palette.exponent == 1.0 else f" ({palette.legend()})"
    width, height, gap = RAMP_WIDTH * scale, RAMP_HEIGHT * scale, 8 * scale
    return [
        Label(x - gap, y, "0", ink.soft, size, Anchor.END),
        Box(x, y - height - 0.5, width, height, RAMP_FILL, 2 * scale, ink.line),
        Label(x + width + gap, y, f"100 %{said}", ink.soft, size),
    ]
