"""What reaches a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runtime.labels import code_point, in_word, piece_label, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("l'été à Noël", "l'été à Noël"),
        ("e\u0301 combining", "e\u0301 combining"),
        ("日本語", "日本語"),
        ("🐕 dog", "🐕 dog"),
        ("\x1b[31mred", r"\x1B[31mred"),
        ("a\x00b\nc\x7f", r"a\x00b\x0Ac\x7F"),
        ("\x9b2J", r"\x9B2J"),
        ("abc\u202edef\u2066", r"abc\u{202E}def\u{2066}"),
        ("zero\u200bwidth\ufeff", r"zero\u{200B}width\u{FEFF}"),
        ("\u2028", r"\u{2028}"),
        ("\ud800", r"\u{D800}"),
        ("\ue000\U000f0000", r"\u{E000}\u{F0000}"),
        ("non\u00a0breaking", "non\u00a0breaking"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_printable_leaves_nothing_that_a_terminal_obeys_and_is_stable(text: str) -> None:
    shown = printable(text)
    assert all(unicodedata.category(character)[0] != "C" for character in shown)
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("piece", "continues", "label"),
    [
        ("▁black", False, "black"),
        ("ness", True, "·ness"),
        (".", False, "."),
        ("▁", False, "▁"),
        ("\x07", True, r"·\x07"),
    ],
)
def test_piece_label(piece: str, continues: bool, label: str) -> None:
    assert piece_label(piece, continues) == label


def test_in_word_takes_letters_digits_and_marks_of_any_script() -> None:
    assert [in_word(character) for character in "é9語\u0301'-▁ "] == [True] * 4 + [False] * 4


def test_code_point_has_four_digits_or_more() -> None:
    assert (code_point("é"), code_point("🐕")) == ("U+00E9", "U+1F415")
