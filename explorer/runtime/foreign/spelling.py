"""How other programs spell sub-word tokens, and the same tokens as a trace holds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.runtime.labels import END_LABEL, WORD_START, piece_label

END_TOKEN = "</s>"
"""What stands for the end of a sentence where a file has weights for it and no token."""
END_TOKENS = frozenset({END_TOKEN, "</S>", "<eos>", "<EOS>", "[SEP]", "<|endoftext|>"})
"""Last tokens that are drawn as the end of a sentence."""

BPE_MARK = "@@"
"""Stands at the end of a token that the next one continues (Sennrich 2016, subword-nmt)."""
WORDPIECE_MARK = "##"
"""Stands at the beginning of a token that continues the one before it (Devlin 2019, WordPiece)."""
BYTE_MARK = "Ġ"
"""Stands for the blank before a word in byte-level vocabularies (Radford 2019)."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A sentence's tokens as a trace holds them; the first three are as long as the sentence.

    Attributes:
        pieces: The tokens in the spelling that `explorer.runtime.trace.Source` has: words begin with "▁".
        labels: What is drawn for each.
        words: For each the number of the word that it belongs to, -1 for the end token.
        text: All of them as running text, without the end token.
    """

    pieces: tuple[str, ...]
    labels: tuple[str, ...]
    words: tuple[int, ...]
    text: str


def spelled(tokens: Sequence[str]) -> Spelled:
    """Return tokens as a trace holds them.

    Where words begin is read off the marks of the tokens themselves: "▁" before a word (SentencePiece), "@@" behind
    what goes on, "##" before what continues, "Ġ" before a word. Tokens without any of them are words.
    """
    ended = bool(tokens) and tokens[-1] in END_TOKENS
    parts = list(_parts(tokens[:-1] if ended else tokens))
    pieces = [bare if continues else WORD_START + bare for bare, continues in parts]
    labels = [piece_label(piece, continues) for piece, (_, continues) in zip(pieces, parts, strict=True)]
    words: list[int] = []
    for _, continues in parts:
        words.append(words[-1] if continues else len(set(words)))
    text = "".join(pieces).replace(WORD_START, " ").strip()
    if ended:
        pieces, labels, words = [*pieces, tokens[-1]], [*labels, END_LABEL], [*words, -1]
    return Spelled(tuple(pieces), tuple(labels), tuple(words), text)


def _parts(tokens: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each token without its mark, and whether it continues the word before it."""
    if any(token.startswith(WORD_START) for token in tokens):
        yield from _begun_by(WORD_START, tokens)
    elif any(token.endswith(BPE_MARK) for token in tokens):
        before = ""
        for token in tokens:
            yield token.removesuffix(BPE_MARK), before.endswith(BPE_MARK)
            before = token
    elif any(token.startswith(WORDPIECE_MARK) for token in tokens):
        for place, token in enumerate(tokens):
            yield token.removeprefix(WORDPIECE_MARK), place > 0 and token.startswith(WORDPIECE_MARK)
    elif any(token.startswith(BYTE_MARK) for token in tokens):
        yield from _begun_by(BYTE_MARK, tokens)
    else:
        for token in tokens:
            yield token, False


def _begun_by(mark: str, tokens: Sequence[str]) -> Iterator[tuple[str, bool]]:
    for place, token in enumerate(tokens):
        yield token.removeprefix(mark), place > 0 and not token.startswith(mark)
