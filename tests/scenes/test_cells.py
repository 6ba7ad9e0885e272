"""Cells of a grid on a box."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.scenes.cells import cells_on
from explorer.scenes.generate import scene_of
from explorer.scenes.scene import Box


def test_cells_that_share_an_area_are_on_the_box() -> None:
    on = cells_on(Box(0.25, 0.3, 0.51, 0.5), 4, 4)
    assert on.astype(int).tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_rows_are_heights() -> None:
    assert np.argwhere(cells_on(Box(0.9, 0.0, 1.0, 0.1), 2, 3)).tolist() == [[0, 2]]
    assert cells_on(Box(0.0, 0.0, 1.0, 1.0), 5, 7).all()


@given(st.integers(0, 10**9), st.integers(1, 40), st.integers(1, 40))
def test_the_rule_for_any_grid(seed: int, rows: int, columns: int) -> None:
    for shape in scene_of(seed).shapes:
        box = shape.box
        on = cells_on(box, rows, columns)
        assert on.shape == (rows, columns)
        x, y = box.centre
        assert on[int(y * rows), int(x * columns)]
        for (row, column), covered in np.ndenumerate(on):
            high = min(box.bottom, (row + 1) / rows) - max(box.top, row / rows)
            wide = min(box.right, (column + 1) / columns) - max(box.left, column / columns)
            if min(abs(high), abs(wide)) > 1e-9:  # beyond what rounding can decide
                assert covered == (high > 0 and wide > 0)
