"""Reading parallel text, training vocabularies, and cutting batches of a token budget."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor

SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")
PADDING, UNKNOWN, BEGIN, END = range(4)
NUMBER = Regex(r"[0-9]+([.,/-][0-9]+)*")
Pair = tuple[str, str]
Encoded = tuple[list[int], list[int]]


def read_pairs(path: Path, reverse: bool = False) -> list[Pair]:
    """Read a TSV file (plain or .gz) of ``source<TAB>target`` lines.

    Lines without two non-blank columns, or with control characters, are passed over: corpora have a few.

    Args:
        path: The file.
        reverse: Take the second column as the source.
    """
    pairs = []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) != 2 or not all(column.strip() and column.isprintable() for column in columns):
                continue
            source, target = columns[::-1] if reverse else columns
            pairs.append((source.strip(), target.strip()))
    return pairs


def train_vocabulary(lines: Iterator[str], size: int, language: str, numbers: str = "pieces") -> Tokenizer:
    """Train a byte-pair vocabulary (Sennrich 2016) on lower-cased text.

    "▁" marks the start of a word. Punctuation is a piece of its own; an apostrophe stays with what it belongs to:
    before it in French ("l'" "homme"), after it elsewhere ("man" "'s"). Where `numbers` is "class", every number is
    read as "#"; where it is "digits", every digit is a piece of its own.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=SPECIALS[UNKNOWN]))
    straight = [("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("…", "...")]
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Lowercase(),
            *(normalizers.Replace(old, new) for old, new in straight),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            *([normalizers.Replace(NUMBER, "#")] if numbers == "class" else []),
        ]
    )
    apostrophe = "merged_with_previous" if language == "fr" else "merged_with_next"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Split(Regex(r"▁?[\p{P}\p{S}&&[^▁']]"), "isolated"),
            pre_tokenizers.Split("'", apostrophe),
            *([pre_tokenizers.Digits(individual_digits=True)] if numbers == "digits" else []),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(SPECIALS), limit_alphabet=120, min_frequency=2, show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    end = f"{SPECIALS[END]}"
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {end}", special_tokens=[(end, END)])
    return tokenizer


def encode_pairs(pairs: Sequence[Pair], source: Tokenizer, target: Tokenizer, longest: int) -> list[Encoded]:
    """Return id lists of the pairs, each with the end token, those longer than `longest` tokens left out."""
    sources = source.encode_batch([pair[0] for pair in pairs])
    targets = target.encode_batch([pair[1] for pair in pairs])
    encoded = ((one.ids, other.ids) for one, other in zip(sources, targets, strict=True))
    return [(one, other) for one, other in encoded if len(one) <= longest and len(other) <= longest]


@dataclass(frozen=True)
class Batch:
    """Padded pairs.

    Attributes:
        source: (batch, src_len), int64.
        source_mask: (batch, src_len), True at real tokens.
        inputs: What the decoder reads, begin token first, (batch, tgt_len).
        targets: What it has to emit, end token last, (batch, tgt_len).
    """

    source: Tensor
    source_mask: Tensor
    inputs: Tensor
    targets: Tensor

    @property
    def encoder_inputs(self) -> tuple[Tensor, ...]:
        """What the encoder reads."""
        return self.source, self.source_mask

    @property
    def repeats(self) -> int:
        """Targets of each source."""
        return 1

    @property
    def tokens(self) -> int:
        """Number of real target tokens."""
        return int((self.targets != PADDING).sum())

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def pad(rows: Sequence[Sequence[int]]) -> Tensor:
    """Return (batch, longest) int64 with `PADDING` on the right."""
    padded = torch.full((len(rows), max(map(len, rows))), PADDING)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = torch.tensor(row)
    return padded


def shifted(targets: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return what a decoder reads and what it has to emit, padded: the begin token first, the end token last."""
    return pad([[BEGIN, *target[:-1]] for target in targets]), pad(targets)


def make_batch(pairs: Sequence[Encoded]) -> Batch:
    """Pad encoded pairs into one batch."""
    source = pad([source for source, _ in pairs])
    return Batch(source, source != PADDING, *shifted([target for _, target in pairs]))


def cut_batches(pairs: Sequence[Encoded], budget: int) -> list[Batch]:
    """Sort pairs by length and cut them into batches of about `budget` padded target tokens."""
    ordered = sorted(pairs, key=lambda pair: (len(pair[1]), len(pair[0])))
    batches: list[Batch] = []
    rows: list[Encoded] = []
    for pair in ordered:
        if rows and (len(rows) + 1) * max(len(pair[1]), len(pair[0])) > budget:
            batches.append(make_batch(rows))
            rows = []
        rows.append(pair)
    if rows:
        batches.append(make_batch(rows))
    return batches


@dataclass(frozen=True)
class Mixture:
    """Several corpora, drawn from with fixed shares.

    Pool k is a function of the seed and k alone, so a resumed run goes on with the pools that it has not seen.
    """

    corpora: tuple[tuple[Encoded, ...], ...]
    shares: tuple[float, ...]
    seed: int
    pool_pairs: int = 12_000

    def pool(self, number: int, budget: int) -> list[Batch]:
        """Return pool `number`: pairs drawn by the shares, cut into batches, in random order."""
        return self.batches(number, self.drawn(number), budget)

    def batches(self, number: int, pairs: Sequence[Encoded], budget: int) -> list[Batch]:
        """Return the pairs of pool `number` cut into batches, in random order."""
        batches = cut_batches(pairs, budget)
        order = np.random.default_rng([self.seed, number]).permutation(len(batches))
        return [batches[place] for place in order]

    def drawn(self, number: int) -> list[Encoded]:
        """Return the pairs of pool `number`, drawn by the shares.

        Each corpus is gone through in a new random order an epoch, so that no pair is drawn twice before the others.
        """
        drawn: list[Encoded] = []
        for place, (corpus, share) in enumerate(zip(self.corpora, self.shares, strict=True)):
            count = round(self.pool_pairs * share)
            drawn += [corpus[index] for index in endless([self.seed, place], len(corpus), number * count, count)]
        return drawn


def endless(seed: Sequence[int], size: int, start: int, count: int) -> list[int]:
    """Return `count` of the numbers below `size` from the endless sequence of its shuffled epochs, from `start` on."""
    first, last = start // size, (start + count - 1) // size
    orders = [np.random.default_rng([*seed, epoch]).permutation(size) for epoch in range(first, last + 1)]
    numbers: list[int] = np.concatenate(orders)[start - first * size :][:count].tolist()
    return numbers
