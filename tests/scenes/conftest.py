"""Scenes made by hand."""

from __future__ import annotations

import pytest

from explorer.scenes.scene import Background, Box, Scene, Shape


def box(left: float, top: float, side: float = 0.2) -> Box:
    """A square box."""
    return Box(left, top, left + side, top + side)


@pytest.fixture
def scene() -> Scene:
    """Two circles of one colour, a square and a star: a square in the middle of a row of three, a star below."""
    shapes = (
        Shape("big", "red", "circle", box(0.05, 0.1, 0.35)),
        Shape("small", "blue", "square", box(0.45, 0.2)),
        Shape("small", "red", "circle", box(0.75, 0.15)),
        Shape("small", "orange", "star", box(0.45, 0.75)),
    )
    return Scene(0, Background("plain", "cream"), shapes)
