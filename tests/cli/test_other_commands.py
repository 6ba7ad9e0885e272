"""``align``, ``models``, ``doctor``, ``--version``, and a real terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from explorer import __version__
from explorer.commands.align import controls_for
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle
from tests.cli.conftest import Run
from tests.terminal import Terminal

PAIRS = "a black dog .\tun chien noir .\nthe man is not here\tl' homme n' est pas ici\n"


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    """A file of two word-tokenised pairs."""
    file = tmp_path / "pairs.tsv"
    file.write_text(PAIRS, encoding="utf-8")
    return str(file)


def test_align_links_every_target_word_once(run: Run, pairs: str) -> None:
    outcome = run("align", pairs)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert len(lines) == 2
    for line, (source, target) in zip(lines, ((4, 4), (5, 6)), strict=True):
        links = [tuple(map(int, link.split("-"))) for link in line.split()]
        assert links == sorted(links)
        assert all(i < source and j < target for i, j in links)
        assert len({j for _, j in links}) == len(links)


def test_align_finds_the_crossing(run: Run, pairs: str) -> None:
    first = run("align", pairs, "--alignment", "additive", "--attention", "global").out.splitlines()[0].split()
    assert {"0-0", "1-2", "2-1"} <= set(first)


def test_align_json_says_the_same(run: Run, pairs: str) -> None:
    plain = run("align", pairs).out.splitlines()
    found = [json.loads(line) for line in run("align", pairs, "--format", "json").out.splitlines()]
    assert found[0]["source"] == ["a", "black", "dog", "."]
    assert [" ".join(f"{i}-{j}" for i, j in one["links"]) for one in found] == plain


def test_align_without_attention_links_nothing(run: Run, pairs: str) -> None:
    assert run("align", pairs, "--attention", "none").out == "\n\n"


def test_align_takes_the_best_combination_of_the_card() -> None:
    card = read_card(find_bundle("translate-en-fr"))
    scored = [facts["best"] for name, facts in card.scores.items() if name.startswith("alignment")]
    controls = controls_for(card, None, None)
    assert scored, "the shipped card has alignment error rates"
    assert (controls.alignment, controls.attention) == (scored[0]["alignment"], scored[0]["attention"])
    assert controls_for(card, "dot", None).alignment == "dot"


def test_models_json_has_the_cards(run: Run) -> None:
    listed = {card["name"]: card for card in json.loads(run("models", "--json").out)}
    card = listed["translate-en-fr"]
    assert card["switches"]["attentions"] == ["global", "local_m", "local_p", "hard", "none"]
    assert card["scores"]
    assert card["licence"]


def test_models_table_has_name_and_best_score(run: Run) -> None:
    out = run("models").out
    assert "translate-en-fr" in out
    assert "BLEU" in out
    assert "AER" in out


def test_doctor_measures_a_step(run: Run) -> None:
    out = run("doctor").out
    for words in ("onnxruntime", "cpu          works", "ms a step", "cuda", "terminal"):
        assert words in out


def test_version(run: Run) -> None:
    outcome = run("--version")
    assert outcome.code == 0
    assert __version__ in outcome.out


def test_help_names_every_command(run: Run) -> None:
    out = run("--help").out
    for name in ("decode", "align", "models", "doctor", "TEXT"):
        assert name in out


def test_decode_in_a_terminal_is_coloured() -> None:
    with Terminal([sys.executable, "-m", "explorer", "decode", "a black dog jumps over a fence."]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert "chien" in terminal.text
        assert len(terminal.colors) > 5


def test_many_lines_in_a_terminal_have_a_progress_bar(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("a man sleeps.\n" * 300, encoding="utf-8")
    command = [sys.executable, "-m", "explorer", "decode", "--input", str(file), "--format", "json", "--output"]
    with Terminal([*command, str(tmp_path / "out.jsonl")]) as terminal:
        assert terminal.wait_for_exit(60) == 0
        assert b"decoding" in terminal.raw
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8").count("\n") == 300
