"""BLEU by source length, measured again with the shipped graphs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import click
import measure_lengths
import pytest
from click.testing import CliRunner
from rich.console import Console

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.length_scores import LengthBucket, LengthScores
from models.recipes import TestSet

BUNDLE = Path(__file__).resolve().parents[2] / "onnx" / "graphs" / "translate-en-fr"
SENTENCES = (
    "children play football .",
    "two dogs run outside .",
    "a man in red walks .",
    "two dogs run on the beach .",
    "a woman reads in the park today .",
)
TOLD = LengthScores(
    "own",
    "additive",
    (LengthBucket(3, 6, 3, {"global": 50.0, "none": 10.0}), LengthBucket(7, 9, 1, {"global": 40.0, "none": 5.0})),
)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle(BUNDLE, "cpu")


def test_the_graphs_translate_as_a_person_has_them_translate(bundle: Bundle, tmp_path: Path) -> None:
    def translation(sentence: str) -> str:
        decoder = Decoder(bundle)
        decoder.start(sentence, decoder.controls.replace(alignment="additive", attention="global"))
        return decoder.end().text

    pairs = [f"{sentence}\t{translation(sentence)}\n" for sentence in SENTENCES]
    (tmp_path / "own.tsv").write_text("".join(pairs), encoding="utf-8")
    found = measure_lengths.measure(bundle, TOLD, TestSet("own", "own.tsv"), tmp_path, ["global", "none"])
    assert sum(found["sentences"]) == len(SENTENCES)
    assert found["bleu"]["global"] == [100.0] * len(found["buckets"])
    assert all(score < 60 for score in found["bleu"]["none"])


def found_with(**changes: Any) -> dict[str, Any]:
    return {"buckets": ["3-6", "7-9"], "bleu": {"global": [50.0, 40.0], "none": [10.0, 5.0]}} | changes


def test_the_greatest_difference_is_told() -> None:
    shown = io.StringIO()
    found = found_with(bleu={"global": [50.5, 40.0], "none": [10.0, 7.25]})
    assert measure_lengths.compare(TOLD, found, Console(file=shown, width=100)) == 2.25
    assert "7.2 (5.0)" in shown.getvalue()
    assert measure_lengths.compare(TOLD, found_with(), Console(file=shown)) == 0


def test_other_sentences_are_no_comparison() -> None:
    with pytest.raises(click.ClickException, match="own: the card was measured on other sentences"):
        measure_lengths.compare(TOLD, found_with(buckets=["3-6", "7-10"]), Console(file=io.StringIO()))


def test_an_attention_type_that_was_not_measured(tmp_path: Path) -> None:
    arguments = ["transformer-en-fr", "--data", str(tmp_path), "--attention", "none"]
    ended = CliRunner().invoke(measure_lengths.main, arguments)
    assert ended.exit_code == 2
    assert "none was not measured; there is: global" in ended.output
