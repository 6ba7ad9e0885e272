"""Everything a person can switch, as one frozen value."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

SHARPEST_TEMPERATURE = 0.05
"""Lowest temperature that the controls accept; below it a float32 softmax only gains overflow."""


@dataclass(frozen=True, slots=True)
class BiasEdit:
    """A number added to one score before the softmax.

    Attributes:
        step: Decoding step that the edit applies to, counted from 0; None for every step.
        source: Source position, counted from 0.
        value: What is added to the score; ``-inf`` masks the position.
    """

    step: int | None
    source: int
    value: float


@dataclass(frozen=True, slots=True, order=True)
class HeadKey:
    """One attention head of a Transformer; layers and heads are counted from 0.

    Attributes:
        kind: ``cross``, ``self`` (the decoder's) or ``encoder`` (the encoder's self-attention).
        layer: Its layer.
        head: Its place in the layer.
    """

    kind: str
    layer: int
    head: int


@dataclass(frozen=True, slots=True)
class Controls:
    """The switches of one run. Undo, compare, record and replay all work on this value.

    Attributes:
        alignment: Name of the alignment function, one of the card's ``switches.alignments``.
        attention: Name of the attention type, one of the card's ``switches.attentions``.
        window: D of local attention, in source positions on each side of the centre (Luong 2015, 3.2).
        temperature: Divides the scores before the softmax; towards 0 the softmax becomes an arg-max.
        seed: Seed of the Gumbel noise of hard attention; None takes the arg-max instead of a sample.
        bias: Edits of single scores, later ones added to earlier ones.
        layer: Layer whose cross-attention is shown; None for all of them.
        head: Head that is shown, of `layer`; None for all of them.
        aggregate: How several heads are shown as one: ``mean``, ``max`` or ``rollout``; None where one head is shown.
        removed: Heads whose output is taken away, sorted.

    The last four are a Transformer's: a recurrent model has neither layers nor heads.
    """

    alignment: str
    attention: str
    window: float
    temperature: float
    seed: int | None = None
    bias: tuple[BiasEdit, ...] = ()
    layer: int | None = None
    head: int | None = None
    aggregate: str | None = None
    removed: tuple[HeadKey, ...] = ()

    def replace(self, **changes: object) -> Controls:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]
