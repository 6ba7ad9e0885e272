"""A real pseudo-terminal, read back through a terminal emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

KEYS = {
    "right": "\x1b[C",
    "left": "\x1b[D",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "end": "\x1b[F",
    "home": "\x1b[H",
    "ctrl+c": "\x03",
}
CONTROLLED = ("sh", "-c", ': <"$(tty)"; exec "$@"', "sh")
"""Runs a command whose controlling terminal is its standard input: the first that a leader of a session opens becomes
it. Without, Ctrl-C and a change of the size would signal nobody."""
DEAF = ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
"""Runs a command that no hang-up signal reaches."""


class Terminal:
    """Runs a command in a terminal of its own: ``with Terminal(["attn-explore"]) as terminal: …``.

    With `emulate` off, for timing, what comes is only kept in `raw`, and the terminal controls nothing: the emulator is
    slow, and so is the shell that hands the control over. `answers` are what the terminal says to what it is asked: a
    question is looked for in each piece that comes.
    """

    def __init__(
        self,
        command: Sequence[str],
        width: int = 120,
        height: int = 40,
        *,
        emulate: bool = True,
        answers: Mapping[bytes, bytes] | None = None,
        **environment: str,
    ) -> None:
        self._emulate = emulate
        self._answers = dict(answers or {})
        self.screen = pyte.Screen(width, height)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)
        self._master, follower = pty.openpty()
        self._closed = False
        self._set_size(width, height)
        inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.modes_before = self.modes
        try:
            self.process = subprocess.Popen(
                [*CONTROLLED, *command] if emulate else list(command),
                stdin=follower,
                stdout=follower,
                stderr=follower,
                start_new_session=True,
                env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            )
        except OSError:
            os.close(self._master)
            raise
        finally:
            os.close(follower)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(60)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal, as its window or its connection may be."""
        if not self._closed:
            self._closed = True
            os.close(self._master)

    @property
    def text(self) -> str:
        """The screen, a line a line."""
        return "\n".join(self.screen.display)

    @property
    def colors(self) -> set[str]:
        """Background colours on the screen."""
        rows = range(self.screen.lines)
        return {self.screen.buffer[row][column].bg for row in rows for column in range(self.screen.columns)}

    @property
    def modes(self) -> list[int]:
        """The line discipline's input, output, control and local modes: echo, whole lines, signals."""
        return list(map(int, termios.tcgetattr(self._master)[:4]))

    def is_set(self, mode: int) -> bool:
        """Return whether a private mode of the terminal (1049: alternate screen) was last switched on, not off."""
        return self.raw.rfind(b"\x1b[?%dh" % mode) > self.raw.rfind(b"\x1b[?%dl" % mode)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size; the command is told by a signal."""
        self.screen.resize(height, width)
        self._set_size(width, height)

    def _set_size(self, width: int, height: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def press(self, *keys: str) -> None:
        """Type keys: names of `KEYS`, or characters."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def read(self, seconds: float) -> bool:
        """Read what comes within some seconds; False when nothing does or the command has ended."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        with contextlib.suppress(OSError):
            data = os.read(self._master, 65536)
            self.raw += data
            for question, answer in self._answers.items():
                if question in data:
                    os.write(self._master, answer)
            if self._emulate:
                self._stream.feed(data)
            return bool(data)
        return False

    def wait_for(self, wanted: Callable[[str], bool], seconds: float = 60.0) -> str:
        """Return the screen as soon as it is as wanted.

        Raises:
            TimeoutError: It is not in time; the message holds the screen.
        """
        deadline = time.monotonic() + seconds
        while not wanted(self.text):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the screen never was as wanted:\n{self.text}")
            self.read(0.1)
        return self.text

    def read_all(self, quiet: float = 0.5) -> None:
        """Read until nothing comes for some seconds."""
        while self.read(quiet):
            pass

    def wait_for_colors(self, seconds: float = 60.0) -> None:
        """Read until a grid of several weights is coloured; a text that is there says nothing of what is around it.

        Raises:
            TimeoutError: It is not in time.
        """
        self.wait_for(lambda _: len(self.colors) > 5, seconds)

    def wait_for_exit(self, seconds: float = 60.0) -> int:
        """Read to the end and return the exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        self.read_all(0.1)
        return self.process.wait(1)
