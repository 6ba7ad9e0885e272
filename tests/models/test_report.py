"""The README's tables, from a made-up card."""

from __future__ import annotations

from models.report import by_length, comparison, heads_table, tables

CARD = {
    "name": "made-up",
    "sizes": {"parameters": 1_500_000},
    "files": {"a": {"bytes": 2_000_000}, "b": {"bytes": 500_000}},
    "corpus": [{"name": "pairs", "pairs": 1234}],
    "training": {"target_tokens": 2_000_000, "seconds": 120, "device": "cpu", "seed": 3},
    "scores": {
        "test": {
            "bleu": {"dot": {"global": 12.34, "hard": 11.0}, "general": {"global": 12.0, "hard": 10.06}},
            "none": 1.25,
            "signature": "sig",
        },
        "gold": {"aer": {"dot": {"global": 0.3456}}},
    },
}


def test_tables_have_every_cell_and_the_facts() -> None:
    facts, bleu, aer, signature = tables(CARD)
    assert "1.5 M parameters, 2.5 MB; pairs: pairs 1,234; 2.0 M target tokens in 2 minutes on CPU, seed 3" in facts
    assert bleu.splitlines() == [
        "| test, BLEU | global | hard |",
        "|---|---|---|",
        "| dot | 12.3 | 11.0 |",
        "| general | 12.0 | 10.1 |",
        "| no attention | 1.2 | |",
    ]
    assert "| dot | 0.346 |" in aer
    assert signature == "sacreBLEU: `sig`"


def test_lengths_are_columns() -> None:
    facts = {"alignment": "dot", "buckets": ["1-5", "6-6"], "bleu": {"global": [20.0, 10.0], "none": [9.0, 1.0]}}
    lines = by_length("test", facts).splitlines()
    assert lines[0] == "| test, BLEU by source words | 1–5 | 6 |"
    assert lines[2] == "| dot · global | 20.0 | 10.0 |"
    assert lines[3] == "| dot · none | 9.0 | 1.0 |"


def test_a_row_a_bundle() -> None:
    scores = {
        "test": {"bleu": {}, "best": {"alignment": "dot", "attention": "global", "bleu": 12.34}},
        "gold": {"aer": {}, "best": {"layer": 1, "head": 2, "aer": 0.25}},
    }
    other = {**CARD, "name": "other", "scores": {"test": scores["test"]}}
    lines = comparison([{**CARD, "scores": scores}, other]).splitlines()
    assert lines[0] == "| bundle | parameters | target tokens | minutes | test, BLEU | gold, alignment error rate |"
    assert lines[2] == "| `made-up` | 1.5 M | 2.0 M | 2 | 12.3 | 0.250 (layer 1, head 2) |"
    assert lines[3] == "| `other` | 1.5 M | 2.0 M | 2 | 12.3 |  |"
    timed = comparison([{**CARD, "scores": scores}, other], {"made-up": 0.281, "other": 0.4}).splitlines()
    assert timed[0].startswith("| bundle | parameters | target tokens | minutes | one step | test, BLEU |")
    assert timed[3] == "| `other` | 1.5 M | 2.0 M | 2 | 0.40 ms | 12.3 |  |"


def test_heads_by_layer_and_head() -> None:
    lines = heads_table("gold", {"heads": [[0.5, 0.25], [0.75, 1.0]], "layers": [0.4, 0.9]}).splitlines()
    assert lines[0] == "| gold, alignment error rate | head 0 | head 1 | mean of heads |"
    assert lines[2:] == ["| layer 0 | 0.500 | 0.250 | 0.400 |", "| layer 1 | 0.750 | 1.000 | 0.900 |"]


def test_rouge_is_beside_its_baselines() -> None:
    figures = {"rouge_1": 30.0, "rouge_2": 10.5, "rouge_l": 28.25}
    facts = {
        "sentences": 3,
        "baseline": {"first 8 words": figures, "first 12 words": {**figures, "rouge_l": 29.0}},
        "best": {"alignment": "dot", "attention": "hard", "rouge_1": 40.0, "rouge_2": 20.0, "rouge_l": 38.125},
        "rouge_l": {"dot": {"global": 38.0, "hard": 38.125}},
        "none": 9.5,
    }
    _, grid, best, _ = tables({**CARD, "scores": {"news": facts}})
    assert grid.splitlines() == [
        "| news, ROUGE-L | global | hard |",
        "|---|---|---|",
        "| dot | 38.00 | 38.12 |",
        "| no attention | 9.50 | |",
        "| first 8 words | 28.25 | |",
        "| first 12 words | 29.00 | |",
    ]
    assert best.splitlines() == [
        "| news | ROUGE-1 | ROUGE-2 | ROUGE-L |",
        "|---|---|---|---|",
        "| dot · hard | 40.00 | 20.00 | 38.12 |",
        "| first 8 words | 30.00 | 10.50 | 28.25 |",
        "| first 12 words | 30.00 | 10.50 | 29.00 |",
    ]
    assert comparison([{**CARD, "scores": {"news": facts}}]).splitlines()[2].endswith("| 38.12 |")
