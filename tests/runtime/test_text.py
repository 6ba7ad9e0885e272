"""Vocabularies: text to numbers and back, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BundleError, InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.card import SpecialTokens
from explorer.runtime.text import Vocabulary

LIMIT = 128
TOKENS = SpecialTokens(padding=0, unknown=1, begin=2, end=3)


def test_encode_source_ends_with_the_end_token_and_lower_cases(bundle: Bundle) -> None:
    source = bundle.source.encode_source("A Black  dog.", LIMIT)
    assert source.text == "A Black  dog."
    assert source.pieces[:2] == ("▁a", "▁black")
    assert source.labels == ("a", "black", "dog", ".", "END")
    assert source.words == (0, 1, 2, 2, -1)
    assert source.ids[-1] == 3
    assert len(source) == 5


def test_word_numbers_count_white_space_words_through_splits(bundle: Bundle) -> None:
    text = "\tThe  glimmerglassy man's\n hat "
    source = bundle.source.encode_source(text, LIMIT)
    spelled = ["", "", "", ""]
    for label, word in zip(source.labels[:-1], source.words[:-1], strict=True):
        spelled[word] += label.removeprefix("·")
    assert spelled == text.lower().split()


def test_a_piece_inside_a_word_is_marked_and_punctuation_is_not(bundle: Bundle) -> None:
    labels = bundle.source.encode_source("glimmerglassy!", LIMIT).labels
    assert not labels[0].startswith("·")
    assert all(label.startswith("·") for label in labels[1:-2])
    assert labels[-2:] == ("!", "END")


def test_typographic_signs_are_read_as_plain_ones(bundle: Bundle) -> None:
    plain = bundle.source.encode_source('a dog\'s "hat" ... yes', LIMIT)
    typographic = bundle.source.encode_source("a dog’s “hat” … yes", LIMIT)
    assert typographic.ids == plain.ids
    assert typographic.words == plain.words


def test_special_tokens_typed_by_a_person_are_text(bundle: Bundle) -> None:
    source = bundle.source.encode_source("a </s> b", LIMIT)
    assert 3 not in source.ids[:-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        (" \t\n", "the text is blank"),
        ("a\x00b", "the text has the control character U+0000 at character 2"),
        ("\x1b[31mred", "the text has the control character U+001B at character 1"),
        ("ab\x9b", "the text has the control character U+009B at character 3"),
        ("bad \udcff byte", "the text is not valid UTF-8 at character 5"),
        ("a 犬 runs", "the model does not know the character '犬' (U+72AC) at character 3"),
        (
            "a 犬 runs 猫",
            "the model does not know the characters '犬' (U+72AC) at character 3, '猫' (U+732B) at character 10",
        ),
        ("a\u202eb", r"the model does not know the character '\u{202E}' (U+202E) at character 2"),
    ],
)
def test_unusable_text_is_named(bundle: Bundle, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        bundle.source.encode_source(text, LIMIT)
    assert str(caught.value) == message


def test_many_unknown_characters_are_counted(bundle: Bundle) -> None:
    with pytest.raises(InputError, match=r"and 2 more$"):
        bundle.source.encode_source("犬 猫 鳥 魚 馬 牛 羊 犬", LIMIT)


def test_the_longest_text_fits_and_one_token_more_does_not(bundle: Bundle) -> None:
    assert len(bundle.source.encode_source("dog " * 9, 10)) == 10
    with pytest.raises(InputError) as caught:
        bundle.source.encode_source("dog " * 9 + "cat", 10)
    assert str(caught.value) == (
        "the text is too long: 11 tokens, the limit is 10; it was read up to '…dog dog dog dog dog dog dog dog dog'"
    )


def test_enormous_text_is_refused_without_tokenising_all_of_it(bundle: Bundle) -> None:
    with pytest.raises(InputError, match=r"too long: more than \d{4} tokens, the limit is 128"):
        bundle.source.encode_source("dog " * 5_000_000, LIMIT)


def test_decode_drops_specials_and_numbers_outside_the_vocabulary(bundle: Bundle) -> None:
    ids = bundle.target.encode_target("l'homme noir.", LIMIT)
    assert bundle.target.decode([2, *ids, 10**9, -4, 0, 3]) == "l'homme noir."


def test_labels_of_specials_and_of_unknown_numbers(bundle: Bundle) -> None:
    assert bundle.target.label(3) == "END"
    assert bundle.target.label(0) == "<pad>"
    assert bundle.target.piece(10**9) == ""


@pytest.mark.parametrize(
    "words",
    [
        ["The", "Man", "'s", "hat", "is", "n't", "here", "."],
        ["Bill", "C", "-", "49", "was", "(", "so", ")", "CLEAR", "!"],
        ["l'", "Île", "d'", "aujourd'", "hui"],
        ["…", "“", "don", "n't", "”", "ﬁn"],
        ["犬", "runs", "İstanbul", "e\u0301te\u0301"],
    ],
)
def test_every_word_has_a_piece_and_every_piece_a_word(bundle: Bundle, words: list[str]) -> None:
    encoded = bundle.source.encode_words(words)
    assert encoded.count == len(words)
    assert encoded.words[-1] == ()
    assert all(encoded.words[:-1])
    assert {word for covered in encoded.words for word in covered} == set(range(len(words)))
    flat = [covered[0] for covered in encoded.words[:-1]]
    assert flat == sorted(flat)


@given(
    st.lists(st.sampled_from(["dog", "n't", "'s", "l'", "'", "-", ",", "(", "Ünder", "犬", "x" * 12, '"']), min_size=1)
)
def test_words_are_covered_whatever_stands_beside_them(bundle: Bundle, words: list[str]) -> None:
    encoded = bundle.source.encode_words(words)
    assert {word for covered in encoded.words for word in covered} == set(range(len(words)))


def test_words_keep_their_letters(bundle: Bundle) -> None:
    words = ["unbelievable", "glassiness", ",", "she", "'s", "said"]
    encoded = bundle.source.encode_words(words)
    spelled = [""] * len(words)
    for token, covered in zip(encoded.ids[:-1], encoded.words[:-1], strict=True):
        spelled[covered[0]] += bundle.source.piece(token).removeprefix("▁")
    assert spelled == words


def test_no_words_is_an_error(bundle: Bundle) -> None:
    with pytest.raises(InputError, match="without words"):
        bundle.source.encode_words([])


def test_a_file_that_is_no_tokenizer_is_named() -> None:
    with pytest.raises(BundleError, match=r"^source\.json: not a readable tokenizer"):
        Vocabulary(b'{"version": "1.0"}', "source.json", TOKENS, 10)
