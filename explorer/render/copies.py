"""Which target tokens are copied: the same piece stands where the decoder looks most (Rush 2015, 5)."""

from __future__ import annotations

from explorer.runtime.card import Languages
from explorer.runtime.labels import END_LABEL
from explorer.runtime.trace import Source, Step, Trace


def can_copy(languages: Languages) -> bool:
    """Return whether copying says something: a piece of one language in another is a name or chance."""
    return languages.source == languages.target


def is_copy(step: Step, source: Source) -> bool:
    """Return whether a step's token is spelled as the source piece of greatest weight; the end token never is one."""
    focus = step.focus
    return focus is not None and step.label != END_LABEL and bool(step.piece) and step.piece == source.pieces[focus]


def copied_of(trace: Trace) -> str:
    """How many tokens of a run are copied: "copied 5 of 8", "" for none at all; the end token does not count."""
    tokens = [step for step in trace.steps if step.label != END_LABEL]
    return f"copied {sum(is_copy(step, trace.source) for step in tokens)} of {len(tokens)}" if tokens else ""
