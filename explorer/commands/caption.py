"""``attn-explore caption``: pictures in, captions with where each word looked out."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.commands.comparing import maker_for
from explorer.commands.decoding import DecodingOptions
from explorer.commands.figures import look_of, write_figures
from explorer.commands.files import chunked
from explorer.commands.makers import Decoding, check_alone
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.render.strip_figure import StripFigure
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.switches import check_controls

CHUNK = 32
"""Pictures that are read, captioned and written at a time."""


def run(images: Sequence[str], options: DecodingOptions) -> None:
    """Caption and write.

    Raises:
        ExplorerError: Anything that cannot be used. A file is then left as it was; on standard output stands what was
            captioned before the bad picture's chunk.
    """
    check_alone(options)
    look = look_of(options, options.form)
    search = options.best_of()
    with ended_by_interrupt():
        bundle = open_bundle(options.model, options.provider)
    if bundle.card.image is None:
        raise InputError(f"{bundle.card.name} reads text, not pictures: `attn-explore decode TEXT`")
    decoding = Decoding.of(bundle, _controls(bundle, options), options)
    maker = maker_for(decoding, search, options, _controls, StripFigure)
    sources = ([bundle.read_source(image) for image in part] for part in chunked(images, maker.chunk(CHUNK)))
    write_figures(map(maker.figures, sources), len(images) * maker.each, "captioning", options.output, look)


def _controls(bundle: Bundle, options: DecodingOptions) -> Controls:
    return check_controls(bundle.card, options.controls(bundle))
