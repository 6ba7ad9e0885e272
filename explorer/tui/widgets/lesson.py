"""The chapter of the tour, above or beside what it is about."""

from __future__ import annotations

import dataclasses

from rich.text import Text
from textual.reactive import reactive

from explorer.render.lesson import Form, Line, Told, Tried, lesson_lines
from explorer.tui.guide import Guide
from explorer.tui.widgets.base import LinePanel

ROOM_FOR_ALL = 32
"""Lines of a screen from which on papers and all that is to be tried are shown above the scene."""


class Lesson(LinePanel):
    """Text, formula and what to try, as tall as they need."""

    COMPONENT_CLASSES = LinePanel.COMPONENT_CLASSES | {"view--good"}

    guide: reactive[Guide | None] = reactive[Guide | None](None, repaint=False)
    """What is drawn; None before the scene is set."""

    def on_mount(self) -> None:
        """Follow the tour."""
        self.screen.add_class("-touring")
        self.watch(self.app, "guide", self._take)

    def _take(self, guide: Guide | None) -> None:
        self.guide = guide

    def watch_guide(self) -> None:
        """Draw it."""
        self._fit()
        self.redraw()

    def on_resize(self) -> None:
        """Draw it at another width."""
        super().on_resize()
        self._fit()

    @property
    def _lines(self) -> list[Line]:
        if self.guide is None:
            return []
        form = Form.COLUMN if self.screen.has_class("-huge") else Form.FULL
        if form is Form.FULL and self.screen.size.height < ROOM_FOR_ALL:
            form = Form.BRIEF
        told = told_by(self.guide)
        lines = lesson_lines(told, self.size.width, form)
        if form is Form.BRIEF and 2 * len(lines) > self.screen.size.height:  # the scene needs room too
            lines = lesson_lines(dataclasses.replace(told, text=""), self.size.width, form)
        return lines

    def _fit(self) -> None:
        """Take as many lines as there are."""
        if self.guide is None or not self.size.width or self.screen.has_class("-huge"):
            return
        height = len(self._lines)
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def content(self) -> list[Text]:
        """The chapter's lines."""
        return [
            Text.assemble(*((text, self.look(style) if style else self.plain) for text, style in line))
            for line in self._lines
        ]


def told_by(guide: Guide) -> Told:
    """Return a chapter as it is drawn."""
    chapter, words = guide.chapter, guide.chapter.words[guide.language]
    tried = tuple(
        Tried(one.keys, one.says[guide.language], guide.reading(number), bool(guide.told[number]))
        for number, one in enumerate(chapter.tries)
    )
    text = words.text if guide.notes else ""
    return Told(
        guide.number,
        guide.count,
        words.title,
        text,
        chapter.formula if words.formula is None else words.formula,
        chapter.papers,
        tried if guide.notes else (),
        guide.clock,
        guide.language,
    )
