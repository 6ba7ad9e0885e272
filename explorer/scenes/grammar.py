"""The language of captions: noun phrases, words for relations, and the phrasings that join them.

Captions are written (`captions`) and read (`parser`) by these tables alone, so what can be said can be read, and
nothing else. A caption is lower case, words of a-z with one space between them, without a final period.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.scenes.relations import (
    ABOVE,
    AT_BOTTOM,
    AT_LEFT,
    AT_RIGHT,
    AT_TOP,
    BELOW,
    BETWEEN,
    IN_MIDDLE,
    LEFT,
    RIGHT,
)
from explorer.scenes.scene import COLOURS, KINDS, SIZES, Shape

VOWELS = "aeiou"
Forms = tuple[tuple[str, str], ...]
"""(relation, how it is said); no two of a table begin alike, so reading never has to go back."""

BESIDE: Forms = (
    (LEFT, "left of"),
    (LEFT, "to the left of"),
    (RIGHT, "right of"),
    (RIGHT, "to the right of"),
    (ABOVE, "above"),
    (BELOW, "below"),
    (BELOW, "under"),
)
ON_ITS_SIDE: Forms = ((LEFT, "on its left"), (RIGHT, "on its right"), (ABOVE, "above it"), (BELOW, "below it"))
AMID: Forms = ((BETWEEN, "between"),)
PLACES: Forms = (
    (AT_LEFT, "on the left"),
    (AT_RIGHT, "on the right"),
    (AT_TOP, "at the top"),
    (AT_BOTTOM, "at the bottom"),
    (IN_MIDDLE, "in the middle"),
)


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """What a caption says of one object, "a small red circle"; size or colour may be left out, not both."""

    size: str | None
    colour: str | None
    kind: str

    def fits(self, shape: Shape) -> bool:
        """Return whether everything that is said is true of a shape."""
        return self.kind == shape.kind and self.size in (None, shape.size) and self.colour in (None, shape.colour)

    @property
    def content(self) -> tuple[str, ...]:
        """The words that describe."""
        return tuple(word for word in (self.size, self.colour, self.kind) if word is not None)

    @property
    def words(self) -> tuple[str, ...]:
        """The article and the content words."""
        return article_of(self.content[0]), *self.content


def article_of(word: str) -> str:
    """Return the article before a word."""
    return "an" if word[0] in VOWELS else "a"


@dataclass(frozen=True, slots=True)
class Noun:
    """A place of a phrasing for a noun phrase, numbered from 0 in the order in which they are said."""

    number: int


@dataclass(frozen=True, slots=True)
class Says:
    """A place for the words of a relation.

    Attributes:
        forms: Relations that may be said here, and their words.
        nouns: Which noun phrases are related, in the relation's order: (0, 1) says it of 0 with regard to 1.
    """

    forms: Forms
    nouns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way of building a caption.

    Attributes:
        weight: How often it is taken, against the other phrasings that a scene allows.
        parts: Words, noun phrases and relations in their order.
    """

    weight: int
    parts: tuple[str | Noun | Says, ...]

    @property
    def nouns(self) -> int:
        """How many noun phrases it has."""
        return sum(isinstance(part, Noun) for part in self.parts)

    @property
    def says(self) -> tuple[Says, ...]:
        """Its relations."""
        return tuple(part for part in self.parts if isinstance(part, Says))


_FIRST, _SECOND, _THIRD = Noun(0), Noun(1), Noun(2)

PHRASINGS = (
    Phrasing(8, (_FIRST, "is", Says(BESIDE, (0, 1)), _SECOND)),
    Phrasing(3, (_FIRST, Says(BESIDE, (0, 1)), _SECOND)),
    Phrasing(3, ("there is", _FIRST, Says(BESIDE, (0, 1)), _SECOND)),
    Phrasing(2, ("the picture shows", _FIRST, Says(BESIDE, (0, 1)), _SECOND)),
    Phrasing(2, (Says(BESIDE, (1, 0)), _FIRST, "is", _SECOND)),
    Phrasing(2, (_FIRST, "has", _SECOND, Says(ON_ITS_SIDE, (1, 0)))),
    Phrasing(3, (_FIRST, "is", Says(BESIDE, (0, 1)), _SECOND, "and", Says(BESIDE, (0, 2)), _THIRD)),
    Phrasing(8, (_FIRST, "is", Says(AMID, (0, 1, 2)), _SECOND, "and", _THIRD)),
    Phrasing(2, (_FIRST, "is", Says(PLACES, (0,)), "and", _SECOND, "is", Says(PLACES, (1,)))),
    Phrasing(1, ("there is", _FIRST, "and", _SECOND)),
    Phrasing(1, (_FIRST, "is", Says(PLACES, (0,)))),
    Phrasing(1, ("there is", _FIRST, Says(PLACES, (0,)))),
)


def vocabulary() -> tuple[str, ...]:
    """Return every word that a caption can have, sorted; they are fewer than sixty."""
    words = {*SIZES, *COLOURS, *KINDS, *map(article_of, (*SIZES, *COLOURS))}
    for phrasing in PHRASINGS:
        for part in phrasing.parts:
            if isinstance(part, str):
                words.update(part.split())
            elif isinstance(part, Says):
                words.update(word for _, said in part.forms for word in said.split())
    return tuple(sorted(words))
