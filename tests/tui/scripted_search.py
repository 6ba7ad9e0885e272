"""A made-up beam search: the search itself is real, what it searches in is the made-up run of `scripted`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from explorer.runtime.controls import Strategy
from explorer.runtime.search import Search
from explorer.runtime.trace import Candidate, Draw, Ranking, Source, Step, Trace
from explorer.runtime.tree import Fate, SearchOptions, Tree
from explorer.tui.snapshot import Snapshot
from tests.tui.scripted import TARGET, ScriptedStepper, made_up_step

END = 3
BEGIN = 2
CHOICES = (
    (("la", 0.62), ("une", 0.2), ("le", 0.06), ("cette", 0.03)),
    (("petite", 0.8), ("jeune", 0.09), ("fille", 0.05), ("fillette", 0.02)),
    (("fille", 0.9), ("dame", 0.03), ("en", 0.02), ("enfant", 0.01)),
    (("en", 0.48), ("à", 0.22), ("avec", 0.11), ("dans", 0.09)),
    (("robe", 0.88), ("la", 0.06), ("tenue", 0.02), (".", 0.01)),
    (("rose", 0.93), ("rouge", 0.02), ("END", 0.02), (".", 0.01)),
    (("monte", 0.37), ("gravit", 0.33), (".", 0.1), ("END", 0.05)),
    (("un", 0.4), ("l'", 0.3), ("END", 0.2), (".", 0.05)),
    (("escalier", 0.9), (".", 0.05), ("END", 0.02), ("bois", 0.01)),
    (("en", 0.5), (".", 0.3), ("END", 0.1), ("de", 0.05)),
    (("bois", 0.9), (".", 0.05), ("END", 0.02), ("en", 0.01)),
    ((".", 0.9), ("END", 0.08), ("en", 0.01), ("bois", 0.005)),
    (("END", 0.95), (".", 0.02), ("en", 0.01), ("bois", 0.005)),
)
"""The most probable tokens of each step, whatever came before."""


def token_of(label: str) -> int:
    """A number of its own for each word."""
    words = sorted({name for choices in CHOICES for name, _ in choices if name != "END"})
    return END if label == "END" else 4 + words.index(label)


def made_up_choice(row: int, trace: Trace) -> Step:
    """The step of a row with the choices of that row; after a plain step it looks a little elsewhere."""
    candidates = tuple(
        Candidate(token_of(name), f"▁{name}", name, math.log(share)) for name, share in CHOICES[min(row, 12)]
    )
    step = made_up_step(min(row, 12), trace.controls)
    return dataclasses.replace(step, position=row, candidates=candidates)


def text_of(steps: Sequence[Step]) -> str:
    return " ".join(step.label for step in steps if step.label != "END")


class ScriptedSearch(ScriptedStepper):
    """Searches among `CHOICES`, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.stood_on: list[tuple[int, ...]] = []
        self.searches: list[tuple[SearchOptions, int]] = []
        self.sampled: list[tuple[Strategy, ...]] = []

    def shown(self, emitted: int, controls: object) -> Snapshot:
        """As its base, with a draw where the strategy draws."""
        snapshot = super().shown(emitted, controls)  # type: ignore[arg-type]
        strategy = snapshot.trace.controls.strategy
        if snapshot.ahead is None or not strategy.draws:
            return snapshot
        draw = Draw(2, strategy.temperature, math.log(0.62 + 0.14))
        return dataclasses.replace(snapshot, ahead=dataclasses.replace(snapshot.ahead, draw=draw))

    def search(self, options: SearchOptions, keep: int) -> Tree:
        self.searches.append((options, keep))
        trace = self.snapshot.trace
        search = Search(trace.source, trace.controls, options, 20, [token_of(label) for label in TARGET[:keep]])
        row = 0
        while search.rows:
            step = made_up_choice(row, trace)
            if row < keep:
                step = dataclasses.replace(
                    step, token=token_of(TARGET[row]), label=TARGET[row], log_prob=math.log(0.5), forced=True
                )
            search.grow([step] * search.rows, END)
            row += 1
        return search.tree()

    def hypothesis(self, tree: Tree, number: int) -> Trace:
        source: Source = self.snapshot.trace.source
        steps = tuple(node.step for node in tree.path(number))
        node = tree.nodes[number]
        ranking = None
        if node.fate is Fate.FINISHED:
            rank = tree.hypotheses.index(number) + 1
            ranking = Ranking(tree.options.width, tree.options.alpha, rank, node.score)
        finished = node.fate is Fate.FINISHED
        return Trace("made-up", source, tree.controls, steps, finished, text_of(steps), ranking=ranking)

    def stand_on(self, tokens: Sequence[int]) -> Snapshot:
        self.stood_on.append(tuple(tokens))
        self._emitted = len(tokens)
        return self.snapshot

    def samples(self, strategies: Sequence[Strategy], keep: int) -> list[Trace]:
        self.sampled.append(tuple(strategies))
        trace = self.snapshot.trace
        rows = [made_up_step(row, trace.controls) for row in range(len(TARGET))]
        return [
            Trace("made-up", trace.source, trace.controls, tuple(rows[: 13 - each.seed % 3]), True, f"seed {each.seed}")
            for each in strategies
        ]
