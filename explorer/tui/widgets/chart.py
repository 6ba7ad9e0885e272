"""A chart of curves that fills its place."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from explorer.render.chart import Chart, chart_text
from explorer.tui.widgets.base import LinePanel


class ChartPanel(LinePanel):
    """Draws a chart as large as there is room."""

    chart: reactive[Chart | None] = reactive[Chart | None](None, repaint=False)
    """What is drawn; None before there is anything."""

    def watch_chart(self) -> None:
        """Draw it."""
        self.redraw()

    def content(self) -> list[Text]:
        """The chart's lines."""
        if self.chart is None:
            return []
        return list(chart_text(self.chart, self.size.width, self.size.height).split(allow_blank=True))
