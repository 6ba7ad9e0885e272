"""The outlines of shapes, in a unit square whose four sides each one touches."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

Points = tuple[tuple[float, float], ...]
"""Corners (x, y), y downwards."""

ARM = 0.34
"""Width of a cross's arms."""
BAND = 0.25
"""Width of a ring's band."""
WAIST = 0.45
"""Distance of a star's inner corners from its middle, its tips being at 1: sturdy enough for a dozen pixels."""

_STAR_TIPS = 5
_HEART_CORNERS = 48


@functools.cache
def outline(kind: str) -> Points | None:
    """Return the corners of a kind of shape; None for circle and ring, which have none."""
    makers = {"square": _square, "triangle": _triangle, "cross": _cross, "star": _star, "heart": _heart}
    return makers[kind]() if kind in makers else None


def _square() -> Points:
    return ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def _triangle() -> Points:
    return ((0.5, 0.0), (1.0, 1.0), (0.0, 1.0))


def _cross() -> Points:
    near, far = (1 - ARM) / 2, (1 + ARM) / 2
    upper = ((near, near), (near, 0.0), (far, 0.0), (far, near), (1.0, near))
    lower = ((1.0, far), (far, far), (far, 1.0), (near, 1.0), (near, far), (0.0, far), (0.0, near))
    return upper + lower


def _star() -> Points:
    points = []
    for corner in range(2 * _STAR_TIPS):
        angle, radius = math.pi * corner / _STAR_TIPS, WAIST if corner % 2 else 1.0
        points.append((radius * math.sin(angle), -radius * math.cos(angle)))
    return _stretched(points)


def _heart() -> Points:
    points = []
    for corner in range(_HEART_CORNERS):
        angle = 2 * math.pi * corner / _HEART_CORNERS
        height = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
        points.append((16 * math.sin(angle) ** 3, -height))
    return _stretched(points)


def _stretched(points: Sequence[tuple[float, float]]) -> Points:
    """Move and stretch an outline until it fills the unit square."""
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    return tuple(((x - left) / (right - left), (y - top) / (bottom - top)) for x, y in points)
