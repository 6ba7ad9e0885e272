"""Bad input: one clear line, exit status 2, nothing on standard output."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.runtime.catalog import find_bundle
from tests.cli.conftest import Run, in_process

Refused = Callable[..., str]


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


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped bundle."""
    return Path(shutil.copytree(find_bundle("translate-en-fr"), tmp_path / "copy"))


def edit_card(folder: Path, **changes: object) -> None:
    """Change fields of a card."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**card, **changes}), encoding="utf-8")


def test_damaged_bundles(refused: Refused, copied: Path) -> None:
    (copied / "step.onnx").write_bytes((copied / "step.onnx").read_bytes()[:-1])
    assert "step.onnx" in refused("decode", "hi", "--model", str(copied))
    (copied / "step.onnx").unlink()
    assert "step.onnx" in refused("decode", "hi", "--model", str(copied))
    edit_card(copied, format=99)
    assert "99" in refused("decode", "hi", "--model", str(copied))
    (copied / "card.json").write_text("{", encoding="utf-8")
    assert "card.json" in refused("decode", "hi", "--model", str(copied))


def test_escape_sequences_of_a_vocabulary_are_shown_escaped(run: Run, copied: Path) -> None:
    vocabulary = (copied / "target.json").read_text(encoding="utf-8")
    content = json.loads(vocabulary)
    evil = "▁\x1b[31mchien"
    content["model"]["vocab"] = {
        evil if piece == "▁chien" else piece: number for piece, number in content["model"]["vocab"].items()
    }
    content["model"]["merges"] = []
    data = json.dumps(content).encode()
    (copied / "target.json").write_bytes(data)
    card = json.loads((copied / "card.json").read_text(encoding="utf-8"))
    card["files"]["target.json"] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    edit_card(copied, files=card["files"])
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
