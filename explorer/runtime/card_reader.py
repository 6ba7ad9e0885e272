"""Reading a bundle's card and files as what they are: data from somebody else."""

from __future__ import annotations

import hashlib
import math
import re
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from explorer.errors import BundleError
from explorer.runtime.card import FORMAT, Card, Range
from explorer.runtime.catalog import CARD_NAME
from explorer.runtime.controls import SHARPEST_TEMPERATURE
from explorer.runtime.labels import printable

LARGEST_CARD = 1024 * 1024
LARGEST_FILE = 512 * 1024 * 1024
LONGEST_SEQUENCE = 65536
"""Limits of what is read from a bundle: bytes, bytes, tokens."""

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

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SWITCH_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
Decoded = TypeVar("Decoded")
_AT_FIELD = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")


class _Version(msgspec.Struct):
    format: int


def read_card(folder: Path) -> Card:
    """Read and check ``card.json`` without opening anything else.

    Args:
        folder: The bundle.

    Raises:
        BundleError: No card, one of another format version, or a field that is missing, unknown or out of range. The
            message names file and field.
    """
    place = f"{printable(str(folder))}/{CARD_NAME}"
    data = _read_plain(folder, CARD_NAME, LARGEST_CARD)
    version = _decode(data, _Version, place).format
    if version != FORMAT:
        advice = "update attn-explore" if version > FORMAT else "export the model again"
        raise BundleError(f"{place}: format: version {version}, this attn-explore reads version {FORMAT}; {advice}")
    card = _decode(data, Card, place)
    for field, problem in _problems(card):
        raise BundleError(f"{place}: {printable(field)}: {problem}")
    return card


def read_files(folder: Path, card: Card) -> dict[str, bytes]:
    """Read the files that the card lists, each compared with its size and checksum there.

    Raises:
        BundleError: A file is missing, too large or another one than the card describes; the message says which and
            how it differs.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:  # hashlib lets go of the interpreter, so two cores hash two files
        contents = pool.map(lambda name: _read_listed(folder, card, name), card.files)
        return dict(zip(card.files, contents, strict=True))


def _read_listed(folder: Path, card: Card, name: str) -> bytes:
    place, listed = f"{printable(str(folder))}/{name}", card.files[name]
    data = _read_plain(folder, name, LARGEST_FILE)
    if len(data) != listed.bytes:
        raise BundleError(f"{place}: changed: it has {len(data)} bytes, the card says {listed.bytes}")
    checksum = hashlib.sha256(data).hexdigest()
    if checksum != listed.sha256:
        raise BundleError(f"{place}: changed: its sha256 is {checksum[:12]}…, the card says {listed.sha256[:12]}…")
    return data


def _read_plain(folder: Path, name: str, limit: int) -> bytes:
    """Read a regular file that lies in `folder`, at most `limit` bytes."""
    path, place = folder / name, f"{printable(str(folder))}/{name}"
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BundleError(f"{place}: a link out of the bundle's folder, which is not followed")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{place}: not a regular file")
        if status.st_size > limit:
            raise BundleError(f"{place}: {status.st_size} bytes, the limit is {limit}")
        with path.open("rb") as opened:
            data = opened.read(limit + 1)
    except FileNotFoundError as error:
        raise BundleError(f"{place}: missing") from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, in Python before 3.13
        reason = getattr(error, "strerror", None) or str(error)
        raise BundleError(f"{place}: cannot be read ({printable(reason)})") from error
    if len(data) > limit:
        raise BundleError(f"{place}: more than {limit} bytes, which is the limit")
    return data


def _decode(data: bytes, kind: type[Decoded], place: str) -> Decoded:
    try:
        return msgspec.json.decode(data, type=kind, strict=True)
    except msgspec.ValidationError as error:
        raise BundleError(f"{place}: {_explain(str(error))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{place}: not readable as JSON ({printable(str(error))})") from error


def _explain(message: str) -> str:
    """Turn msgspec's sentence round: ``Expected `int`, got `str` - at `$.sizes.hidden``` → field first."""
    found = _AT_FIELD.search(message)
    field = found.group(1) if found else ""
    what = message[: found.start()] if found else message
    missing = re.fullmatch(r"Object (missing required|contains unknown) field `(.*)`", what, re.DOTALL)
    if missing:
        field = f"{field}.{missing.group(2)}" if field else missing.group(2)
        what = "missing" if missing.group(1).startswith("missing") else "unknown field"
    what = what.replace("`", "")
    what = what[:1].lower() + what[1:]
    return printable(f"{field}: {what}" if field else what)


def _problems(card: Card) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) for everything in the card that its types do not already rule out."""
    yield from _control_characters(msgspec.to_builtins(card), "")
    if not _PLAIN_NAME.fullmatch(card.name):
        yield "name", f"{card.name!r} is not a plain name (letters, digits, '.', '_', '-')"
    yield from _size_problems(card)
    yield from _switch_problems(card)
    yield from _head_problems(card)
    yield from _image_problems(card)
    yield from _file_problems(card)


def _control_characters(value: object, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if printable(value) != value:
            yield field, f"has a character that cannot be shown: {printable(value)[:80]}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _control_characters(str(key), f"{field}.{key}".lstrip("."))
            yield from _control_characters(inner, f"{field}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _control_characters(inner, f"{field}[{place}]")


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
    for name, listed in card.files.items():
        if not _PLAIN_NAME.fullmatch(name) or name == CARD_NAME:
            yield f"files.{name}", "must be the plain name of a file in the bundle's own folder"
        if not re.fullmatch(r"[0-9a-f]{64}", listed.sha256):
            yield f"files.{name}.sha256", "must be 64 hexadecimal digits"
        if not 0 <= listed.bytes <= LARGEST_FILE:
            yield f"files.{name}.bytes", f"must be from 0 to {LARGEST_FILE}"
    needed = (*GRAPH_FILES, TARGET_FILE, *(() if card.image is not None else (SOURCE_FILE,)))
    for name in needed:
        if name not in card.files:
            yield f"files.{name}", "missing"
    if len(card.files) > MOST_FILES:
        yield "files", "lists too many files"
