"""What another source word changed: both targets row by row, and how far the attention moved."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from explorer.render.bars import bar
from explorer.render.cells import pad_right, truncate
from explorer.runtime.rewording import Change
from explorer.runtime.trace import Step, Trace

NAME_WIDTH = 16
BAR_WIDTH = 10
MOVED = 0.1
"""Jensen-Shannon distance from which a row counts as moved."""


class ChangesScreen(ModalScreen[None]):
    """Lists the rows of two runs; changed ones stand out."""

    BINDINGS = [Binding("escape,q,enter,E", "dismiss(None)", "close")]

    def __init__(self, before: Trace, after: Trace, changes: Sequence[Change]) -> None:
        """Create the screen.

        Args:
            before: The whole run of the old source.
            after: That of the new one.
            changes: Their rows.
        """
        super().__init__()
        self._before = before
        self._after = after
        self._changes = changes

    def compose(self) -> ComposeResult:
        """Both sentences, then the rows."""
        with VerticalScroll(id="changes-list") as box:
            others = sum(not change.same for change in self._changes)
            moved = sum(change.distance >= MOVED for change in self._changes)
            box.border_title = f"{_count(others, 'target token')} changed · {_count(moved, 'row')} moved"
            box.border_subtitle = "esc closes · u in the explorer goes back to the old source"
            yield Static(changes_text(self._before, self._after, self._changes))

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()


def changes_text(before: Trace, after: Trace, changes: Sequence[Change]) -> Text:
    """Return both runs as lines: old token, new token, and how far the row of attention moved."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for name, trace in (("old", before), ("new", after)):
        text.append(f"{name}  {trace.source.text}\n     → {trace.text}\n", "dim" if name == "old" else "none")
    text.append("\n" + pad_right("old", NAME_WIDTH) + "   " + pad_right("new", NAME_WIDTH), "dim")
    text.append(" the row moved, looks at\n", "dim")
    for change in changes:
        style = "none" if change.same else "bold"
        sign = "=" if change.same else "→" if change.before and change.after else "−" if change.before else "+"
        before_label = _label(change.before)
        text.append(before_label, "dim" if change.same else "strike")
        text.append(pad_right("", NAME_WIDTH - cell_len(before_label)))
        text.append(f" {sign} ", "bold")
        text.append(pad_right(_label(change.after), NAME_WIDTH) + " ", style)
        if math.isnan(change.distance):
            text.append(" " * (BAR_WIDTH + 5))
        else:
            text.append(bar(change.distance if change.distance >= 0.005 else 0.0, BAR_WIDTH))
            text.append(f" {change.distance:.2f}", "bold" if change.distance >= MOVED else "dim")
        text.append(f" {_looks(change.before, before)} → {_looks(change.after, after)}\n", "dim")
    return text


def _label(step: Step | None) -> str:
    return "" if step is None else truncate(step.label, NAME_WIDTH)


def _looks(step: Step | None, trace: Trace) -> str:
    """Return the source token that a step looks at most."""
    if step is None or step.focus is None:
        return "–"
    return truncate(trace.source.labels[step.focus], NAME_WIDTH)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
