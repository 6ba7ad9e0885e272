"""The program as ``pipx install`` makes it: alone, in an environment that knows nothing of this tree."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer import __version__
from tests.packaging.test_wheel import BUNDLES
from tests.terminal import Terminal

TEXT = "a black dog jumps over a fence."
pytestmark = pytest.mark.skipif(importlib.util.find_spec("pipx") is None, reason="pipx is not installed")


@pytest.fixture
def installed(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The command that pipx installs from the wheel, what it needs from the index that pip is set up for."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "pipx"
    own = {"PIPX_HOME": str(home), "PIPX_BIN_DIR": str(tmp_path / "bin"), "PIPX_MAN_DIR": str(tmp_path / "man")}
    command = [sys.executable, "-m", "pipx", "install", "--python", sys.executable, str(wheel)]
    done = subprocess.run(command, env={**os.environ, **own}, check=False, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    yield tmp_path / "bin" / "attn-explore"
    shutil.rmtree(home)  # it is large, and folders of tests are kept


def test_pipx_installs_a_program_that_works(installed: Path) -> None:
    def said(*arguments: str) -> str:
        done = subprocess.run([installed, *arguments], capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    assert said("--version") == f"attn-explore, version {__version__}\n"
    listed = [line.split()[0] for line in said("models").splitlines() if " M parameters " in line]
    assert tuple(listed) == BUNDLES
    decoded = said("decode", TEXT)
    assert "un chien noir saute" in decoded
    assert len([line for line in decoded.splitlines() if line.strip().startswith(("chien", "noir"))]) == 2
    assert "pip install 'attn-explore[web]'" in said("serve")
    python = installed.resolve().parent / "python"
    code = "import explorer, importlib.util as u; print(explorer.__file__, u.find_spec('torch'), u.find_spec('pytest'))"
    place, *others = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert Path(place).is_relative_to(installed.resolve().parents[1])
    assert others == ["None", "None"]
    with Terminal([str(installed), TEXT]) as terminal:
        terminal.wait_for(lambda screen: TEXT in screen and "▸ additive" in screen)
        terminal.press("right", "right")
        terminal.wait_for(lambda screen: "target  un chien ▌" in screen)
        terminal.wait_for_colors()
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
