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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.render.canvas import VT340, CellSize, Graphics, GraphicsChoice
from explorer.runtime.labels import printable

SETTING = "ATTN_EXPLORE_GRAPHICS"
AUTO = "auto"
LIMIT_SECONDS = 0.15
REMOTE_LIMIT_SECONDS = 1.0
"""How long is waited for an answer; a terminal at the other end of a network gets longer."""

QUESTIONS = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[?1;1;0S\x1b[c"
"""Kitty's graphics? How large is a cell? How many colours of Sixel? What are you? Terminals answer in order, and every
one answers the last question, so that its answer says that the others were not understood."""
_KITTY = re.compile(rb"\x1b_G[^;\x1b]*;OK\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d{1,3});(\d{1,3})t")
_COLORS = re.compile(rb"\x1b\[\?1;0;(\d{1,9})S")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL = b"4"
"""Among a terminal's attributes: it has Sixel graphics."""
LEAST_COLORS = 64
"""With fewer, as on a VT340, half blocks in 24-bit colours show more than Sixel."""
_INTERRUPT = b"\x03"

_SPEECHLESS = frozenset({"dumb", "linux", "unknown"})
_MULTIPLEXERS = ("tmux", "screen")
WIDEST_SENT = 10
"""Kitty scales what it is sent: no more pixels a cell are sent than this, whatever the screen has."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said.

    Attributes:
        kitty: Whether it knows Kitty's graphics.
        sixel: Whether it knows Sixel graphics.
        cell: Pixels of a cell; None where it did not say.
        colors: How many colours a Sixel picture may have; None where it did not say.
        complete: Whether it answered to the last question.
    """

    kitty: bool = False
    sixel: bool = False
    cell: CellSize | None = None
    colors: int | None = None
    complete: bool = False

    @classmethod
    def read(cls, said: bytes) -> Answers:
        """Read what came back, which may have keys in between."""
        attributes, cell, colors = (known.search(said) for known in (_ATTRIBUTES, _CELL, _COLORS))
        size = None if cell is None else CellSize(int(cell[2]), int(cell[1]))
        return cls(
            kitty=_KITTY.search(said) is not None,
            sixel=attributes is not None and _SIXEL in attributes[1].split(b";")[1:],
            cell=size if size is not None and size.width and size.height else None,
            colors=None if colors is None else int(colors[1]),
            complete=attributes is not None,
        )


def find_graphics(environment: Mapping[str, str] = os.environ) -> GraphicsChoice:
    """Return what pictures are to be drawn with; asks the terminal unless the setting or the environment says it.

    Raises:
        InputError: The setting has an unknown value.
    """
    wanted = wanted_graphics(environment)
    known = _known(wanted, environment)
    if known is not None:
        return known
    if not _is_terminal():
        return GraphicsChoice(reason="there is no terminal to ask")
    remote = "SSH_CONNECTION" in environment or "SSH_TTY" in environment
    return judge(ask(REMOTE_LIMIT_SECONDS if remote else LIMIT_SECONDS), measured_cell())


def graphics_by_name(environment: Mapping[str, str] = os.environ) -> GraphicsChoice:
    """Return what is known of the terminal by its name alone, for when Textual has it and nothing can be asked."""
    known = _known(wanted_graphics(environment), environment)
    if known is not None:
        return known
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") in ("xterm-kitty", "xterm-ghostty"):
        return _kitty("the terminal is known to have them", measured_cell())
    return GraphicsChoice(reason="the terminal can be asked at the start only, and this session began with text")


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

    Sixel before Kitty: some terminals (Konsole, WezTerm) say yes to both and know no placeholders, which Kitty's
    pictures need in the middle of text; Kitty itself has no Sixel.

    Args:
        said: The answers.
        measured: Pixels of a cell as the system knows them.
    """
    if not said.complete:
        return GraphicsChoice(reason="the terminal did not answer")
    cell = said.cell or measured
    enough = said.colors is None or said.colors >= LEAST_COLORS
    if said.sixel and enough and cell is not None:
        return GraphicsChoice(Graphics.SIXEL, "the terminal says that it has them", cell)
    if said.kitty:
        return _kitty("the terminal says that it has them", cell)
    if said.sixel and not enough:
        return GraphicsChoice(reason=f"the terminal has Sixel graphics of {said.colors} colours only")
    if said.sixel:
        return GraphicsChoice(reason="the terminal has Sixel graphics, but does not say how large a cell is")
    return GraphicsChoice(reason="the terminal has neither Kitty's graphics nor Sixel")


def _known(wanted: Graphics | None, environment: Mapping[str, str]) -> GraphicsChoice | None:
    """Return what needs no question; None where only the terminal knows."""
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
    return None


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


def ask(limit: float) -> Answers:
    """Ask the terminal, and wait for its answers at most so many seconds.

    What comes is not echoed meanwhile. Ctrl-C is kept as a character until the terminal is as it was, then acts.
    """
    assert sys.__stdin__ is not None
    assert sys.__stdout__ is not None
    said = b""
    until = time.monotonic() + limit
    source = sys.__stdin__.fileno()
    with _hushed(source):
        os.write(sys.__stdout__.fileno(), QUESTIONS)
        while not Answers.read(said).complete and (left := until - time.monotonic()) > 0:
            if select.select([source], [], [], left)[0]:
                part = os.read(source, 1024)
                said += part
                if not part:
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
    sys.__stdout__ = io.StringIO()  # type: ignore[misc]
    try:
        import textual_image.widget  # noqa: F401 - it reads the size of a cell, once
    finally:
        sys.__stdout__ = terminal  # type: ignore[misc]
        for name, value in variables.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
