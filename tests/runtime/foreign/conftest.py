"""A sentence pair with attention, in the forms of every program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.foreign.files import Beside, open_attention
from explorer.runtime.foreign.pair import ForeignFile
from explorer.runtime.trace import Array

SOURCE = ("the", "black", "dog", "sleeps")
TARGET = ("le", "chien", "noir", "dort", ".")
Refused = Callable[..., str]


def shares(*shape: int, seed: int = 1) -> Array:
    """Rows that sum to 1."""
    raw = np.random.default_rng(seed).random(shape, dtype=np.float32)
    return (raw / raw.sum(axis=-1, keepdims=True)).astype(np.float32)


def rows_of(weights: Array, between: str) -> list[str]:
    """Rows of numbers, exact."""
    return [between.join(str(weight) for weight in row) for row in weights]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(folder: Path) -> Refused:
    """Write a file, open it, and return the one line with which it is refused."""

    def call(content: str | bytes, name: str = "a.json", kind: str | None = None, **beside: str) -> str:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(InputError) as caught:
            open_attention(name, kind, Beside(**beside))
        line = str(caught.value)
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        return line

    return call


def opened(name: str, **beside: str) -> ForeignFile:
    return open_attention(name, None, Beside(**beside))


def as_json(weights: object, source: object = SOURCE, target: object = TARGET) -> str:
    return json.dumps({"weights": weights, "source_tokens": source, "target_tokens": target})
