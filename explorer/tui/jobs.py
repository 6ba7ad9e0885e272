"""Decoding jobs: one after the other, each in a worker thread, so that the interface never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual.screen import Screen

from explorer.errors import ExplorerError

State = TypeVar("State")
Result = TypeVar("Result")

BUSY_SECONDS = 0.1
"""What takes longer gets a busy sign."""


class Jobs(Generic[State]):
    """A queue of work on one stepper, or on several that are stepped together.

    Every key press is a job and none is lost; but of several switches that wait, only the last one is worth computing.
    """

    def __init__(
        self,
        screen: Screen[Any],
        show: Callable[[State], None],
        complain: Callable[[ExplorerError], None],
        busy: Callable[[bool], None],
        beside: Jobs[Any] | None = None,
    ) -> None:
        """Create the queue.

        Args:
            screen: The screen whose workers and timers are used.
            show: Called with what a job returned.
            complain: Called with the error of a job that a person can mend.
            busy: Called with True when a job takes long, with False when it has ended.
            beside: A queue whose jobs are never to run at the same time as those of this one.
        """
        self._screen = screen
        self._show = show
        self._complain = complain
        self._busy = busy
        self._turn: asyncio.Lock = asyncio.Lock() if beside is None else beside._turn
        self._switches = 0

    @property
    def at_work(self) -> bool:
        """Whether a job runs or waits."""
        return self._turn.locked()

    def start(self, work: Callable[[], State]) -> None:
        """Run `work` after the jobs before it."""
        self.call(work, self._show)

    def call(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Run `work` after the jobs before it, and give what it returns to `then`."""
        self._screen.run_worker(self._perform(work, then, None), group="decode")

    async def wait(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Do as `call` does, and return when it is done: for what the next key must not overtake."""
        await self._perform(work, then, None)

    def switch(self, work: Callable[[], State]) -> None:
        """Run `work` after the jobs before it, unless another switch has come by then."""
        self._switches += 1
        self._screen.run_worker(self._perform(work, self._show, self._switches), group="decode")

    async def _perform(self, work: Callable[[], Result], then: Callable[[Result], None], number: int | None) -> None:
        async with self._turn:
            if number is not None and number != self._switches:
                return
            sign = self._screen.set_timer(BUSY_SECONDS, lambda: self._busy(True))
            try:
                result = await asyncio.to_thread(work)
            except ExplorerError as error:
                self._complain(error)
                return
            finally:
                sign.stop()
                self._busy(False)
            then(result)
