"""Text of two writing systems folded into lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.cells import width_of
from explorer.render.folding import NOT_FIRST, NOT_LAST, wrapped

CHINESE = "注意力機制（attention）讓解碼器在每一步都回頭看整個來源句，而不是只看最後一個向量；BLEU 從 17.8 升到 26.8。"


@pytest.mark.parametrize("width", [20, 31, 44, 76])
def test_lines_fit_and_punctuation_stays_with_its_word(width):
    lines = wrapped(CHINESE, width)
    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == CHINESE.replace(" ", "")
    for line in lines:
        assert line[0] not in NOT_FIRST
        assert line[-1] not in NOT_LAST
    assert all(width_of(line) > width - 16 for line in lines[:-1])  # "（attention）" is the longest part


def test_english_breaks_at_blanks_alone():
    assert wrapped("the decoder looks back at every word", 16) == ("the decoder", "looks back at", "every word")


def test_a_word_longer_than_the_line_is_cut():
    assert wrapped("antidisestablishmentarianism yes", 10) == ("antidises…", "yes")


@given(st.text(max_size=80), st.integers(2, 40))
def test_nothing_is_wider_than_the_line(text, width):
    assert all(width_of(line) <= width for line in wrapped(text, width))
