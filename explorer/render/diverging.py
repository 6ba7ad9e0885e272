"""Colours and glyphs of a difference: one hue where the left run looks more, another where the right one does."""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.style import Style

from explorer.render.colormaps import LEVELS, RGB, Table, unpack
from explorer.render.palette import ColorDepth, as_eight_bit, readable_on

NAME = "seaborn:icefire"
"""Dark and grey in the middle, as no difference is no light; the colour-blind tell its blue from its red."""

_ICEFIRE = (
    "vefbuuXat+PZtOHZst/Yr93XrNvXqdnWp9fVpNXVodPUntHTm8/TmM3SlcvSk8rRkMjRjcbQisTQh8LPhMHPgb/Pfr3Oe7vOeLnOdbjOcrbO"
    "brTNa7LNaLDNZa/NY63NYKvNXanNWqfNWKXNVaPNU6LNUKDNTp7NTJzNSZrOR5jORZbOQ5TOQZLOP5DOPo7PPIzPOonPOYfPOIXQN4PQN4HQ"
    "N3/QN3zQN3rQOHjPOXXPOnPOO3HNPW7MPmzLP2nJQWfHQmXFQ2PDRWDBRl6+R1y8R1q5SFi2SVazSVSwSVKtSlCpSk+lSU2hSUyeSUqaSEmW"
    "R0eSR0aORkWKRUOGREKCQ0F/QkB7QT53Pz10PjxwPTttPDppOzhmOTdjODZfNzVcNjRZNDNWMzFTMjBQMS9NMC5KLi1ILSxFLCtCKypAKik9"
    "KSg7KCc5JyY2JiU0JSUyJCQwJCMuIyItIiIrIiEpISAoISAmICAlIB8kHx8jHx8hHx4hHx4gHx4fHx4eHx4eIB4eIR4eIh4eIx4eJR4fJh4f"
    "Jx4fKR4gKh4gLB4hLR8hLx8iMR8jMyAjNSAkNyAlOSEmOyEnPSIoPyIoQSMpQyMqRiQrSCQsSiUuTSUvTyYwUicxVCcyVygzWig0XCk1Xyk2"
    "Yik3ZCo4Zyo5ais6bSs7cCs8ciw9dSw+eCw/ey1Afi1AgS1BhC1Chy1Cii5DjS5DkC5Eky5Eli5EmS5EnC9Fny9Eoi9EpS9EqDBEqzBDrjFD"
    "sTJCszNBtjRBuTVAuzY/vjc+wDk9wzo8xTw8xz07yT86zEE5zkM40EU30kc300k21Us110412VA02lM03FU03lcz31oz4Vwz4l8z42Iz5WQz"
    "5mc052o06G016W826nI463U67Hg77Xs+7X5A7oFC74RF74dI8IlL8YxO8Y9R8pJV8pVY85hb85pf9J1j9aBm9aNq9qVt9qhx96t19655+LB8"
    "+LOA+baE+riH+ruL+76P+8GS/MOW/Maa/cme/cyh/s6l/tGp/9Ss"
)
"""256 times red, green and blue, base64, as `explorer.render.colormaps` keeps its tables."""

STEPS = LEVELS // 2 - 1
"""Levels of a difference of 1 on either side."""
_DARKEST_ENTRY = 8
"""Entries on each side of the middle that are left out: faint differences would drown in them."""

LEFT_GLYPHS = "‹«◄"
RIGHT_GLYPHS = "›»►"
GLYPH_THRESHOLDS = (0.03, 0.25, 0.50)
"""Least difference of each glyph; what lies below the first is blank."""


@dataclass(frozen=True)
class DivergingPalette:
    """The diverging colour map as the terminal can show it.

    Level 0 is no difference; 1 to `STEPS` are the right run's surplus, the levels after them the left run's.

    Attributes:
        depth: Colours that the terminal has. With 16 or none, differences are drawn with glyphs that point to the side
            that looks more.
    """

    depth: ColorDepth = ColorDepth.TRUECOLOR

    @property
    def uses_glyphs(self) -> bool:
        """Whether differences are drawn as glyphs because there are too few colours."""
        return self.depth in (ColorDepth.STANDARD, ColorDepth.NONE)

    def level(self, difference: float) -> int:
        """Return the level of a difference; -1 is all weight on the left side, 1 on the right."""
        steps = round(min(1.0, max(-1.0, difference)) * STEPS)
        return steps if steps >= 0 else STEPS - steps

    def levels(self, differences: npt.NDArray[np.floating]) -> list[int]:
        """Like `level`, for a whole row, shape (count,)."""
        steps = np.rint(np.clip(differences, -1.0, 1.0) * STEPS).astype(np.intp)
        return [int(level) for level in np.where(steps >= 0, steps, STEPS - steps)]

    def background(self, difference: float) -> RGB:
        """Return the colour of a cell."""
        return self.table[self.level(difference)]

    def glyph(self, difference: float) -> str:
        """Return the sign of a cell: it points to the side that looks more."""
        size = abs(difference)
        strength = sum(size >= threshold for threshold in GLYPH_THRESHOLDS)
        return (RIGHT_GLYPHS if difference > 0 else LEFT_GLYPHS)[strength - 1] if strength else " "

    def styles_on(self, base: Style) -> tuple[Style, ...]:
        """Return the styles of all levels laid over `base`: background and a readable foreground."""
        return _styles(self, base)[0]

    def blanks_on(self, base: Style) -> tuple[Style, ...]:
        """Like `styles_on`, for cells with no character in them."""
        return _styles(self, base)[1]

    @functools.cached_property
    def table(self) -> Table:
        """The colours of all levels, as this terminal shows them."""
        colors = unpack(base64.b64decode("".join(_ICEFIRE)))
        middle = LEVELS // 2
        left, right = tuple(reversed(colors[:middle])), colors[middle:]
        sides = [_stretched(side[_DARKEST_ENTRY:]) for side in (right, left)]
        if self.depth is ColorDepth.EIGHT_BIT:
            # From the middle outwards, so that a greater difference is never darker on either side.
            (none, *_), *sides = (as_eight_bit(part) for part in ((colors[middle],), *sides))
        else:
            none = colors[middle]
        return (none, *sides[0], *sides[1])


def _stretched(side: Table) -> Table:
    """Return the entries of one side, from the middle outwards, as `STEPS` levels."""
    places = np.linspace(0, len(side) - 1, STEPS)
    return tuple(side[round(float(place))] for place in places)


@functools.lru_cache(maxsize=8)
def _styles(palette: DivergingPalette, base: Style) -> tuple[tuple[Style, ...], tuple[Style, ...]]:
    """Return (styles, blanks) of all levels; equal colours are one and the same object."""
    if palette.uses_glyphs:
        plain = (base,) * len(palette.table)
        return plain, plain
    known: dict[RGB, tuple[Style, Style]] = {}
    for color in palette.table:
        if color not in known:
            ground = Color.from_rgb(*color)
            style = base + Style.from_color(Color.from_rgb(*readable_on(color)), ground)
            known[color] = style, Style.from_color(bgcolor=style.bgcolor)
    pairs = [known[color] for color in palette.table]
    return tuple(style for style, _ in pairs), tuple(blank for _, blank in pairs)
