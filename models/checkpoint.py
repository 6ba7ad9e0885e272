"""Checkpoints: everything that export, evaluation and a resumed training need, in one folder."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE
from torch import Tensor

from models.families import Config, Model, load_config, new_model
from models.image_encoder import ImageEncoder
from models.transformer import TransformerModel

CHECKPOINT = "checkpoint.pt"
VOCABULARIES = ("source.json", "target.json")


@dataclass(frozen=True)
class Trained:
    """A trained model with its vocabularies and what is known of its making."""

    model: Model
    source: Tokenizer
    target: Tokenizer
    facts: dict[str, Any]


def save(folder: Path, content: dict[str, Any]) -> None:
    """Write `content` to the folder's checkpoint, so that a kill at any moment leaves a whole one."""
    partial = folder / f"{CHECKPOINT}.partial"
    torch.save(content, partial)
    os.replace(partial, folder / CHECKPOINT)


def load_content(folder: Path) -> dict[str, Any] | None:
    """Return what `save` wrote, on the CPU, or None where there is no checkpoint yet."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    with torch.serialization.safe_globals(
        [torch.torch_version.TorchVersion]
    ):  # older checkpoints hold their torch's version so
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content


def load_trained(folder: Path) -> Trained:
    """Open a training folder for export or evaluation: the weights of the best dev loss, in evaluation mode.

    Raises:
        FileNotFoundError: There is no checkpoint in the folder.
    """
    content = load_content(folder)
    if content is None:
        raise FileNotFoundError(f"{folder / CHECKPOINT}: no checkpoint here; train first (python -m models.train)")
    model = new_model(load_config(content["family"], content["config"]))
    model.load_state_dict(content["best_model"])
    if isinstance(model.encoder, ImageEncoder):
        model.encoder.fold()
    round_weights(model)
    source, target = (load_vocabulary(folder / name) for name in VOCABULARIES)
    return Trained(model.eval(), source, target, content["facts"])


def load_vocabulary(path: Path) -> Tokenizer:
    """Return a vocabulary of a training folder; one that is not there is empty, as that of an image is."""
    return Tokenizer.from_file(str(path)) if path.exists() else Tokenizer(BPE())


@torch.no_grad()
def round_weights(model: Model) -> None:
    """Round weights to float16 values, which is how a bundle stores them: half its size, no change in BLEU.

    Of a recurrent model the embeddings are, and of an encoder of images all but the places of its cells; of a
    Transformer all matrices.
    """
    rounded: list[Tensor]
    if isinstance(model, TransformerModel):
        rounded = [weight for weight in model.parameters() if weight.ndim == 2]
    elif isinstance(model.encoder, ImageEncoder):
        weights = dict(model.encoder.named_parameters())
        rounded = [weight for name, weight in weights.items() if weight.ndim > 1 and name != "positions"]
        rounded.append(model.decoder.embedding.weight)
    else:
        rounded = [model.encoder.embedding.weight, model.decoder.embedding.weight]
    for weight in rounded:
        weight.copy_(weight.half().float())


def config_dict(config: Config) -> dict[str, Any]:
    """Return the configuration as plain values."""
    return dataclasses.asdict(config)


def write_json(path: Path, content: Any) -> None:
    """Write indented JSON, replacing the file whole."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)
