"""The component classes of a grid of weights, and the styles that they stand for."""

from __future__ import annotations

from textual.widget import Widget

from explorer.render.grid import GridStyle

GRID_COMPONENTS = frozenset(
    f"grid--{name}"
    for name in (
        "header",
        "header-other",
        "header-cursor",
        "label",
        "label-cursor",
        "marker",
        "cursor",
        "masked",
        "window",
        "center",
        "side",
    )
)


def grid_style(widget: Widget) -> GridStyle:
    """Return the styles of a widget that has `GRID_COMPONENTS`."""
    part = widget.get_component_rich_style
    return GridStyle(
        blank=widget.rich_style,
        header=part("grid--header"),
        header_other=part("grid--header-other"),
        header_cursor=part("grid--header-cursor"),
        header_focus=part("grid--label-cursor"),
        label=part("grid--label"),
        label_cursor=part("grid--label-cursor"),
        marker=part("grid--marker"),
        cursor=part("grid--cursor", partial=True),
        masked=part("grid--masked", partial=True),
        window=part("grid--window", partial=True),
        center=part("grid--center", partial=True),
    )
