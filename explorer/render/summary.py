"""What is said about a trace in words, alike in the terminal, in SVG and in HTML."""

from __future__ import annotations

import math

from explorer.render.copies import is_copy
from explorer.render.formulas import title_of
from explorer.render.marks import COPIED, EDITED, LOWERED, NEXT_STEP, PINNED, RAISED, REMOVED, TYPED, RowMarks
from explorer.runtime.controls import TOP_K, TOP_P, Controls, HeadKey, Place, Strategy
from explorer.runtime.edits import PIN, Edit, at_cell, edits_of, told
from explorer.runtime.heads import CROSS, ROLLOUT
from explorer.runtime.labels import printable
from explorer.runtime.switches import LOCAL, NONE
from explorer.runtime.trace import Picture, Ranking, Source, Step, Trace
from explorer.runtime.tree import DEFAULT_ALPHA

NO_ATTENTION = "no attention"
"""What the decoder without attention is called."""


def mean_entropy(trace: Trace) -> float:
    """Mean entropy of the steps in bits; 0 without a step."""
    return sum(step.entropy for step in trace.steps) / len(trace.steps) if trace.steps else 0.0


def shown_heads(controls: Controls) -> str:
    """Which of a Transformer's heads are shown, "" for a recurrent model; layers and heads count from 0."""
    if controls.layer is not None and controls.head is not None:
        return f"layer {controls.layer} · head {controls.head}"
    if controls.aggregate is None:
        return ""
    if controls.layer is not None:
        return f"{controls.aggregate} of layer {controls.layer}"
    return controls.aggregate if controls.aggregate == ROLLOUT else f"{controls.aggregate} of all heads"


def combination_name(controls: Controls) -> str:
    """Return what a combination is called, whatever head is shown: "dot · global"."""
    if controls.attention == NONE:
        return NO_ATTENTION
    return f"{title_of(controls.alignment)} · {title_of(controls.attention)}"


def short_name(controls: Controls) -> str:
    """Return the name of a combination for a narrow tile: "scaled local-p"."""
    if controls.attention == NONE:
        return NO_ATTENTION
    return f"{title_of(controls.alignment).split()[0]} {title_of(controls.attention)}"


def mechanism(controls: Controls) -> str:
    """Return what a run looks with: "dot · global", the shown head of a Transformer, or that it looks at nothing."""
    heads = "" if controls.attention == NONE else shown_heads(controls)
    return heads or combination_name(controls)


def head_name(key: HeadKey) -> str:
    """How a head is called for people: "layer 1 · head 2"."""
    return f"layer {key.layer} · head {key.head}"


def head_edits(controls: Controls, key: HeadKey) -> tuple[Edit, ...]:
    """Return the edits that act in one head alone; only heads of cross-attention have any."""
    return tuple(edit for edit in edits_of(controls) if key.kind == CROSS and edit.place == (key.layer, key.head))


def marked_head(controls: Controls, key: HeadKey, name: str) -> str:
    """Return a head's name with what was done to it before: "✕ L0 H1" removed, "± L0 H1" edited."""
    mark = REMOVED if key in controls.removed else EDITED if head_edits(controls, key) else ""
    return f"{mark} {name}" if mark else name


def removed_heads(controls: Controls) -> str:
    """How many heads are removed, "" for none."""
    count = len(controls.removed)
    return f"{count} head{'s' if count > 1 else ''} removed" if count else ""


def strategy_name(strategy: Strategy) -> str:
    """How tokens are drawn: "top-p 0.9 · T 1.2 · draw 3"; "" for greedy decoding."""
    if not strategy.draws:
        return ""
    cut = {TOP_K: f"top-k {strategy.top_k} · ", TOP_P: f"top-p {strategy.top_p:g} · "}.get(strategy.name, "sampled · ")
    return f"{cut}T {strategy.temperature:g} · draw {strategy.seed}"


def ranking_name(ranking: Ranking | None) -> str:
    """A hypothesis's place in its search: "beam 4 · rank 2 · score -0.41", α only if unusual; "" for no search."""
    if ranking is None:
        return ""
    alpha = "" if ranking.alpha == DEFAULT_ALPHA else f" · α {ranking.alpha:g}"
    return f"beam {ranking.width}{alpha} · rank {ranking.rank} · score {ranking.score:.2f}"


def edit_count(controls: Controls) -> str:
    """How many edits of attention there are, "" for none."""
    count = len(edits_of(controls))
    return f"{count} edit{'s' if count > 1 else ''}" if count else ""


def edits_at(controls: Controls, step: int, column: int) -> str:
    """What was edited in a cell of the head that is shown, or of all where several are; "" for nothing."""
    shown = controls.shown_head
    return ", ".join(
        told(edit) + _whose(edit, shown) + (" at every step" if edit.step is None else "")
        for edit in reversed(at_cell(controls, step, column))  # that of the step itself goes before
        if shown is None or edit.place in (None, shown)
    )


def _whose(edit: Edit, shown: Place | None) -> str:
    """Where an edit acts, where that is not what is shown: " in every head", " in layer 1 · head 2"."""
    if edit.place == shown:
        return ""
    return " in every head" if edit.place is None else f" in {head_name(HeadKey(CROSS, *edit.place))}"


def facts_of(trace: Trace) -> tuple[str, ...]:
    """What was run and its mean entropy: short phrases."""
    facts = run_facts(trace.model, trace.controls, trace.ranking)
    return (*facts, f"mean entropy {mean_entropy(trace):.2f} bit")


def run_facts(model: str, controls: Controls, ranking: Ranking | None = None) -> tuple[str, ...]:
    """Model, alignment function, attention type, heads, settings and search: short phrases, if known."""
    attention = title_of(controls.attention)
    if controls.attention in LOCAL:
        attention += f" (D {controls.window:g})"
    named = (title_of(controls.alignment), attention, shown_heads(controls), removed_heads(controls))
    facts = [printable(model), *(fact for fact in named if fact)]
    if controls.temperature != 1.0:
        facts.append(f"temperature {controls.temperature:g}")
    if controls.seed is not None:
        facts.append(f"seed {controls.seed}")
    more = (edit_count(controls), strategy_name(controls.strategy), ranking_name(ranking))
    return (*facts, *(fact for fact in more if fact))


def row_marks(trace: Trace, row: int, *, copies: bool = False) -> RowMarks:
    """Everything that is marked in one row of a trace; the step to come has the masks that apply to every step."""
    step = trace.steps[row] if 0 <= row < len(trace.steps) else None
    return step_marks(trace.controls, row, step, trace.source if copies else None)


def step_marks(controls: Controls, row: int, step: Step | None, source: Source | None = None) -> RowMarks:
    """Masked columns, local window and centre, a forced or copied token.

    Args:
        controls: The switches that the step was computed under.
        row: Number of the step.
        step: The step; None where it is not computed yet.
        source: The source, where copied tokens are to be marked.
    """
    masked, signs = _edited(controls, row)
    if step is None:
        return RowMarks(masked=masked, signs=signs)
    local = controls.attention in LOCAL and math.isfinite(step.center)
    windowed = local and step.center_cell is None  # a window over cells is no stretch of one row
    return RowMarks(
        masked=masked,
        center=step.center if local else None,
        window=controls.window if windowed else None,
        forced=step.forced,
        copied=source is not None and is_copy(step, source),
        signs=signs,
    )


def _edited(controls: Controls, row: int) -> tuple[frozenset[int], tuple[tuple[int, str], ...]]:
    """Return the masked positions of a step, and those edited otherwise with their signs.

    The edits of one head are marked where it is shown by itself: of several heads as one they say nothing.
    """
    masked, signs = _edited_in(controls, row, None)
    if controls.shown_head is not None:
        own, own_signs = _edited_in(controls, row, controls.shown_head)
        masked, signs = masked | own, signs | own_signs
    return frozenset(masked), tuple(sorted((place, sign) for place, sign in signs.items() if place not in masked))


def _edited_in(controls: Controls, row: int, head: Place | None) -> tuple[set[int], dict[int, str]]:
    """Return the same of the edits of one head alone, or of those that act in every head."""
    weights = controls.weights_at(row, head)
    added: dict[int, float] = {}
    for edit in controls.bias:
        if edit.place == head and edit.step in (None, row) and edit.source not in weights:
            added[edit.source] = added.get(edit.source, 0.0) + edit.value
    signs = {source: RAISED if value > 0 else LOWERED for source, value in added.items() if math.isfinite(value)}
    signs |= {source: PINNED if edit.weight == PIN else TYPED for source, edit in weights.items()}
    return {source for source, value in added.items() if value == -math.inf}, signs


def looked_at(step: Step, picture: Picture) -> str:
    """Where in a picture a step looked most: "3,5 · 24 %", row and column counted from 1; "–" without attention."""
    if step.focus is None:
        return "–"
    row, column = divmod(step.focus, picture.columns)
    return f"{row + 1},{column + 1} · {float(step.weights[step.focus]) * 100:.0f} %"


def cell_facts(
    trace: Trace, step: Step, column: int | None, *, pending: bool = False, copies: bool = False
) -> tuple[str, tuple[str, ...]]:
    """What is read out of a cell: ("robe → dress", ("77.0 %", "score 2.31", "greatest weight")).

    Args:
        trace: The run.
        step: The row's step.
        column: Source position; None where the step has no weights.
        pending: Whether the step's token is not emitted yet.
        copies: Whether it is said that a token is a copy.
    """
    if column is None:
        return "no attention: every weight is 0", ()
    target = NEXT_STEP if pending else printable(step.label)
    facts = [f"{float(step.weights[column]) * 100:.1f} %", *_score_of(step, column)]
    edited = edits_at(trace.controls, step.position, column)
    if edited:
        facts.append(edited)
    elif column == step.focus:
        copied = copies and not pending and is_copy(step, trace.source)
        facts.append(f"{COPIED} copied" if copied else "greatest weight")
    return f"{target} → {printable(trace.source.labels[column])}", tuple(facts)


def cell_title(trace: Trace, row: int, column: int) -> str:
    """What a pointer over a cell is told: "robe → dress: 77.0 % (score 2.31) · edited: weakened by 1"."""
    step = trace.steps[row]
    pair = f"{printable(step.label)} → {printable(trace.source.labels[column])}"
    score = "".join(f" ({score})" for score in _score_of(step, column))
    edits = edits_at(trace.controls, row, column)
    return f"{pair}: {float(step.weights[column]) * 100:.1f} %{score}" + (f" · edited: {edits}" if edits else "")


def _score_of(step: Step, column: int) -> tuple[str, ...]:
    """The alignment score in a cell; nothing where it is not known, as in attention from a file."""
    score = float(step.scores[column])
    return () if math.isnan(score) else (f"score {score:.2f}",)
