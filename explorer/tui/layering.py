"""What the screen of layer times draws: the table of the paper, measured curves, path lengths. No Textual here."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.render.chart import Chart, Curve, ticks_of
from explorer.runtime.layer_table import CONVOLUTION, MIXING, RECURRENT, RESTRICTED, SELF_ATTENTION, LayerSize
from explorer.runtime.layers import LENGTHS, SIZES, Crossing, Curves, crossings
from explorer.tui.measures import Value

SHOWN = (SELF_ATTENTION, RECURRENT, CONVOLUTION, RESTRICTED)
"""The table's rows, and the curves."""
MILLISECONDS = 1000.0
MOST_TICKS = 4


@dataclass(frozen=True)
class Layering:
    """The state of the screen.

    Attributes:
        size: d.
        curves: What was measured; None while it is.
    """

    size: int = SIZES[1]
    curves: Curves | None = None

    @property
    def readings(self) -> Mapping[str, Value]:
        """The size, and from where on self-attention, as the table counts it, was measured to be slower."""
        return {"size": float(self.size), "measured": self._measured}

    @property
    def _measured(self) -> str:
        if self.curves is None:
            return "nothing yet"
        found = self.crossings[MIXING.name, RECURRENT.name]
        return f"slower than {RECURRENT.title} {_crossed(found)} (d = {self.curves.size}, no projections)"

    @functools.cached_property
    def crossings(self) -> Mapping[tuple[str, str], Crossing]:
        """Where self-attention becomes slower, by its kind and the other's; empty while nothing is measured."""
        found = () if self.curves is None else crossings(self.curves)
        return {(one.attention, one.other): one for one in found}


def table_rows(state: Layering, *, roomy: bool = True) -> list[tuple[str, ...]]:
    """Return the table's rows: layer, complexity, sequential operations, path length, times at three lengths."""
    rows = [("layer", "complexity", "sequential", "path", *(f"n={n:,}" for n in _sampled(state)))]
    for kind in SHOWN:
        title = kind.title if roomy else kind.title.removeprefix("self-attention ").strip("()")
        rows.append((title, kind.complexity, kind.sequential, kind.path, *_times(state, kind.name)))
    return rows


def crossing_text(state: Layering, attention: str = SELF_ATTENTION.name) -> str:
    """Return in words where self-attention becomes slower.

    Args:
        state: What was measured.
        attention: The kind that is meant: with its projections, or as the table counts it.
    """
    others = (RECURRENT, CONVOLUTION)
    return " · ".join(f"than {other.title} {_crossed(state.crossings[attention, other.name])}" for other in others)


def crossing_title(state: Layering) -> str:
    """Return in a few words from where on the recurrent layer is faster; nothing while nothing is measured."""
    found = state.crossings
    return f"recurrent faster {_crossed(found[SELF_ATTENTION.name, RECURRENT.name])}" if found else ""


def crossing_lines(state: Layering) -> tuple[str, ...]:
    """Return where the curves cross, with the projections and without; nothing while nothing is measured."""
    if state.curves is None:
        return (f"measuring at d = {state.size} …",)
    return (
        f"d = {state.size}: self-attention is slower {crossing_text(state)}",
        f"as the table counts, without projections: slower {crossing_text(state, MIXING.name)}",
    )


def time_chart(state: Layering) -> Chart:
    """Return the measured times by length, both axes logarithmic, and where self-attention crosses the others."""
    curves = state.curves
    lengths = LENGTHS if curves is None else curves.lengths
    nothing = (math.nan,) * len(lengths)
    values = {kind.name: nothing if curves is None else curves.seconds[kind.name] for kind in SHOWN}
    times = {name: tuple(MILLISECONDS * value for value in seconds) for name, seconds in values.items()}
    crossed = [
        one for one in state.crossings.values() if one.attention == SELF_ATTENTION.name and one.other != RESTRICTED.name
    ]
    marked = tuple(one.length for one in crossed if one.length is not None)
    return _by_length(lengths, times, "ms").replace(marked=marked)


def path_chart() -> Chart:
    """Return the maximum path lengths by length, from the table's formulas."""
    sizes = [LayerSize(length, SIZES[0]) for length in LENGTHS]
    paths = {kind.name: tuple(float(kind.path_length(size)) for size in sizes) for kind in SHOWN}
    return _by_length(LENGTHS, paths, "steps")


def _by_length(lengths: Sequence[int], values: Mapping[str, tuple[float, ...]], unit: str) -> Chart:
    """Return a chart of the table's rows; the panel above it names the curves."""
    xs = tuple(map(float, lengths))
    drawn = tuple(Curve(kind.title, xs, values[kind.name]) for kind in SHOWN)
    return Chart(drawn, "length n", unit, x_ticks=ticks_of(xs, MOST_TICKS), log_x=True, log_y=True, named=False)


def _sampled(state: Layering) -> tuple[int, ...]:
    lengths = LENGTHS if state.curves is None else state.curves.lengths
    return lengths[0], lengths[len(lengths) // 2], lengths[-1]


def _times(state: Layering, kind: str) -> tuple[str, ...]:
    curves = state.curves
    if curves is None:
        return ("…",) * len(_sampled(state))
    values = [curves.seconds[kind][curves.lengths.index(n)] for n in _sampled(state)]
    return tuple("–" if math.isnan(value) else f"{value * MILLISECONDS:.3g} ms" for value in values)


def _crossed(crossing: Crossing) -> str:
    if crossing.length is None:
        return "nowhere up to the longest"
    return "at every length" if crossing.throughout else f"from n ≈ {crossing.length:.0f}"
