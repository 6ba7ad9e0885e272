"""What a target could have become: every run of tokens that was left for another one, as a tree.

A branch is a bookmark of its last moment. A run that only goes on from a branch takes its place; a run that is the
beginning of one is no branch of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from explorer.runtime.bookmark import Bookmark
from explorer.runtime.trace import Step

MOST_BRANCHES = 100
"""Branches that are kept of one source; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Twig:
    """A piece of the tree: tokens without a fork between them.

    Attributes:
        depth: How many forks lie before it.
        first: Decoding step of its first token.
        steps: Its tokens; empty only at the root, where branches differ from the first token on.
        branch: Number of the branch that ends with it; None where it forks.
        last: For each of its forks, from the root, whether it is the last of the pieces there. Length `depth`.
    """

    depth: int
    first: int
    steps: tuple[Step, ...]
    branch: int | None
    last: tuple[bool, ...]


@dataclass
class Branches:
    """The branches of each source, in the order in which they were left."""

    _kept: dict[tuple[int, ...], list[Bookmark]] = field(default_factory=dict)

    def keep(self, moment: Bookmark) -> None:
        """Keep the run of a moment, all of its steps."""
        if not moment.steps:
            return
        kept = self._kept.setdefault(moment.source.ids, [])
        tokens = moment.tokens
        if any(is_beginning(tokens, other.tokens) and tokens != other.tokens for other in kept):
            return
        kept[:] = [other for other in kept if not is_beginning(other.tokens, tokens)]
        kept.append(moment)
        del kept[:-MOST_BRANCHES]

    def of(self, present: Bookmark) -> tuple[Bookmark, ...]:
        """Return the branches of a source, the present run among them, in the order of their tokens' ranks.

        Args:
            present: The present moment; its run takes the place of the branch that it goes on from.
        """
        others = self._kept.get(present.source.ids, [])
        tokens = present.tokens
        whole = next((other for other in others if is_beginning(tokens, other.tokens[:-1])), None)
        rest = [other for other in others if not is_beginning(other.tokens, tokens) and other is not whole]
        return (*rest, whole or present) if tokens or whole else tuple(rest)


def is_beginning(tokens: Sequence[int], of: Sequence[int]) -> bool:
    """Return whether `of` begins with `tokens`, or is the same."""
    return len(tokens) <= len(of) and tuple(of[: len(tokens)]) == tuple(tokens)


def tree(branches: Sequence[Sequence[Step]]) -> tuple[Twig, ...]:
    """Return branches as a tree, in the order in which it is drawn.

    Args:
        branches: The steps of each branch; none is the beginning of another.

    Returns:
        Its pieces, a fork before what it forks into; those come in the order of their branches.
    """
    return tuple(_twigs(branches, tuple(range(len(branches))), 0, ())) if branches else ()


def _twigs(
    branches: Sequence[Sequence[Step]], numbers: tuple[int, ...], first: int, last: tuple[bool, ...]
) -> list[Twig]:
    """Return the pieces of those branches that are the same up to `first`."""
    one = branches[numbers[0]]
    end = first
    while all(len(branches[n]) > end and branches[n][end].token == one[end].token for n in numbers) and end < len(one):
        end += 1
    if len(numbers) == 1:
        return [Twig(len(last), first, tuple(one[first:]), numbers[0], last)]
    found = [Twig(len(last), first, tuple(one[first:end]), None, last)]
    groups: dict[int, list[int]] = {}
    for number in numbers:
        groups.setdefault(branches[number][end].token, []).append(number)
    for place, group in enumerate(groups.values()):
        found += _twigs(branches, tuple(group), end, (*last, place == len(groups) - 1))
    return found
