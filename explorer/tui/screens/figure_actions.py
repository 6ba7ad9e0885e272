"""Writing what is seen as a figure."""

from __future__ import annotations

from explorer.tui.screens.base import ExplorerBase
from explorer.tui.screens.figure import ask_for_figure
from explorer.tui.screens.offers import NO_TOKEN, WALLS, offers_of
from explorer.tui.view import Face


class FigureActions(ExplorerBase):
    """Opens the dialog; the wall of heads calls the same method."""

    def action_figure(self, kind: str | None = None) -> None:
        """Write a figure of the emitted tokens.

        Args:
            kind: Attention whose wall of heads is chosen first; None for what stands in the middle of the screen.
        """
        view = self.view
        if view is None:
            return
        if not view.snapshot.trace.steps:
            self.say(NO_TOKEN)
            return
        self._stop()
        first = WALLS[kind] if kind is not None else "filmstrip" if view.face is Face.PICTURE else "grid"
        ask_for_figure(self, offers_of(view), view.palette, first)
