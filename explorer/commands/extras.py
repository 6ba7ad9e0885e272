"""Packages that come with an extra of this one only."""

from __future__ import annotations

import importlib.util

from explorer.errors import InputError


def need_package(name: str, missing: str) -> None:
    """Say what is missing before anything is done in vain.

    Args:
        name: What is imported.
        missing: What is said where it cannot be.

    Raises:
        InputError: It is not installed.
    """
    try:
        found = importlib.util.find_spec(name)
    except ValueError:  # an import that was blocked
        found = None
    if found is None:
        raise InputError(missing)
