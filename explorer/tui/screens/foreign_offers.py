"""What can be written as a figure of attention from a file."""

from __future__ import annotations

from explorer.render.foreign_figure import foreign_figure, foreign_wall
from explorer.runtime.controls import Controls
from explorer.runtime.foreign.pair import ForeignPair
from explorer.tui.screens.figure import Offer

GRID, WALL = "grid", "heads"


def offers_of_pair(pair: ForeignPair, name: str, controls: Controls) -> tuple[Offer, ...]:
    """Return the figures of a pair: the map that is shown, and where there are heads all of them.

    Args:
        pair: The pair.
        name: What the file is called.
        controls: Which head is shown, or several as one.
    """
    grid = Offer(GRID, foreign_figure(pair, name, controls), turns=True)
    return (grid,) if pair.counts is None else (grid, Offer(WALL, foreign_wall(pair, name, controls)))
