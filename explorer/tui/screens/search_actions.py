"""Keys that choose among targets: the beam search, and the strategy by which tokens are drawn."""

from __future__ import annotations

from collections.abc import Callable

from explorer.runtime.controls import Strategy
from explorer.runtime.trace import Trace
from explorer.runtime.tree import SearchOptions, Tree
from explorer.tui.screens.beam import BeamScreen
from explorer.tui.screens.strategy import StrategyScreen
from explorer.tui.screens.switch_actions import SwitchActions


class SearchActions(SwitchActions):
    """Opens the two screens; they call the other methods."""

    search_options = SearchOptions()
    """Of the last search; the next one begins with them."""

    def action_beam(self) -> None:
        """Search behind the emitted tokens; from the beginning where the sentence is finished."""
        if self.view is None or isinstance(self.app.screen, BeamScreen):
            return
        self._stop()
        snapshot = self.view.snapshot

        def found(tree: Tree) -> None:
            if self.view is not None:
                self.app.push_screen(BeamScreen(self, self._bundle, self.view, tree))

        self.search(self.search_options, snapshot.emitted if snapshot.pending else 0, found)

    def search(self, options: SearchOptions, keep: int, then: Callable[[Tree], None]) -> None:
        """Search after the jobs before, and give the tree to `then`."""
        self.search_options = options
        self._jobs.call(lambda: self._stepper.search(options, keep), then)

    def hypothesis(self, tree: Tree, number: int) -> Trace:
        """Return the hypothesis of a search that ends in a node."""
        return self._stepper.hypothesis(tree, number)

    def stand_on(self, tokens: tuple[int, ...]) -> None:
        """Put the decoding on the tokens of a hypothesis."""
        count = f"{len(tokens)} token{'s' if len(tokens) > 1 else ''}"
        self._jobs.start(lambda: self._stepper.stand_on(tokens))
        self.call_after_refresh(self.say, f"stands on {count} of the search; → goes on from there")

    def next_overlay(self) -> None:
        """Lay attention over the picture another way."""
        if self.view is not None:
            self._change(overlay=self.view.overlay.next())

    def action_decoding(self) -> None:
        """Choose how tokens are drawn."""
        if self.view is None or isinstance(self.app.screen, StrategyScreen):
            return
        self._stop()
        self.app.push_screen(StrategyScreen(self, self.view))

    def draw_by(self, strategy: Strategy) -> None:
        """Choose tokens by another strategy from the step at hand on."""
        self.switch(strategy=strategy)

    def sample(self, strategies: tuple[Strategy, ...], keep: int, then: Callable[[list[Trace]], None]) -> None:
        """Decode to the end by each strategy, and give the runs to `then`."""
        self._jobs.call(lambda: self._stepper.samples(strategies, keep), then)
