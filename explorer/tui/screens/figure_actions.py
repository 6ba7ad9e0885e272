"""Writing what is seen as a figure."""

from __future__ import annotations

from pathlib import Path

from explorer.render.grid_figure import GridFigure
from explorer.render.pictures import Overlay
from explorer.render.strip_figure import StripFigure
from explorer.render.wall_figure import WallFigure
from explorer.runtime.heads import CROSS, ENCODER, SELF
from explorer.tui.screens.base import ExplorerBase
from explorer.tui.screens.figure import FigureScreen, Offer
from explorer.tui.view import Face, View

WALLS = {CROSS: "heads: cross", SELF: "heads: decoder self", ENCODER: "heads: encoder self"}


class FigureActions(ExplorerBase):
    """Opens the dialog; the wall of heads calls the same method."""

    def action_figure(self, kind: str | None = None) -> None:
        """Write a figure of the emitted tokens.

        Args:
            kind: Attention whose wall of heads is chosen first; None for what stands in the middle of the screen.
        """
        view = self.view
        if view is None or isinstance(self.app.screen, FigureScreen):
            return
        if not view.snapshot.trace.steps:
            self.say("no token is emitted yet: → emits one, end all of them; then there is a figure to write")
            return
        self._stop()
        offers = offers_of(view)
        names = [offer.name for offer in offers]
        first = WALLS[kind] if kind is not None else "filmstrip" if view.face is Face.PICTURE else "grid"

        def written(message: str | None) -> None:
            if message is not None:
                self.say(message)

        self.app.push_screen(FigureScreen(offers, view.palette, Path.cwd(), names.index(first)), written)


def offers_of(view: View) -> tuple[Offer, ...]:
    """Return the figures of a view: its grid, a picture's filmstrip, a Transformer's walls of heads."""
    trace = view.snapshot.trace
    offers = [Offer("grid", GridFigure(trace, view.copies, heads=trace.steps[0].heads is not None), turns=True)]
    if trace.source.picture is not None:
        overlay = Overlay.BRIGHTNESS if view.overlay is Overlay.NONE else view.overlay
        offers.append(Offer("filmstrip", StripFigure(trace, overlay)))
    if trace.steps[0].heads is not None:
        kinds = [kind for kind in WALLS if kind != ENCODER or trace.encoder_weights is not None]
        offers += [Offer(WALLS[kind], WallFigure(trace, (kind,))) for kind in kinds]
    return tuple(offers)
