"""Keys that put other runs beside the explorer's: two of them, or every combination of the model."""

from __future__ import annotations

from collections.abc import Callable

from explorer.render.formulas import title_of
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.side_by_side import Variant, different_combinations
from explorer.runtime.switches import NONE
from explorer.runtime.trace import Trace
from explorer.tui.gates import neighbour
from explorer.tui.models import Opened
from explorer.tui.pair import Pair
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.gallery import GalleryScreen
from explorer.tui.screens.model_actions import ModelActions


class CompareActions(ModelActions):
    """Opens the screens that compare, and goes on with what was taken there."""

    def action_compare(self) -> None:
        """Compare this run with its neighbour: the next alignment function, or the next head."""
        self.compare_with(neighbouring(self._bundle.card, self._wanted))

    def compare_with(self, controls: Controls) -> None:
        """Compare this run with one under other switches, which begins with the same tokens."""
        if self.view is None or any(isinstance(screen, CompareScreen) for screen in self.app.screen_stack):
            return
        self._stop()
        pair = Pair(self._text, self._bundle, (self._stepper.another(), self._stepper.another()))
        self._models.recorder.compare(pair)
        self._put_over(CompareScreen(self, pair, self.view, controls, self._models))

    def go_on_comparing(self, pair: Pair) -> None:
        """Show two runs that are begun already."""
        self._put_over(CompareScreen(self, pair, self.view or self._first_view, None, self._models))

    def _put_over(self, screen: CompareScreen) -> None:
        self.app.push_screen(screen, self._go_on_with)

    def action_gallery(self) -> None:
        """Show every combination of the model at once."""
        if self.view is None or isinstance(self.app.screen, GalleryScreen):
            return
        reason = no_gallery(self._bundle.card)
        if reason:
            self.say(reason)
        else:
            self.app.push_screen(GalleryScreen(self, self.view))

    def ask_variants(
        self, free: bool, wanted: Callable[[], bool], then: Callable[[list[Variant] | None], None]
    ) -> None:
        """Give every combination of this run to `then`, after the jobs before; None where it is `wanted` no more."""
        self._jobs.call(lambda: self._stepper.variants(free) if wanted() else None, then)

    def ask_decoded(
        self, pairs: list[tuple[str, str]], wanted: Callable[[], bool], then: Callable[[list[Trace] | None], None]
    ) -> None:
        """Give this source decoded freely under some combinations to `then`, as `ask_variants` does."""
        self._jobs.call(lambda: self._stepper.decoded(pairs) if wanted() else None, then)

    def open_variant(self, alignment: str, attention: str, free: bool) -> None:
        """Go on with a combination: on this run's tokens, or decoded anew as far as it has come."""
        self._wanted = wanted = self._wanted.replace(alignment=alignment, attention=attention)
        work = self._stepper.rerun if free else self._stepper.replay
        self._jobs.switch(lambda: work(wanted))

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


def no_gallery(card: Card) -> str:
    """Return why a model has no gallery, "" where it has one."""
    pairs = different_combinations(card)
    if len(pairs) > 1:
        return ""
    alone = f"this model has one combination alone, {' · '.join(map(title_of, pairs[0]))}"
    return f"{alone}: w shows all of its heads" if card.heads is not None else f"{alone}: M opens others"


def _after(names: tuple[str, ...], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)]
