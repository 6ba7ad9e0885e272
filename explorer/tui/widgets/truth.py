"""The test of one step's attention: bars of weights and drops, and the table of rank correlations."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from rich.text import Text
from textual.reactive import reactive

from explorer.render.bars import bar
from explorer.render.cells import pad_left, pad_right
from explorer.render.formulas import title_of
from explorer.render.summary import shown_heads
from explorer.runtime.controls import Controls
from explorer.runtime.truth import Agreement, mean_of
from explorer.tui.snapshot import Snapshot
from explorer.tui.widgets.base import LinePanel

ORDERS = ("position", "weight", "drop")
LABEL_WIDTHS = 8, 14
"""Least and most cells of a label: a fifth of the line."""
FIGURE_WIDTH = 7
LEAST_SHOWN = 0.005
"""Weights and drops below it get no bar."""


@dataclass(frozen=True, eq=False)
class Report:
    """What the widgets draw.

    Attributes:
        snapshot: The run that was tested.
        tests: What came out: for each alignment function, or for what is shown and each head.
        row: The step that is looked at.
        order: How its positions are sorted.
    """

    snapshot: Snapshot
    tests: tuple[Agreement, ...]
    row: int
    order: str

    @property
    def shown(self) -> Agreement:
        """The test of what the explorer shows."""
        name = self.snapshot.trace.controls.alignment
        return next((test for test in self.tests if test.name == name), self.tests[0])

    def sorted_positions(self) -> list[int]:
        """Source positions in the order in which they are drawn."""
        test = self.shown
        count = test.weights.shape[1]
        if self.order == "weight":
            return sorted(range(count), key=lambda source: -float(test.weights[self.row, source]))
        if self.order == "drop":
            return sorted(range(count), key=lambda source: -float(test.drops[self.row, source]))
        return list(range(count))

    def replace(self, **changes: object) -> Report:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


class _ReportPanel(LinePanel):
    """A panel that draws a report."""

    report: reactive[Report | None] = reactive[Report | None](None, repaint=False)
    """What is drawn; None while it is computed."""

    def watch_report(self) -> None:
        """Draw the new report."""
        self.redraw()

    def content(self) -> list[Text]:
        """The lines of the report."""
        return [Text("masking every position…", self.look("dim"))] if self.report is None else self.lines(self.report)

    def lines(self, report: Report) -> list[Text]:
        """Return what is drawn, from the top."""
        raise NotImplementedError


class TruthBars(_ReportPanel):
    """One line a source position: its weight, and what masking it costs."""

    BORDER_TITLE = "weight and drop"

    def watch_report(self) -> None:
        """Name the step in the border."""
        report = self.report
        if report is not None:
            step, trace = report.snapshot.steps[report.row], report.snapshot.trace
            token = step.label if report.row < len(trace.steps) else f"▸ {step.label}"
            self.set_title(f"{token} · p {math.exp(step.log_prob) * 100:.0f} %", f"by {report.order} · o sorts")
        self.redraw()

    def lines(self, report: Report) -> list[Text]:
        """The head, the positions that fit, and what was left out."""
        test, labels = report.shown, report.snapshot.trace.source.labels
        weights, drops = test.weights[report.row], test.drops[report.row]
        width = self.size.width
        named = min(max(LABEL_WIDTHS[0], width // 5), LABEL_WIDTHS[1])
        half = max(3, (width - named - 2 * FIGURE_WIDTH - 3) // 2)
        greatest = max(float(np.abs(drops).max(initial=0.0)), LEAST_SHOWN)
        head = Text(" " * (named + 1), self.look("dim"))
        head.append(pad_right("weight", half + FIGURE_WIDTH + 1) + "Δ ln p")
        lines = [head]
        places = report.sorted_positions()
        room = max(1, self.size.height - 3)
        for source in places[:room]:
            weight, drop = float(weights[source]), float(drops[source])
            line = Text(pad_left(labels[source], named) + " ", self.look("strong"))
            line.append(bar(weight if weight >= LEAST_SHOWN else 0.0, half), self.look("accent"))
            line.append(f"{weight * 100:4.0f} %".ljust(FIGURE_WIDTH + 1), self.plain)
            part = abs(drop) / greatest if abs(drop) >= LEAST_SHOWN else 0.0
            line.append(bar(part, half), self.look("strong" if drop >= 0 else "dim"))
            line.append(f"{_signed(drop):>{FIGURE_WIDTH}}", self.plain if drop >= 0 else self.look("dim"))
            lines.append(line)
        if len(places) > room:
            lines.append(Text(f"{len(places) - room} more: o sorts".rjust(named), self.look("dim")))
        lines += [Text()] * (self.size.height - 1 - len(lines))
        rho, tau = float(test.spearman[report.row]), float(test.kendall[report.row])
        agreement = Text("ranks agree: ", self.look("dim"))
        agreement.append(f"ρ {_figure(rho)}  τ {_figure(tau)}", self.look("strong"))
        return [*lines[: self.size.height - 1], agreement]


class AgreementTable(_ReportPanel):
    """Spearman's and Kendall's correlation of each alignment function or head: of this step, and over the sentence."""

    BORDER_TITLE = "do the ranks agree?"

    def lines(self, report: Report) -> list[Text]:
        """The table; what the explorer shows is set off."""
        controls = report.snapshot.trace.controls
        heads = report.snapshot.steps[0].heads is not None
        name_width = max(10, self.size.width - 24)
        of = "head" if heads else title_of(controls.attention)
        lines = [
            Text(f"{'':<{name_width}}{'this step':>11} {'sentence':>11}", self.look("dim")),
            Text(pad_right(of, name_width) + f"{'ρ':>5} {'τ':>5} {'ρ':>5} {'τ':>5}", self.look("dim")),
        ]
        best = max((mean_of(test.spearman) for test in report.tests), key=lambda rho: -2.0 if math.isnan(rho) else rho)
        for test in report.tests:
            shown = test is report.shown
            name = title_of(test.name) if not heads else _shown_name(controls) if test.name == "shown" else test.name
            style = self.look("strong") if shown else self.plain
            line = Text(("▸ " if shown else "  ") + pad_right(name, name_width - 2), style)
            for values in (test.spearman, test.kendall):
                line.append(f"{_figure(float(values[report.row])):>5} ", self.plain)
            mean = mean_of(test.spearman)
            line.append(f"{_figure(mean):>5}", self.look("accent") if mean == best else self.plain)
            line.append(f" {_figure(mean_of(test.kendall)):>5}", self.plain)
            lines.append(line)
        return lines


def _shown_name(controls: Controls) -> str:
    """Return which heads are shown, as short as the names of single heads are."""
    one = controls.layer is not None and controls.head is not None
    return f"L{controls.layer} H{controls.head}, shown" if one else shown_heads(controls)


def _figure(correlation: float) -> str:
    """Return a correlation in at most five cells; "–" where there is none."""
    return "–" if math.isnan(correlation) else f"{correlation:+.2f}".replace("-", "−")


def _signed(drop: float) -> str:
    """Return a drop as the change that it is: "−1.24", or "+0.03" where masking helps."""
    if abs(drop) < LEAST_SHOWN:
        return "0.00"
    return f"{-drop:+.2f}".replace("-", "−")
