from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bundle_card
import graph_cases
import graph_checks
import graph_report
import numpy as np
import onnx
import pytest
import torch
import verify_graphs
import verify_recurrent
from click.testing import CliRunner
from onnx import TensorProto, numpy_helper

from models.checkpoint import load_trained
from models.recurrent import StepModel

Change = Callable[[onnx.ModelProto], None]


def edit(bundle: Path, file: str, change: Change) -> None:
    """Change a graph and list it in the card as it is now."""
    model = onnx.load(bundle / file)
    change(model)
    (bundle / file).write_bytes(model.SerializeToString())
    edit_card(bundle, lambda card: card["files"].update({file: bundle_card.file_facts(bundle / file)}))


def edit_card(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((bundle / "card.json").read_text(encoding="utf-8"))
    change(card)
    (bundle / "card.json").write_text(json.dumps(card), encoding="utf-8")


def initializer(model: onnx.ModelProto, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change a weight in place."""
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    tensor.CopyFrom(numpy_helper.from_array(change(numpy_helper.to_array(tensor).copy()), name))


def kinds(report: verify_graphs.Report) -> set[str]:
    return {type(problem).__name__ for problem in report.problems}


def messages(report: verify_graphs.Report) -> str:
    return "\n".join(map(str, report.problems))


def test_a_fresh_export_passes(exported: Path, training: Path) -> None:
    report = verify_graphs.verify(exported, training)
    assert not report.problems
    assert len(report.differences) == 31  # 6 × 5 combinations and the encoder
    assert report.rows > 700
    assert report.fragile < report.rows / 50
    assert all(found["weights"] <= 1e-4 for names, found in report.differences.items() if names[0])


def test_without_a_checkpoint(exported: Path) -> None:
    report = verify_graphs.verify(exported)
    assert not report.problems
    assert all(found["weights"] <= 1e-5 for names, found in report.differences.items() if names[0])


def test_every_case_is_met(exported: Path) -> None:
    card = graph_checks.read_card(exported)
    seen: dict[tuple[int, int], set[Any]] = {}
    shapes, empty, masked = set(), 0, 0
    for case in graph_cases.cases(card):
        shapes.add(case.source_mask.shape)
        empty += int((~case.source_mask.any(axis=1)).sum())
        masked += int(np.isneginf(case.step["bias"]).all(axis=1).sum())
        for alignment, attention in zip(case.step["alignment"], case.step["attention"], strict=True):
            seen.setdefault((int(alignment), int(attention)), set()).add(case.source_mask.shape)
    assert len(seen) == 30
    assert {shape[1] for shape in shapes} == {1, 2, 17, 64}
    assert len({shape[0] for shape in shapes}) == 3
    assert all({shape[1] for shape in met} == {1, 2, 17, 64} for met in seen.values())
    assert min(empty, masked) > 10


def test_float64_attention_is_the_models(exported: Path, training: Path) -> None:
    card, step = graph_checks.read_card(exported), StepModel(load_trained(training).model).eval()
    generator = np.random.default_rng(3)
    for case in list(graph_cases.cases(card))[-2:]:
        batch, src_len = case.source_mask.shape
        feed = case.feed(
            generator.normal(size=(batch, src_len, 16)).astype(np.float32),
            generator.normal(size=(batch, 16)).astype(np.float32),
        )
        with torch.no_grad():
            outputs = step(**{name: torch.from_numpy(value) for name, value in feed.items()})
        named = dict(zip(graph_checks.STEP_OUTPUTS, (output.numpy() for output in outputs), strict=True))
        expected, fragile = graph_cases.weights(card, case, named)
        np.testing.assert_allclose(named["weights"][~fragile], expected[~fragile], atol=2e-5)


def _rename_output(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.output[:] = ["focus" if name == "center" else name for name in node.output]
    next(value for value in model.graph.output if value.name == "center").name = "focus"


def _fix_axis(model: onnx.ModelProto) -> None:
    next(value for value in model.graph.input if value.name == "bias").type.tensor_type.shape.dim[1].dim_value = 7


def _change_type(model: onnx.ModelProto) -> None:
    next(value for value in model.graph.input if value.name == "token").type.tensor_type.elem_type = TensorProto.INT32


def _change_operator(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Tanh").op_type = "Sinh"


def _raise_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 21


def _record_one_length(model: onnx.ModelProto) -> None:
    name = next(node.output[0] for node in model.graph.node if node.op_type == "Softmax")
    model.graph.value_info.append(onnx.helper.make_tensor_value_info(name, TensorProto.FLOAT, [3, 7]))


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (_rename_output, "NameMismatch", "output center is missing"),
        (_rename_output, "NameMismatch", "output focus is not part of the interface"),
        (_fix_axis, "AxisMismatch", "input bias has axes ('batch', 7), not ('batch', 'src_len')"),
        (_change_type, "TypeMismatch", "input token is INT32, not INT64"),
        (_change_operator, "OperatorMismatch", "Sinh has no known CUDA kernel"),
        (_raise_opset, "OperatorMismatch", "opset 21, not 20"),
        (_record_one_length, "AxisMismatch", "hold at one length only"),
    ],
)
def test_a_graph_that_looks_different(bundle: Path, change: Change, kind: str, message: str) -> None:
    edit(bundle, "step.onnx", change)
    report = verify_graphs.verify(bundle)
    named = [str(problem) for problem in report.problems if type(problem).__name__ == kind]
    assert any(message in text for text in named), messages(report)


def test_operators_are_refused_by_type() -> None:
    nodes = [onnx.helper.make_node("Tanh", ["given"], ["result"])]
    values = [onnx.helper.make_tensor_value_info(name, TensorProto.INT64, ["batch"]) for name in ("given", "result")]
    graph = onnx.helper.make_graph(nodes, "whole numbers", values[:1], values[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)])
    assert [str(problem) for problem in graph_checks.operator_problems(model, "step.onnx")] == [
        "step.onnx: Tanh on INT64 has no known CUDA kernel"
    ]


def test_other_values(bundle: Path, training: Path) -> None:
    edit(bundle, "step.onnx", lambda model: initializer(model, "attentional.bias", lambda bias: bias + 0.01))
    report = verify_graphs.verify(bundle, training)
    assert kinds(report) == {"ValueMismatch"}
    assert "logits of location × global: differs by" in messages(report)
    assert "weights" not in messages(report)


def test_another_encoder(bundle: Path, training: Path) -> None:
    edit(bundle, "encoder.onnx", lambda model: initializer(model, "memory.bias", lambda bias: bias + 0.01))
    report = verify_graphs.verify(bundle, training)
    assert "memory: differs by" in messages(report)


def test_numbers_that_are_not_finite(bundle: Path) -> None:
    edit(bundle, "step.onnx", lambda model: initializer(model, "attentional.bias", lambda bias: bias * np.nan))
    report = verify_graphs.verify(bundle)
    assert "logits of general × hard: not finite" in messages(report)


def test_a_wrong_gaussian_is_seen_without_a_checkpoint(bundle: Path) -> None:
    def widen(model: onnx.ModelProto) -> None:
        names = [
            tensor.name for tensor in model.graph.initializer if np.array_equal(numpy_helper.to_array(tensor), -2.0)
        ]
        assert len(names) == 1
        initializer(model, names[0], lambda value: value / 2)

    edit(bundle, "step.onnx", widen)
    report = verify_graphs.verify(bundle)
    assert kinds(report) == {"ValueMismatch"}
    assert {line.split(":")[0] for line in messages(report).splitlines()} <= {
        f"weights of {name} × local_p" for name in graph_checks.read_card(bundle)["switches"]["alignments"]
    }


def test_shapes_that_are_not_the_declared_ones(exported: Path) -> None:
    card = graph_checks.read_card(exported)
    outputs = {"memory": np.zeros((1, 1, 16)), "state": np.zeros((2, 16))}
    found = list(graph_report.shape_problems(outputs, "encoder.onnx", card, {"batch": 1, "src_len": 1}))
    assert [str(problem) for problem in found] == ["encoder.onnx: state came as (2, 16), not (1, 16)"]
    assert isinstance(found[0], graph_checks.ShapeMismatch)


def test_a_word_on_standard_error_is_a_mismatch(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    run = verify_recurrent.run

    def noisy(session: Any, feed: Any) -> Any:
        os.write(2, b"Expected shape from model of {3,7} does not match\n")
        return run(session, feed)

    monkeypatch.setattr(verify_recurrent, "run", noisy)
    report = verify_graphs.verify(exported)
    assert kinds(report) == {"WarningMismatch"}
    assert "Expected shape from model" in messages(report)


def test_files(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bundle / "source.json").write_text("{}", encoding="utf-8")
    (bundle / "target.json").unlink()
    monkeypatch.setattr(graph_checks, "LARGEST_BUNDLE", 1000)
    report = verify_graphs.verify(bundle)
    assert kinds(report) == {"FileMismatch"}
    for message in ("source.json: not the file that the card lists", "target.json: missing", "the limit is 1000"):
        assert message in messages(report)


@pytest.mark.parametrize("content", ["", '{"format": 2}'])
def test_cards(bundle: Path, content: str) -> None:
    (bundle / "card.json").write_text(content, encoding="utf-8")
    with pytest.raises(graph_checks.FileMismatch):
        verify_graphs.verify(bundle)


def test_asking_for_a_gpu_that_is_not_there(exported: Path) -> None:
    if verify_graphs.cuda_works(exported):
        pytest.skip("there is a GPU")
    report = verify_graphs.verify(exported, provider="cuda")
    assert kinds(report) == {"PlacementMismatch"}


@pytest.mark.gpu
def test_every_node_of_the_step_runs_on_the_gpu(exported: Path, training: Path) -> None:
    if not verify_graphs.cuda_works(exported):
        pytest.skip("no CUDA session can be made here")
    report = verify_graphs.verify(exported, training, provider="cuda")
    assert not report.problems
    assert set(report.placement) == {"CUDAExecutionProvider"}


def test_nodes_on_the_wrong_device(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        {"cat": "Session", "name": "run", "args": {}},
        {"cat": "Node", "name": "a_kernel_time", "args": {"provider": "CUDAExecutionProvider", "op_name": "Gemm"}},
        {"cat": "Node", "name": "b_kernel_time", "args": {"provider": "CPUExecutionProvider", "op_name": "ArgMax"}},
    ]
    (tmp_path / "profile.json").write_text(json.dumps(events), encoding="utf-8")

    class Session:
        def get_outputs(self) -> list[Any]:
            return []

        def run(self, names: list[str], feed: dict[str, Any]) -> list[Any]:
            return []

        def end_profiling(self) -> str:
            return str(tmp_path / "profile.json")

    monkeypatch.setattr(verify_graphs, "open_session", lambda *_: Session())
    report = verify_graphs.Report()
    card = graph_checks.read_card(exported)
    found = [str(problem) for problem in verify_graphs.placement_problems(exported / "step.onnx", card, report)]
    assert found == ["step.onnx: ArgMax (b_kernel_time) runs on CPUExecutionProvider"]
    assert report.placement == {"CUDAExecutionProvider": 1, "CPUExecutionProvider": 1}


def test_the_command(exported: Path, bundle: Path) -> None:
    good = CliRunner().invoke(verify_graphs.main, [str(exported)])
    assert good.exit_code == 0, good.output
    assert "rows" in good.output
    (bundle / "step.onnx").unlink()
    bad = CliRunner().invoke(verify_graphs.main, [str(bundle)])
    assert bad.exit_code == 1
    assert "FileMismatch" in bad.output
    assert CliRunner().invoke(verify_graphs.main, [str(bundle / "nowhere")]).exit_code == 1
