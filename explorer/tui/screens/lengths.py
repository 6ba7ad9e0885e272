"""A sentence that grows clause by clause, translated with and without attention, beside BLEU by length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container

from explorer.render.chart import Chart, Curve
from explorer.render.formulas import title_of
from explorer.runtime.length_scores import LengthBucket, LengthScores, length_scores
from explorer.runtime.switches import GLOBAL, NONE, combinations
from explorer.runtime.trace import Trace
from explorer.tui.measures import Value
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.over import OverExplorer
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.chart import ChartPanel
from explorer.tui.widgets.outputs import Outputs

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.screens.explorer import ExplorerScreen
    from explorer.tui.view import View

WITH = "additive", GLOBAL
"""The combination that stands for attention."""
HINTS = (
    ("→", "a clause more", "clause(1)"),
    ("←", "a clause less", "clause(-1)"),
    ("esc", "the explorer", "leave"),
    ("?", "help", "help"),
)
READING = (
    "The sentence grows by a clause with every →. Below it stand the translations of one and the same model, decoded "
    "freely: once with additive, global attention, once without any, where the decoder knows the source by its last "
    "state alone. The chart has the BLEU of this model on its test set by the number of source words, from its card; "
    "the line marks where this sentence belongs. The model was trained with all its attention types together, and saw "
    "no attention in 7 % of its batches: a model of its own would do better without, but not as well as with."
)


class LengthsScreen(OverExplorer):
    """Outputs and chart, over the explorer, whose decoding they are about."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    board = "lengths"
    reading = READING

    BINDINGS = [
        Binding("right", "clause(1)", "a clause more"),
        Binding("left", "clause(-1)", "a clause less"),
        Binding("question_mark", "help", "help"),
        Binding("escape,q", "leave", "to the explorer, on this sentence"),
    ]

    _owner: ExplorerScreen

    def __init__(self, owner: ExplorerScreen, view: View, clauses: tuple[str, ...]) -> None:
        """Create the screen.

        Args:
            owner: The explorer screen below.
            view: Its view.
            clauses: What the sentence is made of, one more with every key.
        """
        super().__init__()
        self._owner = owner
        self._view = view
        self._clauses = clauses
        self._count = 1
        self._lengths = scores_with_and_without(length_scores(owner.bundle.card))
        self._asked = 0
        self._translated = False

    @property
    def readings(self) -> Mapping[str, Value]:
        """How far the sentence has grown, and the scores of its length; nothing while it is being translated."""
        if not self._translated:
            return {}
        found: dict[str, Value] = {"clauses": float(self._count)}
        if self._lengths is not None:
            bucket = bucket_of(self._lengths, self._words)
            found["bleu_without"], found["bleu_with"] = bucket.bleu[NONE], bucket.bleu[WITH[1]]
        return found

    @property
    def _text(self) -> str:
        return " ".join(self._clauses[: self._count]) + " ."

    @property
    def _words(self) -> int:
        return len(self._text.split())

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        bundle = self._owner.bundle
        yield TitleBar(f"{bundle.card.title} · length", bundle.provider.name.upper(), id="title")
        yield from self.guests()
        with Container(id="lengths"):
            yield Outputs(id="outputs")
            yield ChartPanel(id="chart")
        yield KeyBar(HINTS, id="keys")

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """The texts and the chart as they are drawn."""
        return self.query_one(Outputs).printed, self.query_one(ChartPanel).printed

    def on_mount(self) -> None:
        """Begin with the first clause."""
        self.query_one(TitleBar).view = self._view
        self.query_one("#chart").border_title = self._chart_title
        self._say_sentence()

    @property
    def _chart_title(self) -> str:
        if self._lengths is None:
            return "the card has no scores by length"
        return f"BLEU by source words · {self._lengths.test_set}, from the card"

    def _say_sentence(self) -> None:
        """Translate the present sentence, and mark its length."""
        self._asked += 1
        self._translated = False
        number = self._asked
        outputs = self.query_one(Outputs)
        outputs.border_title = f"{self._words} words · {self._count} of {len(self._clauses)} clauses"
        self._owner.begin(self._text)
        self._owner.action_end()

        def arrived(traces: list[Trace] | None) -> None:
            if traces is not None and number == self._asked and self.is_attached:
                self._arrived(traces)

        self._owner.ask_decoded(self._pairs, lambda: number == self._asked, arrived)
        if self._lengths is not None:
            self.query_one(ChartPanel).chart = chart_of(self._lengths, self._words)

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        """With attention and without, as far as the model has both."""
        card = self._owner.bundle.card
        return [pair for pair in (WITH, (card.switches.alignment, NONE)) if pair in combinations(card)]

    def _arrived(self, traces: Sequence[Trace]) -> None:
        self._translated = True
        texts = {trace.controls.attention: trace.text for trace in traces}
        named = f"{title_of(WITH[0])} · {title_of(WITH[1])}"
        self.query_one(Outputs).lines_of_text = (
            ("source", self._text),
            (named, texts.get(WITH[1], "")),
            ("no attention", texts.get(NONE, "")),
        )

    def action_clause(self, by: int) -> None:
        """Add a clause, or take the last one off."""
        count = min(max(1, self._count + by), len(self._clauses))
        if count == self._count:
            self.say("that is the whole sentence" if by > 0 else "that is its shortest form")
            return
        self._count = count
        self._say_sentence()


def scores_with_and_without(found: Sequence[LengthScores]) -> LengthScores | None:
    """Return the first test set that was measured with and without attention; None where none was."""
    return next((scores for scores in found if {NONE, WITH[1]} <= set(scores.attentions)), None)


def bucket_of(scores: LengthScores, words: int) -> LengthBucket:
    """Return the bucket that a source belongs to; the nearest for one that is longer or shorter than all."""
    return next((bucket for bucket in scores.buckets if words <= bucket.most), scores.buckets[-1])


def chart_of(scores: LengthScores, words: int) -> Chart:
    """Return the chart of a card's scores by length, a number of words marked."""
    xs = tuple(float(place) for place in range(1, len(scores.buckets) + 1))
    ticks = tuple((x, _name(bucket)) for x, bucket in zip(xs, scores.buckets, strict=True))
    with_attention, without = (tuple(bucket.bleu[kind] for bucket in scores.buckets) for kind in (WITH[1], NONE))
    return Chart(
        (Curve("with attention", xs, with_attention), Curve("without", xs, without)),
        "source words",
        "BLEU",
        x_ticks=ticks,
        y_range=(0.0, 20.0 * max(1, math.ceil(1.2 * max(*with_attention, *without) / 20.0))),
        marked=(xs[scores.buckets.index(bucket_of(scores, words))],),
    )


def _name(bucket: LengthBucket) -> str:
    return str(bucket.least) if bucket.least == bucket.most else f"{bucket.least}-{bucket.most}"
