"""Times of decoding steps: through ONNX Runtime, through eager PyTorch, and of the output projection alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card_reader import GRAPH_FILES, read_card, read_files
from explorer.runtime.catalog import find_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.sessions import open_sessions
from explorer.tui.examples import ENGLISH
from models.recurrent import RecurrentConfig, RecurrentModel, StepModel

NAME = "translate-en-fr"
SRC_LEN = 14
SPREAD = (0.5, 0.99)


def milliseconds(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return median and 99th percentile of a call, after a warm-up."""
    for _ in range(max(5, repeats // 20)):
        call()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e3)
    median, slow = np.quantile(times, SPREAD)
    return float(median), float(slow)


def step_feeds(bundle: Bundle, batch: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    """Return inputs of the step graph: random states and memories of `SRC_LEN` positions."""
    random, hidden = np.random.default_rng(1), bundle.card.sizes.hidden
    counted = np.arange(batch, dtype=np.int64)
    return {
        "token": np.full(batch, 5, dtype=np.int64),
        "position": np.full(batch, 3, dtype=np.int64),
        "state": random.uniform(-1, 1, (batch, hidden)).astype(np.float32),
        "memory": random.normal(0, 1, (batch, SRC_LEN, hidden)).astype(np.float32),
        "memory_mask": np.ones((batch, SRC_LEN), dtype=bool),
        "alignment": counted % len(bundle.card.switches.alignments),
        "attention": counted // len(bundle.card.switches.alignments) % len(bundle.card.switches.attentions),
        "window": np.full(batch, 8, dtype=np.float32),
        "temperature": np.ones(batch, dtype=np.float32),
        "bias": np.zeros((batch, SRC_LEN), dtype=np.float32),
        "noise": np.zeros((batch, SRC_LEN), dtype=np.float32),
    }


def step_figures(repeats: int) -> dict[str, float]:
    """Measure one step in every way, all on one thread, in one process."""
    torch.set_num_threads(1)
    folder = find_bundle(NAME)
    files = read_files(folder, read_card(folder))
    graphs = {name: files[name] for name in GRAPH_FILES}
    opening = milliseconds(lambda: open_sessions(graphs, "cpu"), 5)
    session = open_sessions(graphs, "cpu")[0]["step.onnx"]
    bundle = open_bundle(NAME, "cpu")
    one, all_rows = step_feeds(bundle, 1), step_feeds(bundle, len(Decoder(bundle).combinations()))
    step, step_slow = milliseconds(lambda: session.run(None, one), repeats)
    combinations, _ = milliseconds(lambda: session.run(None, all_rows), max(20, repeats // 5))
    sizes = bundle.card.sizes
    eager = StepModel(RecurrentModel(RecurrentConfig(sizes.source_vocab, sizes.target_vocab, sizes.hidden))).eval()
    tensors = {name: torch.from_numpy(value) for name, value in one.items()}
    weight, query = torch.randn(sizes.target_vocab, sizes.hidden), torch.randn(1, sizes.hidden)
    with torch.inference_mode():
        torch_step, _ = milliseconds(lambda: eager(**tensors), repeats)
        projection, _ = milliseconds(lambda: query @ weight.T, repeats)
    return {
        "sessions_ms": opening[0],
        "step_ms": step,
        "step_p99_ms": step_slow,
        "eager_ms": torch_step,
        "eager_over_step": torch_step / step,
        "projection_ms": projection,
        "combinations": float(len(all_rows["token"])),
        "combinations_ms": combinations,
        **decoder_figures(bundle, repeats),
    }


def decoder_figures(bundle: Bundle, repeats: int) -> dict[str, float]:
    """Measure the decoder's own step, with candidates and trace, and a replay of 30 tokens."""
    decoder = Decoder(bundle)
    decoder.start(ENGLISH[-1])
    decoder.end(30)
    replay, _ = milliseconds(lambda: decoder.replay(decoder.controls), max(20, repeats // 10))

    def again() -> None:
        decoder.seek(15)
        decoder.forget_hidden()
        decoder.step()

    step, slow = milliseconds(again, repeats)
    return {"decoder_ms": step, "decoder_p99_ms": slow, "replay_ms": replay}
