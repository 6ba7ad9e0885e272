"""``align``, ``models``, ``doctor``, ``--version``, ``--help``."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from explorer import __version__
from explorer.cli import run_quietly
from explorer.commands.align import AlignOptions, controls_for
from explorer.render.results import Result, result_of
from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle, shipped_bundles
from explorer.tui.first_run import claim_first_run
from explorer.tui.welcome import Begin
from tests.cli.conftest import Run

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


def options(**given: Any) -> AlignOptions:
    """The command's options with nothing given but these."""
    nothing = dict.fromkeys((field.name for field in dataclasses.fields(AlignOptions)), None)
    return AlignOptions(**{**nothing, **given})


def scored(card: Card) -> Card:
    """A card with made-up scores in the layout of ``python -m models.evaluate``."""
    rates = {"additive": {"global": 0.41, "none": 1.0}, "scaled_dot": {"local_m": 0.385, "hard": 0.5}}
    scores = {
        "multi30k test-2016": {"bleu": {"dot": {"global": 52.25, "hard": 49.0}}, "none": 33.1, "signature": "x"},
        "alignment hansards-trial-37": {
            "aer": rates,
            "best": {"alignment": "scaled_dot", "attention": "local_m", "aer": 0.385},
        },
        "odd": [1, 2],
        "odder": {"bleu": {"dot": 3.0}, "none": "?"},
    }
    return msgspec.structs.replace(card, scores=scores)


@pytest.fixture
def card() -> Card:
    """The shipped model's card."""
    return read_card(find_bundle("translate-en-fr"))


def test_align_takes_the_best_combination_of_the_card(card: Card) -> None:
    controls = controls_for(scored(card), options())
    assert (controls.alignment, controls.attention) == ("scaled_dot", "local_m")
    asked = controls_for(scored(card), options(alignment="dot"))
    assert (asked.alignment, asked.attention) == ("dot", card.switches.attention)


def test_align_asks_the_shipped_card_for_its_combination(run: Run, pairs: str, card: Card) -> None:
    best = card.scores["alignment hansards-trial-37"]["best"]
    named = run("align", pairs, "--alignment", best["alignment"], "--attention", best["attention"])
    assert run("align", pairs).out == named.out


def test_align_reads_words_that_the_vocabulary_does_not_know(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("a \u6f22 dog .\tun chien \u6f22 .\n", encoding="utf-8")
    (found,) = [json.loads(line) for line in run("align", str(file), "--format", "json").out.splitlines()]
    assert found["source"][1] == "\u6f22"
    assert [target for _, target in sorted(found["links"], key=lambda link: link[1])] == [0, 1, 2, 3]


def test_align_without_scores_takes_the_defaults_of_the_card(card: Card) -> None:
    controls = controls_for(msgspec.structs.replace(card, scores={}), options())
    assert (controls.alignment, controls.attention) == (card.switches.alignment, card.switches.attention)


def test_models_json_has_the_cards(run: Run) -> None:
    listed = {card["name"]: card for card in json.loads(run("models", "--json").out)}
    card = listed["translate-en-fr"]
    assert card["switches"]["attentions"] == ["global", "local_m", "local_p", "hard", "none"]
    assert set(card["files"]) == {"encoder.onnx", "step.onnx", "source.json", "target.json"}
    assert card["licence"]


def test_models_table_has_the_best_scores(run: Run, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    only = {"translate-en-fr": find_bundle("translate-en-fr")}
    monkeypatch.setattr("explorer.commands.models.shipped_bundles", lambda: only)
    monkeypatch.setattr("explorer.commands.models.read_card", lambda folder: scored(card))
    lines = run("models").out.splitlines()
    assert "translate-en-fr" in lines[0]
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines[2:]]
    assert rows == [
        ["multi30k test-2016", "BLEU", "52.2", "dot · global", "33.1"],
        ["alignment hansards-trial-37", "AER", "0.385", "scaled dot · local-m"],
    ]


def test_a_row_of_rouge(card: Card) -> None:
    facts = {"rouge_l": {"dot": {"global": 33.0, "hard": 33.456}}, "none": 9.5, "baseline": {"x": {"rouge_l": 40.0}}}
    row = result_of(card, "news", facts)
    assert row == Result(card.name, card.task, "news", "ROUGE-L", "33.46", "dot · hard", "9.50")


def test_models_lists_every_shipped_bundle(run: Run) -> None:
    headings = [line.split()[0] for line in run("models").out.splitlines() if not line.startswith(" ")]
    assert headings == sorted(shipped_bundles())
    assert {"translate-de-en", "translate-en-fr"} <= set(headings)


def test_models_without_scores_says_so(run: Run, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    unscored = msgspec.structs.replace(card, scores={})
    monkeypatch.setattr("explorer.commands.models.read_card", lambda folder: unscored)
    assert "no scores" in run("models").out


def test_every_shipped_model_is_listed(run: Run) -> None:
    out = run("models").out
    shipped = shipped_bundles()
    assert len(shipped) >= 2
    for name, folder in shipped.items():
        assert f"{name}  {read_card(folder).title}" in out


def test_doctor_measures_a_step(run: Run) -> None:
    out = run("doctor").out
    wanted = (
        "onnxruntime",
        "cpu          works",
        "p50",
        "p99",
        "ms a step",
        "cuda",
        "driver",
        "translate-en-fr",
        "graphics",
    )
    for words in wanted:
        assert words in out


def test_version(run: Run) -> None:
    outcome = run("--version")
    assert outcome.code == 0
    assert __version__ in outcome.out


def test_help_names_every_command(run: Run) -> None:
    out = run("--help").out
    for name in ("decode", "align", "scene", "models", "doctor", "TEXT"):
        assert name in out


def test_doctor_says_why_a_model_does_not_work(run: Run) -> None:
    outcome = run("doctor", "--model", "./nowhere")
    assert outcome.code == 0
    assert "cpu          does not work: bundle ./nowhere: there is no such folder" in outcome.out


def test_what_stands_before_a_command_holds_for_it(refused: Callable[..., str], run: Run) -> None:
    assert "'nothing'" in refused("--model", "nothing", "decode", "hi")
    assert "'gpu'" in refused("--provider", "gpu", "align", "pairs.tsv")
    assert run("--model", "nothing", "decode", "yes.", "--model", "translate-en-fr").code == 0


def test_text_opens_the_interface(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str | None, str, str]] = []
    monkeypatch.setattr("explorer.tui.launch.run_explorer", lambda *arguments: seen.append(arguments))
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    assert claim_first_run()  # or it would be asked where to begin
    for arguments in (
        ["a black dog"],
        ["a", "black", "dog", "--model", "m"],
        ["--provider", "cpu", "a black dog"],
        ["explore"],
        [],
    ):
        assert run_quietly(arguments) == 0
    assert seen == [
        ("a black dog", "translate-en-fr", "auto"),
        ("a black dog", "m", "auto"),
        ("a black dog", "translate-en-fr", "cpu"),
        ("explore", "translate-en-fr", "auto"),
        (None, "translate-en-fr", "auto"),
    ]


@pytest.mark.parametrize(
    ("begin", "ran"), [(Begin("explore"), ["explore"]), (Begin("demo", "heads"), ["heads"]), (None, [])], ids=str
)
def test_the_first_run_does_what_is_chosen(
    run: Run, monkeypatch: pytest.MonkeyPatch, begin: Begin | None, ran: list[str]
) -> None:
    seen: list[str] = []
    monkeypatch.setattr("explorer.tui.launch.run_welcome", lambda *_, **__: begin)
    monkeypatch.setattr("explorer.tui.launch.run_explorer", lambda *_: seen.append("explore"))
    monkeypatch.setattr("explorer.tui.launch.run_replay", lambda session, *_: seen.append(session.title))
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    assert run_quietly([]) == 0
    assert seen == ran
    assert run_quietly([]) == 0
    assert seen == [*ran, "explore"]


def test_align_reads_standard_input_as_it_comes(run: Run) -> None:
    many = ("a dog .\tun chien .\n" * 300).encode()
    lines = run("align", "-", stdin=many).out.splitlines()
    assert len(lines) == 300
    assert len(set(lines)) == 1
