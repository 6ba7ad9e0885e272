"""The phase before the pairs: what it is made of, where it ends, and that a training resumes across its end."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from models import corpus, train
from models.corpus import END, PADDING, Batch, Mixture
from models.pretraining import Phases, word_starts
from models.recipes import Pretraining
from models.train import Trainer
from tests.models.test_training import tiny_recipe, write_task

LINES = ["the glassblower opened a workshop", "two trams met near the harbour", "a printer lost his spectacles"]


@pytest.fixture(scope="module")
def vocabulary() -> Tokenizer:
    return corpus.train_vocabulary(iter(LINES * 4), 60, "en")


def phases(vocabulary: Tokenizer, **changes: float) -> Phases:
    pairs = tuple((vocabulary.encode(line).ids, [9, END]) for line in LINES)
    settings = {"pools": 2, "words": 3, "dropped": 0.0} | changes
    return Phases(Mixture((pairs,), (1.0,), 1, 3), Pretraining(**settings), word_starts(vocabulary))  # type: ignore[arg-type]


def texts(vocabulary: Tokenizer, batches: list[Batch]) -> set[tuple[str, str]]:
    """What the rows of batches read and write, without the end token."""
    found = set()
    for batch in batches:
        for source, target in zip(batch.source.tolist(), batch.targets.tolist(), strict=True):
            ids = [[token for token in row if token not in (END, PADDING)] for row in (source, target)]
            assert all(END in row for row in (source, target))
            found.add((vocabulary.decode(ids[0]), vocabulary.decode(ids[1])))
    return found


def test_a_source_is_written_down_from_its_beginning(vocabulary: Tokenizer) -> None:
    expected = {(line, " ".join(line.split()[:3])) for line in LINES}
    for number in range(2):
        assert texts(vocabulary, phases(vocabulary).pool(number, 200)) == expected


def test_some_words_are_left_out_of_what_is_read_alone(vocabulary: Tokenizer) -> None:
    made = phases(vocabulary, dropped=0.5, pools=40, words=60)
    read = 0
    for number in range(40):
        for source, target in texts(vocabulary, made.pool(number, 200)):
            words = iter(target.split())
            assert target in LINES
            assert all(word in words for word in source.split()), "whole words, in their order"
            read += len(source.split())
    assert 0.4 < read / (40 * 15) < 0.6
    assert texts(vocabulary, made.pool(0, 200)) != texts(vocabulary, made.pool(1, 200))


def test_a_source_is_never_read_as_nothing(vocabulary: Tokenizer) -> None:
    expected = {(line, line) for line in LINES}
    assert texts(vocabulary, phases(vocabulary, dropped=1.0, words=60).pool(0, 200)) == expected


def test_the_pairs_begin_with_their_own_first_pool(vocabulary: Tokenizer) -> None:
    made = phases(vocabulary)
    assert [made.pretrains(number) for number in range(4)] == [True, True, False, False]
    for number in (0, 1, 5):
        for batch, other in zip(made.pool(2 + number, 20), made.pairs.pool(number, 20), strict=True):
            assert torch.equal(batch.source, other.source)
            assert torch.equal(batch.targets, other.targets)


def test_a_pool_is_a_function_of_seed_and_number(vocabulary: Tokenizer) -> None:
    made, again = phases(vocabulary, dropped=0.5), phases(vocabulary, dropped=0.5)
    made.pool(0, 200)
    assert texts(vocabulary, made.pool(1, 200)) == texts(vocabulary, again.pool(1, 200))


def test_word_starts(vocabulary: Tokenizer) -> None:
    starts = word_starts(vocabulary)
    assert starts.shape == (vocabulary.get_vocab_size(),)
    assert starts[vocabulary.encode("the harbour").ids].sum() == 2
    assert not starts[[PADDING, END]].any()
    assert starts.dtype == np.bool_


def make(folder: Path, name: str, **changes: object) -> Trainer:
    phase = {"shared": True, "pretraining": Pretraining(pools=3, words=4, dropped=0.2)}
    recipe = tiny_recipe(**(phase | changes))
    return Trainer(recipe, folder, folder / name, torch.device("cpu"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_task(tmp_path / "train.tsv", 400, 1)
    write_task(tmp_path / "dev.tsv", 20, 2)
    return tmp_path


@pytest.mark.parametrize("pools", [1, 3, 4])
def test_interrupted_in_any_phase_and_resumed_equals_uninterrupted(
    data: Path, monkeypatch: pytest.MonkeyPatch, pools: int
) -> None:
    monkeypatch.setattr(train, "SAVE_SECONDS", -1.0)  # a checkpoint after every pool
    whole = make(data, "whole", target_tokens=1_800)
    for _ in whole.run():
        pass
    assert whole.progressed.pool > 4
    broken = make(data, "broken", target_tokens=1_800)
    for _ in itertools.takewhile(lambda _: broken.progressed.pool < pools, broken.run()):
        pass
    resumed = make(data, "broken", target_tokens=1_800)
    assert resumed.progressed.pool == pools
    for _ in resumed.run():
        pass
    assert resumed.progressed.updates == whole.progressed.updates
    assert [each["dev"] for each in resumed.progressed.history] == [each["dev"] for each in whole.progressed.history]
    for (name, value), other in zip(whole.model.state_dict().items(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(value, other), name


def test_the_first_phase_never_ends_a_training(data: Path) -> None:
    trainer = make(
        data,
        "patient",
        target_tokens=10**9,
        learning_rate=0.0,
        patience=1,
        pool_pairs=20,
        pretraining=Pretraining(pools=16, words=4),
    )
    for _ in trainer.run():
        pass
    assert trainer.progressed.pool == 20
    assert trainer.progressed.stale == 1


def test_the_log_names_the_phases(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="models.train"):
        for _ in make(data, "logged", target_tokens=1_800).run():
            pass
    assert (
        "pretraining: 3 pools of sources alone, 20% of their words left out, their first 4 words written" in caplog.text
    )
    assert "pretrained: 3 pools" in caplog.text


def test_one_vocabulary_for_both_sides(data: Path) -> None:
    make(data, "shared")
    source, target = ((data / "shared" / name).read_bytes() for name in ("source.json", "target.json"))
    assert source == target
    assert Tokenizer.from_str(source.decode()).encode("h").tokens == ["▁h", "</s>"]
