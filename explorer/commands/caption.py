"""``attn-explore caption``: pictures in, captions with where each word looked out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from explorer.commands.decoding import FORMATS, DecodingOptions, forced_tokens, write_text
from explorer.commands.files import chunked, one_of
from explorer.commands.output import writing
from explorer.commands.progress import tracked
from explorer.commands.searching import BestOf
from explorer.commands.trace_json import to_json
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.runtime.batch import decode_batch, target_limit
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import check_controls
from explorer.runtime.trace import Trace

CHUNK = 32
"""Pictures that are read, captioned and written at a time."""


def run(images: Sequence[str], options: DecodingOptions) -> None:
    """Caption and write.

    Raises:
        ExplorerError: Anything that cannot be used. A file is then left as it was; on standard output stands what was
            captioned before the bad picture's chunk.
    """
    form = one_of("format", options.form, FORMATS)
    search = options.best_of()
    with ended_by_interrupt():
        bundle = open_bundle(options.model, options.provider)
    if bundle.card.image is None:
        raise InputError(f"{bundle.card.name} reads text, not pictures: `attn-explore decode TEXT`")
    controls = check_controls(bundle.card, options.controls(bundle))
    force = forced_tokens(bundle, options.force, target_limit(bundle.card, options.max_length))
    chunks = _captioned(bundle, images, controls, options.max_length, force, search)
    total = len(images) * (1 if search is None else search.count)
    with (
        writing(options.output) as out,
        contextlib.closing(tracked(chunks, total, "captioning", on_screen=out.isatty())) as traces,
    ):
        _write(traces, form, out)


def _captioned(
    bundle: Bundle,
    images: Sequence[str],
    controls: Controls,
    max_length: int | None,
    force: tuple[int, ...],
    search: BestOf | None,
) -> Iterator[list[Trace]]:
    for part in chunked(images, CHUNK if search is None else search.chunk(CHUNK)):
        sources = [bundle.read_source(image) for image in part]
        if search is None:
            yield decode_batch(bundle, sources, controls, max_length, [force] * len(sources), top=1)
        else:
            yield search.traces(bundle, sources, controls, max_length, force)


def _write(traces: Iterable[Trace], form: str, out: TextIO) -> None:
    if form == "json":
        for trace in traces:
            out.write(to_json(trace) + "\n")
    elif form == "svg":
        from explorer.render.picture_svg import captions_svg

        out.write(captions_svg(list(traces)))
    elif form == "html":
        from explorer.render.picture_svg import captions_html

        out.write(captions_html(list(traces)))
    else:
        from explorer.render.picture_text import CaptionText

        write_text(traces, out, lambda console, trace: console.print(CaptionText(trace), crop=False, highlight=False))
