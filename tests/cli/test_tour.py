"""``attn-explore tour``: the list, where it begins, and the pages that it writes."""

from __future__ import annotations

import html.parser
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.commands.tour import PLACE_FILE, language_of_locale
from explorer.runtime.chapter_file import LANGUAGES, chapters
from explorer.tui import launch
from explorer.tui.recording import state_folder
from tests.cli.conftest import Run
from tests.terminal import Terminal

LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer reads must not change what a test sees."""
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, object]]]:
    """Chapter, language and options of every tour that is opened, in the place of opening it."""
    found: list[tuple[str, str, dict[str, object]]] = []

    def run_tour(all_of_them: tuple, number: int, language: str, provider: str, **options: object) -> None:  # type: ignore[type-arg]
        found.append((all_of_them[number - 1].name, language, {"provider": provider, **options}))

    monkeypatch.setattr(launch, "run_tour", run_tour)
    monkeypatch.setattr("explorer.cli.need_screen", lambda *_: None)
    return found


# --- the list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_has_a_line_a_chapter(run: Run, language: str) -> None:
    outcome = run("tour", "--list", "--lang", language)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert len(lines) == 20
    for number, (line, chapter) in enumerate(zip(lines, chapters(), strict=True), start=1):
        assert line.split(maxsplit=2) == [str(number), chapter.name, chapter.words[language].title]
    assert len({line.index(chapter.name) for line, chapter in zip(lines, chapters(), strict=True)}) == 1


ENVIRONMENTS = [
    ({}, "en"),
    ({"LANG": "zh_TW.UTF-8"}, "zh-TW"),
    ({"LANG": "zh_HK"}, "zh-TW"),
    ({"LANG": "zh_Hant_TW.UTF-8"}, "zh-TW"),
    ({"LANG": "en_US.UTF-8"}, "en"),
    ({"LANG": "zh_CN.UTF-8"}, "en"),
    ({"LANG": "C"}, "en"),
    ({"LC_ALL": "C", "LANG": "zh_TW.UTF-8"}, "en"),
    ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-TW"),
    ({"LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-TW"),
    ({"LC_ALL": "", "LANG": "zh_TW.UTF-8"}, "zh-TW"),
]


@pytest.mark.parametrize(("environment", "language"), ENVIRONMENTS, ids=str)
def test_the_language_is_that_of_the_locale(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    monkeypatch.setattr("locale.getlocale", lambda: (None, None))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language_of_locale() == language
    assert chapters()[0].words[language].title in run("tour", "--list").out
    assert chapters()[0].words["en"].title in run("tour", "--list", "--lang", "en").out


def test_without_variables_the_system_says_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getlocale", lambda: ("Chinese (Traditional)_Taiwan", "950"))
    assert language_of_locale() == "zh-TW"


# --- where it begins --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["5", "05", "soft-hard"])
def test_a_chapter_is_opened_by_number_or_name(run: Run, begun: list[tuple[str, str, object]], asked: str) -> None:
    assert run("tour", asked, "--provider", "cpu").code == 0
    assert begun[0][:2] == ("soft-hard", "en")


def test_options_reach_the_tour(run: Run, begun: list[tuple[str, str, dict[str, object]]]) -> None:
    run("tour", "dot", "--lang", "zh-TW", "--presenter", "--autoplay", "3")
    name, language, options = begun[0]
    assert (name, language) == ("dot", "zh-TW")
    assert (options["presenter"], options["autoplay"]) == (True, 3.0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("soft-hrd", "did you mean soft-hard?"),
        ("Location", "did you mean location?"),
        ("0", "1 to 20"),
        ("21", "1 to 20"),
        ("-1", "-1"),
        ("٣", "1 to 20"),
        ("zzzz", "there is: 1 to 20, or rnn, seq2seq"),
        ("\x1b[2J", r"\x1B[2J"),
    ],
)
@pytest.mark.usefixtures("begun")
def test_another_chapter_is_refused(refused: Callable[..., str], asked: str, said: str) -> None:
    assert said in refused("tour", asked)


@pytest.mark.parametrize("options", [("--autoplay", "0.2"), ("--lang", "fr"), ("--autoplay", "soon")])
@pytest.mark.usefixtures("begun")
def test_other_options_are_refused(refused: Callable[..., str], options: tuple[str, ...]) -> None:
    assert options[0] in refused("tour", *options)


def test_without_a_terminal_the_tour_is_refused(refused: Callable[..., str]) -> None:
    assert "--export DIR" in refused("tour", "1")


def test_the_first_tour_begins_with_the_first_chapter(run: Run, begun: list[tuple[str, str, object]]) -> None:
    run("tour")
    assert begun[0][0] == "rnn"


@pytest.mark.parametrize(
    ("kept", "name"), [(b"dot\n", "dot"), (b"no-such-chapter", "rnn"), (b"", "rnn"), (b"\xff\xfe", "rnn")]
)
def test_the_tour_goes_on_where_it_was_left(
    run: Run, begun: list[tuple[str, str, object]], kept: bytes, name: str
) -> None:
    folder = state_folder().parent
    folder.mkdir(parents=True)
    (folder / PLACE_FILE).write_bytes(kept)
    run("tour")
    assert begun[0][0] == name


def test_the_chapter_that_is_shown_is_remembered(run: Run, begun: list[tuple[str, str, dict[str, object]]]) -> None:
    run("tour", "3")
    left_at = begun[0][2]["left_at"]
    assert callable(left_at)
    left_at("content")
    run("tour")
    assert begun[1][0] == "content"


def test_where_nothing_can_be_kept_the_tour_goes_on(
    run: Run, begun: list[tuple[str, str, dict[str, object]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert run("tour").code == 0
    left_at = begun[0][2]["left_at"]
    assert callable(left_at)
    left_at("content")
    assert run("tour").code == 0
    assert [name for name, *_ in begun] == ["rnn", "rnn"]


def test_in_a_terminal_it_is_told_and_left_and_gone_on_with(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "explorer", "tour", "--provider", "cpu"]
    state = {"XDG_STATE_HOME": str(tmp_path / "kept"), "LANG": "zh_TW.UTF-8"}
    with Terminal([*command, "13"], 80, 24, **state) as terminal:
        terminal.wait_for(lambda screen: "13  翻" in screen.replace("翻 譯", "翻譯") and "banque" in screen)
        terminal.press("}")
        terminal.wait_for(lambda screen: "14/20" in screen)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert "Traceback" not in terminal.text
    with Terminal([*command, "--lang", "en"], 80, 24, **state) as terminal:
        terminal.wait_for(lambda screen: "14  Summarization" in screen and "14/20" in screen)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


# --- pages ------------------------------------------------------------------------------------------------------------

VOID = {"meta", "br", "hr", "img", "link", "input", "image", "rect", "path", "line", "circle", "use", "stop"}
FETCHES = {"src", "href", "xlink:href", "poster", "data", "action", "srcset", "background"}


class Page(html.parser.HTMLParser):
    """What a page holds; tags that are not closed in order are kept in `wrong`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.policy = ""
        self.language: str | None = None
        self.feed(text)
        self.close()
        self.wrong += self.opened

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        named = dict(attrs)
        self.links += [value or "" for name, value in attrs if name in FETCHES]
        self.wrong += [f"{tag} {name}" for name in named if name.startswith("on")]
        if tag == "html":
            self.language = named.get("lang")
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        depth = len(self.opened)
        self.handle_starttag(tag, attrs)
        del self.opened[depth:]

    def handle_endtag(self, tag: str) -> None:
        if self.opened[-1:] == [tag]:
            self.opened.pop()
        elif tag not in VOID:
            self.wrong.append(f"/{tag}")


@pytest.mark.parametrize(
    ("chapter", "language", "told"),
    [
        ("7", "en", ["weights the same", "greatest weight girl"]),
        ("rnn", "zh-TW", ["詢問的距離 0 → 7", "注意力 100 %"]),
        ("15", "en", ["row black → white", "overlay brightness → heat"]),
    ],
)
def test_a_chapter_is_written_as_a_page_of_its_own(
    run: Run, tmp_path: Path, chapter: str, language: str, told: list[str]
) -> None:
    folder = tmp_path / "pages" / "deep"
    outcome = run("tour", chapter, "--export", str(folder), "--lang", language, "--provider", "cpu")
    assert (outcome.code, outcome.err) == (0, "")
    [name] = [name for name in os.listdir(folder) if name != "index.html"]
    text = (folder / name).read_text(encoding="utf-8")
    page, contents = Page(text), Page((folder / "index.html").read_text(encoding="utf-8"))
    for one in (page, contents):
        assert one.wrong == []
        assert one.language == language
        assert not one.seen & {"script", "iframe", "object", "embed", "link", "base", "form"}
        assert one.policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert [
        link for link in page.links if link not in ("index.html",) and not link.startswith(("#", "data:image/"))
    ] == []
    assert contents.links == [name]
    assert re.findall(r"url\((?!#|['\"]?data:|['\"]?#)|@import", text) == []
    written = html.unescape(text)
    found = next(one for one in chapters() if name.endswith(f"-{one.name}.html"))
    assert name == f"{chapters().index(found) + 1:02d}-{found.name}.html"
    words = found.words[language]
    assert words.title in written
    assert words.text in written
    assert all(line in written for line in found.formula)
    assert all(one.says[language] in written for one in found.tries)
    assert written.count("class='did'") == len(found.tries)
    assert [effect for effect in told if effect not in written] == []
    assert {"svg", "pre"} & page.seen


def test_a_file_in_the_place_of_the_folder_is_one_line(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    assert "taken cannot be made" in refused("tour", "1", "--export", str(tmp_path / "taken"))
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_an_unknown_chapter_is_not_written(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "1 to 20" in refused("tour", "99", "--export", str(tmp_path / "pages"))
    assert not (tmp_path / "pages").exists()
