"""What the beam screen draws: a search, how much of it is seen, and which token is chosen. No Textual here."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass

from explorer.runtime.tree import Fate, Node, Tree


@dataclass(frozen=True, eq=False)
class SearchState:
    """The state of the beam screen.

    Attributes:
        whole: The tree of the whole search.
        shown: How many of its steps are seen, 1 or more.
        chosen: Number of the chosen node.
        pruned: Whether branches that did not survive are seen.
        figures: Whether each token has its probability beside it.
    """

    whole: Tree
    shown: int
    chosen: int
    pruned: bool = True
    figures: bool = True

    @classmethod
    def of(cls, tree: Tree, *, figures: bool) -> SearchState:
        """Return the whole of a tree, the first token that the search itself chose for its best hypothesis chosen."""
        state = cls(tree, tree.depth, 0, figures=figures)
        path = tree.path(tree.hypotheses[0]) if tree.hypotheses else (tree.nodes[0],)
        return state.choose(path[min(tree.given, len(path) - 1)].number)

    @functools.cached_property
    def tree(self) -> Tree:
        """The tree as far as it is seen."""
        return self.whole.upto(self.shown)

    @property
    def node(self) -> Node:
        """The chosen node."""
        return self.whole.nodes[self.chosen]

    @property
    def path(self) -> tuple[Node, ...]:
        """The chosen node behind those that lead to it."""
        return self.whole.path(self.chosen)

    @property
    def child(self) -> int | None:
        """The best of what follows the chosen node; None where nothing is seen."""
        tree = self.tree
        children = [each for each in tree.children[self.chosen] if self._seen(each)]
        return max(children, key=lambda each: (tree.best[each], each in tree.surviving, -each), default=None)

    @property
    def reached(self) -> tuple[int, ...]:
        """Finished hypotheses that go through the chosen node."""
        tree = self.tree
        return tuple(each for each in tree.hypotheses if tree.nodes[self.chosen] in tree.path(each))

    def choose(self, number: int) -> SearchState:
        """Return the state with another node chosen."""
        return dataclasses.replace(self, chosen=number)

    def seeing(self, *, shown: int | None = None, pruned: bool | None = None) -> SearchState:
        """Return the state with more or less to be seen; the choice goes back to where it still is."""
        state = dataclasses.replace(
            self,
            shown=min(max(1, self.shown if shown is None else shown), self.whole.depth),
            pruned=self.pruned if pruned is None else pruned,
        )
        seen = [node.number for node in state.path if node.step.position < state.shown and state._seen(node.number)]
        return state.choose(seen[-1] if seen else min(state.tree.surviving))

    def taking(self, tree: Tree) -> SearchState:
        """Return the state on another tree; the same tokens are chosen as far as they are there."""
        state = dataclasses.replace(SearchState.of(tree, figures=self.figures), pruned=self.pruned)
        at: int | None = None
        for node in self.path:
            following = tree.roots if at is None else tree.children[at]
            found = next((each for each in following if tree.nodes[each].step.token == node.step.token), None)
            if found is None:
                break
            at = found
        return state if at is None else state.choose(at).seeing()

    @property
    def fate(self) -> str:
        """What became of the chosen node, in words."""
        node = self.node
        if node.step.forced:
            return "given"
        if node.fate is Fate.ALIVE and node.number not in self.tree.surviving:
            return "pruned later"
        return node.fate.value

    def said(self) -> str:
        """Return the chosen node in words: "robe · pruned · rank 6/8 · 12.3 % · log p -2.31 · score -0.84"."""
        node = self.node
        beside = sum(each.step.position == node.step.position for each in self.tree.nodes)
        share = 100 * math.exp(node.step.log_prob)
        return " · ".join(
            (
                node.step.label,
                self.fate,
                f"rank {node.rank}/{beside}",
                f"{share:.1f} %" if share >= 0.1 else "<0.1 %",
                f"log p {node.log_prob:.2f}",
                f"score {node.score:.2f}",
            )
        )

    def _seen(self, number: int) -> bool:
        return self.pruned or number in self.tree.surviving
