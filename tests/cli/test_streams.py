"""Standard streams and output files as they are met in pipes: closed, full, endless, special, linked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.commands.files import LONGEST_LINE, count_lines, read_lines
from explorer.errors import InputError
from explorer.interrupts import kept_interrupt
from explorer.render.trace_content import trace_content
from explorer.runtime.controls import Controls
from explorer.runtime.json_text import escaped_json
from explorer.runtime.trace import Source, Step, Trace
from tests.cli.conftest import Run, in_process

ATTN = f'"{sys.executable}" -m explorer'
needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
needs_endless_device = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of the shell; the status is that of the program whose status the line ends with."""
    return subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "command",
    [
        "yes 'a dog.' | {} decode --format json | head -n 1",
        "yes 'a dog.' | {} decode | head -n 1",
        "yes $'a dog .\\tun chien .' | {} align - | head -n 1",
        "{} doctor | head -n 1",
        "{} models --json | true",
        "{} models | true",
        "{} scene | true",
        "{} scene --output - | true",
        "{} decode --help | true",
        "{} --version | true",
    ],
)
def test_a_closed_pipe_is_quiet_even_where_input_never_ends(command: str) -> None:
    filled = command.format(ATTN)
    status = 1 if command.startswith("yes") else 0
    done = shell(f"{filled}; echo ${{PIPESTATUS[{status}]}} >&2")
    assert done.stderr == b"0\n"
    assert done.stdout.count(b"\n") == (0 if "true" in command else 1)


@needs_full_device
@pytest.mark.parametrize(
    "command",
    ["decode hi.", "decode hi. --format json", "models", "doctor", "scene", "--help", "decode hi. --output /dev/full"],
)
def test_a_full_disk_is_one_line(command: str) -> None:
    done = shell(f"{ATTN} {command} > /dev/full; echo $?  >&2")
    line, status = done.stderr.decode().splitlines()
    assert line.startswith("attn-explore: ")
    assert "No space left on device" in line
    assert status == "2"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("decode hi. >&-", "standard output is closed"),
        ("decode --input - <&-", "standard input is closed"),
        ("decode <&-", "nothing to decode"),
        ("align - <&-", "standard input is closed"),
        ("<&- >&-", "needs a terminal"),
        ("scene >&-", "standard output is closed"),
        ("scene --output - >&-", "standard output is closed"),
    ],
)
def test_closed_streams_are_one_line(command: str, words: str) -> None:
    done = shell(f"{ATTN} {command}")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert words in done.stderr.decode()


def test_a_closed_standard_error_changes_only_what_is_said() -> None:
    done = shell(f"{ATTN} decode hi. --model nothing 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@needs_endless_device
def test_an_endless_line_is_refused(refused: Callable[..., str]) -> None:
    assert "line 1" in refused("decode", "--input", "/dev/zero")
    assert "line 1" in refused("align", "/dev/zero")


def test_line_ends_and_marks(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes("\ufeffone\r\n\ntwo\u2028still two\x0bso\n".encode() + b"x" * (LONGEST_LINE - 2) + b"\nlast")
    lines = list(read_lines(str(file)))
    assert [number for number, _ in lines] == [1, 2, 3, 4, 5]
    assert lines[0][1] == "one"
    assert lines[1][1] == ""
    assert lines[2][1] == "two\u2028still two\x0bso"
    assert lines[4][1] == "last"
    assert count_lines(str(file)) == 5
    file.write_bytes(b"yes.\n" + b"x" * LONGEST_LINE)
    with pytest.raises(InputError, match="line 2: it is longer"):
        list(read_lines(str(file)))


def test_lines_that_cannot_be_counted_are_not() -> None:
    assert count_lines("-") is None
    assert count_lines("/dev/null") is None
    assert count_lines("nowhere") is None
    assert count_lines("a\0b") is None


def test_a_device_is_written_to_and_not_replaced(run: Run) -> None:
    before = os.stat("/dev/null")
    assert run("decode", "hi.", "--output", "/dev/null").code == 0
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode)
    assert after.st_ino == before.st_ino


def test_a_link_is_followed_and_permissions_stay(run: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert run("decode", "a man sleeps.", "--output", str(link)).code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("un homme")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_the_longest_name_can_be_written(run: Run, tmp_path: Path) -> None:
    name = "x" * 255
    assert run("decode", "hi.", "--output", str(tmp_path / name)).code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("output", "words"), [(".", "directory"), ("", "without a name"), ("a\0b", "a\\x00b"), ("no/such/x", "No such")]
)
def test_what_cannot_be_written_is_named(refused: Callable[..., str], output: str, words: str) -> None:
    assert words in refused("decode", "hi.", "--output", output)


def test_a_bad_line_leaves_the_old_file_whole(refused: Callable[..., str], tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text("old\n")
    many = b"a man sleeps.\n" * 300 + b"\xff\n"
    assert "line 301" in refused("decode", "--format", "json", "--output", str(kept), stdin=many)
    assert kept.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.jsonl"]


def test_on_standard_output_good_lines_come_before_the_error() -> None:
    done = in_process("decode", "--format", "json", stdin=b"a man sleeps.\n" * 300 + b"\n")
    assert done.returncode == 2
    assert done.stderr == b"attn-explore: standard input, line 301: the text is empty\n"
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["a man sleeps."] * 256


def test_arguments_that_are_not_utf8_are_one_line() -> None:
    command = [sys.executable.encode(), b"-m", b"explorer", b"decode", b"a \xff dog"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2
    assert b"not valid UTF-8 at character 3" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_name_as_long_as_a_book_is_shortened(refused: Callable[..., str]) -> None:
    line = refused("decode", "hi.", "--model", "x" * 5000)
    assert len(line) < 1000
    assert "translate-en-fr" in line


def test_numbers_that_are_none_are_null_in_json() -> None:
    values = np.array([np.nan, -0.0000001, 0.25], dtype=np.float32)
    step = Step(0, 3, "</s>", "END", -np.inf, False, (), values, values, float("nan"), values)
    source = Source("a", (4, 5, 3), ("▁a", "b", "</s>"), ("a", "·b", "END"), (0, 0, -1))
    found = json.loads(
        escaped_json(trace_content(Trace("m", source, Controls("dot", "global", 1.0, 1.0), (step,), True, "")))
    )
    assert found["weights"] == [[None, 0.0, 0.25]]
    assert found["log_probs"] == [None]


def test_without_a_step_weights_are_empty() -> None:
    source = Source("a", (4, 3), ("▁a", "</s>"), ("a", "END"), (0, -1))
    found = json.loads(
        escaped_json(trace_content(Trace("m", source, Controls("dot", "global", 1.0, 1.0), (), True, "")))
    )
    assert found["weights"] == found["log_probs"] == found["target_tokens"] == []


def test_a_lost_interrupt_is_raised_at_the_next_check() -> None:
    with kept_interrupt() as check:
        check()
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            check()
