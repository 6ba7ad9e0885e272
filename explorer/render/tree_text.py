"""A beam search as a Rich renderable: the best hypothesis, the tree, every finished hypothesis, what was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from explorer.render.beam import BeamLayout, BeamStyle, beam_layout, beam_lines
from explorer.render.cells import clean
from explorer.render.text import trimmed
from explorer.runtime.labels import printable
from explorer.runtime.tree import Tree


@dataclass(frozen=True)
class TreeText:
    """Print it with a Rich console; the first line is the best hypothesis alone.

    A terminal that is too narrow for the tree gets less of it: no probabilities, then no pruned branches. A file gets
    all of it, however long its lines are.

    Attributes:
        tree: The search.
        texts: The target of each finished hypothesis, the best first.
        facts: What was run.
        pruned: Whether branches that did not survive are shown.
        figures: Whether each token has its probability beside it.
    """

    tree: Tree
    texts: tuple[str, ...]
    facts: Sequence[str]
    pruned: bool = True
    figures: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments of all lines."""
        best = clean(printable(self.texts[0])) if self.texts else ""
        if console.is_terminal:
            yield Text(best, overflow="fold")
        else:
            yield Segment(best)
            yield Segment.line()
        layout = self._layout(options.max_width if console.is_terminal else None)
        for line in beam_lines(self.tree, layout, None, 0, layout.lines, BeamStyle()):
            yield from trimmed(line)
            yield Segment.line()
        for rank, (number, text) in enumerate(zip(self.tree.hypotheses, self.texts, strict=True), start=1):
            yield Text(f"#{rank} {self.tree.nodes[number].score:.2f} {printable(text)}", overflow="fold")
        yield Text(" · ".join(self.facts), overflow="fold")

    def _layout(self, width: int | None) -> BeamLayout:
        wanted = [(self.pruned, self.figures), (self.pruned, False), (False, False)]
        layouts = (beam_layout(self.tree, pruned=pruned, figures=figures) for pruned, figures in wanted)
        last = next(layouts)
        while width is not None and last.width > width:
            following = next(layouts, None)
            if following is None:
                break
            last = following
        return last
