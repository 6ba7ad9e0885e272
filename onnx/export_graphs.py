"""Export a trained model as a bundle: ``python onnx/export_graphs.py CHECKPOINT onnx/graphs/NAME``.

With ``--from-bundle`` a Transformer's bundle takes the place of the checkpoint: its weights are read back from its
graphs and exported to the interface of today.
"""

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
import bundle_weights
import click
import graph_checks
import graph_repair
import onnx
import same_graphs
import torch
from graph_plans import Plan, plans
from graph_tensors import WeightsError

from models.checkpoint import Trained, load_trained, write_json

OPSET = 20
EMBEDDING = "embedding.weight"


def write_out(plan: Plan) -> onnx.ModelProto:
    """Let PyTorch write one module as a graph, which is not fit to be shipped yet."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # torch warns about its own deprecations,
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # and that torchvision is not there
        program = torch.onnx.export(
            plan.module,
            plan.inputs,
            input_names=list(plan.input_names),
            output_names=list(plan.output_names),
            dynamic_shapes=plan.dynamic_shapes(),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


def export_graph(plan: Plan) -> onnx.ModelProto:
    """Export one module of a bundle."""
    model = write_out(plan)
    for name in graph_repair.matrices(model) if plan.halve_all else (EMBEDDING,):
        graph_repair.halve(model, name)
    model = graph_repair.finish(model, plan.axes)
    for name, default in plan.optional.items():
        graph_repair.make_optional(model, name, default)
    return model


def write_bundle(trained: Trained, folder: Path, training: Path) -> None:
    """Write the bundle of a trained model, file by file swapped in whole, the card last.

    Args:
        trained: The model.
        folder: The bundle, made where it is missing.
        training: The training folder: vocabularies and scores.
    """
    encoder, step = map(export_graph, plans(trained.model))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as name:
        partial = Path(name)
        for graph, content in zip(bundle_card.GRAPHS, (encoder, step), strict=True):
            (partial / graph).write_bytes(content.SerializeToString(deterministic=True))
        for vocabulary in bundle_card.vocabularies(trained):
            shutil.copyfile(training / vocabulary, partial / vocabulary)
        files = {path.name: bundle_card.file_facts(path) for path in sorted(partial.iterdir())}
        write_json(
            partial / bundle_card.CARD, bundle_card.describe(trained, bundle_card.read_scores(training, trained), files)
        )
        for file in (*files, bundle_card.CARD):
            os.replace(partial / file, folder / file)


def rewrite_bundle(bundle: Path, folder: Path) -> dict[str, float]:
    """Export the weights of a bundle anew; nothing is written where the new graphs compute something else.

    Args:
        bundle: A Transformer's bundle.
        folder: The new one; may be the same.

    Returns:
        The greatest difference of each output between the old graphs and the new ones.

    Raises:
        WeightsError: The weights cannot be read back, or the new graphs differ.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as name:
        training, fresh = Path(name) / "training", Path(name) / "bundle"
        bundle_weights.write_training(bundle, training)
        write_bundle(load_trained(training), fresh, training)
        found = same_graphs.differences(bundle, fresh)
        for problem in same_graphs.beyond(found):
            raise WeightsError(f"{bundle}: exported anew, {problem}")
        folder.mkdir(exist_ok=True)
        for path in sorted(fresh.iterdir(), key=lambda path: path.name == bundle_card.CARD):  # the card last
            os.replace(path, folder / path.name)
    return found


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--from-bundle", is_flag=True, help="CHECKPOINT is a Transformer's bundle, whose weights are read back.")
def main(checkpoint: Path, folder: Path, from_bundle: bool) -> None:
    """Write the trained model of CHECKPOINT (a training folder or its checkpoint.pt) as the bundle FOLDER."""
    if from_bundle:
        try:
            found = rewrite_bundle(checkpoint, folder)
        except (WeightsError, graph_checks.FileMismatch) as error:
            raise click.ClickException(str(error)) from error
        click.echo("old and new graphs: " + " · ".join(f"{name} {apart:.0e}" for name, apart in sorted(found.items())))
    else:
        training = checkpoint if checkpoint.is_dir() else checkpoint.parent
        write_bundle(load_trained(training), folder, training)
    size = sum(path.stat().st_size for path in folder.iterdir())
    click.echo(f"{folder}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
