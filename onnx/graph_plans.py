"""What is exported for each family of models: modules, example inputs, names and axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import graph_repair  # noqa: F401 - before models
import torch
from graph_checks import cache_names
from torch import Tensor, nn

from models.attention import ALIGNMENTS, ATTENTIONS
from models.families import Model
from models.grid_step import GridStep
from models.recurrent import RecurrentConfig, RecurrentModel
from models.step import FusedStep
from models.transformer import TransformerConfig, TransformerModel
from models.transformer_step import EncoderGraph, TransformerStep

Axes = Mapping[str, tuple[str, ...]]
BATCH, SRC_LEN, PAST_LEN = 3, 7, 2
"""Sizes of the example inputs; a batch of one would freeze the batch axis at 1."""
RECURRENT_STEP = (
    "token",
    "position",
    "state",
    "memory",
    "memory_mask",
    "alignment",
    "attention",
    "window",
    "temperature",
    "bias",
    "noise",
)
RECURRENT_OUTPUTS = ("logits", "next_state", "scores", "weights", "center")
TRANSFORMER_STEP = (
    "token",
    "position",
    "memory",
    "memory_mask",
    "bias",
    "temperature",
    "head_gate",
    "self_gate",
    "head_bias",
)
TRANSFORMER_LOOKS = ("cross_weights", "cross_scores", "self_weights", "self_scores")


@dataclass(frozen=True)
class Plan:
    """One graph to export.

    Attributes:
        module: In evaluation mode.
        inputs: Example inputs; a list of tensors counts as so many inputs.
        input_names: Names of the inputs.
        output_names: Names of the outputs.
        axes: Axes of every input and output by name; digits are fixed sizes.
        halve_all: Whether all matrices are stored as float16, not the embedding alone.
        optional: Inputs that may be left out, with the number that stands in all of them then.
    """

    module: nn.Module
    inputs: tuple[Any, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    axes: Axes
    halve_all: bool = False
    optional: Mapping[str, float] = field(default_factory=dict)

    def dynamic_shapes(self) -> tuple[Any, ...]:
        """Return which axes of the inputs vary, as torch's exporter wants it."""
        names = iter(self.input_names)

        def varying(value: Tensor | Sequence[Tensor]) -> Any:
            if not isinstance(value, Tensor):
                return [varying(each) for each in value]
            axes = self.axes[next(names)]
            return {place: torch.export.Dim.DYNAMIC for place, axis in enumerate(axes) if not axis.isdigit()}

        return tuple(varying(value) for value in self.inputs)


def plans(model: Model) -> tuple[Plan, Plan]:
    """Return encoder and step of a trained model."""
    torch.manual_seed(0)
    return _recurrent(model) if isinstance(model, RecurrentModel) else _transformer(model)


def _source(source_vocab: int) -> tuple[Tensor, Tensor]:
    ids = torch.randint(4, source_vocab, (BATCH, SRC_LEN))
    mask = torch.ones(BATCH, SRC_LEN, dtype=torch.bool)
    mask[0, -2:] = False
    return ids, mask


def _recurrent(model: RecurrentModel) -> tuple[Plan, Plan]:
    config, axes = model.config, _recurrent_axes(model.config)
    if config.image is None:
        ids, mask = _source(config.source_vocab)
        encoder = Plan(model.encoder, (ids, mask), ("source_ids", "source_mask"), ("memory", "state"), axes)
        step, outputs = FusedStep(model).eval(), RECURRENT_OUTPUTS
    else:
        mask = torch.ones(BATCH, config.max_source, dtype=torch.bool)
        pixels = torch.rand(BATCH, 3, config.image.height, config.image.width)
        encoder = Plan(model.encoder, (pixels,), ("pixels",), ("memory", "state"), axes, halve_all=True)
        step, outputs = GridStep(model).eval(), (*RECURRENT_OUTPUTS, "center_cell")
    inputs = _recurrent_step(config, mask)
    return encoder, Plan(step, inputs, RECURRENT_STEP, outputs, axes)


def _recurrent_step(config: RecurrentConfig, mask: Tensor) -> tuple[Tensor, ...]:
    numbers, src_len = torch.arange(BATCH), mask.shape[1]
    return (
        numbers % config.target_vocab,
        numbers,
        torch.randn(BATCH, config.hidden),
        torch.randn(BATCH, src_len, config.hidden),
        mask,
        numbers % len(ALIGNMENTS),
        numbers % len(ATTENTIONS),
        torch.full((BATCH,), 4.0),
        torch.ones(BATCH),
        torch.zeros(BATCH, src_len),
        torch.zeros(BATCH, src_len),
    )


def _recurrent_axes(config: RecurrentConfig) -> Axes:
    hidden, image = str(config.hidden), config.image
    sourced = ("batch", "src_len" if image is None else str(config.max_source))
    pictured = {} if image is None else {"pixels": ("batch", "3", str(image.height), str(image.width))}
    rows = ("token", "position", "alignment", "attention", "window", "temperature", "center")
    cells = ("source_ids", "source_mask", "memory_mask", "bias", "noise", "scores", "weights")
    return {
        **pictured,
        "center_cell": ("batch", "2"),
        **dict.fromkeys(rows, ("batch",)),
        **dict.fromkeys(cells, sourced),
        **dict.fromkeys(("state", "next_state"), ("batch", hidden)),
        "memory": (*sourced, hidden),
        "logits": ("batch", str(config.target_vocab)),
    }


def _transformer(model: TransformerModel) -> tuple[Plan, Plan]:
    config, axes = model.config, _transformer_axes(model.config)
    ids, mask = _source(config.source_vocab)
    gate = torch.ones(BATCH, config.layers, config.heads)
    attends = config.encoder == "attention"
    gated = ("encoder_gate",) if attends else ()
    encoder = Plan(
        EncoderGraph(model).eval(),
        (ids, mask, gate) if attends else (ids, mask),
        ("source_ids", "source_mask", *gated),
        ("memory", "encoder_weights", "encoder_scores") if attends else ("memory",),
        axes,
        halve_all=True,
        optional=dict.fromkeys(gated, 1.0),
    )
    caches = cache_names(config.layers)
    size = config.hidden // config.heads
    step = (
        torch.arange(BATCH) % config.target_vocab,
        torch.full((BATCH,), PAST_LEN),
        torch.randn(BATCH, SRC_LEN, 2 * config.layers * config.hidden),
        mask,
        torch.zeros(BATCH, SRC_LEN),
        torch.ones(BATCH),
        gate,
        gate.clone(),
        torch.zeros(BATCH, config.layers, config.heads, SRC_LEN),
        [torch.randn(BATCH, config.heads, PAST_LEN, size) for _ in caches],
    )
    return encoder, Plan(
        TransformerStep(model).eval(),
        step,
        (*TRANSFORMER_STEP, *(f"past_{name}" for name in caches)),
        ("logits", *TRANSFORMER_LOOKS, *(f"present_{name}" for name in caches)),
        axes,
        halve_all=True,
        optional={"self_gate": 1.0, "head_bias": 0.0},
    )


def _transformer_axes(config: TransformerConfig) -> Axes:
    layers, heads, size = str(config.layers), str(config.heads), str(config.hidden // config.heads)
    headed = ("batch", layers, heads)
    caches = cache_names(config.layers)
    return {
        **dict.fromkeys(("token", "position", "temperature"), ("batch",)),
        **dict.fromkeys(("source_ids", "source_mask", "memory_mask", "bias"), ("batch", "src_len")),
        "head_gate": headed,
        # Left out, one row is for all: other axes than the batch's, or buffers are planned for equal sizes.
        **dict.fromkeys(("self_gate", "encoder_gate"), ("gates", layers, heads)),
        "head_bias": ("biases", layers, heads, "bias_len"),
        **dict.fromkeys(("encoder_weights", "encoder_scores"), (*headed, "src_len", "src_len")),
        **dict.fromkeys(("cross_weights", "cross_scores"), (*headed, "src_len")),
        **dict.fromkeys(("self_weights", "self_scores"), (*headed, "tgt_len")),
        **{f"past_{name}": ("batch", heads, "past_len", size) for name in caches},
        **{f"present_{name}": ("batch", heads, "tgt_len", size) for name in caches},
        "memory": ("batch", "src_len", str(2 * config.layers * config.hidden)),
        "logits": ("batch", str(config.target_vocab)),
    }
