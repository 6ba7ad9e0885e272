"""What Ctrl-C does while the program is being loaded, and in long work."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def ended_by_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once, by the signal's own action; for loading, where nothing has to be cleaned up.

    A ``KeyboardInterrupt`` inside of an import is not safe: ONNX Runtime turns it into an ``ImportError``, and one that
    meets Python's import lock can leave another thread's import waiting for ever. Outside of the main thread, which
    alone is interrupted, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def kept_interrupt() -> Iterator[Callable[[], None]]:
    """Give long work a check that raises ``KeyboardInterrupt`` once Ctrl-C was pressed, however long ago.

    Python drops an exception that comes up in a finalizer or in a call back from C, and with it the interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    pressed = False

    def note(_number: int, _frame: object) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
