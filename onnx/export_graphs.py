"""Export a trained model as a bundle: ``python onnx/export_graphs.py CHECKPOINT onnx/graphs/NAME``."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import bundle_card
import click
import graph_repair
import onnx
import torch
from torch import Tensor, nn

from models.attention import ALIGNMENTS, ATTENTIONS
from models.checkpoint import Trained, load_trained, write_json
from models.recurrent import RecurrentConfig
from models.step import FusedStep

OPSET = 20
STEP_INPUTS = (
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
STEP_OUTPUTS = ("logits", "next_state", "scores", "weights", "center")
ENCODER_INPUTS = ("source_ids", "source_mask")
ENCODER_OUTPUTS = ("memory", "state")


def axes(config: RecurrentConfig) -> dict[str, tuple[str, ...]]:
    """Return the axes of every graph input and output; digits are fixed sizes."""
    hidden, sourced = str(config.hidden), ("batch", "src_len")
    rows = ("token", "position", "alignment", "attention", "window", "temperature", "center")
    cells = ("source_ids", "source_mask", "memory_mask", "bias", "noise", "scores", "weights")
    return {
        **dict.fromkeys(rows, ("batch",)),
        **dict.fromkeys(cells, sourced),
        **dict.fromkeys(("state", "next_state"), ("batch", hidden)),
        "memory": (*sourced, hidden),
        "logits": ("batch", str(config.target_vocab)),
    }


def example_step(config: RecurrentConfig, batch: int = 3, src_len: int = 7) -> tuple[Tensor, ...]:
    """Return inputs of the step; a batch of one would freeze the batch axis at 1."""
    mask = torch.ones(batch, src_len, dtype=torch.bool)
    mask[0, -2:] = False
    numbers = torch.arange(batch)
    return (
        numbers % config.target_vocab,
        numbers,
        torch.randn(batch, config.hidden),
        torch.randn(batch, src_len, config.hidden),
        mask,
        numbers % len(ALIGNMENTS),
        numbers % len(ATTENTIONS),
        torch.full((batch,), 4.0),
        torch.ones(batch),
        torch.zeros(batch, src_len),
        torch.zeros(batch, src_len),
    )


def export_graph(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    config: RecurrentConfig,
    halved: str,
) -> onnx.ModelProto:
    """Export one module.

    Args:
        module: In evaluation mode.
        inputs: Example inputs, batch ≥ 2.
        names: Names of the inputs and of the outputs.
        config: Sizes, for the axes.
        halved: The initialiser to store as float16.
    """
    named = axes(config)
    dynamic = tuple(
        {place: torch.export.Dim.DYNAMIC for place, axis in enumerate(named[name]) if not axis.isdigit()}
        for name in names[0]
    )
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # torch warns about its own deprecations,
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # and that torchvision is not there
        program = torch.onnx.export(
            module,
            inputs,
            input_names=list(names[0]),
            output_names=list(names[1]),
            dynamic_shapes=dynamic,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    graph_repair.halve(model, halved)
    return graph_repair.finish(model, named)


def write_bundle(trained: Trained, folder: Path, training: Path) -> None:
    """Write the bundle of a trained model, file by file swapped in whole, the card last.

    Args:
        trained: The model.
        folder: The bundle, made where it is missing.
        training: The training folder: vocabularies and scores.
    """
    model, config = trained.model, trained.model.config
    torch.manual_seed(0)
    ids = torch.randint(4, config.source_vocab, (3, 7))
    encoder = export_graph(model.encoder, (ids, ids > 4), (ENCODER_INPUTS, ENCODER_OUTPUTS), config, "embedding.weight")
    step = export_graph(
        FusedStep(model).eval(), example_step(config), (STEP_INPUTS, STEP_OUTPUTS), config, "embedding.weight"
    )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as name:
        partial = Path(name)
        for graph, content in zip(bundle_card.GRAPHS, (encoder, step), strict=True):
            (partial / graph).write_bytes(content.SerializeToString(deterministic=True))
        for vocabulary in bundle_card.VOCABULARIES:
            shutil.copyfile(training / vocabulary, partial / vocabulary)
        files = {path.name: bundle_card.file_facts(path) for path in sorted(partial.iterdir())}
        write_json(
            partial / bundle_card.CARD, bundle_card.describe(trained, bundle_card.read_scores(training, trained), files)
        )
        for file in (*files, bundle_card.CARD):
            os.replace(partial / file, folder / file)


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(checkpoint: Path, folder: Path) -> None:
    """Write the trained model of CHECKPOINT (a training folder or its checkpoint.pt) as the bundle FOLDER."""
    training = checkpoint if checkpoint.is_dir() else checkpoint.parent
    write_bundle(load_trained(training), folder, training)
    size = sum(path.stat().st_size for path in folder.iterdir())
    click.echo(f"{folder}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
