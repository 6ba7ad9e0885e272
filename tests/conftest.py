"""What every test starts from: an environment that says nothing about colours or sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

TERMINAL_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich and Textual read these; what a developer has set must not change what a test sees."""
    for name in TERMINAL_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def caption_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untrained captioning bundle of 4 × 4 cells; not to be changed."""
    from tests.tiny_captions import write_tiny_bundle

    folder = tmp_path_factory.mktemp("captions") / "caption-tiny"
    write_tiny_bundle(tmp_path_factory.mktemp("caption-training"), folder)
    return folder
