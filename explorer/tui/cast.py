"""A session as a recording of its screen: asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/."""

from __future__ import annotations

import asyncio
import io
import json

from rich.console import Console
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from explorer.tui.models import OpenModels
from explorer.tui.player import Player
from explorer.tui.replay import ReplayApp
from explorer.tui.screens.replay import ReplayScreen

SIZE = (100, 30)
"""Cells across and down."""
HIDE_CURSOR = "\x1b[?25l"


class KeptDriver(HeadlessDriver):
    """No terminal; what would be written to one is kept."""

    _kept = ""

    @property
    def is_headless(self) -> bool:
        """Textual draws nothing for a driver that is."""
        return False

    def write(self, data: str) -> None:
        """Keep what is drawn."""
        self._kept = self._kept + data

    def taken(self) -> str:
        """Return what was drawn since the last time."""
        kept, self._kept = self._kept, ""
        return kept


class CastApp(ReplayApp):
    """A replay that is drawn for every terminal alike, one moment after the other."""

    def __init__(self, player: Player, models: OpenModels) -> None:
        super().__init__(player, models)
        self.driver_class = KeptDriver
        self.console = Console(
            file=io.StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False, markup=False
        )

    def next_moment(self) -> None:
        """Do the next action of the session."""
        if isinstance(self.explorer, ReplayScreen):
            self.explorer.next_moment()

    def taken(self) -> str:
        """Return what was drawn since the last time."""
        driver = self._driver
        return driver.taken() if isinstance(driver, KeptDriver) else ""


def cast_of(player: Player, models: OpenModels, title: str, size: tuple[int, int] = SIZE) -> str:
    """Play a session to its end without a terminal; return the recording.

    Times are those of the session: a moment comes when it came, however long drawing it took.

    Args:
        player: Plays the session; it has to be steered.
        models: The models that are open.
        title: Of the recording.
        size: Cells across and down.

    A session that cannot be played to its end has to be found out before.
    """
    app = CastApp(player, models)
    header = {"version": 2, "width": size[0], "height": size[1], "title": title, "env": {"TERM": "xterm-256color"}}
    lines = [json.dumps(header, ensure_ascii=False)]

    async def drive(pilot: Pilot[object]) -> None:
        at = 0.0
        await _settled(pilot)
        lines.append(_event(at, HIDE_CURSOR + app.taken()))
        while not player.ended:
            at += player.pause
            app.next_moment()
            await _settled(pilot)
            lines.append(_event(at, app.taken()))
        lines.append(_event(at + player.pause, ""))
        app.exit()

    asyncio.run(app.run_async(size=size, auto_pilot=drive))
    return "\n".join(lines) + "\n"


def _event(at: float, data: str) -> str:
    return json.dumps([round(at, 3), "o", data], ensure_ascii=False)


async def _settled(pilot: Pilot[object]) -> None:
    """Wait until the moment is done and drawn, on whichever model's screen."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
