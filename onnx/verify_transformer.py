"""A Transformer bundle's graphs against the model in torch, or against attention in float64 from their own scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import graph_checks
import numpy as np
import onnxruntime
from graph_cases import Array
from graph_checks import Mismatch, ValueMismatch
from graph_report import Outputs, Report, run, shape_problems, value_problems

if TYPE_CHECKING:
    from models.transformer import TransformerModel

Sessions = tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession]
Reference = Callable[["Case"], tuple[Outputs, Outputs]]
"""What torch makes of a case: the encoder's outputs and the step's."""
SHAPES = ((1, 1, 0), (1, 14, 20), (7, 2, 1), (7, 17, 9), (33, 40, 3), (3, 64, 63))
"""(batch, src_len, past_len) of the cases."""
TEMPERATURES = (0.1, 0.4, 1.0, 5.0)
PREFIX = 40
"""Steps of the run that is compared with a recomputation of the whole prefix."""
CACHED = 1e-4
"""Greatest difference between steps with a cache and that recomputation."""
NAMES = ("", "")


@dataclass(frozen=True)
class Case:
    """One call of each graph.

    Attributes:
        encoder: Inputs of the encoder.
        step: Inputs of the step but the memory.
    """

    encoder: dict[str, Array]
    step: dict[str, Array]

    @property
    def lengths(self) -> dict[str, int]:
        """Sizes of the axes that vary."""
        batch, src_len = self.encoder["source_ids"].shape
        past_len = self.step["past_keys_0"].shape[2]
        return {"batch": batch, "src_len": src_len, "past_len": past_len, "tgt_len": past_len + 1}

    @property
    def bias(self) -> Array:
        """All that is added to the scores of each head, (batch, layers, heads, src_len) or broadcast to it."""
        everywhere = self.step["bias"][:, None, None]
        return everywhere + self.step["head_bias"] if "head_bias" in self.step else everywhere


def cases(card: Mapping[str, Any]) -> Iterator[Case]:
    """Yield cases with and without the optional inputs; biases, temperatures, gates and caches differ by row."""
    random = np.random.default_rng(12)
    for shape in SHAPES:
        for gated in (False, True):
            yield _case(card, random, shape, gated)


def _case(card: Mapping[str, Any], random: np.random.Generator, shape: tuple[int, int, int], gated: bool) -> Case:
    batch, src_len, past_len = shape
    heads, sizes, tokens = card["heads"], graph_checks.sizes(card), card["tokens"]
    lengths = random.integers(1, src_len + 1, batch)
    lengths[0] = src_len
    mask = np.arange(src_len) < lengths[:, None]
    ids = np.where(mask, random.integers(4, sizes["source_vocab"], (batch, src_len)), tokens["padding"])
    bias = _bias(random, (batch, src_len))

    def gate(layers: int) -> Array:
        return random.integers(0, 2, (batch, layers, heads["heads"])).astype(np.float32)

    step = {
        "token": random.integers(0, sizes["target_vocab"], batch),
        "position": np.full(batch, past_len),
        "memory_mask": mask,
        "bias": bias,
        "temperature": random.choice(TEMPERATURES, batch).astype(np.float32),
        "head_gate": gate(heads["layers"]) if gated else np.ones((batch, heads["layers"], heads["heads"]), np.float32),
    }
    step |= {
        f"past_{name}": random.normal(0, 0.5, (batch, heads["heads"], past_len, sizes["size"])).astype(np.float32)
        for name in graph_checks.cache_names(heads["layers"])
    }
    encoder = {"source_ids": ids, "source_mask": mask}
    if gated:
        step["self_gate"] = gate(heads["layers"])
        step["head_bias"] = _bias(random, (batch, heads["layers"], heads["heads"], src_len))
        if heads["encoder_layers"]:
            encoder["encoder_gate"] = gate(heads["encoder_layers"])
    return Case(encoder, step)


def _bias(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return biases, (..., src_len), of four kinds: none, finite, a position masked, or all of them."""
    kind = random.integers(0, 4, shape[:-1])
    bias = np.where(kind[..., None] == 1, random.normal(0, 2, shape), 0.0)
    bias[kind == 2, random.integers(0, shape[-1])] = -np.inf
    bias[kind == 3] = -np.inf
    return bias.astype(np.float32)


def example_feed(card: Mapping[str, Any]) -> dict[str, Array]:
    """Return inputs of one call of the step."""
    case, memory = next(cases(card)), graph_checks.sizes(card)["memory"]
    return {**case.step, "memory": np.zeros((*case.encoder["source_ids"].shape, memory), np.float32)}


def problems(
    card: Mapping[str, Any], sessions: Sessions, checkpoint: Path | None, report: Report
) -> Iterator[Mismatch]:
    """Yield what encoder and step get wrong; fills the report."""
    model = load_model(checkpoint) if checkpoint else None
    reference = torch_reference(model) if model else None
    for case in cases(card):
        yield from _case_problems(card, case, sessions, reference, report)
    if model is not None:
        yield from prefix_problems(card, sessions, model, report)


def _case_problems(
    card: Mapping[str, Any], case: Case, sessions: Sessions, reference: Reference | None, report: Report
) -> Iterator[Mismatch]:
    encoded = run(sessions[0], case.encoder)
    stepped = run(sessions[1], {**case.step, "memory": encoded["memory"]})
    wrong = [
        *shape_problems(encoded, "encoder.onnx", card, case.lengths),
        *shape_problems(stepped, "step.onnx", card, case.lengths),
    ]
    yield from wrong
    if wrong:
        return
    report.rows += case.lengths["batch"]
    found = {**encoded, **stepped}
    wanted = dict(found)
    if reference is not None:
        for part in reference(case):
            wanted |= part
    wanted |= expected_weights(case, wanted)
    real = case.encoder["source_mask"]
    for name in found:
        pair = (found[name], wanted[name])
        if name == "memory" or name.startswith("encoder_"):  # what a padded position asks is never read
            pair = tuple(_without_padding(values, real, name) for values in pair)  # type: ignore[assignment]
        output = "present" if name.startswith("present") else name
        yield from value_problems(NAMES, output, *pair, report)
    bias, shape = case.bias, stepped["cross_weights"].shape
    masked = ~np.broadcast_to(real[:, None, None] & np.isfinite(bias), shape).any(axis=-1)
    if np.abs(stepped["cross_weights"][masked]).max(initial=0.0) > 0:
        yield ValueMismatch("cross_weights of a fully masked row: not all zero")
    if np.abs(stepped["cross_weights"][np.broadcast_to(np.isneginf(bias), shape)]).max(initial=0.0) > 0:
        yield ValueMismatch("cross_weights of a position with a bias of minus infinity: not zero")


def _without_padding(values: Array, mask: Array, name: str) -> Array:
    if name == "memory":
        return values[mask]
    return values.transpose(0, 3, 1, 2, 4)[mask]  # (real positions, layers, heads, src_len)


def expected_weights(case: Case, outputs: Outputs) -> Outputs:
    """Compute every attention in float64 from its scores, independently of torch (Vaswani 2017, 3.2.1)."""
    mask, bias = case.encoder["source_mask"], case.bias
    allowed = mask[:, None, None] & np.isfinite(bias)
    temperature = case.step["temperature"].astype(np.float64)[:, None, None, None]
    logits = (outputs["cross_scores"].astype(np.float64) + np.where(np.isfinite(bias), bias, 0)) / temperature
    own = outputs["self_scores"].astype(np.float64)
    weights = {
        "cross_weights": masked_softmax(logits, np.broadcast_to(allowed, logits.shape)),
        "self_weights": masked_softmax(own, np.ones(own.shape, dtype=bool)),
    }
    if "encoder_scores" in outputs:
        scores = outputs["encoder_scores"].astype(np.float64)
        seen = np.broadcast_to(mask[:, None, None, None, :], scores.shape)
        weights["encoder_weights"] = masked_softmax(scores, seen)
    return weights


def masked_softmax(logits: Array, allowed: Array) -> Array:
    """Return the softmax over the allowed positions of the last axis; zeros where there are none."""
    masked = np.where(allowed, logits, -np.inf)
    top = masked.max(axis=-1, keepdims=True)
    powers = np.where(allowed, np.exp(masked - np.where(np.isfinite(top), top, 0.0)), 0.0)
    total = powers.sum(axis=-1, keepdims=True)
    return powers / np.where(total > 0, total, 1.0)


def load_model(checkpoint: Path) -> TransformerModel:
    """Return the trained model."""
    from models.checkpoint import load_trained
    from models.transformer import TransformerModel

    model = load_trained(checkpoint).model
    assert isinstance(model, TransformerModel)
    return model


def torch_reference(model: TransformerModel) -> Reference:
    """Return the trained model as a reference for single calls."""
    import torch
    from graph_plans import TRANSFORMER_LOOKS

    from models.transformer_step import EncoderGraph, TransformerStep

    encoder, step, config = EncoderGraph(model).eval(), TransformerStep(model).eval(), model.config
    caches = graph_checks.cache_names(config.layers)

    def reference(case: Case) -> tuple[Outputs, Outputs]:
        batch = case.lengths["batch"]
        ones = torch.ones(batch, config.layers, config.heads)
        feeds = {name: torch.from_numpy(values) for name, values in {**case.encoder, **case.step}.items()}
        with torch.inference_mode():
            gate = feeds.pop("encoder_gate", ones) if encoder.attends else None
            encoded = encoder(feeds.pop("source_ids"), feeds.pop("source_mask"), gate)
            past = [feeds.pop(f"past_{name}") for name in caches]
            defaults = {"self_gate": ones, "head_bias": torch.zeros(*ones.shape, feeds["bias"].shape[1])}
            stepped = step(**{**defaults, **feeds}, memory=encoded[0], past=past)
        outputs = ("logits", *TRANSFORMER_LOOKS, *(f"present_{name}" for name in caches))
        return (
            {name: each.numpy() for name, each in zip(("memory", "encoder_weights", "encoder_scores"), encoded)},  # noqa: B905
            {name: each.numpy() for name, each in zip(outputs, stepped, strict=True)},
        )

    return reference


def prefix_problems(
    card: Mapping[str, Any], sessions: Sessions, model: TransformerModel, report: Report
) -> Iterator[Mismatch]:
    """Yield where steps with a cache differ from the trainer's model, which computes the whole prefix anew."""
    import torch

    case = list(cases(card))[6]  # seven rows of unequal length, nothing removed
    random, batch = np.random.default_rng(13), case.lengths["batch"]
    tokens = random.integers(4, card["sizes"]["target_vocab"], (batch, PREFIX))
    with torch.inference_mode():
        ids, mask = (torch.from_numpy(case.encoder[name]) for name in ("source_ids", "source_mask"))
        memory, _ = model.encoder(ids, mask)
        states, weights = model.decoder(torch.from_numpy(tokens), memory, mask)
        logits = model.decoder.logits(states).numpy()
        cross = torch.stack(weights, dim=1).numpy()  # (batch, layers, heads, tgt_len, src_len)
    feed = {**case.step, "memory": run(sessions[0], case.encoder)["memory"]}
    feed |= {"bias": np.zeros_like(feed["bias"]), "temperature": np.ones_like(feed["temperature"])}
    feed |= {name: values[:, :, :0] for name, values in feed.items() if name.startswith("past")}
    for position in range(PREFIX):
        feed |= {"token": tokens[:, position], "position": np.full(batch, position)}
        outputs = run(sessions[1], feed)
        yield from value_problems(NAMES, "logits", outputs["logits"], logits[:, position], report, CACHED)
        yield from value_problems(
            NAMES, "cross_weights", outputs["cross_weights"], cross[:, :, :, position], report, CACHED
        )
        feed |= {name.replace("present", "past"): values for name, values in outputs.items() if "present" in name}
