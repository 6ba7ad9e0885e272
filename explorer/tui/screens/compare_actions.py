"""Keys that put other runs beside the explorer's: two of them, or every combination of the model."""

from __future__ import annotations

from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.switches import NONE
from explorer.tui.gates import neighbour
from explorer.tui.models import Opened
from explorer.tui.pair import Pair
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.model_actions import ModelActions


class CompareActions(ModelActions):
    """Opens the screens that compare, and goes on with what was taken there."""

    def action_compare(self) -> None:
        """Compare this run with its neighbour: the next alignment function, or the next head."""
        self.compare_with(neighbouring(self._bundle.card, self._wanted))

    def compare_with(self, controls: Controls) -> None:
        """Compare this run with one under other switches, which begins with the same tokens."""
        if self.view is None or isinstance(self.app.screen, CompareScreen):
            return
        self._stop()
        pair = Pair(self._text, self._bundle, (self._stepper.another(), self._stepper.another()))
        screen = CompareScreen(self, pair, self.view, controls, self._models)
        self.app.push_screen(screen, self._go_on_with)

    def _go_on_with(self, opened: Opened | None) -> None:
        if opened is not None:
            self.post_message(self.ModelOpened(opened))


def neighbouring(card: Card, controls: Controls) -> Controls:
    """Return the switches that a run is compared with at first: those that differ in one step."""
    alignments, attentions = card.switches.alignments, card.switches.attentions
    if len(alignments) > 1 and controls.attention != NONE:
        return controls.replace(alignment=_after(alignments, controls.alignment))
    if len(attentions) > 1:
        return controls.replace(attention=_after(attentions, controls.attention))
    if card.heads is not None:
        key = neighbour(card.heads, controls, 1)
        return controls.replace(layer=key.layer, head=key.head, aggregate=None)
    return controls


def _after(names: tuple[str, ...], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)]
