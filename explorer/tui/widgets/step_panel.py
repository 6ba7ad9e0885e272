"""How the step under the cursor came about: scores, softmax, the cell that is read out, the formula."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len
from rich.text import Text

from explorer.render.bars import bar, entropy_meter, sparkline, step_chart
from explorer.render.cells import graphemes, pad_right, truncate
from explorer.render.formulas import alignment_formula, attention_formula, multi_head_formula
from explorer.render.summary import edits_at
from explorer.runtime.draws import DRAWS, draw_shares, soft_weights
from explorer.runtime.labels import CONTINUATION
from explorer.runtime.locality import columns_of, distances, gaussian
from explorer.runtime.switches import HARD
from explorer.tui.view import View, local_center
from explorer.tui.widgets.base import ViewPanel

Values = npt.NDArray[np.floating]

NAME_WIDTH = 8
"""Cells of the name before a figure."""
LEAST_SHOWN = 0.005
"""Weights below it round to .00 and get no bar."""
TALLEST_CHART = 10
"""Most lines of the chart of scores and weights."""


class StepPanel(ViewPanel):
    """Scores beside weights, as two lines of columns, or as a table where there is room for every source position."""

    BORDER_TITLE = "this step"

    def lines(self, view: View) -> list[Text]:
        """All lines of the panel."""
        rest = [*self._figures(view), Text(), *self._cell(view), Text(), *self._formula(view)]
        room = self.size.height - len(rest)
        src_len = len(view.snapshot.trace.source)
        if room > src_len:
            lines = self._table(view)
        elif room >= 6:
            lines = self._chart(view, min(room - 2, TALLEST_CHART))
        else:
            lines = self._sparklines(view)
        lines += [line for line in rest if len(line) or room >= 3]
        return lines

    def _draw_table(self, view: View) -> list[Text]:
        """One line a position: its probability, and the share of samples that choose it."""
        soft, drawn = _drawn(view)
        width = self.size.width
        name = min(12, max(6, width - 22))
        half = max(2, (width - name - 12) // 2)
        lines = [Text(f"{'':<{name}} {'soft':<{half + 5}} of {DRAWS} draws", self.look("dim"))]
        for column, label in enumerate(view.snapshot.trace.source.labels):
            at_cursor, taken = column == view.cursor_column, column == view.step.focus
            line = Text(pad_right(label, name) + " ", self.look("strong") if at_cursor else self.plain)
            line.append(bar(soft[column] if soft[column] >= LEAST_SHOWN else 0.0, half), self.look("dim"))
            line.append(f"{soft[column] * 100:4.0f} ", self.look("dim"))
            line.append(bar(drawn[column], half), self.look("accent"))
            line.append(
                f"{drawn[column] * 100:4.0f}{'●' if taken else ''}", self.look("strong") if taken else self.plain
            )
            lines.append(line)
        return lines

    def _chart(self, view: View, height: int) -> list[Text]:
        upper, lower, title = view.step.scores, view.step.weights, "scores over weights"
        if view.snapshot.trace.controls.attention == HARD:
            upper, lower = _drawn(view)
            title = f"soft over share of {DRAWS} draws"
        chart = step_chart(upper, lower, self.size.width, height)
        lines = [Text(line, self.look("dim")) for line in chart.scores]
        lines += [Text(line, self.look("accent")) for line in chart.weights]
        if chart.pitch:
            heads = (initials(label, max(1, chart.pitch - 1)) for label in view.snapshot.trace.source.labels)
            lines.append(Text((" " if chart.pitch > 1 else "").join(heads), self.look("dim")))
        return [Text(title, self.look("dim")), *lines]

    def _sparklines(self, view: View) -> list[Text]:
        step = view.step
        if view.snapshot.trace.controls.attention == HARD:
            named = zip(("soft", "drawn"), _drawn(view), ("dim", "accent"), strict=True)
            return [
                self._named(name, Text(sparkline(values, low=0, high=1, width=self._room), self.look(look)))
                for name, values, look in named
            ]
        return [
            self._named("score", Text(sparkline(step.scores, width=self._room), self.look("dim"))),
            self._named("weight", Text(sparkline(step.weights, low=0, high=1, width=self._room), self.look("accent"))),
        ]

    @property
    def _room(self) -> int:
        """Cells beside the name of a line."""
        return max(4, self.size.width - NAME_WIDTH)

    def _table(self, view: View) -> list[Text]:
        if view.snapshot.trace.controls.attention == HARD:
            return self._draw_table(view)
        step, labels = view.step, view.snapshot.trace.source.labels
        width = self.size.width
        name = min(12, max(6, width - 22))
        half = max(2, (width - name - 14) // 2)
        lines = [Text(f"{'':<{name}} {'score':<{half + 6}} weight", self.look("dim"))]
        least, most = float(step.scores.min()), float(step.scores.max())
        span = most - least or 1.0
        for column, label in enumerate(labels):
            score, weight = float(step.scores[column]), float(step.weights[column])
            at_cursor = column == view.cursor_column
            line = Text(pad_right(label, name) + " ", self.look("strong") if at_cursor else self.plain)
            line.append(f"{score:5.1f} ", self.look("dim"))
            line.append(bar((score - least) / span, half) + " ", self.look("dim"))
            line.append(bar(weight if weight >= LEAST_SHOWN else 0.0, half), self.look("accent"))
            line.append(f" {weight:.2f}".replace(" 0.", "  .") if weight < 1 else " 1.0", self.plain)
            lines.append(line)
        return lines

    def _figures(self, view: View) -> list[Text]:
        step, controls = view.step, view.snapshot.trace.controls
        meter = entropy_meter(step.entropy, len(step.weights), self._room)
        lines = [self._named("entropy", Text(meter, self.look("accent")))]
        if controls.attention == "local_p":
            apart, squared = distances(step, columns_of(view.snapshot.trace.source.picture))
            curve = np.where(apart <= controls.window, gaussian(squared, controls.window), 0.0)
            drawn = sparkline(curve, low=0, high=1, width=self._room)
            lines.insert(0, self._named("Gauss", Text(drawn, self.look("dim"))))
        center = local_center(step, controls.attention)
        if center is not None:
            place = f"{center:.1f}"
            if step.center_cell is not None:  # counted from 1, as the cells' labels are
                place = f"{step.center_cell[0] + 1:.1f},{step.center_cell[1] + 1:.1f}"
            lines.append(self._named("p_t", Text(f"{place} ± {controls.window:g}", self.look("strong"))))
        return lines

    def _cell(self, view: View) -> list[Text]:
        column, step = view.cursor_column, view.step
        if column is None:
            return [Text("no attention: zero context", self.look("dim"))]
        source = view.snapshot.trace.source.labels[column]
        target = "▸" if view.on_pending else step.label
        room = max(4, (self.size.width - 4) // 2)
        cell = Text(truncate(target, room), self.look("strong"))
        cell.append(" → ", self.look("dim"))
        cell.append(truncate(source, room), self.look("strong"))
        score = Text(f"{step.scores[column]:.2f}", self.look("strong"))
        weight = Text(f"{step.weights[column]:.3f}", self.look("accent"))
        lines = [cell, self._named("score", score), self._named("weight", weight)]
        edited = edits_at(view.snapshot.trace.controls, step.position, column)
        return [*lines, self._named("edit", Text(edited, self.look("warn")))] if edited else lines

    def _formula(self, view: View) -> list[Text]:
        controls = view.snapshot.trace.controls
        if controls.attention == "none":
            parts = [attention_formula("none")]
        elif view.step.heads is not None:
            parts = [alignment_formula(controls.alignment), multi_head_formula()]
        else:
            cells = view.snapshot.trace.source.picture is not None
            parts = [alignment_formula(controls.alignment), attention_formula(controls.attention, cells=cells)]
        lines: list[Text] = []
        for part in parts:
            lines += [Text(line, self.look("strong")) for line in part.lines]
            lines.append(Text(part.paper, self.look("dim")))
        return lines

    def _named(self, name: str, value: Text) -> Text:
        return Text(f"{name:<{NAME_WIDTH}}", self.look("dim")).append_text(value)


def _drawn(view: View) -> tuple[Values, Values]:
    """Return the soft weights of hard attention's step and the share of samples that choose each position."""
    step, controls = view.step, view.snapshot.trace.controls
    return soft_weights(step, controls), draw_shares(step, controls)


def initials(label: str, width: int) -> str:
    """Return the first letters of a label, exactly `width` cells."""
    text = ""
    for letter in graphemes(label.removeprefix(CONTINUATION)):
        if cell_len(text) + letter.width > width:
            break
        text += letter.text
    return text + " " * (width - cell_len(text))
