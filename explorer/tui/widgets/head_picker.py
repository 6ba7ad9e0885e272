"""The heads of cross-attention as a small table: which one the grid shows, which are removed or edited."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from explorer.render.marks import EDITED, REMOVED
from explorer.render.summary import head_edits, removed_heads
from explorer.runtime.card import Heads
from explorer.runtime.controls import HeadKey
from explorer.runtime.heads import AGGREGATES, CROSS
from explorer.tui.view import View
from explorer.tui.widgets.base import ViewPanel
from explorer.tui.widgets.head_figures import signed

SHOWN, OTHER = "▣", "▪"


class HeadPicker(ViewPanel):
    """One line a layer, one mark a head; a click shows a head, or all of them as one."""

    BORDER_TITLE = "heads"

    def __init__(self, counts: Heads, aggregates: Sequence[str] = AGGREGATES, *, id: str | None = None) -> None:
        """Create the table.

        Args:
            counts: How many layers and heads there are.
            aggregates: How all of them can be shown as one.
            id: Id of the widget.
        """
        super().__init__(id=id)
        self._counts = counts
        self._aggregates = aggregates

    def lines(self, view: View) -> list[Text]:
        """Layers, the aggregates, and how much is removed."""
        controls = view.snapshot.trace.controls
        shown = (controls.layer, controls.head)
        lines: list[Text] = []
        for layer in range(self._counts.layers):
            text = Text(f"{layer} ", self.look("dim"), no_wrap=True)
            for head in range(self._counts.heads):
                on, key = shown == (layer, head), HeadKey(CROSS, layer, head)
                gone, edited = key in controls.removed, bool(head_edits(controls, key))
                style = self.look("accent") if on else self.look("warn" if gone or edited else "dim")
                mark = REMOVED if gone else SHOWN if on else EDITED if edited else OTHER
                text.append(f"{mark} ", style + _click(f"show_head({layer}, {head})"))
            lines.append(text)
        several = Text(no_wrap=True)
        for name in self._aggregates:
            style = self.look("accent" if controls.aggregate == name else "dim")
            several.append(f"{_short(name)} ", style + _click(f"show_all('{name}')"))
        lines.append(several)
        if controls.removed:
            lines.append(Text(removed_heads(controls), self.look("warn")))
            lines.append(Text(f"Σ {signed(sum(view.snapshot.changes))} nat", self.look("dim")))
        return lines


def _short(name: str) -> str:
    return "roll" if name == "rollout" else name


def _click(action: str) -> Style:
    return Style(meta={"@click": f"screen.{action}"})
