"""Whether what a model says of a drawn scene is true, and whether it looked where it spoke of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.scenes.cells import cells_on
from explorer.scenes.parser import parse
from explorer.scenes.scene import Scene
from explorer.scenes.truth import is_true, spoken_objects
from models.caption_decode import Caption
from models.layout import Grid


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one caption.

    Attributes:
        true: Whether it can be read, and what it says holds of the scene.
        words: Its words that describe an object.
        pointed: Those whose greatest weight lies on a cell of an object that they may speak of.
        covered: The share of the grid that those objects' cells take, summed over the words: what chance would get.
    """

    true: bool
    words: int = 0
    pointed: int = 0
    covered: float = 0.0


def judge(caption: Caption, scene: Scene, grid: Grid) -> Verdict:
    """Judge a caption of a scene.

    A caption that the grammar cannot say has no words to judge. A word of a false one that fits no object, and one
    without any weight, points at nothing.

    Args:
        caption: The words and where they looked.
        scene: What was drawn.
        grid: The cells that were looked at.
    """
    meaning, spoken = parse(caption.text), spoken_objects(caption.text, scene)
    if meaning is None or spoken is None:
        return Verdict(true=False)
    words, pointed, covered = 0, 0, 0.0
    for objects, weights in zip(spoken, caption.weights, strict=True):
        if objects is None:
            continue
        on = np.zeros((grid.rows, grid.columns), dtype=np.bool_)
        for number in objects:
            on |= cells_on(scene.shapes[number].box, grid.rows, grid.columns)
        words += 1
        covered += float(on.mean())
        pointed += bool(weights.max() > 0 and on.flat[weights.argmax()])
    return Verdict(is_true(meaning, scene), words, pointed, covered)
