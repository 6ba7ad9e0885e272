"""JSON that a terminal can take."""

from __future__ import annotations

import json


def escaped_json(content: object) -> str:
    r"""Return one line of JSON in which nothing that a terminal may obey stands raw.

    Everything that is not printable (control characters, line separators, bidirectional and other format characters)
    is written as ``\uNNNN``, which JSON reads as the same character.
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _json_escape(character) for character in text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[first : first + 4]}" for first in range(0, len(units), 4))
