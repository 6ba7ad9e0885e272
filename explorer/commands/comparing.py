"""``--compare``: the switches of the other run, and the figures of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.commands.decoding import DecodingOptions
from explorer.commands.files import one_of
from explorer.commands.makers import Decoding, Drawing, GalleryMaker, Maker, RunMaker, TreeMaker, followed
from explorer.commands.searching import BestOf
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.render.compared import Compared
from explorer.render.comparison_figure import ComparisonFigure
from explorer.render.figure import Figure
from explorer.runtime.batch import target_limit
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.labels import printable
from explorer.runtime.side_by_side import check_readable
from explorer.runtime.trace import Source, Trace

HEADS = ("layer", "head", "aggregate")
READERS: Mapping[str, Callable[[str], Any]] = {
    "alignment": str,
    "attention": str,
    "window": float,
    "temperature": float,
    "seed": int,
    "layer": int,
    "head": int,
    "aggregate": str,
    "model": str,
}
"""What can be said of the other run, and what reads it."""


@dataclass(frozen=True)
class ComparisonMaker:
    """A figure of two runs for each source.

    Attributes:
        left: The run that the other options ask for.
        right: The other one.
        same_tokens: Whether the right one is given the tokens of the left one.
    """

    left: Decoding
    right: Decoding
    same_tokens: bool
    each: int = 1

    def chunk(self, sources: int) -> int:
        """Half as many: each is decoded twice."""
        return max(1, sources // 2)

    def figures(self, sources: Sequence[Source]) -> list[Figure]:
        """Decode each source twice, and draw both runs."""
        lefts = self.left.traces(sources)
        other = self.right.bundle
        if other is not self.left.bundle:
            sources = [other.read_source(source.text) for source in sources]
        if self.same_tokens:
            prefixes = [tokens_for(self.right, trace, self.left.bundle) for trace in lefts]
            rights = followed(self.right, sources, prefixes)
        else:
            rights = self.right.traces(sources)
        return [ComparisonFigure(Compared(left, right)) for left, right in zip(lefts, rights, strict=True)]


def maker_for(
    decoding: Decoding,
    search: BestOf | None,
    options: DecodingOptions,
    controls_of: Callable[[Bundle, Any], Controls],
    drawing: Drawing,
) -> Maker:
    """Return what makes the figures that the options ask for.

    Args:
        decoding: How every source is decoded.
        search: The beam search; None for greedy decoding.
        options: All options.
        controls_of: Returns a model's controls with the options that were given, checked.
        drawing: Makes the figure of one run.

    Raises:
        ExplorerError: As `comparison_maker`.
    """
    if options.compare is not None:
        return comparison_maker(decoding, options, controls_of)
    if options.gallery:
        return GalleryMaker(decoding, options.same_tokens)
    if options.tree and search is not None:
        return TreeMaker(decoding, search)
    return RunMaker(decoding, search, drawing)


def comparison_maker(
    left: Decoding, options: DecodingOptions, controls_of: Callable[[Bundle, Any], Controls]
) -> ComparisonMaker:
    """Return what makes the figures of ``--compare``.

    Args:
        left: The run that the other options ask for.
        options: All options.
        controls_of: Returns a model's controls with the options that were given, checked.

    Raises:
        InputError: The other run cannot be.
        BundleError: Its model cannot be opened.
    """
    assert options.compare is not None
    given = switches_of(options.compare)
    bundle = left.bundle
    changes = dict(given)
    model = changes.pop("model", None)
    names = {field.name for field in dataclasses.fields(options)}
    unknown = [name for name in changes if name not in names]
    if unknown:
        raise InputError(f"--compare: {unknown[0]} is no switch of this command")
    if model is not None:
        with ended_by_interrupt():
            bundle = open_bundle(model, options.provider)
        check_readable(bundle.card, left.bundle.card)
        # Switches that belong to the first model may be none of the other's.
        changes = {name: None for name in READERS if name in names and name != "model"} | changes
    elif any(name in given for name in HEADS):
        changes = {name: None for name in HEADS if name in names} | changes
    try:
        other = dataclasses.replace(options, **changes)
        return ComparisonMaker(left, Decoding.of(bundle, controls_of(bundle, other), other), options.same_tokens)
    except InputError as error:
        raise InputError(f"--compare: {error}") from error


def switches_of(text: str) -> dict[str, Any]:
    """Read switches: "alignment=dot,attention=hard".

    Raises:
        InputError: They cannot be read; says which.
    """
    found: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise InputError(f"--compare {printable(text)!r}: give NAME=VALUE, as in alignment=dot,attention=hard")
        name = one_of("--compare: switch", name, tuple(READERS))
        if name in found:
            raise InputError(f"--compare: {name} is given twice")
        try:
            found[name] = READERS[name](value)
        except ValueError as error:
            raise InputError(f"--compare: {name} {printable(value)!r} is no number") from error
    return found


def tokens_for(decoding: Decoding, trace: Trace, bundle: Bundle) -> tuple[int, ...]:
    """Return the tokens of a run for a model: the same ones, or its text in another vocabulary.

    Args:
        decoding: Of the model that is given the tokens.
        trace: The run.
        bundle: The model of that run.

    Raises:
        InputError: The vocabulary cannot spell the text, or it is longer than the model takes.
    """
    own = decoding.bundle
    if own is bundle:
        return tuple(step.token for step in trace.steps)
    if own.card.languages.target != bundle.card.languages.target:
        raise InputError("--same-tokens: the two models write different languages")
    limit = target_limit(own.card, decoding.max_length)
    tokens = own.target.encode_target(trace.text, own.card.sizes.max_target) if trace.text else ()
    ended = bool(trace.steps) and trace.steps[-1].token == bundle.card.tokens.end
    return (*tokens, *((own.card.tokens.end,) if ended else ()))[:limit]
