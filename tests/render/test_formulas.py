"""The formulas beside the grid."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from explorer.render.formulas import (
    LONGEST_LINE,
    LONGEST_SENTENCE,
    Formula,
    alignment_formula,
    attention_formula,
    title_of,
)

ALIGNMENTS = ("location", "content", "additive", "general", "dot", "scaled_dot")
ATTENTIONS = ("global", "local_m", "local_p", "hard", "none")
ALL = [alignment_formula(name) for name in ALIGNMENTS] + [attention_formula(name) for name in ATTENTIONS]
ALL += [attention_formula(name, cells=True) for name in ("local_m", "local_p")]


@pytest.mark.parametrize("formula", ALL, ids=lambda formula: formula.name)
def test_every_formula_fits_its_panel(formula: Formula) -> None:
    assert formula.lines
    assert max(cell_len(line) for line in formula.lines) <= LONGEST_LINE
    assert 0 < len(formula.sentence) <= LONGEST_SENTENCE
    assert re.fullmatch(r"[A-Z][a-z]+ 20\d\d, [A-Z0-9.]+", formula.paper)


def test_some_formulas_by_value() -> None:
    assert alignment_formula("additive").lines == ("sᵢ = vᵀ tanh(W[q; kᵢ])",)
    assert "√n" in alignment_formula("scaled_dot").lines[0]
    assert "β" in alignment_formula("content").lines[0]
    assert attention_formula("local_m").lines[0] == "pₜ = min(t, S − 1)"
    assert attention_formula("hard").paper == "Xu 2015, 4.1"


def test_over_the_cells_of_a_picture_a_centre_has_two_coordinates() -> None:
    line, cells = attention_formula("local_p"), attention_formula("local_p", cells=True)
    assert "|i − pₜ| ≤ D" in line.lines[-1]
    assert "‖i − pₜ‖∞ ≤ D" in cells.lines[-1]
    assert cells.lines[0] == "pₜ = (R, C) σ(u) − ½"
    assert attention_formula("local_m", cells=True).lines[0] == "pₜ = cell ⌊stride · t⌋"
    for name in ("global", "hard", "none"):
        assert attention_formula(name, cells=True) is attention_formula(name)


def test_titles_for_people() -> None:
    assert [title_of(name) for name in ("scaled_dot", "local_m", "local_p", "hard")] == [
        "scaled dot",
        "local-m",
        "local-p",
        "hard",
    ]


def test_a_name_of_another_bundle_is_shown_without_text() -> None:
    assert alignment_formula("multi_head") == Formula("multi_head", "multi head", (), "", "")
    assert title_of("multi_head") == "multi head"
