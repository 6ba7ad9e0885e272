"""From sources to figures: what ``decode`` and ``caption`` draw of each source, and how many sources at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from explorer.commands.decoding import DecodingOptions, forced_tokens
from explorer.commands.searching import BestOf
from explorer.errors import InputError
from explorer.render.combinations import combinations_of
from explorer.render.figure import Figure
from explorer.render.gallery_figure import GalleryFigure
from explorer.render.tree_figure import TreeFigure
from explorer.runtime.batch import decode_batch, target_limit
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.search import beam_search, trace_of
from explorer.runtime.side_by_side import different_combinations
from explorer.runtime.trace import Source, Step, Trace
from explorer.runtime.tree import Tree

Drawing = Callable[[Trace], Figure]
"""Makes a figure of a run."""


@dataclass(frozen=True)
class Decoding:
    """How every source is decoded.

    Attributes:
        bundle: The model.
        controls: Its switches.
        max_length: Greatest number of target tokens; None for the model's own.
        force: What every target begins with.
    """

    bundle: Bundle
    controls: Controls
    max_length: int | None
    force: tuple[int, ...]

    @classmethod
    def of(cls, bundle: Bundle, controls: Controls, options: DecodingOptions) -> Decoding:
        """Return what the options ask for.

        Raises:
            InputError: A length or a forced text that the model does not take.
        """
        force = forced_tokens(bundle, options.force, target_limit(bundle.card, options.max_length))
        return cls(bundle, controls, options.max_length, force)

    def traces(self, sources: Sequence[Source]) -> list[Trace]:
        """Decode sources greedily."""
        return decode_batch(self.bundle, sources, self.controls, self.max_length, [self.force] * len(sources), top=1)


class Maker(Protocol):
    """Makes the figures of sources."""

    @property
    def each(self) -> int:
        """How many figures a source has."""

    def chunk(self, sources: int) -> int:
        """Return how many sources to take at a time where greedy decoding takes `sources`."""

    def figures(self, sources: Sequence[Source]) -> list[Figure]:
        """Return the figures of each source, one behind the other."""


@dataclass(frozen=True)
class RunMaker:
    """One figure for each run: the greedy one of a source, or the best hypotheses of its search.

    Attributes:
        decoding: How sources are decoded.
        search: The search; None for greedy decoding.
        drawing: Makes a figure of a run.
    """

    decoding: Decoding
    search: BestOf | None
    drawing: Drawing

    @property
    def each(self) -> int:
        """As many as hypotheses are wanted."""
        return 1 if self.search is None else self.search.count

    def chunk(self, sources: int) -> int:
        """A search takes fewer sources at a time."""
        return sources if self.search is None else self.search.chunk(sources)

    def figures(self, sources: Sequence[Source]) -> list[Figure]:
        """Decode, and draw each run."""
        decoding = self.decoding
        if self.search is None:
            return [self.drawing(trace) for trace in decoding.traces(sources)]
        traces = self.search.traces(decoding.bundle, sources, decoding.controls, decoding.max_length, decoding.force)
        return [self.drawing(trace) for trace in traces]


@dataclass(frozen=True)
class TreeMaker:
    """The tree of each source's search as a figure.

    Attributes:
        decoding: Model and switches.
        search: The search.
    """

    decoding: Decoding
    search: BestOf
    each: int = 1

    def chunk(self, sources: int) -> int:
        """As for the search itself."""
        return self.search.chunk(sources)

    def figures(self, sources: Sequence[Source]) -> list[Figure]:
        """Search, and draw each tree."""
        decoding = self.decoding
        bundle, options = decoding.bundle, self.search.options
        trees = beam_search(bundle, sources, decoding.controls, options, decoding.max_length, decoding.force)
        return [TreeFigure(tree, bundle.card.name, texts_of(bundle, tree)) for tree in trees]


def followed(decoding: Decoding, sources: Sequence[Source], prefixes: Sequence[Sequence[int]]) -> list[Trace]:
    """Decode sources on given tokens; a token counts as forced where the model would have said another one.

    Args:
        decoding: Model and switches.
        sources: The sources.
        prefixes: The tokens of each.
    """
    traces = decode_batch(decoding.bundle, sources, decoding.controls, decoding.max_length, prefixes, top=1)
    return [dataclasses.replace(trace, steps=tuple(map(_judged, trace.steps))) for trace in traces]


def _judged(step: Step) -> Step:
    return dataclasses.replace(step, forced=step.forced and step.token != step.candidates[0].token)


@dataclass(frozen=True)
class GalleryMaker:
    """Every combination of a model for each source.

    Attributes:
        decoding: Model and switches; those of the combination that the others stand beside.
        same_tokens: Whether all are given the tokens of that one.
    """

    decoding: Decoding
    same_tokens: bool
    each: int = 1

    def __post_init__(self) -> None:
        card = self.decoding.bundle.card
        if len(self._pairs) < 2:
            raise InputError(f"--gallery: {card.name} has one combination of alignment and attention alone")

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        return different_combinations(self.decoding.bundle.card)

    def chunk(self, sources: int) -> int:
        """As many fewer as there are combinations."""
        return max(1, sources // len(self._pairs))

    def figures(self, sources: Sequence[Source]) -> list[Figure]:
        """Decode each source under every combination, and draw them all."""
        decoding, runs = self.decoding, []
        prefixes: list[tuple[int, ...]] = []
        if self.same_tokens:
            prefixes = [tuple(step.token for step in trace.steps) for trace in decoding.traces(sources)]
        for alignment, attention in self._pairs:
            controls = decoding.controls.replace(alignment=alignment, attention=attention)
            under = dataclasses.replace(decoding, controls=controls)
            runs.append(followed(under, sources, prefixes) if self.same_tokens else under.traces(sources))
        card, own = decoding.bundle.card, decoding.controls
        return [
            GalleryFigure(combinations_of(card, traces, own, same_tokens=self.same_tokens))
            for traces in zip(*runs, strict=True)
        ]


def check_alone(options: DecodingOptions, all_heads: bool = False) -> None:
    """Check that at most one kind of figure is asked for, and only what belongs to it.

    Raises:
        InputError: It is not so.
    """
    kinds = {
        "--compare": options.compare is not None,
        "--gallery": options.gallery,
        "--tree": options.tree,
        "--all-heads": all_heads,
    }
    asked = [name for name, is_asked in kinds.items() if is_asked]
    if len(asked) > 1:
        raise InputError(f"{asked[0]} and {asked[1]} are figures of different kinds; give one of them")
    if options.same_tokens and options.compare is None and not options.gallery:
        raise InputError("--same-tokens belongs to --compare and to --gallery")
    searched = options.beam is not None or options.n_best is not None
    if searched and (options.compare is not None or options.gallery):
        raise InputError(f"{asked[0]} decodes greedily; leave --beam and --n-best out")
    if options.tree and options.beam is None:
        raise InputError("--tree draws a search; give --beam N as well")
    if options.tree and options.n_best is not None:
        raise InputError("--tree has all hypotheses of the search; leave --n-best out")


def texts_of(bundle: Bundle, tree: Tree) -> tuple[str, ...]:
    """Return the target of each finished hypothesis, the best first."""
    return tuple(trace_of(bundle, tree, number).text for number in tree.hypotheses)
