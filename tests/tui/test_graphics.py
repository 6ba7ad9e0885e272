"""Which graphics a terminal has: what it answers, what the environment says, what a setting wants."""

from __future__ import annotations

import itertools
import os
import pty
import sys
import termios
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from explorer.errors import InputError
from explorer.render.canvas import VT340, CellSize, Graphics
from explorer.tui.graphics import (
    QUESTIONS,
    SETTING,
    Answers,
    find_graphics,
    judge,
    known_graphics,
    wanted_graphics,
)
from explorer.tui.late_answers import LateAnswers
from explorer.tui.launch import graphics_for
from tests.terminal import Terminal

CELL = CellSize(9, 18)
XTERM = b"\x1b[6;18;9t\x1b[?1;0;256S\x1b[?64;1;2;4;22c"
KITTY = b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;18;9t\x1b[?62;c"
OLD_KITTY = b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.26.5)\x1b\\\x1b[6;18;9t\x1b[?62;c"
GHOSTTY = b"\x1bP>|ghostty 1.1.3\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;22c"
WEZTERM = b"\x1b_Gi=31;OK\x1b\\\x1bP>|WezTerm 20240203\x1b\\\x1b[6;18;9t\x1b[?65;4;6;18;22c"
NAMES = {"^": "circumflex_accent"}
PLAIN = b"\x1b[?62;22c"


@pytest.mark.parametrize(
    ("said", "measured", "kind", "because"),
    [
        (XTERM, None, Graphics.SIXEL, "says that it has them"),
        (b"\x1b[?64;4c", CELL, Graphics.SIXEL, "says that it has them"),
        (b"\x1b[?64;4c", None, Graphics.BLOCKS, "how large a cell is"),
        (XTERM.replace(b"256S", b"16S"), None, Graphics.BLOCKS, "16 colours only"),
        (KITTY, None, Graphics.KITTY, "kitty(0.35.2) has them"),
        (OLD_KITTY, None, Graphics.BLOCKS, "placeholders"),
        (GHOSTTY, None, Graphics.KITTY, "ghostty 1.1.3"),
        (WEZTERM, None, Graphics.SIXEL, "WezTerm"),
        (PLAIN, CELL, Graphics.BLOCKS, "neither"),
        (b"\x1b[?4c", CELL, Graphics.BLOCKS, "neither"),  # 4 is the class of the terminal here, no ability
        (b"q\x1b[6;18;9t", CELL, Graphics.BLOCKS, "did not answer"),
    ],
)
def test_the_answers_decide(said: bytes, measured: CellSize | None, kind: Graphics, because: str) -> None:
    choice = judge(Answers.read(said), measured)
    assert choice.kind is kind
    assert because in choice.reason
    assert choice.unanswered == (because == "did not answer")
    if choice.drawn_in_pixels:
        assert choice.cell == CELL


def test_keys_between_the_answers_do_no_harm() -> None:
    assert Answers.read(b"qq" + KITTY[:12] + b"xx" + KITTY[12:] + b"j") == Answers.read(KITTY)


@pytest.mark.parametrize(
    ("environment", "kind", "because"),
    [
        ({SETTING: "blocks"}, Graphics.BLOCKS, f"{SETTING}=blocks"),
        ({SETTING: "sixel", "TMUX": "/tmp/tmux"}, Graphics.SIXEL, f"{SETTING}=sixel"),
        ({SETTING: "KITTY"}, Graphics.KITTY, f"{SETTING}=kitty"),
        ({"TMUX": "/tmp/tmux", "TERM": "xterm-256color"}, Graphics.BLOCKS, "tmux"),
        ({"TERM": "tmux-256color"}, Graphics.BLOCKS, "tmux"),
        ({"TERM": "screen.xterm", SETTING: "auto"}, Graphics.BLOCKS, "tmux"),
        ({"TERM": "dumb", SETTING: ""}, Graphics.BLOCKS, "TERM=dumb"),
        ({"TERM": "xterm-kitty"}, Graphics.BLOCKS, "no terminal"),  # these tests have none
    ],
)
def test_the_environment_decides_without_a_question(
    environment: dict[str, str], kind: Graphics, because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.tui.graphics.ask", lambda *_: pytest.fail("the terminal was asked"))
    monkeypatch.setattr("explorer.tui.graphics._is_terminal", lambda: False)
    choice = find_graphics(environment)
    assert choice.kind is kind
    assert because in choice.reason
    assert choice == known_graphics(environment)


def test_a_setting_of_another_value_is_one_line() -> None:
    assert wanted_graphics({SETTING: " Auto "}) is None
    with pytest.raises(InputError, match=f"{SETTING}=ascii: there is auto, kitty, sixel, blocks"):
        wanted_graphics({SETTING: "ascii"})


def test_kitty_is_sent_no_more_pixels_than_are_of_use() -> None:
    choice = judge(Answers.read(KITTY.replace(b"18;9t", b"44;21t")), None)
    assert choice.cell == CellSize(10, 21)
    assert judge(Answers.read(KITTY.replace(b"\x1b[6;18;9t", b"")), None).cell == VT340


def test_nothing_is_asked_for_a_model_that_reads_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tui.graphics.find_graphics", lambda **_: pytest.fail("the terminal was asked"))
    assert graphics_for("translate-en-fr", threading.Event()) is None


LOADED = """
from explorer.render.canvas import CellSize
from explorer.tui.graphics import load_library

before = sys.__stdout__
load_library(CellSize(9, 18))
from textual_image._terminal import get_cell_size

print(*get_cell_size(), sys.__stdout__ is before, "TEXTUAL_CELL_WIDTH" in os.environ, "loaded")
"""


def test_the_library_is_told_and_asks_nothing() -> None:
    with Terminal([sys.executable, "-c", "import os, sys" + LOADED]) as terminal:
        assert terminal.wait_for_exit(60) == 0
        assert terminal.text.split() == ["9", "18", "True", "False", "loaded"]
        assert b"\x1b" not in terminal.raw


class Pair:
    """A pseudo-terminal in the place of this process's own."""

    def __init__(self, master: int, follower: int) -> None:
        self.master = master
        self.follower = follower

    def answer(self, *pieces: bytes, after: float = 0.0) -> threading.Thread:
        """Answer piece by piece once the questions have come."""

        def work() -> None:
            asked = b""
            while QUESTIONS not in asked:
                asked += os.read(self.master, 1024)
            time.sleep(after)
            for piece in pieces:
                os.write(self.master, piece)
                time.sleep(0.02)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    @property
    def modes(self) -> list[object]:
        """The line discipline's modes, speeds left out."""
        return termios.tcgetattr(self.follower)[:4]


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    master, follower = pty.openpty()
    with os.fdopen(os.dup(follower)) as source, os.fdopen(os.dup(follower), "w") as screen:
        monkeypatch.setattr(sys, "__stdin__", source)
        monkeypatch.setattr(sys, "__stdout__", screen)
        yield Pair(master, follower)
        monkeypatch.undo()
    os.close(master)
    os.close(follower)


def test_a_terminal_is_asked_and_left_as_it_was(pair: Pair) -> None:
    before = pair.modes
    answering = pair.answer(KITTY[:20], KITTY[20:])
    choice = find_graphics({"TERM": "xterm-kitty", "SSH_TTY": "/dev/pts/1"})
    answering.join(60)
    assert (choice.kind, choice.cell) == (Graphics.KITTY, CELL)
    assert pair.modes == before


def test_a_mute_terminal_is_not_waited_for(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0.0, 0.01)
    monkeypatch.setattr("explorer.tui.graphics.time", SimpleNamespace(monotonic=lambda: next(clock)))
    choice = find_graphics({"TERM": "xterm"})
    assert 0.1 < next(clock) < 1.0
    assert choice.kind is Graphics.BLOCKS
    assert choice.unanswered


def test_an_answer_that_comes_just_as_the_rest_is_done_counts(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0.0, 10.0)
    monkeypatch.setattr("explorer.tui.graphics.time", SimpleNamespace(monotonic=lambda: next(clock)))
    choice = find_graphics({"TERM": "xterm"}, busy=lambda: os.write(pair.master, KITTY) == 0)
    assert choice.kind is Graphics.KITTY


def test_a_slow_answer_counts_while_something_else_is_waited_for(pair: Pair) -> None:
    answering = pair.answer(KITTY, after=0.4)
    choice = find_graphics({"TERM": "xterm"}, busy=lambda: answering.is_alive())
    assert choice.kind is Graphics.KITTY


@pytest.mark.parametrize(
    "keys",
    [
        [("alt+left_square_bracket", "["), ("question_mark", "?"), ("6", "6"), ("2", "2"), ("c", "c")],
        [(NAMES.get(letter, letter), letter) for letter in "^_Gi=31;OK^\\^[?62;4c"],
    ],
    ids=["alone", "after another"],
)
def test_late_answers_are_told_from_keys(keys: list[tuple[str, str]]) -> None:
    late = LateAnswers()
    assert not late.take("c", "c", 1.0)
    assert all(late.take(key, character, 2.0 + 0.001 * place) for place, (key, character) in enumerate(keys))
    assert late.over


def test_keys_after_a_pause_are_keys_again() -> None:
    late = LateAnswers()
    assert late.take("alt+x", "x", 1.0)
    assert late.take("c", "c", 1.1)
    assert not late.over
    assert not late.take("c", "c", 2.0)
    assert not late.take("question_mark", "?", 2.01)
