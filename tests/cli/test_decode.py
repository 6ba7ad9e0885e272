"""``attn-explore decode``: formats, options, many lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from explorer.commands.output import writing
from explorer.errors import InputError
from explorer.runtime.batch import decode_batch
from explorer.runtime.json_text import escaped_json
from explorer.runtime.trace import Trace
from tests.cli.conftest import Run, in_process

TEXT = "a black dog jumps over a fence."
FIELDS = [
    "model",
    "alignment",
    "attention",
    "source",
    "target",
    "source_tokens",
    "target_tokens",
    "log_probs",
    "weights",
]


def objects(out: str) -> list[dict[str, Any]]:
    """Parse one object a line."""
    return [json.loads(line) for line in out.splitlines()]


def test_json_has_the_fields_and_shapes(run: Run) -> None:
    outcome = run("decode", TEXT, "--format", "json")
    assert outcome.code == 0
    assert outcome.err == ""
    (found,) = objects(outcome.out)
    assert list(found) == FIELDS
    assert found["source"] == TEXT
    assert found["source_tokens"][-1] == found["target_tokens"][-1] == "</s>"
    assert found["source_tokens"][:2] == ["▁a", "▁black"]
    weights = np.array(found["weights"])
    assert weights.shape == (len(found["target_tokens"]), len(found["source_tokens"]))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-4)
    assert len(found["log_probs"]) == len(found["target_tokens"])
    assert max(found["log_probs"]) <= 0.0
    assert "chien" in found["target"]


def test_many_lines_come_in_order_and_equal_single_runs(run: Run) -> None:
    lines = [TEXT, "yes.", "two women are reading a book in the park.", "a man sleeps."] * 40
    many = objects(run("decode", "--format", "json", stdin="\n".join(lines).encode()).out)
    assert [found["source"] for found in many] == lines
    for number, line in enumerate(lines[:4]):
        (single,) = objects(run("decode", line, "--format", "json").out)
        assert many[number]["target_tokens"] == single["target_tokens"]
        np.testing.assert_allclose(many[number]["weights"], single["weights"], atol=1e-5)
        np.testing.assert_allclose(many[number]["log_probs"], single["log_probs"], atol=1e-4)
        assert many[number + 128]["target_tokens"] == single["target_tokens"]


def test_input_file_and_several_texts(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(b"\xef\xbb\xbf" + b"yes.\r\na man sleeps.\r\n")
    from_file = objects(run("decode", "--input", str(file), "--format", "json").out)
    assert [found["source"] for found in from_file] == ["yes.", "a man sleeps."]
    assert objects(run("decode", "yes.", "a man sleeps.", "--format", "json").out) == from_file
    dash = run("decode", "--input", "-", "--format", "json", stdin=b"yes.\na man sleeps.")
    assert objects(dash.out) == from_file


@pytest.mark.parametrize("alignment", ["location", "content", "additive", "general", "dot", "scaled-dot"])
@pytest.mark.parametrize("attention", ["global", "local-m", "Local_P", "hard", "none"])
def test_every_combination(run: Run, alignment: str, attention: str) -> None:
    outcome = run("decode", "a man sleeps.", "--alignment", alignment, "--attention", attention, "--format", "json")
    (found,) = objects(outcome.out)
    assert found["alignment"] == alignment.replace("-", "_")
    assert found["attention"] == attention.replace("-", "_").lower()
    sums = np.array(found["weights"]).sum(axis=1)
    if found["attention"] == "none":
        assert not sums.any()
    elif found["attention"] == "local_p":
        assert (sums <= 1.0001).all()
        assert (sums > 0).any()
    else:
        np.testing.assert_allclose(sums, 1.0, atol=1e-4)


def test_force_begins_the_target(run: Run) -> None:
    (found,) = objects(run("decode", TEXT, "--force", "un chat", "--format", "json").out)
    assert found["target"].startswith("un chat")
    assert found["target_tokens"][:2] == ["▁un", "▁chat"]
    assert len(found["target_tokens"]) > 3


def test_seed_draws_the_same_sample_again(run: Run) -> None:
    options = ("--attention", "hard", "--temperature", "5", "--format", "json", "--seed")
    one, same, other = (run("decode", TEXT, *options, seed).out for seed in ("3", "3", "4"))
    assert one == same
    assert objects(one)[0]["weights"] != objects(other)[0]["weights"]
    assert set(np.unique(objects(one)[0]["weights"])) <= {0.0, 1.0}


def test_window_bounds_the_weights(run: Run) -> None:
    (found,) = objects(run("decode", TEXT, "--attention", "local_m", "--window", "1", "--format", "json").out)
    for row, weights in enumerate(found["weights"]):
        center = min(row, len(weights) - 1)
        assert set(np.flatnonzero(weights)) <= {center - 1, center, center + 1}


def test_temperature_flattens(run: Run) -> None:
    cold, warm = (
        objects(run("decode", TEXT, "--temperature", value, "--max-length", "3", "--format", "json").out)[0]
        for value in ("0.2", "5")
    )
    assert np.max(cold["weights"][0]) > np.max(warm["weights"][0])


def test_max_length_cuts(run: Run) -> None:
    (found,) = objects(run("decode", TEXT, "--max-length", "2", "--format", "json").out)
    assert len(found["target_tokens"]) == 2


def test_text_of_many_lines_is_in_order(run: Run) -> None:
    lines = [TEXT, "yes.", "a man sleeps."]
    single = [run("decode", line).out for line in lines]
    assert run("decode", stdin="\n".join(lines).encode()).out == "\n".join(single)


def test_text_has_translation_and_grid(run: Run) -> None:
    out = run("decode", TEXT).out
    (found,) = objects(run("decode", TEXT, "--format", "json").out)
    lines = out.splitlines()
    assert lines[0] == found["target"]
    assert any("chien" in line and "█" in line for line in lines[2:])
    assert "\x1b" not in out


def test_svg_and_html_are_whole_documents(run: Run, tmp_path: Path) -> None:
    root = ElementTree.fromstring(run("decode", TEXT, "yes.", "--format", "svg").out)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    page = tmp_path / "page.html"
    outcome = run("decode", TEXT, "--format", "html", "--output", str(page))
    assert outcome.out == ""
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "chien" in text
    assert "<script" not in text
    assert "http" not in text.split("<body>")[1]


def test_output_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("old")

    def fail() -> None:
        with writing(str(kept)) as out:
            out.write("half")
            raise InputError("stop")

    with pytest.raises(InputError):
        fail()
    assert kept.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.txt"]
    with writing(str(kept)) as out:
        out.write("new")
    assert kept.read_text() == "new"
    assert kept.stat().st_mode & 0o777 == 0o666 & ~_mask()


@pytest.mark.parametrize("form", ["text", "json", "svg", "html"])
def test_an_error_while_writing_leaves_nothing(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    calls: list[int] = []

    def fail_the_second_time(*arguments: Any, **options: Any) -> list[Trace]:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return decode_batch(*arguments, **options)

    monkeypatch.setattr("explorer.commands.makers.decode_batch", fail_the_second_time)
    many = b"a man sleeps.\n" * 200
    path = tmp_path / "new.out"
    assert "No space left" in refused("decode", "--format", form, "--output", str(path), stdin=many)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(refused: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert "Permission denied" in refused("decode", "hi.", "--output", str(folder / "x.json"))


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_closed_pipe_is_quiet() -> None:
    lines = b"a man sleeps.\n" * 400
    command = f'"{sys.executable}" -m explorer decode --format json | head -n 1'
    done = subprocess.run(command, shell=True, input=lines, capture_output=True, timeout=60, check=False)
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_works_as_a_process_without_a_terminal() -> None:
    done = in_process("decode", "--format", "json", stdin=b"yes.\n")
    assert done.returncode == 0
    assert done.stderr == b""
    assert json.loads(done.stdout)["source"] == "yes."


def test_json_escapes_what_a_terminal_may_obey() -> None:
    text = escaped_json({"a": "x\u2028\x9b\u202ey\x1b[31m"})
    assert "\\u2028" in text
    assert "\\u009b" in text
    assert "\\u202e" in text
    assert "\\u001b" in text
    assert json.loads(text) == {"a": "x\u2028\x9b\u202ey\x1b[31m"}
