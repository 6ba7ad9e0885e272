"""Many rows at once: several sources, several combinations, or every step of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.exact import with_exact_bias
from explorer.runtime.family import History, Look, Slot
from explorer.runtime.graphs import Memory, State, padded, take_memory, take_state
from explorer.runtime.heads import ROLLOUT
from explorer.runtime.labels import printable
from explorer.runtime.shuffling import as_ordered, in_reading_order
from explorer.runtime.steps import CANDIDATES, make_steps
from explorer.runtime.switches import check_bias, check_controls
from explorer.runtime.trace import Array, Source, Step, Trace

MOST_ROWS = 128
"""Rows of one call; more gain no speed on a CPU and only cost memory."""


@dataclass(eq=False)
class Run:
    """A run that is being decoded: one row of a batch until it is finished."""

    source: Source
    controls: Controls
    limit: int
    force: tuple[int, ...]
    steps: list[Step] = field(default_factory=list)
    encoder_weights: Array | None = None

    def slot(self, begin: int) -> Slot:
        """Return what the next step is computed for."""
        position = len(self.steps)
        previous = self.steps[-1].token if self.steps else begin
        forced = position < len(self.force)
        token = self.force[position] if forced else None
        return Slot(position, previous, token, forced, self.controls, len(self.source))

    def finished(self, end: int) -> bool:
        """Return whether the end token or the length limit was reached."""
        return len(self.steps) >= self.limit or (bool(self.steps) and self.steps[-1].token == end)


def decode_batch(
    bundle: Bundle,
    sources: Sequence[Source],
    controls: Controls,
    max_length: int | None = None,
    force: Sequence[Sequence[int]] | None = None,
    top: int = CANDIDATES,
) -> list[Trace]:
    """Decode many sources greedily, in padded batches.

    Args:
        bundle: The model.
        sources: What to decode; traces come in this order.
        controls: The switches of all of them.
        max_length: Greatest number of target tokens, the end token included; the model's own limit by default.
        force: For each source the tokens that its target begins with.
        top: How many candidates each step keeps.

    Returns:
        One finished trace for each source, the same as decoding them one by one.

    Raises:
        InputError: Controls, length or forced tokens that the model does not have.
    """
    controls = check_controls(bundle.card, controls)
    limit = target_limit(bundle.card, max_length)
    prefixes = [tuple(prefix) for prefix in force] if force is not None else [()] * len(sources)
    if len(prefixes) != len(sources):
        raise InputError(f"{len(prefixes)} forced targets for {len(sources)} sources")
    runs = []
    for source, prefix in zip(sources, prefixes, strict=True):
        check_bias(controls, len(source))
        check_tokens(bundle, prefix)
        runs.append(Run(source, controls, limit, prefix))
    by_length = sorted(runs, key=lambda run: len(run.source))  # rows of similar length waste no padding
    for first in range(0, len(runs), MOST_ROWS):
        part = by_length[first : first + MOST_ROWS]
        memory, state = encode(bundle, [run.source for run in part], controls)
        for row, run in enumerate(part):
            run.encoder_weights = bundle.family.encoder_weights(memory, row)
        run_batch(bundle, part, memory, state, top)
    return [make_trace(bundle, run.source, run.controls, run.steps, True, run.encoder_weights) for run in runs]


def encode(bundle: Bundle, sources: Sequence[Source], controls: Controls) -> tuple[Memory, State]:
    """Encode sentences, or pictures, under the same controls."""
    pictures = [source.picture for source in sources if source.picture is not None]
    if not pictures:
        memory, state = encode_ids(bundle, [in_reading_order(source) for source in sources], controls)
        return as_ordered(bundle.graphs, memory, sources), state
    mask = np.ones((len(pictures), pictures[0].rows * pictures[0].columns), dtype=np.bool_)
    return bundle.graphs.encode({"pixels": np.stack([picture.pixels for picture in pictures])}, mask)


def encode_ids(bundle: Bundle, sources: Sequence[Sequence[int]], controls: Controls) -> tuple[Memory, State]:
    """Encode tokenised sentences under the same controls."""
    feeds, mask = padded(sources, bundle.card.tokens.padding)
    return bundle.graphs.encode({**feeds, **bundle.family.encoder_feeds(controls, len(sources))}, mask)


def compute_steps(
    bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot], top: int = CANDIDATES
) -> tuple[list[Step], State]:
    """Compute one step of each row in one call of the graph; returns the steps and the next state."""
    family = bundle.family
    for slot in slots:
        family.check(slot.controls)
    if any(slot.controls.weights for slot in slots):
        slots = with_exact_bias(bundle, memory, state, slots)
    result = bundle.graphs.step(memory, state, family.feeds(slots))
    states = family.states(bundle.graphs, result.state)
    looks = [family.look(result, states, row, slot) for row, slot in enumerate(slots)]
    return make_steps(bundle.target, result, looks, slots, top), result.state


def run_batch(bundle: Bundle, runs: Sequence[Run], memory: Memory, state: State, top: int = CANDIDATES) -> None:
    """Decode rows until each is finished; finished rows leave the batch.

    Args:
        bundle: The model.
        runs: The rows, which gain their steps.
        memory: Encoded sources of the rows.
        state: Decoder state of the rows, on the device.
        top: How many candidates each step keeps.
    """
    graphs, begin, end = bundle.graphs, bundle.card.tokens.begin, bundle.card.tokens.end
    open_runs = list(runs)
    while open_runs:
        slots = [run.slot(begin) for run in open_runs]
        steps, state = compute_steps(bundle, memory, state, slots, top)
        for run, step in zip(open_runs, steps, strict=True):
            run.steps.append(step)
        rows = [row for row, run in enumerate(open_runs) if not run.finished(end)]
        if rows and len(rows) < len(open_runs):
            memory, state = take_memory(graphs, memory, rows), take_state(graphs, state, rows)
        open_runs = [open_runs[row] for row in rows]


def replay_steps(
    bundle: Bundle, memory: Memory, initial: State, steps: Sequence[Step], wanted: Sequence[Controls]
) -> list[list[Step]]:
    """Compute the same tokens again under other switches, all steps of all switches as one batch.

    For models whose family does not recompute: their decoder states depend on the tokens alone, so the states that the
    steps left behind hold for any switches, and no step has to wait for the one before it.

    Args:
        bundle: The model.
        memory: The encoded source, one row.
        initial: Decoder state before the first step, one row, on the device.
        steps: The steps whose tokens are kept.
        wanted: Switches; one list of steps is returned for each.
    """
    graphs = bundle.graphs
    if not steps:
        return [[] for _ in wanted]
    before = np.stack([graphs.host(initial[0])[0], *(step.state for step in steps[:-1])])  # (tgt_len, hidden)
    slots = [slot for controls in wanted for slot in _slots_of(bundle, steps, controls, memory.lengths[0])]
    made: list[Step] = []
    for first in range(0, len(slots), MOST_ROWS):
        part = slots[first : first + MOST_ROWS]
        repeated = take_memory(graphs, memory, [0] * len(part))
        state = (graphs.device(before[[slot.position for slot in part]]),)
        made += compute_steps(bundle, repeated, state, part)[0]
    return [made[first : first + len(steps)] for first in range(0, len(made), len(steps))]


@dataclass(frozen=True, eq=False)
class Retraced:
    """A run whose tokens were gone through again: its encoded source, its steps and the states between them."""

    memory: Memory
    history: History
    steps: list[Step]


def retrace(bundle: Bundle, source: Source, steps: Sequence[Step], controls: Controls) -> Retraced:
    """Compute the same tokens again under other switches, one after the other: switches change every state after them.

    Args:
        bundle: The model.
        source: The source, which is encoded anew.
        steps: The steps whose tokens are kept.
        controls: The switches.
    """
    memory, state = encode(bundle, [source], controls)
    history = bundle.family.history(bundle.graphs, state)
    made: list[Step] = []
    for slot in _slots_of(bundle, steps, controls, len(source)):
        computed, state = compute_steps(bundle, memory, state, [slot])
        history.append(state)
        made += computed
    return Retraced(memory, history, made)


def _slots_of(bundle: Bundle, steps: Sequence[Step], controls: Controls, src_len: int) -> list[Slot]:
    tokens = [bundle.card.tokens.begin, *(step.token for step in steps)]
    return [
        Slot(step.position, tokens[place], step.token, step.forced, controls, src_len)
        for place, step in enumerate(steps)
    ]


def force_decode(
    bundle: Bundle, pairs: Sequence[tuple[Sequence[int], Sequence[int]]], controls: Controls
) -> list[Array]:
    """Return the attention weights while given targets are forced.

    Args:
        bundle: The model.
        pairs: (source ids, target ids) of each pair, both with their end token.
        controls: The switches.

    Returns:
        Weights (tgt_len, src_len) of each pair, the row and column of the end tokens included.

    Raises:
        InputError: A side is longer than the model takes; controls that it does not have.
    """
    controls = check_controls(bundle.card, controls)
    for source, target in pairs:
        check_lengths(bundle.card, len(source), len(target))
    weights = [np.zeros((len(target), len(source)), dtype=np.float32) for source, target in pairs]
    by_length = sorted(range(len(pairs)), key=lambda number: (len(pairs[number][1]), len(pairs[number][0])))
    for first in range(0, len(pairs), MOST_ROWS):
        _force_rows(bundle, pairs, by_length[first : first + MOST_ROWS], controls, weights)
    return weights


def _force_rows(
    bundle: Bundle,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    numbers: Sequence[int],
    controls: Controls,
    weights: Sequence[Array],
) -> None:
    """Fill the weights of some pairs, which are in order of target length, one batch a step."""
    graphs, family = bundle.graphs, bundle.family
    memory, state = encode_ids(bundle, [pairs[number][0] for number in numbers], controls)
    encoded = {number: family.encoder_weights(memory, row) for row, number in enumerate(numbers)}
    looks: dict[int, list[Look]] = {number: [] for number in numbers}
    previous = [bundle.card.tokens.begin] * len(numbers)
    position = 0
    while numbers:
        slots = [
            Slot(position, token, None, True, controls, src_len)
            for token, src_len in zip(previous, memory.lengths, strict=True)
        ]
        result = graphs.step(memory, state, family.feeds(slots))
        states = family.states(graphs, result.state)
        for row, (number, slot) in enumerate(zip(numbers, slots, strict=True)):
            looks[number].append(family.look(result, states, row, slot))
        state = result.state
        position += 1
        rows = [row for row, number in enumerate(numbers) if len(pairs[number][1]) > position]
        if rows and len(rows) < len(numbers):
            memory, state = take_memory(graphs, memory, rows), take_state(graphs, state, rows)
        numbers = [numbers[row] for row in rows]
        previous = [pairs[number][1][position - 1] for number in numbers]
    for number, seen in looks.items():
        weights[number][:] = family.weights(seen, controls, encoded[number])


def make_trace(
    bundle: Bundle,
    source: Source,
    controls: Controls,
    steps: Sequence[Step],
    finished: bool,
    encoder_weights: Array | None = None,
    encoder_scores: Array | None = None,
) -> Trace:
    """Return steps as a trace."""
    text = bundle.target.decode(step.token for step in steps)
    seen = tuple(as_shown(bundle, steps, controls, encoder_weights))
    return Trace(bundle.card.name, source, controls, seen, finished, text, encoder_weights, encoder_scores)


def as_shown(
    bundle: Bundle, steps: Sequence[Step], controls: Controls, encoder_weights: Array | None
) -> Sequence[Step]:
    """Return steps as the controls show them together; one by one they were computed as the controls show them."""
    return bundle.family.seen(steps, controls, encoder_weights) if controls.aggregate == ROLLOUT else steps


def target_limit(card: Card, max_length: int | None) -> int:
    """Return the greatest number of target tokens.

    Raises:
        InputError: `max_length` is less than 1 or more than the model's own limit.
    """
    limit = card.sizes.max_target
    if max_length is not None and not 1 <= max_length <= limit:
        raise InputError(f"length {max_length} is out of range; it goes from 1 to {limit}, this model's limit")
    return max_length or limit


def check_lengths(card: Card, src_len: int, tgt_len: int) -> None:
    """Check lengths in tokens, end tokens included.

    Raises:
        InputError: One is longer than the model takes.
    """
    for side, length, limit in (("source", src_len, card.sizes.max_source), ("target", tgt_len, card.sizes.max_target)):
        if length > limit:
            raise InputError(f"the {side} is too long: {length} tokens, the limit is {limit}")


def check_tokens(bundle: Bundle, tokens: Sequence[int]) -> None:
    """Check tokens that a person wants emitted.

    Raises:
        InputError: One is not in the target vocabulary, or is its padding or begin token.
    """
    for token in tokens:
        if not bundle.target.is_token(token):
            name = printable(bundle.target.piece(token)) or str(token)
            raise InputError(f"token {name} cannot be a target token of {bundle.card.name}")
