"""Reading captions: exactly the grammar's, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.scenes import parser
from explorer.scenes.captions import caption_of
from explorer.scenes.generate import scene_of
from explorer.scenes.grammar import PHRASINGS, NounPhrase, vocabulary
from explorer.scenes.parser import Fact, Meaning, parse
from explorer.scenes.scene import Scene
from explorer.scenes.truth import is_true, spoken_objects

SMALL_RED_CIRCLE = NounPhrase("small", "red", "circle")
GREEN_SQUARE = NounPhrase(None, "green", "square")
BIG_STAR = NounPhrase("big", None, "star")
ALL = (SMALL_RED_CIRCLE, GREEN_SQUARE, BIG_STAR)


@pytest.mark.parametrize(
    ("text", "phrases", "facts"),
    [
        ("a small red circle is left of a green square", 2, [("left", (0, 1))]),
        ("a small red circle to the right of a green square", 2, [("right", (0, 1))]),
        ("there is a small red circle under a green square", 2, [("below", (0, 1))]),
        ("the picture shows a small red circle above a green square", 2, [("above", (0, 1))]),
        ("to the left of a small red circle is a green square", 2, [("left", (1, 0))]),
        ("a small red circle has a green square on its left", 2, [("left", (1, 0))]),
        ("a small red circle has a green square below it", 2, [("below", (1, 0))]),
        (
            "a small red circle is left of a green square and above a big star",
            3,
            [("left", (0, 1)), ("above", (0, 2))],
        ),
        ("a small red circle is between a green square and a big star", 3, [("between", (0, 1, 2))]),
        (
            "a small red circle is on the left and a green square is at the top",
            2,
            [("at left", (0,)), ("at top", (1,))],
        ),
        ("there is a small red circle and a green square", 2, []),
        ("a small red circle is in the middle", 1, [("in middle", (0,))]),
        (" there is a small  red circle\tat the bottom\n", 1, [("at bottom", (0,))]),
    ],
)
def test_what_is_read(text: str, phrases: int, facts: list[tuple[str, tuple[int, ...]]]) -> None:
    meaning = parse(text)
    assert meaning is not None
    assert meaning.phrases == ALL[:phrases]
    assert meaning.facts == tuple(Fact(*fact) for fact in facts)
    assert len(meaning.nouns) == len(text.split())


def test_content_words_know_their_phrase() -> None:
    meaning = parse("left of a big star is an orange ring")
    assert meaning is not None
    assert meaning.nouns == (None, None, None, 0, 0, None, None, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "a red",
        "a red circle",
        "a circle is on the left",  # neither size nor colour
        "an red circle is on the left",
        "a orange circle is on the left",
        "a red small circle is on the left",
        "a small small circle is on the left",
        "a big red red circle is on the left",
        "A red circle is on the left",
        "a red circle is on the left.",
        "a red circle is on the left and",
        "a red circle is on the left of a blue star",
        "a red circle is on the",
        "the red circle is on the left",
        "a red circle is left a blue star",
        "a red circle is left of",
        "a red circle is left of a blue star and",
        "a red circle is between a blue star",
        "a red circle is above it",
        "a red circle has a blue star left of",
        "there is a red circle",
        "there is a red circle and a blue star and a green ring",
        "a brown circle is on the left",
        "un cercle rouge",
    ],
)
def test_what_cannot_be_said_is_not_read(text: str) -> None:
    assert parse(text) is None
    assert spoken_objects(text, scene_of(1)) is None


@given(st.lists(st.sampled_from(vocabulary()), max_size=24))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    meaning = parse(" ".join(words))
    assert meaning is None or len(meaning.nouns) == len(words)


@given(st.integers(0, 10**9), st.integers(0, 50))
def test_a_caption_has_one_reading(seed: int, number: int) -> None:
    words = caption_of(scene_of(seed), number).words
    read = [meaning for phrasing in PHRASINGS if (meaning := parser._read(phrasing, words)) is not None]
    assert len(read) == 1


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("a big red circle is left of a small red circle", True),
        ("a red circle is left of a red circle", True),
        ("a blue square is left of a blue square", False),  # there is one, and it is not beside itself
        ("there is a blue square and a blue square", False),
        ("there is a red circle and a small circle", True),
        ("a red circle is above an orange star", True),
        ("a small red circle is left of a blue square", False),
        ("a blue square is between a small circle and a big circle", True),
        ("a big circle is between a small circle and a blue square", False),
        ("a small orange star is at the bottom", True),
        ("a red star is at the bottom", False),
        ("a big star is at the bottom", False),
        ("an orange star is under a blue square and below a big circle", True),
        ("an orange star is under a blue square and above a big circle", False),
        ("a blue square has a big circle on its left", True),
        ("a blue square has a big circle on its right", False),
    ],
)
def test_what_is_true(scene: Scene, text: str, true: bool) -> None:
    meaning = parse(text)
    assert isinstance(meaning, Meaning)
    assert is_true(meaning, scene) == true


def spoken(text: str, scene: Scene) -> list[set[int] | None]:
    """Return the objects of each word of a text that can be read."""
    found = spoken_objects(text, scene)
    assert found is not None
    return [None if objects is None else set(objects) for objects in found]


def test_a_relation_decides_of_which_object_a_phrase_speaks(scene: Scene) -> None:
    assert spoken("a red circle is left of a blue square", scene) == [None, {0}, {0}, None, None, None, None, {1}, {1}]
    assert spoken("a red circle is right of a blue square", scene)[1:3] == [{2}, {2}]


def test_a_phrase_may_speak_of_several(scene: Scene) -> None:
    assert spoken("a red circle is above an orange star", scene)[1:3] == [{0, 2}, {0, 2}]


def test_phrases_of_a_false_caption_speak_for_themselves(scene: Scene) -> None:
    assert spoken("a blue square is left of a red circle and above a pink ring", scene) == [
        *(None, {1}, {1}),
        *(None, None, None),
        *(None, {0, 2}, {0, 2}),
        *(None, None),
        *(None, set(), set()),
    ]
