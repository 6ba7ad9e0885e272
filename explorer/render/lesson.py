"""A chapter of the tour as lines of a given width: title, text, formula and papers, what to try and what it did."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.render.cells import truncate, width_of
from explorer.render.folding import joined, wrapped
from explorer.runtime.chapter_file import CHINESE, ENGLISH

KEYS = (("{ }", "chapter"), ("I", "contents"), ("G", "show me"), ("H", "notes"))
KEY_NAMES = {
    ENGLISH: {"chapter": "chapter", "contents": "contents", "show me": "show me", "notes": "notes"},
    CHINESE: {"chapter": "換章", "contents": "目錄", "show me": "示範", "notes": "講稿"},
}
SIGNS = {
    "minus": "-",
    "plus": "+",
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "escape": "esc",
    "shift+right": "shift+→",
    "shift+left": "shift+←",
}
"""How keys are written, by Textual's names; the others are written as they are called."""
DONE, OPEN = "✓", "▸"
BESIDE = "   "
"""Between formulas that stand beside each other."""
LEAST_TEXT = 20
"""Cells that what is to be tried keeps beside its keys, and beside what it did."""
LEAST_KEYS = 4

Part = tuple[str, str]
"""(text, name of a style)."""
Line = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A thing to try, as it is drawn.

    Attributes:
        keys: Textual's names.
        does: What they do.
        reading: What that did, or what is read now.
        done: Whether it was tried.
    """

    keys: tuple[str, ...]
    does: str
    reading: str
    done: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A chapter, as it is drawn.

    Attributes:
        number: Of the chapter, counted from 1.
        count: How many there are.
        title: Its title.
        text: What it says, "" where notes are hidden.
        formula: Lines.
        papers: Where it comes from.
        tried: What to try.
        clock: Seconds, None where they are not shown.
        language: For the names of the tour's own keys.
    """

    number: int
    count: int
    title: str
    text: str
    formula: tuple[str, ...]
    papers: tuple[str, ...]
    tried: tuple[Tried, ...]
    clock: int | None
    language: str


class Form(enum.Enum):
    """How much room a chapter has.

    Above a low screen there are no papers, and of what to try the next thing with the one before it; in a column of its
    own there are blank lines.
    """

    BRIEF = "brief"
    FULL = "full"
    COLUMN = "column"


def lesson_lines(told: Told, width: int, form: Form = Form.FULL) -> list[Line]:
    """Return the lines of a chapter.

    Args:
        told: The chapter.
        width: In terminal cells.
        form: How much room there is.

    Returns:
        Lines of parts, each with its style: "accent", "strong", "dim", "warn", "good" or "".
    """
    gap: list[Line] = [()] if form is Form.COLUMN else []
    formula = told.formula
    if form is Form.COLUMN:  # what stands beside each other goes below each other
        formula = tuple(part.strip() for line in formula for part in line.split(BESIDE) if part.strip())
    lines = [_heading(told, width, 0 if form is Form.COLUMN else len(KEYS)), *gap]
    if told.text:
        lines += [*(((line, ""),) for line in wrapped(told.text, width)), *gap]
    if form is Form.COLUMN:
        formula = tuple(part for line in formula for part in wrapped(line, width - 2))
    lines += _sources(formula, () if form is Form.BRIEF else told.papers, width)
    for one in _nearest(told.tried) if form is Form.BRIEF else told.tried:
        lines += [*gap, *_try_lines(one, width, form)]
    if form is Form.COLUMN:
        lines += [(), *_key_lines(told.language, width)]
    return lines


def _key_lines(language: str, width: int) -> list[Line]:
    """Return the tour's own keys, as many in a line as there is room for."""
    lines: list[Line] = []
    for key, name in KEYS:
        parts: Line = ((key, "accent"), (f" {KEY_NAMES[language][name]}  ", "dim"))
        if lines and _width((*lines[-1], *parts)) <= width + len("  "):
            lines[-1] = (*lines[-1], *parts)
        else:
            lines.append(parts)
    return [(*line[:-1], (line[-1][0].rstrip(), line[-1][1])) for line in lines]


def _nearest(tried: tuple[Tried, ...]) -> tuple[Tried, ...]:
    """Return the first thing that is still to be tried, and what was tried before it."""
    following = next((number for number, one in enumerate(tried) if not one.done), len(tried))
    return tried[max(0, min(following - 1, len(tried) - 2)) :][:2]


def key_signs(keys: Sequence[str]) -> str:
    """Return keys as they are written: "- - -" becomes "- ×3"."""
    parts: list[tuple[str, int]] = []
    for key in keys:
        sign = SIGNS.get(key, key)
        if parts and parts[-1][0] == sign:
            parts[-1] = (sign, parts[-1][1] + 1)
        else:
            parts.append((sign, 1))
    if all(sign.isdigit() for sign, _ in parts):  # a number that is typed
        return "".join(sign * count for sign, count in parts)
    return " ".join(sign if count == 1 else f"{sign} ×{count}" for sign, count in parts)


def clock_text(seconds: int) -> str:
    """Return a duration as minutes and seconds."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def _heading(told: Told, width: int, most: int) -> Line:
    """Return number and title, and at the right where that is, with as many of the tour's keys as there is room for."""
    title = truncate(f"{told.number}  {told.title}", width)
    clock: Line = () if told.clock is None else ((f"  {clock_text(told.clock)}", "warn"),)
    names = KEY_NAMES[told.language]
    for count in range(most, -1, -1):
        keys = tuple(
            part for key, name in KEYS[:count] for part in ((f"  {key}", "accent"), (f" {names[name]}", "dim"))
        )
        right: Line = (*clock, (f"  {told.number}/{told.count}", "dim"), *keys)
        room = width - width_of(title) - _width(right)
        if room >= 1 or count == 0:
            break
    return ((title, "strong"), (" " * max(0, room), ""), *(right if room >= 0 else ()))


def _width(line: Line) -> int:
    return sum(width_of(text) for text, _ in line)


def _sources(formula: tuple[str, ...], named: tuple[str, ...], width: int) -> list[Line]:
    """Return the formula, and the papers beside it or below it."""
    papers = joined(named, " · ", width)
    lines: list[Line] = [((truncate(f"  {line}", width), "accent"),) for line in formula]
    if lines and len(papers) == 1:
        room = width - width_of(lines[-1][0][0]) - width_of(papers[0])
        if room >= 2:
            lines[-1] = (*lines[-1], (" " * room + papers[0], "dim"))
            return lines
    return lines + [((line, "dim"),) for line in papers]


def _try_lines(tried: Tried, width: int, form: Form) -> list[Line]:
    """Return what to try and what it did, beside each other, or where there is more than one line below each other."""
    sign = (DONE, "good") if tried.done else (OPEN, "accent")
    keys = truncate(key_signs(tried.keys), max(LEAST_KEYS, width - LEAST_TEXT))
    head = 2 + width_of(keys) + 1
    style = "good" if tried.done else "dim"
    room = width - head
    fits = width_of(tried.does) + 2 + width_of(tried.reading) <= room
    if form is Form.COLUMN:
        texts = wrapped(tried.does, room - 1), wrapped(tried.reading, width - 2) if tried.reading else ()
        first = ((f"{sign[0]} ", sign[1]), (keys, "accent"), (f" {texts[0][0]}", ""))
        more: list[Line] = [((" " * head + line, ""),) for line in texts[0][1:]]
        return [first, *more, *(((f"  {line}", style),) for line in texts[1])]
    if form is Form.BRIEF or fits or not tried.reading:
        reading = truncate(tried.reading, max(0, room - LEAST_TEXT))
        does = truncate(tried.does, room - width_of(reading) - 2 if reading else room)
        gap = room - width_of(does) - width_of(reading)
        body = ((f" {does}", ""), (" " * gap + reading, style))
        return [((f"{sign[0]} ", sign[1]), (keys, "accent"), *body)]
    first = ((f"{sign[0]} ", sign[1]), (keys, "accent"), (f" {truncate(tried.does, room)}", ""))
    return [first, ((f"  {truncate(tried.reading, width - 2)}", style),)]
