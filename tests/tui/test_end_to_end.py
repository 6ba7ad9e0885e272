"""The whole program in a real pseudo-terminal, read back through a terminal emulator."""

from __future__ import annotations

import functools
import signal
import sys

from tests.terminal import DEAF, Terminal

TEXT = "a black dog jumps over a fence."


def row_of(screen: str, beginning: str) -> str:
    """Return the first line of the screen that begins with some text, "" where there is none."""
    return next((line for line in screen.splitlines() if line.strip().startswith(beginning)), "")


def labels_a_row(screen: str, word: str) -> bool:
    """Return whether a word stands left of the grid."""
    return any(f" {word} " in line for line in screen.splitlines()[4:])


def fills(screen: str, width: int) -> bool:
    """Return whether the panels reach the right edge and the keys stand in the last line."""
    lines = screen.splitlines()
    return "? help" in lines[-1] and any(line.endswith("╮") and len(line) == width for line in lines)


def assert_restored(terminal: Terminal) -> None:
    """Check that a terminal was left as it was found: whole lines, echo, no mouse, a cursor, the normal screen."""
    assert b"\x1b[?1049h" in terminal.raw
    assert [mode for mode in (1049, 1000, 1003, 1006, 2004) if terminal.is_set(mode)] == []
    assert terminal.is_set(25)
    assert terminal.modes == terminal.modes_before


def test_a_sentence_is_stepped_through_and_switched() -> None:
    with Terminal([sys.executable, "-m", "explorer", TEXT]) as terminal:
        first = terminal.wait_for(lambda screen: "▌" in row_of(screen, "target") and "▸ additive" in screen)
        terminal.wait_for(lambda screen: TEXT in row_of(screen, "source"))
        assert row_of(first, "target").split() == ["target", "▌"]
        terminal.press("right", "right", "right")
        third = terminal.wait_for(lambda screen: len(row_of(screen, "target").split()) == 5)
        emitted = row_of(third, "target").split()[1:4]
        terminal.wait_for(lambda screen: all(labels_a_row(screen, word) for word in emitted))
        terminal.wait_for_colors()
        terminal.press("a")
        terminal.wait_for(lambda screen: "▸ general" in screen)
        terminal.press("t")
        terminal.wait_for(lambda screen: "▸ local-m" in screen and "◇" in screen)
        terminal.wait_for(lambda screen: row_of(screen, "target").split()[1:4] == emitted)
        terminal.press("end")
        terminal.wait_for(lambda screen: "END" in row_of(screen, "target"))
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert "Traceback" not in terminal.text
        assert_restored(terminal)


def test_a_closed_terminal_ends_a_program_that_no_signal_reaches() -> None:
    with Terminal([*DEAF, sys.executable, "-m", "explorer", TEXT]) as terminal:
        terminal.wait_for(lambda screen: "▌" in row_of(screen, "target"))
        terminal.hang_up()
        assert terminal.process.wait(20) == -signal.SIGHUP


def test_text_that_cannot_be_read_is_one_line() -> None:
    with Terminal([sys.executable, "-m", "explorer", "   "]) as terminal:
        assert terminal.wait_for_exit() == 2
        lines = [line for line in terminal.text.splitlines() if line.strip()]
        assert len(lines) == 1
        assert lines[0].startswith("attn-explore: ")


def test_a_model_that_is_not_there_is_one_line() -> None:
    with Terminal([sys.executable, "-m", "explorer", TEXT, "--model", "translate-en-fx"], width=200) as terminal:
        assert terminal.wait_for_exit() == 2
        lines = [line.strip() for line in terminal.text.splitlines() if line.strip()]
        assert len(lines) == 1
        assert "did you mean translate-en-fr?" in lines[0]
        assert b"\x1b[?1049h" not in terminal.raw


def test_another_size_and_ctrl_c_lose_nothing() -> None:
    with Terminal([sys.executable, "-m", "explorer", TEXT]) as terminal:
        terminal.wait_for(lambda screen: "▌" in row_of(screen, "target"))
        terminal.press("right", "right")
        screen = terminal.wait_for(lambda screen: len(row_of(screen, "target").split()) == 4)
        emitted = row_of(screen, "target").split()[1:3]
        for width, height in ((80, 24), (40, 12), (160, 50)):
            terminal.resize(width, height)
            terminal.wait_for(functools.partial(fills, width=width))
            terminal.wait_for(lambda screen: row_of(screen, "target").split()[1:3] == emitted)
        terminal.wait_for(lambda screen: "▸ additive" in screen and labels_a_row(screen, emitted[0]))
        terminal.press("ctrl+c")
        terminal.press("right")
        terminal.wait_for(lambda screen: len(row_of(screen, "target").split()) == 5)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert_restored(terminal)


def test_without_colour_weights_are_glyphs() -> None:
    with Terminal([sys.executable, "-m", "explorer", TEXT], NO_COLOR="1") as terminal:
        terminal.wait_for(lambda screen: "▌" in row_of(screen, "target"))
        terminal.press("right", "right")
        terminal.wait_for(lambda screen: len(row_of(screen, "target").split()) == 4)
        terminal.wait_for(lambda screen: "█" in screen.split("target")[1])
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
