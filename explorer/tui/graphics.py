"""Which graphics the terminal has: asked before Textual takes it, all at once, with a limit of time.

No Textual here: the command `doctor` asks as well.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.render.canvas import VT340, CellSize, Graphics, GraphicsChoice
from explorer.runtime.labels import printable

SETTING = "ATTN_EXPLORE_GRAPHICS"
AUTO = "auto"
LIMIT_SECONDS = 0.15
REMOTE_LIMIT_SECONDS = 1.0
"""How long is waited for an answer; a terminal at the other end of a network gets longer."""

_LOOK_SECONDS = 0.01
"""How often the clock is looked at meanwhile."""

QUESTIONS = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[>q\x1b[16t\x1b[?1;1;0S\x1b[c"
"""Kitty's graphics? Which program? How large is a cell? How many colours of Sixel? Which abilities? Terminals answer in
order, and every one answers the last question, so that its answer says that the others were not understood."""
_KITTY = re.compile(rb"\x1b_G[^;\x1b]*;OK\x1b\\")
_PROGRAM = re.compile(rb"\x1bP>\|([ -~]{1,60})\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d{1,3});(\d{1,3})t")
_COLORS = re.compile(rb"\x1b\[\?1;0;(\d{1,9})S")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL = b"4"
"""Among a terminal's attributes: it has Sixel graphics."""
LEAST_COLORS = 64
"""With fewer, as on a VT340, half blocks in 24-bit colours show more than Sixel."""
_INTERRUPT = b"\x03"

_KITTY_VERSION = re.compile(r"kitty\((\d+)\.(\d+)")
_FIRST_KITTY = (0, 28)
"""The first that knows placeholders: cells of text that a picture is seen in. Others say yes to Kitty's graphics and
show the placeholders as boxes."""
_SPEECHLESS = frozenset({"dumb", "linux", "unknown"})
_MULTIPLEXERS = ("tmux", "screen")
WIDEST_SENT = 10
"""Kitty scales what it is sent: no more pixels a cell are sent than this, whatever the screen has."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said.

    Attributes:
        kitty: Whether it knows Kitty's graphics.
        program: Its name and version, "" where it did not say.
        sixel: Whether it knows Sixel graphics.
        cell: Pixels of a cell; None where it did not say.
        colors: How many colours a Sixel picture may have; None where it did not say.
        complete: Whether it answered to the last question.
    """

    kitty: bool = False
    program: str = ""
    sixel: bool = False
    cell: CellSize | None = None
    colors: int | None = None
    complete: bool = False

    @property
    def placeholders(self) -> bool:
        """Whether it is known to show Kitty's pictures in the middle of text."""
        version = _KITTY_VERSION.match(self.program)
        if version is not None:
            return (int(version[1]), int(version[2])) >= _FIRST_KITTY
        return self.program.lower().startswith("ghostty")

    @classmethod
    def read(cls, said: bytes) -> Answers:
        """Read what came back, which may have keys in between."""
        attributes, cell, colors = (known.search(said) for known in (_ATTRIBUTES, _CELL, _COLORS))
        program = _PROGRAM.search(said)
        size = None if cell is None else CellSize(int(cell[2]), int(cell[1]))
        return cls(
            kitty=_KITTY.search(said) is not None,
            program="" if program is None else program[1].decode("ascii"),
            sixel=attributes is not None and _SIXEL in attributes[1].split(b";")[1:],
            cell=size if size is not None and size.width and size.height else None,
            colors=None if colors is None else int(colors[1]),
            complete=attributes is not None,
        )


def find_graphics(
    environment: Mapping[str, str] = os.environ, busy: Callable[[], bool] = lambda: False
) -> GraphicsChoice:
    """Return what pictures are to be drawn with; asks the terminal unless the setting or the environment says it.

    Args:
        environment: Variables.
        busy: Whether something else goes on for which has to be waited anyway: as long, a late answer costs nothing.

    Raises:
        InputError: The setting has an unknown value.
    """
    known = known_graphics(environment)
    if known is not None:
        return known
    remote = "SSH_CONNECTION" in environment or "SSH_TTY" in environment
    return judge(ask(REMOTE_LIMIT_SECONDS if remote else LIMIT_SECONDS, busy), measured_cell())


def known_graphics(environment: Mapping[str, str] = os.environ) -> GraphicsChoice | None:
    """Return what the setting or the environment says; None where only the terminal knows.

    Raises:
        InputError: The setting has an unknown value.
    """
    wanted = wanted_graphics(environment)
    if wanted is Graphics.BLOCKS:
        return GraphicsChoice(reason=f"{SETTING}={wanted.value}")
    if wanted is Graphics.KITTY:
        return _kitty(f"{SETTING}={wanted.value}", measured_cell())
    if wanted is Graphics.SIXEL:
        return GraphicsChoice(wanted, f"{SETTING}={wanted.value}", measured_cell() or VT340)
    term = environment.get("TERM", "")
    if "TMUX" in environment or "STY" in environment or term.startswith(_MULTIPLEXERS):
        return GraphicsChoice(reason="tmux and screen do not say what the terminal around them has")
    if term in _SPEECHLESS:
        return GraphicsChoice(reason=f"TERM={term} has none")
    if sys.platform == "win32":
        return GraphicsChoice(reason=f"not asked on Windows; {SETTING}=sixel draws with Sixel")
    if not _is_terminal():
        return GraphicsChoice(reason="there is no terminal to ask")
    return None


def wanted_graphics(environment: Mapping[str, str]) -> Graphics | None:
    """Read the setting; None for the best that there is.

    Raises:
        InputError: It has an unknown value.
    """
    given = environment.get(SETTING, AUTO).strip().lower() or AUTO
    if given == AUTO:
        return None
    try:
        return Graphics(given)
    except ValueError:
        kinds = ", ".join(kind.value for kind in Graphics)
        raise InputError(f"{SETTING}={printable(given)[:40]}: there is {AUTO}, {kinds}") from None


def judge(said: Answers, measured: CellSize | None) -> GraphicsChoice:
    """Choose by what the terminal said.

    Args:
        said: The answers.
        measured: Pixels of a cell as the system knows them.
    """
    if not said.complete:
        return GraphicsChoice(reason="the terminal did not answer", unanswered=True)
    cell = said.cell or measured
    if said.kitty and said.placeholders:
        return _kitty(f"{said.program} has them", cell)
    if not said.sixel:
        return GraphicsChoice(
            reason="the terminal has neither Sixel graphics nor Kitty's with placeholders (kitty 0.28)"
        )
    if said.colors is not None and said.colors < LEAST_COLORS:
        return GraphicsChoice(reason=f"the terminal's Sixel graphics have {said.colors} colours only")
    if cell is None:
        return GraphicsChoice(reason="the terminal has Sixel graphics, but does not say how large a cell is")
    return GraphicsChoice(Graphics.SIXEL, f"{said.program or 'the terminal'} says that it has them", cell)


def _kitty(reason: str, cell: CellSize | None) -> GraphicsChoice:
    known = cell or VT340
    part = min(1.0, WIDEST_SENT / known.width)
    return GraphicsChoice(Graphics.KITTY, reason, CellSize(round(known.width * part), round(known.height * part)))


def _is_terminal() -> bool:
    streams = (sys.__stdin__, sys.__stdout__)
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def measured_cell() -> CellSize | None:
    """Return the pixels of a cell as the system knows them; None where it does not."""
    if sys.platform == "win32":
        return None
    import fcntl
    import struct
    import termios

    if sys.__stdout__ is None:
        return None
    try:
        packed = fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):  # no terminal; a stream without a file
        return None
    rows, columns, width, height = struct.unpack("HHHH", packed)
    if not (rows and columns and width >= columns and height >= rows):
        return None
    return CellSize(width // columns, height // rows)


def ask(limit: float, busy: Callable[[], bool] = lambda: False) -> Answers:
    """Ask the terminal, and wait for its answers at most so many seconds, or as long as something else is busy.

    What comes is not echoed meanwhile. Ctrl-C is kept as a character until the terminal is as it was, then acts.
    """
    assert sys.__stdin__ is not None
    assert sys.__stdout__ is not None
    said = b""
    until = time.monotonic() + limit
    source = sys.__stdin__.fileno()
    with _hushed(source):
        os.write(sys.__stdout__.fileno(), QUESTIONS)
        while not Answers.read(said).complete:
            waiting = busy() or time.monotonic() < until  # asked before looking: what came until then is read
            if select.select([source], [], [], _LOOK_SECONDS)[0]:
                part = os.read(source, 1024)
                said += part
                if not part:
                    break
            elif not waiting:
                break
    if _INTERRUPT in said:
        os.kill(os.getpid(), signal.SIGINT)
    return Answers.read(said)


@contextlib.contextmanager
def _hushed(file: int) -> Iterator[None]:
    """Let characters through one by one, unechoed and without signals, then set the terminal as it was."""
    if sys.platform == "win32":
        yield
        return
    import termios

    before = termios.tcgetattr(file)
    hushed = termios.tcgetattr(file)
    hushed[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    termios.tcsetattr(file, termios.TCSANOW, hushed)
    try:
        yield
    finally:
        termios.tcsetattr(file, termios.TCSANOW, before)


def load_library(cell: CellSize) -> None:
    """Import `textual-image` without letting it ask the terminal, and tell it how large a cell is.

    On its import it asks question by question, each with a time limit, and an answer that comes later would be taken
    for keys. All is known by now: so it sees no terminal while it is imported, and is told the size of a cell by the
    variables that `textual-serve` uses.
    """
    told = {"TEXTUAL_CELL_WIDTH": str(cell.width), "TEXTUAL_CELL_HEIGHT": str(cell.height)}
    variables, terminal = {name: os.environ.get(name) for name in told}, sys.__stdout__
    os.environ.update(told)
    sys.__stdout__ = io.StringIO()  # type: ignore[misc, assignment]
    try:
        import textual_image.widget  # noqa: F401 - it reads the size of a cell, once
    finally:
        sys.__stdout__ = terminal  # type: ignore[misc]
        for name, value in variables.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
