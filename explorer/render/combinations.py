"""Every combination of a model on one source as one value: names, places on a wall, and all of them as data."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.render.marks import NEXT_STEP
from explorer.render.scores import Score, scores_of
from explorer.render.summary import combination_name, mean_entropy, short_name
from explorer.render.trace_content import positions_of, rounded_number, trace_arrays, trace_content
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.labels import printable
from explorer.runtime.side_by_side import placed
from explorer.runtime.switches import NONE
from explorer.runtime.trace import Source, Trace


@dataclass(frozen=True, eq=False)
class Combination:
    """A run under one alignment function and attention type.

    Attributes:
        trace: The run.
        scores: What the model's card says of it, the main score first.
        own: Whether it is the one that the others stand beside.
    """

    trace: Trace
    scores: tuple[Score, ...] = ()
    own: bool = False

    @property
    def name(self) -> str:
        """What it is called: "dot · global"."""
        return f"{NEXT_STEP} {self.plain_name}" if self.own else self.plain_name

    @property
    def plain_name(self) -> str:
        """The same without a mark on the one that others stand beside."""
        return combination_name(self.trace.controls)

    @property
    def short(self) -> str:
        """The name for a narrow tile: "scaled local-p"."""
        name = short_name(self.trace.controls)
        return f"{NEXT_STEP} {name}" if self.own else name

    @property
    def short_figures(self) -> str:
        """Mean entropy and main score without their names: "0.27 · 54.9"."""
        scores = (score.figure.written(score.value) for score in self.scores[:1])
        return " · ".join((f"{mean_entropy(self.trace):.2f}", *scores))

    @property
    def figures(self) -> str:
        """Mean entropy and main score: "0.27 bit · BLEU 54.9"."""
        return " · ".join((f"{mean_entropy(self.trace):.2f} bit", *(score.written for score in self.scores[:1])))

    @property
    def key(self) -> str:
        """Its name among arrays: "dot_local_m"."""
        return f"{self.trace.controls.alignment}_{self.trace.controls.attention}"


Places = tuple[Combination | None, ...]
"""Places of a wall line by line; None where a line has none."""


@dataclass(frozen=True, eq=False)
class Combinations:
    """All combinations of one source.

    Attributes:
        places: Where they stand on the wall.
        across: Places of a line.
        same_tokens: Whether all are on the tokens of one run.
    """

    places: Places
    across: int
    same_tokens: bool = False

    @functools.cached_property
    def each(self) -> tuple[Combination, ...]:
        """Those that there are."""
        return tuple(place for place in self.places if place is not None)

    @property
    def source(self) -> Source:
        """What all of them read."""
        return self.each[0].trace.source

    @functools.cached_property
    def text(self) -> str | None:
        """The target of all; None where they differ."""
        texts = {each.trace.text for each in self.each}
        return texts.pop() if len(texts) == 1 else None

    @property
    def facts(self) -> tuple[str, ...]:
        """Model, how they were decoded, and what the figures are."""
        on = "all on the same tokens" if self.same_tokens else "each decoded on its own"
        places = {score.place: None for each in self.each for score in each.scores[:1]}
        scored = (f"scores: {', '.join(places)}",) if places else ()
        return printable(self.each[0].trace.model), f"{len(self.each)} combinations", on, "bit: mean entropy", *scored

    def content(self) -> Mapping[str, Any]:
        """Return what JSON holds.

        Fields: model, source, source_tokens (of a picture image and cells), same_tokens, and combinations: for each the
        fields of `trace_content` with entropy (mean, in bits) and scores ({set: {figure: value}} of the card).
        """
        source = self.source
        return {
            "model": self.each[0].trace.model,
            **({"source": source.text} if source.picture is None else {"image": source.text}),
            **positions_of(source),
            "same_tokens": self.same_tokens,
            "combinations": [
                {
                    **trace_content(each.trace),
                    "entropy": rounded_number(mean_entropy(each.trace)),
                    "scores": _scores(each.scores),
                }
                for each in self.each
            ],
        }

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return what npz holds.

        alignments, attentions, targets and entropies (combinations); source and source_tokens; and for each combination
        its arrays of `trace_arrays` that it does not share with the others, named as "dot_local_m_weights".
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            "alignments": np.array([each.trace.controls.alignment for each in self.each], dtype=np.str_),
            "attentions": np.array([each.trace.controls.attention for each in self.each], dtype=np.str_),
            "targets": np.array([each.trace.text for each in self.each], dtype=np.str_),
            "entropies": np.array([mean_entropy(each.trace) for each in self.each], dtype=np.float64),
            "model": np.array(self.each[0].trace.model),
            "source": np.array(self.source.text),
            "source_tokens": np.array(self.source.pieces, dtype=np.str_),
        }
        for each in self.each:
            own = trace_arrays(each.trace)
            arrays |= {f"{each.key}_{name}": own[name] for name in ("weights", "scores", "target_tokens", "log_probs")}
        return arrays


def combinations_of(card: Card, traces: Sequence[Trace], own: Controls, *, same_tokens: bool) -> Combinations:
    """Return runs as a wall; see `placed`.

    Args:
        card: Gives the scores.
        traces: One run for each combination.
        own: Switches of the one that the others stand beside.
        same_tokens: Whether all are on the tokens of one run.
    """
    made = {}
    for trace in traces:
        alignment, attention = trace.controls.alignment, trace.controls.attention
        is_own = own.attention == attention and (own.alignment == alignment or attention == NONE)
        made[alignment, attention] = Combination(trace, scores_of(card.scores, alignment, attention), is_own)
    places, across = placed(made)
    return Combinations(places, across, same_tokens)


def _scores(scores: Sequence[Score]) -> dict[str, dict[str, float]]:
    return {score.place: {score.figure.key: score.value} for score in scores if math.isfinite(score.value)}
