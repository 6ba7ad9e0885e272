"""The scale of the colours of differences on a page: the left side at one end, the right side at the other."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.render.compared import SIDES
from explorer.render.diverging import DivergingPalette
from explorer.render.markup import Ink, hexadecimal
from explorer.render.scale import FONT, RAMP_HEIGHT, RAMP_WIDTH
from explorer.render.sheet import Anchor, Box, Label

STEPS = 40
"""Boxes that the ramp is made of."""
NAMED = 0.55
"""The difference whose colour names of sides are written in: it is read on a dark page and on a light one."""


def side_color(right: bool) -> str:
    """Return the colour of a side's name, "#rrggbb"."""
    return hexadecimal(DivergingPalette().background(NAMED if right else -NAMED))


def difference_scale(x: float, y: float, ink: Ink, size: float) -> Iterator[Box | Label]:
    """Yield the scale.

    Args:
        x: Left end of the ramp.
        y: Baseline of its figures.
        ink: Colours of the page.
        size: Of the font; the ramp goes with it.
    """
    palette, (left, right) = DivergingPalette(), SIDES
    scale = 1 if size == FONT else size / FONT
    width, height, gap = RAMP_WIDTH * scale, RAMP_HEIGHT * scale, 8 * scale
    yield Label(x - gap, y, left, ink.soft, size, Anchor.END)
    for step in range(STEPS):
        fill = hexadecimal(palette.background(2 * (step + 0.5) / STEPS - 1))
        # To the end of the ramp, so that no page shows between two of them.
        yield Box(x + step * width / STEPS, y - height - 0.5, width * (1 - step / STEPS), height, fill)
    yield Label(x + width + gap, y, right, ink.soft, size)
