"""What the generator says: true, unmistakable, read back by the parser, and in all its phrasings."""

from __future__ import annotations

import collections
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.scenes.captions import Caption, caption_of, noun_phrases
from explorer.scenes.dice import LARGEST_SEED
from explorer.scenes.generate import scene_of
from explorer.scenes.grammar import AMID, BESIDE, ON_ITS_SIDE, PHRASINGS, PLACES, Noun, NounPhrase, vocabulary
from explorer.scenes.parser import Meaning, parse
from explorer.scenes.relations import OPPOSITES, is_plain
from explorer.scenes.scene import COLOURS, KINDS, SIZES, Scene
from explorer.scenes.truth import is_true, readings, spoken_objects

seeds = st.integers(0, LARGEST_SEED)
numbers = st.integers(0, 1000)
CONTENT = {*SIZES, *COLOURS, *KINDS}


def understood(text: str) -> Meaning:
    """Return the meaning of a text that has one."""
    meaning = parse(text)
    assert meaning is not None, text
    return meaning


@given(seeds, numbers)
def test_what_is_said_is_read_back_is_true_and_names_its_objects(seed: int, number: int) -> None:
    scene = scene_of(seed)
    caption = caption_of(scene, number)
    meaning = understood(caption.text)
    assert is_true(meaning, scene)
    assert len(readings(meaning, scene)) == 1
    expected = tuple(None if one is None else frozenset({one}) for one in caption.objects)
    assert spoken_objects(caption.text, scene) == expected


@given(seeds, numbers)
def test_content_words_and_no_others_speak_of_an_object_that_they_describe(seed: int, number: int) -> None:
    scene = scene_of(seed)
    caption = caption_of(scene, number)
    assert len(caption.words) == len(caption.objects)
    for word, one in zip(caption.words, caption.objects, strict=True):
        assert (one is not None) == (word in CONTENT)
        assert one is None or word in scene.shapes[one].look


@given(seeds, numbers)
def test_every_noun_phrase_tells_its_object_from_all_others(seed: int, number: int) -> None:
    scene = scene_of(seed)
    for phrase in understood(caption_of(scene, number).text).phrases:
        assert sum(map(phrase.fits, scene.shapes)) == 1
        assert (phrase.size, phrase.colour) != (None, None)


@given(seeds, numbers)
def test_relations_are_said_by_a_margin(seed: int, number: int) -> None:
    scene = scene_of(seed)
    meaning = understood(caption_of(scene, number).text)
    (cast,) = readings(meaning, scene)
    for fact in meaning.facts:
        assert is_plain(fact.relation, [scene.shapes[cast[noun]].box for noun in fact.nouns])


@given(seeds, numbers, st.data())
def test_another_colour_makes_it_false(seed: int, number: int, data: st.DataObject) -> None:
    scene = scene_of(seed)
    words = list(caption_of(scene, number).words)
    coloured = [place for place, word in enumerate(words) if word in COLOURS]
    absent = [colour for colour in COLOURS if colour not in {shape.colour for shape in scene.shapes}]
    for place in coloured[:1]:
        words[place] = data.draw(st.sampled_from(absent))
        if words[place - 1] in ("a", "an"):
            words[place - 1] = "an" if words[place] == "orange" else "a"
        assert not is_true(understood(" ".join(words)), scene)


@given(seeds, numbers)
def test_the_opposite_relation_makes_it_false(seed: int, number: int) -> None:
    scene = scene_of(seed)
    text = caption_of(scene, number).text
    for relation, said in itertools.chain(BESIDE, ON_ITS_SIDE, PLACES):
        if relation not in OPPOSITES or not re.search(rf"\b{said}\b", text):
            continue
        (opposite, *_) = (
            other
            for forms in (BESIDE, ON_ITS_SIDE, PLACES)
            if (relation, said) in forms
            for name, other in forms
            if name == OPPOSITES[relation]
        )
        mutated = re.sub(rf"\b{said}\b", opposite, text, count=1)
        if parse(mutated) is not None:  # "left of" inside "to the left of" is not a relation by itself
            assert not is_true(understood(mutated), scene), mutated


@given(seeds, numbers)
def test_exchanged_objects_make_it_false(seed: int, number: int) -> None:
    scene = scene_of(seed)
    meaning = understood(caption_of(scene, number).text)
    if not meaning.facts or len(meaning.facts[0].nouns) < 2:
        return
    first, second, *others = meaning.phrases
    exchanged = Meaning((second, first, *others), meaning.facts[:1], meaning.nouns)
    assert not is_true(exchanged, scene)


def test_captions_of_a_seed_stay_what_they_are() -> None:
    circle, triangle = [None, 2, 2], [None, 1, 1]
    assert [caption_of(scene_of(seed), number) for seed, number in ((0, 0), (1, 0))] == [
        Caption("a green circle is at the bottom", (*circle, None, None, None, None)),
        Caption("a big triangle is right of a small red ring", (*triangle, None, None, None, None, 0, 0, 0)),
    ]


def test_phrases_say_as_little_as_is_enough(scene: Scene) -> None:
    assert [" ".join(phrase.words) for phrase in noun_phrases(0, scene.shapes)] == ["a big red circle", "a big circle"]
    assert [" ".join(phrase.words) for phrase in noun_phrases(3, scene.shapes)] == [
        "a small orange star",
        "an orange star",
        "a small star",
    ]


def test_every_phrasing_and_every_form_is_said_of_a_row(scene: Scene) -> None:
    texts = [caption_of(scene, number).text for number in range(600)]
    said = {form for _, form in (*BESIDE, *ON_ITS_SIDE, *AMID)} | {"on the left", "on the right", "at the bottom"}
    assert all(any(form in text for text in texts) for form in said)
    assert {skeleton(text) for text in texts} == {
        "N is R N",
        "N R N",
        "there is N R N",
        "the picture shows N R N",
        "R N is N",
        "N has N S",
        "N is R N and R N",
        "N is between N and N",
        "N is P and N is P",
        "there is N and N",
        "N is P",
        "there is N P",
    }


def skeleton(text: str) -> str:
    """Return a caption with N for each noun phrase, R, S and P for the words of relations."""
    text = re.sub(r"\ban? (\w+ ){1,2}(" + "|".join(KINDS) + ")", "N", text)
    for letter, forms in (("S", ON_ITS_SIDE), ("P", PLACES), ("R", BESIDE)):
        for _, said in sorted(forms, key=lambda form: -len(form[1])):
            text = re.sub(rf"\b{said}\b", letter, text)
    return text


def test_most_captions_begin_with_what_meets_the_eye_and_speak_of_two(scene: Scene) -> None:
    captions = [caption_of(scene, number) for number in range(400)]
    spoken = [[one for one in caption.objects if one is not None] for caption in captions]
    firsts = [one for (one, *_), caption in zip(spoken, captions, strict=True) if "between" not in caption.words]
    assert 0.7 < firsts.count(0) / len(firsts) < 0.95
    assert set(firsts) == {0, 1, 2, 3}
    assert sum(len(set(objects)) >= 2 for objects in spoken) / 400 > 0.85


def test_captions_are_as_various_as_they_should_be() -> None:
    captions = [caption_of(scene_of(seed), 0) for seed in range(600)]
    counted = collections.Counter(len(set(caption.objects) - {None}) for caption in captions)
    assert counted[1] < 0.12 * 600
    assert counted[2] > 0.5 * 600
    assert counted[3] > 0.05 * 600
    assert len({caption.text for caption in captions}) > 590


def test_the_vocabulary_is_what_captions_are_made_of() -> None:
    words = vocabulary()
    assert len(words) == 42
    assert list(words) == sorted(set(words))
    assert all(re.fullmatch("[a-z]+", word) for word in words)
    said = {word for seed in range(1500) for word in caption_of(scene_of(seed), seed).words}
    assert said == set(words)


@given(seeds, numbers)
def test_text_is_plain(seed: int, number: int) -> None:
    assert re.fullmatch("[a-z]+( [a-z]+)*", caption_of(scene_of(seed), number).text)


@pytest.mark.parametrize("phrasing", PHRASINGS, ids=lambda phrasing: str(PHRASINGS.index(phrasing)))
def test_nouns_are_numbered_as_they_are_said(phrasing: object) -> None:
    parts = PHRASINGS[PHRASINGS.index(phrasing)].parts  # type: ignore[arg-type]
    numbers = [part.number for part in parts if isinstance(part, Noun)]
    assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("forms", [BESIDE, ON_ITS_SIDE, AMID, PLACES])
def test_no_form_begins_another(forms: tuple[tuple[str, str], ...]) -> None:
    for (_, one), (_, other) in itertools.permutations(forms, 2):
        assert not f"{other} ".startswith(f"{one} ")


def test_of_one_object_two_cannot_be_related() -> None:
    scene = scene_of(1)
    with pytest.raises(ValueError, match="nothing can be said"):
        caption_of(Scene(1, scene.background, ()), 0)


def test_a_caption_has_its_words() -> None:
    assert Caption("a red ring", (None, 0, 0)).words == ("a", "red", "ring")
    assert NounPhrase(None, "orange", "ring").words == ("an", "orange", "ring")
