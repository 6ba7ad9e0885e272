"""What every test starts from: an environment that says nothing about colours or sizes."""

from __future__ import annotations

import pytest

TERMINAL_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich and Textual read these; what a developer has set must not change what a test sees."""
    for name in TERMINAL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
