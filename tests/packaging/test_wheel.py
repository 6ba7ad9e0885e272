"""What a wheel holds, and what the files of the project promise each other."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from explorer import __version__

ROOT = Path(__file__).parents[2]


BUNDLES = (
    "caption-photos",
    "caption-scenes",
    "summarize-reuters",
    "transformer-cnn-en-fr",
    "transformer-de-en",
    "transformer-en-fr",
    "transformer-rnn-en-fr",
    "translate-de-en",
    "translate-en-fr",
)
MACHINE_PATHS = (
    re.compile(rb"/(?<![\w.~-]/)(?:root|home|Users|work|private|mnt|srv)/[\w.-]+"),
    re.compile(rb":[\\/]Users[\\/]\w"),
)
"""Paths that only one machine has; each begins with a fixed character, to be quick in the graphs."""


@pytest.fixture
def names(wheel: Path) -> list[str]:
    """What stands in the wheel."""
    with zipfile.ZipFile(wheel) as content:
        return content.namelist()


@pytest.mark.parametrize(
    "wanted",
    [
        "explorer/cli.py",
        "explorer/commands/decode.py",
        "explorer/demos/reordering.json",
        "explorer/graphs/layers/self_attention.onnx",
        "explorer/graphs/recall/attention.onnx",
        "explorer/graphs/recall/recall.json",
        "explorer/py.typed",
        "explorer/tui/app.tcss",
        "explorer/tui/screens/explorer.py",
        "models/train.py",
    ],
)
def test_wheel_holds(names: list[str], wanted: str) -> None:
    assert wanted in names


@pytest.mark.parametrize("name", BUNDLES)
def test_wheel_holds_the_bundles_as_they_are(wheel: Path, name: str) -> None:
    folder = ROOT / "onnx" / "graphs" / name
    files = json.loads((folder / "card.json").read_bytes())["files"]
    assert {"encoder.onnx", "step.onnx", "target.json"} <= set(files)
    with zipfile.ZipFile(wheel) as content:
        for file in ("card.json", *files):
            assert content.read(f"explorer/graphs/{name}/{file}") == (folder / file).read_bytes()


def test_every_bundle_is_known_here() -> None:
    assert tuple(sorted(path.parent.name for path in (ROOT / "onnx" / "graphs").glob("*/card.json"))) == BUNDLES


def test_an_installation_has_the_command_and_no_torch(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        (folder,) = {name.split("/")[0] for name in content.namelist() if ".dist-info/" in name}
        scripts = content.read(f"{folder}/entry_points.txt").decode()
        headers = content.read(f"{folder}/METADATA").decode().split("\n\n")[0].splitlines()
    assert "attn-explore = explorer.cli:main" in scripts
    required = [line for line in headers if line.startswith("Requires-Dist:") and "extra ==" not in line]
    names = {re.split(r"[^\w-]", line.split()[1])[0].lower() for line in required}
    assert {"textual", "rich", "click", "numpy", "onnxruntime-gpu", "onnxruntime", "tokenizers", "msgspec"} <= names
    assert not names & {"torch", "onnx", "onnxscript", "pytest"}


def test_wheel_holds_every_module_and_nothing_else(names: list[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for top in ("explorer", "models") for path in (ROOT / top).rglob("*.py")}
    packed = {name for name in names if name.endswith(".py") and not name.startswith("explorer/graphs/")}
    assert packed == modules
    assert not [name for name in names if name.startswith(("tests", "onnx", "runs", "docs"))]


def test_the_source_archive_holds_what_the_wheel_is_built_from(archive: Path) -> None:
    with tarfile.open(archive) as content:
        packed = {name.partition("/")[2] for name in content.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "explorer/cli.py", "explorer/tui/app.tcss"} <= packed
    assert {f"onnx/graphs/{name}/card.json" for name in BUNDLES} <= packed
    assert not [name for name in packed if name.startswith(("tests", "runs", "docs", "build"))]


def test_the_version_is_the_latest_of_the_changelog(wheel: Path) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (latest,) = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)[:1]
    assert latest == __version__
    assert wheel.name.split("-")[1] == __version__


def test_ci_runs_what_the_readme_names() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test"):
        assert re.search(rf"^make {target}\b", readme, re.MULTILINE)
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make test"]


def tracked_files() -> list[Path]:
    """Return the files of the repository; without Git, those of the folders that it has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
        return [path for path in found if path.is_file()]
    tops = ("explorer", "models", "onnx", "tests", "docs")
    nested = [path for top in tops for path in (ROOT / top).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return [*nested, *(path for path in ROOT.iterdir() if path.is_file())]


def machine_paths(data: bytes) -> list[bytes]:
    """Return the paths of one machine that stand in a file."""
    return [match[0] for pattern in MACHINE_PATHS for match in pattern.finditer(data)]


def test_no_file_names_a_path_of_one_machine() -> None:
    # In the graphs too: an exporter may leave them there.
    found = {str(path.relative_to(ROOT)): machine_paths(path.read_bytes()) for path in tracked_files()}
    assert "onnx/graphs/translate-en-fr/step.onnx" in found
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_machine_paths_are_recognised() -> None:
    for data in (b"see /home/" + b"ann/x", b"'/root/" + b"venv'", b"C:\\Users\\" + b"ann", b"(/srv/" + b"data)"):
        assert len(machine_paths(data)) == 1, data
    for data in (b"https://example.org/home/page", b"tests/srv/x", b"/dev/null", b"../root/x"):
        assert machine_paths(data) == [], data


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
