"""Words to running text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runtime.words import join_words


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("the cat sat .", "the cat sat."),
        ("well , yes ; no : ! ? )", "well, yes; no:!?)"),
        ("he ( or she ) left", "he (or she) left"),
        ("l' homme n' a qu' un chien", "l'homme n'a qu'un chien"),
        ("the man 's hat is n't here", "the man's hat isn't here"),
        ("do n't", "don't"),
        ("porte - monnaie", "porte-monnaie"),
        ("je m ' en vais", "je m'en vais"),
        ("a ' no ' vote", "a 'no' vote"),
        ('le " non " danois', 'le "non" danois'),
        ("num 12 / 30", "num 12/30"),
        ("$ 40 each", "$40 each"),
        ("one", "one"),
        ("", ""),
    ],
)
def test_join_words(words: str, text: str) -> None:
    assert join_words(words.split()).text == text


@given(st.lists(st.text(alphabet="ab'.-(\"é/", min_size=1, max_size=4)))
def test_spans_are_exactly_the_words_in_order(words: list[str]) -> None:
    joined = join_words(words)
    assert [joined.text[start:end] for start, end in joined.spans] == words
    assert joined.text.replace(" ", "") == "".join(words)
