"""``attn-explore align``: word links from force-decoding."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from explorer.commands.files import chunked, count_lines, name_of, one_of, read_lines
from explorer.commands.output import writing
from explorer.commands.progress import tracked, wants_bar
from explorer.errors import InputError
from explorer.interrupts import ended_by_interrupt
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.json_text import escaped_json
from explorer.runtime.links import Links, Pair, align_pairs, encode_pair, pharaoh
from explorer.runtime.switches import check_controls, default_controls, showing

FORMATS = ("pharaoh", "json")
CHUNK = 128
"""Pairs that are read, judged, force-decoded and written at a time."""
Words = tuple[list[str], list[str]]


@dataclass(frozen=True)
class AlignOptions:
    """The options of the command, as given."""

    model: str
    alignment: str | None
    attention: str | None
    layer: int | None
    head: int | None
    aggregate: str | None
    form: str
    provider: str


def run(file: str, options: AlignOptions) -> None:
    """Print the links of every pair, one line a pair.

    Raises:
        ExplorerError: Anything that cannot be used; then the links of the pairs before the bad one's chunk stand there.
    """
    form = one_of("format", options.form, FORMATS)
    with ended_by_interrupt():
        bundle = open_bundle(options.model, options.provider)
    controls = controls_for(bundle.card, options)
    chunks = _links(bundle, file, controls)
    total = count_lines(file) if wants_bar() else None
    with (
        writing(None) as out,
        contextlib.closing(tracked(chunks, total, "aligning", on_screen=out.isatty())) as found,
    ):
        for words, links in found:
            out.write((pharaoh(links) if form == "pharaoh" else to_json(words, links)) + "\n")


def read_pairs(file: str) -> Iterator[tuple[int, Words]]:
    """Yield (line number, (source words, target words)) of a TSV file.

    Raises:
        InputError: The file cannot be read or is empty, or a line is no pair (the line is named).
    """
    number = 0
    for number, line in read_lines(file):
        place = f"{name_of(file)}, line {number}"
        sides = line.split("\t")
        if len(sides) != 2:
            tabs = f"{len(sides) - 1} tabs" if len(sides) > 2 else "no tab"
            raise InputError(f"{place}: {tabs}; a pair is source words, one tab, target words")
        words = (sides[0].split(), sides[1].split())
        for side, found in zip(("source", "target"), words, strict=True):
            if not found:
                raise InputError(f"{place}: the {side} has no words")
        yield number, words
    if not number:
        raise InputError(f"{name_of(file)} is empty: there is nothing to align")


def controls_for(card: Card, options: AlignOptions) -> Controls:
    """Return the controls to align under: those asked for, or those of the best alignment error rate in the card."""
    controls = default_controls(card)
    asked = {name: value for name in ("alignment", "attention") if (value := getattr(options, name)) is not None}
    if not asked and card.heads is None:
        rates = (facts.get("best") for name, facts in card.scores.items() if name.startswith("alignment"))
        best = next((best for best in rates if best), None)
        if best is not None:
            asked = {"alignment": best["alignment"], "attention": best["attention"]}
    shown = showing(card, controls.replace(**asked), options.layer, options.head, options.aggregate)
    return check_controls(card, shown)


def to_json(words: Words, links: Links) -> str:
    """Return a pair and its links as one line of JSON."""
    return escaped_json({"source": words[0], "target": words[1], "links": [list(link) for link in links]})


def _encoded(bundle: Bundle, file: str, number: int, words: Words) -> Pair:
    try:
        return encode_pair(bundle, *words)
    except InputError as error:
        raise InputError(f"{name_of(file)}, line {number}: {error}") from error


def _links(bundle: Bundle, file: str, controls: Controls) -> Iterator[list[tuple[Words, Links]]]:
    pairs: Iterable[tuple[int, Words]] = read_pairs(file)
    for part in chunked(pairs, CHUNK):
        encoded = [_encoded(bundle, file, number, words) for number, words in part]
        found = align_pairs(bundle, encoded, controls)
        yield [(words, links) for (_, words), links in zip(part, found, strict=True)]
