"""Does the attention tell the truth? What masking each source position does, beside the weight that it had.

Jain and Wallace (2019, "Attention is not Explanation", 4.1) ask whether the weights rank the inputs as leaving each of
them out does. Here a position is left out of one step's attention by a mask, all positions as one batch: the encoder
has still read it, and the rest of the row is renormalised. What is measured is how far the log-probability of the
step's own token falls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.runtime.batch import MOST_ROWS, replay_steps
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.edits import bias_edits
from explorer.runtime.family import Slot
from explorer.runtime.frozen import frozen
from explorer.runtime.graphs import Memory, State, take_memory, take_state
from explorer.runtime.heads import heads_of
from explorer.runtime.steps import log_normaliser
from explorer.runtime.trace import Array, Step

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """One way to attend, put to the test.

    Attributes:
        name: The alignment function of a recurrent model; of a Transformer "shown", or a head: "L0 H2".
        weights: What it says, (tgt_len, src_len).
        drops: How far masking each position lets the log-probability of the step's token fall, in nats; negative where
            it rises. (tgt_len, src_len).
        spearman: Rank correlation of both, of each step, (tgt_len,); NaN where either is the same everywhere.
        kendall: Kendall's tau-b of both, (tgt_len,); NaN as above.
    """

    name: str
    weights: Array
    drops: Array
    spearman: Values
    kendall: Values


def agreement(name: str, weights: Array, drops: Array) -> Agreement:
    """Return weights and drops, (tgt_len, src_len) each, with their rank correlations."""
    pairs = list(zip(weights, drops, strict=True))
    rho = np.array([spearman(one, other) for one, other in pairs], dtype=np.float64)
    tau = np.array([kendall(one, other) for one, other in pairs], dtype=np.float64)
    return Agreement(name, weights, drops, rho, tau)


def put_to_the_test(decoder: Decoder) -> tuple[Agreement, ...]:
    """Test the steps that are shown and the step at hand.

    Returns:
        Of a recurrent model every alignment function under the present attention type, in the card's order, on the
        same tokens. Of a Transformer the weights that are shown, then every head of cross-attention: their drops are
        the same, since a mask acts in all heads.
    """
    bundle, trace, ahead = decoder.bundle, decoder.trace, decoder.peek()
    steps = trace.steps if ahead is None else (*trace.steps, ahead)
    _, memory, initial = decoder.moment(0)

    def state_at(position: int) -> State:
        return decoder.moment(position)[2]

    if bundle.card.heads is not None:
        (drops,) = masking_drops(bundle, memory, state_at, [(trace.controls, steps)])
        shown = agreement("shown", np.stack([step.weights for step in steps]), drops)
        heads = np.stack([heads_of(step).cross_weights for step in steps], axis=2)  # (layers, heads, tgt_len, src_len)
        each = [
            agreement(f"L{layer} H{head}", heads[layer, head], drops)
            for layer in range(heads.shape[0])
            for head in range(heads.shape[1])
        ]
        return (shown, *each)
    wanted = [trace.controls.replace(alignment=name) for name in bundle.card.switches.alignments]
    replayed = replay_steps(bundle, memory, initial, steps, wanted)
    drops_of = masking_drops(bundle, memory, state_at, list(zip(wanted, replayed, strict=True)))
    return tuple(
        agreement(controls.alignment, np.stack([step.weights for step in made]), drops)
        for controls, made, drops in zip(wanted, replayed, drops_of, strict=True)
    )


def masking_drops(
    bundle: Bundle,
    memory: Memory,
    state_at: Callable[[int], State],
    variants: Sequence[tuple[Controls, Sequence[Step]]],
) -> list[Array]:
    """Return what masking each source position takes from the log-probability of each step's own token.

    Args:
        bundle: The model.
        memory: The encoded source, one row.
        state_at: The state that a step starts from, one row, by the step's position.
        variants: Switches, and the steps computed under them; all on the same tokens.

    Returns:
        (tgt_len, src_len) of each variant, in nats.
    """
    src_len = memory.lengths[0]
    count = len(variants[0][1]) if variants else 0
    found = [np.zeros((count, src_len), dtype=np.float32) for _ in variants]
    for row in range(count):
        slots = [
            slot
            for controls, steps in variants
            for slot in _masked_slots(steps, row, controls, src_len, bundle.card.tokens.begin)
        ]
        token = variants[0][1][row].token
        log_probs = _log_probs(bundle, memory, state_at(row), slots, token)
        for place, (_, steps) in enumerate(variants):
            part = log_probs[place * src_len : (place + 1) * src_len]
            found[place][row] = steps[row].log_prob - part
    return [frozen(drops) for drops in found]


def _masked_slots(steps: Sequence[Step], row: int, controls: Controls, src_len: int, begin: int) -> list[Slot]:
    """Return one row for each source position, that position masked besides what the step's own edits add."""
    step = steps[row]
    previous = steps[row - 1].token if row else begin
    own = np.zeros(src_len) if step.bias is None else step.bias
    kept = bias_edits(step.position, own, step.head_bias)
    return [
        Slot(
            step.position,
            previous,
            step.token,
            False,
            controls.replace(bias=(*kept, BiasEdit(step.position, source, -np.inf)), weights=()),
            src_len,
        )
        for source in range(src_len)
    ]


def _log_probs(bundle: Bundle, memory: Memory, state: State, slots: Sequence[Slot], token: int) -> Values:
    """Return the log-probability of a token in every row, (rows,)."""
    graphs = bundle.graphs
    parts = []
    for first in range(0, len(slots), MOST_ROWS):
        part = slots[first : first + MOST_ROWS]
        rows = [0] * len(part)
        repeated, states = take_memory(graphs, memory, rows), take_state(graphs, state, rows)
        logits = np.asarray(graphs.step(repeated, states, bundle.family.feeds(part)).logits)
        parts.append(logits[:, token].astype(np.float64) - log_normaliser(logits))
    return np.concatenate(parts)


def spearman(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Return Spearman's rank correlation of two rows (count,), ties sharing the mean of their ranks.

    NaN where either row is the same everywhere.
    """
    first, second = ranks(one), ranks(other)
    first -= first.mean()
    second -= second.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else float("nan")


def kendall(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Return Kendall's tau-b of two rows (count,): pairs in the same order less pairs in the other, ties left out.

    NaN where either row is the same everywhere.
    """
    above = np.triu_indices(len(one), 1)
    first = np.sign(one[:, None] - one)[above]
    second = np.sign(other[:, None] - other)[above]
    size = float(np.sqrt(float(np.abs(first).sum()) * float(np.abs(second).sum())))
    return float(first @ second) / size if size > 0 else float("nan")


def ranks(values: npt.NDArray[np.floating]) -> Values:
    """Return the rank of each value from 1, (count,); equal values share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: Values = (last - (count - 1) / 2.0)[place]
    return mean


def mean_of(correlations: Values) -> float:
    """Return the mean over those steps that have one; NaN where none has."""
    known = correlations[np.isfinite(correlations)]
    return float(known.mean()) if known.size else float("nan")
