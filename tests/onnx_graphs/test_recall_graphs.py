"""The recall networks as graphs: exported ones against the networks, the shipped ones against their card."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import export_recall
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import verify_graphs

from models.recall import KINDS, RecallConfig, draw_sequences, every_distance
from models.recall_measure import answer_gradient
from models.recall_train import RecallRecipe, RecallTrainer, load_recall

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "onnx" / "graphs" / "recall"
RECIPE = RecallRecipe(updates=40, batch=8, warmup=5)


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder of tiny networks."""
    folder = tmp_path_factory.mktemp("recall-training")
    for kind in KINDS:
        list(RecallTrainer(RecallConfig(kind, longest=12, embedding=6, hidden=8), RECIPE, folder / kind).run())
    return folder


@pytest.fixture(scope="module")
def exported(training: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the export script, run by path, makes of it."""
    folder = tmp_path_factory.mktemp("recall-graphs") / "recall"
    command = [sys.executable, str(ROOT / "onnx" / "export_recall.py"), str(training), str(folder), "--sequences", "20"]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return folder


def card_of(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "recall.json").read_text(encoding="utf-8"))
    return card


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("batch", "src_len"), [(1, 1), (1, 12), (3, 5), (5, 1)])
def test_a_graph_does_what_the_network_does(
    training: Path, exported: Path, kind: str, batch: int, src_len: int
) -> None:
    model = load_recall(training / kind).model
    symbols = draw_sequences(batch, src_len, torch.Generator().manual_seed(batch + src_len))
    answers, gradient = answer_gradient(model, symbols)
    with torch.no_grad():
        logits, weights = model(symbols, every_distance(symbols))
    session = onnxruntime.InferenceSession(exported / f"{kind}.onnx", providers=["CPUExecutionProvider"])
    for distance in range(src_len):
        feeds = {"symbols": symbols.numpy(), "distance": np.full(batch, distance)}
        found = dict(zip([each.name for each in session.get_outputs()], session.run(None, feeds), strict=True))
        np.testing.assert_allclose(found["logits"], logits[:, distance], atol=1e-5)
        np.testing.assert_allclose(found["gradient"], gradient[:, distance], atol=1e-5)
        assert (found["logits"].argmax(1) == answers[:, distance].numpy()).all()
        assert ("weights" in found) == (kind == "attention")
        if weights is not None:
            np.testing.assert_allclose(found["weights"], weights[:, distance], atol=1e-6)


def test_the_card_says_how_the_networks_were_trained(training: Path, exported: Path) -> None:
    card = card_of(exported)
    assert [network["name"] for network in card["networks"]] == list(KINDS)
    assert card["training"] == {"seed": 1, "updates": 40, "batch": 8, "learning_rate": RECIPE.learning_rate}
    assert card["measured"]["sequences"] == 20
    for network in card["networks"]:
        trained = load_recall(training / network["name"])
        assert network["parameters"] == trained.model.parameter_count
        assert network["loss"] == pytest.approx(trained.progress.history[-1], abs=1e-4)
        assert len(network["accuracy"]) == len(network["gradient"]) == len(network["asked_gradient"]) == 12


def test_networks_that_were_not_trained_alike_are_refused(training: Path, tmp_path: Path) -> None:
    networks = [load_recall(training / kind) for kind in KINDS[:2]]
    longer = RecallRecipe(updates=41, batch=8, warmup=5)
    list(RecallTrainer(networks[1].model.config, longer, tmp_path).run())
    with pytest.raises(click.ClickException, match="gru was not trained as tanh was"):
        export_recall.card([networks[0], load_recall(tmp_path)], {}, 1)


@pytest.mark.parametrize("folder", ["exported", "shipped"])
def test_the_graphs_are_fit_to_be_shipped(folder: str, exported: Path) -> None:
    place = exported if folder == "exported" else SHIPPED
    assert sum(path.stat().st_size for path in place.iterdir()) < 1_000_000
    assert {path.name for path in place.iterdir()} == {*card_of(place)["files"], "recall.json"}
    for path in place.glob("*.onnx"):
        model = onnx.load(path)
        bodies = [attribute.g for node in model.graph.node for attribute in node.attribute if attribute.HasField("g")]
        assert len(bodies) == 2  # ahead and back through time
        assert not any(
            node.doc_string or node.metadata_props for graph in (model.graph, *bodies) for node in graph.node
        )
        with verify_graphs.standard_error() as said:
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            for batch, src_len in ((1, 1), (4, 9), (2, 12)):
                session.run(None, {"symbols": np.ones((batch, src_len), int), "distance": np.zeros(batch, int)})
        assert said == [""], path.name
