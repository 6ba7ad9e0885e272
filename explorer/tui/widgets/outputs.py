"""A few texts, each behind its name."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from explorer.render.folding import wrapped
from explorer.tui.widgets.base import LinePanel

ROOM_BESIDE = 60
"""Cells from which on names stand beside the texts, not before them."""


class Outputs(LinePanel):
    """Each text behind its name."""

    lines_of_text: reactive[tuple[tuple[str, str], ...]] = reactive[tuple[tuple[str, str], ...]]((), repaint=False)
    """(name, text), from the top."""

    def watch_lines_of_text(self) -> None:
        """Draw them."""
        self.redraw()

    def content(self) -> list[Text]:
        """Each text behind its name, folded."""
        width = max((len(name) for name, _ in self.lines_of_text), default=0) + 2
        beside = self.size.width >= ROOM_BESIDE
        lines: list[Text] = []
        for name, text in self.lines_of_text:
            if not beside:
                lines += Text.assemble((f"{name}: ", self.look("dim")), (text, self.look("strong"))).wrap(
                    self.app.console, max(8, self.size.width)
                )
                continue
            for number, part in enumerate(wrapped(text, self.size.width - width)):
                head = Text(f"{'' if number else name:<{width}}", self.look("dim"))
                lines.append(head.append(part, self.look("strong")))
        return lines
