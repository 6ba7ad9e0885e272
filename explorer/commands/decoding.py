"""What ``decode`` and ``caption`` share: their options, and the controls that these ask for."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.commands.figures import FigureOptions
from explorer.commands.searching import BestOf, best_of
from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import default_controls


@dataclass(frozen=True)
class DecodingOptions(FigureOptions):
    """The options of both commands, as given; None where one was not."""

    model: str
    alignment: str | None
    attention: str | None
    window: float | None
    temperature: float | None
    seed: int | None
    max_length: int | None
    force: str | None
    form: str
    provider: str
    beam: int | None
    n_best: int | None
    length_penalty: float | None
    compare: str | None
    same_tokens: bool
    gallery: bool
    tree: bool

    def best_of(self) -> BestOf | None:
        """Return the search that is asked for, None for greedy decoding.

        Raises:
            InputError: Options of a search that cannot be.
        """
        return best_of(self.beam, self.n_best, self.length_penalty)

    def controls(self, bundle: Bundle) -> Controls:
        """Return the model's controls with the switches that were given, not yet checked."""
        switches = {
            "alignment": self.alignment,
            "attention": self.attention,
            "window": self.window,
            "temperature": self.temperature,
            "seed": self.seed,
        }
        given = {name: value for name, value in switches.items() if value is not None}
        return default_controls(bundle.card).replace(**given)


def forced_tokens(bundle: Bundle, text: str | None, limit: int) -> tuple[int, ...]:
    """Return what every target is to begin with.

    Raises:
        InputError: The vocabulary cannot spell it, or it is longer than `limit`.
    """
    if text is None:
        return ()
    try:
        tokens = bundle.target.encode_target(text, bundle.card.sizes.max_target)
    except InputError as error:
        raise InputError(f"--force: {error}") from error
    if len(tokens) > limit:
        raise InputError(f"--force: {len(tokens)} tokens, and the target's length is limited to {limit}")
    return tokens
