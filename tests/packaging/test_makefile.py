"""What ``make run`` and ``make test`` install, and when, with a stand-in for Python: nothing is really installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

STAND_IN = """#!/bin/sh
# Asked for an environment, makes one whose python notes its arguments; says that it is new enough.
if [ "$1 $2" = "-m venv" ]; then
    for folder in "$@"; do :; done
    mkdir -p "$folder/bin"
    ln -sf "$PWD/noting" "$folder/bin/python"
    if [ -e no-ensurepip ]; then exit 1; fi
    ln -sf "$PWD/noting" "$folder/bin/attn-explore"
fi
"""
NOTING = """#!/bin/sh
echo "$(basename "$0") $*" >> log
"""
PYTEST = "python -m pytest -n 3 --dist worksteal"
PIP = "python -m pip --disable-pip-version-check --quiet install --editable"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile and the stand-in."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name, script in (("stand-in", STAND_IN), ("noting", NOTING)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def make(project: Path, target: str) -> tuple[int, list[str]]:
    """Make a target; return the exit status and what was run inside of the environment."""
    log = project / "log"
    log.write_text("")
    command = ["make", "--silent", "PYTHON=./stand-in", target]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=project, env=outside, capture_output=True, timeout=60, check=False)
    return done.returncode, [line.rstrip() for line in log.read_text().splitlines()]


def test_each_set_of_packages_is_installed_once(project: Path) -> None:
    assert make(project, "run") == (0, [f"{PIP} .", "attn-explore"])
    assert make(project, "run") == (0, ["attn-explore"])
    assert make(project, "test") == (0, [f"{PIP} .[test,train]", PYTEST])
    assert make(project, "test") == (0, [PYTEST])
    assert make(project, "run") == (0, ["attn-explore"])


def test_the_test_extras_hold_what_the_program_needs(project: Path) -> None:
    assert make(project, "test")[1][0] == f"{PIP} .[test,train]"
    assert make(project, "run") == (0, ["attn-explore"])


def test_an_environment_that_failed_is_made_again(project: Path) -> None:
    (project / "no-ensurepip").touch()
    assert make(project, "run") == (2, [])
    assert not (project / ".venv").exists()
    (project / "no-ensurepip").unlink()
    assert make(project, "run") == (0, [f"{PIP} .", "attn-explore"])
