"""The tree of a beam search: time goes to the right, a box is a token in the colour of its probability."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
from rich.console import RenderableType

from explorer.render.beam import node_text
from explorer.render.figure import FigureStyle
from explorer.render.folding import folded, joined
from explorer.render.grid_fit import LETTER, STRONG
from explorer.render.markup import INKS, Ink, Theme, hexadecimal
from explorer.render.scale import scale_marks
from explorer.render.sheet import FONT_SIZE, Box, Label, Look, Mark, Sheet
from explorer.render.summary import run_facts
from explorer.render.tree_content import tree_arrays, tree_content
from explorer.render.tree_places import JOINT, PAD, PAPER_MARGIN, font_of, least_font, right_of, spots_of
from explorer.render.tree_text import TreeText
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace
from explorer.runtime.tree import Fate, Node, Tree

PITCH = 1.9
"""From one line of the tree to the next. Lengths are in fonts."""
BOX_HEIGHT = 1.5
MARGIN = 2.0
STROKE = 0.1
"""Of the lines between tokens."""
DASH = 0.3
FRAME = 0.12
"""Edge of a box."""
COLORS = "colour: the token's probability"
LEAST_ROOM = 44.0
"""Of the sheet where no width is asked for: what is said has room."""
BEST = {Theme.DARK: "#5fd0e6", Theme.LIGHT: "#0b7285"}
"""The best finished hypothesis."""


@dataclass(frozen=True)
class TreeFigure:
    """One search.

    Attributes:
        tree: Its tree.
        model: Name of the model.
        texts: The target of each finished hypothesis, the best first.
        pruned: Whether branches that did not survive are drawn.
        figures: Whether each token has its probability in per cent beside it.
    """

    tree: Tree
    model: str
    texts: tuple[str, ...]
    pruned: bool = True
    figures: bool = True

    @property
    def heading(self) -> str:
        """What it is, the source and the best hypothesis."""
        best = self.texts[0] if self.texts else "…"
        return f"beam of {self.tree.options.width}: {self.tree.source.text} → {best}"

    @property
    def table(self) -> Trace | None:
        """None: a page has the drawing."""
        return None

    def sheet(self, style: FigureStyle, number: int = 0) -> Sheet:  # noqa: ARG002 - nothing in it has a name
        """Draw it; what a width has no room for is left out: probabilities first, then what was pruned.

        Raises:
            InputError: The width has no room for what survives.
        """
        drawn = _Drawn(self._fitting(style), style)
        marks = tuple(drawn.marks())
        return Sheet(self.heading, drawn.width, drawn.height, marks, style.colors, style.theme, style.width is not None)

    def printed(self, style: FigureStyle) -> RenderableType:  # noqa: ARG002 - it has the terminal's colours
        """Return the best hypothesis, the tree, all that have ended, and what was run."""
        return TreeText(self.tree, self.texts, self.facts, self.pruned, self.figures)

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return what `tree_arrays` lists."""
        return tree_arrays(self.tree, self.model, self.texts)

    def content(self) -> Mapping[str, Any]:
        """Return the fields that `tree_content` lists."""
        return tree_content(self.tree, self.model, self.texts)

    def _fitting(self, style: FigureStyle) -> TreeFigure:
        """Return as much of the figure as a width has room for."""
        if style.width_pixels is None:
            return self
        choices = ((self.pruned, self.figures), (self.pruned, False), (False, False))
        for pruned, figures in choices:
            _, spots = spots_of(self.tree, pruned=pruned, figures=figures)
            if right_of(spots) * least_font(style) <= style.width_pixels:
                break
        return dataclasses.replace(self, pruned=pruned, figures=figures)

    @property
    def facts(self) -> tuple[str, ...]:
        """Model, switches and search: short phrases."""
        tree, options = self.tree, self.tree.options
        penalty = f"length penalty α {options.alpha:g}" if options.alpha else "no length penalty"
        run = run_facts(self.model, tree.controls)
        return (*run, f"beam of {options.width}", penalty, f"{len(tree.hypotheses)} finished")


class _Drawn:
    """Lays a tree out and turns it into marks."""

    def __init__(self, figure: TreeFigure, style: FigureStyle) -> None:
        self._figure, self._tree, self._style = figure, figure.tree, style
        self._ink: Ink = INKS[style.theme]
        self._starts, self._spots = spots_of(figure.tree, pruned=figure.pruned, figures=figure.figures)
        margin = MARGIN if style.width is None else PAPER_MARGIN
        right = right_of(self._spots) - 2 * PAPER_MARGIN + 2 * margin
        self._font = font_of(right, style)
        self._margin = margin * self._font
        natural = max(right, LEAST_ROOM) * self._font
        self.width = natural if style.width_pixels is None else style.width_pixels
        best = figure.tree.path(figure.tree.hypotheses[0]) if figure.tree.hypotheses else ()
        self._best = {node.number for node in best}
        self._heading, self._below = self._said()
        self._top = self._margin + (1.5 * len(self._heading) + (0.5 if self._heading else 0)) * self._font
        lines = 1 + max((spot.line for spot in self._spots.values()), default=-1)
        self._bottom = self._top + lines * PITCH * self._font
        self.height = self._bottom + (1.4 * len(self._below) + 1.8) * self._font + self._margin

    def _said(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not self._style.title:
            return (), ()
        letters = max(8, int((self.width - 2 * self._margin) / (LETTER / FONT_SIZE * self._font * STRONG)))
        above = folded(printable(self._tree.source.text), letters)
        listed = [
            line
            for rank, (number, text) in enumerate(zip(self._tree.hypotheses, self._figure.texts, strict=True), start=1)
            for line in folded(f"#{rank}  {self._tree.nodes[number].score:.2f}  {printable(text)}", letters)
        ]
        sight = () if self._figure.pruned else ("pruned branches left out",)
        return above, (*listed, *joined((*self._figure.facts, *sight, COLORS), " · ", letters))

    def marks(self) -> Iterator[Mark]:
        """Yield everything, the branches from the least to the best."""
        font, margin = self._font, self._margin
        for place, line in enumerate(self._heading):
            yield Label(margin, margin + (1 + 1.5 * place) * font, line, self._ink.soft, font)
        ordered = sorted(self._spots, key=lambda each: (each in self._best, each in self._tree.surviving))
        for number in ordered:
            yield from self._branch(number)
        for number in ordered:
            yield from self._node(self._tree.nodes[number])
        for place, line in enumerate(self._below):
            look = Look.HEADING if line.startswith("#1 ") else Look.PLAIN
            color = BEST[self._style.theme] if look is Look.HEADING else self._ink.soft
            yield Label(margin, self._bottom + (1.2 + 1.4 * place) * font, line, color, font, look=look)
        y = self._bottom + (1.4 * len(self._below) + 1.4) * font
        yield from scale_marks(margin + 1.4 * font, y, self._style.colors, self._ink, 0.93 * font)

    def _node(self, node: Node) -> Iterator[Mark]:
        """Yield the box of a token with its text, and behind it what became of it."""
        spot, font, palette = self._spots[node.number], self._font, self._style.colors
        label, share, ending = node_text(self._tree, node, self._figure.figures)
        x, y = self._margin + spot.start * font, self._top + spot.line * PITCH * font
        width, height, edge = spot.box * font, BOX_HEIGHT * font, FRAME * font
        kept, probability = node.number in self._tree.surviving, math.exp(node.step.log_prob)
        frame = BEST[self._style.theme] if node.number in self._best else self._ink.line
        fill = hexadecimal(palette.background(probability)) if kept else self._ink.page
        color = hexadecimal(palette.foreground(probability)) if kept else self._ink.soft
        yield Box(x, y, width, height, frame, 0.3 * font)
        inner = width - 2 * edge, height - 2 * edge
        yield Box(x + edge, y + edge, *inner, fill, 0.2 * font, title=node_title(self._tree, node))
        baseline = y + 0.73 * BOX_HEIGHT * font
        look = Look.FORCED if node.step.forced else Look.PLAIN
        yield Label(x + PAD * font, baseline, f"{printable(label)}{share}", color, font, look=look)
        if ending:
            yield Label(x + width + 0.3 * font, baseline, ending.strip(), self._ink.text, font, look=Look.HEADING)

    def _branch(self, number: int) -> Iterator[Box]:
        """Yield the lines from a node's parent to it; behind the first of those that share a line there are none."""
        spot, node = self._spots[number], self._tree.nodes[number]
        start = self._starts[node.step.position]
        if spot.start > start:
            return
        parent = None if node.parent is None else self._spots[node.parent]
        color, dashed = self._ink.soft, False
        if number in self._best:
            color = BEST[self._style.theme]
        elif number not in self._tree.surviving:
            color, dashed = self._ink.line, True
        joint = start - JOINT / 2
        begin, line = (start - JOINT, 0) if parent is None else (parent.start + parent.whole, parent.line)
        first = self._above(node) if dashed else line  # dashes over dashes would fill each other's gaps
        if first == line:
            yield from self._across(begin, joint, line, color, dashed)
        yield from self._down(joint, first, spot.line, color, dashed)
        yield from self._across(joint, start, spot.line, color, dashed)

    @property
    def _stroke(self) -> float:
        return max(1.0, STROKE * self._font)  # a thinner line may fall between two dots of a screen

    def _middle(self, line: int) -> float:
        return self._top + (line * PITCH + BOX_HEIGHT / 2) * self._font

    def _above(self, node: Node) -> int:
        """Return the line down to which a branch to a node is drawn already, for its siblings above it."""
        own = self._spots[node.number].line
        siblings = self._tree.roots if node.parent is None else self._tree.children[node.parent]
        lines = [self._spots[each].line for each in siblings if each in self._spots]
        parent = 0 if node.parent is None else self._spots[node.parent].line
        return max((line for line in lines if line < own), default=parent)

    def _across(self, begin: float, end: float, line: int, color: str, dashed: bool) -> Iterator[Box]:
        font, stroke = self._font, self._stroke
        for first, last in _dashes(begin, end, dashed):
            x, width = self._margin + first * font, (last - first) * font
            yield Box(x, self._middle(line) - stroke / 2, width, stroke, color)

    def _down(self, at: float, first_line: int, last_line: int, color: str, dashed: bool) -> Iterator[Box]:
        font, stroke = self._font, self._stroke
        for first, last in _dashes(first_line * PITCH, last_line * PITCH, dashed):
            y, height = self._middle(0) + first * font, (last - first) * font
            yield Box(self._margin + at * font - stroke / 2, y - stroke / 2, stroke, height + stroke, color)


def node_title(tree: Tree, node: Node) -> str:
    """What a pointer over a token is told: "robe: 62.0 % · rank 1 · log p -0.58 · score -0.41 · finished"."""
    lost = node.fate is Fate.ALIVE and node.number not in tree.surviving
    fate = "pruned later" if lost else node.fate.value
    share = f"{math.exp(node.step.log_prob) * 100:.1f} %"
    told = (share, f"rank {node.rank}", f"log p {node.log_prob:.2f}", f"score {node.score:.2f}", fate)
    return f"{printable(node.step.label)}: {' · '.join(told)}"


def _dashes(begin: float, end: float, dashed: bool) -> Iterator[tuple[float, float]]:
    """Yield the pieces of a line: one, or dashes with gaps as long."""
    if end <= begin:
        return
    if not dashed:
        yield begin, end
        return
    at = begin
    while at < end:
        yield at, min(at + DASH, end)
        at += 2 * DASH
