"""A drawn figure: marks on a sheet, from which SVG, PNG and PDF are written alike.

Places and sizes are in pixels of 1/96 inch (the CSS unit), x from the left, y from the top. What is computed as a whole
number stays an ``int``: SVG writes it as one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from explorer.render.markup import Theme
from explorer.render.palette import Palette
from explorer.render.pictures import Overlay
from explorer.runtime.trace import Array, Picture

HATCH_FILL = "hatch"
RAMP_FILL = "ramp"
"""Fills that are no colour: the hatching of what is masked or removed, and the colour map from 0 to 1."""
FONT_SIZE = 14
"""Of text whose size is not said."""


class Anchor(enum.Enum):
    """Which end of a text stands at its place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class Look(enum.Enum):
    """How a text is set."""

    PLAIN = "plain"
    HEADING = "heading"
    FORCED = "forced"


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text on its baseline.

    Attributes:
        x: Place of the anchor.
        y: Place of the baseline.
        text: The text as such, not escaped.
        color: "#rrggbb".
        size: Of the font in pixels; None for `FONT_SIZE`.
        anchor: Which end stands at x.
        look: Plain, strong, or strong and slanted.
        turn: Degrees by which it is turned counter-clockwise around its place.
    """

    x: float
    y: float
    text: str
    color: str
    size: float | None = None
    anchor: Anchor = Anchor.START
    look: Look = Look.PLAIN
    turn: float = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle.

    Attributes:
        x: Left edge.
        y: Upper edge.
        width: To the right.
        height: Down.
        fill: "#rrggbb", `HATCH_FILL` or `RAMP_FILL`.
        radius: Of its corners.
        stroke: Colour of its edge, None for none.
        title: What a pointer over it is told, "" for nothing.
    """

    x: float
    y: float
    width: float
    height: float
    fill: str
    radius: float = 0
    stroke: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A weight: its box, its figure where that is written, and what a pointer over both is told."""

    title: str
    box: Box
    figure: Label | None = None


@dataclass(frozen=True, slots=True)
class Bracket:
    """The edges of a local window: "[" at `left`, "]" at `right`, with hooks `reach` long."""

    left: float
    right: float
    top: float
    height: float
    color: str
    reach: float = 3
    stroke: float = 1.6


@dataclass(frozen=True, slots=True)
class Diamond:
    """The centre of a local window; `y` is its upper corner, `radius` its half width."""

    x: float
    y: float
    color: str
    radius: float = 3


@dataclass(frozen=True, slots=True)
class Attended:
    """What is laid over a picture: one row of weights.

    Attributes:
        weights: (rows · columns,).
        overlay: Brightness or heat.
        titles: What a pointer over each cell is told.
    """

    weights: Array = field(repr=False)
    overlay: Overlay
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, alone or with attention laid over it.

    Attributes:
        x: Left edge.
        y: Upper edge.
        width: To the right.
        height: Down.
        name: Of the picture in its document.
        picture: Its pixels and cells.
        attended: The weights; None for the picture alone.
    """

    x: float
    y: float
    width: float
    height: float
    name: str
    picture: Picture
    attended: Attended | None = None


Mark = Label | Box | Cell | Bracket | Diamond | Frame


@dataclass(frozen=True)
class Sheet:
    """A figure as it is drawn.

    Attributes:
        heading: What it is called where it cannot be seen.
        width: Of the sheet, its margins included.
        height: Of the sheet.
        marks: From the lowest to the uppermost.
        palette: Colours of `RAMP_FILL` and of heat.
        theme: Dark or light page.
        sized: Whether the width was asked for: it is then a length on paper.
    """

    heading: str
    width: float
    height: float
    marks: tuple[Mark, ...]
    palette: Palette
    theme: Theme
    sized: bool = False
