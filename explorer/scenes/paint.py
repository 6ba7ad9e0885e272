"""Colours of shapes and backgrounds."""

from __future__ import annotations

from types import MappingProxyType

RGB = tuple[int, int, int]
"""0..255 each."""

PAINTS = MappingProxyType(
    {
        "red": (212, 36, 46),
        "orange": (247, 133, 25),
        "yellow": (250, 214, 45),
        "green": (40, 158, 74),
        "cyan": (24, 186, 208),
        "blue": (36, 92, 222),
        "purple": (154, 50, 174),
        "pink": (248, 128, 188),
    }
)
"""Any two, and any one and a background or its shadow, are at least 36 apart in CIE 1976 L*a*b*."""

GROUNDS = MappingProxyType(
    {
        "cream": ((247, 240, 224), (237, 227, 204)),
        "mist": ((230, 229, 242), (214, 213, 232)),
        "stone": ((210, 208, 203), (196, 194, 189)),
        "slate": ((66, 72, 84), (54, 59, 70)),
        "night": ((30, 34, 56), (20, 23, 42)),
        "wine": ((72, 38, 52), (58, 30, 42)),
    }
)
"""The two tones that each background is made of."""

SHADE = 0.8
"""A shadow is its background times this."""


def shadow_on(tone: RGB) -> RGB:
    """Return the colour of a shadow on a background."""
    red, green, blue = (round(value * SHADE) for value in tone)
    return red, green, blue
