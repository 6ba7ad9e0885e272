"""The wall of heads: a small map of what each head of a Transformer looks at, layer below layer (Vaswani 2017, 3.2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from explorer.errors import InputError
from explorer.render.cells import pad_right, truncate
from explorer.render.figure import FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.grid_fit import LETTER, tile_font
from explorer.render.markup import INKS, Ink, hexadecimal
from explorer.render.palette import ColorDepth, Palette
from explorer.render.scale import scale_marks
from explorer.render.sheet import FONT_SIZE, HATCH_FILL, Anchor, Box, Label, Look, Mark, Sheet
from explorer.render.summary import marked_head, run_facts
from explorer.render.thumbnails import DIMMED, thumbnail_layout, thumbnail_lines
from explorer.render.trace_content import trace_arrays, trace_content
from explorer.runtime.controls import HeadKey
from explorer.runtime.heads import CROSS, ENCODER, KINDS, SELF, HeadFigures, figures, head_maps
from explorer.runtime.labels import printable
from explorer.runtime.trace import Array, Trace

START_LABEL = "START"
"""What is drawn for the token that decoding begins with."""
KIND_TITLES = {
    CROSS: "cross-attention: target down, source across",
    SELF: "decoder self-attention: target down, earlier tokens across",
    ENCODER: "encoder self-attention: source down and across",
}
THUMBNAIL = 132
"""Pixels of a map's width where no width is asked for."""
LARGEST_CELL = 12
GAP = 14
MARGIN = 28
LEAST_THUMBNAIL = 4
"""Width of the narrowest map, in fonts: its name has room above it."""
FIGURES_ROOM = 9.5
"""Width of a map, in fonts, from which on its entropy stands beside its name."""
LONGEST_HEADING = 120
TEXT_GAP = 2
"""Cells between maps that are printed as text."""
LEAST_TEXT = 8
"""Cells of the narrowest map as text."""


@dataclass(frozen=True)
class WallFigure:
    """Every head of a run.

    Attributes:
        trace: The run of a Transformer.
        kinds: Of attention; None for all that the model has.
    """

    trace: Trace
    kinds: tuple[str, ...] | None = None

    @property
    def heading(self) -> str:
        """What it is, source and target."""
        return f"every head: {self.trace.source.text} → {self.trace.text}"

    @property
    def table(self) -> Trace | None:
        """None: a page has the drawing."""
        return None

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:  # noqa: ARG002 - nothing in it has a name
        """Draw it; a width is shared by the heads of a layer.

        Raises:
            InputError: The width has no room for them.
        """
        plan = _plan(self.trace, self._blocks(), style)
        marks = tuple(_marks(plan, style.colors, INKS[style.theme]))
        return Sheet(self.heading, plan.width, plan.height, marks, style.colors, style.theme, style.width is not None)

    def printed(self, style: FigureStyle) -> RenderableType:
        """Return the target, every map and what was run."""
        return _WallText(self.trace, self._blocks(), style.palette)

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return weights, scores, tokens, and what every head did."""
        return trace_arrays(self.trace)

    def content(self) -> Mapping[str, Any]:
        """Return the fields that `trace_content` lists, every head's weights among them."""
        return trace_content(self.trace, all_heads=True)

    def _blocks(self) -> tuple[_Block, ...]:
        kinds = KINDS if self.kinds is None else self.kinds
        found = [(kind, head_maps(kind, self.trace.steps, self.trace.encoder_weights)) for kind in kinds]
        return tuple(_Block(kind, maps, self.trace) for kind, maps in found if maps.size)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """All heads of one kind.

    Attributes:
        kind: Of attention.
        maps: (layers, heads, rows, columns).
        trace: The run.
    """

    kind: str
    maps: Array
    trace: Trace

    @property
    def rows(self) -> tuple[str, ...]:
        """Labels of the rows of a map."""
        return self.trace.source.labels if self.kind == ENCODER else self.trace.labels

    @property
    def columns(self) -> tuple[str, ...]:
        """Labels of the columns of a map."""
        if self.kind == SELF:
            return (START_LABEL, *self.trace.labels)[: len(self.trace.steps)]
        return self.trace.source.labels

    def removed(self, layer: int, head: int) -> bool:
        """Whether a head is removed."""
        return HeadKey(self.kind, layer, head) in self.trace.controls.removed

    def title(self, layer: int, head: int) -> str:
        """A head's name, and whether it is removed or edited."""
        return marked_head(self.trace.controls, HeadKey(self.kind, layer, head), f"L{layer} H{head}")

    def figures(self, layer: int, head: int) -> HeadFigures:
        """Figures of one map."""
        return figures(self.maps[layer, head])

    def sees(self, row: int) -> int:
        """How many columns a row can look at."""
        return row + 1 if self.kind == SELF else self.maps.shape[3]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Sizes of a wall, in pixels, and its lines of text."""

    blocks: tuple[_Block, ...]
    font: float
    margin: float
    gap: float
    thumbnail: float
    lines: tuple[tuple[str, ...], tuple[str, ...]]
    facts: tuple[str, ...]
    width: float

    @property
    def scale(self) -> float:
        """Of everything that goes with the font."""
        return 1 if self.font == FONT_SIZE else self.font / FONT_SIZE

    def cell(self, block: _Block) -> float:
        """Side of a cell of a map."""
        return min(self.thumbnail / len(block.columns), LARGEST_CELL * self.scale)

    def layer_height(self, block: _Block) -> float:
        """From one layer to the next, the names of its heads counted."""
        return len(block.rows) * self.cell(block) + 32 * self.scale

    @property
    def top(self) -> float:
        """Where the first block begins."""
        count = sum(map(len, self.lines))
        return self.margin + (count * 22 + 6 if count else 0) * self.scale

    def block_height(self, block: _Block) -> float:
        """Of all layers of a kind, their title counted."""
        return 24 * self.scale + len(block.maps) * self.layer_height(block)

    @property
    def bottom(self) -> float:
        """End of the last block."""
        return self.top + sum(self.block_height(block) for block in self.blocks)

    @property
    def height(self) -> float:
        """Of the figure."""
        return self.bottom + (len(self.facts) * 18 + 20) * self.scale + self.margin


def _plan(trace: Trace, blocks: tuple[_Block, ...], style: FigureStyle) -> _Plan:
    heads = max((block.maps.shape[1] for block in blocks), default=1)
    font = tile_font(style)
    scale = font / FONT_SIZE
    if style.width_pixels is None:
        margin, gap, thumbnail = MARGIN * scale, GAP * scale, THUMBNAIL * scale
        # Room for a line of what was run, however few heads there are.
        width = max(2 * margin + heads * (thumbnail + gap) - gap, 620 * scale)
    else:
        margin, gap, width = 2 * scale, GAP * scale / 2, style.width_pixels
        thumbnail = (width - 2 * margin + gap) / heads - gap
        if thumbnail < LEAST_THUMBNAIL * font:
            raise InputError(
                f"a width of {style.width:g} mm has no room for {heads} heads with names of this font size"
            )
    room = width - 2 * margin
    lines: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    facts: tuple[str, ...] = ()
    if style.title:
        small = int(room / (LETTER / FONT_SIZE * 0.93 * font))
        heading = int(room / (LETTER / FONT_SIZE * 1.15 * font))
        lines = (folded(printable(trace.source.text), heading), folded(printable(trace.text), heading))
        facts = joined(_facts(trace), " · ", small)
    return _Plan(blocks, font, margin, gap, thumbnail, lines, facts, width)


def _facts(trace: Trace) -> Sequence[str]:
    """What was run, less the head that a grid would show."""
    plain = trace.controls.replace(layer=None, head=None, aggregate=None)
    return (*run_facts(trace.model, plain, trace.ranking), "every head, layers and heads count from 0")


def _marks(plan: _Plan, palette: Palette, ink: Ink) -> Iterator[Mark]:
    scale, margin = plan.scale, plan.margin
    source, target = plan.lines
    for place, line in enumerate((*source, *target)):
        color, look = (ink.text, Look.HEADING) if place >= len(source) else (ink.soft, Look.PLAIN)
        yield Label(margin, margin + (14 + 22 * place) * scale, line, color, 15 * scale, look=look)
    top = plan.top
    for block in plan.blocks:
        room = int((plan.width - 2 * margin) / (LETTER / FONT_SIZE * 13 * scale))
        title = truncate(KIND_TITLES[block.kind], room)
        yield Label(margin, top + 14 * scale, title, ink.soft, 13 * scale)
        layers, heads = block.maps.shape[:2]
        for layer in range(layers):
            for head in range(heads):
                x = margin + head * (plan.thumbnail + plan.gap)
                y = top + 24 * scale + layer * plan.layer_height(block)
                yield from _map(block, layer, head, x, y, plan, palette, ink)
        top += plan.block_height(block)
    for place, line in enumerate(plan.facts):
        yield Label(margin, plan.bottom + (14 + 18 * place) * scale, line, ink.soft, 13 * scale)
    below = plan.bottom + (len(plan.facts) * 18 + 14) * scale
    yield from scale_marks(margin + 18 * scale, below, palette, ink, 13 * scale)


def _map(
    block: _Block, layer: int, head: int, x: float, y: float, plan: _Plan, palette: Palette, ink: Ink
) -> Iterator[Mark]:
    scale, side = plan.scale, plan.cell(block)
    rows, columns = block.maps.shape[2:]
    name, removed = f"L{layer} H{head}", block.removed(layer, head)
    yield Label(x, y + 13 * scale, block.title(layer, head), ink.text, 13 * scale)
    if plan.thumbnail >= FIGURES_ROOM * plan.font:
        entropy = f"{block.figures(layer, head).entropy:.2f} bit"
        yield Label(x + columns * side, y + 13 * scale, entropy, ink.soft, 12 * scale, Anchor.END)
    top = y + 18 * scale
    # Cells without a weight to see are left to the ground: a wall has tens of thousands of them.
    nothing = f"{name}: less than 0.2 %"
    yield Box(x, top, columns * side, rows * side, hexadecimal(palette.background(0.0)), title=nothing)
    for row in range(rows):
        for column in range(block.sees(row)):
            weight = float(block.maps[layer, head, row, column])
            fill = hexadecimal(palette.background(weight * DIMMED if removed else weight))
            if palette.level(weight):
                pair = f"{printable(block.rows[row])} → {printable(block.columns[column])}"
                title = f"{name}: {pair}: {weight * 100:.1f} %"
                yield Box(x + column * side, top + row * side, side, side, fill, title=title)
    if removed:
        yield Box(x, top, columns * side, rows * side, HATCH_FILL)


@dataclass(frozen=True)
class _WallText:
    """The wall as a Rich renderable; the first line is the target alone."""

    trace: Trace
    blocks: tuple[_Block, ...]
    palette: Palette

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments of all lines."""
        depth = ColorDepth.of(console.color_system if console.is_terminal else None, console.no_color)
        palette = Palette(self.palette.name, self.palette.exponent, depth)
        yield Text(printable(self.trace.text), overflow="fold")
        for block in self.blocks:
            yield Text(KIND_TITLES[block.kind], overflow="fold")
            for line in self._layers(block, palette, options.max_width):
                yield from line
                yield Segment.line()
        yield Text(" · ".join(_facts(self.trace)), overflow="fold")

    def _layers(self, block: _Block, palette: Palette, room: int) -> Iterator[list[Segment]]:
        """Yield the lines of all maps, as many beside each other as have room."""
        layers, heads, rows, columns = block.maps.shape
        across = max(1, min(heads, (room + TEXT_GAP) // (LEAST_TEXT + TEXT_GAP)))
        width = max(1, min(2 * columns, (room + TEXT_GAP) // across - TEXT_GAP, room))
        layout = thumbnail_layout(rows, columns, width, rows, palette)
        shown = min(width, -(-columns // layout.pool) * layout.scale)
        layout = dataclasses.replace(layout, width=max(shown, LEAST_TEXT), height=layout.lines)
        blank = Style.null()
        for layer in range(layers):
            for first in range(0, heads, across):
                part = range(first, min(heads, first + across))
                names = [block.title(layer, head) for head in part]
                yield [Segment((" " * TEXT_GAP).join(pad_right(name, layout.width) for name in names).rstrip())]
                maps = [
                    thumbnail_lines(
                        layout, palette, _seen(block, layer, head), blank, removed=block.removed(layer, head)
                    )
                    for head in part
                ]
                for lines in zip(*maps, strict=True):
                    yield [segment for line in lines for segment in (*line, Segment(" " * TEXT_GAP))][:-1]
                yield []


def _seen(block: _Block, layer: int, head: int) -> Array:
    """Return a map with NaN where a row cannot look."""
    weights: Array = block.maps[layer, head]
    if block.kind != SELF:
        return weights
    return np.where(np.tri(len(weights), dtype=np.bool_), weights, np.float32(np.nan))
