"""Arrays that nobody can write to."""

from __future__ import annotations

import numpy as np

from explorer.runtime.trace import Array


def frozen(values: Array) -> Array:
    """Return a read-only float32 copy."""
    copy = values.astype(np.float32)
    copy.setflags(write=False)
    return copy
