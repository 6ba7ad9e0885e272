"""True sentences about a scene, in several phrasings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.scenes.dice import Dice
from explorer.scenes.grammar import PHRASINGS, Noun, NounPhrase, Phrasing, Says
from explorer.scenes.relations import is_plain
from explorer.scenes.scene import BIG, Scene, Shape

_STREAM = 1
_FULL, _WITHOUT_SIZE, _WITHOUT_COLOUR = 4, 2, 1
"""How often a noun phrase says everything, and how often it leaves something out where the rest is enough."""
_EXPECTED = 75
"""Of a hundred captions so many begin with the object that meets the eye and go on to the nearest."""

Cast = tuple[int, ...]
"""The number of the object that each noun phrase of a phrasing speaks of."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence that knows what it speaks of.

    Attributes:
        text: The sentence: lower case a-z, single spaces, no final period.
        objects: For each word the number of the object that it speaks of, None for articles, relations and whatever
            else describes no object. As many as words.
    """

    text: str
    objects: tuple[int | None, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words, in their order."""
        return tuple(self.text.split(" "))


def caption_of(scene: Scene, number: int) -> Caption:
    """Return a caption of a scene: always the same one for a number.

    Every noun phrase fits one object alone, and every relation holds by a margin (`relations.is_plain`). Most begin
    with the object that meets the eye first (big before small, then from the left) and go on to its neighbour; the
    others take any objects. Numbers that follow each other may well give the same caption.

    Args:
        scene: What to speak of; two objects or more that do not overlap, none looking like another.
        number: Which caption, counted from 0.

    Raises:
        ValueError: A scene with fewer objects.
    """
    dice = Dice(scene.seed, _STREAM, number)
    waiting = list(PHRASINGS)
    while waiting:
        phrasing = dice.weighted(waiting, [phrasing.weight for phrasing in waiting])
        casts = list(_casts(phrasing, scene))
        if casts:
            return _written(phrasing, scene, casts[0] if dice.happens(_EXPECTED) else dice.pick(casts), dice)
        waiting.remove(phrasing)
    raise ValueError("nothing can be said of a scene with fewer than two objects")


def noun_phrases(number: int, shapes: Sequence[Shape]) -> tuple[NounPhrase, ...]:
    """Return the noun phrases, fullest first, that fit one of some shapes and no other."""
    size, colour, kind = shapes[number].look
    others = [shape for place, shape in enumerate(shapes) if place != number]
    phrases = (NounPhrase(size, colour, kind), NounPhrase(None, colour, kind), NounPhrase(size, None, kind))
    return tuple(phrase for phrase in phrases if not any(map(phrase.fits, others)))


def _casts(phrasing: Phrasing, scene: Scene) -> Iterator[Cast]:
    """Yield the objects that a phrasing can speak of, those that are expected first."""
    shapes = scene.shapes
    eye = sorted(range(len(shapes)), key=lambda one: (shapes[one].size != BIG, shapes[one].box.left))

    def expected(cast: Cast) -> tuple[float, ...]:
        centre = shapes[cast[0]].box.centre
        # Rounded, because the last bit of a distance is another one with another version of Python.
        return eye.index(cast[0]), *(round(math.dist(centre, shapes[one].box.centre), 6) for one in cast[1:])

    for cast in sorted(itertools.permutations(range(len(shapes)), phrasing.nouns), key=expected):
        if all(_sayable(says, cast, scene) for says in phrasing.says):
            yield cast


def _sayable(says: Says, cast: Cast, scene: Scene) -> tuple[str, ...]:
    """Return the words of the relations that plainly hold."""
    boxes = [scene.shapes[cast[noun]].box for noun in says.nouns]
    plain = {relation for relation in {relation for relation, _ in says.forms} if is_plain(relation, boxes)}
    return tuple(words for relation, words in says.forms if relation in plain)


def _written(phrasing: Phrasing, scene: Scene, cast: Cast, dice: Dice) -> Caption:
    words: list[str] = []
    objects: list[int | None] = []
    for part in phrasing.parts:
        if isinstance(part, Noun):
            phrase = _told(cast[part.number], scene.shapes, dice)
            words += phrase.words
            objects += [None, *[cast[part.number]] * len(phrase.content)]
        else:
            said = (dice.pick(_sayable(part, cast, scene)) if isinstance(part, Says) else part).split()
            words += said
            objects += [None] * len(said)
    return Caption(" ".join(words), tuple(objects))


def _told(number: int, shapes: Sequence[Shape], dice: Dice) -> NounPhrase:
    phrases = noun_phrases(number, shapes)
    return dice.weighted(phrases, list(map(_weight, phrases)))


def _weight(phrase: NounPhrase) -> int:
    if phrase.colour is None:
        return _WITHOUT_COLOUR
    return _WITHOUT_SIZE if phrase.size is None else _FULL
