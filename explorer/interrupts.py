"""What Ctrl-C does while the program is being loaded."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


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
