"""What every test starts from: an environment that says nothing of colours and sizes, and a state folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("exploring", deadline=None)
settings.load_profile("repeatable")  # `make check` explores; what users and the CI run has no luck in it

TERMINAL_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rich and Textual read these; what a developer has set must not change what a test sees, nor be changed by it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in TERMINAL_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def caption_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untrained captioning bundle of 4 × 4 cells; not to be changed."""
    from tests.tiny_captions import write_tiny_bundle

    folder = tmp_path_factory.mktemp("captions") / "caption-tiny"
    write_tiny_bundle(tmp_path_factory.mktemp("caption-training"), folder)
    return folder
