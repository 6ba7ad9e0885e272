"""``attn-explore open``: attention from other programs in, a viewer or a figure out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from explorer.commands.files import one_of
from explorer.commands.output import STANDARD_OUTPUT, write_bytes, writing
from explorer.commands.screen import on_screen
from explorer.errors import InputError
from explorer.runtime.foreign.files import KINDS, Beside, open_attention
from explorer.runtime.foreign.json_forms import MOST_WEIGHTS, WEIGHTS, json_fields
from explorer.runtime.foreign.npy import npz_of
from explorer.runtime.foreign.pair import ForeignFile, ForeignPair, showing, trace_of
from explorer.runtime.json_text import escaped_json
from explorer.runtime.labels import printable

FORMATS = ("text", "json", "svg", "html", "npz")
SUFFIXES = MappingProxyType(
    {".txt": "text", ".json": "json", ".jsonl": "json", ".svg": "svg", ".html": "html", ".npz": "npz"}
)
"""What the name of the output says where no format is given."""


@dataclass(frozen=True)
class OpenOptions:
    """The options of the command, as given; None where one was not."""

    form: str | None
    output: str | None
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
    kind = None if options.kind is None else one_of("form", options.kind, KINDS)
    if form is None and not on_screen():
        raise InputError(f"the viewer needs a terminal; without one give --format {'|'.join(FORMATS)}")
    opened = open_attention(file, kind, Beside(options.source, options.target, options.pairs))
    first = _first(opened, options.sentence)
    chosen = opened.pairs if options.sentence is None else (opened.pairs[first],)
    if form is None:
        showing(opened.pairs[first], *options.shown)
        from explorer.tui.foreign import run_viewer

        run_viewer(opened, first, options.shown)
    elif form == "npz":
        write_bytes(options.output or STANDARD_OUTPUT, _npz(chosen, options))
    else:
        _write(form, opened.name, chosen, options)


def to_json(name: str, pair: ForeignPair, options: OpenOptions) -> str:
    """Return a pair as one line of JSON, which can be opened again.

    Fields as those of ``decode``: model (the file), alignment, attention (null: a file does not say), source, target,
    source_tokens, target_tokens, log_probs (null), weights. These have the shape of the file, unless --layer, --head or
    --aggregate name one map of them, (tgt_len × src_len), and stand in fields of their own.

    Raises:
        InputError: Too many weights, or heads that there are not.
    """
    shown = _narrowed(pair, options)
    if shown.weights.size > MOST_WEIGHTS:
        raise InputError(f"{shown.weights.size} weights are too many for JSON: write npz, or one head or layer")
    controls = showing(pair, *options.shown)
    trace = trace_of(pair, name, controls)
    content = {
        "model": name,
        "alignment": None,
        "attention": None,
        "source": trace.source.text,
        "target": trace.text,
        **json_fields(shown),
    }
    weights = content.pop(WEIGHTS)
    content |= {"log_probs": None, WEIGHTS: weights}
    if shown is not pair:
        content |= {"layer": controls.layer, "head": controls.head, "aggregate": controls.aggregate}
    return escaped_json(content)


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


def _first(opened: ForeignFile, sentence: int | None) -> int:
    """Return the index of the sentence that was asked for, 0 where none was."""
    if sentence is None:
        return 0
    if not 1 <= sentence <= len(opened.pairs):
        raise InputError(f"--sentence {sentence}: {opened.name} has sentences 1 to {len(opened.pairs)}")
    return sentence - 1


def _narrowed(pair: ForeignPair, options: OpenOptions) -> ForeignPair:
    """Return the one map that was asked for in the place of all; the pair itself where none was."""
    controls = showing(pair, *options.shown)
    if options.shown == (None, None, None):
        return pair
    return ForeignPair(pair.source_tokens, pair.target_tokens, trace_of(pair, "", controls).weights)


def _npz(pairs: Sequence[ForeignPair], options: OpenOptions) -> bytes:
    if len(pairs) > 1:
        raise InputError(f"an npz holds one sentence, and there are {len(pairs)}: choose one with --sentence N")
    pair = _narrowed(pairs[0], options)
    return npz_of(pair.weights, pair.source_tokens, pair.target_tokens)


def _write(form: str, name: str, pairs: Sequence[ForeignPair], options: OpenOptions) -> None:
    for pair in pairs:  # before anything is written: sentences may have different heads
        showing(pair, *options.shown)
    traces = (trace_of(pair, name, showing(pair, *options.shown)) for pair in pairs)
    with writing(options.output) as out:
        if form == "json":
            out.writelines(f"{line}\n" for line in _lines(name, pairs, options))
        elif form == "svg":
            from explorer.render.svg import grids_svg

            out.write(grids_svg(list(traces)))
        elif form == "html":
            from explorer.render.html import grid_html

            out.write(grid_html(list(traces)))
        else:
            from explorer.commands.decoding import write_text
            from explorer.render.text import TraceText, print_trace

            write_text(traces, out, lambda console, trace: print_trace(console, TraceText(trace)))


def _lines(name: str, pairs: Sequence[ForeignPair], options: OpenOptions) -> Iterator[str]:
    for pair in pairs:
        yield to_json(name, pair, options)
