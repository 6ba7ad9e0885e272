"""Two runs below each other and the grid of their differences, all three with the same columns where they have them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
from rich.console import RenderableType

from explorer.render.compared import SIDES, Compared
from explorer.render.comparison_strip import strip_sheet
from explorer.render.comparison_text import ComparisonText
from explorer.render.difference import PARTED, signed
from explorer.render.difference_scale import difference_scale, side_color
from explorer.render.diverging import DivergingPalette
from explorer.render.figure import PIXELS_AN_INCH, POINTS_AN_INCH, FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.grid_figure import BOLD, JOINT
from explorer.render.grid_fit import LETTER, Sizes, ems, grid_sizes
from explorer.render.grid_panel import Panel, column_labels, ground, row_label, trace_marks
from explorer.render.markup import INKS, Ink, hexadecimal, per_cent
from explorer.render.palette import readable_on
from explorer.render.pictures import Overlay
from explorer.render.scale import BEFORE, scale_marks
from explorer.render.sheet import FONT_SIZE, Cell, Label, Look, Mark, Sheet
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace

LEAST_ROOM = 66
"""Letters that headings have where no width is asked for, however short the sentences are."""


@dataclass(frozen=True)
class ComparisonFigure:
    """Two runs on one source and how they differ.

    Attributes:
        compared: Both of them.
        heads: Whether JSON has the weights of all of a Transformer's heads.
        overlay: How attention is laid over a picture; None for heat where a palette is asked for, else brightness.
    """

    compared: Compared
    heads: bool = False
    overlay: Overlay | None = None

    @property
    def heading(self) -> str:
        """The source and both sides' names."""
        left, right = self.compared.names
        return f"{left} | {right}: {self.compared.left.source.text}"

    @property
    def table(self) -> Trace | None:
        """None: a page has the drawing."""
        return None

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:
        """Draw it.

        Raises:
            InputError: The width has no room for the columns of a side.
        """
        if self.compared.left.source.picture is not None:
            return strip_sheet(self.compared, self.heading, style, style.lit(self.overlay), f"picture{number}")
        plan = _plan(self.compared, style)
        marks = tuple(_Drawn(self.compared, plan, style).marks())
        return Sheet(self.heading, plan.width, plan.height, marks, style.colors, style.theme, style.width is not None)

    def printed(self, style: FigureStyle) -> RenderableType:
        """Return both runs and their differences."""
        palette = style.palette
        return ComparisonText(self.compared, palette.name, palette.exponent, style.lit(self.overlay))

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return the arrays of both sides and the differences; see `Compared.arrays`."""
        return self.compared.arrays()

    def content(self) -> Mapping[str, Any]:
        """Return both sides and the differences; see `Compared.content`."""
        return self.compared.content(all_heads=self.heads)


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the grids: its upper end, its lines of text, the labels of its columns, where its cells stand."""

    top: float
    lines: tuple[tuple[str, str, Look], ...]
    columns: tuple[str, ...]
    panel: Panel

    @property
    def first_line(self) -> float:
        """Baseline of its first line."""
        return self.top + 1.1 * self.panel.sizes.heading


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything stands, in pixels.

    Attributes:
        source: The source in lines, none without a title.
        parts: Left, right, and the differences where they are defined.
        below: What is said of the differences, in lines.
        width: Of the sheet.
        height: Of the sheet.
    """

    source: tuple[str, ...]
    parts: tuple[_Part, ...]
    below: tuple[str, ...]
    width: float
    height: float


def _sizes(columns: Sequence[Sequence[str]], rows: Sequence[str], style: FigureStyle) -> tuple[Sizes, ...]:
    """Return the sizes of each grid: the same font in all, that of the grid which has the least room."""
    found = [grid_sizes(each, rows, style) for each in columns]
    font = min(sizes.font for sizes in found)
    if style.width is None or all(sizes.font == font for sizes in found):
        return tuple(found)
    points = font * POINTS_AN_INCH / PIXELS_AN_INCH
    same = dataclasses.replace(style, font_size=points * (1 - 1e-9))
    return tuple(grid_sizes(each, rows, same) for each in columns)


def _plan(compared: Compared, style: FigureStyle) -> _Plan:
    found = compared.differences
    columns = [trace.source.labels for trace in compared.traces]
    rows = [trace.labels for trace in compared.traces]
    if found is not None:
        columns.append(found.axis.labels)
        rows.append(tuple(f"{PARTED} {compared.row_label(row)}" for row in range(len(found.rows))))
    sizes = _sizes(columns, [label for part in rows for label in part], style)
    one = sizes[0]
    gutter = max(each.gutter_width([label for part in rows for label in part]) for each in sizes)
    left = one.margin + gutter + one.gutter
    width = one.width or _natural_width(columns, left, sizes)
    room = width - 2 * one.margin
    letters = max(8, int(room / (LETTER / FONT_SIZE * one.heading)))
    source = folded(printable(compared.left.source.text), letters) if style.title else ()
    ink = INKS[style.theme]
    said = [_said(compared, number, style, letters, ink) for number in range(len(SIDES))]
    said.append((("right − left", ink.text, Look.HEADING),))
    y = one.margin + len(source) * one.line
    parts = []
    for place, labels in enumerate(columns):
        own = sizes[place]
        head = max((own.reach(own.text_width(label))[1] for label in labels), default=own.font)
        top = y + len(said[place]) * own.line + head + 0.4 * own.font
        panel = Panel(own, left, top, len(labels), len(rows[place]))
        parts.append(_Part(y, said[place], labels, panel))
        y = panel.bottom + 1.4 * own.font
    small = max(8, int(room / (LETTER / FONT_SIZE * one.small)))
    below = joined(compared.facts_of_differences, JOINT, small) if style.title or found is None else ()
    height = y + (1.4 * len(below) + (3.4 if found is not None else 1.9)) * one.small + one.margin
    return _Plan(source, tuple(parts), below, width, height)


def _natural_width(columns: Sequence[Sequence[str]], left: float, sizes: Sequence[Sizes]) -> float:
    """Width of the widest grid with the overhang of its slanted heads, and room for what is said."""
    widths = [LEAST_ROOM * sizes[0].letter]
    for labels, own in zip(columns, sizes, strict=True):
        reaches = [
            (place + 0.5) * own.cell_width + own.reach(own.text_width(label))[0] for place, label in enumerate(labels)
        ]
        widths.append(left + max([len(labels) * own.cell_width, *reaches]))
    return max(widths) + sizes[0].margin


_Lines = tuple[tuple[str, str, Look], ...]


def _said(compared: Compared, number: int, style: FigureStyle, letters: int, ink: Ink) -> _Lines:
    """Return the lines above a side's grid with their colours: its name alone without a title, else all of it."""
    trace, name = compared.traces[number], f"{SIDES[number]}: {compared.names[number]}"
    color, bold = side_color(bool(number)), max(4, int(letters / BOLD))
    if not style.title:
        return tuple((line, color, Look.HEADING) for line in folded(name, bold))
    facts = joined((f"{SIDES[number]}: {compared.facts[number][0]}", *compared.facts[number][1:]), JOINT, bold)
    told = tuple((line, color, Look.HEADING) for line in facts)
    return (*told, *((line, ink.text, Look.PLAIN) for line in folded(printable(trace.text), letters)))


class _Drawn:
    """Turns a plan into marks."""

    def __init__(self, compared: Compared, plan: _Plan, style: FigureStyle) -> None:
        self._compared, self._plan, self._style = compared, plan, style
        self._ink = INKS[style.theme]
        self._palette = DivergingPalette()

    def marks(self) -> Iterator[Mark]:
        """Yield everything."""
        plan, style = self._plan, self._style
        sizes = plan.parts[0].panel.sizes
        for place, line in enumerate(plan.source):
            y = sizes.margin + sizes.heading + place * sizes.line
            yield Label(sizes.margin, y, line, self._ink.soft, sizes.heading)
        for number, part in enumerate(plan.parts):
            for place, (text, color, look) in enumerate(part.lines):
                y = part.first_line + place * sizes.line
                yield Label(sizes.margin, y, text, color, sizes.heading, look=look)
            if number < len(SIDES):
                trace = self._compared.traces[number]
                yield from trace_marks(trace, part.panel, style.colors, self._ink, style.number_threshold)
            else:
                yield from self._differences(part)
        yield from self._caption()

    def _differences(self, part: _Part) -> Iterator[Mark]:
        found, panel = self._compared.differences, part.panel
        assert found is not None
        yield ground(panel, hexadecimal(self._palette.background(0.0)))
        yield from column_labels(panel, part.columns, self._ink)
        signs = self._signs(panel)
        for row, compared in enumerate(found.rows):
            mark = f"{PARTED} " if self._compared.parted(row) else ""
            yield row_label(panel, row, f"{mark}{self._compared.row_label(row)}", self._ink.text)
            for column, value in enumerate(compared.weights):
                yield self._cell(panel, row, column, float(value), signs)

    def _cell(self, panel: Panel, row: int, column: int, difference: float, signs: bool) -> Cell:
        color = self._palette.background(difference)
        box = panel.box(row, column, hexadecimal(color))
        figure = None
        if abs(difference) >= self._style.number_threshold:
            text = signed(difference) if signs else per_cent(abs(difference))
            figure = panel.figure(box, text, hexadecimal(readable_on(color)))
        return Cell(self._compared.difference_title(row, column, difference), box, figure)

    def _signs(self, panel: Panel) -> bool:
        """Return whether figures have their sign: where the longest has no room for it, colours alone say the side."""
        found, size = self._compared.differences, panel.sizes.number
        assert found is not None
        widest = max((ems(signed(float(each))) for each in found.weights.ravel()), default=0.0)
        return size is None or widest * size <= panel.sizes.cell_width - panel.sizes.gap

    def _caption(self) -> Iterator[Mark]:
        """What is said of the differences, and the scales of both kinds of grids."""
        plan = self._plan
        last = plan.parts[-1].panel
        sizes = last.sizes
        y = last.bottom + 1.4 * sizes.font + 0.6 * sizes.small
        for place, line in enumerate(plan.below):
            yield Label(sizes.margin, y + place * 1.4 * sizes.small, line, self._ink.soft, sizes.small)
        y += (1.4 * len(plan.below) + 0.2) * sizes.small
        x = sizes.margin + max(BEFORE * sizes.small / 13, 3.4 * sizes.small)
        yield from scale_marks(x, y, self._style.colors, self._ink, sizes.small)
        if self._compared.differences is not None:
            yield from difference_scale(x, y + 1.5 * sizes.small, self._ink, sizes.small)
