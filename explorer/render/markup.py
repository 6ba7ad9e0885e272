"""What SVG and HTML share: safe text, colours as hexadecimal, themes."""

from __future__ import annotations

import enum
import html
from dataclasses import dataclass

from explorer.render.cells import clean, truncate
from explorer.render.colormaps import RGB
from explorer.runtime.labels import printable

FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif"

_NON_CHARACTERS = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


class Theme(enum.Enum):
    """The page that a figure stands on."""

    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours of a page, as CSS values: page, strong and soft text, lines."""

    page: str
    text: str
    soft: str
    line: str


INKS = {
    Theme.DARK: Ink(page="#16181d", text="#e6e6e6", soft="#9aa0aa", line="#3a3f4a"),
    Theme.LIGHT: Ink(page="#ffffff", text="#1c1e22", soft="#5c626d", line="#d5d8de"),
}


def escaped(text: str) -> str:
    """Text for an element or an attribute: control characters shown, markup escaped, only legal XML characters."""
    return html.escape(clean(printable(text)).translate(_NON_CHARACTERS), quote=True)


def shortened(text: str, width: int) -> str:
    """Like `escaped`, cut to `width` terminal cells with "…"."""
    return escaped(truncate(printable(text), width))


def hexadecimal(color: RGB) -> str:
    """A colour as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def per_cent(weight: float) -> str:
    """A weight as a whole number of per cent."""
    return f"{weight * 100:.0f}"
