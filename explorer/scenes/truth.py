"""Whether a caption is true of a scene, and which objects it speaks of."""

from __future__ import annotations

import itertools

from explorer.scenes.parser import Meaning, parse
from explorer.scenes.relations import holds
from explorer.scenes.scene import Scene

Spoken = tuple[frozenset[int] | None, ...]


def readings(meaning: Meaning, scene: Scene) -> tuple[tuple[int, ...], ...]:
    """Return every choice of distinct objects, one a noun phrase, that makes a caption true.

    Returns:
        The objects' numbers, in the order of the noun phrases.
    """
    shapes = scene.shapes
    return tuple(
        cast
        for cast in itertools.permutations(range(len(shapes)), len(meaning.phrases))
        if all(phrase.fits(shapes[one]) for phrase, one in zip(meaning.phrases, cast, strict=True))
        and all(holds(fact.relation, [shapes[cast[noun]].box for noun in fact.nouns]) for fact in meaning.facts)
    )


def is_true(meaning: Meaning, scene: Scene) -> bool:
    """Return whether distinct objects fit all noun phrases so that all relations hold (`relations.holds`)."""
    return bool(readings(meaning, scene))


def spoken_objects(text: str, scene: Scene) -> Spoken | None:
    """Return for each word of a caption, whoever wrote it, the objects that it may speak of.

    Of a true caption these are the objects of all its readings; nearly always there is one. Of a false one, each noun
    phrase speaks of whatever it fits by itself, possibly nothing: then no place in the picture is the right one.

    Returns:
        None for a word that describes no object; None altogether for a text that the grammar cannot say.
    """
    meaning = parse(text)
    if meaning is None:
        return None
    casts = readings(meaning, scene)
    if casts:
        spoken = [frozenset(cast[noun] for cast in casts) for noun in range(len(meaning.phrases))]
    else:
        spoken = [
            frozenset(number for number, shape in enumerate(scene.shapes) if phrase.fits(shape))
            for phrase in meaning.phrases
        ]
    return tuple(None if noun is None else spoken[noun] for noun in meaning.nouns)
