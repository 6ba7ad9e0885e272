"""The tree of a beam search as lines of a terminal: time goes to the right, a line is a hypothesis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from explorer.render.cells import truncate, width_of
from explorer.runtime.tree import Fate, Node, Tree

LONGEST_LABEL = 12
JOINT = 3
"""Cells between two columns: a blank, the joint where branches part, a blank."""
STUB_GAP = 2
ON_BEAM = "▸"
"""Stands behind a hypothesis that is on the beam after the last step, and where all begin."""
KEPT_LINE, LOST_LINE = "─", "┄"
SPLITS, LAST_SPLIT, FORK, DOWN = "├", "└", "┬", "│"


@dataclass(frozen=True, slots=True)
class BeamStyle:
    """Styles of everything in the tree; an interface passes those of its own theme.

    Attributes:
        blank: What nothing stands on.
        kept: Tokens that survive.
        best: Tokens of the best finished hypothesis.
        lost: Tokens that were pruned, or whose continuations all were.
        line: The lines between tokens.
        figure: Probabilities.
        chosen: The chosen token.
        path: What is laid over the tokens that lead to it.
        ending: Rank and score behind a finished hypothesis.
    """

    blank: Style = field(default_factory=Style.null)
    kept: Style = field(default_factory=Style.null)
    best: Style = field(default_factory=lambda: Style(color="bright_cyan"))
    lost: Style = field(default_factory=lambda: Style(dim=True))
    line: Style = field(default_factory=lambda: Style(dim=True))
    figure: Style = field(default_factory=lambda: Style(dim=True))
    chosen: Style = field(default_factory=lambda: Style(reverse=True, bold=True))
    path: Style = field(default_factory=lambda: Style(bold=True))
    ending: Style = field(default_factory=lambda: Style(bold=True))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands.

    Attributes:
        line: Its line.
        start: Its first cell.
        width: Cells of its text.
    """

    line: int
    start: int
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class BeamLayout:
    """Where everything stands.

    Attributes:
        places: Node number → place; nodes that are not shown have none.
        joints: For each line the pieces of lines between tokens: (first cell, text).
        lines: How many lines there are.
        width: Cells of the longest line.
        figures: Whether probabilities are written.
    """

    places: dict[int, Place]
    joints: tuple[tuple[tuple[int, str], ...], ...]
    lines: int
    width: int
    figures: bool

    def at(self, line: int, cell: int) -> int | None:
        """Return the node that stands at a cell."""
        for number, place in self.places.items():
            if place.line == line and place.start <= cell < place.start + place.width:
                return number
        return None

    def beside(self, tree: Tree, number: int, by: int) -> int:
        """Return the node of the same step that stands `by` places further down, or to the right on one line."""
        position = tree.nodes[number].step.position
        column = [each for each in self.places if tree.nodes[each].step.position == position]
        column.sort(key=lambda each: (self.places[each].line, self.places[each].start))
        return column[min(max(0, column.index(number) + by), len(column) - 1)]


def beam_layout(tree: Tree, *, pruned: bool = True, figures: bool = True) -> BeamLayout:
    """Lay out a tree: the best child goes on in its parent's line, the others hang below, pruned ones share a line.

    Args:
        tree: The tree.
        pruned: Whether branches that did not survive are shown.
        figures: Whether each token has its probability beside it.
    """
    return _Layout(tree, pruned, figures).finished()


def node_text(tree: Tree, node: Node, figures: bool) -> tuple[str, str, str]:
    """Return label, probability and ending of a node, each with the blank that sets it off."""
    label = truncate(node.step.label, LONGEST_LABEL)
    share = math.exp(node.step.log_prob)
    figure = "" if not figures else f" {share * 100:.0f}" if share >= 0.005 else " <1"
    if node.fate is Fate.FINISHED:
        return label, figure, f" #{tree.hypotheses.index(node.number) + 1} {node.score:.2f}"
    on_beam = node.fate is Fate.ALIVE and node.step.position == tree.depth - 1
    return label, figure, f" {ON_BEAM}" if on_beam else ""


class _Joint(NamedTuple):
    """A piece of the lines between two steps.

    Attributes:
        line: Its line.
        position: Number of the step that it leads to.
        character: What is drawn.
        first: Whether it stands in the parent's own line, so that a line leads to it.
        parent: The node that it comes from; None for the beginning.
        kept: Whether the branch that it leads to survives.
    """

    line: int
    position: int
    character: str
    first: bool
    parent: int | None
    kept: bool


class _Layout:
    """Walks down a tree and gives each node its line."""

    def __init__(self, tree: Tree, pruned: bool, figures: bool) -> None:
        self._tree, self._pruned, self._figures = tree, pruned, figures
        self._lines: dict[int, int] = {}
        self._behind: dict[int, int] = {}  # a stub → the stub before it on its line
        self._joints: list[_Joint] = []
        self._widths = [width_of("".join(node_text(tree, node, figures))) for node in tree.nodes]

    def finished(self) -> BeamLayout:
        """Return the layout."""
        count = self._place(self._ordered(self._tree.roots), 0, None)
        starts = self._starts()
        places: dict[int, Place] = {}
        for number, line in self._lines.items():
            start = starts[self._tree.nodes[number].step.position]
            if number in self._behind:
                before = places[self._behind[number]]
                start = before.start + before.width + STUB_GAP
            places[number] = Place(line, start, self._widths[number])
        joints: list[list[tuple[int, str]]] = [[] for _ in range(count)]
        for joint in self._joints:
            joints[joint.line].append(_drawn(joint, starts[joint.position] - 2, places))
        width = max((place.start + place.width for place in places.values()), default=0)
        return BeamLayout(places, tuple(map(tuple, joints)), count, width, self._figures)

    def _ordered(self, numbers: Iterable[int]) -> list[int]:
        """Return siblings from the best to the worst: by the best ending behind them, then by their rank."""
        tree = self._tree
        shown = [number for number in numbers if self._pruned or number in tree.surviving]
        return sorted(shown, key=lambda each: (-tree.best[each], each not in tree.surviving, tree.nodes[each].rank))

    def _place(self, siblings: Sequence[int], line: int, parent: int | None) -> int:
        """Give siblings and all behind them their lines from `line` on; return the next free line."""
        if not siblings:
            return line + 1
        tree = self._tree
        stubs = [each for each in siblings if each not in tree.surviving and not tree.children[each]]
        branches = [each for each in siblings if each not in stubs]
        starts: dict[int, bool] = {}  # line → whether what begins there survives
        for each in branches:
            starts[line] = each in tree.surviving
            self._lines[each] = line
            line = self._place(self._ordered(tree.children[each]), line, each)
        if stubs:
            starts[line] = False
            self._lines |= dict.fromkeys(stubs, line)
            self._behind |= dict(zip(stubs[1:], stubs, strict=False))
            line += 1
        self._join(tree.nodes[siblings[0]].step.position, starts, parent)
        return line

    def _join(self, position: int, starts: dict[int, bool], parent: int | None) -> None:
        """Draw the line from a parent down to each of its branches."""
        first, last = min(starts), max(starts)
        for line in range(first, last + 1):
            kept = starts.get(line, False)
            if line == first:
                character = FORK if first < last else KEPT_LINE if kept else LOST_LINE
            elif line in starts:
                character = LAST_SPLIT if line == last else SPLITS
            else:
                character = DOWN
            self._joints.append(_Joint(line, position, character, line == first, parent, kept))

    def _starts(self) -> list[int]:
        """Return the first cell of each step's column: as wide as its longest text that is not behind another."""
        widths = [0] * self._tree.depth
        for number in self._lines:
            if number not in self._behind:
                position = self._tree.nodes[number].step.position
                widths[position] = max(widths[position], self._widths[number])
        starts = [len(ON_BEAM) + JOINT]
        for width in widths:
            starts.append(starts[-1] + width + JOINT)
        return starts


def _drawn(joint: _Joint, cell: int, places: dict[int, Place]) -> tuple[int, str]:
    """Return where a joint begins and its text: with the line that leads to it, where it is in its parent's line."""
    if not joint.first:
        return cell, joint.character
    end = len(ON_BEAM) if joint.parent is None else places[joint.parent].start + places[joint.parent].width
    return end + 1, (KEPT_LINE if joint.kept else LOST_LINE) * (cell - end - 1) + joint.character


def beam_lines(
    tree: Tree, layout: BeamLayout, chosen: int | None, first: int, count: int, style: BeamStyle
) -> list[list[Segment]]:
    """Draw lines of a tree.

    Args:
        tree: The tree.
        layout: Where everything stands.
        chosen: Number of the chosen node; None for none.
        first: The first line.
        count: How many lines.
        style: How it looks.
    """
    by_line: dict[int, list[int]] = {}
    for number, place in layout.places.items():
        if first <= place.line < first + count:
            by_line.setdefault(place.line, []).append(number)
    path = set() if chosen is None else {node.number for node in tree.path(chosen)}
    best = {node.number for node in tree.path(tree.hypotheses[0])} if tree.hypotheses else set()
    lines: list[list[Segment]] = []
    for line in range(first, min(first + count, layout.lines)):
        parts = [(cell, [Segment(text, style.line)]) for cell, text in layout.joints[line]]
        if line == 0:
            parts.append((0, [Segment(ON_BEAM, style.ending)]))
        for number in by_line.get(line, []):
            look = _look(tree, number, best, path, style)
            parts.append((layout.places[number].start, _segments(tree, layout, number, chosen, look, style)))
        lines.append(_joined(parts, style.blank))
    return lines


def _look(tree: Tree, number: int, best: set[int], path: set[int], style: BeamStyle) -> Style:
    look = style.best if number in best else style.kept if number in tree.surviving else style.lost
    return look + style.path if number in path else look


def _segments(
    tree: Tree, layout: BeamLayout, number: int, chosen: int | None, look: Style, style: BeamStyle
) -> list[Segment]:
    label, figure, ending = node_text(tree, tree.nodes[number], layout.figures)
    figure_look = style.figure if number in tree.surviving else style.lost
    if number == chosen:
        look = figure_look = style.chosen
    return [Segment(label, look), Segment(figure, figure_look), Segment(ending, style.ending)]


def _joined(parts: list[tuple[int, list[Segment]]], blank: Style) -> list[Segment]:
    """Return segments from left to right with blanks between them."""
    line: list[Segment] = []
    at = 0
    for start, segments in sorted(parts, key=lambda part: part[0]):
        if start > at:
            line.append(Segment(" " * (start - at), blank))
        line += [segment for segment in segments if segment.text]
        at = start + sum(width_of(segment.text) for segment in segments)
    return line
