"""Sub-word tokens of other programs as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.wrapping import running
from explorer.runtime.foreign.spelling import spelled
from explorer.runtime.labels import END_LABEL, printable


@pytest.mark.parametrize(
    ("tokens", "labels", "words", "text"),
    [
        (["the", "dog", "."], ("the", "dog", "."), (0, 1, 2), "the dog ."),
        (["▁the", "▁wo", "oden", "."], ("the", "wo", "·oden", "·."), (0, 1, 1, 1), "the wooden."),
        (["wo@@", "od@@", "en", "x"], ("wo", "·od", "·en", "x"), (0, 0, 0, 1), "wooden x"),
        (["wo", "##oden", "x"], ("wo", "·oden", "x"), (0, 0, 1), "wooden x"),
        (["wo", "oden", "Ġx"], ("wo", "·oden", "x"), (0, 0, 1), "wooden x"),
        (["yes", "</s>"], ("yes", END_LABEL), (0, -1), "yes"),
        (["</s>"], (END_LABEL,), (-1,), ""),
        (["▁", "x"], ("▁", "·x"), (0, 0), "x"),
    ],
)
def test_marks_of_words(tokens: list[str], labels: tuple[str, ...], words: tuple[int, ...], text: str) -> None:
    found = spelled(tokens)
    assert (found.labels, found.words, found.text) == (labels, words, text)


def test_running_text_joins_what_belongs_together() -> None:
    found = spelled(["the", "wo@@", "oden", "bench", "<eos>"])
    texts, joined = running(found.pieces, found.labels)
    assert texts == ("the", "wo", "oden", "bench", END_LABEL)
    assert joined == (False, False, True, False, False)


@given(st.lists(st.text(max_size=6) | st.sampled_from(["▁a", "b@@", "##c", "Ġd", "</s>"]), max_size=8))
def test_any_tokens_keep_their_number_and_are_safe(tokens: list[str]) -> None:
    found = spelled(tokens)
    assert len(found.pieces) == len(found.labels) == len(found.words) == len(tokens)
    assert [printable(label) for label in found.labels] == list(found.labels)
    known = [word for word in found.words if word >= 0]
    assert known == sorted(known)
    assert set(known) == set(range(len(set(known))))
