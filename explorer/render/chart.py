"""Charts of curves in terminal cells, drawn by plotext."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

MARKERS = ("braille", "•", "hd", "×")
"""What curves are drawn with, by plotext's names, so that they are told apart without colours too."""
COLOURS = ((242, 166, 90), (110, 190, 240), (140, 210, 120), (220, 130, 200))
"""Of the curves, readable on light and on dark; the first is the accent of the interface."""
KEYS = ("⠶", "•", "▄", "×")
"""What stands for a curve where it is named elsewhere."""
PALE = (128, 136, 150)
LEAST = 16, 5
"""Cells across and down below which nothing can be seen in a chart."""
Y_TICKS = 5
"""Labels of the y axis where its range is given."""
ROOM_FOR_TITLES = 9
"""Lines from which on the axes are titled."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve.

    Attributes:
        name: For the legend.
        xs: In rising order.
        ys: As many; NaN where there is no value.
    """

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn.

    Attributes:
        curves: At most as many as `MARKERS`.
        x_title: Of the axis, with its unit.
        y_title: Of the axis, with its unit.
        title: Above it, "" for none.
        x_ticks: Where the axis is labelled, and with what; empty for the library's choice.
        log_x: Whether the axis is logarithmic.
        log_y: Whether the axis is logarithmic.
        y_range: Least and greatest value; None for those of the curves.
        marked: Places of the x axis that are marked by a line.
        named: Whether the curves are named in a legend.
    """

    curves: tuple[Curve, ...]
    x_title: str
    y_title: str
    title: str = ""
    x_ticks: tuple[tuple[float, str], ...] = ()
    log_x: bool = False
    log_y: bool = False
    y_range: tuple[float, float] | None = None
    marked: tuple[float, ...] = ()
    named: bool = True

    def replace(self, **changes: Any) -> Chart:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def chart_text(chart: Chart, width: int, height: int) -> Text:
    """Return a chart as lines of text in colours; nothing where there is no room for one.

    Not to be called by two threads at once: plotext keeps one figure.
    """
    if width < LEAST[0] or height < LEAST[1]:
        return Text()
    drawn = [_points(chart, curve) for curve in chart.curves]
    if not any(drawn):  # plotext cannot scale an axis without points
        return Text()
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limitsize(False, False)
    plotext.plotsize(width, height)
    for place in chart.marked:
        plotext.vline(place, color=PALE)
    for number, points in enumerate(drawn):
        if points:
            xs, ys = (list(values) for values in zip(*points, strict=True))
            name = chart.curves[number].name if chart.named else None
            plotext.plot(xs, ys, color=COLOURS[number], marker=MARKERS[number], label=name)
    _axes(plotext, chart, titled=height >= ROOM_FOR_TITLES)
    return Text.from_ansi(plotext.build(), no_wrap=True, end="")


def _points(chart: Chart, curve: Curve) -> list[tuple[float, float]]:
    """Return the points that can be drawn: a logarithm wants positive values."""
    pairs = zip(curve.xs, curve.ys, strict=True)
    return [(x, y) for x, y in pairs if math.isfinite(y) and (y > 0 or not chart.log_y) and (x > 0 or not chart.log_x)]


def _axes(plotext: Any, chart: Chart, *, titled: bool) -> None:
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    if chart.title:
        plotext.title(chart.title)
    if titled:
        plotext.xlabel(chart.x_title)
        plotext.ylabel(chart.y_title)
    if chart.log_x:
        plotext.xscale("log")
    if chart.log_y:
        plotext.yscale("log")
        decades = _decades([y for curve in chart.curves for y in curve.ys])
        if decades:
            plotext.yticks(decades, [f"{value:g}" for value in decades])
    if chart.x_ticks:
        plotext.xticks([place for place, _ in chart.x_ticks], [label for _, label in chart.x_ticks])
    if chart.y_range is not None:
        plotext.ylim(*chart.y_range)
        plotext.yfrequency(Y_TICKS)


def _decades(values: Sequence[float]) -> list[float]:
    """Return the powers of ten among positive values; nothing where there is but one of them."""
    some = [value for value in values if value > 0 and math.isfinite(value)]
    if not some:
        return []
    first, last = math.ceil(math.log10(min(some))), math.floor(math.log10(max(some)))
    return [10.0**power for power in range(first, last + 1)] if last > first else []


def ticks_of(values: Sequence[float], most: int) -> tuple[tuple[float, str], ...]:
    """Return at most `most` of some values, the first and the last among them, as labels of an axis."""
    stride = max(1.0, (len(values) - 1) / max(1, most - 1))
    count = min(len(values), most)
    return tuple((values[round(number * stride)], _number(values[round(number * stride)])) for number in range(count))


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
