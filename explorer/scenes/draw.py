"""From a scene to a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.errors import InputError
from explorer.scenes.outlines import BAND, outline
from explorer.scenes.paint import GROUNDS, PAINTS, RGB, shadow_on
from explorer.scenes.scene import Background, Box, Scene

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SMALLEST, LARGEST = 32, 1024
"""Pixels of a picture's side."""

_FINER = 4
"""Everything is drawn this many times as large, then averaged: edges are smooth."""
_STRIPES = 7
_DOTS = 8
_DOT = 0.3
"""Width of a dot, in distances of dots."""
_SHADOW = 0.014
"""How far shadows fall to the right and down; less than the least gap between shapes."""


def draw(scene: Scene, size: int) -> Image:
    """Draw a scene.

    Args:
        scene: What to draw.
        size: Pixels of each side, `SMALLEST` to `LARGEST`.

    Returns:
        An RGB picture, (size, size).

    Raises:
        InputError: The size is out of range.
    """
    from PIL import Image, ImageDraw

    if not SMALLEST <= size <= LARGEST:
        raise InputError(f"size {size} is not in the range {SMALLEST} to {LARGEST} pixels")
    fine = size * _FINER
    picture = Image.new("RGB", (fine, fine), GROUNDS[scene.background.tone][0])
    pen = ImageDraw.Draw(picture)
    _draw_background(picture, pen, scene.background)
    shadow = shadow_on(GROUNDS[scene.background.tone][0])
    for shape in scene.shapes:
        _draw_shape(pen, shape.kind, _moved(shape.box, _SHADOW), shadow, fine)
    for shape in scene.shapes:
        _draw_shape(pen, shape.kind, shape.box, PAINTS[shape.colour], fine)
    return picture.reduce(_FINER)


def _moved(box: Box, distance: float) -> Box:
    return Box(box.left + distance, box.top + distance, box.right + distance, box.bottom + distance)


def _draw_shape(pen: ImageDraw, kind: str, box: Box, colour: RGB, size: int) -> None:
    corners = outline(kind)
    left, top = box.left * size, box.top * size
    # Pillow counts the last pixel in, so a side reaches one less far.
    width, height = (box.right - box.left) * size - 1, (box.bottom - box.top) * size - 1
    if corners is not None:
        pen.polygon([(left + x * width, top + y * height) for x, y in corners], fill=colour)
        return
    edges = (left, top, left + width, top + height)
    if kind == "ring":
        pen.ellipse(edges, outline=colour, width=round(BAND * width))
    else:
        pen.ellipse(edges, fill=colour)


def _draw_background(picture: Image, pen: ImageDraw, background: Background) -> None:
    """Lay the second tone over the first, which is there."""
    from PIL import Image

    size, tone = picture.width, GROUNDS[background.tone][1]
    if background.pattern == "gradient":
        picture.paste(tone, (0, 0, size, size), Image.linear_gradient("L").resize((size, size)))
    elif background.pattern == "stripes":
        width = size / _STRIPES
        for number in range(_STRIPES):
            left = (2 * number - _STRIPES) * width
            pen.polygon([(left, size), (left + width, size), (left + width + size, 0), (left + size, 0)], fill=tone)
    elif background.pattern == "dots":
        step = size / _DOTS
        for row in range(_DOTS):
            for column in range(_DOTS):
                left, top = (column + (1 - _DOT) / 2) * step, (row + (1 - _DOT) / 2) * step
                pen.ellipse((left, top, left + _DOT * step, top + _DOT * step), fill=tone)
