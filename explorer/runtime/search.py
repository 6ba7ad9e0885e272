"""Beam search: all hypotheses of all sources as one batch, one call of the graph a step."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from explorer.runtime.batch import MOST_ROWS, check_tokens, compute_steps, encode, make_trace, target_limit
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls, Strategy
from explorer.runtime.family import Slot
from explorer.runtime.graphs import Memory, State, take_memory, take_state
from explorer.runtime.switches import check_bias, check_controls
from explorer.runtime.trace import Array, Ranking, Source, Step, Trace
from explorer.runtime.tree import Fate, Node, SearchOptions, Tree

SHOWN_A_PLACE = 2
"""Hypotheses of a step that the tree keeps for each place of the beam: no more than one of two can be an end token."""


class Search:
    """One source's tree while it grows.

    Of all continuations of the beam, the `width` most probable that do not end stay on it, and those among the `width`
    most probable that end are finished. The search is over when `width` are finished, or at the length limit, which
    finishes what is left. All hypotheses of a step have one length: only among the finished does normalisation matter.
    """

    def __init__(
        self, source: Source, controls: Controls, options: SearchOptions, limit: int, prefix: Sequence[int] = ()
    ) -> None:
        """Begin before the first token.

        Args:
            source: The source.
            controls: The switches; their strategy is of no account, a search draws nothing.
            options: Width and normalisation.
            limit: Greatest number of target tokens.
            prefix: The tokens that every hypothesis begins with.
        """
        self._source, self._options, self._limit = source, options, limit
        self._controls = controls.replace(strategy=Strategy())
        self._prefix = tuple(prefix)[:limit]
        self._nodes: list[Node] = []
        self._position = 0
        self._finished = 0
        self._beam: list[Node | None] = [None]
        self.encoder_weights: Array | None = None
        self.encoder_scores: Array | None = None

    @property
    def rows(self) -> int:
        """Rows of the next call of the graph; 0 when the search is over."""
        return len(self._beam)

    @property
    def width(self) -> int:
        """Width of the beam."""
        return self._options.width

    @property
    def source(self) -> Source:
        """The source."""
        return self._source

    def slots(self, begin: int) -> list[Slot]:
        """Return what the next step is computed for, one row a hypothesis."""
        forced = self._position < len(self._prefix)
        token = self._prefix[self._position] if forced else None
        return [
            Slot(
                self._position,
                begin if node is None else node.step.token,
                token,
                forced,
                self._controls,
                len(self._source),
            )
            for node in self._beam
        ]

    def grow(self, steps: Sequence[Step], end: int) -> list[int]:
        """Take the step after each hypothesis of the beam; return which row each one of the new beam comes from."""
        ranked = [(0, steps[0])] if self._position < len(self._prefix) else self._ranked(steps)
        beam: list[Node | None] = []
        rows: list[int] = []
        for rank, (row, step) in enumerate(ranked, start=1):
            node = self._add(self._beam[row], step, rank, self._fate(step, rank, len(beam), end))
            if node.fate is Fate.ALIVE:
                beam.append(node)
                rows.append(row)
            elif node.fate is Fate.FINISHED:
                self._finished += 1
        self._position += 1
        if self._finished >= self._options.width:
            beam, rows = [], []
        self._beam = beam
        return rows

    def _ranked(self, steps: Sequence[Step]) -> list[tuple[int, Step]]:
        """Return the most probable continuations, best first: the row that each goes on from, and its step."""
        pool = [
            (-((node.log_prob if node is not None else 0.0) + candidate.log_prob), row, place)
            for row, (node, step) in enumerate(zip(self._beam, steps, strict=True))
            for place, candidate in enumerate(step.candidates)
        ]
        return [
            (row, _continued(steps[row], place))
            for _, row, place in sorted(pool)[: SHOWN_A_PLACE * self._options.width]
        ]

    def _fate(self, step: Step, rank: int, alive: int, end: int) -> Fate:
        """Return what becomes of the hypothesis of a rank when `alive` better ones are on the new beam already."""
        width = self._options.width
        if step.token == end or self._position == self._limit - 1:
            return Fate.FINISHED if rank <= width else Fate.PRUNED
        return Fate.ALIVE if alive < width else Fate.PRUNED

    def _add(self, parent: Node | None, step: Step, rank: int, fate: Fate) -> Node:
        log_prob = (parent.log_prob if parent is not None else 0.0) + step.log_prob
        score = self._options.score(log_prob, step.position + 1)
        number = None if parent is None else parent.number
        node = Node(len(self._nodes), number, step, log_prob, score, rank, fate)
        self._nodes.append(node)
        return node

    def tree(self) -> Tree:
        """Return the tree."""
        return Tree(
            self._source,
            self._controls,
            self._options,
            tuple(self._nodes),
            min(len(self._prefix), self._position),
            self.encoder_weights,
            self.encoder_scores,
        )


def beam_search(
    bundle: Bundle,
    sources: Sequence[Source],
    controls: Controls,
    options: SearchOptions,
    max_length: int | None = None,
    force: Sequence[int] = (),
) -> list[Tree]:
    """Search many sources, in padded batches.

    Args:
        bundle: The model.
        sources: What to decode; trees come in this order.
        controls: The switches of all of them.
        options: Width and normalisation.
        max_length: Greatest number of target tokens, the end token included; the model's own limit by default.
        force: Tokens that every target begins with.

    Raises:
        InputError: Controls, length or forced tokens that the model does not have.
    """
    controls = check_controls(bundle.card, controls)
    limit = target_limit(bundle.card, max_length)
    check_tokens(bundle, force)
    for source in sources:
        check_bias(controls, len(source))
    searches = [Search(source, controls, options, limit, force) for source in sources]
    by_length = sorted(searches, key=lambda search: len(search.source))  # as in decode_batch
    together = max(1, MOST_ROWS // options.width)
    for first in range(0, len(searches), together):
        part = by_length[first : first + together]
        memory, state = encode(bundle, [search.source for search in part], controls)
        for row, search in enumerate(part):
            search.encoder_weights = bundle.family.encoder_weights(memory, row)
        grow_all(bundle, part, memory, state)
    return [search.tree() for search in searches]


def grow_all(bundle: Bundle, searches: Sequence[Search], memory: Memory, state: State) -> None:
    """Search until every tree is whole; those that are leave the batch.

    Args:
        bundle: The model.
        searches: Trees of one width before their first step.
        memory: Encoded sources, one row a tree.
        state: First decoder states of the rows, on the device.
    """
    graphs, tokens = bundle.graphs, bundle.card.tokens
    memory = Memory(memory.cells, memory.mask, memory.lengths)  # what the encoder looked at need not be repeated
    growing = list(searches)
    while growing:
        slots = [slot for search in growing for slot in search.slots(tokens.begin)]
        steps, state = compute_steps(bundle, memory, state, slots, SHOWN_A_PLACE * growing[0].width)
        before = [place for place, search in enumerate(growing) for _ in range(search.rows)]
        rows: list[int] = []
        first = 0
        for search in growing:
            count = search.rows
            rows += [first + row for row in search.grow(steps[first : first + count], tokens.end)]
            first += count
        if rows and rows != list(range(len(before))):
            state = take_state(graphs, state, rows)
            if [before[row] for row in rows] != before:  # while no tree grows or ends, each row keeps its source
                memory = take_memory(graphs, memory, rows)
        growing = [search for search in growing if search.rows]


def trace_of(bundle: Bundle, tree: Tree, number: int) -> Trace:
    """Return the hypothesis that ends in a node as a run; a finished one has its place and score."""
    node = tree.nodes[number]
    steps = [each.step for each in tree.path(number)]
    finished = node.fate is Fate.FINISHED
    looked = tree.encoder_weights, tree.encoder_scores
    trace = make_trace(bundle, tree.source, tree.controls, steps, finished, *looked)
    if not finished:
        return trace
    rank = tree.hypotheses.index(number) + 1
    return dataclasses.replace(trace, ranking=Ranking(tree.options.width, tree.options.alpha, rank, node.score))


def _continued(step: Step, place: int) -> Step:
    """Return a step with the candidate of a place as its token."""
    candidate = step.candidates[place]
    return dataclasses.replace(
        step,
        token=candidate.token,
        piece=candidate.piece,
        label=candidate.label,
        log_prob=candidate.log_prob,
    )
