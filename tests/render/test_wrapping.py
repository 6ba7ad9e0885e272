"""Tokens as running text: nothing is lost, nothing is too wide, words stay whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from explorer.render.cells import graphemes, width_of
from explorer.render.wrapping import WrappedText, running, wrapped

PIECES = ("a", "climb", "staircase", "日本語", "e\u0301te\u0301", "\u0301", "👩", "🇫🇷", ",", "한국", "\x1b[2J", "ﷺ", "")
tokens = st.lists(st.tuples(st.sampled_from(PIECES), st.booleans()), min_size=1, max_size=30)


def lines_of(text: WrappedText) -> list[str]:
    lines = []
    for parts in text.lines:
        line = ""
        for part in parts:
            line += " " * (part.x - cell_len(line)) + part.text
        lines.append(line)
    return lines


def test_words_are_kept_whole() -> None:
    texts = ("the", "girl", "climb", "ing", "a", "stair", "case", ".")
    joined = (False, False, False, True, False, False, True, True)
    assert lines_of(wrapped(texts, joined, 13)) == ["the girl", "climbing a", "staircase."]
    assert lines_of(wrapped(texts, joined, 80)) == ["the girl climbing a staircase."]


def test_a_word_longer_than_a_line_is_cut_where_the_line_ends() -> None:
    text = wrapped(("a", "stair", "case", "日本語"), (False, False, True, False), 4)
    assert lines_of(text) == ["a", "stai", "rcas", "e", "日本", "語"]
    assert text.first == ((0, 0), (1, 0), (2, 1), (4, 0))
    assert text.last == ((0, 0), (2, 0), (3, 0), (5, 0))


@given(given_tokens=tokens, width=st.integers(2, 40))
def test_all_text_is_kept_and_no_line_is_too_wide(given_tokens: list[tuple[str, bool]], width: int) -> None:
    texts = [text for text, _ in given_tokens]
    text = wrapped(texts, [glued and place > 0 for place, (_, glued) in enumerate(given_tokens)], width)
    drawn = dict.fromkeys(range(len(texts)), "")
    for parts in text.lines:
        assert all(part.x >= 0 and part.end <= width for part in parts)
        assert all(one.end <= other.x <= one.end + 1 for one, other in pairwise(parts))
        for part in parts:
            assert part.width == cell_len(part.text)
            drawn[part.token] += part.text
    assert list(drawn.values()) == ["".join(piece.text for piece in graphemes(piece)) for piece in texts]
    assert [part.token for parts in text.lines for part in parts] == sorted(
        part.token for parts in text.lines for part in parts
    )


@given(given_tokens=tokens, width=st.integers(2, 40))
def test_a_word_that_fits_is_on_one_line(given_tokens: list[tuple[str, bool]], width: int) -> None:
    texts = [text for text, _ in given_tokens]
    joined = [glued and place > 0 for place, (_, glued) in enumerate(given_tokens)]
    text = wrapped(texts, joined, width)
    starts = [place for place, glued in enumerate(joined) if not glued]
    for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
        if sum(width_of(texts[token]) for token in range(start, end)) <= width:
            lines = {text.first[token][0] for token in range(start, end)}
            assert lines == {text.line_of(start)} == {text.last[token][0] for token in range(start, end)}


def test_blanks_beside_a_token() -> None:
    text = wrapped(("the", "climb", "ing", "up", "to"), (False, False, True, False, False), 11)
    assert lines_of(text) == ["the", "climbing up", "to"]
    assert text.before(0) == (0, -1)
    assert text.after(0) == (0, 3)
    assert text.before(2) is None
    assert text.after(1) is None
    assert text.after(2) == text.before(3) == (1, 8)
    assert text.after(3) == (1, 11)
    assert text.beside(2) == (1, 8)


def test_the_middle_of_a_word_has_its_sign_before_the_word() -> None:
    text = wrapped(("a", "tw", "el", "ve"), (False, False, True, True), 20)
    assert text.beside(2) == (0, 1)


@pytest.mark.parametrize(("x", "expected"), [(-1, None), (0, 0), (3, 0), (4, 1), (8, 1), (9, 2), (12, 2), (13, None)])
def test_the_token_at_an_offset(x: int, expected: int | None) -> None:
    text = wrapped(("the", "climb", "ing"), (False, False, True), 20)
    assert text.token_at(0, x) == expected
    assert text.token_at(1, x) is None
    assert text.token_at(-1, x) is None


def test_pieces_of_a_word_are_joined_as_in_the_text() -> None:
    pieces = ("▁the", "▁climb", "ing", ",", "▁(", "·", "up", "▁", "«", "</s>")
    labels = ("the", "climb", "·ing", ",", "(", "·", "up", "▁", "«", "END")
    texts, joined = running(pieces, labels)
    assert texts == ("the", "climb", "ing", ",", "(", "·", "up", "▁", "«", "END")
    assert lines_of(wrapped(texts, joined, 80)) == ["the climbing, (·up ▁« END"]
