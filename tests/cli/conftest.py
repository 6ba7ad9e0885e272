"""Running the command line in this process or in one of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from explorer.cli import run_quietly


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, with bytes on its standard input."""

    def call(*arguments: str, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin), isatty=lambda: False))
        code = run_quietly(list(arguments))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def refused(run: Run) -> Callable[..., str]:
    """Run a command that has to be refused: status 2, one line on standard error; return that line."""

    def call(*arguments: str, stdin: bytes = b"") -> str:
        outcome = run(*arguments, stdin=stdin)
        assert outcome.code == 2
        assert outcome.out == ""
        assert outcome.err.startswith("attn-explore: ")
        assert outcome.err.count("\n") == 1
        return outcome.err

    return call


def in_process(*arguments: str, stdin: bytes = b"", **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own."""
    command = [sys.executable, "-m", "explorer", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False, **options)  # type: ignore[call-overload,no-any-return]
