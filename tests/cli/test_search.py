"""``--beam`` and ``--n-best`` of ``decode`` and ``caption``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.cli.conftest import Run

TEXT = "two small dogs run across the wet grass."
LINES = [TEXT, "yes.", "a man sleeps."]


def objects(out: str) -> list[dict[str, Any]]:
    """Parse one object a line."""
    return [json.loads(line) for line in out.splitlines()]


def test_width_1_is_greedy_decoding_with_a_rank_and_a_score(run: Run) -> None:
    greedy = objects(run("decode", *LINES, "--format", "json").out)
    beam = objects(run("decode", *LINES, "--format", "json", "--beam", "1").out)
    for before, after in zip(greedy, beam, strict=True):
        length = len(after["log_probs"])
        assert after.pop("rank") == 1
        assert after.pop("score") == pytest.approx(sum(after["log_probs"]) / ((5 + length) / 6) ** 0.6, abs=1e-4)
        assert list(after) == list(before)
        assert after["target_tokens"] == before["target_tokens"]
        np.testing.assert_allclose(after["log_probs"], before["log_probs"], atol=1e-4)
        np.testing.assert_allclose(after["weights"], before["weights"], atol=1e-4)


@pytest.mark.parametrize("model", ["translate-en-fr", "transformer-en-fr"])
def test_n_best_is_one_object_a_hypothesis(run: Run, model: str) -> None:
    options = ("--model", model, "--beam", "5", "--n-best", "3", "--length-penalty", "1", "--format", "json")
    found = objects(run("decode", *LINES, *options).out)
    assert [each["source"] for each in found] == [line for line in LINES for _ in range(3)]
    assert [each["rank"] for each in found] == [1, 2, 3] * 3
    for first in range(0, 9, 3):
        part = found[first : first + 3]
        scores = [each["score"] for each in part]
        assert scores == sorted(scores, reverse=True)
        assert scores == pytest.approx(
            [sum(each["log_probs"]) * 6 / (5 + len(each["log_probs"])) for each in part], abs=1e-4
        )
        assert len({tuple(each["target_tokens"]) for each in part}) == 3
        for each in part:
            assert np.array(each["weights"]).shape == (len(each["target_tokens"]), len(each["source_tokens"]))


def test_n_best_alone_is_as_wide_as_it_writes(run: Run) -> None:
    alone = run("decode", TEXT, "--n-best", "3", "--format", "json").out
    assert alone == run("decode", TEXT, "--n-best", "3", "--beam", "3", "--format", "json").out


def test_many_lines_come_in_order(run: Run) -> None:
    lines = LINES * 15
    many = objects(run("decode", "--beam", "16", "--format", "json", stdin="\n".join(lines).encode()).out)
    assert [each["source"] for each in many] == lines
    assert len({tuple(each["target_tokens"]) for each in many}) == 3


def test_text_names_rank_and_score_under_each_grid(run: Run) -> None:
    out = run("decode", TEXT, "--n-best", "2", "--length-penalty", "0").out
    blocks = out.split("\n\n")
    assert len(blocks) == 2
    found = objects(run("decode", TEXT, "--n-best", "2", "--length-penalty", "0", "--format", "json").out)
    for rank, (block, each) in enumerate(zip(blocks, found, strict=True), start=1):
        assert block.splitlines()[0] == each["target"]
        assert f"beam 2 · α 0 · rank {rank} · score {each['score']:.2f}" in " ".join(block.split())


def test_pages_have_every_hypothesis(run: Run) -> None:
    options = ("--n-best", "2", "--format")
    found = objects(run("decode", TEXT, *options, "json").out)
    root = ElementTree.fromstring(run("decode", TEXT, *options, "svg").out)
    drawn = "".join(root.itertext())
    page = run("decode", TEXT, *options, "html").out
    assert page.count("<figure>") == 2
    for each in found:
        assert f"rank {each['rank']} · score {each['score']:.2f}" in drawn
        assert f"rank {each['rank']} · score {each['score']:.2f}" in page


def test_force_and_max_length_hold_for_every_hypothesis(run: Run) -> None:
    options = ("--n-best", "3", "--force", "un chat", "--max-length", "4", "--format", "json")
    for each in objects(run("decode", TEXT, *options).out):
        assert each["target_tokens"][:2] == ["▁un", "▁chat"]
        assert len(each["target_tokens"]) <= 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--beam", "0"), "beam width 0 is out of range; it goes from 1 to 16"),
        (("--beam", "17"), "beam width 17 is out of range; it goes from 1 to 16"),
        (("--n-best", "0"), "--n-best 0 is below 1"),
        (("--n-best", "17"), "beam width 17 is out of range; it goes from 1 to 16"),
        (("--beam", "2", "--n-best", "3"), "--n-best 3 is more than a beam of 2 finds; give --beam 3"),
        (("--length-penalty", "1"), "--length-penalty belongs to a search; give --beam N as well"),
        (("--beam", "2", "--length-penalty", "3"), "length penalty 3 is out of range; it goes from 0 to 2"),
    ],
)
def test_a_search_that_cannot_be_is_one_line(
    refused: Callable[..., str], options: tuple[str, ...], message: str
) -> None:
    assert refused("decode", TEXT, *options) == f"attn-explore: {message}\n"


def test_captions_too(run: Run, caption_bundle: Path) -> None:
    options = ("--model", str(caption_bundle), "--n-best", "2", "--format")
    found = objects(run("caption", "scene:3", "scene:4", *options, "json").out)
    assert [(each["image"], each["rank"]) for each in found] == [
        ("scene:3", 1),
        ("scene:3", 2),
        ("scene:4", 1),
        ("scene:4", 2),
    ]
    assert all(len(each["weights"]) == len(each["target_tokens"]) for each in found)
    text = run("caption", "scene:3", *options, "text").out
    assert f"rank 2 · score {found[1]['score']:.2f}" in " ".join(text.split())
    assert run("caption", "scene:3", *options, "svg").out.count("<image ") == 2


def test_the_tree_of_a_search(run: Run) -> None:
    call = ("decode", "a man sleeps.", "--beam", "3", "--length-penalty", "1")
    tree = json.loads(run(*call, "--tree", "--format", "json").out)
    best = [json.loads(line) for line in run(*call, "--n-best", "3", "--format", "json").out.splitlines()]
    assert (tree["beam"], tree["length_penalty"]) == (3, 1.0)
    assert [(each["target"], each["score"]) for each in tree["hypotheses"][:3]] == [
        (each["target"], each["score"]) for each in best
    ]
    node, path = tree["hypotheses"][0]["node"], []
    while node is not None:
        path.append(tree["nodes"][node]["token"])
        node = tree["nodes"][node]["parent"]
    assert path[::-1] == best[0]["target_tokens"]


def test_trees_as_svg_and_text(run: Run) -> None:
    call = ("decode", "a man sleeps.", "yes.", "--beam", "2", "--tree")
    drawn = run(*call, "--format", "svg").out
    assert drawn.count("· finished</title>") >= 2
    assert drawn.startswith("<svg")
    assert run(*call).out.startswith("un homme dort.\n▸ ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tree",), "--tree draws a search; give --beam N as well"),
        (("--tree", "--n-best", "2"), "--tree draws a search; give --beam N as well"),
        (("--tree", "--beam", "2", "--n-best", "2"), "--tree has all hypotheses of the search; leave --n-best out"),
        (("--tree", "--beam", "2", "--compare", "seed=1"), "--compare and --tree are figures of different kinds"),
    ],
)
def test_trees_that_cannot_be(refused: Callable[..., str], options: tuple[str, ...], said: str) -> None:
    assert said in refused("decode", "yes.", *options)
