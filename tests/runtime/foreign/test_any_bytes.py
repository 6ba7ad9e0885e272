"""Properties: any bytes give pairs or one line, and what is written can be read back."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.runtime.foreign.files import KINDS, open_attention
from explorer.runtime.foreign.json_forms import json_fields
from explorer.runtime.foreign.npy import npz_of
from explorer.runtime.foreign.pair import ForeignFile, ForeignPair, checked_pair, showing, trace_of
from tests.runtime.foreign.conftest import SOURCE, TARGET, as_json, shares

GOOD = shares(len(TARGET), len(SOURCE))
SEEDS = {
    "npz": npz_of(GOOD, SOURCE, TARGET),
    "npy": b"\x93NUMPY\x01\x00F\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }".ljust(70),
    "json": as_json(GOOD.tolist()).encode(),
    "marian": b"a b ||| 1,0 0,1 0.5,0.5\nc ||| 0-0 1-1\n",
    "nematus": b"0 ||| a ||| -0.5 ||| b ||| 2 2\n1 0\n0.5 0.5\n",
    "pharaoh": b"a b\tc d\t0-0 1-1\n",
}
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A form, and a good file of it with some bytes replaced, dropped or added; or any bytes at all."""
    kind = draw(st.sampled_from(KINDS))
    if draw(st.booleans()):
        return kind, draw(st.binary(min_size=1, max_size=200))
    data = SEEDS[kind]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 8)))
        data = data[:start] + draw(st.binary(max_size=8)) + data[end:]
    return kind, data


def opened_or_line(path: str, kind: str | None) -> ForeignFile | str:
    try:
        return open_attention(path, kind)
    except InputError as error:
        return str(error)


@given(damaged())
def test_any_bytes_are_attention_or_one_line(case: tuple[str, bytes]) -> None:
    kind, data = case
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a")
        file.write_bytes(data)
        for side, tokens in (("source", SOURCE), ("target", TARGET)):
            Path(folder, f"a.{side}.txt").write_text(" ".join(tokens), encoding="utf-8")
        for form in (kind, None):
            opened = opened_or_line(str(file), form)
            if isinstance(opened, str):
                assert len(opened.splitlines()) == 1
                assert opened.isprintable()
                continue
            for pair in opened.pairs:
                trace = trace_of(pair, opened.name, showing(pair, None, None, None))
                assert trace.weights.shape == (len(pair.target_tokens), len(pair.source_tokens))
                assert np.isfinite(pair.weights).all()
                assert pair.weights.min() >= 0.0


@st.composite
def pairs(draw: st.DrawFn) -> ForeignPair:
    source, target = (draw(st.lists(text, min_size=1, max_size=4)) for _ in range(2))
    heads = draw(st.lists(st.integers(1, 3), max_size=2))
    count = int(np.prod([*heads, len(target), len(source)]))
    values = draw(st.lists(st.floats(0, 1, width=32), min_size=count, max_size=count))
    weights = np.array(values, dtype=np.float32).reshape(*heads, len(target), len(source))
    return checked_pair("drawn", source, target, weights)


@given(pairs())
def test_npz_and_json_hold_the_same(pair: ForeignPair) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a")
        path.write_bytes(npz_of(pair.weights, pair.source_tokens, pair.target_tokens))
        (first,) = open_attention(str(path)).pairs
        path.write_text(json.dumps(json_fields(first)), encoding="utf-8")
        (second,) = open_attention(str(path)).pairs
        path.write_bytes(npz_of(second.weights, second.source_tokens, second.target_tokens))
        (third,) = open_attention(str(path)).pairs
    for found in (first, second, third):
        assert (found.source_tokens, found.target_tokens) == (pair.source_tokens, pair.target_tokens)
        np.testing.assert_array_equal(found.weights, pair.weights)


@given(pairs())
def test_numpy_reads_what_is_written(pair: ForeignPair) -> None:
    arrays = np.load(io.BytesIO(npz_of(pair.weights, pair.source_tokens, pair.target_tokens)), allow_pickle=False)
    np.testing.assert_array_equal(arrays["weights"], pair.weights)
    assert tuple(arrays["source_tokens"].tolist()) == pair.source_tokens
