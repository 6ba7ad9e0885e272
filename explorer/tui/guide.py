"""Where a person is in the tour: the chapter, what was tried, and what that did. No Textual here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from explorer.runtime.chapter_file import Chapter
from explorer.tui.measures import READERS, Place, Value, effect, holds, read, same


@dataclass(frozen=True)
class Guide:
    """The state of the tour, which the lesson draws.

    Attributes:
        chapter: The chapter.
        number: Its number, counted from 1.
        count: How many there are.
        language: What it is told in.
        told: For each thing to try what it did, "" before it was tried.
        before: What the next effect is told against: the scene as it was set, or as the last thing tried left it.
        latest: The last thing tried, and what its effect is told against; None before anything was.
        now: What is on the screen.
        notes: Whether the text is seen.
        clock: Seconds since the tour began, where they are shown.
    """

    chapter: Chapter
    number: int
    count: int
    language: str
    told: tuple[str, ...]
    before: Place | None = None
    latest: tuple[int, Place] | None = None
    now: Place | None = None
    notes: bool = True
    clock: int | None = None

    @classmethod
    def at(cls, chapter: Chapter, number: int, count: int, language: str) -> Guide:
        """Return the state at the beginning of a chapter."""
        return cls(chapter, number, count, language, ("",) * len(chapter.tries))

    def replace(self, **changes: object) -> Guide:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @property
    def following(self) -> int | None:
        """The first thing that is still to be tried; None where all was."""
        return next((number for number, told in enumerate(self.told) if not told), None)

    def seen(self, place: Place) -> Guide:
        """Take what is on the screen; what was tried with the effect that is claimed counts as done."""
        if self.before is None or self._only_now_there(place):
            return self.replace(before=place, now=place)
        for number in range(len(self.chapter.tries)):
            if not self.told[number] and self._has_effect(number, self.before, place):
                return self._told_of(number, self.before, place)
        if self.latest is not None and not self._goes_on(place) and self._has_effect(*self.latest, place):
            return self._told_of(*self.latest, place)  # more of the same
        return self.replace(now=place)

    def _only_now_there(self, place: Place) -> bool:
        """Return whether a screen that the chapter opened with says for the first time what it has computed."""
        before = self.before
        assert before is not None
        return self.latest is None and before.board == place.board and bool(set(place.readings) - set(before.readings))

    def _goes_on(self, place: Place) -> bool:
        """Return whether something moves that only the next thing to try is about."""
        if self.latest is None or self.following is None or self.before is None:
            return False
        tries = self.chapter.tries
        ours: set[str] = {check.measure for check in tries[self.latest[0]].checks}
        theirs: set[str] = {check.measure for check in tries[self.following].checks}
        before, after = _readings(theirs - ours, self.before, place)
        return any(name in before and not same(before[name], value) for name, value in after.items())

    def _told_of(self, number: int, before: Place, place: Place) -> Guide:
        told = (*self.told[:number], self._effects(number, before, place), *self.told[number + 1 :])
        return self.replace(told=told, before=place, latest=(number, before), now=place)

    def reading(self, number: int) -> str:
        """Return what a thing to try did, or what its measure reads now."""
        if self.told[number]:
            return self.told[number]
        if self.now is None:
            return ""
        moving = next(check for check in self.chapter.tries[number].checks if check.goes != "stays")
        value = READERS[moving.measure].read(self.now)
        return (
            "" if value is None or not isinstance(value, float) else effect(moving.measure, None, value, self.language)
        )

    def _has_effect(self, number: int, before: Place, place: Place) -> bool:
        checks = self.chapter.tries[number].checks
        old, new = _readings({check.measure for check in checks}, before, place)
        return all(holds(check, old, new) for check in checks)

    def _effects(self, number: int, before: Place, place: Place) -> str:
        names = dict.fromkeys(check.measure for check in self.chapter.tries[number].checks)
        old, new = _readings(set(names), before, place)
        told = [effect(name, old.get(name), new.get(name), self.language) for name in names]
        return " · ".join(filter(None, told))


OF_ROW = frozenset({"entropy", "weights", "focus", "next", "log_prob"})
"""Measures of the cursor's row: they are compared with the same row, so that moving the cursor changes none."""


def _readings(names: set[str], before: Place, after: Place) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return measures before and after."""
    by_row = names & OF_ROW
    old = read(before, names - by_row)
    row = after.view.row
    if row <= before.view.snapshot.last_row:  # otherwise there is no such row to compare with
        old |= read(dataclasses.replace(before, view=before.view.replace(row=row)), by_row)
    return old, read(after, names)
