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


class DrawnWidget(Widget):
    """A widget that draws all of its lines at once, so that only those that became others are painted.

    Painting is most of what a key costs: Textual composes, and a terminal takes in, only the lines that are named.
    """

    def __init__(self, *, id: str | None = None) -> None:
        self._looks: dict[str, Style] = {}
        self._strips: list[Strip] | None = None
        self._retitling = False
        super().__init__(id=id)  # sets titles, which refreshes

    def strips(self) -> list[Strip]:
        """Return every line of the content, from the top."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew, and paint the lines that are not what they were."""
        before = self._strips
        if before is None or not self.is_mounted or not self.display:  # what is folded away is drawn when it comes back
            self.refresh()
            return
        self._strips = now = self.strips()
        if len(now) != len(before):
            self.refresh()
            return
        width = self.size.width
        changed = [Region(0, y, width, 1) for y, (new, old) in enumerate(zip(now, before, strict=True)) if new != old]
        if changed:
            super().refresh(*changed)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Forget the lines that were drawn, then do what any widget does; a new title paints the border alone."""
        if self._retitling:
            return super().refresh(*(Region(0, y, self.size.width, 1) for y in (-1, self.size.height)))
        if repaint:
            self._strips = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def on_resize(self) -> None:
        """Draw anew at another size."""
        self._strips = None

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        if self._strips is None:
            self._strips = self.strips()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.plain)

    def set_title(self, title: str, subtitle: str | None = None) -> None:
        """Set the texts in the border; a border that stays as it is is not drawn again."""
        self._retitling = self.is_mounted
        if self.border_title != title:
            self.border_title = title
        if subtitle is not None and self.border_subtitle != subtitle:
            self.border_subtitle = subtitle
        self._retitling = False

    def notify_style_update(self) -> None:
        """Forget the styles of the theme that was left, and what was drawn in them."""
        super().notify_style_update()
        self._looks = {}
        self._strips = None

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


class LinePanel(DrawnWidget):
    """A widget of a few lines of styled text.

    Lines go to the screen as they are. Textual's own way from text to the screen is made for mark-up, wrapping and
    selection, none of which a panel needs, and costs several times as much at every step.
    """

    COMPONENT_CLASSES = set(COMPONENTS)

    def content(self) -> list[Text]:
        """Return what is drawn, from the top."""
        raise NotImplementedError

    def strips(self) -> list[Strip]:
        """Return the lines of the content, and blank ones below them."""
        height = self.size.height
        drawn = [self._strip(line) for line in self.content()[:height]]
        return drawn + [Strip.blank(self.size.width, self.plain)] * (height - len(drawn))

    @property
    def printed(self) -> Text:
        """What it draws, as one text; of blank lines that follow each other one is left."""
        lines = self.content()
        kept = [line for number, line in enumerate(lines) if line.plain.strip() or (number and lines[number - 1].plain)]
        return Text("\n").join(kept)

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

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """What is drawn; None before the first trace has come."""

    def watch_view(self, old: View | None, new: View | None) -> None:  # noqa: ARG002 - for those that compare
        """Draw the new view."""
        self.redraw()

    def lines(self, view: View) -> list[Text]:
        """Return what is drawn of a view, from the top."""
        raise NotImplementedError

    def content(self) -> list[Text]:
        """Return the lines of the view; none before there is one."""
        return [] if self.view is None else self.lines(self.view)
