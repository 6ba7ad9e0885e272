"""``attn-explore decode``: sentences in, translations with their attention out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from explorer.commands.comparing import maker_for
from explorer.commands.decoding import DecodingOptions
from explorer.commands.figures import DATA, look_of, write_figures
from explorer.commands.files import STANDARD_INPUT, chunked, count_lines, name_of, read_lines
from explorer.commands.makers import Decoding, Drawing, check_alone
from explorer.commands.progress import wants_bar
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.render.copies import can_copy
from explorer.render.grid_figure import GridFigure
from explorer.render.wall_figure import WallFigure
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import check_controls, showing
from explorer.runtime.trace import Source

CHUNK = 128
"""Lines that are read, judged, decoded and written at a time, so that neither they nor their traces pile up."""
Sentence = tuple[str, str]
"""What an error calls a sentence ("lines.txt, line 3: "), and its text."""


@dataclass(frozen=True)
class DecodeOptions(DecodingOptions):
    """The options of the command, as given."""

    input_path: str | None
    layer: int | None
    head: int | None
    aggregate: str | None
    all_heads: bool


def run(texts: Sequence[str], options: DecodeOptions) -> None:
    """Decode and write.

    Raises:
        ExplorerError: Anything that cannot be used. A file is then left as it was; on standard output stands what was
            decoded from the lines before the bad one's chunk.
    """
    check_alone(options, options.all_heads)
    look = look_of(options, options.form)
    search = options.best_of()
    sentences, total = _sentences(texts, options.input_path)
    with ended_by_interrupt():
        bundle = open_bundle(options.model, options.provider)
    if options.all_heads and bundle.card.heads is None:
        raise InputError(f"--all-heads: {bundle.card.name} has no heads; it is no Transformer")
    decoding = Decoding.of(bundle, controls_of(bundle, options), options)
    maker = maker_for(decoding, search, options, controls_of, _drawing(bundle, look.form, options.all_heads))
    parts = chunked(sentences, maker.chunk(CHUNK))
    sources = ([_read(bundle, place, text) for place, text in part] for part in parts)
    total = None if total is None else total * maker.each
    write_figures(map(maker.figures, sources), total, "decoding", options.output, look)


def _drawing(bundle: Bundle, form: str, all_heads: bool) -> Drawing:
    """Return what makes a figure of a run: the wall of all heads where they are asked for in a form that is drawn."""
    if all_heads and form not in DATA:
        return WallFigure
    copies = can_copy(bundle.card.languages)
    return lambda trace: GridFigure(trace, copies, all_heads)


def _sentences(texts: Sequence[str], path: str | None) -> tuple[Iterable[Sentence], int | None]:
    """Return the sentences and how many there are, None where that is not known."""
    if texts and path is not None:
        raise InputError("give either TEXT or --input, not both")
    if texts:
        places = [""] if len(texts) == 1 else [f"TEXT {number}: " for number in range(1, len(texts) + 1)]
        return list(zip(places, texts, strict=True)), len(texts)
    if path is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError("nothing to decode: give TEXT, --input FILE, or lines on standard input")
        path = STANDARD_INPUT
    return _lines(path), count_lines(path) if wants_bar() else None


def _lines(path: str) -> Iterator[Sentence]:
    number = 0
    for number, text in read_lines(path):
        yield f"{name_of(path)}, line {number}: ", text
    if not number:
        raise InputError(f"{name_of(path)} is empty: there is nothing to decode")


def controls_of(bundle: Bundle, options: DecodeOptions) -> Controls:
    """Return the model's controls with the options that were given, checked."""
    shown = showing(bundle.card, options.controls(bundle), options.layer, options.head, options.aggregate)
    return check_controls(bundle.card, shown)


def _read(bundle: Bundle, place: str, text: str) -> Source:
    try:
        return bundle.source.encode_source(text, bundle.card.sizes.max_source)
    except InputError as error:
        raise InputError(f"{place}{error}") from error
