"""Measure and export the recall networks: ``python onnx/export_recall.py TRAINING onnx/graphs/recall``.

The folder is no bundle, since nothing in it decodes: its card is named ``recall.json``, so that the list of models and
the tools for bundles pass it by. explorer/runtime/recall_card.py defines the layout.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import Any

import bundle_card
import click
import export_graphs
import graph_repair
import onnx
import torch
from graph_plans import BATCH, SRC_LEN, Plan

from models.checkpoint import write_json
from models.recall import ALPHABET, KINDS, draw_sequences
from models.recall_graph import RecallGraph
from models.recall_measure import TEST_SEED, measure, unseen_sequences
from models.recall_train import RecallTrained, load_recall

FORMAT = 1
CARD = "recall.json"
TITLES = {"tanh": "plain tanh RNN", "gru": "GRU", "attention": "GRU with attention"}
AXES = {
    "symbols": ("batch", "src_len"),
    "distance": ("batch",),
    "logits": ("batch", str(len(ALPHABET))),
    "gradient": ("batch", "src_len"),
    "weights": ("batch", "src_len"),
}
SEQUENCES = 500


def recall_plan(trained: RecallTrained) -> Plan:
    """Return what is exported of one network; `models.recall_graph.RecallGraph` says what goes in and out."""
    outputs = ("logits", "gradient", *(("weights",) if trained.model.attention is not None else ()))
    axes = {name: AXES[name] for name in ("symbols", "distance", *outputs)}
    inputs = (draw_sequences(BATCH, SRC_LEN, torch.Generator().manual_seed(0)), torch.arange(BATCH))
    return Plan(RecallGraph(trained.model).eval(), inputs, ("symbols", "distance"), outputs, axes)


def export_recall(trained: RecallTrained) -> onnx.ModelProto:
    """Export one network."""
    plan = recall_plan(trained)
    return graph_repair.finish(export_graphs.write_out(plan), plan.axes)


def describe(trained: RecallTrained, sequences: int) -> dict[str, Any]:
    """Return one network's part of the card, measured here."""
    model, config = trained.model, trained.model.config
    figures = measure(model, unseen_sequences(sequences, config.longest, TEST_SEED))
    return {
        "name": config.kind,
        "title": TITLES[config.kind],
        "file": f"{config.kind}.onnx",
        "attention": model.attention is not None,
        "parameters": model.parameter_count,
        "seconds": round(trained.progress.seconds),
        "loss": round(trained.progress.history[-1], 4),
        **{name: list(values) for name, values in dataclasses.asdict(figures).items()},
    }


def card(networks: list[RecallTrained], files: dict[str, Any], sequences: int) -> dict[str, Any]:
    """Return the card of networks that were trained alike.

    Raises:
        click.ClickException: They were not: the comparison would not be fair.
    """
    first = networks[0]
    for other in networks[1:]:
        alike = dataclasses.replace(other.model.config, kind=first.model.config.kind) == first.model.config
        if not alike or other.recipe != first.recipe or other.progress.updates != first.progress.updates:
            raise click.ClickException(f"{other.model.config.kind} was not trained as {first.model.config.kind} was")
    config, recipe = first.model.config, first.recipe
    return {
        "format": FORMAT,
        "kind": "recall",
        "symbols": ALPHABET,
        "longest": config.longest,
        "embedding": config.embedding,
        "hidden": config.hidden,
        "training": {
            "seed": recipe.seed,
            "updates": first.progress.updates,
            "batch": recipe.batch,
            "learning_rate": recipe.learning_rate,
        },
        "measured": {"sequences": sequences, "src_len": config.longest, "seed": TEST_SEED},
        "networks": [describe(network, sequences) for network in networks],
        "files": files,
    }


@click.command()
@click.argument("training", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--sequences", type=click.IntRange(min=1), default=SEQUENCES, show_default=True, help="Test sequences.")
def main(training: Path, folder: Path, sequences: int) -> None:
    """Write the networks that ``models.recall_train`` left in TRAINING into FOLDER, measured on unseen sequences."""
    torch.set_num_threads(1)
    networks = [load_recall(training / kind) for kind in KINDS]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as name:
        partial = Path(name)
        for network in networks:
            content = export_recall(network).SerializeToString(deterministic=True)
            (partial / f"{network.model.config.kind}.onnx").write_bytes(content)
        files = {path.name: bundle_card.file_facts(path) for path in sorted(partial.iterdir())}
        write_json(partial / CARD, card(networks, files, sequences))
        for file in (*files, CARD):
            os.replace(partial / file, folder / file)
    size = sum(path.stat().st_size for path in folder.iterdir())
    click.echo(f"{folder}: {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
