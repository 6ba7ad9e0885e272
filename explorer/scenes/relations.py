"""What can be said of where shapes lie, and when it is true.

Each relation has two rules. `holds` says when a caption is true: whoever looks at the picture would grant it. Captions
are written by `is_plain`, which is stricter: it keeps a margin, so that no caption is on the edge of being wrong. Of
two opposite relations never both hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from explorer.scenes.scene import Box

LEFT, RIGHT, ABOVE, BELOW = "left", "right", "above", "below"
BETWEEN = "between"
AT_LEFT, AT_RIGHT, AT_TOP, AT_BOTTOM, IN_MIDDLE = "at left", "at right", "at top", "at bottom", "in middle"
OPPOSITES = MappingProxyType(
    {
        **{LEFT: RIGHT, RIGHT: LEFT, ABOVE: BELOW, BELOW: ABOVE},
        **{AT_LEFT: AT_RIGHT, AT_RIGHT: AT_LEFT, AT_TOP: AT_BOTTOM, AT_BOTTOM: AT_TOP},
    }
)

PLAIN_GAP = 0.03
"""Least distance, along the relation's axis, between the edges of shapes that are plainly beside each other."""
PLAIN_SLOPE = 0.5
"""Plainly beside each other means at least this far along the axis for each step across it."""
HALF, PLAIN_HALF = 0.45, 0.34
"""A shape is on the left if its centre is left of the first, plainly if it is left of the second; and so elsewhere."""
MIDDLE, PLAIN_MIDDLE = 0.17, 0.1
"""Greatest distance in x and in y of the centre of a shape in the middle from that of the picture."""
PLAIN_CORE = 0.5
"""A shape is plainly between two others if the line between these passes through this part of its box."""

_AXES = MappingProxyType({LEFT: (0, False), RIGHT: (0, True), ABOVE: (1, False), BELOW: (1, True)})
_EDGES = MappingProxyType({AT_LEFT: (0, False), AT_RIGHT: (0, True), AT_TOP: (1, False), AT_BOTTOM: (1, True)})
"""Along which axis (0: x, 1: y) a relation goes, and whether it points to its end."""


def holds(relation: str, boxes: Sequence[Box]) -> bool:
    """Return whether a relation is true of some boxes, in the order in which a sentence names them.

    - A is left of B: A's centre lies left of all of B, and B's centre lies right of all of A.
    - A is between B and C: the line from B's centre to C's passes through A's box.
    - A is on the left: its centre lies in the left `HALF`. In the middle: no further than `MIDDLE` from the centre.
    """
    if relation in _AXES:
        axis, reverse = _AXES[relation]
        (_, first, high), (low_, second, _) = (_along(box, axis, reverse) for box in boxes)
        return first < low_ and second > high
    if relation == BETWEEN:
        middle, one, other = boxes
        return _crosses(one.centre, other.centre, middle, 1.0)
    return _is_placed(relation, boxes[0], HALF, MIDDLE)


def is_plain(relation: str, boxes: Sequence[Box]) -> bool:
    """Return whether a relation is true by a margin; whatever is plain also `holds`."""
    if relation in _AXES:
        axis, reverse = _AXES[relation]
        (_, first, high), (low_, second, _) = (_along(box, axis, reverse) for box in boxes)
        across = abs(boxes[0].centre[1 - axis] - boxes[1].centre[1 - axis])
        return low_ - high >= PLAIN_GAP and second - first >= PLAIN_SLOPE * across
    if relation == BETWEEN:
        middle, one, other = boxes
        return _crosses(one.centre, other.centre, middle, PLAIN_CORE)
    return _is_placed(relation, boxes[0], PLAIN_HALF, PLAIN_MIDDLE)


def _along(box: Box, axis: int, reverse: bool) -> tuple[float, float, float]:
    """Return where a box begins, has its centre and ends along an axis, or against its direction."""
    low, high = ((box.left, box.right), (box.top, box.bottom))[axis]
    centre = box.centre[axis]
    return (-high, -centre, -low) if reverse else (low, centre, high)


def _is_placed(relation: str, box: Box, half: float, middle: float) -> bool:
    if relation == IN_MIDDLE:
        return all(abs(place - 0.5) <= middle for place in box.centre)
    axis, reverse = _EDGES[relation]
    place = box.centre[axis]
    return (1 - place if reverse else place) < half


def _crosses(start: tuple[float, float], end: tuple[float, float], box: Box, core: float) -> bool:
    """Return whether the line between two points passes through the inner part of a box, `core` of its width."""
    first, last = 0.0, 1.0  # the part of the line that is inside, in shares of its length
    sides = ((box.left, box.right), (box.top, box.bottom))
    for begin, stop, centre, (low, high) in zip(start, end, box.centre, sides, strict=True):
        reach, step = core * (high - low) / 2, stop - begin
        if step == 0.0:
            if abs(begin - centre) > reach:
                return False
            continue
        enter, leave = sorted(((centre - reach - begin) / step, (centre + reach - begin) / step))
        first, last = max(first, enter), min(last, leave)
    return first <= last
