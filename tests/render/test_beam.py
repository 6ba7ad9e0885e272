"""The tree of a beam search as lines of text."""

from __future__ import annotations

import pytest
from rich.style import Style

from explorer.render.beam import BeamLayout, BeamStyle, beam_layout, beam_lines
from explorer.render.cells import width_of
from explorer.runtime.controls import Controls
from explorer.runtime.trace import Candidate, Step
from explorer.runtime.tree import Fate, Node, SearchOptions, Tree
from tests.render.conftest import build_trace


def tree_of(*rows: tuple[int | None, str, float, Fate], width: int = 2) -> Tree:
    """A tree of (parent, label, log-probability of its token, fate), step by step."""
    trace = build_trace()
    nodes: list[Node] = []
    options = SearchOptions(width, 0.0)
    for number, (parent, label, log_prob, fate) in enumerate(rows):
        before = nodes[parent] if parent is not None else None
        position = before.step.position + 1 if before else 0
        total = log_prob + (before.log_prob if before else 0.0)
        candidates = (Candidate(number, label, label, log_prob),)
        old = trace.steps[0]
        step = Step(
            position, number, label, label, log_prob, False, candidates, old.scores, old.weights, 0.0, old.state
        )
        rank = 1 + sum(each.step.position == position for each in nodes)
        nodes.append(Node(number, parent, step, total, options.score(total, position + 1), rank, fate))
    return Tree(trace.source, Controls("dot", "global", 1.0, 1.0), options, tuple(nodes))


ALIVE, PRUNED, FINISHED = Fate.ALIVE, Fate.PRUNED, Fate.FINISHED
TREE = tree_of(
    (None, "la", -0.1, ALIVE),
    (None, "une", -1.0, ALIVE),
    (None, "le", -3.0, PRUNED),
    (None, "cette", -6.0, PRUNED),
    (0, "robe", -0.5, ALIVE),
    (1, "robe", -0.3, ALIVE),
    (0, "jupe", -2.0, PRUNED),
    (4, "END", -0.7, FINISHED),
    (4, "rose", -0.8, ALIVE),
    (5, "END", -2.5, PRUNED),
)


def drawn(tree: Tree, layout: BeamLayout, chosen: int = 0) -> list[str]:
    lines = beam_lines(tree, layout, chosen, 0, layout.lines, BeamStyle())
    return ["".join(segment.text for segment in line) for line in lines]


def test_the_best_goes_on_in_its_line_and_others_hang_below() -> None:
    assert drawn(TREE, beam_layout(TREE, figures=False)) == [
        "▸ ┬ la ─┬ robe ┬ END #1 -1.30",
        "  │     │      └ rose ▸",
        "  │     └ jupe",
        "  ├ une ┄ robe ┄ END",
        "  └ le  cette",
    ]


def test_probabilities_stand_beside_the_tokens() -> None:
    lines = drawn(TREE, beam_layout(TREE))
    assert lines[0] == "▸ ┬ la 90 ─┬ robe 61 ┬ END 50 #1 -1.30"
    assert lines[-1] == "  └ le 5  cette <1"


def test_pruned_branches_can_be_left_out() -> None:
    layout = beam_layout(TREE, pruned=False, figures=False)
    assert drawn(TREE, layout) == ["▸ ─ la ─ robe ┬ END #1 -1.30", "              └ rose ▸"]
    assert set(layout.places) == {0, 4, 7, 8}


def test_every_node_stands_where_the_layout_says_and_overlaps_no_other() -> None:
    for figures in (True, False):
        layout = beam_layout(TREE, figures=figures)
        lines = drawn(TREE, layout)
        assert layout.width == max(map(width_of, lines))
        taken: set[tuple[int, int]] = set()
        for number, place in layout.places.items():
            label = TREE.nodes[number].step.label
            assert lines[place.line][place.start :].startswith(label)
            cells = {(place.line, place.start + cell) for cell in range(place.width)}
            assert not cells & taken
            taken |= cells
            assert {layout.at(*cell) for cell in cells} == {number}
            assert layout.at(place.line, place.start - 1) is None


def test_up_and_down_go_through_the_hypotheses_of_a_step() -> None:
    layout = beam_layout(TREE)
    assert [layout.beside(TREE, 0, by) for by in (-1, 0, 1, 2, 3, 4, 99)] == [0, 0, 1, 2, 3, 3, 3]
    assert [layout.beside(TREE, 4, by) for by in (1, 2)] == [6, 5]


def test_what_survives_what_is_best_and_what_is_chosen_differ() -> None:
    kept, best, lost, chosen, path = (Style(color=name) for name in ("green", "red", "blue", "yellow", "white"))
    style = BeamStyle(kept=kept, best=best, lost=lost, chosen=chosen, path=Style(bold=True))
    layout = beam_layout(TREE, figures=False)
    lines = beam_lines(TREE, layout, 8, 0, layout.lines, style)
    looks = {segment.text: segment.style for line in lines for segment in line}
    assert looks["la"] == best + Style(bold=True)
    assert looks["rose"] == chosen
    assert looks["jupe"] == lost
    assert looks["une"] == lost
    assert path not in looks.values()


def test_only_lines_that_are_seen_are_drawn() -> None:
    layout = beam_layout(TREE, figures=False)
    whole = beam_lines(TREE, layout, 0, 0, layout.lines, BeamStyle())
    assert beam_lines(TREE, layout, 0, 2, 2, BeamStyle()) == whole[2:4]
    assert beam_lines(TREE, layout, 0, 3, 99, BeamStyle()) == whole[3:]


@pytest.mark.parametrize("label", ["日本語", "e\u0301te\u0301", "extraordinairement", "\x1b[31m", "👩‍🚒"])
def test_wide_and_long_labels_keep_the_columns(label: str) -> None:
    tree = tree_of(
        (None, label, -0.1, ALIVE), (None, "b", -1.0, ALIVE), (0, "c", -0.2, FINISHED), (1, "c", -0.2, FINISHED)
    )
    layout = beam_layout(tree, figures=False)
    lines = drawn(tree, layout)
    assert "\x1b" not in "".join(lines)
    ends = [width_of(line[: line.index("c #")]) for line in lines]
    assert ends[0] == ends[1] == layout.places[2].start


def test_a_tree_of_one_token() -> None:
    tree = tree_of((None, "oui", -0.1, FINISHED), width=1)
    assert drawn(tree, beam_layout(tree, figures=False)) == ["▸ ─ oui #1 -0.10"]


def test_a_deep_tree_is_laid_out() -> None:
    rows: list[tuple[int | None, str, float, Fate]] = [(None, "a", -0.1, ALIVE)]
    rows += [(number, "a", -0.1, ALIVE) for number in range(255)]
    layout = beam_layout(tree_of(*rows, width=1), figures=False)
    assert layout.lines == 1
    assert layout.places[255].start == 4 + 255 * 4
