"""The card of a bundle: what the model is, read and validated from ``card.json``."""

from __future__ import annotations

from typing import Any

import msgspec

FORMAT = 1
"""The card format that this version reads and writes."""


class Languages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Language codes of source and target; the source of a captioning model is ``image``."""

    source: str
    target: str


class Sizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes of the model; lengths are in tokens and count the end token.

    A model that reads pictures has a ``source_vocab`` of 0, and its cells are ``max_source``.
    """

    hidden: int
    source_vocab: int
    target_vocab: int
    max_source: int
    max_target: int
    parameters: int


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Default and bounds of a continuous switch."""

    default: float
    minimum: float
    maximum: float


class Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be switched; an alignment's or attention's number in the graph is its place in the list.

    A Transformer has one of each, no window, and instead a layer and head that are shown first; where they are left
    out, the mean of all heads is.
    """

    alignments: tuple[str, ...]
    attentions: tuple[str, ...]
    alignment: str
    attention: str
    temperature: Range
    window: Range | None = None
    layer: int | None = None
    head: int | None = None


class Heads(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The attention heads of a Transformer.

    Attributes:
        layers: Decoder layers, each with self-attention and cross-attention.
        encoder_layers: Encoder layers with self-attention; 0 where something else stands in its place.
        heads: Heads of each attention.
        encoder: What mixes the positions in the encoder: ``attention``, ``rnn`` or ``cnn``.
    """

    layers: int
    encoder_layers: int
    heads: int
    encoder: str

    @property
    def caches(self) -> list[str]:
        """Names of what the decoder keeps of the tokens so far, behind ``past_`` and ``present_`` in the graph."""
        return [f"{part}_{layer}" for layer in range(self.layers) for part in ("keys", "values")]


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pictures that a captioning model reads, and the grid of cells that it attends to.

    Attributes:
        height: Pixels from top to bottom.
        width: Pixels from left to right.
        rows: Cells from top to bottom.
        columns: Cells from left to right; cell (row, column) is source position ``row * columns + column``.
    """

    height: int
    width: int
    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """Number of source positions."""
        return self.rows * self.columns


class SpecialTokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of the special tokens, the same in all vocabularies."""

    padding: int
    unknown: int
    begin: int
    end: int


class Corpus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the training data came from."""

    name: str
    pairs: int
    origin: str
    licence: str


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Checksum and size of one file of the bundle."""

    sha256: str
    bytes: int


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``card.json``.

    ``scores`` is what ``python -m models.evaluate`` measured: test set name → figure name → value or table
    ``{alignment: {attention: value}}``; it is shown, never interpreted by the decoder. ``heads`` is a Transformer's,
    ``image`` that of a model that reads pictures.
    """

    format: int
    name: str
    title: str
    task: str
    family: str
    languages: Languages
    sizes: Sizes
    switches: Switches
    tokens: SpecialTokens
    corpus: tuple[Corpus, ...]
    licence: str
    training: dict[str, Any]
    scores: dict[str, Any]
    files: dict[str, File]
    heads: Heads | None = None
    image: Image | None = None
