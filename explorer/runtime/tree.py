"""What a beam search leaves behind: a frozen tree of every hypothesis that it kept, and the nearest of those it cut."""

from __future__ import annotations

import dataclasses
import enum
import functools
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.runtime.controls import Controls
from explorer.runtime.trace import Array, Source, Step

WIDEST = 16
"""Greatest width of a beam."""

DEFAULT_WIDTH = 4
DEFAULT_ALPHA = 0.6
GREATEST_ALPHA = 2.0


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How a beam search goes.

    Attributes:
        width: Hypotheses that are kept at every step, 1 to 16; 1 is greedy decoding.
        alpha: Exponent of the length normalisation (Wu 2016, eq. 14), from 0 (none) to 2.
    """

    width: int = DEFAULT_WIDTH
    alpha: float = DEFAULT_ALPHA

    def __post_init__(self) -> None:
        if not 1 <= self.width <= WIDEST:
            raise InputError(f"beam width {self.width} is out of range; it goes from 1 to {WIDEST}")
        if not 0.0 <= self.alpha <= GREATEST_ALPHA:
            raise InputError(f"length penalty {self.alpha:g} is out of range; it goes from 0 to {GREATEST_ALPHA:g}")

    def score(self, log_prob: float, length: int) -> float:
        """Return the log-probability of `length` tokens over the length penalty ((5 + length) / 6)^alpha."""
        return float(log_prob / ((5 + length) / 6) ** self.alpha)


class Fate(enum.Enum):
    """What became of a hypothesis at its own step."""

    ALIVE = "alive"
    PRUNED = "pruned"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One token of one hypothesis.

    Attributes:
        number: Place in `Tree.nodes`.
        parent: Number of the node before it; None at the first token.
        step: The decoding step: the token with its log-probability, and the attention row that it was chosen by, which
            is that of its siblings, too.
        log_prob: Natural-log probability of all tokens up to this one.
        score: The same, normalised for length.
        rank: Place among the hypotheses of its step by log-probability, 1 the best.
        fate: What became of it at this step; an alive one may still lose all that follows it.
    """

    number: int
    parent: int | None
    step: Step
    log_prob: float
    score: float
    rank: int
    fate: Fate


@dataclass(frozen=True, eq=False)
class Tree:
    """All hypotheses of one search.

    Attributes:
        source: The source.
        controls: The switches that every step was computed under.
        options: How the search went.
        nodes: Step by step, the best of a step first.
        given: How many tokens every hypothesis begins with, because a person wants them.
        encoder_weights: As in a trace.
        encoder_scores: As in a trace.
    """

    source: Source
    controls: Controls
    options: SearchOptions
    nodes: tuple[Node, ...]
    given: int = 0
    encoder_weights: Array | None = None
    encoder_scores: Array | None = None

    @property
    def depth(self) -> int:
        """Number of steps."""
        return self.nodes[-1].step.position + 1 if self.nodes else 0

    def upto(self, depth: int) -> Tree:
        """Return the tree as it was after `depth` steps."""
        return dataclasses.replace(self, nodes=tuple(node for node in self.nodes if node.step.position < depth))

    def normalised(self, alpha: float) -> Tree:
        """Return the tree with other scores; the normalisation orders what is finished and cuts nothing.

        Raises:
            InputError: `alpha` is out of range.
        """
        options = dataclasses.replace(self.options, alpha=alpha)
        nodes = (
            dataclasses.replace(node, score=options.score(node.log_prob, node.step.position + 1)) for node in self.nodes
        )
        return dataclasses.replace(self, options=options, nodes=tuple(nodes))

    def path(self, number: int) -> tuple[Node, ...]:
        """Return a node behind all nodes before it, the first token first."""
        found: list[Node] = []
        at: int | None = number
        while at is not None:
            found.append(self.nodes[at])
            at = self.nodes[at].parent
        return tuple(reversed(found))

    @functools.cached_property
    def roots(self) -> tuple[int, ...]:
        """Numbers of the first tokens."""
        return tuple(node.number for node in self.nodes if node.parent is None)

    @functools.cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For each node the numbers of those that follow it, the best first."""
        following: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            if node.parent is not None:
                following[node.parent].append(node.number)
        return tuple(map(tuple, following))

    @functools.cached_property
    def hypotheses(self) -> tuple[int, ...]:
        """Numbers of the finished nodes, the best score first."""
        finished = (node for node in self.nodes if node.fate is Fate.FINISHED)
        return tuple(node.number for node in sorted(finished, key=lambda node: (-node.score, node.number)))

    @functools.cached_property
    def surviving(self) -> frozenset[int]:
        """Numbers of the nodes that a finished hypothesis goes through, or one that is alive at the last step."""
        found: set[int] = set()
        for node in reversed(self.nodes):  # what follows a node comes before it
            ends = node.fate is Fate.ALIVE and node.step.position == self.depth - 1
            if ends or node.fate is Fate.FINISHED or node.number in found:
                found.add(node.number)
                if node.parent is not None:
                    found.add(node.parent)
        return frozenset(found)

    @functools.cached_property
    def best(self) -> tuple[float, ...]:
        """For each node the score of the best finished hypothesis through it, else minus infinity."""
        scores = [node.score if node.fate is Fate.FINISHED else -float("inf") for node in self.nodes]
        for node in reversed(self.nodes):
            if node.parent is not None:
                scores[node.parent] = max(scores[node.parent], scores[node.number])
        return tuple(scores)
