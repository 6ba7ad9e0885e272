"""Everything a person can switch, as one frozen value."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

SHARPEST_TEMPERATURE = 0.05
"""Lowest temperature that the controls accept; below it a float32 softmax only gains overflow."""

GREEDY, TEMPERATURE, TOP_K, TOP_P = "greedy", "temperature", "top_k", "top_p"
STRATEGIES = (GREEDY, TEMPERATURE, TOP_K, TOP_P)

Place = tuple[int, int]
"""One head of cross-attention: its layer, and its place there."""


@dataclass(frozen=True, slots=True)
class BiasEdit:
    """A number added to one score before the softmax, in every head of a Transformer or in one.

    Attributes:
        step: Decoding step that the edit applies to, counted from 0; None for every step.
        source: Source position, counted from 0.
        value: What is added to the score; ``-inf`` masks the position.
        layer: Layer of the one head whose score it is; None for every head, and in a recurrent model.
        head: That head; None together with `layer`.
    """

    step: int | None
    source: int
    value: float
    layer: int | None = None
    head: int | None = None

    @property
    def place(self) -> Place | None:
        """The one head that it acts in; None for every head."""
        return _place(self.layer, self.head)


@dataclass(frozen=True, slots=True)
class WeightEdit:
    """A weight that one cell is to have, whatever its score is: the bias that gives it is found when the step is run.

    What is left of the row is shared as it was. Under local_p it is the weight after the Gaussian, which cannot be
    greater than the Gaussian there; outside of a local window it stays 0. Under hard attention it is the probability
    that the position is drawn: the arg-max takes the position of greatest probability. Under none it does nothing.
    Weights of one row that exceed 1 together are scaled to 1.

    Attributes:
        step: Decoding step that the edit applies to, counted from 0; None for every step.
        source: Source position, counted from 0.
        weight: Above 0, at most 1; 1 pins the row: all weight is there.
        layer: Layer of the heads whose mean weight is meant, in a Transformer; None for all layers.
        head: The head of `layer` that is meant; None for all of them.
        alone: Whether the bias that is found is added in that one head alone; otherwise in every head.
    """

    step: int | None
    source: int
    weight: float
    layer: int | None = None
    head: int | None = None
    alone: bool = False

    @property
    def place(self) -> Place | None:
        """The one head that it acts in; None for every head."""
        return _place(self.layer, self.head) if self.alone else None


def _place(layer: int | None, head: int | None) -> Place | None:
    return None if layer is None or head is None else (layer, head)


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
class Strategy:
    """How a decoder chooses its tokens.

    Attributes:
        name: ``greedy`` takes the most probable token; ``temperature`` draws from all, ``top_k`` from the k most
            probable (Fan 2018, 4.3), ``top_p`` from the fewest whose probabilities sum to p (Holtzman 2020, 3.1).
        temperature: Divides the logits of all three draws before anything is cut; towards 0 a draw is greedy.
        top_k: Of ``top_k``: how many tokens can be drawn, 1 or more.
        top_p: Of ``top_p``: the probability that those which can be drawn have at least, above 0 and at most 1.
        seed: Of every draw: the same seed and position draw with the same noise, whatever the model says.
    """

    name: str = GREEDY
    temperature: float = 1.0
    top_k: int = 10
    top_p: float = 0.9
    seed: int = 1

    @property
    def draws(self) -> bool:
        """Whether tokens are drawn."""
        return self.name != GREEDY

    def replace(self, **changes: object) -> Strategy:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


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
        weights: Edits of single weights. They go before edits of scores in the same cell, those of one step before
            those of every step, and in their head those of one head before those of every head.
        layer: Layer whose cross-attention is shown; None for all of them.
        head: Head that is shown, of `layer`; None for all of them.
        aggregate: How several heads are shown as one: ``mean``, ``max`` or ``rollout``; None where one head is shown.
        removed: Heads whose output is taken away, sorted.
        strategy: How tokens are chosen from what the model gives.

    Layer, head, aggregate and removed are a Transformer's: a recurrent model has neither layers nor heads.
    """

    alignment: str
    attention: str
    window: float
    temperature: float
    seed: int | None = None
    bias: tuple[BiasEdit, ...] = ()
    weights: tuple[WeightEdit, ...] = ()
    layer: int | None = None
    head: int | None = None
    aggregate: str | None = None
    removed: tuple[HeadKey, ...] = ()
    strategy: Strategy = Strategy()

    def replace(self, **changes: object) -> Controls:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @property
    def shown_head(self) -> Place | None:
        """The one head of cross-attention that is shown; None where several are, or the model has none."""
        return _place(self.layer, self.head)

    @property
    def edited_heads(self) -> tuple[Place, ...]:
        """The heads with edits of their own, in order."""
        edits: tuple[BiasEdit | WeightEdit, ...] = (*self.bias, *self.weights)
        return tuple(sorted({edit.place for edit in edits if edit.place is not None}))

    def weights_at(self, step: int, place: Place | None = None) -> dict[int, WeightEdit]:
        """Return the weights that are wanted at a step, by source position: its own go before those of every step.

        Args:
            step: Number of the step.
            place: The head that they are wanted in; None for those that act in every head.
        """
        mine = [edit for edit in self.weights if edit.place == place]
        wanted = {edit.source: edit for edit in mine if edit.step is None}
        return wanted | {edit.source: edit for edit in mine if edit.step == step}
