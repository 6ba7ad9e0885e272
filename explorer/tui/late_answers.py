"""What a terminal answers after nobody waits any more: Textual takes it for keys, which would do things."""

from __future__ import annotations

import re

QUIET_SECONDS = 0.3
"""The letters of an answer come closer together than this."""
_LAST_ANSWER = re.compile(r"\[\?[\d;]*c$")


class LateAnswers:
    """Tells the letters of answers from keys.

    An unknown sequence comes letter by letter, its escape character as alt with the next letter or as "^".
    """

    def __init__(self) -> None:
        self._text = ""
        self._last = 0.0
        self.over = False
        """Whether the last answer has come."""

    def take(self, key: str, character: str | None, now: float) -> bool:
        """Return whether a key is part of an answer.

        Args:
            key: Textual's name of it.
            character: Its character.
            now: The time in seconds.
        """
        begins = key == "circumflex_accent" or key.startswith("alt+")
        if not begins and (not self._text or now - self._last > QUIET_SECONDS):
            self._text = ""
            return False
        self._text = (character or " ") if begins else self._text + (character or " ")
        self._last = now
        self.over = self.over or _LAST_ANSWER.search(self._text.removeprefix("^")) is not None
        return True
