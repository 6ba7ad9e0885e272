"""``attn-explore caption``: formats, many pictures, options, what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from explorer.runtime.batch import decode_batch
from explorer.runtime.bundle import open_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.switches import default_controls
from tests.cli.conftest import Run
from tests.tiny_captions import COLUMNS, ROWS

FIELDS = ["model", "alignment", "attention", "image", "target", "cells", "target_tokens", "log_probs", "weights"]
Refused = Callable[..., str]


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """A picture with a gradient, not square."""
    ramp = np.linspace(0, 255, 60, dtype=np.uint8)
    planes = np.stack([np.tile(ramp, (40, 1)), np.full((40, 60), 90, np.uint8), np.tile(ramp[::-1], (40, 1))], axis=-1)
    path = tmp_path / "ramp.png"
    Image.fromarray(planes).save(path)
    return str(path)


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_json_has_the_fields_and_shapes(run: Run, caption_bundle: Path, picture: str) -> None:
    outcome = run("caption", picture, "--model", str(caption_bundle), "--format", "json")
    assert outcome.code == 0
    assert outcome.err == ""
    (found,) = objects(outcome.out)
    assert list(found) == FIELDS
    assert found["image"] == picture
    assert found["cells"] == [ROWS, COLUMNS]
    weights = np.array(found["weights"])
    assert weights.shape == (len(found["target_tokens"]), ROWS * COLUMNS)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-4)


def test_many_pictures_come_in_order_and_equal_single_runs(
    run: Run, caption_bundle: Path, picture: str, tmp_path: Path
) -> None:
    names = [picture]
    for place in range(40):  # more than a chunk
        path = tmp_path / f"{place}.png"
        Image.new("RGB", (20 + place, 30), (6 * place, 255 - 6 * place, 128)).save(path)
        names.append(str(path))
    outcome = run("caption", *names, "--model", str(caption_bundle), "--format", "json")
    assert outcome.code == 0
    found = objects(outcome.out)
    assert [each["image"] for each in found] == names
    (alone,) = objects(run("caption", names[33], "--model", str(caption_bundle), "--format", "json").out)
    assert alone["target_tokens"] == found[33]["target_tokens"]
    np.testing.assert_allclose(alone["weights"], found[33]["weights"], atol=1e-5)


def test_switches(run: Run, caption_bundle: Path, picture: str) -> None:
    call = ("caption", picture, "--model", str(caption_bundle), "--format", "json")
    (hard,) = objects(run(*call, "--alignment", "scaled-dot", "--attention", "hard").out)
    assert (hard["alignment"], hard["attention"]) == ("scaled_dot", "hard")
    assert {max(row) for row in hard["weights"]} == {1.0}
    (local,) = objects(run(*call, "--attention", "local-m", "--window", "1").out)
    rows = np.array(local["weights"]).reshape(-1, ROWS, COLUMNS)
    assert (rows[0] > 0).tolist() == [[True, True, False, False]] * 2 + [[False] * 4] * 2  # around cell 1,1
    (none,) = objects(run(*call, "--attention", "none").out)
    assert not np.any(none["weights"])
    (forced,) = objects(run(*call, "--force", "two dog").out)
    assert forced["target"].startswith("two dog")
    (short,) = objects(run(*call, "--max-length", "3").out)
    assert len(short["target_tokens"]) == 3


def test_a_batch_gives_what_stepping_gives(caption_bundle: Path, picture: str) -> None:
    bundle = open_bundle(caption_bundle, "cpu")
    source, controls = bundle.read_source(picture), default_controls(bundle.card).replace(attention="local_p")
    (batched,) = decode_batch(bundle, [source], controls)
    decoder = Decoder(bundle)
    decoder.start(picture, controls)
    stepped = decoder.end()
    assert [step.token for step in stepped.steps] == [step.token for step in batched.steps]
    np.testing.assert_allclose(stepped.weights, batched.weights, atol=1e-6)
    for step in stepped.steps:
        assert step.center_cell is not None
        row, column = (min(max(round(place), 0), 3) for place in step.center_cell)
        assert step.center == row * COLUMNS + column
    assert decoder.replay(controls.replace(attention="global")).steps[0].center_cell is None


def test_text(run: Run, caption_bundle: Path, picture: str) -> None:
    outcome = run("caption", picture, "--model", str(caption_bundle), "--max-length", "3")
    lines = outcome.out.splitlines()
    (found,) = objects(
        run("caption", picture, "--model", str(caption_bundle), "--max-length", "3", "--format", "json").out
    )
    assert lines[0] == found["target"]
    assert any("░" in line or "█" in line for line in lines)
    assert lines[-1].startswith(picture) or picture in "".join(lines[-3:])


@pytest.mark.parametrize("form", ["svg", "html"])
def test_figures(run: Run, caption_bundle: Path, picture: str, form: str, tmp_path: Path) -> None:
    output = tmp_path / f"a.{form}"
    outcome = run(
        "caption", picture, picture, "--model", str(caption_bundle), "--format", form, "--output", str(output)
    )
    assert (outcome.code, outcome.out) == (0, "")
    text = output.read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") == 2
    assert "<script" not in text
    if form == "svg":
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg")
        identifiers = [each.get("id") for each in root.iter() if each.tag.endswith("}image")]
        assert identifiers == ["picture0", "picture1"]
        veils = [each for each in root.iter() if each.get("fill-opacity") is not None]
        steps = objects(run("caption", picture, "--model", str(caption_bundle), "--format", "json").out)[0]
        assert len(veils) == 2 * ROWS * COLUMNS * len(steps["target_tokens"])


def test_a_drawn_scene(run: Run, caption_bundle: Path) -> None:
    (found,) = objects(run("caption", "scene:7", "--model", str(caption_bundle), "--format", "json").out)
    assert found["image"] == "scene:7"


def test_what_cannot_be_captioned(refused: Refused, caption_bundle: Path, picture: str, tmp_path: Path) -> None:
    model = ("--model", str(caption_bundle))
    assert "none.png: there is no such file" in refused("caption", str(tmp_path / "none.png"), *model)
    text = tmp_path / "a.txt"
    text.write_text("words")
    assert "not a picture of a known format" in refused("caption", picture, str(text), *model)
    assert "reads text, not pictures: `attn-explore decode TEXT`" in refused(
        "caption", picture, "--model", "translate-en-fr"
    )
    assert "reads pictures, not text: `attn-explore caption IMAGE`" in refused("decode", "a dog", *model)
    assert "attention 'golbal' is not known; did you mean global?" in refused(
        "caption", picture, *model, "--attention", "golbal"
    )
    assert "window 9 is out of range" in refused("caption", picture, *model, "--window", "9")
    assert "Missing argument" in refused("caption", *model)


@pytest.mark.parametrize(
    ("arguments", "model"),
    [
        (["a black dog"], "translate-en-fr"),
        (["scene:7"], "caption-scenes"),
        (["drawing:dog"], "caption-photos"),
        (["red.png"], "caption-photos"),
        (["missing.png"], "translate-en-fr"),  # nobody's file: a sentence, however odd
        (["scene:7", "--model", "mine"], "mine"),
        (["--model", "mine", "red.png"], "mine"),
    ],
)
def test_a_picture_opens_a_model_that_reads_pictures(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], model: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8), "red").save("red.png")
    opened: list[str] = []
    monkeypatch.setattr("explorer.cli.explore", lambda _text, name, _provider: opened.append(name))
    assert run(*arguments).code == 0
    assert opened == [model]
