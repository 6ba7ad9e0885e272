"""The explorer in a real pseudo-terminal that answers like those with graphics, like others, and not at all."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from explorer.tui.graphics import QUESTIONS, SETTING
from tests.graphics_reader import kitty_messages, kitty_pictures, sixel_pixels
from tests.terminal import Terminal
from tests.tui.test_graphics import KITTY, PLAIN, XTERM

ASKED = b"\x1b[c"
"""The last of the questions."""
TAKEN = b"\x1b[?1049h"
"""Textual takes the terminal."""


LISTED = """
import atexit, sys
from explorer.cli import main

atexit.register(lambda: print("loaded:", *({"PIL", "textual_image"} & set(sys.modules))))
main(["yes.", "--provider", "cpu"])
"""
"""The explorer on a text, which then says what it has loaded of what draws pictures."""


def explorer(model: Path | str, *words: str, **options: object) -> Terminal:
    command = [sys.executable, "-m", "explorer", *words, "--model", str(model)]
    return Terminal(command, 120, 40, **options)  # type: ignore[arg-type]


def painted(terminal: Terminal, sign: str = "▀") -> str:
    """Wait for the first screen and a sign of pictures in what is sent, then for what else is sent."""
    terminal.wait_for(lambda screen: "next token" in screen and "? help" in screen)
    terminal.wait_for(lambda _: sign.encode() in terminal.raw)
    terminal.read_all()
    return terminal.raw.decode("utf-8")


def quit_quietly(terminal: Terminal) -> None:
    terminal.press("q")
    assert terminal.wait_for_exit(60) == 0
    assert terminal.modes == terminal.modes_before


def test_kitty_is_sent_pictures_and_frees_them(caption_bundle: Path) -> None:
    with explorer(caption_bundle, "scene:3", answers={ASKED: KITTY}) as terminal:
        sent = painted(terminal, "f=100")
        assert sent.index(QUESTIONS.decode()) < sent.index(TAKEN.decode())
        sizes = [pixels.shape[:2] for pixels in kitty_pictures(sent).values()]
        assert (24 * 18, 49 * 9) in sizes  # the large one
        assert (7 * 18, 14 * 9) in sizes  # the frame of the step at hand
        assert "▀" not in sent
        quit_quietly(terminal)
        sent = terminal.raw.decode("utf-8")
    freed = {int(keys["I"]) for keys, _ in kitty_messages(sent) if keys.get("a") == "d"}
    assert freed == set(kitty_pictures(sent))


def test_sixel_pictures_stand_where_half_blocks_would(caption_bundle: Path) -> None:
    with explorer(caption_bundle, "scene:3", answers={ASKED: XTERM}) as terminal:
        sent = painted(terminal, '"1;1;')
        assert "▀" not in sent
        pictures = re.findall(r"(\d+)D(\x1bP.*?\x1b\\)", sent)
        sizes = {(int(width), *sixel_pixels(data).shape) for width, data in pictures}
        assert {(width * 9 == across, down) for width, down, across, _ in sizes} == {(True, 18)}
        assert not kitty_pictures(sent)
        terminal.press("?")
        terminal.wait_for(lambda screen: "escape closes" in screen)
        terminal.press("\x1b")
        terminal.wait_for(lambda screen: "escape closes" not in screen)
        quit_quietly(terminal)


@pytest.mark.parametrize(
    ("answers", "environment", "asked"),
    [
        ({ASKED: PLAIN}, {}, True),
        ({}, {}, True),
        ({ASKED: KITTY}, {"TMUX": "/tmp/tmux-0/default,1,0"}, False),
        ({ASKED: XTERM}, {SETTING: "blocks"}, False),
        ({ASKED: KITTY}, {"COLORTERM": ""}, True),
    ],
    ids=["plain", "mute", "tmux", "setting", "few colours"],
)
def test_half_blocks_everywhere_else(
    caption_bundle: Path, answers: dict[bytes, bytes], environment: dict[str, str], asked: bool
) -> None:
    with explorer(caption_bundle, "scene:3", answers=answers, **environment) as terminal:
        sent = painted(terminal)
        assert "▀" in sent
        assert (QUESTIONS.decode() in sent) == asked
        assert not kitty_pictures(sent)
        assert "\x1bP" not in sent.replace(QUESTIONS.decode(), "")
        quit_quietly(terminal)


def test_an_answer_that_comes_too_late_presses_no_keys(caption_bundle: Path) -> None:
    with explorer(caption_bundle, "scene:3", answers={TAKEN: KITTY}) as terminal:
        painted(terminal, "next token")
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            terminal.read(0.1)
        assert "escape closes" not in terminal.text  # the "?" in the answer is no call for help
        assert "▸ dot" in terminal.text
        terminal.press("?")
        terminal.wait_for(lambda screen: "escape closes" in screen)
        terminal.press("\x1b")
        terminal.wait_for(lambda screen: "escape closes" not in screen)
        quit_quietly(terminal)


def test_nothing_is_asked_or_imported_for_text() -> None:
    with Terminal([sys.executable, "-c", LISTED], answers={ASKED: KITTY}) as terminal:
        sent = painted(terminal, "next token")
        assert QUESTIONS.decode() not in sent
        quit_quietly(terminal)
        assert terminal.raw.decode("utf-8").rsplit("loaded:", 1)[1].split() == []


def test_a_misspelt_setting_is_one_line(caption_bundle: Path) -> None:
    with explorer(caption_bundle, "scene:3", **{SETTING: "ascii"}) as terminal:
        assert terminal.wait_for_exit(60) == 2
        assert terminal.text.strip() == f"attn-explore: {SETTING}=ascii: there is auto, kitty, sixel, blocks"
