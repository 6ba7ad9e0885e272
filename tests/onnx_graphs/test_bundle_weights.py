"""Weights read back from a bundle: every parameter once, the graphs made of them the same, else one clear error."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import bundle_card
import bundle_weights
import export_graphs
import graph_checks
import numpy as np
import onnx
import pytest
import torch
import verify_graphs
import verify_transformer
from click.testing import CliRunner
from graph_report import run
from graph_tensors import WeightsError
from onnx import numpy_helper

from models.checkpoint import load_trained
from models.transformer import MIXERS, TransformerModel

from .test_transformer_graphs import RECIPES, train
from .test_verify import edit, edit_card, initializer

GRAPHS = Path(__file__).resolve().parents[2] / "onnx" / "graphs"
HIDDEN = 256
"""Weights of a smaller GRU are constants to the exporter, which it turns round and gives other names."""
Change = Callable[[onnx.ModelProto], None]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """Return the training folder of a tiny model that was never trained, and its bundle; not to be changed."""

    @functools.cache
    def pair(encoder: str) -> tuple[Path, Path]:
        folder = tmp_path_factory.mktemp(encoder)
        training, bundle = train(folder / "training", encoder, HIDDEN), folder / RECIPES[encoder]
        export_graphs.write_bundle(load_trained(training), bundle, training)
        return training, bundle

    return pair


@pytest.fixture(params=MIXERS)
def pair(request: pytest.FixtureRequest, exported: Callable[[str], tuple[Path, Path]]) -> tuple[Path, Path]:
    return exported(request.param)


@pytest.fixture
def bundle(exported: Callable[[str], tuple[Path, Path]], tmp_path: Path) -> Path:
    """A copy of a bundle, to be broken."""
    return shutil.copytree(exported("attention")[1], tmp_path / "bundle")


def test_every_parameter_comes_back(pair: tuple[Path, Path]) -> None:
    trained, found = load_trained(pair[0]).model, bundle_weights.restore(pair[1])
    assert isinstance(trained, TransformerModel)
    # The dropout of a training is that of the recipe; the tiny model's own is the default.
    assert (found.config.inner, found.config.kernel) == (trained.config.inner, trained.config.kernel)
    weights = found.state_dict()
    assert weights.keys() == trained.state_dict().keys()
    for name, values in trained.state_dict().items():
        # 1/√64 makes some weights of a query too small for all bits of a float16, whose least step is 2⁻²⁴.
        step = 8 * 2**-25 if name.endswith("query.weight") else 0
        torch.testing.assert_close(weights[name], values, rtol=0, atol=step)
        assert float(values.abs().max()) > 0


def test_the_training_folder_is_the_models(pair: tuple[Path, Path], tmp_path: Path) -> None:
    bundle_weights.write_training(pair[1], tmp_path / "run")
    weights = bundle_weights.restore(pair[1]).state_dict()
    for name, values in load_trained(tmp_path / "run").model.state_dict().items():
        torch.testing.assert_close(values, weights[name], rtol=0, atol=0)
    assert load_trained(tmp_path / "run").facts == load_trained(pair[0]).facts | {
        "corpora": [
            {name: entry[name] for name in ("name", "origin", "licence")}
            for entry in load_trained(pair[0]).facts["corpora"]
        ]
    }


def test_scores_are_kept(bundle: Path, tmp_path: Path) -> None:
    scores = {"own test": {"sentences": 3, "bleu": {"scaled_dot": {"global": 12.5}}}}
    edit_card(bundle, lambda card: card.update(scores=scores))
    before = graph_checks.read_card(bundle)
    result = CliRunner().invoke(export_graphs.main, ["--from-bundle", str(bundle), str(bundle)])
    assert result.exit_code == 0, result.output
    assert "logits " in result.output
    after = graph_checks.read_card(bundle)
    assert after["scores"] == scores
    assert {**after, "files": None} == {**before, "files": None}
    assert verify_graphs.verify(bundle).problems == []
    assert sorted(path.name for path in bundle.parent.iterdir()) == ["bundle"]


@pytest.mark.parametrize("name", ["transformer-en-fr", "transformer-rnn-en-fr", "transformer-cnn-en-fr"])
def test_the_shipped_graphs_are_those_of_their_weights(name: str) -> None:
    card = graph_checks.read_card(GRAPHS / name)
    case = list(verify_transformer.cases(card))[5]  # seven rows, with every optional input
    reference = verify_transformer.torch_reference(bundle_weights.restore(GRAPHS / name))
    encoded, stepped = reference(case)
    encoder, step = (verify_graphs.open_session(GRAPHS / name / file, "cpu") for file in bundle_card.GRAPHS)
    memory = run(encoder, case.encoder)["memory"]
    real = case.encoder["source_mask"]
    np.testing.assert_allclose(memory[real], encoded["memory"][real], atol=1e-4)
    found = run(step, {**case.step, "memory": memory})
    np.testing.assert_allclose(found["logits"], stepped["logits"], atol=1e-3)
    np.testing.assert_allclose(found["cross_weights"], stepped["cross_weights"], atol=1e-4)


def drop(name: str) -> Change:
    def change(model: onnx.ModelProto) -> None:
        tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
        model.graph.initializer.remove(tensor)

    return change


def add(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.ones((2, 3), np.float32), "adapter"))


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("step.onnx", drop("layers.1.query_bias"), "step.onnx: there is no weight layers.1.query_bias"),
        ("encoder.onnx", drop("memory_bias"), "memory_bias"),
        ("step.onnx", add, "step.onnx: holds adapter, which is no part of the model"),
        (
            "step.onnx",
            lambda model: initializer(model, "decoder.norm.bias", lambda values: values[:-1]),
            r"decoder.norm.bias has the shape \[255\], not \[256\]",
        ),
        (
            "encoder.onnx",
            lambda model: initializer(model, "encoder.positions", lambda values: values + 0.5),
            "encoder.positions are not the sines and cosines",
        ),
    ],
)
def test_what_is_not_the_model_is_refused(bundle: Path, file: str, change: Change, message: str) -> None:
    edit(bundle, file, change)
    with pytest.raises(WeightsError, match=message):
        bundle_weights.restore(bundle)


def test_a_graph_that_computes_something_else_is_not_replaced(bundle: Path) -> None:
    def other(model: onnx.ModelProto) -> None:
        next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Tanh"

    edit(bundle, "step.onnx", other)
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    result = CliRunner().invoke(export_graphs.main, ["--from-bundle", str(bundle), str(bundle)])
    assert result.exit_code == 1
    assert "exported anew, logits differs by" in result.output
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before


def test_a_recurrent_model_and_an_unknown_recipe_are_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="only the weights of Transformers"):
        bundle_weights.restore(GRAPHS / "translate-en-fr")
    card = json.loads((bundle / "card.json").read_text(encoding="utf-8"))
    edit_card(bundle, lambda card: card["training"].update(recipe="my-own"))
    result = CliRunner().invoke(bundle_weights.main, [str(bundle), str(tmp_path / "run")])
    assert result.exit_code == 1
    assert "the recipe my-own, which is not known here" in result.output
    assert card["training"]["recipe"] == "transformer-en-fr"
