"""``attn-explore decode``: sentences in, translations with their attention out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console

from explorer.commands.files import STANDARD_INPUT, name_of, one_of, read_lines, writing
from explorer.commands.progress import tracked
from explorer.errors import InputError
from explorer.runtime.batch import decode_batch, target_limit
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import check_controls, default_controls
from explorer.runtime.trace import Trace

FORMATS = ("text", "json", "svg", "html")
CHUNK = 128
"""Lines that are decoded and written at a time."""
DIGITS = 6
FILE_WIDTH = 100
"""Cells of a line of text that goes to a file."""
_UNSAFE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that JSON may hold raw and that a terminal may obey: C1 controls, line separators, bidirectional marks."""


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
    max_length: int | None
    force: str | None
    form: str
    output: str | None
    provider: str


def run(texts: Sequence[str], options: DecodeOptions) -> None:
    """Decode and write.

    Raises:
        ExplorerError: Anything that cannot be used; then nothing was written.
    """
    form = one_of("format", options.form, FORMATS)
    lines = _lines(texts, options.input_path)
    bundle = open_bundle(options.model, options.provider)
    controls = controls_of(bundle, options)
    target_limit(bundle.card, options.max_length)
    force = _forced(bundle, options.force)
    for place, text in lines:  # every line is judged before the first one is written
        _read(bundle, place, text)
    traces = _decoded(bundle, [text for _, text in lines], controls, options.max_length, force)
    with writing(options.output) as out:
        _write(tracked(traces, len(lines), "decoding"), form, out, to_file=options.output is not None)


def _lines(texts: Sequence[str], path: str | None) -> list[tuple[str, str]]:
    """Return (what an error calls it, text) of every sentence."""
    if texts and path is not None:
        raise InputError("give either TEXT or --input, not both")
    if texts:
        return [("" if len(texts) == 1 else f"TEXT {number}: ", text) for number, text in enumerate(texts, start=1)]
    if path is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError("nothing to decode: give TEXT, --input FILE, or lines on standard input")
        path = STANDARD_INPUT
    lines = [(f"{name_of(path)}, line {number}: ", text) for number, text in read_lines(path)]
    if not lines:
        raise InputError(f"{name_of(path)} is empty: there is nothing to decode")
    return lines


def controls_of(bundle: Bundle, options: DecodeOptions) -> Controls:
    """Return the model's controls with the options that were given."""
    given = {
        name: value
        for name in ("alignment", "attention", "window", "temperature", "seed")
        if (value := getattr(options, name)) is not None
    }
    return check_controls(bundle.card, default_controls(bundle.card).replace(**given))


def _forced(bundle: Bundle, text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    try:
        return bundle.target.encode_target(text, bundle.card.sizes.max_target)
    except InputError as error:
        raise InputError(f"--force: {error}") from error


def _read(bundle: Bundle, place: str, text: str) -> None:
    try:
        bundle.source.encode_source(text, bundle.card.sizes.max_source)
    except InputError as error:
        raise InputError(f"{place}{error}") from error


def _decoded(
    bundle: Bundle, texts: Sequence[str], controls: Controls, max_length: int | None, force: tuple[int, ...]
) -> Iterator[Trace]:
    for first in range(0, len(texts), CHUNK):
        part = texts[first : first + CHUNK]
        sources = [bundle.source.encode_source(text, bundle.card.sizes.max_source) for text in part]
        yield from decode_batch(bundle, sources, controls, max_length, [force] * len(sources), top=1)


def _write(traces: Iterator[Trace], form: str, out: TextIO, *, to_file: bool) -> None:
    if form == "json":
        for trace in traces:
            out.write(to_json(trace) + "\n")
    elif form == "svg":
        from explorer.render.svg import grids_svg

        out.write(grids_svg(list(traces)))
    elif form == "html":
        from explorer.render.html import grid_html

        out.write(grid_html(list(traces)))
    else:
        _write_text(traces, out, to_file)


def _write_text(traces: Iterator[Trace], out: TextIO, to_file: bool) -> None:
    from explorer.render.text import TraceText, print_trace

    console = Console(file=out, width=FILE_WIDTH, color_system=None) if to_file else Console(file=out)
    for number, trace in enumerate(traces):
        if number:
            console.print()
        print_trace(console, TraceText(trace))


def to_json(trace: Trace) -> str:
    """Return a trace as one line of JSON.

    Fields: model, alignment, attention, source, target, source_tokens, target_tokens, log_probs (tgt_len),
    weights (tgt_len × src_len). Tokens are the vocabulary's own spelling, the end token included.
    """
    content = {
        "model": trace.model,
        "alignment": trace.controls.alignment,
        "attention": trace.controls.attention,
        "source": trace.source.text,
        "target": trace.text,
        "source_tokens": list(trace.source.pieces),
        "target_tokens": [step.piece for step in trace.steps],
        "log_probs": [round(step.log_prob, DIGITS) for step in trace.steps],
        "weights": [[round(float(weight), DIGITS) for weight in step.weights] for step in trace.steps],
    }
    return escaped_json(content)


def escaped_json(content: object) -> str:
    """Return one line of JSON in which nothing that a terminal may obey stands raw."""
    text = json.dumps(content, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
