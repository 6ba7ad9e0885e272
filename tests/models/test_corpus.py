from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from models import corpus
from models.corpus import BEGIN, END, PADDING, UNKNOWN, Mixture

SENTENCES = [
    "The old lighthouse keeper's lamp went out, but nobody noticed it.",
    "L'horloge de l'église s'arrête: il n'est que midi (ou presque)!",
    'She said "come in" and poured two cups of tea; one was for me.',
    "Aujourd'hui, qu'est-ce qu'on mange? Du pain, 2 pommes et 3 œufs.",
] * 3


@pytest.fixture(scope="module")
def french() -> Tokenizer:
    return corpus.train_vocabulary(iter(SENTENCES), 220, "fr")


def test_specials_come_first(french: Tokenizer) -> None:
    assert [french.id_to_token(number) for number in range(4)] == ["<pad>", "<unk>", "<s>", "</s>"]
    assert (PADDING, UNKNOWN, BEGIN, END) == (0, 1, 2, 3)


@pytest.mark.parametrize("sentence", SENTENCES[:4])
def test_round_trip(french: Tokenizer, sentence: str) -> None:
    ids = french.encode(sentence).ids
    assert ids[-1] == END
    assert UNKNOWN not in ids
    assert french.decode(ids, skip_special_tokens=True) == sentence.lower()


def test_text_is_normalised(french: Tokenizer) -> None:
    plain = french.encode("l'église est à midi - presque...").ids
    assert french.encode("  L’e\u0301glise  est\tà midi – presque… ").ids == plain


def test_an_apostrophe_stays_with_what_it_belongs_to() -> None:
    french = corpus.train_vocabulary(iter(["l'homme l'homme"]), 60, "fr").encode("l'homme").tokens
    english = corpus.train_vocabulary(iter(["man's man's"]), 60, "en").encode("man's").tokens
    assert french[0] == "▁l'"
    assert english[-2] == "'s"


def test_punctuation_is_a_piece_of_its_own(french: Tokenizer) -> None:
    tokens = french.encode("pommes, (presque)!").tokens
    assert "," in tokens
    assert "▁(" in tokens
    assert tokens[-3:] == [")", "!", "</s>"]


NUMBERED = ["prices rose 1.5 pct to 1,234 dlrs", "a 7-3/4 pct bond due 2008", "unit b2 and section 3.", "1986/87 crop"]


@pytest.mark.parametrize("numbers", ["pieces", "digits"])
@pytest.mark.parametrize("line", NUMBERED)
def test_numbers_come_back_as_they_were_read(numbers: str, line: str) -> None:
    vocabulary = corpus.train_vocabulary(iter(NUMBERED * 3), 90, "en", numbers)
    encoded = vocabulary.encode(line)
    assert vocabulary.decode(encoded.ids, skip_special_tokens=True) == line
    longest = max(sum(sign.isdigit() for sign in token) for token in encoded.tokens)
    assert longest == 1 if numbers == "digits" else longest >= 1
    assert UNKNOWN not in encoded.ids


def test_numbers_as_a_class() -> None:
    vocabulary = corpus.train_vocabulary(iter(NUMBERED * 3), 90, "en", "class")
    read = [vocabulary.decode(vocabulary.encode(line).ids, skip_special_tokens=True) for line in NUMBERED]
    assert read == ["prices rose # pct to # dlrs", "a # pct bond due #", "unit b# and section #.", "# crop"]
    (bond,) = [offsets for token, offsets in _spelled(vocabulary, NUMBERED[1]) if token == "▁#" and offsets[0] < 9]
    assert NUMBERED[1][slice(*bond)].strip() == "7-3/4"


def _spelled(vocabulary: Tokenizer, line: str) -> list[tuple[str, tuple[int, int]]]:
    encoded = vocabulary.encode(line)
    return list(zip(encoded.tokens, encoded.offsets, strict=True))


def test_reading_passes_over_broken_lines(tmp_path: Path) -> None:
    lines = ["un\tone", "deux", "\tthree", "quatre\tfour\textra", "cinq\tfi\x07ve", " six \t six "]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines), encoding="utf-8")
    with gzip.open(tmp_path / "pairs.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    expected = [("un", "one"), ("six", "six")]
    assert corpus.read_pairs(tmp_path / "pairs.tsv") == expected
    assert corpus.read_pairs(tmp_path / "pairs.tsv.gz", reverse=True) == [pair[::-1] for pair in expected]


def test_batches_hold_every_pair_and_keep_the_budget() -> None:
    pairs = [([4] * (1 + n % 9), [5] * (1 + n % 7)) for n in range(50)]
    batches = corpus.cut_batches(pairs, 40)
    assert sum(len(batch.source) for batch in batches) == 50
    assert all(batch.targets.numel() <= 40 for batch in batches)
    assert sum(batch.tokens for batch in batches) == sum(len(target) for _, target in pairs)


def test_a_batch_is_padded_and_shifted() -> None:
    batch = corpus.make_batch([([7, 8, END], [9, END]), ([7, END], [9, 10, 11, END])])
    assert batch.source.tolist() == [[7, 8, END], [7, END, PADDING]]
    assert batch.source_mask.tolist() == [[True] * 3, [True, True, False]]
    assert batch.inputs.tolist() == [[BEGIN, 9, PADDING, PADDING], [BEGIN, 9, 10, 11]]
    assert batch.targets.tolist() == [[9, END, PADDING, PADDING], [9, 10, 11, END]]


def _mixture(seed: int = 1) -> Mixture:
    small = tuple(([number, END], [number, END]) for number in range(10, 40))
    large = tuple(([number, END], [number, END]) for number in range(100, 350))
    return Mixture((small, large), (0.5, 0.5), seed, pool_pairs=40)


def _drawn(mixture: Mixture, pool: int) -> list[int]:
    return [int(row[0]) for batch in mixture.pool(pool, 30) for row in batch.source]


def test_a_pool_is_a_function_of_seed_and_number() -> None:
    first = [batch.source for batch in _mixture().pool(3, 30)]
    again = [batch.source for batch in _mixture().pool(3, 30)]
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert _drawn(_mixture(), 3) != _drawn(_mixture(2), 3)
    assert _drawn(_mixture(), 3) != _drawn(_mixture(), 4)


def test_an_epoch_repeats_nothing() -> None:
    mixture = _mixture()
    counts = Counter(number for pool in range(3) for number in _drawn(mixture, pool))  # 60 draws of each corpus
    small = [counts[number] for number in range(10, 40)]
    assert small == [2] * 30
    assert max(counts[number] for number in range(100, 350)) == 1


def test_shares_are_kept() -> None:
    drawn = _drawn(_mixture(), 0)
    assert len([number for number in drawn if number < 100]) == 20
    assert len([number for number in drawn if number >= 100]) == 20
