"""Opening a file of attention: its form is found by its first bytes, what belongs to it lies beside it.

| kind | what | and beside it |
| :- | :- | :- |
| npz | arrays ``weights``, ``source_tokens``, ``target_tokens`` | |
| npy | the weights | token files, blanks or line ends between tokens |
| json | see `json_forms` | |
| marian | see `text_forms` | the source sentences, else positions are numbered |
| nematus | see `text_forms` | |
| pharaoh | see `text_forms` | a TSV, or the links of a TSV |

Beside ``name.form`` stand ``name.source.txt`` and ``name.target.txt``, ``name.tsv``, or what `SOURCES`, `TARGETS` and
`LINKS` have further, where no other file is named. Files are untrusted: everything is bounded before it is unpacked,
nothing in them is run.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from explorer.errors import InputError
from explorer.runtime.bounded import read_bounded
from explorer.runtime.foreign.json_forms import ALL_HEADS, WEIGHTS, read_json
from explorer.runtime.foreign.lines import Lines, number_lines, split_tokens
from explorer.runtime.foreign.npy import NPY_MAGIC, NPZ_MAGIC, Npz, read_npy, tokens_of
from explorer.runtime.foreign.pair import ForeignFile, ForeignPair, bounded, checked_pair
from explorer.runtime.foreign.text_forms import (
    BAR,
    looks_like_links,
    nematus_head,
    read_links,
    read_marian,
    read_nematus,
)
from explorer.runtime.labels import printable

NPZ, NPY, JSON, MARIAN, NEMATUS, PHARAOH = "npz", "npy", "json", "marian", "nematus", "pharaoh"
KINDS = (NPZ, NPY, JSON, MARIAN, NEMATUS, PHARAOH)

STANDARD_INPUT = "-"
LARGEST_FILE = 256 * 1024 * 1024
LARGEST_TEXT = 64 * 1024 * 1024
"""Bytes of a file with arrays, and of text, which takes several times its size while it is read."""

SOURCES = (".source.txt", ".source", ".src", ".source_tokens.txt")
TARGETS = (".target.txt", ".target", ".tgt", ".trg", ".target_tokens.txt")
PAIRS = (".tsv",)
LINKS = (".pharaoh", ".align", ".links", ".txt")
_FIRST_LINE = re.compile(rb"\S[^\r\n]*")
_BEGINS_JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\]{])")


@dataclass(frozen=True, slots=True)
class Beside:
    """Files that belong to the one that is opened; None looks for them beside it.

    Attributes:
        source: The source's tokens: of an npy, or a sentence a line of Marian's output.
        target: The target's tokens, in the same way.
        pairs: The TSV of Pharaoh links.
    """

    source: str | None = None
    target: str | None = None
    pairs: str | None = None


def open_attention(path: str, kind: str | None = None, beside: Beside | None = None) -> ForeignFile:
    """Read a file of attention.

    Args:
        path: The file, or "-" for standard input.
        kind: Its form, one of `KINDS`; None finds out.
        beside: Files that belong to it.

    Raises:
        InputError: There is no such file, it or one beside it is of no known form, damaged or too large.
    """
    name, data = name_of(path), _read(path, LARGEST_FILE)
    found = kind or _kind_of(path, data)
    if found is None:
        raise InputError(f"{name}: no form that is known; there is: {', '.join(KINDS)} (--from names one)")
    return ForeignFile(name, found, bounded(name, _read_as(found, path, data, beside or Beside())))


def name_of(path: str) -> str:
    """Return what a file is called: its last part, safe to show."""
    if path == STANDARD_INPUT:
        return "standard input"
    return printable(os.path.basename(path) or path) or "a file without a name"


def _kind_of(path: str, data: bytes) -> str | None:
    """Return the form of a file, None for one that is not known."""
    if data.startswith(NPZ_MAGIC):
        return NPZ
    if data.startswith(NPY_MAGIC):
        return NPY
    if path.endswith((".json", ".jsonl", ".ndjson")) or _BEGINS_JSON.match(data):
        return JSON
    line = _FIRST_LINE.search(data)
    first = line[0].decode("utf-8", "replace") if line else ""
    if nematus_head(first) is not None:
        return NEMATUS
    if BAR in first:
        return MARIAN
    if looks_like_links(first) or "\t" in first:
        return PHARAOH
    return None


def _read_as(kind: str, path: str, data: bytes, beside: Beside) -> Iterator[ForeignPair]:
    name = name_of(path)
    if kind == NPZ:
        yield _from_npz(Npz(data, name), name)
    elif kind == NPY:
        yield _from_npy(path, data, beside)
    elif len(data) > LARGEST_TEXT:
        raise InputError(f"{name}: {len(data)} bytes of text, the limit is {LARGEST_TEXT}; cut it into parts")
    elif kind == JSON:
        yield from read_json(data, name)
    elif kind == NEMATUS:
        yield from read_nematus(number_lines(data, name), name)
    elif kind == MARIAN:
        sources = _sentences(_found(path, beside.source, SOURCES))
        targets = _sentences(beside.target)
        yield from read_marian(number_lines(data, name), name, sources, targets)
    else:
        yield from _from_links(path, number_lines(data, name), beside)


def _from_npz(arrays: Npz, name: str) -> ForeignPair:
    source, target = (tokens_of(arrays.array(side), f"{name}: {side}") for side in ("source_tokens", "target_tokens"))
    weights = arrays.array(ALL_HEADS if ALL_HEADS in arrays else WEIGHTS)
    return checked_pair(name, source, target, weights)


def _from_npy(path: str, data: bytes, beside: Beside) -> ForeignPair:
    name = name_of(path)
    sides = []
    for side, given, suffixes in (("source", beside.source, SOURCES), ("target", beside.target, TARGETS)):
        file = _found(path, given, suffixes)
        if file is None:
            raise InputError(
                f"{name}: its {side} tokens are missing: --{side} FILE, or {_stem(name)}{suffixes[0]} beside it"
            )
        text = "\n".join(_sentences(file) or ())
        sides.append(split_tokens(text, name_of(file)))
    return checked_pair(name, sides[0], sides[1], read_npy(data, name))


def _from_links(path: str, lines: Lines, beside: Beside) -> Iterator[ForeignPair]:
    """Yield the pairs of links with their TSV, of a TSV with its links, or of a TSV that has them."""
    name = name_of(path)
    tabs = next((line.count("\t") for _, line in lines if line.strip()), 0)
    if tabs >= 2:
        return read_links(lines, name, None, name)
    if tabs == 1:
        links = _found(path, None, LINKS)
        if links is None:
            raise InputError(f"{name}: a TSV without links: a third column, or {_stem(name)}{LINKS[0]} beside it")
        return read_links(_lines(links), name_of(links), lines, name)
    pairs = _found(path, beside.pairs, PAIRS)
    if pairs is None:
        raise InputError(f"{name}: its sentences are missing: --pairs FILE, or {_stem(name)}{PAIRS[0]} beside it")
    return read_links(lines, name, _lines(pairs), name_of(pairs))


def _sentences(path: str | None) -> Sequence[str] | None:
    return None if path is None else [line for _, line in _lines(path)]


def _lines(path: str) -> Lines:
    return number_lines(_read(path, LARGEST_TEXT), name_of(path))


def _stem(path: str) -> str:
    return os.path.splitext(path)[0]


def _found(path: str, given: str | None, suffixes: Sequence[str]) -> str | None:
    """Return the file that was named, or the first of those that may stand beside `path`; None without one."""
    if given is not None or path == STANDARD_INPUT:
        return given
    for suffix in suffixes:
        for stem in (_stem(path), path):
            if stem + suffix != path and os.path.isfile(stem + suffix):
                return stem + suffix
    return None


def _read(path: str, limit: int) -> bytes:
    """Return what is in a file, without the byte-order mark of a text.

    Raises:
        InputError: It cannot be read, is empty, or has more bytes than the limit.
    """
    name = printable(path) if path != STANDARD_INPUT else name_of(path)

    def opened() -> AbstractContextManager[BinaryIO]:
        if path != STANDARD_INPUT:
            return open(path, "rb")
        if sys.stdin is None:
            raise InputError("standard input is closed")
        return contextlib.nullcontext(sys.stdin.buffer)  # not ours to close

    data = read_bounded(opened, name or "a file without a name", limit)
    if not data or data.isspace():
        raise InputError(f"{name}: the file is empty")
    return data.removeprefix(codecs.BOM_UTF8)
