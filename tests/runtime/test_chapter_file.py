"""Chapters of the tour: the shipped ones say what they should and fit, and every mistake is named with its field."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.render.cells import width_of
from explorer.render.folding import wrapped
from explorer.render.lesson import key_signs
from explorer.runtime import chapter_file
from explorer.runtime.chapter_file import LANGUAGES, Chapter, Words, chapters, decoded_chapter
from explorer.runtime.labels import printable
from tests.runtime.chapters import OWN_CHAPTER

FOLDER = Path(chapter_file.__file__).parent.parent / "chapters"
LEAST_WIDTH = 78
"""Cells of a chapter on the narrowest full screen."""
SHIPPED = pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)


# --- the shipped chapters -------------------------------------------------------------------------------------------


def test_there_is_a_chapter_for_every_system_of_the_lecture() -> None:
    assert set(chain.from_iterable(chapter.systems for chapter in chapters())) == set(range(1, 21))


def test_the_files_are_numbered_and_named_as_their_chapters() -> None:
    names = sorted(file.name for file in FOLDER.glob("*.toml"))
    assert names == [f"{number:02d}-{chapter.name}.toml" for number, chapter in enumerate(chapters(), start=1)]
    assert len(names) == 20


@SHIPPED
def test_a_name_can_be_typed(chapter: Chapter) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", chapter.name)


@SHIPPED
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_four_lines_at_most(chapter: Chapter, language: str) -> None:
    words = chapter.words[language]
    assert 1 <= len(wrapped(words.text, LEAST_WIDTH)) <= 4
    assert width_of(words.title) <= 40


@SHIPPED
def test_formulas_and_papers_are_not_cut(chapter: Chapter) -> None:
    spoken = [line for words in chapter.words.values() for line in words.formula or ()]
    assert all(width_of(line) <= LEAST_WIDTH - 2 for line in (*chapter.formula, *spoken, *chapter.papers))
    assert all(words.formula is None or len(words.formula) == len(chapter.formula) for words in chapter.words.values())


@SHIPPED
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_try_fits_behind_its_keys(chapter: Chapter, language: str) -> None:
    for one in chapter.tries:
        assert 3 + width_of(key_signs(one.keys)) + width_of(one.says[language]) <= LEAST_WIDTH


@SHIPPED
def test_nothing_that_is_drawn_disturbs_a_terminal(chapter: Chapter) -> None:
    words = chain.from_iterable((words.title, words.text) for words in chapter.words.values())
    says = chain.from_iterable(one.says.values() for one in chapter.tries)
    texts = [*words, *says, *chapter.formula, *chapter.papers]
    assert [text for text in texts if printable(text) != text] == []


@SHIPPED
def test_the_chinese_is_written_in_traditional_characters(chapter: Chapter) -> None:
    said = "".join((*attributes(chapter.words["zh-TW"]), *(one.says["zh-TW"] for one in chapter.tries)))
    ideographs = [character for character in said if "\u4e00" <= character <= "\u9fff"]
    assert len(ideographs) > 40
    assert [character for character in ideographs if not character.encode("big5", "ignore")] == []


def attributes(words: Words) -> tuple[str, str]:
    return words.title, words.text


# --- somebody's own ---------------------------------------------------------------------------------------------------


def test_a_small_chapter_is_read() -> None:
    chapter = decoded_chapter(OWN_CHAPTER.encode(), "mine.toml")
    assert (chapter.name, chapter.scene.board, chapter.session.model) == ("mine", "explorer", "translate-en-fr")
    assert chapter.tries[0].keys == ("t",)
    assert chapter.tries[0].says == {"en": "another type", "zh-TW": "換一種"}


MISTAKES = {
    "an unknown field": ('name = "mine"', 'name = "mine"\ncolour = "red"', "colour"),
    "an unknown field of a scene": ('do = "end"', 'do = "end", twice = true', "scene.actions[2]"),
    "no name": ('name = "mine"', "", "name"),
    "a name that is a number": ('name = "mine"', 'name = "7"', "name"),
    "a name with a blank": ('name = "mine"', 'name = "my own"', "name"),
    "another format": ("format = 1", "format = 2", "format 2"),
    "a format that is text": ("format = 1", 'format = "1"', "format"),
    "a language too few": ('[words.zh-TW]\ntitle = "我的"\ntext = "一句話。"', "", "words"),
    "a language too many": ("[words.en]", '[words.fr]\ntitle = "t"\ntext = "t"\n\n[words.en]', "words"),
    "no title": ('[words.en]\ntitle = "Mine"', "[words.en]", "words"),
    "a language too few to try": ('does.zh-TW = "換一種"', "", "try[0].does"),
    "an unknown measure": ('"attention", goes = "changes"', '"charm", goes = "changes"', "try[0].checks[0].measure"),
    "an unknown course": ('goes = "changes"', 'goes = "sinks"', "try[0].checks[0].goes"),
    "an unknown board": ("[scene]", '[scene]\nboard = "chess"', "scene.board"),
    "only what stays": ('goes = "changes"', 'goes = "stays"', "try[0].checks"),
    "no check": ('checks = [{ measure = "attention", goes = "changes" }]', "checks = []", "try[0].checks"),
    "becomes what": ('goes = "changes"', 'goes = "becomes"', "try[0].checks"),
    "changes to": ('goes = "changes"', 'goes = "changes", to = "hard"', "try[0].checks"),
    "no keys": ('keys = ["t"]', "keys = []", "try[0].keys"),
    "a key that is a number": ('keys = ["t"]', "keys = [3]", "try[0].keys[0]"),
    "nothing to try": (re.compile(r"\[\[try\]\].*", re.DOTALL), "try = []", "try"),
    "no action": (re.compile(r"actions = \[.*?\n\]", re.DOTALL), "actions = []", "scene: actions"),
    "no model is opened": ('{ do = "open", with = { model = "translate-en-fr" } },', "", "scene: actions"),
    "a row before the first": ("[scene]", "[scene]\nrow = -1", "scene.row"),
    "a control character": ('title = "Mine"', 'title = "Mi\\u001bne"', "words.en.title"),
    "a direction override to try": ('does.en = "another type"', 'does.en = "\\u202Eanother"', "try[0].does.en"),
    "something given that nothing needs": ("[scene]", '[scene]\ngiven = { sequence = "1" }', "scene.given"),
    "no sequence": ("[scene]", '[scene]\nboard = "recall"', "scene.given"),
    "no clauses": ("[scene]", '[scene]\nboard = "lengths"\ngiven = { clauses = [] }', "scene.given: clauses"),
    "clauses that are none": ("[scene]", '[scene]\nboard = "lengths"\ngiven = { clauses = [1] }', "given: clauses"),
    "models that are none": ("[scene]", '[scene]\nboard = "results"\ngiven = { models = "all" }', "given: models"),
    "cut in the middle": (re.compile(r"\[words\.en\].*", re.DOTALL), "[words", "damaged"),
    "no TOML": (re.compile(r".*", re.DOTALL), "{}", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_and_field(mistake: str) -> None:
    old, new, field = MISTAKES[mistake]
    if isinstance(old, str):
        assert OWN_CHAPTER.count(old) == 1
        text = OWN_CHAPTER.replace(old, new)
    else:
        text = old.sub(lambda _: new, OWN_CHAPTER, count=1)
    with pytest.raises(InputError) as error:
        decoded_chapter(text.encode(), "mine.toml")
    assert str(error.value).startswith("mine.toml: ")
    assert field in str(error.value)
    assert printable(str(error.value)) == str(error.value)


def test_bytes_that_are_no_text_are_damaged() -> None:
    with pytest.raises(InputError, match=r"mine\.toml: damaged"):
        decoded_chapter(b'name = "\xff\xfe"', "mine.toml")


def test_two_chapters_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        (tmp_path / f"0{number}.toml").write_text(OWN_CHAPTER, encoding="utf-8")
    (tmp_path / "read-me.txt").write_text("no chapter", encoding="utf-8")
    monkeypatch.setattr(chapter_file.resources, "files", lambda _: tmp_path)
    with pytest.raises(InputError, match="two chapters are called mine"):
        chapters.__wrapped__()
    (tmp_path / "02.toml").write_text(OWN_CHAPTER.replace('"mine"', '"other"'), encoding="utf-8")
    assert [chapter.name for chapter in chapters.__wrapped__()] == ["mine", "other"]
