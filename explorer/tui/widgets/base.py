"""What the widgets of the explorer screen have in common: they draw one `View`, line by line, and nothing else."""

from __future__ import annotations

from typing import Self

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from explorer.tui.view import View

COMPONENTS = frozenset({"view--dim", "view--strong", "view--accent", "view--warn", "view--chosen"})
"""Component classes that the panels share; app.tcss gives them their colours."""


class StyledWidget(Widget):
    """A widget that asks for its component styles at every drawing, and so remembers them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._looks: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Forget the styles of the theme that was left."""
        super().notify_style_update()
        self._looks = {}

    def look(self, name: str) -> Style:
        """Return the style of one of the widget's component classes, over the widget's own background."""
        known = self._looks.get(name)
        if known is None:
            known = self._looks[name] = self.get_component_rich_style(name if "--" in name else f"view--{name}")
        return known

    @property
    def plain(self) -> Style:
        """Return the widget's own style."""
        known = self._looks.get("")
        if known is None:
            known = self._looks[""] = self.rich_style
        return known


class LinePanel(StyledWidget):
    """A widget of a few lines of styled text.

    Lines go to the screen as they are. Textual's own way from text to the screen is made for mark-up, wrapping and
    selection, none of which a panel needs, and costs several times as much at every step.
    """

    COMPONENT_CLASSES = set(COMPONENTS)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] | None = None

    def content(self) -> list[Text]:
        """Return what is drawn, from the top."""
        raise NotImplementedError

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Forget the lines that were drawn, then do what any widget does."""
        self._strips = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def on_resize(self) -> None:
        """Draw anew at another size."""
        self._strips = None

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        if self._strips is None:
            self._strips = [self._strip(line) for line in self.content()]
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.plain)

    def _strip(self, line: Text) -> Strip:
        width = self.size.width
        if line.cell_len > width:
            line = line.copy()
            line.truncate(width, overflow="ellipsis")
        line.end = ""
        # A text without spans renders to a segment without the text's own style.
        base = self.plain + line.style if isinstance(line.style, Style) else self.plain
        segments = Segment.apply_style(line.render(self.app.console), base)
        return Strip(segments).adjust_cell_length(width, self.plain)


class ViewPanel(LinePanel):
    """A panel that is drawn from the screen's view."""

    view: reactive[View | None] = reactive[View | None](None)
    """What is drawn; None before the first trace has come."""

    def lines(self, view: View) -> list[Text]:
        """Return what is drawn of a view, from the top."""
        raise NotImplementedError

    def content(self) -> list[Text]:
        """Return the lines of the view; none before there is one."""
        return [] if self.view is None else self.lines(self.view)


def set_title(widget: Widget, title: str, subtitle: str | None = None) -> None:
    """Set the texts in a widget's border; a border that stays as it is is not drawn again."""
    if widget.border_title != title:
        widget.border_title = title
    if subtitle is not None and widget.border_subtitle != subtitle:
        widget.border_subtitle = subtitle
