"""Pictures drawn for this project, in the place of photographs: what a model of photographs is shown first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw as Pen

RGB = tuple[int, int, int]
Point = tuple[float, float]
SMOOTH = 4
"""How much larger a drawing is made before it is scaled down."""
GRAIN = 7.0
"""Standard deviation of its noise; photographs have some, and models of them miss it."""


class Canvas:
    """Shapes in a square of 100 × 100, x to the right, y down."""

    def __init__(self, size: int, sky: RGB, ground: RGB) -> None:
        from PIL import Image, ImageDraw

        self._unit = size / 100
        rows = np.linspace(0, 1, size)[:, None, None]
        shade = np.array(sky) * (1 - rows) + np.array(ground) * rows
        self.image: Image.Image = Image.fromarray(np.broadcast_to(shade, (size, size, 3)).astype(np.uint8))
        self._pen: Pen = ImageDraw.Draw(self.image)

    def area(self, points: Sequence[Point], color: RGB) -> None:
        """Fill a polygon."""
        self._pen.polygon([(x * self._unit, y * self._unit) for x, y in points], fill=color)

    def oval(self, x: float, y: float, across: float, down: float, color: RGB) -> None:
        """Fill an ellipse around a point."""
        box = (x - across / 2, y - down / 2, x + across / 2, y + down / 2)
        self._pen.ellipse([edge * self._unit for edge in box], fill=color)

    def ring(self, x: float, y: float, across: float, color: RGB, thick: float) -> None:
        """Draw a circle's edge."""
        box = (x - across / 2, y - across / 2, x + across / 2, y + across / 2)
        self._pen.ellipse([edge * self._unit for edge in box], outline=color, width=round(thick * self._unit))

    def stroke(self, points: Sequence[Point], color: RGB, thick: float) -> None:
        """Draw a bent line with round ends."""
        self._pen.line([(x * self._unit, y * self._unit) for x, y in points], color, round(thick * self._unit), "curve")
        for x, y in (points[0], points[-1]):
            self.oval(x, y, thick, thick, color)

    def blades(self, top: float, color: RGB, count: int, seed: int) -> None:
        """Scatter short strokes over the ground below `top`."""
        dice = np.random.default_rng(seed)
        places = dice.uniform(0, 100, count), dice.uniform(top, 100, count), dice.normal(0, 1, count)
        for x, y, lean in zip(*places, strict=True):
            tall = 2 + 4 * (y - top) / (100 - top)
            shade = dice.integers(-18, 19)
            self.stroke([(x, y), (x + lean, y - tall)], _shaded(color, int(shade)), 0.6)

    def person(self, x: float, feet: float, tall: float, shirt: RGB, trousers: RGB, stride: float = 4.0) -> None:
        """Draw somebody standing or walking."""
        head, hip, neck = feet - tall, feet - tall * 0.48, feet - tall * 0.8
        self.stroke([(x, hip), (x - stride * 0.5, feet - tall * 0.24), (x - stride, feet)], trousers, tall * 0.11)
        self.stroke([(x, hip), (x + stride * 0.6, feet - tall * 0.24), (x + stride * 0.7, feet)], trousers, tall * 0.11)
        self.stroke([(x, neck), (x, hip)], shirt, tall * 0.2)
        self.stroke([(x, neck + 1), (x + stride, neck + tall * 0.17), (x + stride * 1.4, hip)], shirt, tall * 0.08)
        self.stroke([(x, neck + 1), (x - stride, neck + tall * 0.17), (x - stride, hip)], shirt, tall * 0.08)
        self.oval(x, head + tall * 0.09, tall * 0.16, tall * 0.19, (205, 160, 130))
        self.oval(x, head + tall * 0.04, tall * 0.17, tall * 0.11, (60, 42, 30))


def dog(canvas: Canvas) -> None:
    """A brown dog that runs over grass."""
    canvas.area([(0, 48), (30, 42), (62, 47), (100, 41), (100, 60), (0, 60)], (58, 92, 52))
    canvas.area([(0, 56), (100, 54), (100, 100), (0, 100)], (92, 142, 62))
    canvas.blades(57, (84, 136, 58), 420, 1)
    fur, dark = (142, 92, 48), (104, 64, 32)
    for leg in ([(36, 62), (28, 70), (20, 77)], [(40, 63), (36, 73), (28, 82)]):
        canvas.stroke(leg, dark, 4.4)
    for leg in ([(62, 62), (70, 71), (80, 75)], [(60, 64), (66, 75), (74, 81)]):
        canvas.stroke(leg, fur, 4.4)
    canvas.stroke([(33, 54), (24, 47), (17, 45)], fur, 3.4)
    canvas.oval(48, 57, 36, 17, fur)
    canvas.oval(58, 60, 20, 15, (160, 108, 62))
    canvas.stroke([(62, 54), (69, 45)], fur, 9)
    canvas.oval(72, 42, 15, 12, fur)
    canvas.oval(80, 45, 11, 6.5, (160, 108, 62))
    canvas.oval(85, 44, 3.4, 3, (20, 18, 16))
    canvas.oval(74.5, 40, 2.2, 2.2, (16, 14, 12))
    canvas.area([(66, 38), (62, 49), (68, 51), (71, 41)], dark)
    canvas.area([(80, 48), (84, 53), (77, 50)], (205, 88, 96))


def beach(canvas: Canvas) -> None:
    """Two people who walk along a beach."""
    canvas.oval(74, 34, 13, 13, (255, 226, 150))
    canvas.area([(0, 40), (100, 40), (100, 64), (0, 70)], (72, 112, 148))
    for y, left, right in ((45, 10, 46), (50, 40, 92), (55, 4, 38), (58, 52, 98)):
        canvas.stroke([(left, y), (right, y - 0.6)], (206, 190, 168), 0.8)
    canvas.area([(0, 69), (36, 64), (70, 66), (100, 62), (100, 66), (60, 70), (0, 75)], (236, 238, 234))
    canvas.area([(0, 74), (60, 69), (100, 65), (100, 100), (0, 100)], (206, 178, 132))
    canvas.person(38, 90, 44, (196, 60, 54), (40, 52, 88))
    canvas.person(56, 91, 40, (240, 236, 226), (84, 72, 60), -4)


def snow(canvas: Canvas) -> None:
    """A child in a red jacket in the snow."""
    for x, top in ((8, 22), (20, 28), (82, 18), (94, 26)):
        for level in range(4):
            wide, y = 5 + 2.6 * level, top + 7.5 * level
            canvas.area([(x - wide, y + 11), (x, y), (x + wide, y + 11)], (44, 76 - 4 * level, 62))
    canvas.area([(0, 56), (40, 50), (100, 60), (100, 100), (0, 100)], (236, 240, 246))
    canvas.area([(0, 80), (50, 70), (100, 84), (100, 100), (0, 100)], (218, 226, 238))
    canvas.stroke([(26, 88), (62, 90), (68, 85)], (150, 96, 48), 3)
    canvas.stroke([(30, 84), (62, 86)], (176, 118, 60), 3)
    canvas.stroke([(50, 70), (46, 86)], (38, 48, 86), 8)
    canvas.stroke([(54, 70), (58, 87)], (38, 48, 86), 8)
    canvas.stroke([(52, 50), (52, 69)], (206, 38, 44), 18)
    canvas.stroke([(46, 50), (36, 58), (34, 66)], (206, 38, 44), 7)
    canvas.stroke([(58, 50), (68, 56), (72, 48)], (206, 38, 44), 7)
    canvas.oval(52, 37, 15, 16, (222, 178, 150))
    canvas.area([(43.5, 35), (60.5, 35), (58, 26), (46, 26)], (46, 94, 168))
    canvas.oval(52, 25, 6, 6, (240, 240, 240))


def bicycle(canvas: Canvas) -> None:
    """A man in a yellow shirt who rides a bicycle down a street."""
    for left, right, top, color in (
        (0, 30, 14, (158, 112, 92)),
        (30, 58, 22, (190, 176, 150)),
        (58, 100, 8, (132, 136, 146)),
    ):
        canvas.area([(left, top), (right, top), (right, 66), (left, 66)], color)
        for x in range(left + 4, right - 5, 9):
            for y in range(top + 6, 56, 13):
                canvas.area([(x, y), (x + 5, y), (x + 5, y + 8), (x, y + 8)], (66, 78, 96))
    canvas.area([(0, 64), (100, 64), (100, 72), (0, 72)], (176, 172, 166))
    canvas.area([(0, 71), (100, 71), (100, 100), (0, 100)], (86, 88, 92))
    frame, black = (34, 60, 140), (24, 24, 26)
    for x in (34, 66):
        canvas.ring(x, 82, 22, black, 1.8)
    canvas.stroke([(34, 82), (44, 66), (62, 68), (50, 82), (34, 82)], frame, 1.8)
    canvas.stroke([(50, 82), (44, 66)], frame, 1.8)
    canvas.stroke([(66, 82), (61, 62), (65, 60)], frame, 1.8)
    canvas.stroke([(44, 64), (54, 72), (50, 84)], (52, 50, 56), 6)
    canvas.stroke([(44, 62), (52, 42)], (236, 190, 44), 12)
    canvas.stroke([(53, 45), (60, 54), (65, 59)], (236, 190, 44), 4.6)
    canvas.oval(56, 32, 10, 12, (208, 164, 134))
    canvas.area([(50, 31), (62, 30), (60, 24), (52, 24)], (190, 40, 40))


def boat(canvas: Canvas) -> None:
    """A boat with white sails on a lake before mountains."""
    canvas.area([(0, 50), (18, 30), (34, 44), (56, 20), (78, 42), (100, 32), (100, 56), (0, 56)], (96, 112, 136))
    canvas.area([(48, 29), (56, 20), (64, 29), (58, 32), (54, 30)], (236, 238, 242))
    canvas.area([(0, 54), (100, 54), (100, 100), (0, 100)], (48, 98, 142))
    dice = np.random.default_rng(5)
    for x, y in zip(dice.uniform(0, 96, 90), dice.uniform(57, 99, 90), strict=True):
        canvas.stroke([(x, y), (x + 1 + (y - 50) / 12, y)], (96, 146, 184), 0.6)
    canvas.stroke([(49, 24), (49, 74)], (92, 70, 50), 1.4)
    canvas.area([(50.5, 25), (50.5, 69), (75, 69)], (246, 246, 242))
    canvas.area([(47.5, 30), (47.5, 69), (29, 69)], (228, 230, 230))
    canvas.area([(24, 73), (78, 73), (70, 83), (32, 83)], (168, 44, 40))
    canvas.area([(24, 73), (78, 73), (77, 76), (26, 76)], (244, 240, 232))


def climber(canvas: Canvas) -> None:
    """Somebody in a blue shirt who climbs a rock."""
    canvas.area([(0, 0), (64, 0), (56, 18), (66, 40), (54, 62), (64, 84), (58, 100), (0, 100)], (150, 122, 98))
    dice = np.random.default_rng(9)
    for x, y in zip(dice.uniform(0, 54, 70), dice.uniform(0, 100, 70), strict=True):
        angle, far = dice.uniform(0.9, 2.2), dice.uniform(3, 12)
        end = (x + math.cos(angle) * far, y + math.sin(angle) * far)
        canvas.stroke([(x, y), end], _shaded((128, 100, 78), int(dice.integers(-24, 25))), 1.0)
    canvas.stroke([(58, 0), (62, 44)], (224, 70, 50), 0.9)
    for limb, color, thick in (
        ([(64, 60), (56, 66), (58, 78)], (70, 62, 54), 5.4),
        ([(66, 60), (72, 72), (62, 84)], (70, 62, 54), 5.4),
        ([(64, 42), (58, 34), (56, 24)], (206, 162, 132), 3.6),
        ([(66, 44), (60, 50), (54, 48)], (206, 162, 132), 3.6),
        ([(66, 43), (65, 59)], (40, 92, 170), 10.0),
    ):
        canvas.stroke(limb, color, thick)
    canvas.oval(66, 34, 9, 10, (200, 156, 126))
    canvas.oval(66.5, 31, 10, 7, (220, 120, 30))


DRAWINGS: dict[str, tuple[Callable[[Canvas], None], RGB, RGB]] = {
    "dog": (dog, (118, 172, 226), (206, 226, 238)),
    "beach": (beach, (86, 108, 164), (250, 178, 120)),
    "snow": (snow, (152, 182, 214), (228, 234, 242)),
    "bicycle": (bicycle, (150, 190, 226), (214, 226, 234)),
    "boat": (boat, (104, 160, 214), (222, 232, 238)),
    "climber": (climber, (92, 152, 212), (196, 220, 238)),
}
"""Name → what draws it, and the colours of its sky from above to below."""


def drawing(name: str, size: int) -> Image:
    """Return a drawing by its name, `size` pixels a side.

    Raises:
        KeyError: There is none of this name.
    """
    from PIL import Image

    draw, sky, haze = DRAWINGS[name]
    canvas = Canvas(SMOOTH * size, sky, haze)
    draw(canvas)
    small = canvas.image.resize((size, size), Image.Resampling.LANCZOS)
    noise = np.random.default_rng(len(name)).normal(0, GRAIN, (size, size, 1))
    return Image.fromarray(np.clip(np.asarray(small) + noise, 0, 255).astype(np.uint8))


def _shaded(color: RGB, by: int) -> RGB:
    red, green, blue = (min(255, max(0, channel + by)) for channel in color)
    return red, green, blue
