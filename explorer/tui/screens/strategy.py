"""How tokens are chosen, live: greedy, or drawn at a temperature, from the top k or the top p."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from explorer.runtime.controls import STRATEGIES, TOP_K, TOP_P, Strategy
from explorer.runtime.sampling import COLDEST, HOTTEST
from explorer.runtime.trace import Trace
from explorer.tui.view import View
from explorer.tui.widgets.strategy_panel import Sampled, StrategyPanel, StrategyState

if TYPE_CHECKING:
    from explorer.tui.screens.search_actions import SearchActions

HEAT_STEP = 0.1
MOST_K = 100
P_STEP = 0.05
SAMPLES = 5
"""Whole targets that are shown, each by a seed of its own."""


class StrategyScreen(ModalScreen[None]):
    """Changes the run's strategy as it is changed here; the explorer's jobs do the computing."""

    BINDINGS = [
        Binding("escape,enter,q,D", "leave", "close"),
        Binding("up,k", "strategy(-1)", "the strategy above"),
        Binding("down,j", "strategy(1)", "the strategy below"),
        Binding("plus,equals_sign", "heat(1)", "a higher temperature"),
        Binding("minus", "heat(-1)", "a lower temperature"),
        Binding("right_square_bracket", "cut(1)", "a greater k or p"),
        Binding("left_square_bracket", "cut(-1)", "a smaller k or p"),
        Binding("n", "seed(1)", "the next seed"),
        Binding("N", "seed(-1)", "the seed before"),
    ]

    def __init__(self, owner: SearchActions, view: View) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            view: Its view.
        """
        super().__init__()
        self._owner = owner
        self._first_view = view
        self._strategy = view.snapshot.trace.controls.strategy

    def compose(self) -> ComposeResult:
        """One panel."""
        with Vertical(id="strategy") as box:
            box.border_title = "decoding strategy"
            box.border_subtitle = "↑↓ strategy · escape closes"
            yield StrategyPanel(id="strategy-panel")

    def on_mount(self) -> None:
        """Show the strategy of the run, and follow the step at hand."""
        self._take(self._first_view)
        self.watch(self._owner, "view", self._take, init=False)
        self.query_one(StrategyPanel).focus()
        self._sample()

    def _take(self, view: View | None) -> None:
        """Show the step at hand under the strategy that it was computed by."""
        if view is not None:
            panel = self.query_one(StrategyPanel)
            samples = panel.state.samples if panel.state is not None else ()
            panel.state = StrategyState(self._strategy, view.snapshot.steps[-1], samples)

    def _change(self, strategy: Strategy) -> None:
        """Take another strategy: the explorer at once, the samples after it."""
        self._strategy = strategy
        self._owner.draw_by(strategy)
        self._sample()

    def _sample(self) -> None:
        view, strategy = self._owner.view, self._strategy
        if view is None:
            return
        count = SAMPLES if strategy.draws else 1
        wanted = tuple(strategy.replace(seed=strategy.seed + place) for place in range(count))
        keep = view.snapshot.emitted if view.snapshot.pending else 0

        def written(traces: list[Trace]) -> None:
            if self._strategy != strategy or not self.is_attached:
                return  # another one is on its way, or nobody looks any more
            panel = self.query_one(StrategyPanel)
            if panel.state is not None:
                samples = tuple(
                    Sampled(each.seed, trace.text, sum(step.log_prob for step in trace.steps))
                    for each, trace in zip(wanted, traces, strict=True)
                )
                panel.state = StrategyState(strategy, panel.state.step, samples)

        self._owner.sample(wanted, keep, written)

    def action_strategy(self, by: int) -> None:
        """Take a neighbouring strategy."""
        place = min(max(0, STRATEGIES.index(self._strategy.name) + by), len(STRATEGIES) - 1)
        if STRATEGIES[place] != self._strategy.name:
            self._change(self._strategy.replace(name=STRATEGIES[place]))

    def on_strategy_panel_chosen(self, message: StrategyPanel.Chosen) -> None:
        """Take the clicked strategy."""
        if message.name != self._strategy.name:
            self._change(self._strategy.replace(name=message.name))

    def action_heat(self, by: int) -> None:
        """Change the temperature."""
        heat = min(max(COLDEST, round(self._strategy.temperature + by * HEAT_STEP, 2)), HOTTEST)
        if self._draws("temperature"):
            self._change(self._strategy.replace(temperature=heat))

    def action_cut(self, by: int) -> None:
        """Change k or p, whichever the strategy reads."""
        strategy = self._strategy
        if strategy.name == TOP_K:
            self._change(strategy.replace(top_k=min(max(1, strategy.top_k + by), MOST_K)))
        elif strategy.name == TOP_P:
            self._change(strategy.replace(top_p=min(max(P_STEP, round(strategy.top_p + by * P_STEP, 2)), 1.0)))
        else:
            self._owner.say("top-k cuts at k, top-p at p: ↓ takes them")

    def action_seed(self, by: int) -> None:
        """Draw by another seed."""
        if self._draws("seed"):
            self._change(self._strategy.replace(seed=max(0, self._strategy.seed + by)))

    def _draws(self, what: str) -> bool:
        if not self._strategy.draws:
            self._owner.say(f"greedy decoding draws nothing, so it has no {what}: ↓ takes a strategy that does")
        return self._strategy.draws

    def action_leave(self) -> None:
        """Back to the explorer, which goes on by the strategy."""
        view = self._owner.view
        if view is not None and self._strategy.draws and not view.snapshot.pending and not view.free:
            self._owner.say("the sentence is finished: ← or home, then → chooses its tokens anew")
        self.dismiss()
