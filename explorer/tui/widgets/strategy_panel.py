"""How the next token is chosen: the strategies with their numbers, what they leave of the step, what they write."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive

from explorer.render.bars import bar
from explorer.render.cells import pad_right
from explorer.runtime.controls import GREEDY, STRATEGIES, TEMPERATURE, TOP_K, TOP_P, Strategy
from explorer.runtime.trace import Step
from explorer.tui.widgets.base import LinePanel

TITLES = {GREEDY: "greedy", TEMPERATURE: "temperature", TOP_K: "top-k", TOP_P: "top-p"}
SENTENCES = {
    GREEDY: "the most probable token",
    TEMPERATURE: "a draw from all tokens",
    TOP_K: "a draw from the k most probable (Fan 2018)",
    TOP_P: "a draw from the fewest that sum to p (Holtzman 2020)",
}
NAME_WIDTH = 13
LABEL_WIDTH = 14
LEAST_SHARE = 0.005
"""Least probability that has a bar."""
FIGURES = 15
"""Cells of the two probabilities of a candidate."""
CANDIDATES = 6


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a strategy writes: its seed, the target, and its log-probability under the model."""

    seed: int
    text: str
    log_prob: float


@dataclass(frozen=True, eq=False)
class StrategyState:
    """What the panel draws.

    Attributes:
        strategy: The strategy.
        step: The step at hand, or the last one of a finished sentence, under it.
        samples: Whole targets, that of the strategy's own seed first; empty while they are computed.
    """

    strategy: Strategy
    step: Step
    samples: tuple[Sampled, ...] = ()


class StrategyPanel(LinePanel, can_focus=True):
    """Draws the strategy screen's content; a click on a strategy takes it."""

    state: reactive[StrategyState | None] = reactive[StrategyState | None](None, repaint=False)
    """What is drawn."""

    @dataclass
    class Chosen(Message):
        """A strategy was clicked."""

        name: str

    def watch_state(self) -> None:
        """Draw the other state."""
        self.redraw()

    def content(self) -> list[Text]:
        """The strategies, their numbers, the step's candidates, the samples."""
        state = self.state
        if state is None:
            return []
        lines = [self._strategy(name, name == state.strategy.name) for name in STRATEGIES]
        lines += [Text(), self._numbers(state.strategy), Text()]
        lines += self._candidates(state)
        lines += [Text(), Text("what it writes", self.look("dim")), *self._samples(state)]
        return lines

    def _strategy(self, name: str, chosen: bool) -> Text:
        mark, look = ("▸ ", self.look("strong")) if chosen else ("  ", self.plain)
        text = Text(mark, self.look("accent")).append(pad_right(TITLES[name], NAME_WIDTH), look)
        return text.append(SENTENCES[name], self.plain if chosen else self.look("dim"))

    def _numbers(self, strategy: Strategy) -> Text:
        """Each number with its keys, dimmed where the strategy does not read it."""
        numbers = (
            ("temperature", f"{strategy.temperature:.2f}", "- +", strategy.draws),
            ("k", str(strategy.top_k), "[ ]", strategy.name == TOP_K),
            ("p", f"{strategy.top_p:.2f}", "[ ]", strategy.name == TOP_P),
            ("seed", str(strategy.seed), "n N", strategy.draws),
        )
        text = Text("  ")
        for name, value, keys, acts in numbers:
            text.append(f"{name} ", self.plain if acts else self.look("dim"))
            text.append(value, self.look("strong") if acts else self.look("dim"))
            text.append(f" {keys}   ", self.look("accent" if acts else "dim"))
        return text

    def _candidates(self, state: StrategyState) -> list[Text]:
        """The model's probabilities, and those that are drawn by."""
        step, draw = state.step, state.step.draw
        said = "the step at hand"
        if draw is not None:
            can = "1 token can be drawn" if draw.eligible == 1 else f"{draw.eligible} tokens can be drawn"
            said += f": {can} · model's and drawn %"
        lines = [Text(said, self.look("dim"))]
        room = max(1, self.size.width - LABEL_WIDTH - FIGURES - 4)
        for place, candidate in enumerate(step.candidates[:CANDIDATES]):
            share = math.exp(candidate.log_prob)
            drawn = share if draw is None else draw.share(place, candidate.log_prob)
            can_be = (place == 0) if draw is None else place < draw.eligible
            taken = candidate.token == step.token
            look = self.look("strong") if taken else self.plain if can_be else self.look("dim")
            text = Text("✓ " if taken else "  ", self.look("accent"))
            text.append(pad_right(candidate.label, LABEL_WIDTH) + " ", look)
            shown = drawn if can_be else share
            text.append(bar(shown if shown >= LEAST_SHARE else 0.0, room), self.look("accent" if can_be else "dim"))
            text.append(f" {share * 100:5.1f}", self.look("dim"))
            text.append("" if draw is None else f" → {drawn * 100:5.1f}" if can_be else " → cut", look)
            lines.append(text)
        return lines

    def _samples(self, state: StrategyState) -> list[Text]:
        if not state.samples:
            return [Text("  …", self.look("dim"))]
        lines = []
        for place, sample in enumerate(state.samples):
            look = self.look("dim") if place else self.plain
            seed = f"{sample.seed:>4} " if state.strategy.draws else "     "
            text = Text(seed, self.look("accent"))
            text.append(f"{sample.log_prob:7.2f}  ", self.look("dim"))
            lines.append(text.append(sample.text, look))
        return lines

    def on_click(self, event: events.Click) -> None:
        """Take the strategy under the mouse."""
        place = event.get_content_offset(self)
        if place is not None and place.y < len(STRATEGIES):
            self.post_message(self.Chosen(STRATEGIES[place.y]))
