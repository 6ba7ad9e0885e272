"""Does the attention tell the truth? Weights beside what masking each position does, and how well they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.reactive import reactive

from explorer.runtime.bundle import Bundle
from explorer.runtime.truth import Agreement
from explorer.tui.screens.base import WIDTHS
from explorer.tui.screens.over import OverExplorer
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.sentences import TargetLine
from explorer.tui.widgets.truth import ORDERS, AgreementTable, Report, TruthBars

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.measures import Value
    from explorer.tui.screens.truth_actions import TruthActions

HINTS = (
    ("↑↓", "token", "row(1)"),
    ("→", "step", "step"),
    ("←", "back", "back"),
    ("esc", "leave", "leave"),
    ("a", "alignment", "next_alignment(1)"),
    ("t", "type", "next_attention(1)"),
    ("n", "next head", "next_head(1)"),
    ("o", "sort", "next_order"),
    ("end", "finish", "end"),
    ("?", "help", "help"),
)

READING = (
    "Every position of the source is masked in turn, in the attention of one step alone, and the step is computed "
    "again: all positions are one batch. On the right is how the log-probability of the step's own token changes, in "
    "nats: mostly it falls, and where it rises the figure has a plus. If the attention tells the truth, the positions "
    "with great weights are those whose loss costs most (Jain and Wallace 2019; they leave a word out of the encoder "
    "as well, here the encoder has read it).\n\n"
    "ρ is Spearman's rank correlation of weights and drops, τ Kendall's tau-b: 1 where both rank the positions alike, "
    "0 where they have nothing to do with each other; – where one of them is the same everywhere, as without "
    "attention. On the right the same for every alignment function on the same tokens, or for every head: of this "
    "step, and the mean over all steps of the sentence so far.\n\n"
    "Ranks count every position alike. In a sharp row all but one have next to no weight; masking one of those that "
    "distract raises the probability a little, and many of these make ρ negative although the greatest weight is "
    "what is missed most. The bars show which it is."
)


class TruthScreen(OverExplorer):
    """The test of the cursor's step, over the explorer, whose jobs do the computing."""

    HORIZONTAL_BREAKPOINTS = WIDTHS

    board = "truth"
    reading = READING

    BINDINGS = [
        Binding("up,k", "row(-1)", "the token before"),
        Binding("down,j", "row(1)", "the token after"),
        Binding("right", "step", "emit the next token"),
        Binding("left", "back", "take the last token back"),
        Binding("end", "end", "decode to the end"),
        Binding("a", "next_alignment(1)", "next alignment function"),
        Binding("A", "next_alignment(-1)", "previous alignment function"),
        Binding("t", "next_attention(1)", "next attention type"),
        Binding("T", "next_attention(-1)", "previous attention type"),
        Binding("n", "next_head(1)", "the next head"),
        Binding("N", "next_head(-1)", "the previous head"),
        Binding("o", "next_order", "sort by position, by weight, by drop"),
        Binding("question_mark", "help", "help"),
        Binding("escape,q,i", "leave", "back to the explorer"),
    ]

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """The explorer's view."""
    report: reactive[Report | None] = reactive[Report | None](None, repaint=False)
    """What the widgets draw."""

    _owner: TruthActions

    def __init__(self, owner: TruthActions, bundle: Bundle, view: View) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            bundle: Its model.
            view: Its view.
        """
        super().__init__()
        self._owner = owner
        self._bundle = bundle
        self._first_view = view
        self._asked: Snapshot | None = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        screen = TruthScreen
        title = f"{self._bundle.card.title} · put to the test"
        yield TitleBar(title, self._bundle.provider.name.upper(), id="title").data_bind(screen.view)
        yield from self.guests()
        yield TargetLine(id="target").data_bind(screen.view)
        with Horizontal(id="body"):
            yield TruthBars(id="truth").data_bind(screen.report)
            yield AgreementTable(id="agreement").data_bind(screen.report)
        heads = self._bundle.card.heads is not None  # these are switched in a Transformer, the others in the rest
        switches = ("next_alignment(1)", "next_attention(1)") if heads else ("next_head(1)",)
        yield KeyBar(tuple(hint for hint in HINTS if hint[2] not in switches), id="keys")

    @property
    def readings(self) -> Mapping[str, Value]:
        """The rank correlation at the step that is looked at."""
        if self.report is None:
            return {}
        return {"rho": float(self.report.shown.spearman[self.report.row]), "sorted": self.report.order}

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """Both panels as they are drawn."""
        return self.query_one(TruthBars).printed, self.query_one(AgreementTable).printed

    def on_mount(self) -> None:
        """Test the explorer's decoding, and follow it."""
        self._take(self._first_view)
        self.watch(self._owner, "view", self._take, init=False)

    def _take(self, view: View | None) -> None:
        """Show another place, or test another decoding."""
        if view is None:
            return
        self.view = view
        if view.snapshot is not self._asked:
            self._asked = view.snapshot
            self._owner.test_attention(self._tested)
        elif self.report is not None:
            # While a newer run is being tested, the report is still that of a shorter one.
            self.report = self.report.replace(row=min(view.row, len(self.report.snapshot.steps) - 1))

    def _tested(self, snapshot: Snapshot, tests: tuple[Agreement, ...]) -> None:
        """Show what came out, unless the decoding has gone on."""
        view = self.view
        if view is None or not self.is_attached:
            return
        if len(tests[0].weights) != len(view.snapshot.steps):
            return
        order = ORDERS[0] if self.report is None else self.report.order
        row = min(view.row, len(snapshot.steps) - 1)
        self.report = Report(snapshot, tests, row, order)

    def action_next_order(self) -> None:
        """Sort the positions another way."""
        if self.report is not None:
            order = ORDERS[(ORDERS.index(self.report.order) + 1) % len(ORDERS)]
            self.report = self.report.replace(order=order)
            self.say(f"sorted by {order}")

    def action_row(self, by: int) -> None:
        """Go to another token."""
        self._owner.action_row(by)

    def action_next_alignment(self, by: int) -> None:
        """Switch the alignment function."""
        self._owner.action_next_alignment(by)

    def action_next_attention(self, by: int) -> None:
        """Switch the attention type."""
        self._owner.action_next_attention(by)

    def action_next_head(self, by: int) -> None:
        """Show another head."""
        self._owner.action_next_head(by)
