"""Text that is safe to draw: nothing that a terminal would obey instead of showing."""

from __future__ import annotations

import unicodedata

WORD_START = "▁"
"""The mark that a vocabulary piece carries at the start of a word (Kudo 2018, SentencePiece)."""

CONTINUATION = "·"
"""What is drawn before a piece that continues a word."""

END_LABEL = "END"
"""What is drawn for the end token."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str) -> str:
    r"""Return `text` with everything that could disturb a terminal made visible.

    Control characters (C0, C1, ESC, new lines), bidirectional overrides and isolates, zero-width and other format
    characters, surrogates, private and unassigned characters become ``\xNN`` or ``\u{NNNN}``. Letters of every script,
    combining marks, CJK and emoji stay; the zero-width joiner inside an emoji sequence is a format character like any
    other and is escaped, because terminals disagree about its width.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(character) if _is_hidden(character) else character for character in text)


def code_point(character: str) -> str:
    """Return the name that Unicode gives the number of a character: ``U+00E9``."""
    return f"U+{ord(character):04X}"


def is_control(character: str) -> bool:
    """Return whether a character is a control character other than white space that ends or indents a line."""
    return unicodedata.category(character) == "Cc" and character not in "\t\n\r\v\f"


def piece_label(piece: str, continues: bool) -> str:
    """Return what is drawn for a vocabulary piece.

    Args:
        piece: The vocabulary's own spelling, for example ``▁black``.
        continues: Whether it continues the word that the piece before it began.

    Returns:
        The piece without its word-start mark, escaped, behind a "·" where it continues a word.
    """
    bare = printable(piece.removeprefix(WORD_START))
    if not bare:
        return WORD_START
    return CONTINUATION + bare if continues else bare


def in_word(character: str) -> bool:
    """Return whether a character is part of a word: a letter, a digit or a mark on one.

    A piece continues a word when the character before it and its own first are both of this kind.
    """
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02X}" if number <= 0xFF else f"\\u{{{number:04X}}}"
