"""A chapter as lines: whatever it says, in whatever form, nothing is too wide and nothing that matters is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.render.cells import width_of
from explorer.render.lesson import DONE, KEY_NAMES, OPEN, Form, Line, Told, Tried, clock_text, key_signs, lesson_lines
from explorer.runtime.chapter_file import LANGUAGES, Chapter, chapters

WORDS = (
    "a",
    "attention",
    "注意力機制，",
    "「bank」",
    "softmax(q·k/√n)",
    "é",
    "👩",
    "。",
    "hₜ",
    "one-of-many-very-long-words",
)
words = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
keys = st.lists(st.sampled_from(["t", "minus", "left", "5", "left_square_bracket", "enter"]), min_size=1, max_size=8)
tries = st.builds(Tried, keys.map(tuple), words, words, st.booleans())
chapters_told = st.builds(
    Told,
    st.integers(1, 200),
    st.just(200),
    words.filter(bool),
    words,
    st.lists(words, max_size=3).map(tuple),
    st.lists(words, max_size=3).map(tuple),
    st.lists(tries, max_size=4).map(tuple),
    st.one_of(st.none(), st.integers(0, 100_000)),
    st.sampled_from(LANGUAGES),
)
forms = pytest.mark.parametrize("form", Form)


def told(**changes: object) -> Told:
    tried = (
        Tried(("t",), "local-m", "attention type global → local-m", True),
        Tried(("minus", "minus"), "narrower", "", False),
        Tried(("right",), "a step", "", False),
    )
    fields = {
        "number": 4,
        "count": 20,
        "title": "Global and local",
        "text": "Global attention weighs all. Local attention reads a window.",
        "formula": ("a = b   c = d",),
        "papers": ("Luong 2015",),
        "tried": tried,
        "clock": None,
        "language": "en",
    }
    return Told(**{**fields, **changes})  # type: ignore[arg-type]


def plain(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


@forms
@settings(max_examples=60)
@given(chapter=chapters_told, width=st.integers(24, 130))
def test_no_line_is_too_wide(form: Form, chapter: Told, width: int) -> None:
    assert [line for line in plain(lesson_lines(chapter, width, form)) if width_of(line) > width] == []


@forms
@settings(max_examples=40)
@given(chapter=chapters_told, width=st.integers(40, 130))
def test_nothing_of_the_text_is_lost(form: Form, chapter: Told, width: int) -> None:
    squeezed = "".join("".join(plain(lesson_lines(chapter, width, form))).split())
    assert "".join(chapter.text.split()) in squeezed


@forms
@given(width=st.integers(24, 130), title=st.sampled_from(["Attention", "自注意力", "Scaled dot product"]))
def test_a_title_that_fits_is_never_cut(form: Form, width: int, title: str) -> None:
    heading = plain(lesson_lines(told(title=title, clock=3599), width, form))[0]
    assert heading.startswith(f"4  {title}")


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("form", "width"), [(Form.BRIEF, 78), (Form.FULL, 118), (Form.COLUMN, 48)])
def test_the_shipped_chapters_are_told_whole(chapter: Chapter, language: str, form: Form, width: int) -> None:
    said = chapter.words[language]
    tried = tuple(Tried(one.keys, one.says[language], "", False) for one in chapter.tries)
    one = told(title=said.title, text=said.text, formula=chapter.formula, papers=chapter.papers, tried=tried)
    lines = plain(lesson_lines(one, width, form))
    assert all(width_of(line) <= width for line in lines)
    assert not any("…" in line.replace("…yₜ₋₁", "").replace("; …]", "") for line in lines)
    assert lines[0].startswith(f"4  {said.title}")
    drawn = "".join("".join(lines).split())
    seen = tried[:2] if form is Form.BRIEF else tried
    assert all("".join(one.does.split()) in drawn for one in seen)
    if form is not Form.BRIEF:
        assert all("".join(paper.split()) in drawn for paper in chapter.papers)


def test_the_keys_of_the_tour_leave_where_there_is_no_room_from_the_last() -> None:
    headings = [plain(lesson_lines(told(), width))[0] for width in (79, 60, 40, 30)]
    assert [heading.partition("4/20")[2].split() for heading in headings] == [
        ["{", "}", "chapter", "I", "contents", "G", "show", "me", "H", "notes"],
        ["{", "}", "chapter", "I", "contents"],
        ["{", "}", "chapter"],
        [],
    ]
    assert headings[3].endswith("4/20")


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_column_the_keys_stand_below(language: str) -> None:
    lines = plain(lesson_lines(told(language=language), 48, Form.COLUMN))
    assert "{ }" not in lines[0]
    assert (
        lines[-1]
        == {
            "en": "{ } chapter  I contents  G show me  H notes",
            "zh-TW": "{ } 換章  I 目錄  G 示範  H 講稿",
        }[language]
    )
    narrow = plain(lesson_lines(told(language=language), 24, Form.COLUMN))
    assert all(width_of(line) <= 24 for line in narrow)
    assert narrow[-1].endswith(KEY_NAMES[language]["notes"])


def test_the_keys_are_named_in_the_language() -> None:
    heading = plain(lesson_lines(told(language="zh-TW"), 90))[0]
    assert "{ } 換章  I 目錄  G 示範  H 講稿" in heading


def test_a_low_screen_has_the_next_thing_to_try_and_the_one_before() -> None:
    brief = plain(lesson_lines(told(), 78, Form.BRIEF))
    assert [line[:3] for line in brief[-2:]] == [f"{DONE} t", f"{OPEN} -"]
    assert "Luong 2015" not in "".join(brief)
    full = plain(lesson_lines(told(), 78, Form.FULL))
    assert [line[:3] for line in full[-3:]] == [f"{DONE} t", f"{OPEN} -", f"{OPEN} →"]
    assert "Luong 2015" in "".join(full)


def test_on_a_low_screen_the_last_two_stay_when_all_was_tried() -> None:
    done = tuple(Tried((key,), "does", "did", True) for key in "abc")
    assert [line[:3] for line in plain(lesson_lines(told(tried=done), 78, Form.BRIEF))[-2:]] == ["✓ b", "✓ c"]


def test_what_was_done_stands_at_the_right_or_below() -> None:
    wide, narrow = lesson_lines(told(), 78), lesson_lines(told(), 40)
    assert plain(wide)[-3] == f"✓ t local-m{'attention type global → local-m':>67}"
    assert plain(narrow)[-4:-2] == ["✓ t local-m".ljust(len(plain(narrow)[-4])), "  attention type global → local-m"]
    assert ("attention type global → local-m", "good") in [(text.strip(), style) for text, style in wide[-3]]


def test_without_notes_only_heading_formula_and_papers_are_left() -> None:
    lines = plain(lesson_lines(told(text="", tried=()), 78))
    assert len(lines) == 2
    assert lines[1].startswith("  a = b   c = d")
    assert lines[1].endswith("Luong 2015")


def test_in_a_column_formulas_stand_below_each_other() -> None:
    lines = plain(lesson_lines(told(), 48, Form.COLUMN))
    assert "  a = b" in lines
    assert lines[lines.index("  a = b") + 1].startswith("  c = d ")


def test_keys_are_written_as_they_are_pressed() -> None:
    assert key_signs(("minus",) * 6) == "- ×6"
    assert key_signs(("u", "3")) == "u 3"
    assert key_signs(("5", "8", "8", "9")) == "5889"
    assert key_signs(("left_square_bracket", "right", "enter", "shift+left")) == "[ → enter shift+←"
    assert key_signs(("f", "r", "r", "enter")) == "f r ×2 enter"


def test_a_clock_shows_minutes_and_seconds() -> None:
    assert [clock_text(seconds) for seconds in (0, 59, 60, 3601)] == ["0:00", "0:59", "1:00", "60:01"]
    assert "  1:00" in plain(lesson_lines(told(clock=60), 78))[0]
