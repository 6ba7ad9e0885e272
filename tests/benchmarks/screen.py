"""Times of the program in a pseudo-terminal: from its start, and from a key, to what is painted."""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from pathlib import Path

import pyte

from explorer.render.formulas import title_of
from explorer.runtime.bundle import open_bundle
from explorer.runtime.card import Card
from explorer.runtime.decoder import Decoder
from explorer.tui.examples import ENGLISH
from explorer.tui.themes import DARK
from tests.benchmarks import NAME, TARGET_TOKENS
from tests.benchmarks.recording import Recording

EXPLORER = (sys.executable, "-m", "explorer")
EMPTY = (sys.executable, "-m", "tests.benchmarks.empty_grid")
HEAD = "bits"
"""Stands in the head of the explorer's grid, and in every row of the empty one."""
LEFT_PANEL = 20
"""Columns of the lists left of the grid."""
THEME = {"default"} | {str(color).lstrip("#") for color in (DARK.background, DARK.surface, DARK.panel, DARK.primary)}
"""Backgrounds that are no cells of a grid, as the emulator spells them."""


def grid_is_painted(screen: pyte.Screen) -> bool:
    """Return whether head and first row of the explorer's grid are there: the marker, and cells of colour beside it."""
    head = any(HEAD in line for line in screen.display)
    return head and any(
        "▸" in line[LEFT_PANEL:] and {cell.bg for cell in screen.buffer[row].values()} - THEME
        for row, line in enumerate(screen.display)
    )


def empty_grid_is_painted(screen: pyte.Screen) -> bool:
    """Return whether the first row of the empty grid is there."""
    return HEAD in screen.display[0]


def shows(screen: pyte.Screen, alignment: str) -> bool:
    """Return whether an alignment function is on in the list and in the title of the grid."""
    title = title_of(alignment)
    in_list = any(re.search(rf"▸ {title}\s", line[:LEFT_PANEL]) for line in screen.display)
    return in_list and any(f" {title} · " in line[LEFT_PANEL:] for line in screen.display)


def start_figures(repeats: int) -> dict[str, float]:
    """Measure the cold start of the explorer and of an empty grid, in turns: fresh processes, files in the page cache.

    As after an installation, modules are compiled already: the first start of each is not counted.
    """
    explorer: list[float] = []
    empty: list[float] = []
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(repeats + 1):
            explorer.append(_start_seconds((*EXPLORER, ENGLISH[0]), cache))
            empty.append(_start_seconds(EMPTY, cache))
    return {
        "start_s": statistics.median(explorer[1:]),
        "start_best_s": min(explorer[1:]),
        "empty_start_s": statistics.median(empty[1:]),
    }


def _start_seconds(command: tuple[str, ...], cache: str) -> float:
    """Return the time from starting a process to its first painted grid."""
    with Recording(command, _environment(cache)) as recording:
        recording.settle(HEAD.encode())
        painted = recording.emulate(grid_is_painted if command != EMPTY else empty_grid_is_painted)
        assert painted is not None, "\n".join(recording.screen.display)
        return painted - recording.began


def _environment(cache: str) -> dict[str, str]:
    """Keep compiled modules in a folder of their own, whatever the caller has set."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}


def switch_figures(repeats: int) -> dict[str, float]:
    """Measure a switch of the alignment function at `TARGET_TOKENS` tokens, and the memory after all of them."""
    card = _long_enough()
    with tempfile.TemporaryDirectory() as cache:
        figures = _explorer_switches(repeats, card, cache)
        return {**figures, "empty_repaint_ms": _empty_repaint(repeats, cache) * 1e3}


def _long_enough() -> Card:
    """Return the card of the model, after a look at the length of what it makes of the sentence."""
    bundle = open_bundle(NAME, "cpu")
    decoder = Decoder(bundle)
    decoder.start(ENGLISH[-1])
    found = len(decoder.end().steps)
    assert found >= TARGET_TOKENS, f"the translation has {found} tokens only"
    return bundle.card


def _explorer_switches(repeats: int, card: Card, cache: str) -> dict[str, float]:
    names = card.switches.alignments
    last: list[float] = []
    shown: list[float] = []
    sizes: list[int] = []
    with Recording((*EXPLORER, ENGLISH[-1]), _environment(cache)) as recording:
        recording.settle(HEAD.encode())
        for _ in range(TARGET_TOKENS):
            recording.press("right")
            recording.settle()
        recording.emulate(grid_is_painted)
        for place in range(
            names.index(card.switches.alignment) + 1, names.index(card.switches.alignment) + repeats + 1
        ):
            wanted = names[place % len(names)]
            pressed = recording.press("a")
            recording.settle()
            chunks = recording.chunks
            seen = recording.emulate(lambda screen, name=wanted: shows(screen, name))  # type: ignore[misc]
            assert seen is not None, f"{wanted} is not on:\n" + "\n".join(recording.screen.display)
            last.append(chunks[-1].at - pressed)
            shown.append(seen - pressed)
            sizes.append(sum(len(chunk.data) for chunk in chunks))
        peak = _peak_after_everything(recording, card)
    return {
        "switch_ms": statistics.median(last) * 1e3,
        "switch_p90_ms": sorted(last)[int(0.9 * len(last))] * 1e3,
        "switch_shown_ms": statistics.median(shown) * 1e3,
        "switch_bytes": statistics.median(sizes),
        "peak_mb": peak,
    }


def _peak_after_everything(recording: Recording, card: Card) -> float:
    """Return the greatest resident size after the whole sentence went through every combination, in megabytes."""
    for key in ("end", *("t", *("a" for _ in card.switches.alignments)) * len(card.switches.attentions)):
        recording.press(key)
        recording.settle()
    return peak_megabytes(recording.process)


def _empty_repaint(repeats: int, cache: str) -> float:
    times = []
    with Recording(EMPTY, _environment(cache)) as recording:
        recording.settle(HEAD.encode())
        recording.emulate(empty_grid_is_painted)
        for _ in range(repeats):
            pressed = recording.press("a")
            recording.settle()
            times.append(recording.chunks[-1].at - pressed)
            recording.emulate(empty_grid_is_painted)
    return statistics.median(times)


def peak_megabytes(process: int) -> float:
    """Return the greatest resident size that a process had so far, in MB; its present one where only that is known."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        assert found is not None
        return int(found[1]) * 1024 / 1e6
    import psutil

    return float(psutil.Process(process).memory_info().rss) / 1e6
