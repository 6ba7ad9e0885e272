"""The words of a model that lie near each other: its own source embedding, read out of the encoder's graph."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.errors import BundleError
from explorer.runtime.bundle import Bundle
from explorer.runtime.labels import WORD_START
from explorer.runtime.onnx_scan import fields
from explorer.runtime.text import Vocabulary
from explorer.runtime.trace import Array

ENCODER_FILE = "encoder.onnx"
SHORTEST = 3
"""Letters of the shortest word that is suggested; shorter pieces are mostly beginnings of words."""

# Field numbers of onnx.proto, as in `onnx_scan`.
_GRAPH, _INITIALIZER = 7, 5
_DIMS, _DATA_TYPE, _RAW_DATA = 1, 2, 9
_TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 10: np.dtype("<f2")}
"""FLOAT and FLOAT16 of TensorProto.DataType."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The source vocabulary as directions.

    Attributes:
        directions: The rows of the embedding, scaled to length 1, (source_vocab, size).
        whole: Tokens that begin a word and look like one, which can be suggested.
    """

    directions: Array
    whole: tuple[int, ...]

    def nearest(self, words: Vocabulary, tokens: tuple[int, ...], count: int) -> tuple[str, ...]:
        """Return the words nearest to one, by the cosine of their embeddings, the nearest first.

        Args:
            words: The source vocabulary.
            tokens: The word's pieces, at least one; several are taken by their mean.
            count: How many to return at most.
        """
        asked = self.directions[list(tokens)].mean(axis=0)
        cosines = self.directions[list(self.whole)] @ asked
        own = "".join(words.piece(token) for token in tokens).removeprefix(WORD_START).lower()
        found: dict[str, None] = {}
        for place in np.argsort(-cosines):
            word = words.piece(self.whole[int(place)]).removeprefix(WORD_START)
            if word.lower() != own and word.lower() not in (known.lower() for known in found):
                found[word] = None
            if len(found) == count:
                break
        return tuple(found)


def read_neighbours(bundle: Bundle) -> Neighbours | None:
    """Read the source embedding of a model; None where its encoder has no table of one row a token.

    Raises:
        BundleError: The file is not the one that was opened.
    """
    words = bundle.source
    try:
        data = (bundle.folder / ENCODER_FILE).read_bytes()
    except OSError as error:
        raise BundleError(f"{ENCODER_FILE} cannot be read any more ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != bundle.card.files[ENCODER_FILE].sha256:
        raise BundleError(f"{ENCODER_FILE} has changed since the model was opened")
    table = table_of(data, bundle.card.sizes.source_vocab)
    if table is None or not np.isfinite(table).all():
        return None
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    directions = np.divide(table, lengths, out=np.zeros_like(table), where=lengths > 0)
    return Neighbours(directions, tuple(token for token in range(words.size) if _is_word(words.piece(token))))


def table_of(data: bytes, rows: int) -> Array | None:
    """Return the first initializer of an ONNX graph that is a table of `rows` rows, (rows, size); None without one.

    Args:
        data: The file.
        rows: Rows of the table.
    """
    for number, _, graph in fields(memoryview(data)):
        if number != _GRAPH or not isinstance(graph, memoryview):
            continue
        for inner, _, tensor in fields(graph):
            if inner == _INITIALIZER and isinstance(tensor, memoryview):
                table = _table(tensor, rows)
                if table is not None:
                    return table
    return None


def _table(tensor: memoryview, rows: int) -> Array | None:
    dims: list[int] = []
    kind, raw = None, None
    for number, _, value in fields(tensor):
        if number == _DIMS:
            dims += [value] if isinstance(value, int) else _packed(value)
        elif number == _DATA_TYPE and isinstance(value, int):
            kind = _TYPES.get(value)
        elif number == _RAW_DATA and isinstance(value, memoryview):
            raw = value
    if kind is None or raw is None or len(dims) != 2 or dims[0] != rows or len(raw) != rows * dims[1] * kind.itemsize:
        return None
    table: Array = np.frombuffer(raw, dtype=kind).reshape(rows, dims[1]).astype(np.float32)
    return table


def _packed(value: memoryview) -> list[int]:
    """Return the base-128 numbers of a packed field."""
    numbers, number, shift = [], 0, 0
    for byte in value:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number, shift = 0, 0
    return numbers


def _is_word(piece: str) -> bool:
    word = piece.removeprefix(WORD_START)
    return piece.startswith(WORD_START) and len(word) >= SHORTEST and word.isalpha()
