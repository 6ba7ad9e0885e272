"""``--compare`` and ``--gallery``: several runs in one figure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.cli.conftest import Run

Refused = Callable[..., str]
TEXT = "the little girl in the red dress."
HEADED = ("--model", "transformer-en-fr")


def compared(run: Run, *options: str) -> dict[str, dict[str, object]]:
    outcome = run("decode", TEXT, "--format", "json", *options)
    assert (outcome.code, outcome.err) == (0, "")
    found: dict[str, dict[str, object]] = json.loads(outcome.out)
    return found


def test_both_sides_are_those_that_decode_gives_alone(run: Run) -> None:
    found = compared(run, "--alignment", "dot", "--compare", "alignment=location,attention=local-m,window=3")
    left = json.loads(run("decode", TEXT, "--alignment", "dot", "--format", "json").out)
    call = ("--alignment", "location", "--attention", "local_m", "--window", "3")
    right = json.loads(run("decode", TEXT, *call, "--format", "json").out)
    assert (found["left"], found["right"]) == (left, right)
    minus = np.subtract(right["weights"], left["weights"])
    np.testing.assert_allclose(found["differences"]["weights"], minus, atol=2e-6)


def test_the_other_side_keeps_what_is_not_named(run: Run) -> None:
    found = compared(run, "--alignment", "dot", "--compare", "attention=hard")
    assert (found["right"]["alignment"], found["right"]["attention"]) == ("dot", "hard")


def test_same_tokens(run: Run) -> None:
    found = compared(run, "--compare", "attention=none", "--same-tokens")
    assert found["left"]["target_tokens"] == found["right"]["target_tokens"]
    assert found["differences"]["parting"] is None
    free = compared(run, "--compare", "attention=none")
    assert free["left"]["target_tokens"] != free["right"]["target_tokens"]


def test_another_model_on_the_same_text(run: Run) -> None:
    found = compared(run, "--alignment", "dot", "--compare", "model=transformer-en-fr,layer=0,head=1", "--same-tokens")
    assert (found["left"]["model"], found["right"]["model"]) == ("translate-en-fr", "transformer-en-fr")
    assert (found["right"]["layer"], found["right"]["head"]) == (0, 1)
    assert found["left"]["target"] == found["right"]["target"]


def test_heads_of_one_model(run: Run) -> None:
    found = compared(run, *HEADED, "--aggregate", "mean", "--compare", "layer=1,head=0")
    assert (found["left"]["aggregate"], found["right"]["aggregate"], found["right"]["head"]) == ("mean", None, 0)
    assert found["left"]["target"] == found["right"]["target"]


def test_several_sentences_as_svg(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    call = ("decode", TEXT, "yes.", "--compare", "alignment=dot", "--format", "svg", "--width", "84", "--no-title")
    assert run(*call, "--output", str(path)).code == 0
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    told = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert told.count("right − left") == 2
    assert root.get("width") == "84.00mm"


def test_npz_has_both(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert run("decode", TEXT, "--compare", "temperature=2", "--format", "npz", "--output", str(path)).code == 0
    with np.load(path, allow_pickle=False) as found:
        minus = found["right_weights"] - found["left_weights"]
        np.testing.assert_allclose(found["differences"], minus, atol=1e-7)
        assert found["distances"].min() >= 0


def test_captions(run: Run, caption_bundle: Path) -> None:
    call = ("caption", "scene:3", "scene:4", "--model", str(caption_bundle), "--compare", "alignment=dot")
    lines = run(*call, "--format", "json").out.splitlines()
    assert [json.loads(line)["left"]["image"] for line in lines] == ["scene:3", "scene:4"]
    text = run(*call, "--format", "svg").out
    assert text.count("<use ") == sum(
        len(json.loads(line)[side]["target_tokens"]) for line in lines for side in ("left", "right")
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--compare", "alignment"), "give NAME=VALUE, as in alignment=dot,attention=hard"),
        (("--compare", ""), "give NAME=VALUE"),
        (("--compare", "alignmnt=dot"), "--compare: switch 'alignmnt' is not known; did you mean alignment?"),
        (("--compare", "alignment=dott"), "--compare: alignment 'dott' is not known; did you mean dot?"),
        (("--compare", "temperature=warm"), "--compare: temperature 'warm' is no number"),
        (("--compare", "seed=1.5"), "--compare: seed '1.5' is no number"),
        (("--compare", "temperature=nan"), "--compare: temperature nan is out of range"),
        (("--compare", "seed=1,seed=2"), "--compare: seed is given twice"),
        (("--compare", "layer=1"), "--compare: translate-en-fr has neither layers nor heads"),
        (("--compare", "model=no-such"), "no-such"),
        (("--compare", "model=caption-scenes"), "caption-scenes reads pictures"),
        (("--compare", "alignment=dot", "--beam", "2"), "--compare decodes greedily; leave --beam and --n-best out"),
        (("--compare", "alignment=dot", *HEADED, "--all-heads"), "--compare and --all-heads are figures of different"),
        (("--same-tokens",), "--same-tokens belongs to --compare and to --gallery"),
    ],
)
def test_what_is_refused(refused: Refused, options: tuple[str, ...], said: str) -> None:
    assert said in refused("decode", TEXT, *options)


def test_a_caption_has_no_heads_to_compare(refused: Refused, caption_bundle: Path) -> None:
    call = ("caption", "scene:3", "--model", str(caption_bundle), "--compare", "layer=1")
    assert "--compare: layer is no switch of this command" in refused(*call)


# --- the gallery ------------------------------------------------------------------------------------------------------


def test_every_combination_as_decode_gives_it_alone(run: Run) -> None:
    lines = run("decode", "a man sleeps.", "yes.", "--gallery", "--format", "json").out.splitlines()
    assert len(lines) == 2
    gallery = json.loads(lines[0])
    assert len(gallery["combinations"]) == 25
    for alignment, attention in (("dot", "hard"), ("location", "local_p")):
        call = ("--alignment", alignment, "--attention", attention)
        alone = json.loads(run("decode", "a man sleeps.", *call, "--format", "json").out)
        found = next(
            each for each in gallery["combinations"] if (each["alignment"], each["attention"]) == (alignment, attention)
        )
        assert found["target_tokens"] == alone["target_tokens"]
        np.testing.assert_allclose(found["weights"], alone["weights"], atol=1e-5)
        assert "bleu" in next(iter(found["scores"].values()))


def test_every_combination_on_the_same_tokens(run: Run) -> None:
    call = ("decode", TEXT, "--alignment", "dot", "--gallery", "--same-tokens")
    gallery = json.loads(run(*call, "--format", "json").out)
    alone = json.loads(run("decode", TEXT, "--alignment", "dot", "--format", "json").out)
    assert gallery["same_tokens"] is True
    assert {tuple(each["target_tokens"]) for each in gallery["combinations"]} == {tuple(alone["target_tokens"])}


def test_a_gallery_is_drawn(run: Run, caption_bundle: Path) -> None:
    root = ElementTree.fromstring(run("decode", TEXT, "--alignment", "dot", "--gallery", "--format", "svg").out)
    told = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "▸ dot · global" in told
    assert "no attention" in told
    drawn = run("caption", "scene:3", "--model", str(caption_bundle), "--gallery", "--format", "svg").out
    assert "mean of all words" in drawn
    assert "scaled dot · local-p" in run("decode", TEXT, "--gallery").out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((*HEADED, "--gallery"), "--gallery: transformer-en-fr has one combination of alignment and attention alone"),
        (("--gallery", "--n-best", "2"), "--gallery decodes greedily; leave --beam and --n-best out"),
        (("--gallery", "--tree", "--beam", "2"), "--gallery and --tree are figures of different kinds"),
        (("--gallery", "--alignment", "dott"), "alignment 'dott' is not known"),
    ],
)
def test_galleries_that_cannot_be(refused: Refused, options: tuple[str, ...], said: str) -> None:
    assert said in refused("decode", TEXT, *options)
