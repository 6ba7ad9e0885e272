"""The tree of branches, and its lines."""

from __future__ import annotations

import numpy as np

from explorer.render.branches import branch_lines
from explorer.runtime.branches import tree
from explorer.runtime.trace import Step


def run(*labels: str) -> tuple[Step, ...]:
    """Steps of made-up tokens: one number a label, "*" before a forced one."""
    empty = np.zeros(0, dtype=np.float32)
    return tuple(
        Step(
            row, sum(map(ord, label.strip("*"))), "", label.strip("*"), -1.0, "*" in label, (), empty, empty, 0.0, empty
        )
        for row, label in enumerate(labels)
    )


def test_what_is_the_same_is_written_once() -> None:
    runs = [run("a", "b", "c", "d"), run("a", "b", "*x", "·y"), run("a", "*q"), run("a", "b", "*x", "z")]
    lines = branch_lines(tree(runs))
    assert [(line.stem + line.text, line.branch) for line in lines] == [
        ("a", None),
        ("├─ b", None),
        ("│  ├─ c d", 0),
        ("│  └─ *x", None),
        ("│     ├─ ·y", 1),
        ("│     └─ z", 3),
        ("└─ *q", 2),
    ]


def test_branches_may_differ_from_the_first_token_on() -> None:
    lines = branch_lines(tree([run("a", "·b"), run("c")]))
    assert [(line.stem + line.text, line.branch) for line in lines] == [("·", None), ("├─ ab", 0), ("└─ c", 1)]


def test_no_branch_is_no_tree() -> None:
    assert tree([]) == ()
    (line,) = branch_lines(tree([run("a")]))
    assert (line.stem, line.text, line.branch) == ("", "a", 0)
