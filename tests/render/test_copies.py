"""Which tokens are copied, and where that is said."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.segment import Segment

from explorer.render.copies import can_copy, copied_of, is_copy
from explorer.render.grid import RowMarks, row_line
from explorer.render.layout import Zoom, grid_layout
from explorer.render.palette import ColorDepth, Palette
from explorer.render.summary import cell_facts, row_marks
from explorer.render.text import TraceText, print_trace
from explorer.runtime.card import Languages
from explorer.runtime.trace import Trace

SOURCE = ("oil", "prices", "rose", "END")
TARGET = ("oil", "rose", "prices", "up", "END")
WEIGHTS = ((0.9, 0.1, 0, 0), (0, 0.1, 0.9, 0), (0.6, 0.4, 0, 0), (0, 0, 0, 0), (0, 0, 0, 1))


@pytest.fixture
def headline(make_trace: Callable[..., Trace]) -> Trace:
    """Of "oil rose prices up", "oil" and "rose" stand where it looks most; "prices" looks elsewhere."""
    return make_trace(SOURCE, TARGET, WEIGHTS, forced=1)


def test_a_copy_is_spelled_as_the_piece_of_greatest_weight(headline: Trace) -> None:
    assert [is_copy(step, headline.source) for step in headline.steps] == [True, True, False, False, False]


@pytest.mark.parametrize("piece", ["oil", "▁Oil", "▁oils", ""])
def test_another_spelling_is_no_copy(headline: Trace, piece: str) -> None:
    assert not is_copy(dataclasses.replace(headline.steps[0], piece=piece), headline.source)


def test_they_are_counted_without_the_end(headline: Trace) -> None:
    assert copied_of(headline) == "copied 2 of 4"
    assert copied_of(dataclasses.replace(headline, steps=headline.steps[:3])) == "copied 2 of 3"
    assert copied_of(dataclasses.replace(headline, steps=())) == ""
    assert copied_of(dataclasses.replace(headline, steps=headline.steps[-1:])) == ""


@pytest.mark.parametrize(("source", "target", "expected"), [("en", "en", True), ("en", "fr", False)])
def test_only_within_one_language(source: str, target: str, expected: bool) -> None:
    assert can_copy(Languages(source, target)) is expected


def test_the_gutter_marks_copies_and_forced_tokens_first(headline: Trace) -> None:
    layout = grid_layout(SOURCE, TARGET, 40, 20, Zoom.CELL)
    palette = Palette(depth=ColorDepth.NONE)
    gutters = []
    for row, step in enumerate(headline.steps):
        marks = row_marks(headline, row, copies=True)
        line = row_line(layout, palette, TARGET, step.weights, row, marks=marks)
        gutters.append("".join(segment.text for segment in line)[: layout.gutter - 1])
    assert gutters == ["=   oil", "*  rose", " prices", "     up", "    END"]


def test_nothing_is_marked_unless_asked_for(headline: Trace) -> None:
    assert [row_marks(headline, row).copied for row in range(5)] == [False] * 5
    assert [row_marks(headline, row, copies=True).copied for row in range(6)] == [True, True, *[False] * 4]
    layout = grid_layout(SOURCE, TARGET, 40, 20)
    line: list[Segment] = row_line(layout, Palette(), TARGET, headline.steps[0].weights, 0, marks=RowMarks())
    assert line[0].text == " "


def test_printed_text_marks_and_counts_them(headline: Trace) -> None:
    def printed(copies: bool) -> list[str]:
        stream = io.StringIO()
        print_trace(Console(file=stream, width=120, color_system=None), TraceText(headline, copies=copies))
        return stream.getvalue().splitlines()

    marked, plain = printed(True), printed(False)
    assert marked[2].startswith("=   oil ●")
    assert "mean entropy 0.38 bit · = copied 2 of 4 · ░" in marked[-1]
    assert plain[2].startswith("    oil ●")
    assert "copied" not in plain[-1]


def test_a_cell_that_is_read_out_says_what_it_is(headline: Trace) -> None:
    oil = headline.steps[0]
    assert cell_facts(headline, oil, 0, copies=True) == ("oil → oil", ("90.0 %", "score 1.80", "= copied"))
    assert cell_facts(headline, oil, 0) == ("oil → oil", ("90.0 %", "score 1.80", "greatest weight"))
    assert cell_facts(headline, oil, 1, copies=True) == ("oil → prices", ("10.0 %", "score 0.20"))
    pending = cell_facts(headline, oil, 0, pending=True, copies=True)
    assert pending == ("▸ → oil", ("90.0 %", "score 1.80", "greatest weight"))
    assert cell_facts(headline, headline.steps[3], None) == ("no attention: every weight is 0", ())


def test_a_masked_cell_is_called_so(make_trace: Callable[..., Trace]) -> None:
    trace = make_trace(SOURCE, TARGET, WEIGHTS, masked=[2])
    assert cell_facts(trace, trace.steps[0], 2)[1][-1] == "masked at every step"
