"""``attn-explore decode``: sentences in, translations with their attention out."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from explorer.commands.files import STANDARD_INPUT, chunked, count_lines, name_of, one_of, read_lines
from explorer.commands.output import console_on, writing
from explorer.commands.progress import tracked, wants_bar
from explorer.commands.trace_json import to_json
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.render.copies import can_copy
from explorer.runtime.batch import decode_batch, target_limit
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import check_controls, default_controls, showing
from explorer.runtime.trace import Source, Trace

FORMATS = ("text", "json", "svg", "html")
SWITCHES = ("alignment", "attention", "window", "temperature", "seed")
"""Options that are fields of `Controls`."""
CHUNK = 128
"""Lines that are read, judged, decoded and written at a time, so that neither they nor their traces pile up."""
FILE_WIDTH = 100
"""Cells of a line of text that goes to a file."""
Sentence = tuple[str, str]
"""What an error calls a sentence ("lines.txt, line 3: "), and its text."""


@dataclass(frozen=True)
class DecodeOptions:
    """The options of the command, as given."""

    input_path: str | None
    model: str
    alignment: str | None
    attention: str | None
    window: float | None
    temperature: float | None
    seed: int | None
    layer: int | None
    head: int | None
    aggregate: str | None
    all_heads: bool
    max_length: int | None
    force: str | None
    form: str
    output: str | None
    provider: str


def run(texts: Sequence[str], options: DecodeOptions) -> None:
    """Decode and write.

    Raises:
        ExplorerError: Anything that cannot be used. A file is then left as it was; on standard output stands what was
            decoded from the lines before the bad one's chunk.
    """
    form = one_of("format", options.form, FORMATS)
    if options.all_heads and form != "json":
        raise InputError("--all-heads needs --format json")
    sentences, total = _sentences(texts, options.input_path)
    with ended_by_interrupt():
        bundle = open_bundle(options.model, options.provider)
    if options.all_heads and bundle.card.heads is None:
        raise InputError(f"--all-heads: {bundle.card.name} has no heads; it is no Transformer")
    controls = controls_of(bundle, options)
    force = forced_tokens(bundle, options.force, target_limit(bundle.card, options.max_length))
    chunks = _decoded(bundle, sentences, controls, options.max_length, force)
    with (
        writing(options.output) as out,
        contextlib.closing(tracked(chunks, total, "decoding", on_screen=out.isatty())) as traces,
    ):
        _write(traces, form, out, options.all_heads, can_copy(bundle.card.languages))


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
    controls = given_controls(bundle, options)
    return check_controls(bundle.card, showing(bundle.card, controls, options.layer, options.head, options.aggregate))


def given_controls(bundle: Bundle, options: object) -> Controls:
    """Return the model's controls with those of the switches that the options name and that were given."""
    given = {name: value for name in SWITCHES if (value := getattr(options, name)) is not None}
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


def _read(bundle: Bundle, place: str, text: str) -> Source:
    try:
        return bundle.source.encode_source(text, bundle.card.sizes.max_source)
    except InputError as error:
        raise InputError(f"{place}{error}") from error


def _decoded(
    bundle: Bundle,
    sentences: Iterable[Sentence],
    controls: Controls,
    max_length: int | None,
    force: tuple[int, ...],
) -> Iterator[list[Trace]]:
    for part in chunked(sentences, CHUNK):
        sources = [_read(bundle, place, text) for place, text in part]
        yield decode_batch(bundle, sources, controls, max_length, [force] * len(sources), top=1)


def _write(traces: Iterable[Trace], form: str, out: TextIO, all_heads: bool, copies: bool) -> None:
    if form == "json":
        for trace in traces:
            out.write(to_json(trace, all_heads) + "\n")
    elif form == "svg":
        from explorer.render.svg import grids_svg

        out.write(grids_svg(list(traces)))
    elif form == "html":
        from explorer.render.html import grid_html

        out.write(grid_html(list(traces)))
    else:
        _write_text(traces, out, copies)


def _write_text(traces: Iterable[Trace], out: TextIO, copies: bool) -> None:
    from explorer.render.text import TraceText, print_trace

    to_file = out is not sys.stdout
    console = console_on(out, width=FILE_WIDTH, color_system=None) if to_file else console_on(out)
    for number, trace in enumerate(traces):
        if number:
            console.print()
        print_trace(console, TraceText(trace, copies=copies))
