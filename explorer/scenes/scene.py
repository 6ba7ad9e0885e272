"""What a scene is: a few shapes on a background, in the unit square."""

from __future__ import annotations

from dataclasses import dataclass

SMALL, BIG = "small", "big"
SIZES = (SMALL, BIG)
COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
KINDS = ("circle", "square", "triangle", "star", "cross", "ring", "heart")
PATTERNS = ("plain", "gradient", "stripes", "dots")
TONES = ("cream", "mist", "stone", "slate", "night", "wine")
"""The order of all these belongs to what a seed means: append, never reorder."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture, in shares of its width and height: x from the left, y from the top, in 0..1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Shape:
    """One object.

    Attributes:
        size: One of `SIZES`.
        colour: One of `COLOURS`.
        kind: One of `KINDS`.
        box: The square that the shape touches with all four sides.
    """

    size: str
    colour: str
    kind: str
    box: Box

    @property
    def look(self) -> tuple[str, str, str]:
        """What can be said of it: (size, colour, kind)."""
        return self.size, self.colour, self.kind


@dataclass(frozen=True, slots=True)
class Background:
    """What the shapes lie on: one of `PATTERNS` in one of `TONES`."""

    pattern: str
    tone: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture before it is drawn.

    Attributes:
        seed: What it was made from.
        background: What the shapes lie on.
        shapes: Two to four shapes that keep a distance; no two have the same look. Captions count them from 0.
    """

    seed: int
    background: Background
    shapes: tuple[Shape, ...]
