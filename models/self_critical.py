"""Self-critical training of captions: a model writes, and learns from which of its captions agree most with people's.

Cross-entropy teaches the next word behind words that people wrote; this teaches whole captions, behind the model's own
words (Rennie 2017). Each picture gets several sampled captions, and each of them is judged beside the others (Luo 2020)
instead of beside a greedy one: which needs no decoding of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models import corpus
from models.caption_batch import AnyBatch, CaptionBatch
from models.consensus import Consensus
from models.objective import RecurrentObjective
from models.recipes import Recipe
from models.recurrent import RecurrentModel
from models.recurrent_loss import attended, batch_loss
from models.translate import NEVER_EMITTED


class SelfCriticalObjective(RecurrentObjective):
    """Raises the probability of captions with more than their share of consensus, lowers that of the others.

    Dropout and batch normalisation stay as at inference: what is judged is what was sampled.
    """

    def __init__(self, model: RecurrentModel, recipe: Recipe, consensus: Consensus) -> None:
        super().__init__(model, recipe)
        self._consensus = consensus

    def training_loss(self, batch: AnyBatch, random: np.random.Generator) -> Tensor:
        """Return the loss of sampled captions, each weighed by its advantage, under drawn combinations and windows."""
        assert isinstance(batch, CaptionBatch)
        model, recipe = self._model, self._recipe
        model.eval()
        model.decoder.attentions.train()  # the gradient of hard attention is there in training alone
        combinations, windows = self._drawn(batch, random)
        written = write(model, batch, combinations, windows, recipe.longest, sampled=True)
        shares = torch.from_numpy(self.advantages(written, batch)).to(batch.pixels.device)
        own = CaptionBatch(batch.pixels, batch.source_mask, *corpus.shifted(written)).to(batch.pixels.device)
        return batch_loss(model, own, combinations, windows, 0.0, recipe.softness, shares)

    def advantages(self, written: Sequence[list[int]], batch: CaptionBatch) -> NDArray[np.float32]:
        """Return how far the consensus of each caption is above the mean of the other captions of its picture.

        In standard deviations, so that the reward of soft weights keeps its place beside them.
        """
        scores = np.array(self.consensus(written, batch)).reshape(-1, batch.repeats)  # (pictures, captions)
        others = (scores.sum(axis=1, keepdims=True) - scores) / (batch.repeats - 1)
        above: NDArray[np.float32] = (scores - others).reshape(-1).astype(np.float32)
        return above / np.float32(above.std() + 1e-6)

    def consensus(self, written: Sequence[list[int]], batch: CaptionBatch) -> list[float]:
        """Return CIDEr-D of captions, several of each picture of a batch, against the batch's own."""
        count = len(written) // len(batch.pixels)
        wanted = references(batch)
        return [
            score
            for place, known in enumerate(wanted)
            for score in self._consensus.scores(written[place * count : (place + 1) * count], known)
        ]

    def dev_loss(self, batch: AnyBatch, number: int) -> Tensor:
        """Return minus the consensus of greedy captions under four combinations, a token's share of it."""
        assert isinstance(batch, CaptionBatch)
        combinations, windows = self._fixed(batch, number)
        written = write(self._model, batch, combinations, windows, self._recipe.longest, sampled=False)
        scores = self.consensus(written, batch)
        return torch.tensor(-sum(scores) / len(scores) * batch.tokens)


@torch.no_grad()
def write(
    model: RecurrentModel,
    batch: CaptionBatch,
    combinations: Sequence[tuple[str, str]],
    windows: Tensor,
    longest: int,
    *,
    sampled: bool,
) -> list[list[int]]:
    """Write captions: sampled ones, as many of each picture as the batch has, or one greedy one each.

    Args:
        model: The model.
        batch: The pictures.
        combinations: Picture r is attended to under combination r modulo their number.
        windows: D of each picture, (batch,).
        longest: Tokens of a caption; who has not come to its end by then has none.
        sampled: Whether tokens are drawn, or the most probable ones taken.

    Returns:
        The tokens of each caption, the end token last; captions of one picture follow each other.
    """
    memory, state = model.encoder(*batch.encoder_inputs)
    repeats = batch.repeats if sampled else 1
    state = state.repeat_interleave(repeats, dim=0)
    token = torch.full((len(state),), corpus.BEGIN, device=state.device)
    emitted: list[Tensor] = []
    ended = torch.zeros(len(state), dtype=torch.bool, device=state.device)
    for step in range(longest):
        query = model.decoder.queries(token.unsqueeze(1), state)  # (rows, 1, hidden)
        state = query.squeeze(1)
        grouped = query.reshape(len(memory), repeats, -1)
        context = torch.zeros_like(grouped)
        position = torch.full((repeats,), float(step), device=state.device)
        for part in attended(model, grouped, position, memory, batch.source_mask, combinations, windows):
            context[part.rows] = part.context.to(context.dtype)
        hidden = model.decoder.attentional_state(grouped, context).reshape(len(state), -1)
        logits = model.decoder.logits(hidden).float()
        logits[:, NEVER_EMITTED] = -torch.inf
        token = torch.multinomial(logits.softmax(dim=1), 1).squeeze(1) if sampled else logits.argmax(dim=1)
        emitted.append(token)
        ended |= token == corpus.END
        if bool(ended.all()):
            break
    return [_up_to_end(row) for row in torch.stack(emitted, dim=1).tolist()]


def references(batch: CaptionBatch) -> list[list[list[int]]]:
    """Return the different captions of each picture of a batch, the end token last."""
    rows = [_up_to_end(row) for row in batch.targets.tolist()]
    return [
        [list(each) for each in dict.fromkeys(map(tuple, rows[start : start + batch.repeats]))]
        for start in range(0, len(rows), batch.repeats)
    ]


def _up_to_end(row: list[int]) -> list[int]:
    return row[: row.index(corpus.END) + 1] if corpus.END in row else row
