"""Which cells of an image encoder's grid lie on an object."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from explorer.scenes.scene import Box


def cells_on(box: Box, rows: int, columns: int) -> npt.NDArray[np.bool_]:
    """Return which cells of a grid laid over the picture are on a box.

    A cell is on the box if they share an area, however small: so the cell under the box's centre always is, and so is
    every cell whose own centre lies in the box. Touching edges share nothing.

    Args:
        box: A rectangle of positive width and height in the unit square.
        rows: Cells from top to bottom.
        columns: Cells from left to right.

    Returns:
        (rows, columns).
    """
    on = np.zeros((rows, columns), dtype=np.bool_)
    on[_covered(box.top, box.bottom, rows), _covered(box.left, box.right, columns)] = True
    return on


def _covered(low: float, high: float, count: int) -> slice:
    """Return the cells of one axis that share a length with low … high."""
    return slice(math.floor(low * count), math.ceil(high * count))
