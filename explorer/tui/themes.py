"""The explorer's own dark and light themes; Textual's others are one command away."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="attn-dark",
    primary="#f2a65a",
    secondary="#7aa2f7",
    accent="#7dcfff",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    foreground="#c9d1d9",
    background="#0d1117",
    surface="#0d1117",
    panel="#161b22",
    dark=True,
    variables={"border": "#30363d", "border-blurred": "#30363d"},
)

LIGHT = Theme(
    name="attn-light",
    primary="#9a3412",
    secondary="#1d4ed8",
    accent="#0f6f94",
    warning="#8a5a00",
    error="#b42318",
    success="#2f7d32",
    foreground="#1f2328",
    background="#ffffff",
    surface="#ffffff",
    panel="#f3f4f6",
    dark=False,
    variables={"border": "#d0d7de", "border-blurred": "#d0d7de"},
)
