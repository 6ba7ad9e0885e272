"""Layers against NumPy, the formulas of the table, and the measurement and its curves."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from explorer.errors import BundleError, InputError
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.layer_table import HEADS, KINDS, NEIGHBOURHOOD, REACH, LayerSize
from explorer.runtime.layers import LAYERS, WEIGHTS, Crossing, Curves, Progress, crossings, measure, shipped_layers

Array = npt.NDArray[np.float32]
SHIPPED = Path(__file__).resolve().parents[2] / "onnx" / "graphs" / LAYERS
SIZE = 16
ROWS = {kind.name: kind for kind in KINDS}


def drawn(*shape: int) -> Array:
    values: Array = (np.random.default_rng(sum(shape)).standard_normal(shape) / 4).astype(np.float32)
    return values


def weights_of(kind: str) -> dict[str, Array]:
    shapes = {value.name: [3 if axis == "kernel" else SIZE for axis in value.axes] for value in WEIGHTS[kind]}
    return {name: np.roll(drawn(*shape), place, axis=0) for place, (name, shape) in enumerate(shapes.items())}


def attention(x: Array, weights: dict[str, Array], reach: int | None = None) -> Array:
    """Multi-head self-attention, position by position."""
    unit = np.eye(SIZE, dtype=np.float32)
    query, key, value, output = (weights.get(name, unit) for name in ("query", "key", "value", "output"))
    batch, length, _ = x.shape
    width = SIZE // HEADS
    context = np.zeros_like(x)
    for row, place, head in np.ndindex(batch, length, HEADS):
        part = slice(head * width, (head + 1) * width)
        near = slice(0, length) if reach is None else slice(max(0, place - reach), place + reach + 1)
        scores = (x[row, near] @ key)[:, part] @ (x[row, place] @ query)[part] / np.sqrt(width)
        shares = np.exp(scores - scores.max())
        context[row, place, part] = shares / shares.sum() @ (x[row, near] @ value)[:, part]
    result: Array = context @ output
    return result


def recurrent(x: Array, weights: dict[str, Array]) -> Array:
    state, states = np.zeros_like(x[:, 0]), []
    for place in range(x.shape[1]):
        state = np.tanh(x[:, place] @ weights["entering"] + state @ weights["carried"])
        states.append(state)
    return np.stack(states, axis=1)


def convolution(x: Array, weights: dict[str, Array]) -> Array:
    padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
    kernels = weights["kernels"]  # (output, input, place)
    parts = [padded[:, place : place + x.shape[1]] @ kernels[:, :, place].T for place in range(3)]
    result: Array = np.sum(parts, axis=0)
    return result


REFERENCES: dict[str, Callable[[Array, dict[str, Array]], Array]] = {
    "self_attention": attention,
    "mixing": attention,
    "recurrent": recurrent,
    "convolution": convolution,
    "restricted": lambda x, weights: attention(x, weights, REACH),
}


@pytest.mark.parametrize("kind", list(ROWS))
@pytest.mark.parametrize(("batch", "length"), [(1, 1), (2, 7), (1, 8), (3, 9), (1, 16), (2, 41)])
def test_a_layer_computes_what_it_is_called(kind: str, batch: int, length: int) -> None:
    x, weights = drawn(batch, length, SIZE), weights_of(kind)
    session = onnxruntime.InferenceSession(SHIPPED / f"{kind}.onnx", providers=["CPUExecutionProvider"])
    (found,) = session.run(["y"], {"x": x, **weights})
    np.testing.assert_allclose(found, REFERENCES[kind](x, weights), atol=2e-6)


def test_restricted_attention_differs_from_the_whole_beyond_its_reach() -> None:
    weights = weights_of("restricted")
    for length, equal in ((REACH + 1, True), (REACH + 2, False)):
        x = drawn(1, length, SIZE)
        assert np.allclose(attention(x, weights), attention(x, weights, REACH), atol=1e-6) == equal


def test_the_table_is_vaswanis() -> None:
    rows = {name: (kind.complexity, kind.sequential, kind.path) for name, kind in ROWS.items()}
    assert rows == {
        "self_attention": ("O(n² · d)", "O(1)", "O(1)"),
        "mixing": ("O(n² · d)", "O(1)", "O(1)"),
        "recurrent": ("O(n · d²)", "O(n)", "O(n)"),
        "convolution": ("O(k · n · d²)", "O(1)", "O(log_k(n))"),
        "restricted": ("O(r · n · d)", "O(1)", "O(n/r)"),
    }


@pytest.mark.parametrize(
    ("kind", "operations", "steps", "path"),
    [
        ("self_attention", 100 * 100 * 64, 1, 1),
        ("mixing", 100 * 100 * 64, 1, 1),
        ("recurrent", 100 * 64 * 64, 100, 100),
        ("convolution", 5 * 100 * 64 * 64, 1, 3),  # 5³ = 125
        ("restricted", 20 * 100 * 64, 1, 5),
    ],
)
def test_the_formulas_as_numbers(kind: str, operations: int, steps: int, path: int) -> None:
    row, at = ROWS[kind], LayerSize(length=100, size=64, kernel=5, neighbourhood=20)
    assert (row.operations(at), row.steps(at), row.path_length(at)) == (operations, steps, path)


def test_paths_of_all_lengths() -> None:
    def paths(length: int) -> dict[str, int]:
        return {name: kind.path_length(LayerSize(length, 64)) for name, kind in ROWS.items()}

    ones = {"self_attention": 1, "mixing": 1}
    assert paths(1) == {**ones, "recurrent": 1, "convolution": 1, "restricted": 1}
    assert paths(27) == {**ones, "recurrent": 27, "convolution": 3, "restricted": 2}
    assert paths(28) == {**ones, "recurrent": 28, "convolution": 4, "restricted": 2}
    assert paths(1024) == {**ones, "recurrent": 1024, "convolution": 7, "restricted": math.ceil(1024 / NEIGHBOURHOOD)}


@pytest.mark.parametrize("kind", list(ROWS))
def test_multiplications_are_those_of_the_graph(kind: str) -> None:
    """Counts the products of the shapes that the graph really multiplies."""
    length, size = 32, 16
    model = onnx.load(SHIPPED / f"{kind}.onnx")
    for value, shape in zip(model.graph.input, ((1, length, size), *[(size, size)] * 4), strict=False):
        for axis, wanted in zip(value.type.tensor_type.shape.dim, shape, strict=False):
            axis.dim_value = wanted
    products = [node for node in model.graph.node if node.op_type in ("MatMul", "Conv")]
    names = [name for node in products for name in (node.input[0], node.output[0])]
    inputs = {value.name for value in model.graph.input}
    model.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in dict.fromkeys(names) if name not in {"y", *inputs}
    )
    x = drawn(1, length, size)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = [value.name for value in session.get_outputs()]
    feeds = {"x": x, **weights_of(kind)}
    shapes = {name: value.shape for name, value in {**feeds, **dict(zip(outputs, session.run(None, feeds)))}.items()}  # noqa: B905
    count = 0
    for node in products:
        inner = shapes[node.input[0]][-1] if node.op_type == "MatMul" else shapes[node.input[0]][1] * 3
        count += math.prod(shapes[node.output[0]]) * inner
    if kind == "recurrent":  # the scan's product, once for each position
        count += length * size * size
    assert count == ROWS[kind].multiplications(LayerSize(length, size))


def test_a_quick_measurement() -> None:
    told: list[Progress] = []
    curves = measure(lengths=(4, 9), size=16, repeats=1, on_progress=told.append, folder=SHIPPED)
    assert curves.complete
    assert (curves.size, curves.lengths, list(curves.seconds)) == (16, (4, 9), list(ROWS))
    assert all(0 < value < 1 for values in curves.seconds.values() for value in values)
    assert [each.done for each in told] == list(range(1, 11))
    assert {each.total for each in told} == {10}
    assert told[-1] == Progress(10, 10, "restricted", 9)
    assert told[-1].share == 1


def test_longer_takes_longer() -> None:
    curves = measure(lengths=(8, 512), size=64, repeats=3, folder=SHIPPED)
    assert all(long > 3 * short for short, long in curves.seconds.values())


def test_it_can_be_stopped_between_runs() -> None:
    told: list[Progress] = []
    curves = measure((4, 9), 16, 1, on_progress=told.append, cancelled=lambda: len(told) == 3, folder=SHIPPED)
    assert len(told) == 3
    assert not curves.complete
    measured = [name for name, values in curves.seconds.items() if not math.isnan(values[0])]
    assert measured == list(ROWS)[:3]
    assert all(math.isnan(values[1]) for values in curves.seconds.values())


def test_a_budget_ends_it() -> None:
    curves = measure((4, 9), 16, 1, budget=0.0, folder=SHIPPED)
    assert all(math.isnan(value) for values in curves.seconds.values() for value in values)
    assert all(crossing.length is None for crossing in crossings(curves))


@pytest.mark.parametrize(
    ("lengths", "size", "repeats", "message"),
    [
        ((), 64, 1, "lengths must ascend"),
        ((8, 8), 64, 1, "lengths must ascend"),
        ((0, 8), 64, 1, "lengths must be from 1 to 4096"),
        ((8, 5000), 64, 1, "lengths must be from 1 to 4096"),
        ((8,), 60, 1, "size 60 is not a multiple of the 8 heads"),
        ((8,), 4096, 1, "size 4096 is not a multiple of the 8 heads up to 2048"),
        ((8,), 64, 0, "at least"),
    ],
)
def test_what_cannot_be_measured(lengths: tuple[int, ...], size: int, repeats: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        measure(lengths, size, repeats, folder=SHIPPED)


def curves_of(**seconds: tuple[float, ...]) -> Curves:
    lengths = (16, 64, 256, 1024)
    slow = (1.0, 1.0, 1.0, 1.0)
    return Curves(64, lengths, {name: seconds.get(name, slow) for name in ROWS})


def crossing_of(curves: Curves, attention: str, other: str) -> Crossing:
    (found,) = [each for each in crossings(curves) if (each.attention, each.other) == (attention, other)]
    return found


def test_straight_lines_cross_where_they_meet() -> None:
    # n²/64 and n meet at 64; n²/100 and n at 100, between two lengths.
    lengths = (16, 64, 256, 1024)
    linear = tuple(float(length) for length in lengths)
    for meeting in (64, 100, 1000):
        curves = curves_of(mixing=tuple(length**2 / meeting for length in lengths), recurrent=linear)
        found = crossing_of(curves, "mixing", "recurrent")
        assert found.length == pytest.approx(meeting)
        assert not found.throughout


def test_curves_that_never_cross() -> None:
    faster = curves_of(self_attention=(0.1, 0.2, 0.3, 0.9))
    assert crossing_of(faster, "self_attention", "convolution") == Crossing(
        "self_attention", "convolution", None, False
    )
    slower = curves_of(self_attention=(1.1, 2.0, 3.0, 9.0))
    assert crossing_of(slower, "self_attention", "convolution") == Crossing("self_attention", "convolution", 16.0, True)


def test_the_last_crossing_counts() -> None:
    shaky = curves_of(self_attention=(1.2, 0.5, 0.5, 2.0))
    found = crossing_of(shaky, "self_attention", "recurrent")
    assert found.length == pytest.approx(512)  # half-way in logarithms
    assert not found.throughout


def test_points_that_are_missing_are_left_out() -> None:
    partial = curves_of(self_attention=(0.5, 2.0, math.nan, math.nan))
    assert crossing_of(partial, "self_attention", "restricted").length == pytest.approx(32)


def test_the_graphs_lie_beside_the_bundles_and_are_small() -> None:
    bundles = shipped_bundles()
    assert shipped_layers() == next(iter(bundles.values())).parent / LAYERS
    assert LAYERS not in bundles
    assert {path.name for path in SHIPPED.iterdir()} == {f"{name}.onnx" for name in ROWS}
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 20_000


def test_graphs_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"self_attention\.onnx: missing"):
        measure((4,), 16, 1, folder=tmp_path)
    folder = shutil.copytree(SHIPPED, tmp_path / LAYERS)
    shutil.copy(folder / "mixing.onnx", folder / "recurrent.onnx")
    with pytest.raises(BundleError, match=r"layers/recurrent\.onnx: input 'entering' is missing"):
        measure((4,), 16, 1, folder=folder)
    (folder / "recurrent.onnx").write_bytes(b"no graph")
    with pytest.raises(BundleError, match=r"layers/recurrent\.onnx: not a readable ONNX file"):
        measure((4,), 16, 1, folder=folder)
