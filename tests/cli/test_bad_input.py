"""Bad input: one clear line, exit status 2, nothing on standard output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.runtime.catalog import find_bundle
from tests.cli.conftest import Run, edit_card, in_process, respell

Refused = Callable[..., str]
EVIL = "\x1b\x07\u202e\x9b"
"""Begins an escape sequence, rings, turns the direction of writing, begins a sequence in one byte."""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("decode", "hi", "--model", "translate-en-fx"), ("translate-en-fx", "translate-en-fr")),
        (("decode", "hi", "--model", "./nowhere"), ("nowhere", "no such folder")),
        (("decode", "hi", "--alignment", "generl"), ("generl", "general")),
        (("decode", "hi", "--attention", "locl-m"), ("locl-m", "local_m")),
        (("decode", "hi", "--format", "jsn"), ("jsn", "json")),
        (("decode", "hi", "--provider", "gpu"), ("gpu", "cuda")),
        (("decode", "hi", "--window", "0"), ("window", "20")),
        (("decode", "hi", "--window", "nan"), ("window",)),
        (("decode", "hi", "--window", "wide"), ("window", "wide")),
        (("decode", "hi", "--temperature", "0"), ("temperature",)),
        (("decode", "hi", "--max-length", "0"), ("length",)),
        (("decode", "hi", "--seed", "-1"), ("seed",)),
        (("decode", "hi", "--force", " "), ("--force",)),
        (("decode", "hi", "--force", "un chat noir", "--max-length", "2"), ("--force", "3 tokens", "2")),
        (("decode", "hi", "--max-length", "9999"), ("128",)),
        (("decode", "hi", "--alignmnt", "dot"), ("--alignmnt", "--alignment")),
        (("align",), ("FILE",)),
        (("align", "x.tsv", "y.tsv"), ("y.tsv",)),
        (("align", "x.tsv", "--format", "giza"), ("giza", "pharaoh, json")),
        (("decode", ""), ("text",)),
        (("decode", " \t "), ("text",)),
        (("decode", "hi", "--input", "x"), ("--input",)),
        (("decode", "--input", "nowhere.txt"), ("nowhere.txt", "No such file")),
        (("decode", "--input", "."), ("directory",)),
        (("decode", "hi", "--output", "/nowhere/x.json"), ("/nowhere/x.json", "written")),
        (("decode", "hi", "--outptu", "x"), ("--outptu",)),
        (("decod", "--input", "x"), ("attn-explore decode",)),
        (("decode", "a 漢 b"), ("漢", "U+6F22")),
        (("align", "nowhere.tsv"), ("nowhere.tsv",)),
        (("some text",), ("terminal", "attn-explore decode")),
        (("decod",), ("terminal", "did you mean `attn-explore decode`")),
        (("--model", "m", "docter", "--json"), ("--json", "did you mean `attn-explore doctor`")),
        (("--frobnicate",), ("--frobnicate", "`attn-explore --help`")),
        ((), ("terminal",)),
    ],
    ids=lambda value: " ".join(value)[:40] or "no arguments" if isinstance(value, tuple) else "",
)
def test_is_refused(refused: Refused, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    line = refused(*arguments)
    for word in words:
        assert word in line


def test_too_long_says_limit_and_what_was_read(refused: Refused) -> None:
    line = refused("decode", "the dog and " * 100)
    assert "128" in line
    assert "the dog" in line


def test_invalid_utf8_names_the_line(refused: Refused) -> None:
    assert "line 2" in refused("decode", stdin=b"yes.\n\xff\xfe\n")


def test_bad_lines_are_named_before_anything_is_written(refused: Refused) -> None:
    assert "line 3" in refused("decode", stdin=b"yes.\nno.\n\nyes.\n")
    assert "empty" in refused("decode", stdin=b"")


@pytest.mark.parametrize("content", ["one column\n", "a\tb\tc\n", "\tb\n", "a\t \n"])
def test_align_names_the_line(refused: Refused, tmp_path: Path, content: str) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("a dog\tun chien\n" + content, encoding="utf-8")
    assert "line 2" in refused("align", str(file))


def test_align_names_the_line_of_what_is_no_text(refused: Refused) -> None:
    good = b"a dog\tun chien\n"
    assert "line 3: byte 8 is not valid UTF-8" in refused("align", "-", stdin=good * 2 + b"a dog\tx\xff\n")
    assert "line 2: target: the text has the control character U+001B" in refused(
        "align", "-", stdin=good + b"a dog\tun \x1b[2J\n"
    )
    long = refused("align", "-", stdin=good + b"a dog " * 100 + b"\tun chien\n")
    assert "line 2: the source is too long: 201 tokens, the limit is 128" in long
    assert "empty" in refused("align", "-", stdin=b"")


def test_control_characters_never_come_back_raw(refused: Refused) -> None:
    evil = "\x1b]0;title\x07"
    for arguments in (
        ("decode", f"a dog {evil}"),
        ("decode", "hi", "--model", evil),
        ("decode", "hi", "--input", f"x{evil}"),
        ("decode", "hi", "--alignment", evil),
        ("decode", "hi", "--output", f"/nowhere/{evil}"),
        ("decode", "hi", f"--{evil}"),
    ):
        line = refused(*arguments)
        assert "\x1b" not in line
        assert "\x07" not in line


def test_damaged_bundles(refused: Refused, copied: Path) -> None:
    (copied / "step.onnx").write_bytes((copied / "step.onnx").read_bytes()[:-1])
    assert "step.onnx" in refused("decode", "hi", "--model", str(copied))
    (copied / "step.onnx").unlink()
    assert "step.onnx" in refused("decode", "hi", "--model", str(copied))
    edit_card(copied, format=99)
    assert "99" in refused("decode", "hi", "--model", str(copied))
    (copied / "card.json").write_text("{", encoding="utf-8")
    assert "card.json" in refused("decode", "hi", "--model", str(copied))


@pytest.mark.parametrize("name", ["encoder.onnx", "step.onnx", "source.json", "target.json"])
def test_a_damaged_file_is_named_with_its_difference_from_the_card(refused: Refused, copied: Path, name: str) -> None:
    file, data = copied / name, (copied / name).read_bytes()
    arguments = ("decode", "hi", "--model", str(copied))
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    line = refused(*arguments)
    assert f"{name}: changed: its sha256 is {hashlib.sha256(file.read_bytes()).hexdigest()[:12]}" in line
    assert f"the card says {hashlib.sha256(data).hexdigest()[:12]}" in line
    file.write_bytes(data[:-3])
    assert f"{name}: changed: it has {len(data) - 3} bytes, the card says {len(data)}" in refused(*arguments)
    file.unlink()
    assert f"{name}: missing" in refused(*arguments)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "n" + EVIL},
        {"title": "t" + EVIL},
        {"licence": "l" + EVIL},
        {"languages": {"source": "e" + EVIL, "target": "fr"}},
        {"scores": {"s" + EVIL: {"bleu": {"d" + EVIL: {"g" + EVIL: 1.0}}, "none": 2.0}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_escape_sequences_of_a_card_never_come_out_raw(
    run: Run, copied: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    edit_card(copied, **changes)
    monkeypatch.setattr("explorer.commands.models.shipped_bundles", lambda: {"copy": copied})
    for arguments in (
        ("models",),
        ("models", "--json"),
        ("doctor", "--model", str(copied)),
        *(("decode", "a dog.", "--model", str(copied), "--format", form) for form in ("text", "json", "svg", "html")),
    ):
        outcome = run(*arguments)
        assert outcome.out + outcome.err
        assert not set(EVIL) & set(outcome.out + outcome.err), arguments


def test_escape_sequences_of_a_vocabulary_are_shown_escaped(run: Run, copied: Path) -> None:
    respell(copied, "target.json", "▁chien", "▁\x1b[31mchien")
    for form in ("text", "json", "svg", "html"):
        outcome = run("decode", "a dog.", "--model", str(copied), "--format", form)
        assert outcome.code == 0
        assert "31mchien" in outcome.out
        assert "\x1b" not in outcome.out + outcome.err


def test_models_lists_a_broken_bundle_and_goes_on(run: Run, copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_card(copied, format=99)
    shipped = {"broken": copied, "translate-en-fr": find_bundle("translate-en-fr")}
    monkeypatch.setattr("explorer.commands.models.shipped_bundles", lambda: shipped)
    listed = json.loads(run("models", "--json").out)
    assert listed[0]["name"] == "broken"
    assert "99" in listed[0]["error"]
    assert listed[1]["name"] == "translate-en-fr"
    assert "99" in run("models").out


def test_refusal_of_a_process_has_no_traceback() -> None:
    done = in_process("decode", "hi", "--model", "nothing")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr
