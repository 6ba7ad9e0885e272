"""What a program wrote to a pseudo-terminal, and when; the emulator reads it later, outside of the measured time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

import pyte

from tests.terminal import Terminal

WIDTH, HEIGHT = 120, 40
QUIET_SECONDS = 0.15
"""A repaint has ended when nothing more has come for so long."""
PATIENCE = 30.0


@dataclass(frozen=True)
class Chunk:
    """What came in one piece.

    Attributes:
        at: When, by `time.perf_counter`.
        data: The bytes.
    """

    at: float
    data: bytes


class Recording:
    """Runs a program in a terminal of 120 × 40 and keeps every piece of its output with its time."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self.screen)
        self._chunks: list[Chunk] = []
        self.began = time.perf_counter()
        self._terminal = Terminal(command, WIDTH, HEIGHT, emulate=False, **environment)

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._terminal.__exit__(kind, error, trace)

    @property
    def process(self) -> int:
        """Number of the program's process."""
        return self._terminal.process.pid

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """What has come since the emulator last read."""
        return tuple(self._chunks)

    def press(self, key: str) -> float:
        """Type a key and return when."""
        at = time.perf_counter()
        self._terminal.press(key)
        return at

    def read(self, seconds: float) -> bool:
        """Keep what comes within some seconds; False when nothing does."""
        came = self._terminal.read(seconds)
        if came:
            self._chunks.append(Chunk(time.perf_counter(), self._terminal.raw))
            self._terminal.raw = b""  # appending to all that ever came would take longer with every switch
        return came

    def settle(self, marker: bytes = b"") -> None:
        """Read until `marker` has come and then nothing more for a while.

        Raises:
            TimeoutError: The marker never comes; the message holds the screen.
        """
        deadline, tail = time.perf_counter() + PATIENCE, b""
        while marker not in tail:
            if time.perf_counter() > deadline:
                self.emulate(lambda screen: False)
                raise TimeoutError(f"{marker!r} was not painted:\n" + "\n".join(self.screen.display))
            if self.read(0.1):
                tail = tail[-len(marker) :] + self._chunks[-1].data
        while self.read(QUIET_SECONDS):
            pass

    def emulate(self, wanted: Callable[[pyte.Screen], bool]) -> float | None:
        """Show the emulator all that came, piece by piece.

        Args:
            wanted: Whether the screen is as wanted.

        Returns:
            When the first piece came after which it was; None if it never was.
        """
        since = None
        for chunk in self._chunks:
            self._stream.feed(chunk.data)
            if since is None and wanted(self.screen):
                since = chunk.at
        self._chunks.clear()
        return since
