"""The card of a bundle, as plain values: explorer/runtime/card.py defines the layout, and a test compares."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import repository  # noqa: F401 - before models

from models import corpus
from models.attention import ALIGNMENTS, ATTENTIONS
from models.checkpoint import Trained
from models.recipes import RECIPES, Recipe
from models.recurrent import RecurrentConfig
from models.transformer import TransformerConfig

FORMAT = 1
CARD = "card.json"
GRAPHS = ("encoder.onnx", "step.onnx")
LICENCE = (
    "Weights: for research and other non-commercial use, as the terms of the corpora ask; the licence of each corpus "
    "is named beside it. No sentence of a corpus is part of this bundle."
)
TEMPERATURE = {"default": 1.0, "minimum": 0.05, "maximum": 5.0}
TRAINING_FACTS = ("seed", "updates", "target_tokens", "seconds", "dev_loss", "torch", "device")


def vocabularies(trained: Trained) -> tuple[str, ...]:
    """Return the files of a bundle's vocabularies: where the source is an image, it has none."""
    return ("source.json", "target.json") if trained.model.config.source_vocab else ("target.json",)


def describe(trained: Trained, scores: dict[str, Any], files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the card of a trained model.

    Args:
        trained: The model and the facts of its training.
        scores: What ``python -m models.evaluate`` measured; {} before that.
        files: File name → ``{"sha256", "bytes"}``.
    """
    recipe, config = RECIPES[trained.facts["recipe"]], trained.model.config
    pairs: dict[str, int] = trained.facts["pairs"]
    card = {
        "format": FORMAT,
        "name": recipe.name,
        "title": recipe.title,
        "task": recipe.task,
        "family": recipe.family,
        "languages": {"source": recipe.source_language, "target": recipe.target_language},
        "sizes": {
            "hidden": config.hidden,
            "source_vocab": config.source_vocab,
            "target_vocab": config.target_vocab,
            "max_source": config.max_source,
            "max_target": config.max_target,
            "parameters": sum(parameter.numel() for parameter in trained.model.parameters()),
        },
        "switches": recurrent_switches(recipe) if recipe.family == "recurrent" else transformer_switches(scores),
        "tokens": {"padding": corpus.PADDING, "unknown": corpus.UNKNOWN, "begin": corpus.BEGIN, "end": corpus.END},
        "corpus": [
            {
                "name": entry["name"],
                "pairs": pairs[entry["name"]],
                "origin": entry["origin"],
                "licence": entry["licence"],
            }
            for entry in trained.facts["corpora"]
        ],
        "licence": LICENCE,
        "training": {"recipe": recipe.name, **{name: trained.facts[name] for name in TRAINING_FACTS}},
        "scores": scores,
        "files": files,
    }
    if isinstance(config, RecurrentConfig) and config.image is not None:
        image, grid = config.image, config.image.grid
        card["image"] = {"height": image.height, "width": image.width, "rows": grid.rows, "columns": grid.columns}
    if isinstance(config, TransformerConfig):
        card["heads"] = {
            "layers": config.layers,
            "encoder_layers": config.layers if config.encoder == "attention" else 0,
            "heads": config.heads,
            "encoder": config.encoder,
        }
    return card


def recurrent_switches(recipe: Recipe) -> dict[str, Any]:
    """Return what can be switched in a recurrent model."""
    return {
        "alignments": list(ALIGNMENTS),
        "attentions": list(ATTENTIONS),
        "alignment": recipe.alignment,
        "attention": "global",
        "temperature": {**TEMPERATURE, "default": recipe.temperature},
        "window": {"default": recipe.window, "minimum": 1.0, "maximum": recipe.widest},
    }


def transformer_switches(scores: dict[str, Any]) -> dict[str, Any]:
    """Return what can be switched in a Transformer; first shown is the head of the least alignment error rate."""
    switches = {
        "alignments": ["scaled_dot"],
        "attentions": ["global"],
        "alignment": "scaled_dot",
        "attention": "global",
        "temperature": TEMPERATURE,
    }
    best = next((facts["best"] for name, facts in scores.items() if name.startswith("alignment")), None)
    return switches if best is None else {**switches, "layer": best["layer"], "head": best["head"]}


def file_facts(path: Path) -> dict[str, Any]:
    """Return checksum and size of a file."""
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def read_scores(folder: Path, trained: Trained) -> dict[str, Any]:
    """Return the scores in a training folder, {} where there are none or they are those of other weights."""
    path = folder / "scores.json"
    if not path.exists():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    scores: dict[str, Any] = content["scores"] if content["dev_loss"] == trained.facts["dev_loss"] else {}
    return scores
