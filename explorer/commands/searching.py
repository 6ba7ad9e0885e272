"""Beam search on the command line: what ``--beam``, ``--n-best`` and ``--length-penalty`` ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.search import beam_search, trace_of
from explorer.runtime.trace import Source, Trace
from explorer.runtime.tree import DEFAULT_ALPHA, SearchOptions

FEWEST_SOURCES = 16
"""Sources that are read, searched and written at a time at least, however wide the beam is."""


@dataclass(frozen=True)
class BestOf:
    """A search, and how many of its hypotheses are written.

    Attributes:
        options: Width and normalisation.
        count: Hypotheses of each source, the best first.
    """

    options: SearchOptions
    count: int

    def chunk(self, sources: int) -> int:
        """Return how many sources to take at a time where greedy decoding takes `sources`: trees take more memory."""
        return max(min(FEWEST_SOURCES, sources), sources // self.options.width)

    def traces(
        self,
        bundle: Bundle,
        sources: Sequence[Source],
        controls: Controls,
        max_length: int | None,
        force: tuple[int, ...],
    ) -> list[Trace]:
        """Return the best hypotheses of each source, one behind the other."""
        trees = beam_search(bundle, sources, controls, self.options, max_length, force)
        return [trace_of(bundle, tree, number) for tree in trees for number in tree.hypotheses[: self.count]]


def best_of(beam: int | None, n_best: int | None, length_penalty: float | None) -> BestOf | None:
    """Return the search that the options ask for; None for greedy decoding.

    Args:
        beam: Width; by default as many as are written.
        n_best: Hypotheses that are written; by default 1.
        length_penalty: Exponent of the normalisation; None for the usual one.

    Raises:
        InputError: A number out of range, more hypotheses than the beam has places, a penalty without a search.
    """
    if beam is None and n_best is None:
        if length_penalty is not None:
            raise InputError("--length-penalty belongs to a search; give --beam N as well")
        return None
    if n_best is not None and n_best < 1:
        raise InputError(f"--n-best {n_best} is below 1")
    width, count = beam if beam is not None else n_best or 1, n_best or 1
    options = SearchOptions(width, DEFAULT_ALPHA if length_penalty is None else length_penalty)
    if count > width:
        raise InputError(f"--n-best {count} is more than a beam of {width} finds; give --beam {count}")
    return BestOf(options, count)
