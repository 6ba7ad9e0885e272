"""The lines of the grid, cell by cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from explorer.render.grid import GridStyle, RowMarks, header_line, row_line
from explorer.render.layout import GridLayout, Zoom, grid_layout
from explorer.render.palette import ColorDepth, Palette
from explorer.runtime.trace import Trace

GLYPHS = Palette(depth=ColorDepth.NONE)
COLORS = Palette()


def plain(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def drawn(trace: Trace, layout: GridLayout, palette: Palette = GLYPHS, **options: object) -> list[str]:
    lines = [plain(header_line(layout, y)) for y in range(layout.header_height)]
    for row in range(len(trace.steps) + 1):
        weights = trace.weights[row] if row < len(trace.steps) else None
        lines.append(plain(row_line(layout, palette, trace.labels, weights, row, **options)))  # type: ignore[arg-type]
    return [line.rstrip() for line in lines]


def style_at(segments: Sequence[Segment], x: int) -> Style:
    """Style of the cell at offset `x`."""
    for segment in segments:
        if x < segment.cell_length:
            return segment.style or Style.null()
        x -= segment.cell_length
    raise AssertionError("beyond the line")


def test_wide_without_color(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 20, Zoom.WIDE)
    assert drawn(trace, layout) == [
        "         the    pink  dress   END",
        "     la ● 82 █ ░ 13 ░ ░  5 ░",
        "   robe        ░ 22 ░ ● 77 █",
        "   rose        ●100 █",
        "    END                      ● 96 █",
        "      ▸",
    ]


def test_cell_without_color(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    assert drawn(trace, layout) == [
        "              d",
        "           p  r",
        "        t  i  e  E",
        "        h  n  s  N",
        "        e  k  s  D",
        "     la ●█ ░░ ░░",
        "   robe    ░░ ●█",
        "   rose    ●█",
        "    END          ●█",
        "      ▸",
    ]


def test_in_color_the_background_tells_the_weight(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    line = row_line(layout, COLORS, trace.labels, trace.weights[1], 1)
    assert plain(line).rstrip() == "   robe"
    for column, weight in enumerate(trace.weights[1]):
        background = style_at(line, layout.cell_start(column)).bgcolor
        assert background is not None
        assert background.triplet == COLORS.background(float(weight))
    gap = style_at(line, layout.cell_start(1) - 1).bgcolor
    assert gap is not None
    assert gap.triplet == COLORS.background(0.0)


def test_the_cursor_is_framed_and_its_labels_are_emphasised(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 20, Zoom.WIDE)
    look = GridStyle(label_cursor=Style(underline=True), header_cursor=Style(italic=True))
    line = row_line(layout, GLYPHS, trace.labels, trace.weights[1], 1, cursor_row=1, cursor_column=2, style=look)
    assert plain(line).rstrip() == "   robe        ░ 22 ░[● 77 █]"
    assert style_at(line, 4).underline
    colored = row_line(layout, COLORS, trace.labels, trace.weights[1], 1, cursor_row=1, cursor_column=2)
    assert "▐  77  ▌" in plain(colored)
    other = row_line(layout, GLYPHS, trace.labels, trace.weights[0], 0, cursor_row=1, cursor_column=2, style=look)
    assert "[" not in plain(other)
    assert not style_at(other, 6).underline
    head = header_line(layout, 0, cursor_column=2, style=look)
    assert style_at(head, layout.cell_start(2)).italic
    assert not style_at(head, layout.cell_start(1)).italic


@pytest.mark.parametrize(("columns", "expected"), [(30, "[]"), (60, "+")])
def test_the_cursor_is_seen_where_there_is_no_gap(columns: int, expected: str) -> None:
    layout = grid_layout(["w"] * columns, ("la",), 75, 20)
    assert layout.style.gap == 0
    for palette in (GLYPHS, COLORS):
        line = plain(row_line(layout, palette, ("la",), np.full(columns, 0.01), 0, cursor_row=0, cursor_column=3))
        start = layout.cell_start(3)
        assert line[start : start + layout.style.width] == expected


def test_masked_columns_are_hatched(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    line = row_line(layout, COLORS, trace.labels, trace.weights[0], 0, marks=RowMarks(masked=frozenset({1})))
    assert plain(line)[8:19] == "   ╱╱      "


def test_the_local_window_and_its_center_are_marked(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    marks = RowMarks(center=1.4, window=1.0)
    assert marks.edges(4) == (1, 2)
    line = row_line(layout, COLORS, trace.labels, trace.weights[1], 1, marks=marks)
    # p_t lies right of the middle of column 1, so in the second of its two cells.
    assert plain(line)[7:20] == "   ▕ ◇   ▏   "


@pytest.mark.parametrize(
    ("center", "window", "expected"),
    [
        (0.0, 2.0, (0, 2)),
        (3.0, 2.0, (1, 3)),
        (1.5, 1.0, (1, 2)),
        (1.5, 0.25, None),
        (9.0, 1.0, None),
        (float("nan"), 1.0, None),
        (None, 1.0, None),
        (1.0, None, None),
    ],
)
def test_window_edges(center: float | None, window: float | None, expected: tuple[int, int] | None) -> None:
    assert RowMarks(center=center, window=window).edges(4) == expected


def test_the_greatest_weight_at_the_center_has_one_mark_for_both(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    line = plain(row_line(layout, GLYPHS, trace.labels, trace.weights[0], 0, marks=RowMarks(center=0.0, window=9.0)))
    assert line[7:20] == "▕█◆ ░░ ░░   ▏"


def test_a_figure_keeps_its_digits_beside_a_mark() -> None:
    weights = np.zeros(20)
    weights[3] = 1.0
    layout = grid_layout(["word"] * 20, ("la",), 90, 30)
    assert layout.style.width == 3
    assert "100◆" in plain(row_line(layout, GLYPHS, ("la",), weights, 0, marks=RowMarks(center=3.0, window=2.0)))


def test_a_row_without_any_weight_has_no_greatest_one(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    assert plain(row_line(layout, GLYPHS, trace.labels, np.zeros(4), 0)).strip() == "la"


def test_forced_tokens_and_the_step_to_come_are_marked(trace: Trace) -> None:
    layout = grid_layout(trace.source.labels, trace.labels, 40, 30, Zoom.CELL)
    forced = row_line(layout, GLYPHS, trace.labels, trace.weights[1], 1, marks=RowMarks(forced=True))
    assert plain(forced).startswith("*  robe ")
    assert plain(row_line(layout, GLYPHS, trace.labels, None, 4)).rstrip() == "      ▸"
    assert plain(row_line(layout, GLYPHS, trace.labels, None, 5)).strip() == ""


def test_a_panned_grid_says_that_there_is_more() -> None:
    labels = [f"w{number}" for number in range(30)]
    layout = grid_layout(labels, ("la",), 40, 30, Zoom.WIDE)
    start, middle = plain(header_line(layout, 0)), plain(header_line(layout, 0, 10))
    end = plain(header_line(layout, 0, layout.last_first_column()))
    assert (start[-1], middle[-1], end[-1]) == ("›", "›", " ")
    assert (start[layout.gutter - 1], middle[layout.gutter - 1], end[layout.gutter - 1]) == (" ", "‹", "‹")
    assert middle.split() == ["‹", "w10", "w11", "w12", "w13", "›"]


def test_work_does_not_grow_with_columns_out_of_sight() -> None:
    counts = []
    for columns in (40, 512):
        layout = grid_layout(["w"] * columns, ("la",), 60, 30, Zoom.CELL)
        counts.append(len(row_line(layout, COLORS, ("la",), np.full(columns, 0.2), 0, 5)))
    assert counts[0] == counts[1] < 50


@pytest.mark.parametrize("columns", [12, 30, 60])
def test_cells_without_weight_are_one_segment(columns: int) -> None:
    layout = grid_layout(["w"] * columns, ("la",), 75, 20)
    line = row_line(layout, COLORS, ("la",), np.zeros(columns), 0)
    fields = [segment for segment in line if segment.style is COLORS.blanks_on(Style.null())[0]]
    assert [segment.cell_length for segment in fields] == [columns * layout.style.pitch]


def test_window_edges_stand_inside_the_cells_where_there_is_no_gap() -> None:
    layout = grid_layout(["w"] * 30, ("la",), 75, 20)
    assert (layout.style.width, layout.style.gap) == (2, 0)
    line = plain(row_line(layout, COLORS, ("la",), np.zeros(30), 0, marks=RowMarks(center=4.0, window=2.0)))
    assert line[layout.gutter :].rstrip() == "    ▏    ◇   ▕"


def test_styles_are_those_given(trace: Trace) -> None:
    names = [field.name for field in dataclasses.fields(GridStyle)]
    look = GridStyle(**{name: Style(meta={"part": name}) for name in names})
    layout = grid_layout(trace.source.labels, trace.labels, 40, 20, Zoom.WIDE)
    line = row_line(layout, COLORS, trace.labels, trace.weights[0], 0, style=look, cursor_row=0, cursor_column=1)
    parts = [segment.style.meta.get("part") for segment in line if segment.style is not None]
    assert {"blank", "label_cursor", "cursor"} <= set(parts)
    head = header_line(layout, 0, style=look, cursor_column=1, focus_column=2)
    parts = [segment.style.meta.get("part") for segment in head if segment.style is not None]
    assert [part for part in parts if part != "blank"] == ["header", "header_cursor", "header_focus", "header"]


LABELS = st.one_of(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz'·", min_size=0, max_size=18),
    st.text(alphabet="日本語한국e\u0301a\u0308👩🏽\u200d🚀🇫🇷❤\ufe0f\u0301\u200d", min_size=0, max_size=8),
    st.text(min_size=0, max_size=8),
)


@settings(max_examples=150)
@given(
    source=st.lists(LABELS, min_size=0, max_size=70),
    target=st.lists(LABELS, min_size=0, max_size=3),
    width=st.integers(0, 200),
    height=st.integers(0, 60),
    zoom=st.sampled_from(list(Zoom)),
    depth=st.sampled_from(list(ColorDepth)),
    data=st.data(),
)
def test_every_line_has_exactly_the_width_asked_for(
    source: list[str],
    target: list[str],
    width: int,
    height: int,
    zoom: Zoom,
    depth: ColorDepth,
    data: st.DataObject,
) -> None:
    layout = grid_layout(source, target, width, height, zoom)
    asked = data.draw(st.one_of(st.none(), st.integers(0, 200)))
    expected = width if asked is None else asked
    first = data.draw(st.integers(0, max(0, len(source) - 1)))
    column = data.draw(st.one_of(st.none(), st.integers(0, max(0, len(source) - 1))))
    weight = st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1, width=32))
    weights = np.array(data.draw(st.lists(weight, min_size=len(source), max_size=len(source))), dtype=np.float32)
    marks = RowMarks(
        masked=frozenset(data.draw(st.sets(st.integers(0, 70), max_size=3))),
        center=data.draw(st.one_of(st.none(), st.floats(-2, 80), st.just(float("nan")))),
        window=data.draw(st.one_of(st.none(), st.floats(0, 20))),
        forced=data.draw(st.booleans()),
    )
    lines: list[list[Segment]] = [
        header_line(layout, y, first, asked, cursor_column=column, focus_column=0)
        for y in range(-1, layout.header_height + 1)
    ]
    palette = Palette(depth=depth)
    draw: Callable[..., list[Segment]] = row_line
    for row in range(-1, len(target) + 2):
        lines.append(draw(layout, palette, target, weights, row, first, asked, cursor_row=0, cursor_column=column))
        lines.append(draw(layout, palette, target, weights, row, first, asked, marks=marks, cursor_row=row))
        lines.append(draw(layout, palette, target, None, row, first, asked))
    for line in lines:
        assert sum(segment.cell_length for segment in line) == expected
        assert cell_len(plain(line)) == expected
        assert all(not segment.control for segment in line)
        assert not set(plain(line)) & {"\x1b", "\n"}
