"""What every figure is: a frozen value that says what is drawn, and how it is to look on a page.

A figure knows its content; the writers (`svg`, `html`, `plotted`, `written`) know their formats and nothing of the
content. A new kind of figure is a class with the methods of `Figure`, and comes in every format at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from rich.console import RenderableType

from explorer.errors import InputError
from explorer.render.markup import Theme
from explorer.render.palette import Palette
from explorer.render.pictures import Overlay
from explorer.render.sheet import Sheet
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace

PIXELS_AN_INCH = 96
POINTS_AN_INCH = 72
MILLIMETRES_AN_INCH = 25.4
UNITS = ("mm", "cm", "in", "pt")
NARROWEST, WIDEST = 20.0, 2000.0
"""Bounds of a width in millimetres."""
SMALLEST_FONT, LARGEST_FONT = 3.0, 72.0
"""Bounds of a font in points."""

_LENGTH = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", re.ASCII)
_POINT = MILLIMETRES_AN_INCH / POINTS_AN_INCH
_UNIT_IN_MILLIMETRES = {"": 1.0, "mm": 1.0, "cm": 10.0, "in": MILLIMETRES_AN_INCH, "pt": _POINT}


@dataclass(frozen=True)
class FigureStyle:
    """How a figure is to look.

    Attributes:
        palette: Colour map and exponent. Its terminal depth is of no account to a figure.
        colored: Whether the palette was asked for: attention over a picture is then heat, brightness otherwise.
        theme: Dark or light page.
        width: Of the figure in millimetres; None for the width of its content.
        font_size: Of labels in points; None for what fits the width, 10.5 without one.
        title: Whether headings and what was run are written. The scale of the colours always is.
        rotate: Degrees by which the labels of columns are turned, 0 (horizontal) to 90 (upright); None for 45, or 90
            where columns are too narrow for that.
        number_threshold: Least weight whose per-cent figure is written into its cell.

    Raises:
        InputError: A number out of range.
    """

    palette: Palette = field(default_factory=Palette)
    colored: bool = False
    theme: Theme = Theme.DARK
    width: float | None = None
    font_size: float | None = None
    title: bool = True
    rotate: int | None = None
    number_threshold: float = 0.05

    def __post_init__(self) -> None:
        _in_range("width", self.width, NARROWEST, WIDEST, " mm")
        _in_range("font size", self.font_size, SMALLEST_FONT, LARGEST_FONT, " pt")
        _in_range("rotation", self.rotate, 0, 90, " degrees")

    @property
    def colors(self) -> Palette:
        """The palette in all its colours."""
        return Palette(self.palette.name, self.palette.exponent)

    @property
    def width_pixels(self) -> float | None:
        """The width in pixels."""
        return None if self.width is None else self.width / MILLIMETRES_AN_INCH * PIXELS_AN_INCH

    @property
    def font_pixels(self) -> float | None:
        """The font size in pixels."""
        return None if self.font_size is None else self.font_size / POINTS_AN_INCH * PIXELS_AN_INCH

    def lit(self, overlay: Overlay | None) -> Overlay:
        """Return how attention is laid over a picture: as its figure says, else as the colours were asked for."""
        if overlay is not None:
            return overlay
        return Overlay.HEAT if self.colored else Overlay.BRIGHTNESS


@runtime_checkable
class Figure(Protocol):
    """A frozen value that says what is drawn."""

    @property
    def heading(self) -> str:
        """One line that names it."""

    @property
    def table(self) -> Trace | None:
        """The run whose grid HTML holds as a table; None where it holds the drawing."""

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:
        """Draw it for SVG, PNG and PDF; `number` is its place in a document, for names that may not occur twice."""

    def printed(self, style: FigureStyle) -> RenderableType:
        """Return what is printed of it as text."""

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return its numbers and tokens, for npz: no array needs pickle."""

    def content(self) -> Mapping[str, Any]:
        """Return what is written of it as JSON."""


def millimetres(text: str) -> float:
    """Read a length: "84", "84mm", "8.4 cm", "3.3in" or "240pt"; a number alone is in millimetres.

    Raises:
        InputError: It is none, or out of range.
    """
    match = _LENGTH.fullmatch(text.lower())
    if match is None or match[2] not in _UNIT_IN_MILLIMETRES:
        raise InputError(f"width {printable(text)[:40]!r} is no length: give 84mm, 8.4cm, 3.3in or 240pt")
    length = float(match[1]) * _UNIT_IN_MILLIMETRES[match[2]]
    _in_range("width", length, NARROWEST, WIDEST, " mm")
    return length


def points(text: str) -> float:
    """Read a font size: "8" or "8pt".

    Raises:
        InputError: It is none, or out of range.
    """
    match = _LENGTH.fullmatch(text.lower())
    if match is None or match[2] not in ("", "pt"):
        raise InputError(f"font size {printable(text)[:40]!r} is no number of points: give 8 or 8pt")
    _in_range("font size", float(match[1]), SMALLEST_FONT, LARGEST_FONT, " pt")
    return float(match[1])


def texts(words: tuple[str, ...]) -> npt.NDArray[np.str_]:
    """Return strings as an array that needs no pickle, also where there are none."""
    return np.array(words, dtype=np.str_)


def _in_range(name: str, value: float | None, least: float, most: float, unit: str) -> None:
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        raise InputError(f"{name} {value:g}{unit} is out of range: {least:g} to {most:g}{unit}")
