"""Exported Transformers: the bundle, parity with torch, optional gates, and damage that has to be seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import export_graphs
import graph_checks
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import verify_graphs
import verify_transformer
from onnx import TensorProto

from explorer.runtime.bundle import open_bundle
from explorer.runtime.card_reader import read_card
from explorer.runtime.decoder import Decoder
from models.checkpoint import load_trained
from models.transformer import MIXERS, TransformerConfig, TransformerModel

from .conftest import save_untrained, save_vocabularies
from .test_verify import edit, initializer, kinds, messages

RECIPES = {"attention": "transformer-en-fr", "rnn": "transformer-rnn-en-fr", "cnn": "transformer-cnn-en-fr"}


def train(folder: Path, encoder: str, hidden: int = 32) -> Path:
    """Write a training folder of a tiny model that was never trained."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(6)
    source, target = save_vocabularies(folder)
    config = TransformerConfig(
        source.get_vocab_size(), target.get_vocab_size(), encoder, hidden, 4, 2, 48, max_source=70, max_target=70
    )
    model = TransformerModel(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 1:
                weight.add_(torch.randn_like(weight) * 0.3)
    save_untrained(folder, RECIPES[encoder], model)
    return folder


@pytest.fixture(scope="module", params=MIXERS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A training folder of a tiny model that was never trained, and its bundle; not to be changed."""
    training = train(tmp_path_factory.mktemp(request.param), request.param)
    folder = tmp_path_factory.mktemp("graphs") / RECIPES[request.param]
    export_graphs.write_bundle(load_trained(training), folder, training)
    return training, folder


@pytest.fixture(scope="module")
def attending(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    training = train(tmp_path_factory.mktemp("attending"), "attention")
    folder = tmp_path_factory.mktemp("graphs") / "transformer-en-fr"
    export_graphs.write_bundle(load_trained(training), folder, training)
    return training, folder


@pytest.fixture
def damaged(attending: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A training folder, and a copy of its bundle to be broken."""
    return attending[0], shutil.copytree(attending[1], tmp_path / "bundle")


def test_a_fresh_export_passes(pair: tuple[Path, Path]) -> None:
    training, folder = pair
    report = verify_graphs.verify(folder, training)
    assert messages(report) == ""
    assert report.rows == 2 * sum(batch for batch, _, _ in verify_transformer.SHAPES)
    differences = report.differences["", ""]
    assert differences["logits"] < 1e-4
    assert {"cross_weights", "self_weights", "present", "memory"} <= differences.keys()
    assert ("encoder_weights" in differences) == (folder.name == "transformer-en-fr")


def test_the_explorer_decodes_with_it(pair: tuple[Path, Path]) -> None:
    _, folder = pair
    card = read_card(folder)
    assert card.heads is not None
    assert (card.heads.layers, card.heads.heads) == (2, 4)
    assert card.heads.encoder_layers == (2 if card.heads.encoder == "attention" else 0)
    decoder = Decoder(open_bundle(folder, "cpu"))
    decoder.start("the old boat")
    trace = decoder.end(5)
    assert len(trace.steps) >= 1
    assert (trace.encoder_weights is None) == (card.heads.encoder != "attention")


def test_matrices_are_stored_in_half(pair: tuple[Path, Path]) -> None:
    for file in ("encoder.onnx", "step.onnx"):
        tensors = onnx.load(pair[1] / file).graph.initializer
        large = [tensor for tensor in tensors if np.prod(tensor.dims) >= 4096 and "positions" not in tensor.name]
        assert not [tensor.name for tensor in large if tensor.data_type == TensorProto.FLOAT]


def test_gates_may_be_left_out_or_given(attending: tuple[Path, Path]) -> None:
    card = graph_checks.read_card(attending[1])
    plain, gated = list(verify_transformer.cases(card))[4:6]
    step = onnxruntime.InferenceSession(attending[1] / "step.onnx", providers=["CPUExecutionProvider"])
    assert [value.name for value in step.get_overridable_initializers()] == ["self_gate", "head_bias"]
    memory = {"memory": np.ones((*plain.encoder["source_ids"].shape, 128), np.float32)}
    ones = {"self_gate": np.ones((7, 2, 4), np.float32), "head_bias": np.zeros((7, 2, 4, 2), np.float32)}
    without, given = (step.run(["logits"], {**plain.step, **memory, **extra})[0] for extra in ({}, ones))
    np.testing.assert_array_equal(without, given)
    removed = step.run(["logits"], {**plain.step, **memory, "self_gate": gated.step["self_gate"]})[0]
    assert np.abs(removed - without).max() > 1e-3


@pytest.mark.parametrize(
    ("file", "name", "output"),
    [
        ("step.onnx", "decoder.bias", "logits"),
        ("step.onnx", "layers.1.query_bias", "cross_scores"),
        ("step.onnx", "layers.0.joined_bias", "present"),
        ("encoder.onnx", "memory_bias", "memory"),
    ],
)
def test_other_values_are_seen(damaged: tuple[Path, Path], file: str, name: str, output: str) -> None:
    edit(damaged[1], file, lambda model: initializer(model, name, lambda values: values + 0.05))
    report = verify_graphs.verify(damaged[1], damaged[0])
    assert kinds(report) == {"ValueMismatch"}
    assert f"{output}: differs by" in messages(report)


def test_a_softmax_over_another_axis_is_seen_without_a_checkpoint(damaged: tuple[Path, Path]) -> None:
    def turn(model: onnx.ModelProto) -> None:
        node = next(node for node in model.graph.node if node.op_type == "Softmax")
        next(attribute for attribute in node.attribute if attribute.name == "axis").i = 1

    edit(damaged[1], "step.onnx", turn)
    report = verify_graphs.verify(damaged[1])
    assert kinds(report) == {"ValueMismatch"}
    assert "self_weights: differs by" in messages(report)


def test_a_gate_that_is_not_optional_is_seen(damaged: tuple[Path, Path]) -> None:
    def require(model: onnx.ModelProto) -> None:
        place = [tensor.name for tensor in model.graph.initializer].index("self_gate")
        del model.graph.initializer[place]

    edit(damaged[1], "step.onnx", require)
    report = verify_graphs.verify(damaged[1])
    assert "step.onnx: input self_gate is not there with a default" in messages(report)
    assert kinds(report) == {"NameMismatch"}


def test_the_card_shows_the_best_head_once_there_are_scores(attending: tuple[Path, Path], tmp_path: Path) -> None:
    training, _ = attending
    copy = shutil.copytree(training, tmp_path / "training")
    gold = {"pairs": 1, "best": {"layer": 1, "head": 2, "aer": 0.25}, "heads": [[0.5] * 4, [0.5, 0.5, 0.25, 0.5]]}
    content: dict[str, Any] = {"dev_loss": 4.25, "scores": {"alignment gold": gold}}
    (copy / "scores.json").write_text(json.dumps(content), encoding="utf-8")
    export_graphs.write_bundle(load_trained(copy), tmp_path / "bundle", copy)
    switches = read_card(tmp_path / "bundle").switches
    assert (switches.layer, switches.head) == (1, 2)
