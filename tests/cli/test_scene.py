"""``attn-explore scene``: pictures from seeds, in files and pipes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from explorer.commands.output import write_bytes
from explorer.errors import InputError
from explorer.scenes.captions import caption_of
from explorer.scenes.draw import draw
from explorer.scenes.generate import scene_of
from tests.cli.conftest import Run, in_process

Refused = Callable[..., str]
WORDS = """a big triangle is right of a small red ring
  small red ring    x 0.10-0.32  y 0.03-0.25
  big red triangle  x 0.40-0.73  y 0.14-0.48
  big red ring      x 0.47-0.84  y 0.54-0.91
"""


def test_the_picture_is_the_scene_and_the_words_are_printed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "scene.png"
    outcome = run("scene", "--seed", "1", "--output", str(file))
    assert (outcome.code, outcome.out, outcome.err) == (0, WORDS, "")
    with Image.open(file) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (256, 256))
        assert picture.tobytes() == draw(scene_of(1), 256).tobytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["scene.png"]


def test_without_a_file_there_are_the_words_alone(run: Run) -> None:
    assert run("scene").out == WORDS
    first, *shapes = run("scene", "--seed", "23").out.splitlines()
    assert first == caption_of(scene_of(23), 0).text
    assert [" ".join(line.split()[:3]) for line in shapes] == [" ".join(shape.look) for shape in scene_of(23).shapes]


def test_the_same_seed_gives_the_same_file(run: Run, tmp_path: Path) -> None:
    one, other, third = tmp_path / "one.png", tmp_path / "other.png", tmp_path / "third.png"
    for file, seed in ((one, "5"), (other, "5"), (third, "6")):
        run("scene", "--seed", seed, "--output", str(file))
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


@pytest.mark.parametrize(
    ("name", "form", "tolerance"),
    [
        ("a.png", "PNG", 0),
        ("a.PNG", "PNG", 0),
        ("a", "PNG", 0),
        ("a.bmp", "BMP", 0),
        ("a.webp", "WEBP", 0),
        ("a.jpg", "JPEG", 8),
        ("a.jpeg", "JPEG", 8),
    ],
)
def test_the_suffix_names_the_format(run: Run, tmp_path: Path, name: str, form: str, tolerance: int) -> None:
    file = tmp_path / name
    assert run("scene", "--size", "64", "--output", str(file)).code == 0
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == (form, (64, 64))
        wanted = draw(scene_of(1), 64)
        pairs = zip(picture.convert("RGB").tobytes(), wanted.tobytes(), strict=True)
        assert sum(abs(one - other) for one, other in pairs) / (3 * 64 * 64) <= tolerance


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seed", "-1"), ("seed -1", "range 0 to")),
        (("--seed", str(2**63)), ("seed", "range 0 to")),
        (("--seed", "one"), ("--seed", "one")),
        (("--size", "31"), ("size 31", "32 to 1024")),
        (("--size", "1025"), ("size 1025", "32 to 1024")),
        (("--size", "big"), ("--size", "big")),
        (("--output", "a.gif"), ("a.gif", ".gif", ".png, .jpg, .jpeg, .webp, .bmp")),
        (("--output", "a.\x1b[31m"), ("\\x1B",)),
        (("--output", "/nowhere/a.png"), ("/nowhere/a.png", "cannot be written", "No such file")),
        (("--output", "."), ("directory",)),
        (("--output", ""), ("without a name",)),
        (("--output", "a\0.png"), ("a\\x00.png",)),
        (("--ouput", "a.png"), ("--ouput", "--output")),
        (("5",), ("5",)),
    ],
)
def test_what_cannot_be_used_is_one_line(
    refused: Refused,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    line = refused("scene", *arguments)
    assert all(word in line for word in words), line
    assert list(tmp_path.iterdir()) == []


def test_to_standard_output_goes_the_picture_alone() -> None:
    done = in_process("scene", "--size", "40", "--output", "-")
    assert (done.returncode, done.stderr) == (0, b"")
    with Image.open(io.BytesIO(done.stdout)) as picture:
        assert (picture.format, picture.size) == ("PNG", (40, 40))


def test_no_picture_is_sent_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(InputError, match="standard output is a terminal"):
        write_bytes("-", b"\x89PNG")


def test_a_file_that_cannot_be_finished_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    kept = tmp_path / "kept.png"
    kept.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_bytes(str(kept), b"new")
    assert kept.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.png"]


def test_help_is_complete(run: Run) -> None:
    out = run("scene", "--help").out
    for words in ("--seed N", "--output FILE", "--size PIXELS", "default: 1", "default: 256"):
        assert words in out
    commands = run("--help").out.split("Commands:")[1].split()
    assert "scene" in commands
