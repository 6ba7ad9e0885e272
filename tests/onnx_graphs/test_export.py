from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import graph_repair
import numpy as np
import onnx
import pytest
from bundle_card import read_scores
from onnx import TensorProto, helper, numpy_helper

from explorer.runtime.card_reader import read_card, read_files
from explorer.runtime.onnx_scan import check_self_contained
from models.attention import ALIGNMENTS, ATTENTIONS
from models.checkpoint import load_trained

ROOT = Path(__file__).resolve().parents[2]


def test_the_explorer_reads_the_card(exported: Path, training: Path) -> None:
    card = read_card(exported)
    assert (card.name, card.task, card.family) == ("translate-en-fr", "translation", "recurrent")
    assert (card.switches.alignments, card.switches.attentions) == (ALIGNMENTS, ATTENTIONS)
    assert (card.tokens.padding, card.tokens.unknown, card.tokens.begin, card.tokens.end) == (0, 1, 2, 3)
    assert [corpus.pairs for corpus in card.corpus] == [12, 12]
    assert card.training["dev_loss"] == 4.25
    model = load_trained(training).model
    assert card.sizes.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert card.sizes.max_source == 70
    assert sorted(read_files(exported, card)) == ["encoder.onnx", "source.json", "step.onnx", "target.json"]


@pytest.mark.parametrize("file", ["encoder.onnx", "step.onnx"])
def test_a_graph_is_self_contained_and_tells_nothing_of_the_machine(exported: Path, training: Path, file: str) -> None:
    content = (exported / file).read_bytes()
    check_self_contained(content, file)
    for trace in (str(ROOT), str(training), "site-packages", 'File "'):
        assert trace.encode() not in content


@pytest.mark.parametrize("file", ["encoder.onnx", "step.onnx"])
def test_embeddings_are_stored_in_half(exported: Path, training: Path, file: str) -> None:
    graph = onnx.load(exported / file).graph
    halves = [tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT16]
    assert len(halves) == 1
    model = load_trained(training).model
    embedding = (model.encoder if file == "encoder.onnx" else model.decoder).embedding.weight
    np.testing.assert_array_equal(numpy_helper.to_array(halves[0]).astype(np.float32), embedding.detach().numpy())


def test_the_command_is_quiet_and_leaves_nothing_half_written(export_run: subprocess.CompletedProcess[str]) -> None:
    assert export_run.stderr == ""
    assert "translate-en-fr: " in export_run.stdout
    folder = Path(export_run.args[-1])
    assert [path.name for path in folder.parent.iterdir()] == ["translate-en-fr"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json",
        "encoder.onnx",
        "source.json",
        "step.onnx",
        "target.json",
    ]


def test_scores_of_other_weights_are_left_out(training: Path, tmp_path: Path) -> None:
    trained = load_trained(training)
    assert read_scores(tmp_path, trained) == {}
    for loss, expected in ((4.25, {"own": {"none": 3.0}}), (4.0, {})):
        content = {"dev_loss": loss, "scores": {"own": {"none": 3.0}}}
        (tmp_path / "scores.json").write_text(json.dumps(content), encoding="utf-8")
        assert read_scores(tmp_path, trained) == expected


def _model(*nodes: onnx.NodeProto) -> onnx.ModelProto:
    """A graph over a table of 6 × 4 and ids of any number."""
    table = numpy_helper.from_array(np.arange(24, dtype=np.float32).reshape(6, 4), "table")
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch"])
    result = helper.make_tensor_value_info("result", TensorProto.FLOAT, ["batch", 4])
    graph = helper.make_graph(list(nodes), "small", [ids], [result], [table])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def test_rows_are_cast_after_they_are_gathered_and_the_whole_once() -> None:
    model = _model(
        helper.make_node("Gather", ["table", "ids"], ["rows"]),
        helper.make_node("Gemm", ["rows", "table"], ["product"], transB=1),
        helper.make_node("Gemm", ["product", "table"], ["result"]),
    )
    graph_repair.halve(model, "table")
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["Gather", "Cast", "Cast", "Gemm", "Gemm"]
    assert model.graph.node[3].input[1] == model.graph.node[4].input[1] == "table.float32"


def test_halving_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        graph_repair.halve(_model(helper.make_node("Gather", ["table", "ids"], ["result"])), "other")


def test_a_shape_of_one_length_is_noticed() -> None:
    model = _model(
        helper.make_node("Gather", ["table", "ids"], ["rows"]), helper.make_node("Tanh", ["rows"], ["result"])
    )
    assert graph_repair.same_shapes(model)
    model.graph.value_info.append(helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", 4]))
    assert graph_repair.same_shapes(model)
    model.graph.value_info[0].CopyFrom(helper.make_tensor_value_info("rows", TensorProto.FLOAT, [7, 4]))
    assert not graph_repair.same_shapes(model)


def test_this_repositorys_folder_is_not_taken_for_the_package() -> None:
    code = "import sys, types; sys.modules['onnx'] = types.ModuleType('onnx'); import graph_repair"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "onnx", capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "pip install 'attn-explore[train]'" in ended.stderr
