"""The commands in a real pseudo-terminal, read back through a terminal emulator."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import respell
from tests.terminal import Terminal

COMMAND = [sys.executable, "-m", "explorer"]
LOADED_SLOWLY = """
import time
from explorer.runtime import bundle

def load_runtime():
    print("loading", flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt as error:
        raise ImportError("initialization failed") from error  # as ONNX Runtime does

bundle.load_runtime = load_runtime
from explorer.cli import main
main()
"""


def lines_file(folder: Path, count: int) -> str:
    """Write a file of equal short sentences."""
    file = folder / "lines.txt"
    file.write_text("a man sleeps.\n" * count, encoding="utf-8")
    return str(file)


def test_decode_is_coloured() -> None:
    with Terminal([*COMMAND, "decode", "a black dog jumps over a fence."]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert "chien" in terminal.text
        assert len(terminal.colors) > 5


def test_without_colour_decode_draws_glyphs() -> None:
    with Terminal([*COMMAND, "decode", "a black dog jumps over a fence."], NO_COLOR="1") as terminal:
        assert terminal.wait_for_exit() == 0
        assert "█" in terminal.text
        assert terminal.colors == {"default"}


def test_behind_a_pipe_nothing_is_coloured() -> None:
    command = shlex.join([*COMMAND, "decode", "a black dog jumps over a fence."])
    with Terminal(["sh", "-c", f"{command} | cat"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert "chien" in terminal.text
        assert terminal.colors == {"default"}
        assert b"\x1b" not in terminal.raw


def test_no_bar_where_standard_error_is_no_terminal(tmp_path: Path) -> None:
    command = shlex.join([*COMMAND, "decode", "--input", lines_file(tmp_path, 300), "--format", "json"])
    with Terminal(["sh", "-c", f"{command} 2>&1 | cat"], width=1000, height=320) as terminal:
        assert terminal.wait_for_exit(60) == 0
        lines = [line.strip() for line in terminal.screen.display if line.strip()]
        assert b"decoding" not in terminal.raw
        assert b"\x1b" not in terminal.raw
    assert len(lines) == 300
    assert {json.loads(line)["source"] for line in lines} == {"a man sleeps."}


def test_a_progress_bar_comes_and_goes(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    options = ["--format", "json", "--output", str(output)]
    with Terminal([*COMMAND, "decode", "--input", lines_file(tmp_path, 300), *options]) as terminal:
        assert terminal.wait_for_exit(60) == 0
        assert b"decoding" in terminal.raw
        assert b"/300" in terminal.raw
        assert terminal.text.strip() == ""
    assert output.read_text(encoding="utf-8").count("\n") == 300


def test_the_bar_makes_room_for_lines_on_the_same_screen(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("a dog .\tun chien .\n" * 300, encoding="utf-8")
    with Terminal([*COMMAND, "align", str(pairs)], height=400) as terminal:
        assert terminal.wait_for_exit(60) == 0
        assert b"aligning" in terminal.raw
        lines = [line.rstrip() for line in terminal.screen.display if line.strip()]
    assert len(lines) == 300
    assert set(lines) == {lines[0]}


def test_a_vocabulary_cannot_steer_the_terminal(copied: Path) -> None:
    respell(copied, "target.json", "▁chien", "▁\x1b[8mchien\x1b]0;title\x07")
    with Terminal([*COMMAND, "decode", "a black dog.", "--model", str(copied)], width=160) as terminal:
        assert terminal.wait_for_exit() == 0
        assert "\\x1B[8mchien\\x1B]0;title\\x07" in terminal.text
        assert b"\x1b[8m" not in terminal.raw
        assert b"\x1b]" not in terminal.raw
        assert b"\x07" not in terminal.raw


def test_one_sentence_has_no_bar() -> None:
    with Terminal([*COMMAND, "decode", "yes."]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert b"decoding" not in terminal.raw


def test_an_error_is_one_plain_line(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("yes.\n\x1b[31mno.\n", encoding="utf-8")
    with Terminal([*COMMAND, "decode", "--input", str(file)], width=200) as terminal:
        assert terminal.wait_for_exit() == 2
        lines = [line.strip() for line in terminal.text.splitlines() if line.strip()]
        assert len(lines) == 1
        assert lines[0].startswith("attn-explore: ")
        assert "line 2: the text has the control character U+001B at character 1" in lines[0]
        assert b"\x1b[31m" not in terminal.raw


def test_interrupting_is_quiet_and_leaves_no_half_file(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    arguments = ["decode", "--input", lines_file(tmp_path, 100_000), "--format", "json", "--output", str(output)]
    with Terminal([*COMMAND, *arguments]) as terminal:
        terminal.wait_for(lambda screen: "decoding" in screen)
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == 130
        assert terminal.text.replace("^C", "").strip() == ""
        assert not terminal.screen.cursor.hidden
    assert [entry.name for entry in tmp_path.iterdir()] == ["lines.txt"]


@pytest.mark.parametrize("arguments", [["decode", "yes."], ["align", "-"], ["doctor"]], ids=lambda words: words[0])
def test_interrupting_while_loading_ends_at_once(arguments: list[str]) -> None:
    with Terminal([sys.executable, "-c", LOADED_SLOWLY, *arguments]) as terminal:
        terminal.wait_for(lambda screen: "loading" in screen)
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == -signal.SIGINT
        assert terminal.text.replace("^C", "").split()[-1] == "loading"


def test_decode_without_input_asks_for_it() -> None:
    with Terminal([*COMMAND, "decode"]) as terminal:
        assert terminal.wait_for_exit() == 2
        assert terminal.text.startswith("attn-explore: nothing to decode: give TEXT")


def test_doctor_reads_the_size_and_the_colours() -> None:
    with Terminal([*COMMAND, "doctor"], width=132, height=50) as terminal:
        assert terminal.wait_for_exit() == 0
        assert "132 × 50 cells · colours: truecolor · TERM xterm-256color" in terminal.text


def test_doctor_says_what_pictures_are_drawn_with() -> None:
    said = {b"\x1b[c": b"\x1bP>|XTerm(390)\x1b\\\x1b[6;18;9t\x1b[?64;4;22c"}
    with Terminal([*COMMAND, "doctor"], width=160, height=50, answers=said) as terminal:
        assert terminal.wait_for_exit() == 0
        line = (
            "graphics     sixel: XTerm(390) says that it has them · 9 × 18 pixels a cell · ATTN_EXPLORE_GRAPHICS=auto"
        )
        assert line in terminal.text
        assert terminal.modes == terminal.modes_before
    with Terminal([*COMMAND, "doctor"], width=160, height=50, ATTN_EXPLORE_GRAPHICS="ascii") as terminal:
        assert terminal.wait_for_exit() == 0
        assert "does not work: ATTN_EXPLORE_GRAPHICS=ascii: there is auto, kitty, sixel, blocks" in terminal.text
