"""Window and Gaussian of local attention (Luong 2015, 3.2), along a sentence and over the cells of a picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from explorer.runtime.family import Look
from explorer.runtime.trace import Picture, Step

Values = npt.NDArray[np.float64]


def distances(step: Step | Look, columns: int | None) -> tuple[Values, Values]:
    """Return how far every source position lies from p_t.

    Args:
        step: A step under local attention, or what it looked at.
        columns: Cells of a picture from left to right; None for a sentence.

    Returns:
        What the window is held against, |s - p_t| or the greater of the distances in rows and in columns; and the
        square of the distance, which the Gaussian falls with. (src_len,) each.
    """
    places = np.arange(len(step.scores), dtype=np.float64)
    if columns is None or step.center_cell is None:
        apart = np.abs(places - step.center)
        return apart, apart**2
    row, column = step.center_cell
    down = np.abs(places // columns - row)
    across = np.abs(places % columns - column)
    return np.maximum(down, across), down**2 + across**2


def columns_of(picture: Picture | None) -> int | None:
    """Return the cells of a picture from left to right; None for a sentence."""
    return None if picture is None else picture.columns


def gaussian(squared: Values, window: float) -> Values:
    """exp(-d² / (2 (D/2)²)) of squared distances d², shape (src_len,) (Luong 2015, 3.2, eq. 10)."""
    curve: Values = np.exp(-2.0 * squared / window**2)
    return curve
