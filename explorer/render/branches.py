"""The tree of branches as lines of text: what is the same is written once, what differs stands below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.render.marks import FORCED
from explorer.runtime.branches import Twig
from explorer.runtime.labels import CONTINUATION, printable
from explorer.runtime.trace import Step


@dataclass(frozen=True, slots=True)
class BranchLine:
    """One piece of the tree.

    Attributes:
        stem: The lines that lead to it: "│  └─ ".
        text: Its tokens as text, forced ones with a "*" before them.
        branch: Number of the branch that ends here; None where it forks.
    """

    stem: str
    text: str
    branch: int | None


def branch_lines(twigs: Sequence[Twig]) -> tuple[BranchLine, ...]:
    """Return the lines of a tree, in its order."""
    return tuple(BranchLine(_stem(twig.last), spelled(twig.steps) or "·", twig.branch) for twig in twigs)


def spelled(steps: Sequence[Step]) -> str:
    """Return tokens as running text: pieces of a word joined, forced tokens marked."""
    text = ""
    for step in steps:
        label, mark = printable(step.label), FORCED if step.forced else ""
        if label.startswith(CONTINUATION) and len(label) > 1 and text:
            text += mark + label.removeprefix(CONTINUATION)
        else:
            text += (" " if text else "") + mark + label
    return text


def _stem(last: Sequence[bool]) -> str:
    if not last:
        return ""
    return "".join("   " if done else "│  " for done in last[:-1]) + ("└─ " if last[-1] else "├─ ")
