"""What a plain RNN, a GRU and a GRU with attention recall of a sequence, by distance."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.reactive import reactive

from explorer.errors import ExplorerError
from explorer.runtime.labels import printable
from explorer.runtime.recall import Recalled, RecallLab, open_recall
from explorer.tui.jobs import Jobs
from explorer.tui.measures import Value
from explorer.tui.recalling import Recalling, accuracy_chart, gradient_chart
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.over import SpeakingScreen
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.chart import ChartPanel
from explorer.tui.widgets.recall import RecallPanel

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.view import View

HINTS = (
    ("← →", "further back, nearer", "far(1)"),
    ("0-9", "one symbol more", "random"),
    ("⌫", "one less", "shorter"),
    ("r", "another sequence", "random"),
    ("esc", "the explorer", "leave"),
    ("?", "help", "help"),
)
READING = (
    "The networks read the sequence once, symbol by symbol, and are asked what stood at each distance from its end, "
    "all distances as one batch. Below every symbol stands what a network answers for its place; wrong answers are "
    "marked. All three were trained on the same random sequences with the same number of updates; their sizes are in "
    "the card (recall.json).\n\n"
    "On the left the share of right answers by distance, measured at the end of training on unseen sequences and kept "
    "in the card. On the right, for the sequence above and computed in the graph as it is drawn: the norm of the "
    "derivative of the answer's logit with respect to the embedding of the symbol asked for. Where it fades, nothing "
    "of that symbol reaches the answer, and nothing could be learned from it (Bengio 1994; Hochreiter 1991). Each "
    "network has a scale of its own: compare how the curves run, not how high they lie. The GRU finds the very first "
    "symbol easier, because its state is empty when it comes."
)


class RecallScreen(SpeakingScreen):
    """A sequence that a person types, answers and charts, over the explorer."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    board = "recall"
    reading = READING

    BINDINGS = [
        Binding("left,h", "far(1)", "ask about the symbol before"),
        Binding("right,l", "far(-1)", "ask about the symbol after"),
        Binding("backspace", "shorter", "take the last symbol off"),
        Binding("r", "random", "another random sequence of this length"),
        Binding("question_mark", "help", "help"),
        Binding("escape,q", "leave", "to the explorer"),
    ]

    state: reactive[Recalling | None] = reactive[Recalling | None](None, repaint=False)
    """What the widgets draw; None before the networks have answered."""

    def __init__(self, view: View, provider: str, sequence: str) -> None:
        """Create the screen.

        Args:
            view: The explorer's view, for its title.
            provider: Where its model runs.
            sequence: The first sequence.
        """
        super().__init__()
        self._view = view
        self._provider = provider
        self._first = sequence
        self._lab: RecallLab | None = None
        self._jobs: Jobs[tuple[Recalled, ...]] = Jobs(self, self._show, self._complain, lambda _: None)

    @property
    def _sequence(self) -> str:
        """What the networks have read last; to be asked in a job where a key may still wait."""
        return self._first if self.state is None else self.state.sequence

    @property
    def readings(self) -> Mapping[str, Value]:
        """How much is recalled, and the gradient where it is asked."""
        return {} if self.state is None else self.state.readings

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        yield TitleBar("recall · tanh RNN, GRU, attention", self._provider, id="title")
        yield from self.guests()
        yield RecallPanel(id="recall").data_bind(RecallScreen.state)
        with Horizontal(id="curves"):
            yield ChartPanel(id="forgetting")
            yield ChartPanel(id="gradients")
        yield KeyBar(HINTS, id="keys")

    def on_mount(self) -> None:
        """Open the networks, and let them read the first sequence."""
        self.query_one(TitleBar).view = self._view
        self.query_one("#forgetting").border_title = "right by distance · from the card"
        self.query_one("#gradients").border_title = "‖∂answer/∂symbol‖ · this sequence"
        self._ask(lambda now: now)

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """Answers and charts as they are drawn."""
        panels = (self.query_one(RecallPanel), *self.query(ChartPanel))
        return tuple(panel.printed for panel in panels)

    def watch_state(self, state: Recalling | None) -> None:
        """Draw the charts."""
        if state is None:
            return
        self.query_one("#recall").border_title = f"{len(state.sequence)} symbols, read once from left to right"
        self.query_one("#forgetting", ChartPanel).chart = accuracy_chart(state)
        self.query_one("#gradients", ChartPanel).chart = gradient_chart(state)

    def on_key(self, event: events.Key) -> None:
        """Add a symbol that is typed."""
        if self._lab is not None and event.character and event.character in self._lab.card.symbols:
            event.stop()
            symbol = event.character
            self._ask(lambda now: now + symbol)

    def action_far(self, by: int) -> None:
        """Ask about another symbol."""
        if self.state is not None:
            self.state = self.state.replace(far=min(max(0, self.state.far + by), len(self.state.sequence) - 1))

    def action_shorter(self) -> None:
        """Take the last symbol off."""
        self._ask(lambda now: now[:-1])

    def action_random(self) -> None:
        """Take another sequence of the same length."""
        if self._lab is not None:
            symbols = self._lab.card.symbols
            self._ask(lambda now: "".join(random.choices(symbols, k=len(now))))

    def _ask(self, change: Callable[[str], str]) -> None:
        """Have the networks read what becomes of the sequence, after what was typed before."""

        def work() -> tuple[Recalled, ...]:
            if self._lab is None:
                self._lab = open_recall()
            return self._lab.answers(change(self._sequence))

        self._jobs.start(work)

    def _show(self, recalled: tuple[Recalled, ...]) -> None:
        far = 0 if self.state is None else min(self.state.far, len(recalled[0].sequence) - 1)
        self.state = Recalling(recalled, far)

    def _complain(self, error: ExplorerError) -> None:
        self.say(printable(str(error)))
