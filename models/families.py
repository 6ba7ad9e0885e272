"""The families of models: a recipe's sizes, and a model of given sizes."""

from __future__ import annotations

import dataclasses
from typing import Any

from models.image_encoder import ImageConfig
from models.recipes import ImageRecipe, Recipe
from models.recurrent import RecurrentConfig, RecurrentModel
from models.transformer import TransformerConfig, TransformerModel

Config = RecurrentConfig | TransformerConfig
Model = RecurrentModel | TransformerModel
CONFIGS: dict[str, type[Config]] = {"recurrent": RecurrentConfig, "transformer": TransformerConfig}


def new_config(recipe: Recipe, source_vocab: int, target_vocab: int, caption: float = 0.0) -> Config:
    """Return the sizes of a recipe's model.

    Args:
        recipe: The recipe.
        source_vocab: Pieces of the source vocabulary; 0 where the source is an image.
        target_vocab: Pieces of the target vocabulary.
        caption: Mean tokens of an image's captions, end token and all.
    """
    if recipe.image is not None:
        image = new_image(recipe.image, caption)
        return RecurrentConfig(
            0, target_vocab, recipe.hidden, image.grid.cells, recipe.longest, recipe.dropout, image=image
        )
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


def new_image(recipe: ImageRecipe, caption: float) -> ImageConfig:
    """Return the sizes of an image encoder; over a caption of mean length local-m goes over all cells once."""
    image = ImageConfig(recipe.size, recipe.size, recipe.channels, recipe.blocks, recipe.summary)
    return dataclasses.replace(image, stride=round(16 * image.grid.cells / caption) / 16)


def load_config(family: str, content: dict[str, Any]) -> Config:
    """Return sizes that a checkpoint holds as plain values."""
    if content.get("image") is not None:
        content = content | {"image": ImageConfig(**content["image"])}
    return CONFIGS[family](**content)


def new_model(config: Config) -> Model:
    """Return an untrained model."""
    return RecurrentModel(config) if isinstance(config, RecurrentConfig) else TransformerModel(config)
