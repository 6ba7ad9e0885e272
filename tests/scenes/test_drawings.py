"""Drawings that stand for photographs."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.scenes.drawings import DRAWINGS, drawing


@pytest.mark.parametrize("name", list(DRAWINGS))
@pytest.mark.parametrize("size", [64, 128])
def test_a_drawing_is_the_same_each_time_and_full_of_colours(name: str, size: int) -> None:
    pixels = np.asarray(drawing(name, size))
    assert pixels.shape == (size, size, 3)
    assert (pixels == np.asarray(drawing(name, size))).all()
    coarse = {tuple(color) for color in (pixels.reshape(-1, 3) // 48).tolist()}
    assert len(coarse) >= 8


def test_drawings_differ() -> None:
    shown = [np.asarray(drawing(name, 64), dtype=int) for name in DRAWINGS]
    for place, one in enumerate(shown):
        for other in shown[place + 1 :]:
            assert np.abs(one - other).mean() > 10
