"""What a wheel holds, and what the files of the project promise each other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names in a wheel built from a copy of this tree: a build folder of an older wheel would be packed as well."""
    tree, folder = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("explorer", "models", "onnx"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.partial"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(tree)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        return content.namelist()


@pytest.mark.parametrize(
    "wanted",
    [
        "explorer/cli.py",
        "explorer/commands/decode.py",
        "explorer/py.typed",
        "explorer/tui/app.tcss",
        "explorer/tui/screens/explorer.py",
        "explorer/graphs/translate-en-fr/card.json",
        "explorer/graphs/translate-en-fr/encoder.onnx",
        "explorer/graphs/translate-en-fr/step.onnx",
        "explorer/graphs/translate-en-fr/source.json",
        "explorer/graphs/translate-en-fr/target.json",
        "models/train.py",
    ],
)
def test_wheel_holds(names: list[str], wanted: str) -> None:
    assert wanted in names


def test_wheel_holds_every_module_and_nothing_else(names: list[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for top in ("explorer", "models") for path in (ROOT / top).rglob("*.py")}
    packed = {name for name in names if name.endswith(".py") and not name.startswith("explorer/graphs/")}
    assert packed == modules
    assert not [name for name in names if name.startswith(("tests", "onnx", "runs", "docs"))]


def test_ci_runs_what_the_readme_names() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test"):
        assert re.search(rf"^make {target}\b", readme, re.MULTILINE)
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make test"]


def test_the_readme_names_every_key() -> None:
    from textual.binding import Binding

    from explorer.tui.screens.explorer import ExplorerScreen
    from explorer.tui.screens.help import NAMES

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    keys = re.sub("page(up|down)", r"page \1", readme)
    for binding in ExplorerScreen.BINDINGS:
        assert isinstance(binding, Binding)
        key = binding.key.split(",")[0]
        shown = {"plus": "+", "pageup": "page up", "pagedown": "page down"}.get(key, NAMES.get(key, key))
        if key.isdigit() and key not in "016":
            continue
        assert f"`{shown}`" in keys, shown
