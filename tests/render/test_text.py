"""A trace printed to terminals and pipes."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console

from explorer.render.layout import Zoom
from explorer.render.text import TraceText, print_trace
from explorer.runtime.trace import Trace


def printed(text: TraceText, width: int, *, color: bool = False) -> list[str]:
    stream = io.StringIO()
    system = "truecolor" if color else None
    console = Console(file=stream, width=width, color_system=system, force_terminal=color)  # type: ignore[arg-type]
    print_trace(console, text)
    return stream.getvalue().splitlines()


def test_in_a_pipe_it_is_translation_grid_and_legend(trace: Trace) -> None:
    assert printed(TraceText(trace), 120) == [
        "la robe rose",
        "         the    pink  dress   END",
        "     la ● 82 █ ░ 13 ░ ░  5 ░",
        "   robe        ░ 22 ░ ● 77 █",
        "   rose        ●100 █",
        "    END                      ● 96 █",
        "translate-en-fr · additive · global · mean entropy 0.49 bit · ░ ≥ 3 %  ▒ ≥ 25 %  ▓ ≥ 50 %  █ ≥ 75 %",
    ]


def test_in_a_pipe_the_translation_is_one_line(make_trace: Callable[..., Trace]) -> None:
    words = [f"mot{number}" for number in range(40)] + ["END"]
    long = make_trace(target=words, weights=[[1.0, 0.0, 0.0, 0.0]] * 41)
    lines = printed(TraceText(long), 60)
    assert lines[0] == " ".join(words[:-1])
    assert max(cell_len(line) for line in lines[1:]) <= 60


def test_in_color_the_cells_have_a_background(trace: Trace) -> None:
    output = "\n".join(printed(TraceText(trace), 120, color=True))
    assert "\x1b[38;2;0;0;0;48;2;252;253;191m" in output
    assert "░" not in output
    assert "100 %" in output


@pytest.mark.parametrize("width", [30, 40, 60])
def test_what_is_too_wide_is_printed_in_even_blocks(make_trace: Callable[..., Trace], width: int) -> None:
    source = [f"w{number}" for number in range(11)] + ["END"]
    weights = [[1.0 if column == row else 0.0 for column in range(12)] for row in range(12)]
    lines = printed(TraceText(make_trace(source, [f"z{row}" for row in range(12)], weights), zoom=Zoom.WIDE), width)
    heads = [line.split() for line in lines if "w0" in line.split() or line.strip().startswith("‹")]
    shown = [word for head in heads for word in head if word not in "‹›"]
    assert shown == source
    sizes = [len([word for word in head if word not in "‹›"]) for head in heads]
    assert max(sizes) - min(sizes) <= 1
    assert sum(line.count("100") for line in lines) == 12
    assert max(map(cell_len, lines[1:])) <= width


def test_sixty_columns_are_wrapped_rather_than_squeezed(make_trace: Callable[..., Trace]) -> None:
    source = ["word"] * 59 + ["END"]
    lines = printed(TraceText(make_trace(source, ("mot",), [[1 / 60] * 60])), 80)
    assert sum(line.strip().startswith("mot") or line.strip() == "mot" for line in lines) == 3


def test_the_legend_names_what_was_switched(make_trace: Callable[..., Trace]) -> None:
    local = make_trace(attention="local_p", alignment="scaled_dot", centers=[0.0, 1.0, 2.0, 3.0], temperature=0.5)
    lines = printed(TraceText(local, exponent=0.5), 200)
    assert lines[-1].startswith("translate-en-fr · scaled dot · local-p (D 1) · temperature 0.5 · mean entropy")
    assert lines[-1].endswith("weight^0.5")


def test_a_trace_without_a_step_is_its_legend(make_trace: Callable[..., Trace]) -> None:
    empty = make_trace(target=(), weights=[])
    lines = printed(TraceText(empty), 120)
    assert lines[0] == ""
    assert len(lines) == 2


def test_control_characters_are_not_sent(make_trace: Callable[..., Trace]) -> None:
    hostile = make_trace(target=("\x1b[2J", "ok\x07", "\u202e", "END"))
    output = "\n".join(printed(TraceText(hostile), 100))
    assert not set(output) & {"\x1b", "\x07", "\u202e"}
