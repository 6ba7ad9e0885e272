"""Untrusted files: one clear line for each defect, and nothing is unpacked or run before it is judged."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.foreign import files, json_forms, lines, npy, pair
from explorer.runtime.foreign.files import open_attention
from tests.runtime.foreign.conftest import SOURCE, TARGET, Refused, as_json, shares

GOOD = shares(len(TARGET), len(SOURCE))
EVIL = "\x1b[31m\u202e\x07"


class Bomb:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("it-ran"),)  # type: ignore[return-value]


def npz(**arrays: object) -> bytes:
    data = io.BytesIO()
    np.savez(data, **{"weights": GOOD, "source_tokens": SOURCE, "target_tokens": TARGET, **arrays})  # type: ignore[arg-type]
    return data.getvalue()


def npy_of(header: str, content: bytes = b"", version: int = 1) -> bytes:
    text = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + content


def changed(row: int, column: int, value: float) -> list[list[float]]:
    weights = GOOD.copy()
    weights[row, column] = value
    listed: list[list[float]] = weights.tolist()
    return listed


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.nan, "weights[2, 1] is nan; a weight is a finite number"),
        (np.inf, "weights[2, 1] is inf; a weight is a finite number"),
        (-0.25, "weights[2, 1] is -0.25; no weight is negative"),
        (1.5, "weights[2, 1] is 1.5; weights are shares after the softmax, at most 1"),
    ],
)
def test_weights_that_are_no_shares(refused: Refused, value: float, words: str) -> None:
    for kind in (np.float16, np.float32, np.float64):
        weights = np.array(changed(2, 1, value), dtype=kind)
        assert words in refused(npz(weights=weights), "a.npz")
    assert "weights[0, 2, 1]" in refused(npz(weights=weights[None]), "a.npz")


def test_json_has_no_name_for_what_is_not_finite(refused: Refused) -> None:
    assert "NaN is no number of JSON" in refused(as_json(changed(0, 0, np.nan)))
    assert "-Infinity is no number of JSON" in refused(as_json(changed(0, 0, -np.inf)))
    assert "Number out of range" in refused(as_json([["x"]], ["a"], ["b"]).replace('"x"', "1e999"))
    assert "-1" in refused(as_json([[-1]], ["a"], ["b"]))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (GOOD.T, "weights are 4 × 5, but there are 5 target tokens and 4 source tokens; they fit turned round"),
        (GOOD[1:], "weights are 4 × 4, but there are 5 target tokens"),
        (GOOD[0], "weights have 1 axis"),
        (GOOD[None, None, None], "weights have 5 axes"),
        (np.zeros((0, *GOOD.shape)), "weights are 0 × 0"),
        (np.zeros((200, *GOOD.shape)), "200 heads; there are from 1 to 128"),
        (GOOD.astype(complex), "type <c16, neither numbers nor text"),
        (np.full(GOOD.shape, "0.1"), "weights are of type <U3, not real numbers"),
        (np.zeros(GOOD.shape, dtype=[("a", "f4")]), "no plain array"),
        (np.zeros(GOOD.shape, dtype="datetime64[s]"), "no plain array"),
    ],
)
def test_shapes_and_types(refused: Refused, weights: object, words: str) -> None:
    assert words in refused(npz(weights=weights), "a.npz")


@pytest.mark.parametrize("name", ["weights", "source_tokens"])
def test_objects_are_never_unpickled(refused: Refused, folder: Path, name: str) -> None:
    objects = np.empty(1, dtype=object)
    objects[0] = Bomb()
    assert "could run code" in refused(npz(**{name: objects}), "a.npz")
    (folder / "a.source.txt").write_text("a", encoding="utf-8")
    (folder / "a.target.txt").write_text("a", encoding="utf-8")
    data = io.BytesIO()
    np.save(data, objects, allow_pickle=True)
    assert "could run code" in refused(data.getvalue(), "a.npy")
    assert "no form that is known" in refused(pickle.dumps(Bomb()), "a.npz")
    assert not (folder / "it-ran").exists()


@pytest.mark.parametrize("missing", ["weights", "source_tokens", "target_tokens"])
def test_names_that_are_missing(refused: Refused, missing: str) -> None:
    data = io.BytesIO()
    arrays = {"weights": GOOD, "source_tokens": SOURCE, "target_tokens": TARGET, f"x{EVIL}": [1]}
    np.savez(data, **{name: array for name, array in arrays.items() if name != missing})  # type: ignore[arg-type]
    line = refused(data.getvalue(), "a.npz")
    assert f"{missing} is missing; there is: " in line
    assert "x\\x1B[31m\\u{202E}\\x07" in line
    content = json.loads(as_json(GOOD.tolist()))
    del content[missing]
    assert f"{missing} is missing" in refused(json.dumps(content))


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (np.array([["a", "b"]]), "2 axes"),
        (np.arange(4), "int64"),
        (np.array([b"\xff"] * 4), "no valid text"),
        (np.array(["x" * 1001] * 4), "the limits are 4096 and 4000"),
        (np.array([], dtype=str), "the source has no tokens"),
        (np.array(["a", "b\0c", "d", "e"]), "source token 1 (b\\x00c)"),
    ],
)
def test_tokens_that_are_none(refused: Refused, tokens: object, words: str) -> None:
    assert words in refused(npz(source_tokens=tokens), "a.npz")


def test_text_of_impossible_characters(refused: Refused) -> None:
    array = np.frombuffer(b"\xff\xff\xff\x7f" * 4, dtype="<U1")
    assert "no valid text" in refused(npz(source_tokens=array), "a.npz")
    assert "source token 0" in refused(npz(source_tokens=np.array(["\ud800", "b", "c", "d"])), "a.npz")


def test_a_zip_bomb_is_refused_by_what_it_announces(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "LARGEST_ARRAY", 10_000)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("source_tokens.npy", b"\0" * 1_000_000)
    assert len(data.getvalue()) < 2000
    assert "source_tokens would unpack to 1000000 bytes, the limit is 10000" in refused(data.getvalue(), "a.npz")


def test_a_zip_that_lies_about_its_size_is_not_unpacked_further(refused: Refused) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("source_tokens.npy", b"\0" * 1_000_000)
    lying = data.getvalue().replace(struct.pack("<L", 1_000_000), struct.pack("<L", 100))
    assert "source_tokens" in refused(lying, "a.npz")


def test_zips_of_other_kinds(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("source_tokens.npy", b"x")
    assert "packed in a way that NumPy does not use" in refused(data.getvalue(), "a.npz")
    assert "the zip has no end" in refused(npz()[:-1], "a.npz")
    whole = npz()
    middle = len(whole) // 2
    assert "damaged" in refused(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :], "a.npz")
    monkeypatch.setattr(npy, "LARGEST_DIRECTORY", 100)
    assert "too many files" in refused(whole, "a.npz")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000, 8), }"), "promises 3200000000000"),
        (npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 4), }", b"\0" * 79), "promises 80 bytes"),
        (npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 4), }", b"\0" * 81), "it has 81"),
        (npy_of("{'descr': '<f3', 'fortran_order': False, 'shape': (5, 4), }"), "unknown type <f3"),
        (npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1," * 9 + "), }"), "9 axes"),
        (npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }"), "weights are 0 × 0"),
        (npy_of("{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (1,)}"), "no plain array"),
        (npy_of("((((((", version=2), "no plain array"),
        (npy_of("x", version=9), "version 9"),
        (b"\x93NUMPY\x01\x00\xff\xff{}", "its header has no end"),
        (b"\x93NUMPY", "no NumPy array"),
    ],
)
def test_damaged_headers(refused: Refused, folder: Path, data: bytes, words: str) -> None:
    for side, tokens in (("source", SOURCE), ("target", TARGET)):
        (folder / f"a.{side}.txt").write_text(" ".join(tokens), encoding="utf-8")
    assert words in refused(data, "a.npy")


def test_an_npy_says_where_its_tokens_belong(refused: Refused) -> None:
    data = io.BytesIO()
    np.save(data, GOOD)
    line = refused(data.getvalue(), "a.npy")
    assert line == "a.npy: its source tokens are missing: --source FILE, or a.source.txt beside it"
    assert "nowhere cannot be read" in refused(data.getvalue(), "a.npy", source="nowhere", target="a.npy")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "truncated"),
        ("[1]", "Expected `object`, got `int`"),
        ("[]", "there is no sentence in it"),
        ("[" * 100_000, "got `array`"),
        ('{"weights": [' + "[" * 100_000, "recursion"),
        (as_json(GOOD.tolist()) + "\n{}\n", "a.json, line 2: source_tokens is missing; there is: nothing"),
        (as_json([[[[[1.0]]]]], ["a"], ["b"]), "nested 5 deep"),
        (as_json([1.0], ["a"], ["b"]), "nested 1 deep"),
        (as_json("x", ["a"], ["b"]), "nested 0 deep"),
        (as_json([[1.0], [0.5, 0.5]], ["a"], ["b", "c"]), "ragged"),
        (as_json([[1.0, None]], ["a", "b"], ["c"]), "Expected `float`, got `null`"),
        (as_json([[1.0, True]], ["a", "b"], ["c"]), "Expected `float`, got `bool`"),
        (as_json([[1.0]], "a", ["b"]), "source_tokens: Expected `array`, got `str`"),
        (as_json([[1.0]], [1], ["b"]), "source_tokens: Expected `str`, got `int`"),
        (as_json([[1.0]], ["a" * 1001], ["b"]), "source token 0 has 1001 characters"),
        (as_json([[1.0]], ["\0"], ["b"]), "source token 0"),
        (as_json([[1.0] * 5000], ["a"] * 5000, ["b"]), "5000 source tokens, the limit is 4096"),
        (b'{"weights": [[1]], "source_tokens": ["\xff"], "target_tokens": ["a"]}', "UTF-8"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_json(refused: Refused, content: str | bytes, words: str) -> None:
    assert words.lower() in refused(content).lower()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a b ||| 1,0 x,1 0,1\n", "line 1: 'x' is not a number"),
        ("a b ||| 1,0 1,0,0 0,1\n", "line 1: row 1 has 3 weights, row 0 has 2"),
        ("a b ||| 1,0\n", "line 1: weights for 1 target tokens, the end token included, but there are 2"),
        ("a b ||| 1,0 nan,1 0,1\n", "weights[1, 0] is nan"),
        ("a b ||| 0-0\nc d\n", "line 2: no |||"),
        ("a b ||| 0-0\n\n", "line 2 is empty"),
        ("a b ||| 0-0 0-3\n", "line 1: a link to target word 3, but there are 2, counted from 0"),
        ("a b ||| 999999-0\n", "a link to source word 999999; the limit is 4096 tokens"),
        ("a b ||| -1,2\n", "target"),
        (f"a ||| {EVIL}\n", "\\x1B[31m"),
    ],
)
def test_marian(refused: Refused, content: str, words: str) -> None:
    assert words in refused(content, "a.out")


def test_marian_with_a_source_that_does_not_fit(refused: Refused, folder: Path) -> None:
    (folder / "s").write_text("one two\n", encoding="utf-8")
    assert "weights for 2 source tokens" not in refused("a ||| 1,0,0,1 0,1,0,0\n", "a.out", source="s")
    assert "weights for 4 source tokens" in refused("a ||| 1,0,0,1 0,1,0,0\n", "a.out", source="s")
    assert "line 2: it is sentence 2, the source file has 1" in refused("a ||| 0-0\na ||| 0-0\n", "a.out", source="s")
    assert "a link to source word 3" in refused("a ||| 3-0\n", "a.out", source="s")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("0 ||| a ||| 0 ||| b ||| 2 2\n1 0\n", "line 1: it announces 2 rows of 2 weights, there are 1 of 2"),
        ("0 ||| a ||| 0 ||| b ||| 2 2\n1 0\n1 0 0\n", "row 1 has 3 weights"),
        ("0 ||| a ||| 0 ||| b ||| 2 2\n1 0\n0 x\n", "line 3: 'x' is not a number"),
        ("0 ||| a ||| 0 ||| b ||| 2 2\n1 0\n0 1\nrest\n", "line 4: not `number ||| target"),
        ("0 ||| a c d ||| 0 ||| b ||| 2 2\n1 0\n0 1\n", "weights are 2 × 2, but there are 3 target tokens"),
        ("0 ||| a ||| 0 ||| b ||| 2 0\n", "weights"),
        ("0 ||| a ||| 0 ||| b ||| 999999 999999\n1\n", "it announces 999999 rows"),
    ],
)
def test_nematus(refused: Refused, content: str, words: str) -> None:
    assert words in refused(content, "a.txt")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("0-0\n", "its sentences are missing: --pairs FILE, or a.tsv beside it"),
        ("a b\tc\n", "a TSV without links: a third column, or a.pharaoh beside it"),
        ("a b\tc\t0-0\ne\n", "line 2: it has 1 columns"),
        ("a b\tc\t0-0\te\n", "line 1: it has 4 columns"),
        ("a b\tc\t0-0 1\n", "line 1: '1' is no link; one is source-target, 0-0"),
        ("a b\tc\t2-0\n", "line 1: a link to source word 2, but there are 2, counted from 0"),
        ("a b\tc\t0-1\n", "line 1: a link to target word 1, but there are 1, counted from 0"),
        ("\tc\t0-0\n", "source"),
    ],
)
def test_pharaoh(refused: Refused, content: str, words: str) -> None:
    assert words in refused(content, "a.txt" if "\t" not in content else "a.x")


def test_as_many_links_as_sentences(refused: Refused, folder: Path) -> None:
    (folder / "a.tsv").write_text("a\tb\n", encoding="utf-8")
    assert "a.txt has 2 lines, a.tsv has 1" in refused("0-0\n0-0\n", "a.txt")


def test_what_is_no_attention_at_all(refused: Refused, folder: Path) -> None:
    assert "no form that is known; there is: npz, npy, json, marian" in refused("hello\n", "a.txt")
    assert "the file is empty" in refused(b" \n")
    assert "line 2: byte 3 is not valid UTF-8" in refused(b"a ||| 0-0\na \xff\n", "a.txt")
    assert "no |||" in refused("0-0\n", "a.txt", kind="marian")
    for name, words in (("nowhere", "No such file"), (".", "directory"), ("a\0b", "a\\x00b"), ("", "without a name")):
        with pytest.raises(InputError) as caught:
            open_attention(name)
        assert words in str(caught.value)


def test_sizes_are_bounded(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    many = (as_json(GOOD.tolist()) + "\n") * 3
    monkeypatch.setattr(pair, "MOST_WEIGHTS", 45)
    assert "too much for one file; the limits are 50000 sentences and 45 weights" in refused(many)
    monkeypatch.setattr(pair, "MOST_PAIRS", 2)
    monkeypatch.setattr(pair, "MOST_WEIGHTS", 10_000)
    assert "the limits are 2 sentences" in refused(many)
    monkeypatch.setattr(lines, "MOST_LINES", 1)
    assert "more than 1 lines" in refused(many)
    monkeypatch.setattr(files, "LARGEST_TEXT", 100)
    assert "bytes of text, the limit is 100" in refused(many)
    monkeypatch.setattr(files, "LARGEST_FILE", 50)
    assert "more than 50 bytes" in refused(npz(), "a.npz")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MOST_WEIGHTS", 18, "weights: too many weights for JSON, the limit is 18"),
        ("MOST_FIELDS", 2, "too many fields for JSON, the limit is 2"),
        ("MOST_FIELDS", 3, "target_tokens: too many tokens for JSON, the limit is 3"),
    ],
)
def test_json_is_bounded(refused: Refused, monkeypatch: pytest.MonkeyPatch, name: str, value: int, words: str) -> None:
    monkeypatch.setattr(json_forms, name, value)
    assert words in refused(as_json(GOOD.tolist()))


def test_long_lines_are_read_in_the_time_of_their_length(refused: Refused) -> None:
    size = 1_000_000
    assert refused("a ||| 0-0" + " " * size + "x\n", "a.out")
    assert "more than 65536 links" in refused("a ||| " + "0-0 " * 70_000, "a.out")
    assert refused("x ||| " * (size // 6), "a.out")
    assert refused("a\tb\t0-0" + " " * size + "x\n", "a.x")
    assert refused("[" + " " * size, "a.json")
