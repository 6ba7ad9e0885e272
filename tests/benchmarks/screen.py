"""Times of the program in a pseudo-terminal: from its start, and from a key, to what is painted."""

from __future__ import annotations

import re
import statistics
import sys
import time
from pathlib import Path

from explorer.tui.examples import ENGLISH
from tests.terminal import Terminal

EXPLORER = (sys.executable, "-m", "explorer")
EMPTY = (sys.executable, "-m", "tests.benchmarks.empty_grid")
PAINTED = b"bits"
"""Stands in the head of the grid: the head and the rows are painted in one go."""
QUIET_SECONDS = 0.15
TARGET_TOKENS = 30


def start_seconds(command: tuple[str, ...]) -> float:
    """Return the time from starting a process to its first painted grid."""
    began = time.perf_counter()
    with Terminal(command, emulate=False) as terminal:
        while PAINTED not in terminal.raw:
            terminal.read(10)
        return time.perf_counter() - began


def settle(terminal: Terminal) -> float:
    """Read until nothing has come for a while; return when the last bytes came."""
    last = time.perf_counter()
    while terminal.read(QUIET_SECONDS):
        last = time.perf_counter()
    return last


def repaint_seconds(terminal: Terminal, key: str) -> float:
    """Return the time from a key to the last byte of the repaint that follows it."""
    began = time.perf_counter()
    terminal.press(key)
    return settle(terminal) - began


def switch_figures(repeats: int) -> dict[str, float]:
    """Measure a switch of the alignment function at `TARGET_TOKENS` tokens, and the memory at its end."""
    with Terminal((*EXPLORER, ENGLISH[-1]), emulate=False) as terminal:
        while PAINTED not in terminal.raw:
            terminal.read(10)
        settle(terminal)
        for _ in range(TARGET_TOKENS):
            repaint_seconds(terminal, "right")
        times = [repaint_seconds(terminal, "a") for _ in range(repeats)]
        peak = peak_megabytes(terminal.process.pid)
    with Terminal(EMPTY, emulate=False) as terminal:
        while PAINTED not in terminal.raw:
            terminal.read(10)
        settle(terminal)
        floor = [repaint_seconds(terminal, "a") for _ in range(repeats)]
    return {
        "switch_ms": statistics.median(times) * 1e3,
        "switch_p90_ms": sorted(times)[int(0.9 * len(times))] * 1e3,
        "empty_repaint_ms": statistics.median(floor) * 1e3,
        "peak_mb": peak,
    }


def peak_megabytes(process: int) -> float:
    """Return the greatest resident size that a process had so far."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1e3


def start_figures(repeats: int) -> dict[str, float]:
    """Measure the cold start of the explorer and of an empty grid."""
    explorer = [start_seconds((*EXPLORER, ENGLISH[0])) for _ in range(repeats)]
    empty = [start_seconds(EMPTY) for _ in range(repeats)]
    return {
        "start_s": statistics.median(explorer),
        "start_best_s": min(explorer),
        "empty_start_s": statistics.median(empty),
    }
