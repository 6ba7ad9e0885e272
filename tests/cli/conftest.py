"""Running the command line in this process or in one of its own."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from explorer.cli import run_quietly
from explorer.runtime.catalog import find_bundle


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


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped bundle."""
    return Path(shutil.copytree(find_bundle("translate-en-fr"), tmp_path / "copy"))


def edit_card(folder: Path, **changes: object) -> None:
    """Change fields of a card."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**card, **changes}), encoding="utf-8")


def respell(folder: Path, name: str, piece: str, spelling: str) -> None:
    """Spell a piece of a vocabulary in another way and make the card agree with it."""
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    model = content["model"]
    assert piece in model["vocab"]
    model["vocab"] = {spelling if known == piece else known: number for known, number in model["vocab"].items()}
    model["merges"] = [merge for merge in model["merges"] if "".join(merge) != piece and piece not in merge]
    data = json.dumps(content).encode()
    (folder / name).write_bytes(data)
    files = json.loads((folder / "card.json").read_text(encoding="utf-8"))["files"]
    edit_card(folder, files={**files, name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}})


def in_process(*arguments: str, stdin: bytes = b"", **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own."""
    command = [sys.executable, "-m", "explorer", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False, **options)  # type: ignore[call-overload,no-any-return]
