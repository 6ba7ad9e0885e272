"""Reads what terminals with graphics are sent: Kitty's messages and placeholders, Sixel data."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import numpy.typing as npt
from PIL import Image
from textual_image.renderable.tgp import _NUMBER_TO_DIACRITIC

Pixels = npt.NDArray[np.uint8]

PLACEHOLDER = "\U0010eeee"
_MESSAGE = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
_TOKEN = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])")
_DIACRITICS = {chr(code): number for number, code in enumerate(_NUMBER_TO_DIACRITIC)}


def kitty_messages(sent: str) -> list[tuple[dict[str, str], str]]:
    """Return the keys and the payload of each message."""
    found = _MESSAGE.findall(sent)
    return [(dict(pair.split("=") for pair in keys.split(",")), payload) for keys, payload in found]


def kitty_pictures(sent: str) -> dict[int, Pixels]:
    """Return number → pixels of all pictures that were sent, in their order."""
    payloads: dict[int, str] = {}
    for keys, payload in kitty_messages(sent):
        if keys.get("f") == "100":
            number = int(keys["i"])
            payloads[number] = payloads.get(number, "") + payload
    pictures = {}
    for number, payload in payloads.items():
        with Image.open(io.BytesIO(base64.b64decode(payload))) as image:
            pictures[number] = np.asarray(image)
    return pictures


def placeholders(text: str) -> list[tuple[int, int, int]]:
    """Return (row, column, the highest eight bits of the picture's number) of each placeholder in a line."""
    cells = [cell for cell in text.split(PLACEHOLDER) if cell]
    return [(_DIACRITICS[row], _DIACRITICS[column], _DIACRITICS[high]) for row, column, high in cells]


def sixel_pixels(data: str) -> Pixels:
    """Return the pixels of one Sixel picture as xterm shows them: a colour is chosen by its number alone."""
    head = re.search(r'\x1bP[\d;]*q"1;1;(\d+);(\d+)', data)
    assert head is not None
    width, height = int(head[1]), int(head[2])
    shown = np.zeros((height + 6, width, 3), dtype=np.uint8)
    colors: dict[int, tuple[int, ...]] = {}
    color, x, y = -1, 0, 0
    for token in _TOKEN.finditer(data[head.end() : data.index("\x1b\\", head.end())]):
        defined, red, green, blue, chosen, times, repeated, single, moved = token.groups()
        if defined is not None:
            colors[int(defined)] = tuple(round(int(part) * 2.55) for part in (red, green, blue))
        elif chosen is not None:
            color = int(chosen)
        elif moved is not None:
            x, y = 0, y + 6 * (moved == "-")
        else:
            count, bits = int(times or 1), ord(repeated or single) - 63
            for bit in range(6):
                if bits >> bit & 1:
                    shown[y + bit, x : x + count] = colors[color]
            x += count
    return shown[:height]
