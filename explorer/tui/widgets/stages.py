"""How the weight of the cell under the cursor comes about: score → scaled → masked → weight."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from rich.text import Text
from textual.reactive import reactive

from explorer.render.bars import MASKED, sparkline
from explorer.render.cells import pad_center, pad_right
from explorer.render.stages import Stage, Values
from explorer.tui.widgets.base import LinePanel

NAME_WIDTH = 8
FIGURE_WIDTH = 7
ARROWS = (" → ", "→")
"""Between two stages, where there is room and where there is little."""
NARROWEST_COLUMN = 7


@dataclass(frozen=True, slots=True, eq=False)
class StagesRow:
    """What the panel draws.

    Attributes:
        title: The cell: "robe → dress".
        stages: The stages of its row.
        column: The cell's position in the row.
        note: Said in the place of stages where there are none.
    """

    title: str
    stages: tuple[Stage, ...]
    column: int
    note: str = ""


class StagesPanel(LinePanel):
    """Each stage's figure at the cell, and all positions as bars: side by side where it is wide, else one a line."""

    row: reactive[StagesRow | None] = reactive[StagesRow | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    def watch_row(self, row: StagesRow | None) -> None:
        """Name the cell in the border and draw it."""
        if row is not None:
            self.set_title(f"stages · {row.title}" if row.title else "stages")
        if self.display:  # the panel is folded away most of the time, and drawn when it comes back
            self.redraw()
        else:
            self.refresh()

    def content(self) -> list[Text]:
        """The stages, or why there are none."""
        row = self.row
        if row is None:
            return []
        if not row.stages:
            return list(Text(row.note, self.look("dim")).wrap(self.app.console, max(1, self.size.width)))
        for arrow in ARROWS:
            column = (self.size.width - len(arrow) * (len(row.stages) - 1)) // len(row.stages)
            if column >= NARROWEST_COLUMN:
                return self._beside(row, column, arrow)
        return self._below(row)

    def _beside(self, row: StagesRow, width: int, arrow: str) -> list[Text]:
        """One column a stage, arrows between them."""
        names, figures = Text(no_wrap=True), Text(no_wrap=True)
        height = max(1, self.size.height - 2)
        bars = [Text(no_wrap=True) for _ in range(height)]
        for place, stage in enumerate(row.stages):
            last = place == len(row.stages) - 1
            names.append(pad_center(stage.name, width), self.look("strong"))
            style = self.look("chosen") if last else self.look("accent")
            figures.append(_figure(stage.values[row.column]).center(width), style)
            for line, part in zip(bars, self._bars(stage, row.column, width, height), strict=True):
                line.append_text(part)
            if not last:
                names.append(arrow, self.look("dim"))
                figures.append(" " * len(arrow))
                for line in bars:
                    line.append(" " * len(arrow))
        return [names, figures, *bars]

    def _below(self, row: StagesRow) -> list[Text]:
        """One line a stage: name, figure, bars."""
        room = max(4, self.size.width - NAME_WIDTH - FIGURE_WIDTH - 1)
        lines: list[Text] = []
        for place, stage in enumerate(row.stages):
            last = place == len(row.stages) - 1
            text = Text(pad_right(stage.name, NAME_WIDTH), self.look("strong" if last else "dim"), no_wrap=True)
            text.append(_figure(stage.values[row.column]).rjust(FIGURE_WIDTH) + " ", self.look("accent"))
            lines.append(text.append_text(self._bars(stage, row.column, room, 1)[0]))
        return lines

    def _bars(self, stage: Stage, column: int, width: int, height: int) -> list[Text]:
        """All positions of a stage as bars over `height` lines, the cell's own set off; what does not fit is pooled."""
        values, place = _fitted(stage.values, column, width)
        pitch = max(1, min(3, width // max(1, len(values))))
        shares = _levels(stage, values, height)
        lines: list[Text] = []
        for line in range(height - 1, -1, -1):
            text = Text(no_wrap=True)
            for position, share in enumerate(shares):
                style = self.look("accent") if position == place else self.look("dim")
                if math.isnan(share):
                    glyph = MASKED if line == 0 else " "
                else:
                    glyph = sparkline([min(1.0, max(0.0, share - line))], low=0, high=1) if share > line else " "
                text.append(glyph * max(1, pitch - 1) + " " * (pitch > 1), style)
            text.append(" " * (width - pitch * len(shares)))
            lines.append(text)
        return lines


def _levels(stage: Stage, values: Values, height: int) -> list[float]:
    """Return how many lines each bar fills; NaN where a position is masked."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [math.nan] * len(values)
    low, high = (0.0, 1.0) if stage.share else (float(finite.min()), float(finite.max()))
    span = high - low or 1.0
    least = 0.0 if stage.share else 1 / 8
    return [max(least, (float(value) - low) / span * height) if math.isfinite(value) else math.nan for value in values]


def _fitted(values: Values, column: int, width: int) -> tuple[Values, int]:
    """Return values of which at most `width` are left, and the place of `column` among them."""
    if len(values) <= width:
        return values, column
    parts = np.array_split(np.arange(len(values)), width)
    place = next(number for number, part in enumerate(parts) if column in part)
    filled = np.where(np.isnan(values), -np.inf, values)
    return np.array([filled[part].max() for part in parts]), place


def _figure(value: float) -> str:
    """Return a value in at most seven cells; "mask" for what is masked."""
    if not math.isfinite(value):
        return "mask"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"
