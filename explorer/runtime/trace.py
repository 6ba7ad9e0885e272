"""What a run of the decoder leaves behind: frozen values that widgets, figures and files read."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from explorer.runtime.controls import Controls

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a captioning model reads it: one source position a cell, row by row.

    Attributes:
        checksum: Of the pixels; two pictures with the same one are the same.
        rows: Cells from top to bottom.
        columns: Cells from left to right.
        pixels: Red, green and blue from 0 to 1, (3, height, width).
    """

    checksum: str
    rows: int
    columns: int
    pixels: Array = field(compare=False, repr=False)

    def below(self, cell: int, by: int) -> int:
        """Return the cell `by` rows below another one (above, where negative), the nearest that there is."""
        row, column = divmod(cell, self.columns)
        return min(max(0, row + by), self.rows - 1) * self.columns + column


@dataclass(frozen=True, slots=True)
class Source:
    """A tokenised source sentence, or a picture cut into cells.

    A picture's ids are the numbers of its cells; its pieces and labels are their rows and columns, counted from 1
    ("3,5"), its text is its name.

    Attributes:
        text: The text as the user gave it.
        ids: Vocabulary numbers, the end token last. Length src_len.
        pieces: The vocabulary's own spelling of each id ("▁black"). Length src_len.
        labels: What is drawn for each id: no word-start mark, a leading "·" on a piece that continues a word,
            control characters escaped, "END" for the end token. Length src_len.
        words: For each piece the number of the white-space word it belongs to, -1 for the end token. Length src_len.
        picture: The picture; None for a sentence.
        order: The position that each had when the encoder read it, of a sentence that was shuffled afterwards for
            the attention alone; empty where nothing was.
    """

    text: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    labels: tuple[str, ...]
    words: tuple[int, ...]
    picture: Picture | None = None
    order: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible next token with its natural-log probability."""

    token: int
    piece: str
    label: str
    log_prob: float


@dataclass(frozen=True, slots=True)
class Draw:
    """What a sampling strategy draws from in one step.

    Attributes:
        eligible: How many tokens, the most probable ones, can be drawn.
        temperature: What log-probabilities are divided by.
        log_total: Natural log of Σ exp(log-probability / temperature) over those tokens.
    """

    eligible: int
    temperature: float
    log_total: float

    def share(self, place: int, log_prob: float) -> float:
        """Return the probability that the candidate of a place, 0 the most probable, is drawn."""
        return math.exp(log_prob / self.temperature - self.log_total) if place < self.eligible else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class HeadStep:
    """What every head of a Transformer did in one decoding step.

    Attributes:
        cross_scores: q·k / √n of cross-attention before bias, mask and softmax, (layers, heads, src_len).
        cross_weights: After the softmax, (layers, heads, src_len).
        self_scores: q·k / √n of the decoder's self-attention, (layers, heads, position + 1).
        self_weights: After the softmax, (layers, heads, position + 1).
    """

    cross_scores: Array
    cross_weights: Array
    self_scores: Array
    self_weights: Array


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One decoding step: what was emitted and what was looked at.

    Attributes:
        position: Number of the step, counted from 0.
        token: The token that was emitted.
        piece: Its spelling in the vocabulary.
        label: What is drawn for it.
        log_prob: Natural-log probability of `token` under the model at this step.
        forced: Whether the token was put there by a person rather than chosen by the model.
        candidates: The most probable tokens, best first.
        scores: Alignment scores before bias, mask and softmax, shape (src_len,).
        weights: Attention weights, shape (src_len,). They sum to 1 under global, local_m and hard attention, to at
            most 1 under local_p (the Gaussian is not renormalised, Luong 2015, eq. 10), to 0 under none.
        center: p_t of local attention in source positions; NaN for the other types. In a picture the number of the
            cell that it lies in.
        state: Decoder state after the step, shape (hidden,): the handle that the next step starts from. Empty
            for a Transformer, whose cache of keys and values the decoder keeps.
        heads: What every head did; None for a recurrent model. `scores` and `weights` are then those of the head that
            the controls show, or several heads as one.
        center_cell: p_t in a picture, as row and column counted from 0; None for a sentence and for types without one.
        draw: What the token could be drawn from; None under greedy decoding.
        bias: What edits added to the scores, of a Transformer in every head, shape (src_len,), -inf where they mask;
            None where nothing was added.
        head_bias: What edits of single heads added besides, shape (layers, heads, src_len); None where nothing was.
    """

    position: int
    token: int
    piece: str
    label: str
    log_prob: float
    forced: bool
    candidates: tuple[Candidate, ...]
    scores: Array
    weights: Array
    center: float
    state: Array
    heads: HeadStep | None = None
    center_cell: tuple[float, float] | None = None
    draw: Draw | None = None
    bias: Array | None = None
    head_bias: Array | None = None

    @property
    def entropy(self) -> float:
        """Entropy of the normalised weights in bits; 0 where all weight is on one position or there is none."""
        total = float(self.weights.sum())
        if total <= 0.0:
            return 0.0
        share = self.weights[self.weights > 0].astype(np.float64) / total
        return float(max(0.0, -(share * np.log2(share)).sum()))

    @property
    def focus(self) -> int | None:
        """Source position of greatest weight; None where there is no weight at all."""
        return int(self.weights.argmax()) if self.weights.any() else None


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a search says of one of its hypotheses.

    Attributes:
        width: Hypotheses that were kept at every step.
        alpha: Exponent of the length normalisation.
        rank: Place among the hypotheses, 1 the best.
        score: Log-probability of all tokens over the length penalty.
    """

    width: int
    alpha: float
    rank: int
    score: float


@dataclass(frozen=True)
class Trace:
    """A whole run: the source, the switches and every step so far.

    Attributes:
        model: Name of the bundle.
        source: The tokenised source.
        controls: The switches that every step was computed under.
        steps: The steps so far, in order.
        finished: Whether the last step emitted the end token or the length limit was reached.
        text: The target so far as plain text, without the end token.
        encoder_weights: Weights of the encoder's self-attention, (layers, heads, src_len, src_len); None where it has
            none.
        encoder_scores: q·k / √n of the encoder's self-attention, the same shape; None as above, and where a run was one
            of a batch.
        ranking: Where the run is a hypothesis of a search: its place and its score.
    """

    model: str
    source: Source
    controls: Controls
    steps: tuple[Step, ...]
    finished: bool
    text: str
    encoder_weights: Array | None = None
    encoder_scores: Array | None = None
    ranking: Ranking | None = None

    @functools.cached_property
    def weights(self) -> Array:
        """Attention weights of all steps, shape (tgt_len, src_len)."""
        return self._stack("weights")

    @functools.cached_property
    def scores(self) -> Array:
        """Alignment scores of all steps, shape (tgt_len, src_len)."""
        return self._stack("scores")

    @functools.cached_property
    def labels(self) -> tuple[str, ...]:
        """What is drawn for each emitted token. Length tgt_len."""
        return tuple(step.label for step in self.steps)

    def _stack(self, name: str) -> Array:
        if not self.steps:
            return np.zeros((0, len(self.source)), dtype=np.float32)
        return np.stack([getattr(step, name) for step in self.steps])
