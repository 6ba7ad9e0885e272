"""What ``decode`` and ``caption`` share: their options, the controls that these ask for, and writing as text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, TypeVar

from explorer.commands.output import console_on
from explorer.commands.searching import BestOf, best_of
from explorer.errors import InputError
from explorer.render.written import TEXT_WIDTH
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import default_controls

if TYPE_CHECKING:
    from rich.console import Console

Item = TypeVar("Item")


@dataclass(frozen=True)
class DecodingOptions:
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
    output: str | None
    palette: str | None
    width: str | None
    font_size: str | None
    no_title: bool
    rotate: int | None
    theme: str | None
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


def write_text(items: Iterable[Item], out: TextIO, print_one: Callable[[Console, Item], None]) -> None:
    """Print items with a blank line between them: in colour and as wide as the terminal, or plain to a file."""
    to_file = out is not sys.stdout
    console = console_on(out, width=TEXT_WIDTH, color_system=None) if to_file else console_on(out)
    for number, item in enumerate(items):
        if number:
            console.print()
        print_one(console, item)
