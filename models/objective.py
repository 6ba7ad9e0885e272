"""What a training minimises, for each family of models: the trainer knows nothing else of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models import corpus
from models.attention import Location
from models.caption_batch import AnyBatch
from models.families import Model
from models.image_encoder import ImageEncoder
from models.loss import projected_cross_entropy
from models.muon import Muon
from models.recipes import Recipe
from models.recurrent import RecurrentModel
from models.recurrent_loss import COMBINATIONS, batch_loss, draw_combination
from models.transformer import TransformerModel


class Objective(ABC):
    """A model and its loss on a batch."""

    model: nn.Module

    @abstractmethod
    def training_loss(self, batch: AnyBatch, random: np.random.Generator) -> Tensor:
        """Return the loss of a batch, summed over its target tokens."""

    @abstractmethod
    def dev_loss(self, batch: AnyBatch, number: int) -> Tensor:
        """Return the cross-entropy of dev batch `number`, summed, without smoothing or rewards."""

    def mean_dev_loss(self, batches: Sequence[AnyBatch]) -> float:
        """Return the mean cross-entropy per target token, the model in evaluation mode."""
        self.model.eval()
        with torch.no_grad():
            total = sum(float(self.dev_loss(batch, number)) for number, batch in enumerate(batches))
        self.model.train()
        return total / sum(batch.tokens for batch in batches)


class RecurrentObjective(Objective):
    """Every batch is shared out among a few combinations of alignment function and attention type."""

    def __init__(self, model: RecurrentModel, recipe: Recipe) -> None:
        self.model, self._model, self._recipe = model, model, recipe

    def training_loss(self, batch: AnyBatch, random: np.random.Generator) -> Tensor:
        """Return the loss under drawn combinations and windows, the entropy reward taken off."""
        recipe = self._recipe
        return batch_loss(self._model, batch, *self._drawn(batch, random), recipe.smoothing, recipe.softness)

    def _drawn(self, batch: AnyBatch, random: np.random.Generator) -> tuple[list[tuple[str, str]], Tensor]:
        """Draw the combinations that a batch is shared out among, and D of each source, (batch,)."""
        combinations = [draw_combination(random) for _ in range(self._recipe.strata)]
        least, most = self._recipe.windows
        windows = torch.from_numpy(random.integers(least, most + 1, len(batch.source_mask)).astype(np.float32))
        return combinations, windows.to(batch.source_mask.device)

    def _fixed(self, batch: AnyBatch, number: int) -> tuple[list[tuple[str, str]], Tensor]:
        """Return four combinations, the next four for the next batch, and the card's D for each source, (batch,)."""
        combinations = [COMBINATIONS[(4 * number + place) % len(COMBINATIONS)] for place in range(4)]
        return combinations, torch.full((len(batch.source_mask),), self._recipe.window, device=batch.source_mask.device)

    def dev_loss(self, batch: AnyBatch, number: int) -> Tensor:
        """Return the loss under four combinations, the next four for the next batch."""
        return batch_loss(self._model, batch, *self._fixed(batch, number), 0.0)


class TransformerObjective(Objective):
    """Label-smoothed cross-entropy."""

    def __init__(self, model: TransformerModel, recipe: Recipe) -> None:
        self.model, self._model, self._recipe = model, model, recipe

    def training_loss(self, batch: AnyBatch, random: np.random.Generator) -> Tensor:  # noqa: ARG002 - nothing drawn
        """Return the smoothed cross-entropy."""
        return self._loss(batch, self._recipe.smoothing)

    def dev_loss(self, batch: AnyBatch, number: int) -> Tensor:  # noqa: ARG002 - every batch is judged alike
        """Return the plain cross-entropy."""
        return self._loss(batch, 0.0)

    def _loss(self, batch: AnyBatch, smoothing: float) -> Tensor:
        assert isinstance(batch, corpus.Batch)
        decoder = self._model.decoder
        memory, _ = self._model.encoder(batch.source, batch.source_mask)
        states, _ = decoder(batch.inputs, memory, batch.source_mask)
        real = batch.targets != corpus.PADDING
        return projected_cross_entropy(
            states[real], decoder.embedding.weight, decoder.bias, batch.targets[real], smoothing
        )


def new_objective(model: Model, recipe: Recipe) -> Objective:
    """Return a model with its loss."""
    return (
        RecurrentObjective(model, recipe) if isinstance(model, RecurrentModel) else TransformerObjective(model, recipe)
    )


def new_optimisers(model: Model, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return what updates a model: Muon for the weight matrices of a Transformer or image model, else Adam.

    The learning rate of a parameter group is the recipe's times the group's ``share``.
    """
    rate, betas = recipe.learning_rate, (0.9, 0.98)
    if isinstance(model, TransformerModel):
        embeddings = [model.encoder.embedding.weight, model.decoder.embedding.weight]
    elif isinstance(model.encoder, ImageEncoder):
        location = model.decoder.alignments["location"]
        assert isinstance(location, Location)
        embeddings = [model.encoder.positions, location.weight, model.decoder.embedding.weight]
    else:
        return [torch.optim.Adam([{"params": list(model.parameters()), "share": 1.0}], lr=rate, betas=betas)]
    known = {id(weight) for weight in embeddings}
    matrices = [weight for weight in model.parameters() if weight.ndim > 1 and id(weight) not in known]
    others = [weight for weight in model.parameters() if weight.ndim < 2]
    groups = [{"params": others, "share": 1.0}, {"params": embeddings, "share": recipe.embedding_rate}]
    return [
        torch.optim.Adam(groups, lr=rate, betas=betas),
        Muon(matrices, lr=rate, weight_decay=recipe.weight_decay),
    ]
