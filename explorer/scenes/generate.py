"""Scenes from seeds."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from explorer.scenes.dice import Dice
from explorer.scenes.scene import BIG, COLOURS, KINDS, PATTERNS, SIZES, SMALL, TONES, Background, Box, Scene, Shape

UNIT = 1000
"""Places are whole thousandths of the picture, so that they are the same on every machine."""
SIDES = MappingProxyType({SMALL: (180, 220), BIG: (330, 380)})
"""Least and greatest side of a shape. Nothing lies between the two sizes: nobody has to guess."""
EDGE = 25
"""Least distance from the picture's edge."""
GAP = 40
"""Least distance between two shapes, to the side or in height."""
FEWEST, MOST = 2, 4
TRIES = 12
"""To find a place for a shape, before all are placed anew."""

_STREAM = 0
_SAME_KIND, _SAME_COLOUR = 35, 25
"""So many of a hundred later shapes have the kind, or the colour, of an earlier one: one word seldom names a shape."""
_BETWEEN = 30
"""In so many of a hundred scenes the third shape is put between the first two, where chance seldom puts it."""
_OFF_MIDDLE = 30
"""How far from the middle between them at most, to the side and in height."""

Square = tuple[int, int, int]
"""(left, top, side) in thousandths."""


def scene_of(seed: int) -> Scene:
    """Return the scene of a seed: always the same one, on every machine.

    Args:
        seed: 0 to `dice.LARGEST_SEED`.

    Raises:
        InputError: The seed is out of range.
    """
    dice = Dice(seed, _STREAM)
    background = Background(dice.pick(PATTERNS), dice.pick(TONES))
    looks: list[tuple[str, str, str]] = []
    for _ in range(dice.between(FEWEST, MOST)):
        looks.append(_look(dice, looks))
    sizes = [size for size, _, _ in looks]
    between = dice.happens(_BETWEEN) and sizes[:3].count(BIG) < 2  # two big ones leave no room for a third in a row
    squares = None
    while squares is None:  # most layouts fit at once; four big shapes, or one between two, need a few
        squares = _squares(dice, sizes, between)
    shapes = (Shape(*look, _box(square)) for look, square in zip(looks, squares, strict=True))
    return Scene(seed, background, tuple(shapes))


def _look(dice: Dice, taken: Sequence[tuple[str, str, str]]) -> tuple[str, str, str]:
    """Return a (size, colour, kind) that no shape has yet, often with a part that one has."""
    while True:
        size, colour, kind = dice.pick(SIZES), dice.pick(COLOURS), dice.pick(KINDS)
        if taken:
            _, known_colour, known_kind = dice.pick(taken)
            kind = known_kind if dice.happens(_SAME_KIND) else kind
            colour = known_colour if dice.happens(_SAME_COLOUR) else colour
        if (size, colour, kind) not in taken:
            return size, colour, kind


def _squares(dice: Dice, sizes: Sequence[str], between: bool) -> list[Square] | None:
    """Return places that keep their distance, None where the first ones leave no room for the others."""
    found: list[Square] = []
    for size in sizes:
        for _ in range(TRIES):
            side = dice.between(*SIDES[size])
            square = _square_between(dice, side, *found) if between and len(found) == 2 else _square(dice, side)
            if all(_apart(square, other) for other in found):
                found.append(square)
                break
        else:
            return None
    return found


def _square(dice: Dice, side: int) -> Square:
    last = UNIT - EDGE - side
    return dice.between(EDGE, last), dice.between(EDGE, last), side


def _square_between(dice: Dice, side: int, one: Square, other: Square) -> Square:
    (left, top, first), (left_, top_, second) = one, other
    last = UNIT - EDGE - side
    x = (2 * left + first + 2 * left_ + second) // 4 - side // 2 + dice.between(-_OFF_MIDDLE, _OFF_MIDDLE)
    y = (2 * top + first + 2 * top_ + second) // 4 - side // 2 + dice.between(-_OFF_MIDDLE, _OFF_MIDDLE)
    return min(max(x, EDGE), last), min(max(y, EDGE), last), side


def _apart(one: Square, other: Square) -> bool:
    (left, top, side), (left_, top_, side_) = one, other
    beside = max(left_ - left - side, left - left_ - side_)
    over = max(top_ - top - side, top - top_ - side_)
    return max(beside, over) >= GAP


def _box(square: Square) -> Box:
    left, top, side = square
    return Box(left / UNIT, top / UNIT, (left + side) / UNIT, (top + side) / UNIT)
