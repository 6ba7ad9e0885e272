"""What is imported when, seen from fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after running some code."""
    report = "; import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.splitlines()[-1].split())


def modules_of(package: str) -> list[str]:
    """Return the modules of a package of the explorer."""
    return [f"explorer.{package}.{path.stem}" for path in sorted((ROOT / "explorer" / package).glob("[!_]*.py"))]


def test_runtime_needs_neither_torch_nor_a_screen() -> None:
    code = "import " + ", ".join(modules_of("runtime"))
    assert not loaded_after(code) & {"torch", "onnx", "textual", "rich"}


def test_a_bundle_is_opened_without_torch_or_a_screen() -> None:
    code = "from explorer.runtime.bundle import open_bundle; open_bundle('translate-en-fr', 'cpu')"
    loaded = loaded_after(code)
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "onnx", "textual", "rich"}


def test_drawing_needs_no_widget() -> None:
    code = "import " + ", ".join(modules_of("render"))
    assert not loaded_after(code) & {"torch", "textual", "onnxruntime", "matplotlib"}


def test_scenes_need_numpy_alone_until_one_is_drawn() -> None:
    loaded = loaded_after("import " + ", ".join(modules_of("scenes")))
    assert "numpy" in loaded
    assert not loaded & {"PIL", "torch", "textual", "rich", "onnxruntime", "tokenizers", "msgspec", "click"}


def test_the_interface_needs_no_torch() -> None:
    assert not loaded_after("import explorer.tui.app") & {"torch", "onnx", "matplotlib"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["decode", "--help"],
        ["scene", "--help"],
        ["serve", "--help"],
        ["--version"],
        ["decode", "--no-such-option"],
    ],
)
def test_help_is_light(arguments: list[str]) -> None:
    code = f"from explorer.cli import run_quietly; run_quietly({arguments!r})"
    assert not loaded_after(code) & {"numpy", "PIL", "onnxruntime", "tokenizers", "msgspec", "rich", "textual", "torch"}


def test_the_module_is_as_light_as_the_command() -> None:
    code = "import runpy, sys; sys.argv[1:] = ['--help']\ntry: runpy.run_module('explorer', run_name='__main__')\n"
    code += "except SystemExit as end: assert not end.code\nNone"
    assert not loaded_after(code) & {"numpy", "onnxruntime", "tokenizers", "msgspec", "rich", "textual", "torch"}


def test_cards_are_listed_without_opening_a_model() -> None:
    code = "from explorer.cli import run_quietly; run_quietly(['models'])"
    assert not loaded_after(code) & {"onnxruntime", "tokenizers", "textual", "torch"}


def test_decode_needs_no_interface() -> None:
    code = "from explorer.cli import run_quietly; run_quietly(['decode', 'yes.'])"
    assert not loaded_after(code) & {"textual", "torch"}


def test_the_folder_onnx_never_shadows_the_package() -> None:
    assert not (ROOT / "onnx" / "__init__.py").exists()
    pytest.importorskip("onnx.defs", reason="the train extra is not installed")
    code = "import onnx; assert onnx.__file__ and 'site-packages' in onnx.__file__, onnx.__file__"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_import_contracts_hold() -> None:
    pytest.importorskip("importlinter", reason="import-linter is part of the dev extra")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
