"""Whether an interface can be drawn here."""

from __future__ import annotations

import os
import sys

from explorer.errors import InputError

WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What Textual draws with for a page in a browser; ``TEXTUAL_DRIVER`` of each process that ``serve`` starts."""


def need_screen(what: str, advice: str) -> None:
    """Check that there is a terminal or a page to draw something in.

    Args:
        what: What is to be drawn.
        advice: What to do without one.

    Raises:
        InputError: There is none.
    """
    if not on_screen():
        raise InputError(f"{what} needs a terminal; {advice}")


def on_screen() -> bool:
    """Return whether there is a terminal, or a page of a browser, to draw in and to read keys from."""
    return in_browser() or in_terminal()


def in_browser() -> bool:
    """Return whether ``serve`` runs this process for a page of a browser."""
    return os.environ.get("TEXTUAL_DRIVER") == WEB_DRIVER


def in_terminal() -> bool:
    """Return whether all three standard streams are a terminal."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams)
