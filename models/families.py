"""The families of models: a recipe's sizes, and a model of given sizes."""

from __future__ import annotations

from typing import Any

from models.recipes import Recipe
from models.recurrent import RecurrentConfig, RecurrentModel
from models.transformer import TransformerConfig, TransformerModel

Config = RecurrentConfig | TransformerConfig
Model = RecurrentModel | TransformerModel
CONFIGS: dict[str, type[Config]] = {"recurrent": RecurrentConfig, "transformer": TransformerConfig}


def new_config(recipe: Recipe, source_vocab: int, target_vocab: int) -> Config:
    """Return the sizes of a recipe's model."""
    if recipe.family == "recurrent":
        return RecurrentConfig(
            source_vocab, target_vocab, hidden=recipe.hidden, dropout=recipe.dropout, shared=recipe.shared
        )
    return TransformerConfig(
        source_vocab,
        target_vocab,
        encoder=recipe.encoder,
        hidden=recipe.hidden,
        heads=recipe.heads,
        layers=recipe.layers,
        inner=recipe.inner,
        dropout=recipe.dropout,
    )


def load_config(family: str, content: dict[str, Any]) -> Config:
    """Return sizes that a checkpoint holds as plain values."""
    return CONFIGS[family](**content)


def new_model(config: Config) -> Model:
    """Return an untrained model."""
    return RecurrentModel(config) if isinstance(config, RecurrentConfig) else TransformerModel(config)
