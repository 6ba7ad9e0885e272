"""A switch inside the program: from the key event to the bytes handed to the terminal, without the terminal."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from explorer.runtime.bundle import open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.examples import ENGLISH
from explorer.tui.launch import FRAMES_PER_SECOND
from tests.benchmarks import NAME, TARGET_TOKENS
from tests.benchmarks.recording import HEIGHT, QUIET_SECONDS, WIDTH

ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_FPS": FRAMES_PER_SECOND}


class RecordingDriver(HeadlessDriver):
    """A terminal that only notes when it was written to; the application takes it for a real one."""

    written: float = 0.0

    @property
    def is_headless(self) -> bool:
        """Say no: a headless application would not compose its output at all."""
        return False

    def write(self, data: str) -> None:
        """Note the time."""
        self.written = time.perf_counter()


def inside_figures(repeats: int) -> dict[str, float]:
    """Measure switches of the alignment function at `TARGET_TOKENS` tokens, in a process that does nothing else."""
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", __name__, str(repeats)]
    done = subprocess.run(command, env={**inherited, **ENVIRONMENT}, stdout=subprocess.PIPE, text=True, check=True)
    return {"inside_ms": float(done.stdout)}


async def _switches(repeats: int) -> list[float]:
    app = ExplorerApp(open_bundle(NAME, "cpu"), ENGLISH[-1])
    gc.freeze()  # as the program does
    app.driver_class = RecordingDriver
    running = asyncio.create_task(app.run_async(size=(WIDTH, HEIGHT)))
    while app.explorer is None or not isinstance(app._driver, RecordingDriver):
        await asyncio.sleep(0.05)
    driver = app._driver
    await _quiet(driver)
    times = []
    for key in (*("right",) * TARGET_TOKENS, *("a",) * repeats):
        began = time.perf_counter()
        app.post_message(events.Key(key, key if len(key) == 1 else None))
        await _quiet(driver)
        if key == "a":
            times.append(driver.written - began)
    assert len(app.explorer.view.snapshot.trace.steps) == TARGET_TOKENS  # type: ignore[union-attr]
    app.exit()
    await running
    return times


async def _quiet(driver: RecordingDriver) -> None:
    """Wait until nothing was written for a while."""
    await asyncio.sleep(QUIET_SECONDS)
    while time.perf_counter() - driver.written < QUIET_SECONDS:
        await asyncio.sleep(QUIET_SECONDS / 3)


if __name__ == "__main__":
    print(statistics.median(asyncio.run(_switches(int(sys.argv[1])))) * 1e3)  # noqa: T201 - for the process above
