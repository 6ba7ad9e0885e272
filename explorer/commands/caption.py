"""``attn-explore caption``: pictures in, captions with where each word looked out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.commands.decoding import DecodingOptions, forced_tokens
from explorer.commands.figures import look_of, write_figures
from explorer.commands.files import chunked
from explorer.commands.searching import BestOf
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.render.strip_figure import StripFigure
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
    look = look_of(options)
    search = options.best_of()
    with ended_by_interrupt():
        bundle = open_bundle(options.model, options.provider)
    if bundle.card.image is None:
        raise InputError(f"{bundle.card.name} reads text, not pictures: `attn-explore decode TEXT`")
    controls = check_controls(bundle.card, options.controls(bundle))
    force = forced_tokens(bundle, options.force, target_limit(bundle.card, options.max_length))
    chunks = _captioned(bundle, images, controls, options.max_length, force, search)
    total = len(images) * (1 if search is None else search.count)
    write_figures(chunks, total, "captioning", options, look, StripFigure)


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
