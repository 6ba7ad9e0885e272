"""Bundles whose source is an image, on a tiny model that was never trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bundle_card
import export_graphs
import graph_cases
import graph_checks
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import verify_graphs
import verify_recurrent
from onnx import TensorProto, numpy_helper
from torch import nn

from models import corpus
from models.attention import ALIGNMENTS
from models.checkpoint import load_trained
from models.image_encoder import ImageConfig
from models.recurrent import RecurrentConfig, RecurrentModel
from tests.onnx_graphs.conftest import LINES, save_untrained

IMAGE = ImageConfig(height=16, width=24, channels=(8, 64), blocks=2, summary=3, stride=3.0625)
ROWS, COLUMNS = 4, 6


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder of a tiny image model whose batch normalisations have seen something."""
    folder = tmp_path_factory.mktemp("image-training")
    torch.manual_seed(6)
    target = corpus.train_vocabulary(iter(LINES), 80, "en")
    target.save(str(folder / "target.json"))
    config = RecurrentConfig(0, target.get_vocab_size(), hidden=16, max_source=24, max_target=12, image=IMAGE)
    model = RecurrentModel(config)
    with torch.no_grad():
        model.decoder.alignments["location"].weight.normal_()  # type: ignore[operator]
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(std=0.2)
                module.running_var.uniform_(0.5, 2.0)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
    save_untrained(folder, "caption-photos", model)
    return folder


@pytest.fixture(scope="module")
def exported(training: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle; not to be changed."""
    folder = tmp_path_factory.mktemp("image-graphs") / "caption-photos"
    export_graphs.write_bundle(load_trained(training), folder, training)
    return folder


def test_a_fresh_export_is_the_model(exported: Path, training: Path) -> None:
    report = verify_graphs.verify(exported, training)
    assert not report.problems
    assert len(report.differences) == 31  # 6 × 5 combinations and the encoder
    assert report.rows > 150
    assert report.fragile < report.rows / 20
    for names, found in report.differences.items():
        if names[0]:
            assert found["weights"] <= 1e-5
            assert found["logits"] <= 1e-4
            assert found["center_cell"] <= 1e-5


def test_without_a_checkpoint(exported: Path) -> None:
    report = verify_graphs.verify(exported)
    assert not report.problems
    assert all(found["weights"] <= 1e-5 for names, found in report.differences.items() if names[0])


def test_the_card_and_the_files(exported: Path) -> None:
    card = json.loads((exported / "card.json").read_text(encoding="utf-8"))
    assert (card["task"], card["family"]) == ("captioning", "recurrent")
    assert card["languages"] == {"source": "image", "target": "en"}
    assert card["image"] == {"height": 16, "width": 24, "rows": ROWS, "columns": COLUMNS}
    assert (card["sizes"]["source_vocab"], card["sizes"]["max_source"]) == (0, 24)
    assert card["switches"]["window"] == {"default": 2.0, "minimum": 1.0, "maximum": 8.0}
    assert sorted(card["files"]) == ["encoder.onnx", "step.onnx", "target.json"]
    assert sorted(path.name for path in exported.iterdir()) == [
        "card.json",
        "encoder.onnx",
        "step.onnx",
        "target.json",
    ]


def test_the_encoder_has_no_normalisation_left_and_its_kernels_are_halves(exported: Path, training: Path) -> None:
    graph = onnx.load(exported / "encoder.onnx").graph
    kinds = {node.op_type for node in graph.node}
    assert "BatchNormalization" not in kinds
    assert kinds <= graph_checks.CUDA_KERNELS.keys()
    assert sum(node.op_type == "Conv" for node in graph.node) == 1 + 3 + 2  # the first, and a shortcut in one of two
    large = [tensor for tensor in graph.initializer if int(np.prod(tensor.dims)) >= 4096]
    assert {tensor.data_type for tensor in large} == {TensorProto.FLOAT16}
    kernel = load_trained(training).model.encoder.stages[2].first.convolution.weight  # type: ignore[index,union-attr]
    stored = [numpy_helper.to_array(tensor).astype(np.float32) for tensor in large]
    assert any(np.array_equal(values, kernel.detach().numpy()) for values in stored if values.shape == kernel.shape)


def step_session(folder: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(folder / "step.onnx"), providers=["CPUExecutionProvider"])


def plain_weights(scores: list[float], center: tuple[float, float], window: float, *, gaussian: bool) -> list[float]:
    """Local attention over cells, cell by cell, as the words of the card's papers say it."""
    powers, factors = [], []
    for number, score in enumerate(scores):
        down, across = number // COLUMNS - center[0], number % COLUMNS - center[1]
        inside = abs(down) <= window and abs(across) <= window
        powers.append(np.exp(score) if inside else 0.0)
        factors.append(np.exp(-(down**2 + across**2) / (2 * (window / 2) ** 2)) if gaussian else 1.0)
    total = sum(powers)
    return [power / total * factor if total else 0.0 for power, factor in zip(powers, factors, strict=True)]


@pytest.mark.parametrize("window", [1.0, 2.5, 4.0])
@pytest.mark.parametrize("attention", ["local_m", "local_p"])
def test_windows_and_gaussians_in_two_dimensions(exported: Path, attention: str, window: float) -> None:
    card = graph_checks.read_card(exported)
    batch, random = 11, np.random.default_rng(2)
    case = next(iter(graph_cases.cases(card)))
    rows = {name: np.repeat(values[:1], batch, axis=0) for name, values in case.step.items()}
    feed = rows | {
        "position": np.arange(batch),
        "alignment": np.full(batch, ALIGNMENTS.index("general")),
        "attention": np.full(batch, card["switches"]["attentions"].index(attention)),
        "window": np.full(batch, window, np.float32),
        "temperature": np.ones(batch, np.float32),
        "bias": np.zeros((batch, 24), np.float32),
        "noise": np.ones((batch, 24), np.float32),
        "memory": random.normal(size=(batch, 24, 16)).astype(np.float32),
        "memory_mask": np.ones((batch, 24), bool),
        "state": random.normal(size=(batch, 16)).astype(np.float32),
    }
    found = verify_recurrent.run(step_session(exported), feed)
    for row in range(batch):
        center = (float(found["center_cell"][row, 0]), float(found["center_cell"][row, 1]))
        if attention == "local_m":  # the whole grid once, at 3.0625 cells a step
            number = int(min(row * 3.0625, 23))
            assert center == (number // COLUMNS, number % COLUMNS)
            assert found["center"][row] == number
        else:
            assert -0.5 < center[0] < ROWS - 0.5
            assert -0.5 < center[1] < COLUMNS - 0.5
            assert found["center"][row] == round(center[0]) * COLUMNS + round(center[1])
        expected = plain_weights(found["scores"][row].tolist(), center, window, gaussian=attention == "local_p")
        np.testing.assert_allclose(found["weights"][row], expected, atol=1e-6)


def test_a_center_that_is_not_in_its_cell_is_seen(exported: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(exported, tmp_path / "bundle")
    model = onnx.load(bundle / "step.onnx")
    for node in model.graph.node:
        node.op_type = "Abs" if node.op_type == "Floor" else node.op_type
    (bundle / "step.onnx").write_bytes(model.SerializeToString())
    card = json.loads((bundle / "card.json").read_text(encoding="utf-8"))
    card["files"]["step.onnx"] = bundle_card.file_facts(bundle / "step.onnx")
    (bundle / "card.json").write_text(json.dumps(card), encoding="utf-8")
    report = verify_graphs.verify(bundle)
    assert {str(problem).split(":")[0] for problem in report.problems} >= {
        f"center of {name} × local_p" for name in ALIGNMENTS
    }
