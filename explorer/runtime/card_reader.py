"""Reading a bundle: its card, with what its types do not rule out, and its files."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from explorer.runtime.card import FORMAT, Card, Range
from explorer.runtime.catalog import CARD_NAME
from explorer.runtime.checked_files import (
    control_characters,
    is_plain_name,
    listed_problems,
    read_all,
    read_versioned,
    refuse,
)
from explorer.runtime.controls import SHARPEST_TEMPERATURE

LONGEST_SEQUENCE = 65536
"""Most tokens of a source or a target."""

MOST_HEADS = 64
"""Most layers, and most heads of a layer."""
LARGEST_PICTURE = 2048
"""Most pixels along a side of a picture."""

MOST_FILES = 8
"""Most files of a bundle beside its card."""

TRANSFORMER = "transformer"
CAPTIONING = "captioning"

GRAPH_FILES = ("encoder.onnx", "step.onnx")
SOURCE_FILE, TARGET_FILE = "source.json", "target.json"

_SWITCH_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


def read_card(folder: Path) -> Card:
    """Read and check ``card.json`` without opening anything else.

    Args:
        folder: The bundle.

    Raises:
        BundleError: No card, one of another format version, or a field that is missing, unknown or out of range. The
            message names file and field.
    """
    card = read_versioned(folder, CARD_NAME, Card, FORMAT)
    refuse(folder, CARD_NAME, _problems(card))
    return card


def read_files(folder: Path, card: Card) -> dict[str, bytes]:
    """Read the files that the card lists, each compared with its size and checksum there.

    Raises:
        BundleError: A file is missing, too large or another one than the card describes; the message says which and
            how it differs.
    """
    return read_all(folder, card.files)


def _problems(card: Card) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) for everything in the card that its types do not already rule out."""
    yield from control_characters(msgspec.to_builtins(card), "")
    if not is_plain_name(card.name):
        yield "name", f"{card.name!r} is not a plain name (letters, digits, '.', '_', '-')"
    yield from _size_problems(card)
    yield from _switch_problems(card)
    yield from _head_problems(card)
    yield from _image_problems(card)
    yield from _file_problems(card)


def _size_problems(card: Card) -> Iterator[tuple[str, str]]:
    for name in card.sizes.__struct_fields__:
        if getattr(card.sizes, name) < 1 and not (name == "source_vocab" and card.image is not None):
            yield f"sizes.{name}", "must be at least 1"
    for name in ("max_source", "max_target"):
        if getattr(card.sizes, name) > LONGEST_SEQUENCE:
            yield f"sizes.{name}", f"must be at most {LONGEST_SEQUENCE}"
    numbers = [getattr(card.tokens, name) for name in card.tokens.__struct_fields__]
    vocabularies = [card.sizes.target_vocab] + ([] if card.image is not None else [card.sizes.source_vocab])
    for name, number in zip(card.tokens.__struct_fields__, numbers, strict=True):
        if not 0 <= number < min(vocabularies):
            where = "both vocabularies" if len(vocabularies) == 2 else "the vocabulary"
            yield f"tokens.{name}", f"{number} is not a number in {where}"
    if len(set(numbers)) != len(numbers):
        yield "tokens", "two special tokens have the same number"


def _switch_problems(card: Card) -> Iterator[tuple[str, str]]:
    switches = card.switches
    for field in ("alignments", "attentions"):
        names, default = getattr(switches, field), getattr(switches, field[:-1])
        if len(set(names)) != len(names):
            yield f"switches.{field}", "a name is listed twice"
        for place, name in enumerate(names):
            if not _SWITCH_NAME.fullmatch(name):
                yield f"switches.{field}[{place}]", f"{name!r} is not a name of lower-case letters, digits and '_'"
        if default not in names:
            yield f"switches.{field[:-1]}", f"{default!r} is not one of switches.{field}"
    if switches.window is not None:
        yield from _range_problems("switches.window", switches.window, 0.0)
    yield from _range_problems("switches.temperature", switches.temperature, SHARPEST_TEMPERATURE)


def _head_problems(card: Card) -> Iterator[tuple[str, str]]:
    heads, switches = card.heads, card.switches
    transformer = card.family == TRANSFORMER
    if transformer != (heads is not None):
        yield "heads", f"{'missing' if transformer else 'only a Transformer has them'}, the family is {card.family!r}"
        return
    if transformer != (switches.window is None):
        yield "switches.window", "a Transformer has no local attention" if transformer else "missing"
    if heads is None:
        for name in ("layer", "head"):
            if getattr(switches, name) is not None:
                yield f"switches.{name}", "only a Transformer has heads"
        return
    for name, least in (("layers", 1), ("encoder_layers", 0), ("heads", 1)):
        if not least <= getattr(heads, name) <= MOST_HEADS:
            yield f"heads.{name}", f"must be from {least} to {MOST_HEADS}"
            return
    if card.sizes.hidden % heads.heads:
        yield "heads.heads", f"{heads.heads} heads do not share {card.sizes.hidden} hidden units equally"
    if (switches.layer is None) != (switches.head is None):
        yield "switches.head", "a head needs its layer, a layer its head"
    for name, count in (("layer", heads.layers), ("head", heads.heads)):
        number = getattr(switches, name)
        if number is not None and not 0 <= number < count:
            yield f"switches.{name}", f"{number} is outside 0 to {count - 1}"


def _image_problems(card: Card) -> Iterator[tuple[str, str]]:
    image, captions = card.image, card.task == CAPTIONING
    if captions != (image is not None):
        yield "image", f"{'missing' if captions else 'only captioning has one'}, the task is {card.task!r}"
        return
    if image is None:
        return
    if card.heads is not None:
        yield "heads", "a Transformer that reads pictures is not known to this version"
    for side, cells in (("height", "rows"), ("width", "columns")):
        if not 1 <= getattr(image, cells) <= getattr(image, side) <= LARGEST_PICTURE:
            yield f"image.{side}", f"must be from image.{cells}, at least 1, to {LARGEST_PICTURE}"
    if card.sizes.max_source != image.cells:
        yield "sizes.max_source", f"{card.sizes.max_source} is not image.rows times image.columns"
    if card.sizes.source_vocab != 0:
        yield "sizes.source_vocab", "must be 0 where the source is a picture"


def _range_problems(field: str, limits: Range, lowest: float) -> Iterator[tuple[str, str]]:
    if not all(math.isfinite(value) for value in (limits.minimum, limits.default, limits.maximum)):
        yield field, "must be finite numbers"
    elif not limits.minimum <= limits.default <= limits.maximum:
        yield f"{field}.default", f"{limits.default} is outside {limits.minimum} to {limits.maximum}"
    elif limits.minimum < lowest or limits.maximum <= 0.0:
        yield f"{field}.minimum", f"{limits.minimum} is below {lowest}, the lowest that can be computed with"


def _file_problems(card: Card) -> Iterator[tuple[str, str]]:
    yield from listed_problems(card.files, CARD_NAME)
    needed = (*GRAPH_FILES, TARGET_FILE, *(() if card.image is not None else (SOURCE_FILE,)))
    for name in needed:
        if name not in card.files:
            yield f"files.{name}", "missing"
    if len(card.files) > MOST_FILES:
        yield "files", "lists too many files"
