"""Session files: what is written is read again, and what cannot be read is one clear error."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import msgspec
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, Controls, HeadKey, WeightEdit
from explorer.runtime.session_file import (
    LARGEST_BYTES,
    Action,
    Session,
    changed,
    checksum_of,
    decoded,
    encoded,
    plain,
    read_session,
)

CONTROLS = Controls(
    "dot", "hard", 3.0, 0.5, seed=7, bias=(BiasEdit(None, 2, -math.inf), BiasEdit(1, 0, 2.5)), layer=1, head=0
).replace(removed=(HeadKey("cross", 0, 1),))
ACTIONS = (
    Action("open", 0.0, {"model": "translate-en-fr", "checksum": "0" * 16}),
    Action("start", 0.0, {"text": "a «dog»\n", "controls": plain(CONTROLS)}),
    Action("step", 1.25, caption="the first word"),
)
SESSION = Session(1, ACTIONS, title="a title", about="about it")


def test_a_session_is_read_as_it_was_written() -> None:
    data = encoded(SESSION)
    assert decoded(data, "x") == SESSION
    assert data.count(b"\n") == len(ACTIONS) + 2  # one action a line, for people
    assert json.loads(data)["actions"][2] == {"do": "step", "at": 1.25, "caption": "the first word"}


def test_actions_may_be_encoded_one_by_one() -> None:
    lines = [msgspec.json.encode(action) for action in ACTIONS]
    assert encoded(SESSION, lines) == encoded(SESSION)


def test_controls_come_back_whole_with_masks() -> None:
    text = json.dumps(plain(CONTROLS), allow_nan=False)
    other = Controls("additive", "global", 1.0, 1.0)
    assert changed(other, json.loads(text)) == CONTROLS


def test_edits_of_heads_come_back_and_those_of_older_sessions_act_in_every_head() -> None:
    edits = CONTROLS.replace(
        bias=(BiasEdit(1, 0, -math.inf, 2, 3),), weights=(WeightEdit(0, 1, 0.25, 1, 2, alone=True),)
    )
    assert changed(CONTROLS, json.loads(json.dumps(plain(edits), allow_nan=False))) == edits
    older = {
        "bias": [{"step": None, "source": 2, "value": "-inf"}],
        "weights": [{"step": 1, "source": 0, "weight": 0.5, "layer": 1, "head": 2}],
    }
    read = changed(CONTROLS, older)
    assert read.bias == (BiasEdit(None, 2, -math.inf),)
    assert read.weights == (WeightEdit(1, 0, 0.5, 1, 2),)
    assert read.edited_heads == ()


def test_a_change_of_controls_leaves_the_others() -> None:
    assert changed(CONTROLS, {"alignment": "general", "seed": None}) == CONTROLS.replace(alignment="general", seed=None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"allignment": "dot"}, "no control 'allignment'"),
        ({"window": "wide"}, "window"),
        ([1], "an object"),
    ],
)
def test_controls_that_there_are_not(given: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed(CONTROLS, given)


def changed_file(**changes: object) -> bytes:
    return json.dumps({**json.loads(encoded(SESSION)), **changes}).encode()


BEGIN = [{"do": "open", "with": {"model": "m"}}, {"do": "start", "with": {"text": "t"}}]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "damaged"),
        (b"\xff\xfe{", "damaged"),
        (encoded(SESSION)[:-40], "damaged"),
        (b'{"format":1,"a":' + b"[" * 100_000, "damaged"),
        (b"[]", "no session"),
        (b"{}", "no session"),
        (changed_file(format=2), "version 2, this attn-explore reads version 1; update"),
        (changed_file(format=0), "version 0"),
        (changed_file(colour="red"), "colour"),
        (changed_file(actions=[]), "have to begin with 'open' and 'start'"),
        (changed_file(actions=BEGIN[:1]), "have to begin"),
        (changed_file(actions=[*BEGIN, {"do": "step", "at": "now"}]), r"actions\[2\].at"),
        (changed_file(actions=[*BEGIN, {"do": "step", "at": 2}, {"do": "step", "at": 1}]), "action 4.at: 1 is before"),
        (changed_file(actions=[*BEGIN, {"do": "step", "at": -1}]), "action 3.at"),
        (changed_file(actions=[*BEGIN, BEGIN[0]]), "action 3: after 'open' comes 'start'"),
        (changed_file(actions=[*BEGIN, {"do": "step", "caption": "x" * 500}]), "longer than 400"),
        (changed_file(actions=[*BEGIN, {"do": "step", "when": 1}]), "when"),
        (changed_file(actions=[*BEGIN, *[{"do": "step"}] * 100_000]), "limit is 100000"),
    ],
    ids=range(18),
)
def test_a_file_that_is_no_session_is_one_line(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as caught:
        read_session(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(InputError, match="which is the limit of a session"):
        read_session(path)


@pytest.mark.parametrize("name", ["nothing.json", ".", "fifo", "a\0b"])
def test_what_is_no_file_is_said(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(InputError, match=r"cannot be read|not a regular file"):
        read_session(str(tmp_path / name))


def test_scores_do_not_count_in_a_checksum(bundle: Bundle) -> None:
    card = bundle.card
    assert checksum_of(msgspec.structs.replace(card, scores={}, title="x")) == checksum_of(card)
    other = msgspec.structs.replace(card.files["step.onnx"], sha256="0" * 64)
    assert checksum_of(msgspec.structs.replace(card, files={**card.files, "step.onnx": other})) != checksum_of(card)
