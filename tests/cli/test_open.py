"""``attn-explore open``: other people's attention in every output format, and the viewer in a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.render.markup import hexadecimal
from explorer.render.palette import Palette
from explorer.runtime.foreign.npy import npz_of
from explorer.runtime.foreign.pair import checked_pair
from tests.cli.conftest import Run, in_process
from tests.cli.test_figures import needs_matplotlib
from tests.terminal import Terminal

Refused = Callable[..., str]
SOURCE, TARGET = ("the", "black", "dog"), ("le", "chien", "noir", "</s>")
WEIGHTS = np.array([[0.7, 0.1, 0.2], [0.1, 0.2, 0.7], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]], dtype=np.float32)
HEADS = np.stack([np.stack([WEIGHTS, WEIGHTS[::-1]]), np.stack([WEIGHTS[:, ::-1], WEIGHTS / 2])])
LINKS = "a dog\tun chien\t0-0 1-1\nyes\toui\t0-0\n"
BRIGHTEST = hexadecimal(Palette("magma").background(1.0)).removeprefix("#")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of each kind, and nothing else."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.npz").write_bytes(npz_of(WEIGHTS, SOURCE, TARGET))
    (tmp_path / "heads.npz").write_bytes(npz_of(HEADS, SOURCE, TARGET))
    (tmp_path / "links.tsv").write_text(LINKS, encoding="utf-8")
    return tmp_path


def test_json_has_the_fields_of_decode(run: Run, folder: Path) -> None:
    outcome = run("open", "plain.npz", "--format", "json")
    assert (outcome.code, outcome.err) == (0, "")
    content = json.loads(outcome.out)
    assert list(content) == [
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
    assert content["model"] == "plain.npz"
    assert (content["source"], content["target"]) == ("the black dog", "le chien noir")
    assert (content["source_tokens"], content["target_tokens"]) == (list(SOURCE), list(TARGET))
    assert content["alignment"] is content["attention"] is content["log_probs"] is None
    np.testing.assert_array_equal(np.array(content["weights"], dtype=np.float32), WEIGHTS)


def test_json_keeps_every_head_unless_one_map_is_asked_for(run: Run, folder: Path) -> None:
    whole = json.loads(run("open", "heads.npz", "--format", "json").out)
    np.testing.assert_array_equal(np.array(whole["weights"], dtype=np.float32), HEADS)
    one = json.loads(run("open", "heads.npz", "--format", "json", "--layer", "1", "--head", "0").out)
    assert (one["layer"], one["head"], one["aggregate"]) == (1, 0, None)
    np.testing.assert_array_equal(np.array(one["weights"], dtype=np.float32), HEADS[1, 0])
    several = json.loads(run("open", "heads.npz", "--format", "json", "--aggregate", "max").out)
    np.testing.assert_array_equal(np.array(several["weights"], dtype=np.float32), HEADS.max(axis=(0, 1)))


@pytest.mark.parametrize("name", ["plain.npz", "heads.npz"])
def test_npz_to_json_to_npz_is_the_same_file(run: Run, folder: Path, name: str) -> None:
    assert run("open", name, "--output", "copy.json").out == ""
    assert run("open", "copy.json", "--output", "copy.npz").code == 0
    assert Path("copy.npz").read_bytes() == Path(name).read_bytes()
    assert sorted(entry.name for entry in folder.iterdir() if "copy" in entry.name) == ["copy.json", "copy.npz"]


def test_text_is_a_grid_with_what_the_file_knows(run: Run, folder: Path) -> None:
    lines = run("open", "plain.npz", "--format", "text").out.splitlines()
    assert lines[0] == "le chien noir"
    assert lines[1].split() == list(SOURCE)
    assert [line.split()[0] for line in lines[2:6]] == ["le", "chien", "noir", "END"]
    assert "70" in lines[2]
    assert lines[6].startswith("plain.npz · mean entropy ")
    shown = run("open", "heads.npz", "--format", "text", "--layer", "1", "--head", "1").out
    assert "heads.npz · layer 1 · head 1 · mean entropy" in shown


def test_svg_and_html_say_nothing_of_scores(run: Run, folder: Path) -> None:
    svg = run("open", "plain.npz", "--format", "svg").out
    assert svg.startswith("<svg")
    assert "<title>chien → dog: 70.0 %</title>" in svg
    html = run("open", "plain.npz", "--format", "html").out
    assert 'title="chien → dog: 70.0 %"' in html
    assert "nan" not in svg + html
    assert "score" not in svg + html


def test_every_sentence_or_one(run: Run, folder: Path) -> None:
    lines = run("open", "links.tsv", "--format", "json").out.splitlines()
    assert [json.loads(line)["source"] for line in lines] == ["a dog", "yes"]
    (line,) = run("open", "links.tsv", "--format", "json", "--sentence", "2").out.splitlines()
    assert json.loads(line)["weights"] == [[1.0]]
    assert run("open", "links.tsv", "--sentence", "1", "--output", "one.npz").code == 0
    np.testing.assert_array_equal(np.load("one.npz", allow_pickle=False)["weights"], np.eye(2))


def test_standard_input_and_output(folder: Path) -> None:
    done = in_process("open", "-", "--format", "npz", stdin=Path("plain.npz").read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    np.testing.assert_array_equal(np.load(io.BytesIO(done.stdout), allow_pickle=False)["weights"], WEIGHTS)


def test_what_decode_writes_can_be_opened(run: Run, folder: Path) -> None:
    run("decode", "a black dog.", "yes.", "--format", "json", "--output", "run.jsonl")
    whole = run("open", "run.jsonl", "--format", "json").out.splitlines()
    for line, before in zip(whole, Path("run.jsonl").read_text(encoding="utf-8").splitlines(), strict=True):
        found, wanted = json.loads(line), json.loads(before)
        for name in ("source_tokens", "target_tokens", "target", "weights"):
            assert found[name] == wanted[name]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("open",), ("FILE",)),
        (("open", "plain.npz"), ("the viewer needs a terminal", "--format text|json|svg|html|png|pdf|npz")),
        (("open", "nowhere", "--format", "text"), ("nowhere", "No such file")),
        (("open", "plain.npz", "--format", "jsn"), ("jsn", "json")),
        (("open", "plain.npz", "--from", "marain", "--format", "text"), ("marain", "marian")),
        (("open", "plain.npz", "--from", "json", "--format", "text"), ("plain.npz", "JSON")),
        (("open", "plain.npz", "--output", "a.gif"), ("a.gif", "--format")),
        (("open", "plain.npz", "--format", "text", "--sentence", "0"), ("--sentence 0", "1 to 1")),
        (("open", "plain.npz", "--format", "text", "--head", "0"), ("neither layers nor heads",)),
        (("open", "heads.npz", "--format", "text", "--head", "0"), ("head 0 needs a layer, 0 to 1",)),
        (("open", "heads.npz", "--format", "text", "--layer", "2"), ("layer 2 is out of range", "0 to 1")),
        (("open", "heads.npz", "--format", "text", "--aggregate", "rollout"), ("rollout", "mean or max")),
        (("open", "heads.npz", "--format", "text", "--aggregate", "sum"), ("'sum'", "mean, max")),
        (("open", "links.tsv", "--format", "npz"), ("2", "--sentence N")),
        (("open", "links.tsv", "--format", "json", "--width", "84"), ("--width is for --format svg", "not json")),
        (("open", "plain.npz", "--format", "svg", "--width", "9"), ("width 9 mm is out of range",)),
        (("open", "links.tsv", "--format", "json", "--output", "/nowhere/a"), ("/nowhere/a", "cannot be written")),
        (("open", "a\x1b[31m", "--format", "text"), ("\\x1B",)),
        (("open", "plain.npz", "--source", "x", "--formt", "text"), ("--formt",)),
    ],
)
def test_what_cannot_be_used_is_one_line(
    refused: Refused, folder: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    line = refused(*arguments)
    assert all(word in line for word in words), line
    assert len(list(folder.iterdir())) == 3


def test_svg_and_html_look_as_is_asked_for(run: Run, folder: Path) -> None:
    look = ("--width", "84", "--theme", "light", "--palette", "viridis", "--no-title", "--rotate", "90")
    svg = run("open", "plain.npz", "--format", "svg", *look).out
    assert 'width="84.00mm"' in svg
    assert "#ffffff" in svg
    assert hexadecimal(Palette("viridis").background(1.0)) in svg
    assert "rotate(-90)" in svg
    assert "entropy" not in svg
    assert "figure { width: 84mm; }" in run("open", "plain.npz", "--format", "html", *look).out


@needs_matplotlib
def test_png_and_pdf(run: Run, folder: Path) -> None:
    assert run("open", "heads.npz", "--layer", "1", "--head", "0", "--width", "3.3in", "--output", "a.png").code == 0
    picture = Image.open("a.png").convert("RGB")
    assert picture.size[0] == 990
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert run("open", "links.tsv", "--output", "a.pdf").code == 0
    assert b"/Count 2" in Path("a.pdf").read_bytes()
    assert run("open", "links.tsv", "--output", "b.png").code == 0
    assert sorted(path.name for path in folder.glob("b*.png")) == ["b-1.png", "b-2.png"]


def test_several_npz_are_numbered_and_can_be_opened_again(run: Run, folder: Path) -> None:
    assert run("open", "links.tsv", "--output", "all.npz").code == 0
    again = json.loads(run("open", "all-2.npz", "--format", "json").out)
    assert again["source_tokens"] == ["yes"]


def test_a_look_without_a_figure_is_refused(refused: Refused, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.commands.screen.on_screen", lambda: True)
    assert "--width is for figures; give --format or --output as well" in refused("open", "plain.npz", "--width", "84")
    assert "--palette is for figures" in refused("open", "plain.npz", "--palette", "magma")


def test_json_is_bounded(refused: Refused, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.render.foreign_figure.MOST_WEIGHTS", HEADS.size - 1)
    assert f"{HEADS.size} weights are too many for JSON" in refused("open", "heads.npz", "--format", "json")


def test_control_characters_of_a_file_come_out_escaped(run: Run, folder: Path) -> None:
    evil = "\x1b]0;title\x07\u202e"
    pair = checked_pair("evil", [f"a{evil}"], [f"b{evil}"], np.array([[1.0]]))
    Path("evil.npz").write_bytes(npz_of(pair.weights, pair.source_tokens, pair.target_tokens))
    for form in ("text", "json", "svg", "html"):
        outcome = run("open", "evil.npz", "--format", form)
        assert outcome.code == 0
        assert "title" in outcome.out
        assert not set(evil) - set("]0;title") & set(outcome.out)


def test_no_model_and_no_interface_is_loaded(folder: Path) -> None:
    code = (
        "import sys; from explorer.cli import run_quietly; "
        "assert run_quietly(['open', 'plain.npz', '--format', 'svg']) == 0; "
        "print('\\n' + ' '.join({'onnxruntime', 'tokenizers', 'textual', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_help_names_every_form(run: Run) -> None:
    out = run("open", "--help").out
    for words in ("npz ", "npy ", "json ", "marian ", "nematus ", "pharaoh ", "--sentence N", "--pairs FILE"):
        assert words in out
    assert "open" in run("--help").out.split("Commands:")[1].split()


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colour", "none"])
def test_the_viewer_in_a_terminal(folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "explorer", "open", "links.tsv", "--sentence", "2"]
    with Terminal(command, width=80, height=24, **environment) as terminal:
        terminal.wait_for(lambda screen: "sentence 2 of 2" in screen and "oui looks at" in screen, 60)
        if not environment:
            terminal.wait_for(lambda _: BRIGHTEST in terminal.colors)
        terminal.press("[")
        wanted = ("sentence 1 of 2", "un looks at", "100")
        terminal.wait_for(lambda screen: all(words in screen for words in wanted))
        if environment:
            assert BRIGHTEST not in terminal.colors
        else:
            terminal.wait_for(lambda _: BRIGHTEST in terminal.colors)
        terminal.press("q")
        assert terminal.wait_for_exit(60) == 0
        assert not terminal.is_set(1049)
