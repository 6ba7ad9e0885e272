"""``attn-explore align``: word links from force-decoding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.commands.decode import escaped_json
from explorer.commands.files import name_of, one_of, read_lines, writing
from explorer.commands.progress import tracked
from explorer.errors import InputError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.links import Links, Pair, align_pairs, encode_pair, pharaoh
from explorer.runtime.switches import check_controls, default_controls

FORMATS = ("pharaoh", "json")
CHUNK = 128
"""Pairs that are force-decoded at a time."""
Words = tuple[list[str], list[str]]


def run(file: str, model: str, alignment: str | None, attention: str | None, form: str, provider: str) -> None:
    """Print the links of every pair, one line a pair.

    Raises:
        ExplorerError: Anything that cannot be used; then nothing was printed.
    """
    form = one_of("format", form, FORMATS)
    pairs = read_pairs(file)
    bundle = open_bundle(model, provider)
    controls = controls_for(bundle.card, alignment, attention)
    encoded = [_encoded(bundle, file, number, words) for number, words in pairs]
    with writing(None) as out:
        found = tracked(_links(bundle, encoded, controls), len(pairs), "aligning")
        for (_, words), links in zip(pairs, found, strict=True):
            out.write((pharaoh(links) if form == "pharaoh" else to_json(words, links)) + "\n")


def read_pairs(file: str) -> list[tuple[int, Words]]:
    """Return (line number, (source words, target words)) of a TSV file.

    Raises:
        InputError: The file cannot be read or is empty, or a line is no pair (the line is named).
    """
    pairs = []
    for number, line in read_lines(file):
        sides = line.split("\t")
        if len(sides) != 2:
            raise InputError(
                f"{name_of(file)}, line {number}: {len(sides)} columns; a pair is source words, one tab, target words"
            )
        words = (sides[0].split(), sides[1].split())
        if not all(words):
            raise InputError(f"{name_of(file)}, line {number}: the {'source' if words[1] else 'target'} has no words")
        pairs.append((number, words))
    if not pairs:
        raise InputError(f"{name_of(file)} is empty: there is nothing to align")
    return pairs


def controls_for(card: Card, alignment: str | None, attention: str | None) -> Controls:
    """Return the controls to align under: those asked for, or those of the best alignment error rate in the card."""
    controls = default_controls(card)
    if alignment is None and attention is None:
        rates = (facts.get("best") for name, facts in card.scores.items() if name.startswith("alignment"))
        best = next((best for best in rates if best), None)
        if best is not None:
            return check_controls(card, controls.replace(alignment=best["alignment"], attention=best["attention"]))
    asked = {"alignment": alignment, "attention": attention}
    return check_controls(card, controls.replace(**{name: value for name, value in asked.items() if value is not None}))


def to_json(words: Words, links: Links) -> str:
    """Return a pair and its links as one line of JSON."""
    return escaped_json({"source": words[0], "target": words[1], "links": [list(link) for link in links]})


def _encoded(bundle: Bundle, file: str, number: int, words: Words) -> Pair:
    try:
        return encode_pair(bundle, *words)
    except InputError as error:
        raise InputError(f"{name_of(file)}, line {number}: {error}") from error


def _links(bundle: Bundle, pairs: Sequence[Pair], controls: Controls) -> Iterator[Links]:
    for first in range(0, len(pairs), CHUNK):
        yield from align_pairs(bundle, pairs[first : first + CHUNK], controls)
