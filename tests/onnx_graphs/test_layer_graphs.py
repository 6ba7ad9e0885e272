"""The layers whose times are compared, as the script writes them; tests/runtime/test_layers.py computes with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import layer_graphs
import onnxruntime
import pytest
import verify_graphs

from explorer.runtime import layer_table

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "onnx" / "graphs" / "layers"


def test_the_script_writes_what_is_shipped(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "onnx" / "layer_graphs.py"), str(tmp_path / "layers")]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    written = {path.name: path.read_bytes() for path in (tmp_path / "layers").iterdir()}
    assert written == {path.name: path.read_bytes() for path in SHIPPED.iterdir()}


def test_the_constants_are_the_tables() -> None:
    assert (layer_graphs.HEADS, layer_graphs.REACH) == (layer_table.HEADS, layer_table.REACH)
    assert list(layer_graphs.TEXTS) == [kind.name for kind in layer_table.KINDS]


def test_the_band_is_as_wide_as_the_neighbourhood() -> None:
    band = layer_graphs.band()
    assert band.shape == (layer_table.REACH, layer_table.WINDOW)
    assert set(band.sum(axis=1)) == {layer_table.NEIGHBOURHOOD}
    assert [row.argmax() for row in band] == list(range(layer_table.REACH))


@pytest.mark.parametrize("name", list(layer_graphs.TEXTS))
def test_onnx_runtime_says_nothing(name: str) -> None:
    with verify_graphs.standard_error() as said:
        onnxruntime.InferenceSession(SHIPPED / f"{name}.onnx", providers=["CPUExecutionProvider"])
    assert said == [""]
