"""What the widgets of the explorer screen have in common: they draw one `View` and nothing else."""

from __future__ import annotations

from rich.style import Style
from textual.reactive import reactive
from textual.widget import Widget

from explorer.tui.view import View


class ViewWidget(Widget):
    """A widget that is drawn from the screen's view."""

    view: reactive[View | None] = reactive[View | None](None)
    """What is drawn; None before the first trace has come."""

    def look(self, name: str) -> Style:
        """Return the style of one of the widget's component classes, over the widget's own background."""
        return self.get_component_rich_style(f"view--{name}")


COMPONENTS = frozenset({"view--dim", "view--strong", "view--accent", "view--warn", "view--chosen"})
"""Component classes that the panels share; app.tcss gives them their colours."""
