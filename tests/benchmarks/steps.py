"""Times of decoding steps: through ONNX Runtime, through eager PyTorch, and of the output projection alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card_reader import GRAPH_FILES, read_card, read_files
from explorer.runtime.catalog import find_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.sessions import open_sessions
from explorer.tui.examples import ENGLISH
from models.checkpoint import load_trained
from models.recurrent import RecurrentConfig, RecurrentModel, StepModel
from tests.benchmarks import NAME, TARGET_TOKENS

SRC_LEN = 14
WARM_UP = 20
ROUND = 25
"""Calls of one kind in a row before the next kind has its turn: what disturbs the machine disturbs all alike."""

Feeds = dict[str, npt.NDArray[Any]]
Calls = dict[str, Callable[[], object]]
Times = dict[str, npt.NDArray[np.float64]]


def in_turns(calls: Calls, repeats: int) -> Times:
    """Return the milliseconds of `repeats` calls of each kind, taken in turns, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(min(WARM_UP, repeats)):
            call()
    while len(next(iter(times.values()))) < repeats:
        for name, call in calls.items():
            for _ in range(min(ROUND, repeats - len(times[name]))):
                began = time.perf_counter()
                call()
                times[name].append((time.perf_counter() - began) * 1e3)
    return {name: np.array(found) for name, found in times.items()}


def step_feeds(bundle: Bundle, batch: int) -> Feeds:
    """Return inputs of the step graph: random states and memories of `SRC_LEN` positions, all combinations in turn."""
    random, hidden = np.random.default_rng(1), bundle.card.sizes.hidden
    switches = bundle.card.switches
    start = switches.alignments.index(switches.alignment) if batch == 1 else 0
    counted = np.arange(start, start + batch, dtype=np.int64)
    return {
        "token": np.full(batch, 5, dtype=np.int64),
        "position": np.full(batch, 3, dtype=np.int64),
        "state": random.uniform(-1, 1, (batch, hidden)).astype(np.float32),
        "memory": random.normal(0, 1, (batch, SRC_LEN, hidden)).astype(np.float32),
        "memory_mask": np.ones((batch, SRC_LEN), dtype=bool),
        "alignment": counted % len(switches.alignments),
        "attention": counted // len(switches.alignments) % len(switches.attentions),
        "window": np.full(batch, 8, dtype=np.float32),
        "temperature": np.ones(batch, dtype=np.float32),
        "bias": np.zeros((batch, SRC_LEN), dtype=np.float32),
        "noise": np.zeros((batch, SRC_LEN), dtype=np.float32),
    }


def step_figures(repeats: int, checkpoint: Path | None) -> dict[str, float]:
    """Measure one step in every way and the batches, in one process.

    Args:
        repeats: Calls of a step; batches take a tenth of it.
        checkpoint: Training folder of the model; None for random weights of the same sizes, which take as long.
    """
    bundle = open_bundle(NAME, "cpu")
    folder = find_bundle(NAME)
    files = read_files(folder, read_card(folder))
    graphs = {name: files[name] for name in GRAPH_FILES}
    opening = in_turns(
        {"sessions": lambda: open_sessions(graphs, "cpu"), "bundle": lambda: open_bundle(NAME, "cpu")}, 5
    )
    one = step_feeds(bundle, 1)
    times = _single_steps(bundle, graphs["step.onnx"], one, checkpoint, repeats)
    times |= _batches(bundle, graphs, max(20, repeats // 10))
    median = {name: float(np.median(found)) for name, found in (opening | times).items()}
    return {
        **{f"{name}_ms": value for name, value in median.items()},
        "step_p99_ms": float(np.quantile(times["step"], 0.99)),
        "decoder_p99_ms": float(np.quantile(times["decoder"], 0.99)),
        "eager_p99_ms": float(np.quantile(times["eager"], 0.99)),
        "eager_over_step": median["eager"] / median["step"],
        "no_grad_over_step": median["eager_no_grad"] / median["step"],
        "combinations": float(len(Decoder(bundle).combinations())),
    }


def _single_steps(bundle: Bundle, graph: bytes, one: Feeds, checkpoint: Path | None, repeats: int) -> Times:
    """One step on one thread (the graph, the decoder around it, eager PyTorch, the projection), then on all."""
    step = open_sessions({"step.onnx": graph}, "cpu")[0]["step.onnx"]
    threaded = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    eager, eager_no_grad = _eager_steps(bundle, one, checkpoint)
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    calls: Calls = {
        "step": lambda: step.run(None, one),
        "decoder": _decoder_step(bundle),
        "eager": eager,
        "eager_no_grad": eager_no_grad,
        "projection": _projection(bundle),
    }
    times = in_turns(calls, repeats)
    torch.set_num_threads(usual)
    return times | in_turns({"step_threads": lambda: threaded.run(None, one), "eager_threads": eager}, repeats // 2)


def _eager_steps(
    bundle: Bundle, one: Feeds, checkpoint: Path | None
) -> tuple[Callable[[], object], Callable[[], object]]:
    """The step in PyTorch under `inference_mode`, its fastest, and under the more usual `no_grad`."""
    sizes = bundle.card.sizes
    if checkpoint is None:
        model = RecurrentModel(RecurrentConfig(sizes.source_vocab, sizes.target_vocab, sizes.hidden))
    else:
        model = load_trained(checkpoint).model
    eager = StepModel(model).eval()
    tensors = {name: torch.from_numpy(value) for name, value in one.items()}

    def fastest() -> object:
        with torch.inference_mode():
            return eager(**tensors)

    def usual() -> object:
        with torch.no_grad():
            return eager(**tensors)

    return fastest, usual


def _projection(bundle: Bundle) -> Callable[[], object]:
    """(1, hidden) by (hidden, target_vocab) through ONNX Runtime, in float32."""
    hidden, vocab = bundle.card.sizes.hidden, bundle.card.sizes.target_vocab
    weight = np.random.default_rng(2).normal(0, 0.1, (hidden, vocab)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["query", "weight"], ["logits"])],
        "projection",
        [onnx.helper.make_tensor_value_info("query", onnx.TensorProto.FLOAT, [1, hidden])],
        [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, vocab])],
        [onnx.numpy_helper.from_array(weight, "weight")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
    session = open_sessions({"projection.onnx": model.SerializeToString()}, "cpu")[0]["projection.onnx"]
    feeds = {"query": weight[:, :1].T.copy()}
    return lambda: session.run(None, feeds)


def _decoder_step(bundle: Bundle) -> Callable[[], object]:
    """A step of the decoder in the middle of a sentence of `SRC_LEN` tokens: candidates and trace with it."""
    decoder = Decoder(bundle)
    source = next(text for text in ENGLISH if len(bundle.source.encode_source(text, 128)) >= SRC_LEN)
    decoder.start(source)
    decoder.end(8)

    def again() -> object:
        decoder.seek(7)
        decoder.forget_hidden()
        return decoder.step()

    return again


def _batches(bundle: Bundle, graphs: dict[str, bytes], repeats: int) -> Times:
    """All combinations as one batch, and replays of `TARGET_TOKENS` tokens."""
    session = open_sessions(graphs, "cpu")[0]["step.onnx"]
    decoder = Decoder(bundle)
    everything = step_feeds(bundle, len(decoder.combinations()))
    decoder.start(ENGLISH[-1])
    decoder.end(TARGET_TOKENS)
    calls: Calls = {
        "combinations": lambda: session.run(None, everything),
        "replay": lambda: decoder.replay(decoder.controls),
    }
    times = in_turns(calls, repeats)
    return times | in_turns({"replay_all": decoder.replay_all}, max(5, repeats // 10))
