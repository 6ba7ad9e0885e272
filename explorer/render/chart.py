"""Charts of curves in terminal cells, drawn by plotext."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.color import Color
from rich.style import Style
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
"""Labels of a linear y axis, where there is room for them."""
GREATEST = 1e100
"""No value beyond it is drawn: differences of such would not be numbers any more."""
ROOM_FOR_TITLES = 9
"""Lines from which on the axes are titled."""


Points = list[tuple[float, float]]
"""(x, y) of what is drawn of a curve."""


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
        y_range: Least and greatest value; None, and on a logarithmic axis, for those of the curves.
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

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The range of the y axis, where it is given; plotext has none for a logarithmic one."""
        return None if self.log_y else self.y_range

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
    for place in filter(partial(_drawable, logarithmic=chart.log_x), chart.marked):
        plotext.vline(place, color=PALE)
    for number, points in enumerate(drawn):
        if points:
            xs, ys = (list(values) for values in zip(*points, strict=True))
            name = chart.curves[number].name if chart.named else None
            plotext.plot(xs, ys, color=COLOURS[number], marker=MARKERS[number], label=name)
    _axes(plotext, chart, drawn, height)
    text = Text.from_ansi(plotext.build().rstrip("\n"), no_wrap=True, end="")
    lines = text.split(allow_blank=True)
    for line in lines:  # plotext takes every character for one cell
        line.truncate(width)
    return Text("\n", end="", no_wrap=True).join(lines)


def curve_key(number: int) -> Text:
    """Return what stands for a curve where it is named beside a chart."""
    return Text(f"{KEYS[number] * 2} ", Style(color=Color.from_rgb(*COLOURS[number])))


def _points(chart: Chart, curve: Curve) -> Points:
    """Return the points that can be drawn; plotext fails where none of a curve with a name is inside the range."""
    least, most = chart.bounds or (-math.inf, math.inf)
    pairs = zip(curve.xs, curve.ys, strict=True)
    drawn = [(x, y) for x, y in pairs if _drawable(x, chart.log_x) and _drawable(y, chart.log_y) and least <= y <= most]
    return [(_rounded(x), _rounded(y)) for x, y in drawn]


def _rounded(value: float) -> float:
    """Return a value, 0 where it is so near to it that a range around it would be none."""
    return value if abs(value) >= 1 / GREATEST else 0.0


def _drawable(value: float, logarithmic: bool) -> bool:
    """Return whether an axis has a place for a value: a logarithm wants positive ones."""
    return abs(value) <= GREATEST and (value >= 1 / GREATEST or not logarithmic)


def _axes(plotext: Any, chart: Chart, drawn: Sequence[Points], height: int) -> None:
    titled = height >= ROOM_FOR_TITLES
    rows = height - 2 - titled - bool(chart.title)  # without the axis, its labels and titles
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    if chart.title:
        plotext.title(chart.title)
    if titled:
        plotext.xlabel(chart.x_title)
        plotext.ylabel(chart.y_title)
    if chart.log_x:
        plotext.xscale("log")
    plotext.yfrequency(min(Y_TICKS, max(2, rows)))  # of two labels in one row plotext shows any
    if chart.log_y:
        plotext.yscale("log")
        decades = _decades([y for points in drawn for _, y in points], rows)
        if decades:
            plotext.yticks(decades, [f"{value:g}" for value in decades])
    ticks = [tick for tick in chart.x_ticks if _drawable(tick[0], chart.log_x)]
    if ticks:
        plotext.xticks([place for place, _ in ticks], [label for _, label in ticks])
    if chart.bounds is not None:
        plotext.ylim(*chart.bounds)


def _decades(values: Sequence[float], rows: int) -> list[float]:
    """Return powers of ten among positive values, a row or more apart; nothing where there is but one of them."""
    least, most = math.log10(min(values)), math.log10(max(values))
    first, last = math.ceil(least), math.floor(most)
    if first >= last:
        return []
    stride = math.ceil((most - least) / max(1, rows - 1))
    return [10.0**power for power in range(first, last + 1, stride)]


def ticks_of(values: Sequence[float], most: int) -> tuple[tuple[float, str], ...]:
    """Return at most `most` of some values, the first and the last among them, as labels of an axis."""
    stride = max(1.0, (len(values) - 1) / max(1, most - 1))
    count = min(len(values), most)
    return tuple((values[round(number * stride)], _number(values[round(number * stride)])) for number in range(count))


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
