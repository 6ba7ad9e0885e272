"""The source with the heat of the cursor's row behind it, and the target so far."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message

from explorer.render.reading import TargetTokens, target_tokens
from explorer.render.wrapping import running
from explorer.runtime.labels import END_LABEL
from explorer.tui.view import View
from explorer.tui.widgets.base import ViewPanel

NAME_WIDTH = 8
CURSOR_WIDTH = 2
"""Cells of the block behind a sentence that goes on."""
WRAP_LOSS = 6
"""Cells that a line loses at its end to words that do not fit."""


def spaced(labels: tuple[str, ...], joined: tuple[bool, ...]) -> list[tuple[str, int]]:
    """Return (text, index) of each label as running text; an index of -1 is the space between two words.

    Args:
        labels: What is written for each token.
        joined: Whether the token stands right behind the one before it.
    """
    parts: list[tuple[str, int]] = []
    for index, label in enumerate(labels):
        if index and not joined[index]:
            parts.append((" ", -1))
        parts.append((label, index))
    return parts


def target_of(view: View, next_text: str = "") -> TargetTokens:
    """Return the emitted tokens of a view as running text, copies with their sign; `next_text` for the step to come."""
    steps = view.snapshot.trace.steps
    texts, joined = running(tuple(step.piece for step in steps), view.snapshot.labels)
    return target_tokens(texts, joined, view.copied, next_text if view.snapshot.pending else "")


class SentenceLine(ViewPanel):
    """A sentence behind its name, as many lines as it needs and the screen allows.

    What does not fit is cut at the front or the back, so that the token that matters stays in sight.
    """

    LEAST_HEIGHT_A_LINE = 11
    """Lines of the screen for each line that a sentence may take."""

    name_of_line = ""

    def watch_view(self, old: View | None, new: View | None) -> None:  # noqa: ARG002 - as its base
        """Take the number of lines that the sentence needs, and draw it."""
        self._fit()
        self.redraw()

    def on_resize(self) -> None:
        """Take the number of lines that the sentence needs at this width."""
        super().on_resize()
        self._fit()

    def _fit(self) -> None:
        if self.view is None or not self.size.width:
            return
        cells = NAME_WIDTH + CURSOR_WIDTH + sum(cell_len(text) for text, _ in self.parts(self.view))
        width = self.size.width
        wanted = 1 if cells <= width else -(-cells // max(1, width - WRAP_LOSS))
        lines = min(wanted, max(1, self.screen.size.height // self.LEAST_HEIGHT_A_LINE))
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines

    def sentence(self, view: View) -> Text:
        """Return the tokens in their styles."""
        raise NotImplementedError

    def parts(self, view: View) -> list[tuple[str, int]]:
        """Return the texts of `spaced`."""
        raise NotImplementedError

    def important(self, view: View) -> float:
        """Return which part of the sentence has to be seen, 0 for its beginning to 1 for its end."""
        raise NotImplementedError

    def lines(self, view: View) -> list[Text]:
        """The name and the part of the sentence that fits."""
        sentence = self.sentence(view)
        height, width = self.size.height, self.size.width
        room = (width if height == 1 else height * (width - WRAP_LOSS)) - NAME_WIDTH
        if sentence.cell_len > room > 0:
            start = round(self.important(view) * sentence.cell_len - room / 2)
            start = min(max(0, start), len(sentence) - room)
            cut = sentence[start : start + room]
            sentence = Text.assemble("…" if start else "", cut, "…" if start + room < len(sentence) else "")
        text = Text(f"{self.name_of_line:<{NAME_WIDTH}}", self.look("dim")).append_text(sentence)
        return list(text.wrap(self.app.console, max(1, self.size.width)))


class SourceLine(SentenceLine):
    """The source; behind each token its weight at the cursor's row. A click edits it."""

    name_of_line = "source"

    @dataclass
    class EditWanted(Message):
        """The source was clicked."""

    def important(self, view: View) -> float:
        """The token that the cursor's row looks at."""
        return (view.cursor_column or 0) / max(1, len(view.snapshot.trace.source) - 1)

    def parts(self, view: View) -> list[tuple[str, int]]:
        """The source without its end token."""
        source = view.snapshot.trace.source
        if source.picture is not None:
            return [(f"{source.text} · {source.picture.rows} × {source.picture.columns} cells", -1)]
        words = len(source) - (source.labels[-1] == END_LABEL)  # a sentence from a file may have no end token
        return spaced(*running(source.pieces[:words], source.labels[:words]))

    def sentence(self, view: View) -> Text:
        """The tokens with the heat of the cursor's row."""
        text = Text()
        for label, index in self.parts(view):
            style = self._heat(view, float(view.step.weights[index]), index) if index >= 0 else None
            text.append(label, style)
        return text

    def _heat(self, view: View, weight: float, index: int) -> Style:
        here = Style(underline=True) if index == view.cursor_column else Style.null()
        if view.palette.uses_glyphs:
            return here + (Style(bold=True) if weight >= 0.25 else Style.null())
        return here + (view.palette.style(weight) if weight >= 0.03 else self.plain)

    def on_click(self) -> None:
        """Ask for the editor."""
        self.post_message(self.EditWanted())


class TargetLine(SentenceLine):
    """The emitted target; a click on a token moves the cursor to its row."""

    name_of_line = "target"

    @dataclass
    class TokenChosen(Message):
        """A target token was clicked."""

        row: int

    def important(self, view: View) -> float:
        """The token of the cursor's row."""
        return view.row / max(1, view.snapshot.last_row)

    def parts(self, view: View) -> list[tuple[str, int]]:
        """The emitted tokens, and the signs of copies."""
        tokens = target_of(view)
        return spaced(tokens.texts, tokens.joined)

    def sentence(self, view: View) -> Text:
        """The emitted tokens, and a block where the next one comes."""
        text = Text()
        steps, tokens = view.snapshot.trace.steps, target_of(view)
        for label, index in self.parts(view):
            if index < 0:
                text.append(label)
                continue
            row = tokens.rows[index]
            style = self.look("dim") if label == END_LABEL else self.look("strong")
            if index in tokens.signs:
                style = self.look("accent")
            elif row == view.row:
                style = self.look("chosen")
            elif steps[row].forced:
                style = style + self.look("warn")
            text.append(label, style + Style(meta={"row": row}))
        if view.snapshot.pending:
            text.append(" ▌" if steps else "▌", self.look("accent"))
        return text

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row of the token under the mouse."""
        row = event.style.meta.get("row")
        if isinstance(row, int):
            self.post_message(self.TokenChosen(row))
