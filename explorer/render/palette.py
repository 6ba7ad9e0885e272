"""From weights to colours and shading glyphs, for every depth of colour that a terminal can have."""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.color import Color, ColorSystem
from rich.style import Style

from explorer.errors import InputError
from explorer.render import colormaps
from explorer.render.colormaps import LEVELS, RGB, Table

GLYPHS = " ░▒▓█"
GLYPH_THRESHOLDS = (0.03, 0.25, 0.50, 0.75)
"""Least displayed weight of "░", "▒", "▓" and "█"; what lies below the first is blank."""

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3 (AA): figures in cells keep at least this contrast ratio to the colour behind them."""

_CUBE_STEPS = (0, 95, 135, 175, 215, 255)
_LIGHTNESS_COUNTS = 3.0
"""Lightness tells a weight, hue only pleases: it counts more when the nearest of the 256 colours is looked for."""

_SOFT_LIGHT: RGB = (208, 208, 208)
_FOREGROUNDS: tuple[RGB, ...] = (_SOFT_LIGHT, (255, 255, 255), (0, 0, 0))
"""Tried in this order; every one of them is also a colour of the 256-colour terminals."""


class ColorDepth(enum.Enum):
    """How many colours can be shown; the value is Rich's name of it."""

    TRUECOLOR = "truecolor"
    EIGHT_BIT = "256"
    STANDARD = "standard"
    NONE = "none"

    @classmethod
    def of(cls, color_system: str | None, no_color: bool = False) -> ColorDepth:
        """Translate `rich.console.Console.color_system` and `Console.no_color`."""
        if no_color or color_system is None:
            return cls.NONE
        return {"truecolor": cls.TRUECOLOR, "256": cls.EIGHT_BIT}.get(color_system, cls.STANDARD)


@dataclass(frozen=True)
class Palette:
    """A colour map as the terminal can show it.

    Attributes:
        name: Name of the colour map, see `colormaps.names()`.
        exponent: The displayed level is ``weight ** exponent``. 1 (the default) is linear and says the plain truth;
            0.5 lifts small weights out of the dark. Legends name it whenever it is not 1.
        depth: Colours that the terminal has. With 16 or none, weights are drawn with `GLYPHS` and no colour.
    """

    name: str = "magma"
    exponent: float = 1.0
    depth: ColorDepth = ColorDepth.TRUECOLOR

    def __post_init__(self) -> None:
        if not 0.0 < self.exponent <= 4.0:
            raise InputError(f"the display exponent must be above 0 and at most 4, not {self.exponent:g}")

    @property
    def uses_glyphs(self) -> bool:
        """Whether weights are drawn as shading glyphs because there are too few colours."""
        return self.depth in (ColorDepth.STANDARD, ColorDepth.NONE)

    def shown(self, weight: float) -> float:
        """What is displayed for a weight, in 0..1: clipped, then raised to the exponent."""
        clipped = min(1.0, max(0.0, weight))
        return float(clipped**self.exponent)

    def level(self, weight: float) -> int:
        """The entry of the colour table for a weight, 0 to 255."""
        return round(self.shown(weight) * (LEVELS - 1))

    def background(self, weight: float) -> RGB:
        """Colour of a cell of this weight, as this terminal shows it."""
        return self.table[self.level(weight)]

    def foreground(self, weight: float) -> RGB:
        """Colour of text in a cell of this weight; contrast with `background` is at least `LEAST_CONTRAST`."""
        return readable_on(self.background(weight))

    def glyph(self, weight: float) -> str:
        """Shading of a cell of this weight, one of `GLYPHS`."""
        shown = self.shown(weight)
        return GLYPHS[sum(shown >= threshold for threshold in GLYPH_THRESHOLDS)]

    def style(self, weight: float) -> Style:
        """Style of a cell of this weight: background and a readable foreground; empty where glyphs are used."""
        return Style.null() if self.uses_glyphs else self._styles[self.level(weight)]

    def levels(self, weights: npt.NDArray[np.floating]) -> list[int]:
        """Like `level`, for a whole row of weights, shape (count,)."""
        shown = np.clip(weights, 0.0, 1.0) ** self.exponent * (LEVELS - 1)
        return [int(level) for level in np.rint(shown)]

    def styles_on(self, base: Style) -> tuple[Style, ...]:
        """Styles of all 256 levels laid over `base`; equal colours are one and the same object."""
        return _laid_over(self, base)

    def blanks_on(self, base: Style) -> tuple[Style, ...]:
        """Like `styles_on`, for cells with no character in them: a background alone is half as long to send."""
        return _backgrounds(self, base)

    @property
    def field(self) -> Style:
        """Style of the gaps between cells: that of weight 0."""
        return self.style(0.0)

    @functools.cached_property
    def table(self) -> Table:
        """The 256 colours from weight 0 to weight 1, as this terminal shows them."""
        colors = colormaps.table(self.name)
        return as_eight_bit(colors) if self.depth is ColorDepth.EIGHT_BIT else colors

    @functools.cached_property
    def _styles(self) -> tuple[Style, ...]:
        # Neighbouring levels often share a colour (always in 256 colours): one style object each.
        known: dict[RGB, Style] = {}
        for color in self.table:
            if color not in known:
                known[color] = Style.from_color(Color.from_rgb(*readable_on(color)), Color.from_rgb(*color))
        return tuple(known[color] for color in self.table)

    def legend(self) -> str:
        """One short phrase on how weights are shown: "linear" or the exponent."""
        return "linear" if self.exponent == 1.0 else f"weight^{self.exponent:g}"


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio of two colours after WCAG 2.2, 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lightness(color: RGB) -> float:
    """CIELAB lightness of a colour, 0 to 100."""
    return float(_lab(np.array([color], dtype=np.float64))[0, 0])


def readable_on(background: RGB) -> RGB:
    """Return a colour of text whose contrast with a background is at least `LEAST_CONTRAST`."""
    for color in _FOREGROUNDS:
        if contrast(color, background) >= LEAST_CONTRAST:
            return color
    # Black or white always has a ratio of at least 4.58, so this is reached by no colour at all.
    raise AssertionError(background)


def _luminance(color: RGB) -> float:
    red, green, blue = (_linear(channel / 255) for channel in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


@functools.lru_cache(maxsize=16)
def _laid_over(palette: Palette, base: Style) -> tuple[Style, ...]:
    if palette.uses_glyphs:
        return (base,) * LEVELS
    return tuple(base + style for style in palette._styles)


@functools.lru_cache(maxsize=16)
def _backgrounds(palette: Palette, base: Style) -> tuple[Style, ...]:
    over = _laid_over(palette, base)
    if palette.uses_glyphs:
        return over
    known = {style: Style.from_color(bgcolor=style.bgcolor) for style in over}
    return tuple(known[style] for style in over)


@functools.lru_cache(maxsize=8)
def as_eight_bit(colors: Table) -> Table:
    """Replace each colour with the nearest (in CIELAB) of the fixed colours of a 256-colour terminal.

    Rich's own downgrade works channel by channel and makes maps jump back and forth in lightness. Here a level is
    never darker than the one before it: among colours at least as light, the nearest is taken.
    """
    fixed = _fixed_colors()
    candidates = _lab(np.array(fixed, dtype=np.float64))  # (count, 3)
    wanted = _lab(np.array(colors, dtype=np.float64))  # (256, 3)
    difference = wanted[:, None, :] - candidates[None, :, :]  # (256, count, 3)
    distance = np.linalg.norm(difference * (_LIGHTNESS_COUNTS, 1.0, 1.0), axis=-1)  # (256, count)
    floor = -1.0
    chosen: list[RGB] = []
    for row in distance:
        best = int(np.where(candidates[:, 0] >= floor, row, np.inf).argmin())
        floor = float(candidates[best, 0])
        chosen.append(fixed[best])
    return tuple(chosen)


def _fixed_colors() -> list[RGB]:
    """Colours 16 to 255 of a 256-colour terminal, less those that Rich would send as another of them."""
    cube = [(red, green, blue) for red in _CUBE_STEPS for green in _CUBE_STEPS for blue in _CUBE_STEPS]
    greys = [(grey, grey, grey) for grey in range(8, 248, 10)]
    fixed = cube + greys
    sent = (Color.from_rgb(*color).downgrade(ColorSystem.EIGHT_BIT).number or 0 for color in fixed)
    return [color for color, number in zip(fixed, sent, strict=True) if fixed[number - 16] == color]


def _lab(colors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Convert sRGB of 0 to 255 to CIELAB under D65. Shapes (count, 3) → (count, 3)."""
    channel = colors / 255.0
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07218], [0.01933, 0.11919, 0.95030]])
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    cube = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * cube[:, 1] - 16, 500 * (cube[:, 0] - cube[:, 1]), 200 * (cube[:, 1] - cube[:, 2])], axis=-1)
