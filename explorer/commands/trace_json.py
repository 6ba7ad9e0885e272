"""A trace as one line of JSON."""

from __future__ import annotations

from explorer.render.trace_content import trace_content
from explorer.runtime.json_text import escaped_json
from explorer.runtime.trace import Trace


def to_json(trace: Trace, all_heads: bool = False) -> str:
    """Return a trace as one line of JSON; `trace_content` lists its fields."""
    return escaped_json(trace_content(trace, all_heads=all_heads))
