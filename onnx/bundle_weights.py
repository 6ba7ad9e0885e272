"""The weights of a Transformer's bundle back in torch: ``python onnx/bundle_weights.py BUNDLE FOLDER``.

A bundle is all that is left of a model whose training folder is gone. Its graphs hold every parameter once: the folder
that this script writes can be exported anew, to a newer interface, compared with the graphs, evaluated, or trained
further from the start of its recipe: what an optimiser has learnt is not in a bundle.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bundle_card
import click
import graph_checks
import numpy as np
import torch
from graph_tensors import GraphTensors, WeightsError, read_tensors
from torch import Tensor

from models import checkpoint
from models.recipes import RECIPES
from models.transformer import TransformerConfig, TransformerModel

Named = Iterator[tuple[str, Tensor]]
NORMS = ("self_norm", "cross_norm", "forward_norm")
PARTS = ("weight", "bias")
POSITIONS = 1e-4
"""Sines and cosines may differ by so much, as those of another machine do."""


def restore(folder: Path) -> TransformerModel:
    """Return the model whose weights a bundle's graphs hold, in evaluation mode.

    Raises:
        graph_checks.FileMismatch: There is no card.
        WeightsError: It is no Transformer, or its graphs do not hold every parameter exactly once.
    """
    card = graph_checks.read_card(folder)
    if "heads" not in card:
        raise WeightsError(f"{folder}: only the weights of Transformers are read back; this is a recurrent model")
    encoder, step = (read_tensors(folder / file) for file in bundle_card.GRAPHS)
    model = TransformerModel(_config(card, encoder))
    wanted = dict(model.named_parameters())
    found: dict[str, Tensor] = {}
    for name, values in (*_encoder_parameters(encoder, wanted, model.config), *_step_parameters(step, model.config)):
        if name not in wanted or name in found:
            raise WeightsError(f"{folder}: {name} is {'there twice' if name in found else 'no parameter of the model'}")
        if values.shape != wanted[name].shape:
            raise WeightsError(f"{folder}: {name} has the shape {[*values.shape]}, not {[*wanted[name].shape]}")
        found[name] = values
    if missing := wanted.keys() - found:
        raise WeightsError(f"{folder}: the graphs do not hold {', '.join(sorted(missing))}")
    _check_positions(encoder, model.encoder.positions, "encoder.positions")
    _check_positions(step, model.decoder.positions, "decoder.positions")
    for file, tensors in zip(bundle_card.GRAPHS, (encoder, step), strict=True):
        if unread := tensors.unread():
            raise WeightsError(f"{folder / file}: holds {', '.join(unread)}, which is no part of the model")
    model.load_state_dict(found)
    return model.eval()


def write_training(bundle: Path, folder: Path) -> None:
    """Write a training folder of a bundle: checkpoint, vocabularies and scores, for export and evaluation.

    Args:
        bundle: The bundle.
        folder: Made where it is missing.

    Raises:
        WeightsError: As `restore`, or the recipe of the bundle is not known.
    """
    card, model = graph_checks.read_card(bundle), restore(bundle)
    training: dict[str, Any] = card["training"]
    if training["recipe"] not in RECIPES:
        raise WeightsError(f"{bundle}: was trained by the recipe {training['recipe']}, which is not known here")
    facts = {name: training[name] for name in ("recipe", *bundle_card.TRAINING_FACTS)}
    facts["pairs"] = {entry["name"]: entry["pairs"] for entry in card["corpus"]}
    facts["corpora"] = [{name: entry[name] for name in ("name", "origin", "licence")} for entry in card["corpus"]]
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "family": card["family"],
        "config": checkpoint.config_dict(model.config),
        "best_model": model.state_dict(),
        "facts": facts,
    }
    checkpoint.save(folder, content)
    for vocabulary in checkpoint.VOCABULARIES:
        shutil.copyfile(bundle / vocabulary, folder / vocabulary)
    checkpoint.write_json(folder / "scores.json", {"dev_loss": training["dev_loss"], "scores": card["scores"]})


def _config(card: Mapping[str, Any], encoder: GraphTensors) -> TransformerConfig:
    """Return the sizes: those of the card, and the two that only the graph's matrices tell."""
    sizes, heads, recipe = card["sizes"], card["heads"], RECIPES.get(card["training"]["recipe"])
    first = "encoder.layers.0"
    kernel = TransformerConfig.kernel
    if heads["encoder"] == "cnn":
        kernel = encoder.linear(f"{first}.mixer.linear", read=False).shape[1] // sizes["hidden"]
    return TransformerConfig(
        sizes["source_vocab"],
        sizes["target_vocab"],
        heads["encoder"],
        sizes["hidden"],
        heads["heads"],
        heads["layers"],
        inner=encoder.linear(f"{first}.feed_forward.widen", read=False).shape[0],
        kernel=kernel,
        max_source=sizes["max_source"],
        max_target=sizes["max_target"],
        dropout=TransformerConfig.dropout if recipe is None else recipe.dropout,
    )


def _encoder_parameters(graph: GraphTensors, wanted: Mapping[str, Tensor], config: TransformerConfig) -> Named:
    """Yield what encoder.onnx holds: the encoder, and keys and values of every layer's cross-attention as one."""
    for name in wanted:
        if name.startswith("encoder."):
            yield name, torch.from_numpy(graph.parameter(name))
    memory = zip(PARTS, (graph.linear("memory", "_"), graph.plain("memory_bias")), strict=True)
    for part, values in memory:
        for layer, own in enumerate(np.split(values, config.layers)):
            yield f"decoder.layers.{layer}.cross_attention.key_value.{part}", torch.from_numpy(own.copy())


def _step_parameters(graph: GraphTensors, config: TransformerConfig) -> Named:
    """Yield what step.onnx holds; in its queries is 1/√n, which is taken out again."""
    scale = (config.hidden // config.heads) ** 0.5
    for name in ("bias", "embedding.weight", "norm.weight", "norm.bias"):
        yield f"decoder.{name}", torch.from_numpy(graph.plain(f"decoder.{name}"))
    for number in range(config.layers):
        own, layer = f"layers.{number}", f"decoder.layers.{number}"
        for part, ending in zip(PARTS, ("", "_bias"), strict=True):
            query, key_value = np.split(graph.plain(f"{own}.joined{ending}"), [config.hidden])
            yield f"{layer}.self_attention.query.{part}", torch.from_numpy(query * scale)
            yield f"{layer}.self_attention.key_value.{part}", torch.from_numpy(key_value.copy())
            cross = graph.plain(f"{own}.query{ending}")
            yield f"{layer}.cross_attention.query.{part}", torch.from_numpy(cross * scale)
            yield f"{layer}.self_attention.output.{part}", torch.from_numpy(graph.plain(f"{own}.self_output.{part}"))
            yield f"{layer}.cross_attention.output.{part}", torch.from_numpy(graph.plain(f"{own}.cross_output.{part}"))
            for name in (*NORMS, "feed_forward.widen", "feed_forward.narrow"):
                yield f"{layer}.{name}.{part}", torch.from_numpy(graph.parameter(f"{own}.{name}.{part}"))


def _check_positions(graph: GraphTensors, positions: Tensor, name: str) -> None:
    found = graph.plain(name)
    if found.shape != positions.shape or np.abs(found - positions.numpy()).max() > POSITIONS:
        raise WeightsError(f"{graph.file}: {name} are not the sines and cosines of the model")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(bundle: Path, folder: Path) -> None:
    """Write the weights of BUNDLE as the training folder FOLDER."""
    try:
        write_training(bundle, folder)
    except (WeightsError, graph_checks.FileMismatch) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{folder}: {checkpoint.CHECKPOINT}")


if __name__ == "__main__":
    main()
