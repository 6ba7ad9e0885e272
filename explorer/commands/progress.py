"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Sequence
from typing import TypeVar

from explorer.interrupts import kept_interrupt

Item = TypeVar("Item")


def wants_bar() -> bool:
    """Return whether standard error is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def tracked(
    chunks: Iterable[Sequence[Item]], total: int | None, what: str, *, on_screen: bool
) -> Generator[Item, None, None]:
    """Yield the items of all chunks, drawing how many have come; nothing is drawn for one, or without a terminal.

    Args:
        chunks: Lists of items, each the work of a moment.
        total: How many items will come; None where nobody knows.
        what: A word for the work.
        on_screen: Whether the items are shown in a terminal as well; the bar then makes room for them.
    """
    if not wants_bar() or (total is not None and total < 2):
        for chunk in chunks:
            yield from chunk
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # Redirection would send what is meant for standard output to standard error.
    drawn = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    with kept_interrupt() as check, drawn as progress:
        task = progress.add_task(what, total=total)
        for chunk in chunks:
            check()
            if on_screen:
                progress.stop()
            yield from chunk
            progress.advance(task, len(chunk))
            if on_screen:
                progress.start()
