"""The card of a bundle: what the model is, read and validated from ``card.json``."""

from __future__ import annotations

from typing import Any

import msgspec

FORMAT = 1
"""The card format that this version reads and writes."""


class Languages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Language codes of source and target."""

    source: str
    target: str


class Sizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes of the model; lengths are in tokens and count the end token."""

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
    """What can be switched; an alignment's or attention's number in the graph is its place in the list."""

    alignments: tuple[str, ...]
    attentions: tuple[str, ...]
    alignment: str
    attention: str
    window: Range
    temperature: Range


class SpecialTokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of the special tokens, the same in both vocabularies."""

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
    ``{alignment: {attention: value}}``; it is shown, never interpreted by the decoder.
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
