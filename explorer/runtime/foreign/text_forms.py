"""Attention in text: Marian's and Nematus's alignments, and links of words in the format of Pharaoh.

Marian (Junczys-Dowmunt 2018), ``marian-decoder --alignment soft`` or ``hard``, a sentence a line::

    le chien dort ||| 0.9,0.05,0.05,0 0.1,0.8,0.1,0 0,0.1,0.8,0.1 0,0,0.1,0.9
    le chien dort ||| 0-0 1-1 2-2 3-3

Soft: for each target token, and for its end token, the weights of the source tokens and of their end token, divided by
commas. Hard: links, source first. With ``--n-best`` a line is ``number ||| translation ||| alignment ||| features |||
score``. The source does not stand there: it is the file that Marian read, a sentence a line; without it positions are
numbered.

Nematus (Sennrich 2017), ``--output_alignment``: a head line, the weights of each target token in a line of their own
and an empty line; both counts include the end token::

    0 ||| le chien dort ||| -0.51 ||| the dog sleeps ||| 4 4
    0.9 0.05 0.05 0
    …

Pharaoh (Koehn 2004): ``0-0 1-2``, links from source word to target word, counted from 0, a sentence a line, beside a
TSV of the sentences (source, tab, target); or in a third column of the TSV itself. The weight of a target word is
shared equally among its links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.foreign.lines import Lines, matrix_of, numbers, split_tokens, with_end
from explorer.runtime.foreign.pair import MOST_TOKENS, ForeignPair, checked_pair
from explorer.runtime.labels import printable

BAR = "|||"
MOST_LINKS = 1 << 16
"""Links of a sentence."""
_COUNT = re.compile(r"\d{1,6}", re.ASCII)
_LINK = re.compile(r"(\d{1,6})-(\d{1,6})", re.ASCII)
Link = tuple[int, int]


def read_marian(
    lines: Lines, place: str, sources: Sequence[str] | None, targets: Sequence[str] | None
) -> Iterator[ForeignPair]:
    """Yield the pairs of Marian's output.

    Args:
        lines: The output.
        place: What errors call it.
        sources: The source sentences in order; None numbers the positions.
        targets: What stands in the place of the translations in the output, in order; None takes these.

    Raises:
        InputError: A line has another form, or not as many weights as tokens; it is named.
    """
    for number, line in lines:
        here = f"{place}, line {number}"
        if not line.strip():
            raise InputError(f"{here} is empty")
        sentence, translation, alignment = _marian_fields(line, number, here)
        source = None if sources is None else _sentence(sources, sentence, "source", here)
        if targets is not None:
            translation = _sentence(targets, sentence, "target", here)
        target = split_tokens(translation, here)
        tokens = None if source is None else split_tokens(source, here)
        links = _links(alignment, here)
        if links is not None:
            yield _linked(here, tokens, target, links)
        else:
            yield _soft(here, tokens, target, alignment)


def read_nematus(lines: Lines, place: str) -> Iterator[ForeignPair]:
    """Yield the pairs of Nematus's text output.

    Raises:
        InputError: A head line has another form, or there are not as many weights as it says; the line is named.
    """
    waiting = [(number, line) for number, line in lines if line.strip()]
    at = 0
    while at < len(waiting):
        number, line = waiting[at]
        here = f"{place}, line {number}"
        head = nematus_head(line)
        if head is None:
            raise InputError(f"{here}: not `number ||| target ||| score ||| source ||| source count target count`")
        target_text, source_text, src_len, tgt_len = head
        rows = waiting[at + 1 : at + 1 + min(tgt_len, MOST_TOKENS + 1)]
        at += 1 + len(rows)
        weights = matrix_of([numbers(row.split(), f"{place}, line {line}") for line, row in rows], here)
        if weights.shape != (tgt_len, src_len):
            raise InputError(
                f"{here}: it announces {tgt_len} rows of {src_len} weights, there are {weights.shape[0]} of "
                f"{weights.shape[1]}"
            )
        source, target = split_tokens(source_text, here), split_tokens(target_text, here)
        yield checked_pair(here, with_end(source, src_len) or source, with_end(target, tgt_len) or target, weights)


def read_links(lines: Lines, place: str, pairs: Lines | None, pairs_place: str) -> Iterator[ForeignPair]:
    """Yield the pairs of links beside a TSV, or of a TSV with links in its third column.

    Args:
        lines: The links, or the TSV that has them.
        place: What errors call it.
        pairs: The TSV beside the links; None where `lines` are it.
        pairs_place: What errors call that.

    Raises:
        InputError: A line has another form, a link leads out of its sentence, or there are not as many links as pairs.
    """
    if pairs is not None and len(pairs) != len(lines):
        raise InputError(f"{place} has {len(lines)} lines, {pairs_place} has {len(pairs)}: each pair has its line")
    for index, (number, line) in enumerate(lines):
        here = f"{place}, line {number}"
        if pairs is None:
            *columns, links = line.split("\t")
        else:
            columns, links = pairs[index][1].split("\t"), line
        if len(columns) != 2:
            tsv = here if pairs is None else f"{pairs_place}, line {number}"
            raise InputError(f"{tsv}: it has {len(columns) + (pairs is None)} columns; a pair is source, tab, target")
        found = _links(links, here)
        if found is None:
            wrong = next(word for word in links.split() if not _LINK.fullmatch(word))
            raise InputError(f"{here}: {printable(wrong[:40])!r} is no link; one is source-target, 0-0")
        source, target = (split_tokens(column, here) for column in columns)
        yield _linked(here, source, target, found, ends=False)


def looks_like_links(line: str) -> bool:
    """Return whether a line begins with a link."""
    first = line.split(maxsplit=1)[:1]
    return bool(first) and _LINK.fullmatch(first[0]) is not None


def nematus_head(line: str) -> tuple[str, str, int, int] | None:
    """Return target, source, and the counts of source and target tokens of a head line; None for any other line.

    The counts are divided by a blank, or by bars as Nematus's own description has it.
    """
    fields = line.split(BAR)
    if len(fields) not in (5, 6):
        return None
    words = [fields[0], *fields[4].split(), *(fields[5].split() if len(fields) == 6 else [])]
    if len(words) != 3 or not all(_COUNT.fullmatch(word.strip()) for word in words):
        return None
    return fields[1], fields[3], int(words[1]), int(words[2])


def _marian_fields(line: str, number: int, here: str) -> tuple[int, str, str]:
    """Return which sentence a line is of, counted from 0, the translation and its alignment."""
    fields = [field.strip() for field in line.split(BAR)]
    if len(fields) >= 5 and fields[0].isascii() and fields[0].isdigit():
        return int(fields[0][:9]), fields[1], fields[2]
    if len(fields) < 2:
        raise InputError(f"{here}: no {BAR}; a line is `translation {BAR} alignment`")
    return number - 1, fields[0], fields[1]


def _sentence(sentences: Sequence[str], index: int, side: str, here: str) -> str:
    if index >= len(sentences):
        raise InputError(f"{here}: it is sentence {index + 1}, the {side} file has {len(sentences)}")
    return sentences[index]


def _soft(here: str, source: Sequence[str] | None, target: Sequence[str], alignment: str) -> ForeignPair:
    rows = split_tokens(alignment, here)
    weights = matrix_of([numbers(row.split(","), here) for row in rows], here)
    if source is None:
        source = _numbered(weights.shape[1] - 1)
    elif not weights[:, len(source) + 1 :].any():  # the decoder pads a batch to its longest source
        weights = weights[:, : len(source) + 1]
    sides = []
    for side, tokens, count in (("source", source, weights.shape[1]), ("target", target, weights.shape[0])):
        fitting = with_end(tokens, count)
        if fitting is None:
            raise InputError(
                f"{here}: weights for {count} {side} tokens, the end token included, but there are {len(tokens)}; "
                "text has to be as the model saw it (marian-decoder --no-spm-decode)"
            )
        sides.append(fitting)
    return checked_pair(here, sides[0], sides[1], weights)


def _linked(
    here: str, source: Sequence[str] | None, target: Sequence[str], links: Sequence[Link], *, ends: bool = True
) -> ForeignPair:
    """Return a pair with the weight of each target token shared among its links.

    Args:
        here: What errors call the pair.
        source: The source's tokens; None numbers them.
        target: The target's tokens.
        links: The links.
        ends: Whether links may lead to the end tokens.
    """
    last = [max((link[side] for link in links), default=0) for side in (0, 1)]
    if source is None:
        if last[0] >= MOST_TOKENS:
            raise InputError(f"{here}: a link to source word {last[0]}; the limit is {MOST_TOKENS} tokens")
        source = _numbered(last[0] + 1)
    sides = []
    for side, tokens, greatest in (("source", source, last[0]), ("target", target, last[1])):
        fitting = with_end(tokens, greatest + 1) if ends and greatest == len(tokens) else tuple(tokens)
        if fitting is None or (links and greatest >= len(fitting)):
            raise InputError(f"{here}: a link to {side} word {greatest}, but there are {len(tokens)}, counted from 0")
        sides.append(fitting)
    weights: npt.NDArray[np.float32] = np.zeros((len(sides[1]), len(sides[0])), dtype=np.float32)
    for i, j in links:
        weights[j, i] = 1.0
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=weights, where=total > 0)
    return checked_pair(here, sides[0], sides[1], weights)


def _links(text: str, here: str) -> list[Link] | None:
    """Return the links of a line; None where there is anything else in it.

    Raises:
        InputError: There are too many.
    """
    if text.count("-") > MOST_LINKS:
        raise InputError(f"{here}: more than {MOST_LINKS} links")
    found = [_LINK.fullmatch(word) for word in text.split()]
    return [(int(link[1]), int(link[2])) for link in found if link] if all(found) else None


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(1, count + 1)))
