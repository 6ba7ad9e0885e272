"""``attn-explore open``: attention from other programs in, a viewer or a figure out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from explorer.commands.figures import FigureOptions, given_looks, look_of, write_figures
from explorer.commands.files import one_of
from explorer.commands.output import STANDARD_OUTPUT
from explorer.commands.screen import need_screen
from explorer.errors import InputError
from explorer.render import written
from explorer.render.figure import Figure
from explorer.render.written import FORMATS, SINGLE
from explorer.runtime.foreign.files import KINDS, Beside, open_attention
from explorer.runtime.foreign.pair import ForeignFile, ForeignPair, showing
from explorer.runtime.labels import printable

SUFFIXES = MappingProxyType({".jsonl": "json", **{suffix: form for form, suffix in written.SUFFIXES.items()}})
"""What the name of the output says where no format is given."""


@dataclass(frozen=True)
class OpenOptions(FigureOptions):
    """The options of the command, as given; None where one was not."""

    form: str | None
    kind: str | None
    source: str | None
    target: str | None
    pairs: str | None
    sentence: int | None
    layer: int | None
    head: int | None
    aggregate: str | None

    @property
    def shown(self) -> tuple[int | None, int | None, str | None]:
        """Layer, head and aggregate."""
        return self.layer, self.head, self.aggregate


def run(file: str, options: OpenOptions) -> None:
    """Read the file; write it, or open the viewer where neither a format nor an output was asked for.

    Raises:
        ExplorerError: Anything that cannot be used; nothing was written then.
    """
    form = _form_of(options)
    look = None if form is None else look_of(options, form)
    kind = None if options.kind is None else one_of("form", options.kind, KINDS)
    if form is None:
        need_screen("the viewer", f"without one give --format {'|'.join(FORMATS)}")
        _check_plain(options)
    opened = open_attention(file, kind, Beside(options.source, options.target, options.pairs))
    first = _first(opened, options.sentence)
    chosen = opened.pairs if options.sentence is None else (opened.pairs[first],)
    if look is None:
        showing(opened.pairs[first], *options.shown)
        from explorer.tui.foreign import run_viewer

        run_viewer(opened, first, options.shown)
        return
    if form in SINGLE and len(chosen) > 1 and options.output in (None, STANDARD_OUTPUT):
        many = f"a file of --format {form} holds one sentence, and there are {len(chosen)}"
        raise InputError(f"{many}: choose one with --sentence N, or give --output")
    for pair in chosen:  # before anything is written: sentences may have different heads
        showing(pair, *options.shown)
    write_figures(_figures(opened.name, chosen, options), len(chosen), "drawing", options.output, look)


def _form_of(options: OpenOptions) -> str | None:
    """Return the format that is to be written; None for the viewer."""
    if options.form is not None:
        return one_of("format", options.form, FORMATS)
    if options.output is None:
        return None
    form = SUFFIXES.get(os.path.splitext(options.output)[1].lower())
    if form is None:
        raise InputError(f"--output {printable(options.output)}: its name does not tell the format; give --format")
    return form


def _check_plain(options: OpenOptions) -> None:
    """Refuse what the viewer would pass over."""
    looks = given_looks(options) + (["--palette"] if options.palette is not None else [])
    if looks:
        raise InputError(f"{looks[0]} is for figures; give --format or --output as well")


def _first(opened: ForeignFile, sentence: int | None) -> int:
    """Return the index of the sentence that was asked for, 0 where none was."""
    if sentence is None:
        return 0
    if not 1 <= sentence <= len(opened.pairs):
        raise InputError(f"--sentence {sentence}: {opened.name} has sentences 1 to {len(opened.pairs)}")
    return sentence - 1


def _figures(name: str, pairs: Sequence[ForeignPair], options: OpenOptions) -> Iterator[list[Figure]]:
    """Yield the figure of each pair."""
    from explorer.render.foreign_figure import foreign_figure

    one_map = options.shown != (None, None, None)
    for pair in pairs:
        yield [foreign_figure(pair, name, showing(pair, *options.shown), one_map=one_map)]
