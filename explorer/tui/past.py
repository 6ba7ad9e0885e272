"""Undo and redo: the moments before every action, to which a decoder goes back without computing. No Textual here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from explorer.render.formulas import title_of
from explorer.render.summary import head_name
from explorer.runtime.bookmark import Bookmark
from explorer.runtime.branches import is_beginning
from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.decoder import Decoder
from explorer.runtime.edits import Edit, edits_of, told
from explorer.runtime.heads import CROSS

MOST_UNDONE = 100
"""Actions that can be undone."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A decoder at one moment.

    Attributes:
        bookmark: All that it was.
        text: The source as the user gave it.
        kept: Whether the action that followed left the shown tokens as they were.
    """

    bookmark: Bookmark
    text: str
    kept: bool = False


class Past:
    """The moments before the actions that can be undone, and those before what was undone."""

    def __init__(self) -> None:
        self._before: list[Moment] = []
        self._after: list[Moment] = []

    def act(self, moment: Moment) -> None:
        """Keep the moment before an action; what was undone before it can be redone no longer."""
        self._before.append(moment)
        del self._before[:-MOST_UNDONE]
        self._after.clear()

    def undo(self, present: Moment) -> Moment | None:
        """Return the moment before the last action, None where there is none; `present` can be gone back to."""
        return self._move(self._before, self._after, present)

    def redo(self, present: Moment) -> Moment | None:
        """Return the moment before the last undo, None where there is none."""
        return self._move(self._after, self._before, present)

    @staticmethod
    def _move(source: list[Moment], target: list[Moment], present: Moment) -> Moment | None:
        if not source:
            return None
        moment = source.pop()
        target.append(dataclasses.replace(present, kept=moment.kept))
        return moment


def go_back(decoder: Decoder, moment: Bookmark, kept: bool) -> None:
    """Restore a moment, with the heads shown that are shown now.

    A person who steps on after an edit and then undoes it wants to see the same place without the edit: after an action
    that kept the tokens, what was only stepped on since, or taken back, stays so.
    """
    now = decoder.bookmark()
    shown = now.controls
    decoder.restore(moment)
    if kept and now.source == moment.source:
        there = moment.tokens[: moment.visible]
        here = now.tokens[: now.visible]
        if is_beginning(there, here):
            rest = now.steps[moment.visible : now.visible]
            if rest:
                decoder.extend(rest)
        elif is_beginning(here, there):
            decoder.seek(len(here))
    looked = moment.controls.replace(layer=shown.layer, head=shown.head, aggregate=shown.aggregate)
    if looked != moment.controls:
        decoder.look(looked)


def difference(before: Bookmark, after: Bookmark) -> str:
    """Return what an action changed, in a few words: "alignment dot", "dress pinned at step 4"."""
    if before.source != after.source:
        return "the words in another order" if after.source.order else "another source"
    changed = _changed(before.controls, after.controls)
    if changed:
        return changed
    gone = _edit_change(before, after)
    return gone or ("another branch" if before.tokens != after.tokens else "")


def _changed(before: Controls, after: Controls) -> str:
    """Return the first switch that differs, "" where edits alone do."""
    names = {
        "alignment": f"alignment {title_of(after.alignment)}",
        "attention": f"attention {title_of(after.attention)}",
        "window": f"window ±{after.window:g}",
        "temperature": f"temperature {after.temperature:.2f}",
        "seed": "arg-max" if after.seed is None else f"sample {after.seed}",
        "removed": f"{len(after.removed)} heads removed" if after.removed else "every head in its place",
    }
    return next((text for name, text in names.items() if getattr(before, name) != getattr(after, name)), "")


def _edit_change(before: Bookmark, after: Bookmark) -> str:
    old, new = edits_of(before.controls), edits_of(after.controls)
    added = [edit for edit in new if edit not in old]
    if added:
        return edit_text(added[0], after.source.labels)
    gone = [edit for edit in old if edit not in new]
    return f"no longer {edit_text(gone[0], after.source.labels)}" if gone else ""


def edit_text(edit: Edit, labels: tuple[str, ...]) -> str:
    """Return an edit in words: "dress masked, every step", "dress pinned in layer 1 · head 2, step 4"."""
    label = labels[edit.source] if edit.source < len(labels) else str(edit.source)
    place = "every step" if edit.step is None else f"step {edit.step + 1}"
    head = "" if edit.place is None else f" in {head_name(HeadKey(CROSS, *edit.place))}"
    return f"{label} {told(edit)}{head}, {place}"
