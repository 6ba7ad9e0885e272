"""Figures of attention from a file: drawn as a run is, with the numbers of the file in JSON and npz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from explorer.errors import InputError
from explorer.render.grid_figure import GridFigure
from explorer.render.wall_figure import WallFigure
from explorer.runtime.controls import Controls
from explorer.runtime.foreign.json_forms import MOST_WEIGHTS, WEIGHTS, json_fields
from explorer.runtime.foreign.npy import npz_arrays
from explorer.runtime.foreign.pair import ForeignPair, trace_of
from explorer.runtime.foreign.spelling import spelled
from explorer.runtime.heads import CROSS


@dataclass(frozen=True)
class ForeignFigure(GridFigure):
    """A sentence pair of a file as a grid.

    Attributes:
        pair: Whose weights, of every head, JSON and npz hold.
        one_map: Whether they hold the map that is drawn in the place of all.
    """

    pair: ForeignPair = field(kw_only=True)
    one_map: bool = False

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return weights, in the shape of the file or as one map, source_tokens and target_tokens."""
        return foreign_arrays(self._written)

    def content(self) -> Mapping[str, Any]:
        """Return what can be opened again; see `foreign_content`, and for one map also layer, head and aggregate.

        Raises:
            InputError: Too many weights.
        """
        content = foreign_content(self._written, self.trace.model)
        if self.one_map:
            controls = self.trace.controls
            content |= {"layer": controls.layer, "head": controls.head, "aggregate": controls.aggregate}
        return content

    @property
    def _written(self) -> ForeignPair:
        if not self.one_map:
            return self.pair
        return ForeignPair(self.pair.source_tokens, self.pair.target_tokens, self.trace.weights)


@dataclass(frozen=True)
class ForeignWall(WallFigure):
    """A sentence pair of a file with every head; see `ForeignFigure`."""

    pair: ForeignPair = field(kw_only=True)

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return weights in the shape of the file, source_tokens and target_tokens."""
        return foreign_arrays(self.pair)

    def content(self) -> Mapping[str, Any]:
        """Return what can be opened again.

        Raises:
            InputError: Too many weights.
        """
        return foreign_content(self.pair, self.trace.model)


def foreign_figure(pair: ForeignPair, name: str, controls: Controls, *, one_map: bool = False) -> ForeignFigure:
    """Return the figure of a pair.

    Args:
        pair: The pair.
        name: What the file is called.
        controls: Which of its heads is drawn.
        one_map: Whether JSON and npz hold that map alone.
    """
    return ForeignFigure(trace_of(pair, name, controls), pair=pair, one_map=one_map)


def foreign_wall(pair: ForeignPair, name: str, controls: Controls) -> ForeignWall:
    """Return the figure of all heads of a pair that has several; arguments as for `foreign_figure`."""
    return ForeignWall(trace_of(pair, name, controls), (CROSS,), pair=pair)


def foreign_content(pair: ForeignPair, name: str) -> dict[str, Any]:
    """Return a pair as what JSON can hold, which can be opened again.

    Fields as those of ``decode``: model (the file), alignment, attention (null: a file does not say), source, target,
    source_tokens, target_tokens, log_probs (null), weights, exact, in the shape of the file.

    Raises:
        InputError: Too many weights.
    """
    if pair.weights.size > MOST_WEIGHTS:
        raise InputError(f"{pair.weights.size} weights are too many for JSON: write npz, or one head or layer")
    fields = json_fields(pair)
    weights = fields.pop(WEIGHTS)
    return {
        "model": name,
        "alignment": None,
        "attention": None,
        "source": spelled(pair.source_tokens).text,
        "target": spelled(pair.target_tokens).text,
        **fields,
        "log_probs": None,
        WEIGHTS: weights,
    }


def foreign_arrays(pair: ForeignPair) -> Mapping[str, npt.NDArray[Any]]:
    """Return a pair as arrays that need no pickle and can be opened again."""
    return npz_arrays(pair.weights, pair.source_tokens, pair.target_tokens)
