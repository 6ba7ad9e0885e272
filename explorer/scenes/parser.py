"""From a caption to what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.scenes.grammar import PHRASINGS, Forms, Noun, NounPhrase, Phrasing, article_of
from explorer.scenes.scene import COLOURS, KINDS, SIZES


@dataclass(frozen=True, slots=True)
class Fact:
    """A relation that a caption claims.

    Attributes:
        relation: One of `relations`.
        nouns: The numbers of the noun phrases that it is claimed of, in the relation's order.
    """

    relation: str
    nouns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a caption says.

    Attributes:
        phrases: Its noun phrases, in their order.
        facts: The relations that it claims.
        nouns: For each word the number of the noun phrase that it belongs to as a content word; None for others.
    """

    phrases: tuple[NounPhrase, ...]
    facts: tuple[Fact, ...]
    nouns: tuple[int | None, ...]


def parse(text: str) -> Meaning | None:
    """Return what a caption says; None for a text that the grammar cannot say.

    Words may be parted by any white space; everything else has to be as captions are written.
    """
    words = tuple(text.split())
    for phrasing in PHRASINGS:  # no caption has two readings
        meaning = _read(phrasing, words)
        if meaning is not None:
            return meaning
    return None


def _read(phrasing: Phrasing, words: Sequence[str]) -> Meaning | None:
    phrases: list[NounPhrase] = []
    facts: list[Fact] = []
    nouns: list[int | None] = []
    for part in phrasing.parts:
        rest = words[len(nouns) :]
        if isinstance(part, Noun):
            phrase = _read_noun(rest)
            if phrase is None:
                return None
            phrases.append(phrase)
            nouns += [None, *[part.number] * len(phrase.content)]
        else:
            found = _read_form(((("", part),) if isinstance(part, str) else part.forms), rest)
            if found is None:
                return None
            relation, length = found
            nouns += [None] * length
            if not isinstance(part, str):
                facts.append(Fact(relation, part.nouns))
    return Meaning(tuple(phrases), tuple(facts), tuple(nouns)) if len(nouns) == len(words) else None


def _read_noun(words: Sequence[str]) -> NounPhrase | None:
    """Read a noun phrase at the beginning of some words."""
    content = list(words[1:4])
    size = content.pop(0) if content and content[0] in SIZES else None
    colour = content.pop(0) if content and content[0] in COLOURS else None
    if not content or content[0] not in KINDS or (size is None and colour is None):
        return None
    return NounPhrase(size, colour, content[0]) if words[0] == article_of(words[1]) else None


def _read_form(forms: Forms, words: Sequence[str]) -> tuple[str, int] | None:
    """Read the words of a relation at the beginning of some words: (relation, how many words)."""
    for relation, said in forms:
        expected = tuple(said.split())
        if tuple(words[: len(expected)]) == expected:
            return relation, len(expected)
    return None
