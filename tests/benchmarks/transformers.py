"""Transformers: step and sentence times through ONNX Runtime, eager PyTorch with a cache, and CTranslate2.

All three decode the same sentences greedily for the same number of tokens from the same weights in float32, the encoder
included. ONNX Runtime and PyTorch return every head's weights and scores of every step; CTranslate2 returns one
attention row a token, the mean of its last layer's heads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import ctranslate2
import numpy as np
import onnxruntime
import torch

from explorer.runtime.batch import encode
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card_reader import GRAPH_FILES, read_files
from explorer.runtime.decoder import Decoder
from explorer.runtime.family import Slot
from explorer.runtime.graphs import HostGraphs, padded
from explorer.runtime.switches import default_controls
from explorer.tui.examples import ENGLISH, examples_for
from models import corpus
from models.checkpoint import Trained, load_trained
from models.transformer import TransformerModel
from models.transformer_step import EncoderGraph, TransformerStep
from tests.benchmarks.ctranslate2_model import convert
from tests.benchmarks.steps import in_turns

ENGINES = {"onnxruntime": "ONNX Runtime", "pytorch": "eager PyTorch with a cache", "ctranslate2": "CTranslate2"}
TOKENS = 20
"""Target tokens of each sentence; a step's time is what twice as many take longer, shared out among them."""
POSITIONS = (0, 10, 40, 160)
BATCHES = (1, 32)
THREADS = (1, 2)
NEVER = [corpus.PADDING, corpus.UNKNOWN, corpus.BEGIN, corpus.END]
"""Never chosen, so that every sentence gets its `TOKENS`."""
Figures = dict[str, float]
Sources = Sequence[Sequence[int]]
Decode = Callable[[Sources, int], object]
"""Decodes sources for a number of tokens."""


def bundle_table(figures: Figures, names: Sequence[str]) -> str:
    """Return one row a bundle as Markdown."""
    lines = ["| bundle | one step of the graph, p50 | by the decoder, with candidates and trace |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {figures[f'{name} step']:.2f} ms | {figures[f'{name} decoder']:.2f} ms |" for name in names
    ]
    return "\n".join(lines)


def position_line(figures: Figures) -> str:
    """Return what a step costs after so many tokens: flat but for the attention over them."""
    times = " / ".join(f"{figures[f'position {position}']:.2f}" for position in POSITIONS)
    return f"One step of `transformer-en-fr` after {' / '.join(map(str, POSITIONS))} tokens: {times} ms."


def engine_table(figures: Figures) -> str:
    """Return one row for each engine and number of threads as Markdown."""
    cells = [f"batch {batch}: {what}" for batch in BATCHES for what in ("step", "tokens/s")]
    lines = ["| engine | threads | " + " | ".join(cells) + " |", "|---|---|" + "---|" * len(cells)]
    for threads in THREADS:
        for key, engine in ENGINES.items():
            row = [
                f"{figures[f'{key} {threads} {batch} step_ms']:.2f} ms | "
                f"{figures[f'{key} {threads} {batch} tokens_s']:,.0f}"
                for batch in BATCHES
            ]
            lines.append(f"| {engine} | {threads} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def bundle_steps(names: Sequence[str], repeats: int) -> Figures:
    """Return the median milliseconds of one step of each bundle, and of the decoder around it, on one thread.

    All bundles take turns, so that a machine whose speed changes disturbs them alike.
    """
    calls: dict[str, Callable[[], object]] = {}
    for name in names:
        bundle = open_bundle(name, "cpu")
        decoder = Decoder(bundle)
        decoder.start(examples_for(bundle.card)[0])
        decoder.end(8)
        calls |= {f"{name} step": _step_in_the_middle(bundle, decoder), f"{name} decoder": _decoder_step(decoder)}
    return {name: float(np.median(found)) for name, found in in_turns(calls, repeats).items()}


def step_by_position(repeats: int) -> Figures:
    """Return the median milliseconds of one step after more and more tokens."""
    bundle = open_bundle("transformer-en-fr", "cpu")
    source = bundle.source.encode_source(ENGLISH[0], bundle.card.sizes.max_source)
    memory, state = bundle.graphs.encode(*padded([source.ids], bundle.card.tokens.padding))
    controls, calls = default_controls(bundle.card), {}
    for position in range(max(POSITIONS) + 1):
        feeds = bundle.family.feeds([Slot(position, 5, None, False, controls, len(source))])
        if position in POSITIONS:
            calls[f"position {position}"] = partial(bundle.graphs.step, memory, state, feeds)
        state = bundle.graphs.step(memory, state, feeds).state
    return {name: float(np.median(found)) for name, found in in_turns(calls, repeats).items()}


def _step_in_the_middle(bundle: Bundle, decoder: Decoder) -> Callable[[], object]:
    source, controls = decoder.trace.source, decoder.controls
    memory, state = encode(bundle, [source], controls)
    for position in range(8):
        feeds = bundle.family.feeds([Slot(position, 5, None, False, controls, len(source))])
        state = bundle.graphs.step(memory, state, feeds).state
    return lambda: bundle.graphs.step(memory, state, feeds)


def _decoder_step(decoder: Decoder) -> Callable[[], object]:
    def again() -> object:
        decoder.seek(7)
        decoder.forget_hidden()
        return decoder.step()

    return again


def comparison(checkpoint: Path, repeats: int) -> Figures:
    """Compare the engines at every batch and number of threads.

    Args:
        checkpoint: Training folder of transformer-en-fr.
        repeats: Batches that are decoded.

    Returns:
        Median milliseconds of one step without the encoder, and tokens a second with it.
    """
    trained = load_trained(checkpoint)
    bundle = open_bundle("transformer-en-fr", "cpu")
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        convert(trained, Path(folder) / "model")
        for threads in THREADS:
            engines = {
                "onnxruntime": _onnx_runtime(bundle, threads),
                "pytorch": _pytorch(trained),
                "ctranslate2": _ctranslate2(trained, Path(folder) / "model", threads),
            }
            torch.set_num_threads(threads)
            for batch in BATCHES:
                figures |= _compared(engines, _sources(bundle, batch), threads, repeats)
    return figures


def _compared(engines: dict[str, Decode], sources: Sources, threads: int, repeats: int) -> Figures:
    lengths = {"once": TOKENS, "twice": 2 * TOKENS}
    calls = {
        f"{name} {length}": partial(decode, sources, tokens)
        for name, decode in engines.items()
        for length, tokens in lengths.items()
    }
    median = {name: float(np.median(found)) for name, found in in_turns(calls, repeats).items()}
    figures: Figures = {}
    for name in engines:
        key = f"{name} {threads} {len(sources)}"
        figures[f"{key} step_ms"] = (median[f"{name} twice"] - median[f"{name} once"]) / TOKENS
        figures[f"{key} tokens_s"] = len(sources) * TOKENS / median[f"{name} once"] * 1e3
    return figures


def _sources(bundle: Bundle, batch: int) -> Sources:
    longest = bundle.card.sizes.max_source
    encoded = [bundle.source.encode_source(text, longest).ids for text in ENGLISH]
    return [encoded[number % len(encoded)] for number in range(batch)]


def _onnx_runtime(bundle: Bundle, threads: int) -> Decode:
    files = read_files(bundle.folder, bundle.card)
    sessions = {}
    for name in GRAPH_FILES:
        options = onnxruntime.SessionOptions()
        # Two pools of threads that wait for work by spinning would take the two cores from each other.
        options.intra_op_num_threads = threads if name == "step.onnx" else 1
        sessions[name] = onnxruntime.InferenceSession(files[name], options, providers=["CPUExecutionProvider"])
    graphs, controls = HostGraphs(sessions, bundle.family.wiring), default_controls(bundle.card)

    def decode(sources: Sources, count: int) -> object:
        memory, state = graphs.encode(*padded(sources, bundle.card.tokens.padding))
        tokens, seen = [corpus.BEGIN] * len(sources), []
        for position in range(count):
            slots = [
                Slot(position, token, None, False, controls, length)
                for token, length in zip(tokens, memory.lengths, strict=True)
            ]
            result = graphs.step(memory, state, bundle.family.feeds(slots))
            result.logits[:, NEVER] = -np.inf
            tokens, state = result.logits.argmax(axis=1).tolist(), result.state
            seen.append(result.outputs)
        return seen

    return decode


def _pytorch(trained: Trained) -> Decode:
    model = trained.model
    assert isinstance(model, TransformerModel)
    config, encoder, step = model.config, EncoderGraph(model).eval(), TransformerStep(model).eval()

    @torch.inference_mode()
    def decode(sources: Sources, count: int) -> object:
        ids = corpus.pad(sources)
        mask, batch = ids != corpus.PADDING, len(sources)
        gate = torch.ones(batch, config.layers, config.heads)
        memory = encoder(ids, mask, gate)[0]
        bias, temperature = torch.zeros(mask.shape), torch.ones(batch)
        head_bias = torch.zeros(*gate.shape, mask.shape[1])
        past = [torch.zeros(batch, config.heads, 0, config.hidden // config.heads)] * (2 * config.layers)
        token, seen = torch.full((batch,), corpus.BEGIN), []
        for position in range(count):
            place = torch.full((batch,), position)
            logits, *looks = step(token, place, memory, mask, bias, temperature, gate, gate, head_bias, past)
            logits[:, NEVER] = -torch.inf
            token, past = logits.argmax(dim=1), looks[4:]
            seen.append(looks[:4])
        return seen

    return decode


def _ctranslate2(trained: Trained, folder: Path, threads: int) -> Decode:
    translator = ctranslate2.Translator(str(folder), compute_type="float32", inter_threads=1, intra_threads=threads)

    def decode(sources: Sources, count: int) -> object:
        return translator.translate_batch(
            [[trained.source.id_to_token(number) for number in source] for source in sources],
            beam_size=1,
            min_decoding_length=count,
            max_decoding_length=count,
            return_attention=True,
            disable_unk=True,
        )

    return decode
