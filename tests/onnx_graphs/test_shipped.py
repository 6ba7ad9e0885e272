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
folder = sys.argv[1]
encoder, step = (onnxruntime.InferenceSession(f"{folder}/{name}.onnx", providers=["CPUExecutionProvider"])
                 for name in ("encoder", "step"))
cells = next(each.shape[1] for each in step.get_inputs() if each.name == "memory")  # a number where it is an image's
for batch, src_len in ((1, 1), (2, 3), (25, 14), (3, 128), (1, 40)):
    src_len = cells if isinstance(cells, int) else src_len
    ids, mask = np.full((batch, src_len), 3), np.ones((batch, src_len), bool)
    given = {"source_ids": ids, "source_mask": mask}
    if encoder.get_inputs()[0].name == "pixels":
        given = {"pixels": np.ones((batch, *encoder.get_inputs()[0].shape[1:]), np.float32)}
    encoded = dict(zip([each.name for each in encoder.get_outputs()], encoder.run(None, given)))
    numbers, ones = np.arange(batch), np.ones(batch, np.float32)
    zeros = np.zeros((batch, src_len), np.float32)
    known = dict(encoded, token=numbers, position=numbers, memory_mask=mask, alignment=numbers % 6,
                 attention=numbers % 5, window=ones, temperature=ones * 0.05, bias=zeros, noise=zeros)
    feed = {}
    for each in step.get_inputs():
        shape = [size if isinstance(size, int) else {"batch": batch, "past_len": src_len % 5}.get(size)
                 for size in each.shape]
        feed[each.name] = known[each.name] if each.name in known else np.ones(shape, np.float32)
    assert all(np.isfinite(output).all() for output in step.run(None, feed)), (batch, src_len)
"""


def test_something_is_shipped() -> None:
    assert "translate-en-fr" in [folder.name for folder in SHIPPED]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_bundle_is_what_its_card_says(folder: Path) -> None:
    report = verify_graphs.verify(folder)
    assert not report.problems
    card = graph_checks.read_card(folder)
    assert report.rows > (100 if "heads" in card or "image" in card else 700)
    assert card["name"] == folder.name
    assert sum(path.stat().st_size for path in folder.iterdir()) < 25_000_000
    assert {path.name for path in folder.iterdir()} == {*card["files"], "card.json"}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_onnx_runtime_says_nothing_at_any_length(folder: Path) -> None:
    command = [sys.executable, "-c", EVERY_LENGTH, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = [line for line in ended.stderr.splitlines() if line and verify_graphs.OPTIONAL_INPUT not in line]
    assert not said


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_step_is_lean(folder: Path) -> None:
    import onnx

    layers = graph_checks.read_card(folder).get("heads", {}).get("layers", 0)
    nodes = [node for node in onnx.load(folder / "step.onnx").graph.node if node.op_type != "Cast"]
    assert len(nodes) <= (50 + 40 * layers if layers else 110)
