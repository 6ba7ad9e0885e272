"""The whole program in a real pseudo-terminal, read back through a terminal emulator."""

from __future__ import annotations

import sys

from tests.terminal import Terminal

TEXT = "a black dog jumps over a fence."


def row_of(screen: str, beginning: str) -> str:
    """Return the first line of the screen that begins with some text, "" where there is none."""
    return next((line for line in screen.splitlines() if line.strip().startswith(beginning)), "")


def labels_a_row(screen: str, word: str) -> bool:
    """Return whether a word stands left of the grid."""
    return any(f" {word} " in line for line in screen.splitlines()[4:])


def test_a_sentence_is_stepped_through_and_switched() -> None:
    with Terminal([sys.executable, "-m", "explorer", TEXT]) as terminal:
        first = terminal.wait_for(lambda screen: "▌" in row_of(screen, "target") and "▸ additive" in screen)
        assert TEXT in row_of(first, "source")
        assert row_of(first, "target").split() == ["target", "▌"]
        terminal.press("right", "right", "right")
        third = terminal.wait_for(lambda screen: len(row_of(screen, "target").split()) == 5)
        emitted = row_of(third, "target").split()[1:4]
        terminal.wait_for(lambda screen: all(labels_a_row(screen, word) for word in emitted))
        assert len(terminal.colors) > 5
        terminal.press("a")
        terminal.wait_for(lambda screen: "▸ general" in screen)
        terminal.press("t")
        switched = terminal.wait_for(lambda screen: "▸ local-m" in screen and "◇" in screen)
        assert row_of(switched, "target").split()[1:4] == emitted
        terminal.press("end")
        terminal.wait_for(lambda screen: "END" in row_of(screen, "target"))
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert b"\x1b[?1049l" in terminal.raw  # the alternate screen was left
        assert "Traceback" not in terminal.text


def test_text_that_cannot_be_read_is_one_line() -> None:
    with Terminal([sys.executable, "-m", "explorer", "   "]) as terminal:
        assert terminal.wait_for_exit() == 2
        lines = [line for line in terminal.text.splitlines() if line.strip()]
        assert len(lines) == 1
        assert lines[0].startswith("attn-explore: ")


def test_without_colour_weights_are_glyphs() -> None:
    with Terminal([sys.executable, "-m", "explorer", TEXT], NO_COLOR="1") as terminal:
        terminal.wait_for(lambda screen: "▌" in row_of(screen, "target"))
        terminal.press("right", "right")
        screen = terminal.wait_for(lambda screen: len(row_of(screen, "target").split()) == 4)
        assert "█" in screen.split("target")[1]
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
