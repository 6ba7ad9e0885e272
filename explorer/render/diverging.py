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

NAME = "crameri:berlin"
"""Dark in the middle, as no difference is no light; its blue and its red are told apart by colour-blind people too."""

_BERLIN = (
    "nrD/nLD+mrD9mK/8la/7k6/6ka75jq73jK72iq71h630ha3zgq3ygKzxfqzwe6zueavtdqvsdKrrcarpb6nobKnmaqjlZ6jjZafiYqbgYKXf"
    "XaXdW6TbWKPZVqLXVKDVUZ/TT57RTZ3PS5vNSJrKRpjIRJfGQ5XDQZTBP5K+PpC8PI65O423OYu0OImyN4evNoWtNYSqM4KoMoCmMn6jMXyh"
    "MHqeL3icLnaZLXWXLHOULHGSK2+PKm2NKWuLKWmIKGiGJ2aDJ2SBJmJ/JWB8JF56JF14I1t1IllzIldxIVVuIFRsIFJqH1BoHk5lHk1jHUth"
    "HElfHEdcG0ZaGkRYGkJWGUFTGT9RGD1PFzxNFzpLFjhJFjdHFTVEFTNCFDJAFDA+Ey88Ey06Eiw4Eio2Eik0EScyESYwESQuESMsESEqESAo"
    "EB8mEB0lEBwjERshERogERkeERgcERYbERUZERQYERMXEhIVEhIUExESFBARFA8QFQ4OFg4NFw0LGAwKGQwJGgwIGwsHHAsGHQsFHgsEIAsE"
    "IQsDIgwCIwwCJAwCJQwBJg0BJw0BKA0BKg4BKw4BLA4ALQ4ALw4AMA8AMQ8AMw8ANA8ANRAANxAAOBAAOREAOxEAPBEBPhIBPxIBQRIBQhMB"
    "RBMBRRQBRxQBSBUCShUCSxYCTRYCTxcDUBgDUhgEVBkFVhoFVxsGWRwHWx0IXR4JXx8KYSALYyEMZSMOaCQPaiUQbCcRbigTcCoUcysWdS0X"
    "dy8ZeTAbezIcfTQegDYggjcihDkkhjsmiD0oij8qjEAsjkIukEQwkkYylEg0lko2mEw5mk07nE89nlE/oFNBolVEpFdGpllIqFpKqlxMrF5P"
    "rmBRsGJTsmRVtGZYtmhauGpcumtfvG1hvm9jwHFlwnNoxHVqxndsyHlvyntxzH1zzn920IF40oN61YV914d/2YmC24uE3Y2G34+J4ZGL45OO"
    "5ZWQ55eS6pmV7JuX7p2a8J+c8qGf9KOh9qWj+aem+6mo/aur/62t"
)
"""256 times red, green and blue, base64, as `explorer.render.colormaps` keeps its tables."""

STEPS = LEVELS // 2 - 1
"""Levels of a difference of 1 on either side."""
_DARKEST_ENTRY = 12
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
        colors = unpack(base64.b64decode("".join(_BERLIN)))
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
