"""Where the tokens of a search stand on a sheet; lengths are in fonts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.render.beam import beam_layout, node_text
from explorer.render.figure import MILLIMETRES_AN_INCH, PIXELS_AN_INCH, POINTS_AN_INCH, FigureStyle
from explorer.render.grid_fit import LEAST_FONT, STRONG, ems
from explorer.render.sheet import FONT_SIZE
from explorer.runtime.labels import printable
from explorer.runtime.tree import Tree

PAD = 0.35
"""Between the edge of a box and its text."""
JOINT = 1.5
"""Between two steps; branches part in the middle of it."""
STUB_GAP = 0.5
PAPER_MARGIN = 0.15
"""Around a tree with a width, which is that of a column of text."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node stands: its line, its left edge, the width of its box, and with what stands behind it."""

    line: int
    start: float
    box: float
    whole: float


def right_of(spots: Mapping[int, Spot]) -> float:
    """Return the width of a tree on paper."""
    return max((spot.start + spot.whole for spot in spots.values()), default=0.0) + 2 * PAPER_MARGIN


def least_font(style: FigureStyle) -> float:
    """Return the smallest font that a tree may be set in, in pixels."""
    return style.font_pixels or LEAST_FONT


def spots_of(tree: Tree, *, pruned: bool, figures: bool) -> tuple[list[float], dict[int, Spot]]:
    """Return where the column of each step begins, and where each node stands.

    Args:
        tree: The search.
        pruned: Whether branches that did not survive are drawn.
        figures: Whether each token has its probability beside it.
    """
    layout = beam_layout(tree, pruned=pruned, figures=figures)
    boxes, wholes = {}, {}
    for number in layout.places:
        label, share, ending = node_text(tree, tree.nodes[number], figures)
        strong = STRONG if tree.nodes[number].step.forced else 1.0
        boxes[number] = ems(f"{printable(label)}{share}") * strong + 2 * PAD
        wholes[number] = boxes[number] + (ems(ending.strip()) * STRONG + 0.6 if ending else 0.0)
    rows: dict[tuple[int, int], list[int]] = {}
    for number, place in sorted(layout.places.items(), key=lambda item: item[1].start):
        rows.setdefault((tree.nodes[number].step.position, place.line), []).append(number)
    starts = [JOINT]
    for position in range(tree.depth):
        widest = max((wholes[row[0]] for (at, _), row in rows.items() if at == position), default=0.0)
        starts.append(starts[-1] + widest + JOINT)
    spots: dict[int, Spot] = {}
    for (position, line), row in rows.items():
        start = starts[position]
        for number in row:
            spots[number] = Spot(line, start, boxes[number], wholes[number])
            start += wholes[number] + STUB_GAP
    return starts, spots


def font_of(ems_wide: float, style: FigureStyle) -> float:
    """Return the font in pixels with which something so many fonts wide fits the width.

    Raises:
        InputError: It would be smaller than can be read, or than what was asked for.
    """
    if style.width_pixels is None:
        return style.font_pixels or float(FONT_SIZE)
    font = style.font_pixels or min(style.width_pixels / ems_wide, 1.5 * FONT_SIZE)
    least = least_font(style)
    if font < least or font * ems_wide > style.width_pixels * (1 + 1e-9):
        points = least * POINTS_AN_INCH / PIXELS_AN_INCH
        needed = math.ceil(ems_wide * least / PIXELS_AN_INCH * MILLIMETRES_AN_INCH)
        raise InputError(f"a tree with labels of {points:.3g} pt needs a width of {needed} mm, not {style.width:g} mm")
    return font
