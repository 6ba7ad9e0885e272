"""Panels of attention from a file: which sentence is seen, what the cursor's row looks at, what the file holds."""

from __future__ import annotations

import numpy as np
from rich.text import Text
from textual.reactive import reactive

from explorer.render.bars import bar
from explorer.render.cells import pad_right
from explorer.render.summary import mean_entropy
from explorer.tui.view import View
from explorer.tui.widgets.base import ViewPanel

NAME_WIDTH = 9
LEAST_SHOWN = 0.005
"""Weights below it round to 0 % and get no bar."""


class FileBar(ViewPanel):
    """Program and file on the left, the sentence on the right."""

    place: reactive[str] = reactive("")
    """Which sentence is seen: "sentence 3 of 12"."""

    def __init__(self, name: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._name = name

    def watch_place(self) -> None:
        """Draw the other place."""
        self.redraw()

    def lines(self, view: View) -> list[Text]:  # noqa: ARG002 - the same for every sentence
        """One line; a long name gives way."""
        left = Text("attn-explore", self.look("strong"), no_wrap=True).append(f"   {self._name}")
        state = Text(self.place, self.look("strong"))
        left.truncate(max(0, self.size.width - state.cell_len - 2), overflow="ellipsis")
        room = self.size.width - left.cell_len - state.cell_len
        return [left.append(" " * max(1, room)).append_text(state)]


class LooksAtPanel(ViewPanel):
    """The source tokens that the cursor's row looks at, the greatest weight first."""

    def watch_view(self, old: View | None, new: View | None) -> None:
        """Name the row in the border."""
        if new is not None:
            self.set_title(f"{new.step.label} looks at", f"{new.step.entropy:.2f} bit")
        super().watch_view(old, new)

    def lines(self, view: View) -> list[Text]:
        """Token, bar and per cent of as many as there are lines."""
        weights, labels = view.step.weights, view.snapshot.trace.source.labels
        if view.step.focus is None:
            return [Text("nothing: every weight is 0", self.look("dim"))]
        width = self.size.width
        name_width = max(6, min(14, width - 12))
        lines: list[Text] = []
        for column in np.argsort(-weights, kind="stable")[: self.size.height].tolist():
            weight = float(weights[column])
            here = column == view.cursor_column
            text = Text(pad_right(labels[column], name_width) + " ", self.look("strong") if here else self.plain)
            text.append(
                bar(weight if weight >= LEAST_SHOWN else 0.0, max(1, width - name_width - 6)), self.look("accent")
            )
            text.append(f"{weight * 100:3.0f} %" if weight >= LEAST_SHOWN or not weight else " <1 %", self.look("dim"))
            lines.append(text)
        return lines


class FilePanel(ViewPanel):
    """Form of the file, shape of the weights, and what their rows sum to."""

    BORDER_TITLE = "file"

    def __init__(self, kind: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._kind = kind

    def lines(self, view: View) -> list[Text]:
        """One line a fact."""
        trace = view.snapshot.trace
        sums = trace.weights.sum(axis=1)
        least, most = f"{sums.min():.2f}", f"{sums.max():.2f}"
        lines = [self._named("form", self._kind)]
        heads = trace.steps[0].heads
        if heads is not None:
            layers, count, _ = heads.cross_weights.shape
            lines += [self._named("layers", f"{layers}"), self._named("heads", f"{count}")]
        return [
            *lines,
            self._named("target", f"{len(trace.steps)} tokens"),
            self._named("source", f"{len(trace.source)} tokens"),
            self._named("row sums", least if least == most else f"{least}–{most}"),
            self._named("entropy", f"{mean_entropy(trace):.2f} bit"),
        ]

    def _named(self, name: str, value: str) -> Text:
        return Text(f"{name:<{NAME_WIDTH}}", self.look("dim")).append(value, self.look("strong"))
