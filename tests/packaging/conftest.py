"""The source archive and the wheel, built once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUPTOOLS = (77, 0)
"""The version that pyproject.toml asks for."""


def isolation() -> list[str]:
    """Return the option to build with the setuptools that is here, where it is new enough: no index is asked then."""
    try:
        found = tuple(map(int, metadata.version("setuptools").split(".")[:2]))
    except (metadata.PackageNotFoundError, ValueError):
        return []
    return ["--no-isolation"] if found >= SETUPTOOLS else []


def build(folder: Path) -> None:
    """Build from a copy of this tree: a build folder of an older wheel would be packed as well."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("explorer", "models", "onnx"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.partial"))
    command = [sys.executable, "-m", "build", *isolation(), "--outdir", str(folder / "built"), str(tree)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    shutil.rmtree(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the source archive and of the wheel that was built from it; one for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "dist"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            build(folder)
    return folder / "built"


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def archive(dist: Path) -> Path:
    """The source archive."""
    (built,) = dist.glob("*.tar.gz")
    return built
