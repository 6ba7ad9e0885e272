"""Opening bundles, and bundles that must not be run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from explorer.errors import BundleError, ProviderError
from explorer.runtime import sessions
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.family import Slot
from explorer.runtime.graphs import DeviceGraphs, padded, take_memory, take_state
from explorer.runtime.onnx_scan import check_self_contained
from explorer.runtime.switches import default_controls

from .damage import edit_graph, put_file, rename_value


def _refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        open_bundle(folder, "cpu")
    return str(caught.value)


def _value(model: onnx.ModelProto, name: str) -> onnx.ValueInfoProto:
    values: list[onnx.ValueInfoProto] = [*model.graph.input, *model.graph.output]
    return next(value for value in values if value.name == name)


def test_a_copy_anywhere_opens_by_path(folder: Path, bundle: Bundle) -> None:
    opened = open_bundle(str(folder), "cpu")
    assert opened.card == bundle.card
    assert opened.folder == folder
    assert (len(opened.source), len(opened.target)) == (bundle.card.sizes.source_vocab, bundle.card.sizes.target_vocab)
    assert (opened.provider.name, opened.provider.label) == ("cpu", "CPU")


def test_auto_on_a_machine_without_a_gpu_says_why_it_is_the_cpu(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_nvidia_device_present", lambda: False)
    opened = open_bundle(folder, "auto")
    assert opened.provider.name == "cpu"
    assert opened.provider.reason in ("no NVIDIA GPU was found", "the installed onnxruntime is built without CUDA")


def test_cuda_where_it_is_not_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_nvidia_device_present", lambda: False)
    with pytest.raises(ProviderError) as caught:
        open_bundle(folder, "cuda")
    assert "pip install 'attn-explore[cuda]'" in str(caught.value)
    assert "NVIDIA's driver" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_provider_is_refused(folder: Path) -> None:
    with pytest.raises(ProviderError, match="provider 'tpu' is not known; choose one of auto, cpu, cuda"):
        open_bundle(folder, "tpu")


@pytest.mark.skipif(
    sessions.CUDA not in onnxruntime.get_available_providers() or sessions._nvidia_device_present(),
    reason="needs an onnxruntime with CUDA on a machine without it",
)
def test_a_gpu_without_libraries_falls_back_to_the_cpu_in_silence(folder: Path) -> None:
    program = (
        "import sys; from explorer.runtime import sessions; from explorer.runtime.bundle import open_bundle\n"
        "sessions._nvidia_device_present = lambda: True\n"
        "choice = open_bundle(sys.argv[1], 'auto').provider\n"
        "sys.stdout.write(f'{choice.name}|{choice.reason}')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    name, reason = done.stdout.split("|")
    assert name == "cpu"
    assert reason


def test_opening_and_running_writes_nothing(folder: Path) -> None:
    program = (
        "import sys; from explorer.runtime.bundle import open_bundle; from explorer.runtime.decoder import Decoder\n"
        "decoder = Decoder(open_bundle(sys.argv[1]))\n"
        "for text in ('go', 'a dog runs', 'a dog runs over the wet grass and then a long way home again .'):\n"
        "    decoder.start(text); decoder.end(6); decoder.replay_all()"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_runtime_pulls_in_neither_training_nor_interface() -> None:
    program = (
        "import json, sys, explorer.runtime.decoder, explorer.runtime.links, explorer.runtime.bundle\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "numpy" in loaded
    assert not loaded & {"torch", "textual", "rich", "onnx", "onnxruntime", "tokenizers"}


def test_a_file_that_is_no_graph_is_named(folder: Path) -> None:
    put_file(folder, "step.onnx", b"\x00garbage" * 50)
    assert _refusal(folder).startswith(f"{folder}/step.onnx: not a readable ONNX file")


@pytest.mark.parametrize("length", [0, 1, 1000, 1_000_000])
def test_a_cut_graph_is_named(folder: Path, length: int) -> None:
    put_file(folder, "encoder.onnx", (folder / "encoder.onnx").read_bytes()[:length])
    assert _refusal(folder).startswith(f"{folder}/encoder.onnx: not a readable ONNX file")


def test_external_data_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "weights.bin").write_bytes(bytes(4_000_000))

    def move_out(model: onnx.ModelProto) -> None:
        tensor = max(model.graph.initializer, key=lambda tensor: tensor.ByteSize())
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "weights.bin"

    edit_graph(folder, "encoder.onnx", move_out)
    assert "keeps its data in another file, which is not read" in _refusal(folder)


def test_external_data_hidden_in_a_constant_is_refused() -> None:
    tensor = helper.make_tensor("inner", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    constant = helper.make_node("Constant", [], ["x"], value=tensor)
    branch = helper.make_graph([constant], "branch", [], [])
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    model = helper.make_model(helper.make_graph([node], "main", [], []))
    with pytest.raises(BundleError, match=r"g\.onnx: tensor 'inner' keeps its data in another file"):
        check_self_contained(model.SerializeToString(), "g.onnx")


@pytest.mark.parametrize(
    ("domain", "operator", "refused"),
    [
        ("", "Relu", False),
        ("com.microsoft", "Gelu", False),
        ("ai.onnx.contrib", "PyOp", True),
        ("evil\x1b", "Run", True),
        ("com.microsoft", "EPContext", True),
    ],
)
def test_operators_that_onnx_runtime_does_not_have_itself_are_refused(
    domain: str, operator: str, refused: bool
) -> None:
    node = helper.make_node(operator, ["x"], ["y"], domain=domain)
    data = helper.make_model(helper.make_graph([node], "main", [], [])).SerializeToString()
    if not refused:
        check_self_contained(data, "g.onnx")
        return
    with pytest.raises(
        BundleError, match=f"operator '{operator}' of domain .* is not one that a bundle may use"
    ) as caught:
        check_self_contained(data, "g.onnx")
    assert "\x1b" not in str(caught.value)


def test_functions_that_a_graph_defines_itself_may_be_used() -> None:
    inner = helper.make_node("Relu", ["x"], ["y"])
    function = helper.make_function("mine", "Own", ["x"], ["y"], [inner], [helper.make_opsetid("", 18)])
    graph = helper.make_graph([helper.make_node("Own", ["x"], ["y"], domain="mine")], "main", [], [])
    check_self_contained(helper.make_model(graph, functions=[function]).SerializeToString(), "g.onnx")


@pytest.mark.parametrize("old", ["token", "bias", "memory_mask"])
def test_a_renamed_input_is_named(folder: Path, old: str) -> None:
    edit_graph(folder, "step.onnx", lambda model: rename_value(model, old, "other"))
    assert _refusal(folder).startswith(f"{folder}/step.onnx: unknown input 'other'; known are token, position")


@pytest.mark.parametrize(
    ("name", "file"), [("weights", "step.onnx"), ("center", "step.onnx"), ("state", "encoder.onnx")]
)
def test_a_missing_output_is_named(folder: Path, name: str, file: str) -> None:
    edit_graph(folder, file, lambda model: model.graph.output.remove(_value(model, name)))
    assert _refusal(folder) == f"{folder}/{file}: output {name!r} is missing"


def _cast_input(model: onnx.ModelProto) -> None:
    rename_value(model, "position", "wide_position")
    value = _value(model, "wide_position")
    model.graph.node.insert(0, helper.make_node("Cast", ["position"], ["wide_position"], to=TensorProto.INT64))
    value.name = "position"
    value.type.tensor_type.elem_type = TensorProto.INT32


def _extra_axis(model: onnx.ModelProto) -> None:
    value = _value(model, "window")
    axes = model.graph.initializer.add()
    axes.CopyFrom(helper.make_tensor("flat_axes", TensorProto.INT64, [1], [1]))
    rename_value(model, "window", "flat_window")
    value.name = "window"
    model.graph.node.insert(0, helper.make_node("Squeeze", ["window", "flat_axes"], ["flat_window"]))
    value.type.tensor_type.shape.dim.add().dim_value = 1


def _fixed_batch(model: onnx.ModelProto) -> None:
    _value(model, "token").type.tensor_type.shape.dim[0].dim_value = 1


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_cast_input, "input 'position' holds int32, expected int64"),
        (_extra_axis, "input 'window' has 2 axes, expected 1 (batch)"),
        (_fixed_batch, "input 'token' has the batch axis fixed at 1, expected one that can vary"),
    ],
)
def test_a_wrong_type_or_shape_is_named(folder: Path, edit: Callable[[onnx.ModelProto], None], message: str) -> None:
    edit_graph(folder, "step.onnx", edit)
    assert _refusal(folder) == f"{folder}/step.onnx: {message}"


def test_sizes_that_the_graph_does_not_have_are_named(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    hidden = card["sizes"]["hidden"]
    card["sizes"]["hidden"] = hidden + 1
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert _refusal(folder).endswith(f"has hidden {hidden}, the card says {hidden + 1}")


def test_a_vocabulary_of_another_size_is_named(folder: Path) -> None:
    tokenizer = json.loads((folder / "source.json").read_text(encoding="utf-8"))
    found = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"]["an impossible piece"] = found
    put_file(folder, "source.json", json.dumps(tokenizer).encode())
    assert _refusal(folder) == f"{folder}/source.json: it has {found + 1} pieces, card.json says {found}"


def test_an_operator_that_onnx_runtime_cannot_run_is_reported_in_one_line(folder: Path) -> None:
    def spoil(model: onnx.ModelProto) -> None:
        model.graph.node[0].op_type = "NoSuchOperator"

    edit_graph(folder, "step.onnx", spoil)
    message = _refusal(folder)
    assert message.startswith(f"{folder}/step.onnx: ONNX Runtime cannot load it (")
    assert "\n" not in message


@pytest.mark.parametrize("name", ["translate-en-fr"])
def test_bound_graphs_give_what_plain_ones_give(name: str) -> None:
    """The code path of a GPU, run on the CPU's memory."""
    bundle = open_bundle(name, "cpu")
    files = {name: (bundle.folder / name).read_bytes() for name in ("encoder.onnx", "step.onnx")}
    opened, _ = sessions.open_sessions(files, "cpu")
    bound = DeviceGraphs(opened, bundle.family.wiring, "cpu")
    sources = [[83, 413, 3], [90, 100, 200, 300, 3]]
    controls = default_controls(bundle.card)
    results: list[list[np.ndarray]] = []
    for graphs in (bundle.graphs, bound):
        memory, state = graphs.encode(*padded(sources, 0))
        memory, state = take_memory(graphs, memory, [1, 0, 1]), take_state(graphs, state, [1, 0, 1])
        for position in range(3):
            slots = [Slot(position, 2, None, False, controls, length) for length in memory.lengths]
            result = graphs.step(memory, state, bundle.family.feeds(slots))
            state = result.state
        results.append([*result.outputs.values(), *memory.looked.values(), *map(graphs.host, state)])
    assert len(results[0]) >= 5
    for plain, through_binding in zip(*results, strict=True):
        np.testing.assert_allclose(through_binding, plain, atol=1e-6)


@pytest.mark.gpu
@pytest.mark.skipif(not sessions._nvidia_device_present(), reason="no NVIDIA GPU was found")
def test_cuda_decodes_what_the_cpu_decodes(bundle: Bundle) -> None:
    from explorer.runtime.decoder import Decoder

    on_gpu = open_bundle(bundle.folder, "cuda")
    assert on_gpu.provider.name == "cuda"
    traces = []
    for opened in (bundle, on_gpu):
        decoder = Decoder(opened)
        decoder.start("Two small dogs run across the wet grass.")
        free = decoder.end()
        traces.append((free, decoder.replay(decoder.controls.replace(attention="local_p")), *decoder.replay_all()))
    for on_cpu, other in zip(*traces, strict=True):
        assert [step.token for step in other.steps] == [step.token for step in on_cpu.steps]
        np.testing.assert_allclose(other.weights, on_cpu.weights, atol=1e-3)
