"""Beside the head wall: the figures of the chosen head, and what removals did to each emitted token."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from explorer.render.bars import bar
from explorer.render.cells import pad_right
from explorer.runtime.heads import CROSS
from explorer.tui.wall import Entry, Wall
from explorer.tui.widgets.base import LinePanel
from explorer.tui.widgets.head_wall import done_to

NAME_WIDTH = 10
CHANGE_WIDTH = 7
LEAST_SCALE = 1.0
"""Nats of a full bar, unless a token changed by more."""
LEAST_SHOWN = 0.005
"""Nats; what is less rounds to 0.00 and gets no bar."""

HOW_TO = (
    ("space", "remove this head"),
    ("L", "its whole layer"),
    ("O", "all but this one"),
    ("R", "restore all"),
    ("u", "undo"),
)


class WallPanel(LinePanel):
    """A panel that is drawn from the head wall's state."""

    wall: reactive[Wall | None] = reactive[Wall | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    def watch_wall(self) -> None:
        """Draw the new state."""
        self.redraw()

    def lines(self, wall: Wall) -> list[Text]:
        """Return what is drawn, from the top."""
        raise NotImplementedError

    def content(self) -> list[Text]:
        """Return the lines of the wall; none before there is one."""
        return [] if self.wall is None else self.lines(self.wall)


class HeadFiguresPanel(WallPanel):
    """Entropy, distance, diagonal share and alignment error rate of the chosen map."""

    def __init__(self, *, errors: bool = True, id: str | None = None) -> None:
        """Create the panel.

        Args:
            errors: Whether there may be alignment error rates.
            id: Id of the widget.
        """
        super().__init__(id=id)
        self._errors = errors

    def watch_wall(self) -> None:
        """Name the head in the border."""
        if self.wall is not None:
            self.set_title(self.wall.entry.title)
        super().watch_wall()

    def lines(self, wall: Wall) -> list[Text]:
        """One line a figure, the one that the wall is sorted by set off."""
        entry = wall.entry
        lines = [
            self._named(wall, "entropy", f"{entry.figures.entropy:.2f} bit"),
            self._named(wall, "distance", f"{entry.figures.distance:.1f} tokens"),
            self._named(wall, "diagonal", f"{entry.figures.diagonal * 100:.0f} %"),
        ]
        if self._errors:
            lines.append(self._named(wall, "error", _error(entry) if wall.kind == CROSS else "cross only"))
        return lines + [Text(each, self.look("warn")) for each in done_to(entry)]

    def _named(self, wall: Wall, name: str, value: str) -> Text:
        text = Text(f"{name:<{NAME_WIDTH}}", self.look("accent" if name == wall.order else "dim"))
        return text.append(value, self.look("strong"))


def _error(entry: Entry) -> str:
    return "not measured" if entry.error is None else f"{entry.error:.3f} AER"


class ChangesPanel(WallPanel):
    """The change in log-probability of each emitted token against the model with all heads."""

    BORDER_TITLE = "removal"

    def watch_wall(self) -> None:
        """Say how much is removed."""
        if self.wall is not None:
            removed = len(self.wall.view.snapshot.trace.controls.removed)
            self.set_title(f"removal · {removed} head{'s' if removed > 1 else ''}" if removed else "removal")
        super().watch_wall()

    def lines(self, wall: Wall) -> list[Text]:
        """Token, change and bar; the keys while nothing is removed."""
        snapshot = wall.view.snapshot
        if not snapshot.trace.controls.removed:
            return self._keys()
        changes, labels = snapshot.changes, snapshot.labels
        if not changes:
            return [Text("no token is emitted yet", self.look("dim")), Text(". emits the next one", self.look("dim"))]
        room = max(1, self.size.height - 2)
        first = max(0, len(changes) - room)
        scale = max(LEAST_SCALE, *(abs(change) for change in changes))
        lines = [Text("change of log p, nat", self.look("dim"))]
        lines += [
            self._change(label, change, scale) for label, change in zip(labels[first:], changes[first:], strict=True)
        ]
        lines.append(self._change("sum", sum(changes), 0.0))
        return lines

    def _change(self, label: str, change: float, scale: float) -> Text:
        worse = change <= -LEAST_SHOWN
        width = max(3, self.size.width - NAME_WIDTH - CHANGE_WIDTH - 1)
        text = Text(pad_right(label, NAME_WIDTH), self.look("strong"), no_wrap=True)
        text.append(f"{signed(change):>{CHANGE_WIDTH}} ", self.look("warn") if worse else self.plain)
        if scale and abs(change) >= LEAST_SHOWN:
            text.append(bar(abs(change) / scale, width), self.look("warn" if worse else "accent"))
        return text

    def _keys(self) -> list[Text]:
        lines = [Text("nothing is removed", self.look("dim")), Text()]
        for key, does in HOW_TO:
            lines.append(Text.assemble((f"{key:<6}", self.look("accent")), (does, self.look("dim"))))
        return lines


def signed(change: float) -> str:
    """Return a change with its sign, "0.00" where it rounds to nothing."""
    text = f"{change:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text
