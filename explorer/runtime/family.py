"""What differs between recurrent models and Transformers at run time; everything else is written once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.runtime.controls import Controls
from explorer.runtime.graphs import Feeds, Graphs, Memory, Result, State, Wiring
from explorer.runtime.trace import Array, HeadStep, Step


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of a call of the step graph: what is known before it.

    Attributes:
        position: Number of the step.
        previous: The token emitted last; the begin token at position 0.
        token: The token that is emitted whatever the model says; None lets the model choose.
        forced: Whether a person put `token` there.
        controls: The row's switches.
        src_len: Real source tokens.
    """

    position: int
    previous: int
    token: int | None
    forced: bool
    controls: Controls
    src_len: int


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one row of a step looked at; the fields are those of `Step`."""

    scores: Array
    weights: Array
    center: float
    state: Array
    heads: HeadStep | None
    center_cell: tuple[float, float] | None = None


class History(ABC):
    """The decoder states of one run: where each of its steps starts from."""

    @abstractmethod
    def at(self, position: int) -> State:
        """Return the state that the step at `position` starts from."""

    @abstractmethod
    def append(self, state: State) -> None:
        """Keep the state after the last step."""

    @abstractmethod
    def truncate(self, length: int) -> None:
        """Forget the states after `length` steps."""

    @abstractmethod
    def fork(self) -> History:
        """Return the same states, from which another run can go on without disturbing this one."""


class Family(ABC):
    """One family of models.

    Attributes:
        wiring: How its graphs are joined.
        recomputes: Whether other switches change the decoder states, so that the same tokens have to be gone through
            one by one again. Without input feeding a recurrent model's states depend on the tokens alone.
    """

    wiring: Wiring
    recomputes: bool

    def check(self, controls: Controls) -> None:  # noqa: B027 - most can do all that a card lets them be asked for
        """Check that the graphs can do what controls ask for.

        Raises:
            InputError: They lack an optional input that it takes.
        """

    @abstractmethod
    def encoder_feeds(self, controls: Controls, batch: int) -> Feeds:
        """Return the encoder's inputs other than the source."""

    @abstractmethod
    def feeds(self, slots: Sequence[Slot]) -> Feeds:
        """Return the step's inputs other than memory and state."""

    @abstractmethod
    def look(self, result: Result, states: Array | None, row: int, slot: Slot) -> Look:
        """Return what a row of a step looked at; `states` are those after the step, where the family keeps them."""

    @abstractmethod
    def states(self, graphs: Graphs, state: State) -> Array | None:
        """Return what a step keeps of the decoder state, (batch, …); None if it keeps nothing."""

    @abstractmethod
    def history(self, graphs: Graphs, initial: State) -> History:
        """Return the states of a run that has no steps yet."""

    @abstractmethod
    def encoder_weights(self, memory: Memory, row: int) -> Array | None:
        """Return what the encoder looked at, (layers, heads, src_len, src_len); None where it has no self-attention."""

    @abstractmethod
    def encoder_scores(self, memory: Memory, row: int) -> Array | None:
        """Return the scores of `encoder_weights`, the same shape."""

    @abstractmethod
    def seen(self, steps: Sequence[Step], controls: Controls, encoder_weights: Array | None) -> list[Step]:
        """Return steps as the controls show them, nothing computed anew."""

    @abstractmethod
    def weights(self, looks: Sequence[Look], controls: Controls, encoder_weights: Array | None) -> Array:
        """Return the weights of successive steps as the controls show them, (tgt_len, src_len)."""
