from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import graph_checks
import pytest
import verify_graphs

GRAPHS = Path(__file__).resolve().parents[2] / "onnx" / "graphs"
SHIPPED = sorted(path.parent for path in GRAPHS.glob("*/card.json"))
EVERY_LENGTH = """
import sys
import numpy as np
import onnxruntime
folder, hidden = sys.argv[1], int(sys.argv[2])
encoder, step = (onnxruntime.InferenceSession(f"{folder}/{name}.onnx", providers=["CPUExecutionProvider"])
                 for name in ("encoder", "step"))
for batch, src_len in ((1, 1), (2, 3), (25, 14), (3, 128), (1, 40)):
    ids, mask = np.full((batch, src_len), 3), np.ones((batch, src_len), bool)
    memory, state = encoder.run(None, {"source_ids": ids, "source_mask": mask})
    numbers, ones = np.arange(batch), np.ones(batch, np.float32)
    cells = np.zeros((batch, src_len), np.float32)
    outputs = step.run(None, dict(token=numbers, position=numbers, state=state, memory=memory, memory_mask=mask,
                                  alignment=numbers % 6, attention=numbers % 5, window=ones, temperature=ones * 0.05,
                                  bias=cells, noise=cells))
    assert all(np.isfinite(output).all() for output in outputs), (batch, src_len)
"""


def test_something_is_shipped() -> None:
    assert "translate-en-fr" in [folder.name for folder in SHIPPED]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_bundle_is_what_its_card_says(folder: Path) -> None:
    report = verify_graphs.verify(folder)
    assert not report.problems
    assert report.rows > 700
    card = graph_checks.read_card(folder)
    assert card["name"] == folder.name
    assert sum(path.stat().st_size for path in folder.iterdir()) < 25_000_000
    assert {path.name for path in folder.iterdir()} == {*card["files"], "card.json"}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_onnx_runtime_says_nothing_at_any_length(folder: Path) -> None:
    hidden = graph_checks.read_card(folder)["sizes"]["hidden"]
    command = [sys.executable, "-c", EVERY_LENGTH, str(folder), str(hidden)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_step_is_lean(folder: Path) -> None:
    import onnx

    assert len(onnx.load(folder / "step.onnx").graph.node) <= 110
