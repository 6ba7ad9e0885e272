"""The forms that other programs write, read as they are meant."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.runtime.foreign.files import open_attention
from explorer.runtime.foreign.pair import showing, trace_of
from tests.runtime.foreign.conftest import SOURCE, TARGET, Refused, as_json, opened, rows_of, shares

FLAT = shares(len(TARGET), len(SOURCE))
WITH_ENDS = shares(len(TARGET) + 1, len(SOURCE) + 1)
SHAPES = [FLAT.shape, (3, *FLAT.shape), (2, 3, *FLAT.shape)]


def words(tokens: tuple[str, ...]) -> str:
    return " ".join(tokens)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("compressed", [False, True])
def test_npz(folder: Path, shape: tuple[int, ...], compressed: bool) -> None:
    weights = shares(*shape)
    save = np.savez_compressed if compressed else np.savez
    save("a.npz", weights=weights, source_tokens=np.array(SOURCE), target_tokens=np.array(TARGET))
    file = opened("a.npz")
    (pair,) = file.pairs
    assert (file.name, file.kind) == ("a.npz", "npz")
    assert (pair.source_tokens, pair.target_tokens) == (SOURCE, TARGET)
    np.testing.assert_array_equal(pair.weights, weights)
    assert not pair.weights.flags.writeable


@pytest.mark.parametrize("kind", ["f2", "f4", ">f4", "f8", ">f8", "i1", "u2", ">i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_number_type_and_order(folder: Path, kind: str, order: str) -> None:
    weights = np.zeros(FLAT.shape, dtype=kind, order=order)  # type: ignore[call-overload]
    weights[1, 2] = 1
    np.savez("a.npz", weights=weights, source_tokens=SOURCE, target_tokens=[word.encode() for word in TARGET])
    (pair,) = opened("a.npz").pairs
    assert pair.weights.dtype == np.float32
    assert np.argwhere(pair.weights).tolist() == [[1, 2]]
    assert pair.target_tokens == TARGET


@pytest.mark.parametrize("suffixes", [(".source.txt", ".target.txt"), (".npy.src", ".tgt"), (".source", ".target")])
@pytest.mark.parametrize("between", [" ", "\n", "\t \n"])
def test_npy_finds_its_tokens(folder: Path, suffixes: tuple[str, str], between: str) -> None:
    np.save("a.npy", FLAT)
    for suffix, tokens in zip(suffixes, (SOURCE, TARGET), strict=True):
        Path(f"a{suffix}").write_text(between.join(tokens) + "\n", encoding="utf-8")
    (pair,) = opened("a.npy").pairs
    assert (pair.source_tokens, pair.target_tokens) == (SOURCE, TARGET)
    np.testing.assert_array_equal(pair.weights, FLAT)


def test_npy_takes_the_tokens_that_are_named(folder: Path) -> None:
    np.save("a.npy", FLAT)
    Path("a.source.txt").write_text("other words", encoding="utf-8")
    Path("s").write_text(words(SOURCE), encoding="utf-8")
    Path("t").write_text(words(TARGET), encoding="utf-8")
    assert opened("a.npy", source="s", target="t").pairs[0].source_tokens == SOURCE


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_json_object(folder: Path, shape: tuple[int, ...]) -> None:
    weights = shares(*shape)
    Path("a.json").write_text(json.dumps(json.loads(as_json(weights.tolist())), indent=2), encoding="utf-8")
    (pair,) = opened("a.json").pairs
    assert (pair.source_tokens, pair.target_tokens) == (SOURCE, TARGET)
    np.testing.assert_array_equal(pair.weights, weights)


@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_json_array_and_lines(folder: Path, begin: str) -> None:
    both = [as_json(FLAT.tolist()), as_json([[1.0]], ["one"], ["un"])]
    for content in (f"[{', '.join(both)}]", "\n".join(both), "\r\n\r\n".join(both) + "\r\n"):
        Path("a").write_text(begin + content, encoding="utf-8")
        file = opened("a")
        assert file.kind == "json"
        assert [pair.source_tokens for pair in file.pairs] == [SOURCE, ("one",)]


def test_json_of_decode_shows_every_head(folder: Path) -> None:
    heads = shares(2, 3, *FLAT.shape)
    content = {**json.loads(as_json(FLAT.tolist())), "cross_weights": heads.tolist(), "log_probs": [0.0], "model": "m"}
    Path("a.json").write_text(json.dumps(content), encoding="utf-8")
    np.testing.assert_array_equal(opened("a.json").pairs[0].weights, heads)


def test_marian_soft(folder: Path) -> None:
    line = f"{words(TARGET)} ||| {' '.join(rows_of(WITH_ENDS, ','))}"
    Path("a.out").write_text(f"{line}\n{line}\n", encoding="utf-8")
    Path("a.src").write_text(f"{words(SOURCE)}\n{words(SOURCE)}\n", encoding="utf-8")
    file = opened("a.out")
    assert (file.kind, len(file.pairs)) == ("marian", 2)
    assert file.pairs[1].source_tokens == (*SOURCE, "</s>")
    assert file.pairs[1].target_tokens == (*TARGET, "</s>")
    np.testing.assert_array_equal(file.pairs[1].weights, WITH_ENDS)


def test_marian_without_the_target_end_and_with_padding(folder: Path) -> None:
    padded = np.pad(WITH_ENDS[:-1], ((0, 0), (0, 3)))
    Path("a.out").write_text(f"{words(TARGET)} ||| {' '.join(rows_of(padded, ','))}\n", encoding="utf-8")
    Path("s").write_text(words(SOURCE), encoding="utf-8")
    (pair,) = opened("a.out", source="s").pairs
    assert pair.target_tokens == TARGET
    np.testing.assert_array_equal(pair.weights, WITH_ENDS[:-1])


def test_marian_without_a_source_numbers_its_positions(folder: Path) -> None:
    Path("a.out").write_text(f"{words(TARGET)} ||| {' '.join(rows_of(WITH_ENDS, ','))}\n", encoding="utf-8")
    assert opened("a.out").pairs[0].source_tokens == ("1", "2", "3", "4", "</s>")


def test_marian_n_best_names_its_source(folder: Path) -> None:
    alignment = " ".join(rows_of(WITH_ENDS, ","))
    lines = [f"1 ||| {words(TARGET)} ||| {alignment} ||| F0= -1.5 ||| -0.{rank}\n" for rank in range(2)]
    Path("a.out").write_text("".join(lines), encoding="utf-8")
    Path("s").write_text(f"unused\n{words(SOURCE)}\n", encoding="utf-8")
    pairs = opened("a.out", source="s").pairs
    assert [pair.source_tokens for pair in pairs] == [(*SOURCE, "</s>")] * 2


def test_marian_hard_shares_the_weight_of_a_word_among_its_links(folder: Path) -> None:
    Path("a.out").write_text(f"{words(TARGET)} ||| 0-0 2-1 1-2 3-2 3-3 4-5\n", encoding="utf-8")
    Path("s").write_text(words(SOURCE), encoding="utf-8")
    (pair,) = opened("a.out", source="s").pairs
    assert pair.source_tokens[-1] == pair.target_tokens[-1] == "</s>"
    wanted = np.zeros((6, 5))
    wanted[[0, 1, 2, 2, 3, 5], [0, 2, 1, 3, 3, 4]] = (1, 1, 0.5, 0.5, 1, 1)
    np.testing.assert_array_equal(pair.weights, wanted)


def test_marian_scores_name_no_translation(folder: Path) -> None:
    Path("a.out").write_text("-12.5 ||| 0-0\n", encoding="utf-8")
    Path("t").write_text("oui\n", encoding="utf-8")
    assert opened("a.out", target="t").pairs[0].target_tokens == ("oui",)


@pytest.mark.parametrize("between", [" ", " ||| "])
def test_nematus_text(folder: Path, between: str) -> None:
    head = f"0 ||| {words(TARGET)} ||| -0.51 ||| {words(SOURCE)} ||| {len(SOURCE) + 1}{between}{len(TARGET) + 1}"
    block = "\n".join([head, *rows_of(WITH_ENDS, " ")])
    Path("a.txt").write_text(f"{block}\n\n{block}\n", encoding="utf-8")
    file = opened("a.txt")
    assert (file.kind, len(file.pairs)) == ("nematus", 2)
    assert file.pairs[1].target_tokens == (*TARGET, "</s>")
    np.testing.assert_array_equal(file.pairs[1].weights, WITH_ENDS)


def test_nematus_json(folder: Path) -> None:
    content = {"matrix": WITH_ENDS.tolist(), "source_sent": words(SOURCE), "target_sent": words(TARGET), "id": 0}
    Path("a.alignment.json").write_text((json.dumps(content) + "\n") * 2, encoding="utf-8")
    file = opened("a.alignment.json")
    assert [pair.source_tokens for pair in file.pairs] == [(*SOURCE, "</s>")] * 2
    np.testing.assert_array_equal(file.pairs[0].weights, WITH_ENDS)


LINKS, PAIRS = "0-0 2-1\n\n", f"{' '.join(SOURCE)}\t{' '.join(TARGET)}\nyes\toui\n"


@pytest.mark.parametrize("start", ["a.txt", "a.tsv"])
def test_pharaoh_links_and_their_sentences_find_each_other(folder: Path, start: str) -> None:
    Path("a.txt").write_text(LINKS, encoding="utf-8")
    Path("a.tsv").write_text(PAIRS, encoding="utf-8")
    file = opened(start)
    assert file.kind == "pharaoh"
    assert [pair.target_tokens for pair in file.pairs] == [TARGET, ("oui",)]
    assert np.argwhere(file.pairs[0].weights).tolist() == [[0, 0], [1, 2]]
    assert not file.pairs[1].weights.any()


def test_pharaoh_links_in_a_third_column(folder: Path) -> None:
    Path("a.tsv").write_text("yes indeed\tmais oui\t0-0 1-0 1-1\n", encoding="utf-8")
    np.testing.assert_array_equal(opened("a.tsv").pairs[0].weights, [[0.5, 0.5], [0, 1]])


def test_pharaoh_sentences_can_be_named(folder: Path) -> None:
    Path("links").write_text(LINKS, encoding="utf-8")
    Path("other").write_text(PAIRS, encoding="utf-8")
    assert opened("links", pairs="other").pairs[0].source_tokens == SOURCE


def test_blanks_of_unicode_are_part_of_a_token(folder: Path) -> None:
    Path("a.tsv").write_text("10\u00a0000\u3000x y\toui\t0-0\n", encoding="utf-8")
    assert opened("a.tsv").pairs[0].source_tokens == ("10\u00a0000\u3000x", "y")


def test_a_trace_of_heads_shows_what_is_asked_for(folder: Path) -> None:
    weights = shares(2, 3, *FLAT.shape)
    np.savez("a.npz", weights=weights, source_tokens=SOURCE, target_tokens=TARGET)
    (pair,) = opened("a.npz").pairs
    for asked, wanted in (
        ((None, None, None), weights.mean(axis=(0, 1))),
        ((None, None, "max"), weights.max(axis=(0, 1))),
        ((1, None, None), weights[1].mean(axis=0)),
        ((1, 2, None), weights[1, 2]),
    ):
        trace = trace_of(pair, "a.npz", showing(pair, *asked))
        np.testing.assert_allclose(trace.weights, wanted, atol=1e-6)
        assert trace.steps[0].heads is not None
        assert trace.labels == TARGET
        assert (trace.text, trace.source.text) == (words(TARGET), words(SOURCE))
        assert np.isnan(trace.scores).all()


def test_a_head_of_one_layer_needs_no_layer(folder: Path, refused: Refused) -> None:
    Path("a.json").write_text(as_json(shares(3, *FLAT.shape).tolist()), encoding="utf-8")
    (pair,) = open_attention("a.json").pairs
    assert showing(pair, None, 2, None).layer == 0
