"""How sessions call what is done in a comparison of two runs. No Textual here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from explorer.runtime.bundle import Bundle

COMPARE, CLOSE, TAKE = "compare", "compare.close", "compare.take"
"""What opens a comparison, and what ends one: for the explorer's own run, or for one of its sides."""
BEGIN = "begin"
"""The method of a `Pair` that is told of as `COMPARE`; every other one has its own name behind it."""
SIDE, BUNDLE = "side", "bundle"
"""Arguments that have another form in a file: a side by its name, a model by what it is opened by."""
SideName = Literal["left", "right"]
NAMES: tuple[SideName, SideName] = ("left", "right")


def session_name(method: str) -> str:
    """Return what a session calls a method of a `Pair`: "compare" or "compare.step"."""
    return COMPARE if method == BEGIN else f"{COMPARE}.{method}"


def method_name(do: str) -> str:
    """Return the method of a `Pair` that a session means, "" where it means none."""
    if do == COMPARE:
        return BEGIN
    return do.removeprefix(f"{COMPARE}.") if do.startswith(f"{COMPARE}.") else ""


def session_kinds(actions: Mapping[str, Mapping[str, Any]], model: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the actions of a comparison as a session has them, each with the types of its arguments.

    Args:
        actions: Those of `Pair`, by `actions_of`.
        model: The arguments that say which model is meant.
    """
    found: dict[str, dict[str, Any]] = {CLOSE: {}}
    for method, kinds in actions.items():
        written: dict[str, Any] = {}
        for name, kind in kinds.items():
            written |= model if kind is Bundle else {name: SideName if name == SIDE else kind}
        found[session_name(method)] = written
    return found
