"""Text to vocabulary numbers and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from explorer.errors import BundleError, InputError
from explorer.runtime.card import SpecialTokens
from explorer.runtime.labels import CONTINUATION, END_LABEL, code_point, in_word, is_control, piece_label, printable
from explorer.runtime.trace import Source
from explorer.runtime.words import join_words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LONGEST_PIECE = 64
"""Characters of text for each token of the limit beyond which text is refused before it is tokenised."""

_NAMED = 5
"""How many unknown characters an error names."""


@dataclass(frozen=True, slots=True)
class WordPieces:
    """Word-tokenised text as vocabulary numbers.

    Attributes:
        ids: Vocabulary numbers, the end token last. Length n.
        words: For each piece the numbers of the words that it spells; almost always one, none for the end token.
            Length n.
        count: How many words there are.
    """

    ids: tuple[int, ...]
    words: tuple[tuple[int, ...], ...]
    count: int


@dataclass(frozen=True, slots=True)
class _Piece:
    token: int
    start: int
    end: int


class _Spelling(NamedTuple):
    """A token's piece, its label, and whether it begins and ends with a letter or digit of a word."""

    piece: str
    label: str
    begins_inside: bool
    ends_inside: bool


class Vocabulary:
    """One side's sub-word vocabulary (Sennrich 2016), from a file in Hugging Face's ``tokenizers`` format.

    Attributes:
        size: How many pieces it has.
        tokens: The special tokens' numbers.
        not_chosen: Tokens that a decoder never chooses by itself: padding, unknown and begin.
    """

    def __init__(self, data: bytes, name: str, tokens: SpecialTokens, size: int) -> None:
        """Read a vocabulary.

        Args:
            data: The file.
            name: What errors call it.
            tokens: The special tokens' numbers.
            size: How many pieces it must have.

        Raises:
            BundleError: The file is not a tokenizer or has another number of pieces.
        """
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(data.decode("utf-8"))
        except Exception as error:  # the library raises Exception itself
            raise BundleError(f"{name}: not a readable tokenizer ({printable(str(error))[:200]})") from error
        found = tokenizer.get_vocab_size(with_added_tokens=True)
        if found != size:
            raise BundleError(f"{name}: it has {found} pieces, card.json says {size}")
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True  # "</s>" typed by a person is text, not the end token
        self._tokenizer: Tokenizer = tokenizer
        self.size = size
        self.tokens = tokens
        self.not_chosen = (tokens.padding, tokens.unknown, tokens.begin)
        self._spellings: dict[int, _Spelling] = {}
        self._specials = frozenset({*self.not_chosen, tokens.end})

    def __len__(self) -> int:
        return self.size

    def piece(self, token: int) -> str:
        """Return the vocabulary's own spelling of a token, "" for a number that it does not have."""
        return self._spelling(token).piece

    def label(self, token: int, previous: int | None = None) -> str:
        """Return what is drawn for a token that follows `previous` (None: that begins the text)."""
        spelling = self._spelling(token)
        if previous is not None and spelling.begins_inside and self._spelling(previous).ends_inside:
            return CONTINUATION + spelling.label
        return spelling.label

    def _spelling(self, token: int) -> _Spelling:
        known = self._spellings.get(token)
        if known is None:
            piece = self._tokenizer.id_to_token(token) or "" if 0 <= token < self.size else ""
            known = self._spellings[token] = self._spell(token, piece)
        return known

    def _spell(self, token: int, piece: str) -> _Spelling:
        if token in self._specials or not piece:
            return _Spelling(piece, END_LABEL if token == self.tokens.end else printable(piece), False, False)
        return _Spelling(piece, piece_label(piece, False), in_word(piece[0]), in_word(piece[-1]))

    def labels(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Return what is drawn for each token of a text."""
        labels, previous = [], None
        for token in ids:
            labels.append(self.label(token, previous))
            previous = token
        return tuple(labels)

    def decode(self, ids: Iterable[int]) -> str:
        """Return tokens as text: no special tokens, numbers outside the vocabulary passed over, escaped to be shown."""
        kept = [token for token in ids if 0 <= token < self.size and token not in self._specials]
        return printable(self._tokenizer.decode(kept, skip_special_tokens=True).strip())

    def is_token(self, token: int) -> bool:
        """Return whether a decoder may emit the token: any number of the vocabulary but padding and begin."""
        return 0 <= token < self.size and token not in (self.tokens.padding, self.tokens.begin)

    def encode_source(self, text: str, limit: int) -> Source:
        """Tokenise what a person gave.

        Args:
            text: One sentence; any run of white space counts as one space.
            limit: The greatest number of tokens, the end token included.

        Returns:
            The source, the end token last.

        Raises:
            InputError: The text is blank, too long, or has characters that the vocabulary does not know.
        """
        pieces = self._encode_known(text, limit)
        ids = (*(piece.token for piece in pieces), self.tokens.end)
        numbers = _word_numbers(text)
        words = (*(_word_of(text, numbers, piece) for piece in pieces), -1)
        return Source(text, ids, tuple(map(self.piece, ids)), self.labels(ids), words)

    def encode_target(self, text: str, limit: int) -> tuple[int, ...]:
        """Tokenise the beginning of a target, without an end token, to be forced on a decoder.

        Raises:
            InputError: As `encode_source`.
        """
        return tuple(piece.token for piece in self._encode_known(text, limit))

    def encode_words(self, words: Sequence[str]) -> WordPieces:
        """Tokenise words as running text and keep which word each piece spells.

        Characters that the vocabulary does not know become the unknown token.

        Raises:
            InputError: There are no words, or one cannot be tokenised.
        """
        joined = join_words(words)
        if not joined.text.strip():
            raise InputError("a sentence without words")
        _check_characters(joined.text)
        pieces = self._encode(joined.text)
        covered = _cover(joined.text, joined.spans, pieces)
        ids = (*(piece.token for piece in pieces), self.tokens.end)
        return WordPieces(ids, (*covered, ()), len(words))

    def _encode(self, text: str) -> list[_Piece]:
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return [_Piece(token, start, end) for token, (start, end) in zip(encoded.ids, encoded.offsets, strict=True)]

    def _encode_known(self, text: str, limit: int) -> list[_Piece]:
        """Tokenise text that must be neither blank nor too long nor have unknown characters."""
        if not text.strip():
            raise InputError("the text is empty" if not text else "the text is blank")
        readable = text[: limit * _LONGEST_PIECE]
        _check_characters(readable)
        pieces = self._encode(readable)
        unknown = [piece for piece in pieces if piece.token == self.tokens.unknown]
        if unknown:
            raise InputError(_unknown_characters(readable, unknown))
        if len(pieces) + 1 > limit or len(readable) < len(text):
            raise InputError(_too_long(readable, pieces, limit, more=len(readable) < len(text)))
        return pieces


def _check_characters(text: str) -> None:
    """Refuse what is no text: control characters and what is left of bytes that were not UTF-8."""
    for place, character in enumerate(text, start=1):
        if "\ud800" <= character <= "\udfff":
            raise InputError(f"the text is not valid UTF-8 at character {place}")
        if is_control(character):
            raise InputError(f"the text has the control character {code_point(character)} at character {place}")


def _unknown_characters(text: str, unknown: Sequence[_Piece]) -> str:
    named: dict[str, int] = {}
    for piece in unknown:
        for place in range(piece.start, piece.end):
            if not text[place].isspace():
                named.setdefault(text[place], place + 1)
    shown = [
        f"'{printable(character)}' ({code_point(character)}) at character {place}"
        for character, place in list(named.items())[:_NAMED]
    ]
    others = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    noun = "character" if len(named) == 1 else "characters"
    return f"the model does not know the {noun} {', '.join(shown)}{others}"


def _too_long(text: str, pieces: Sequence[_Piece], limit: int, more: bool) -> str:
    fits = max(0, min(limit - 1, len(pieces)))
    read = text[: pieces[fits - 1].end] if fits else ""
    tail = " ".join(read.split())[-40:]
    count = f"more than {len(pieces)}" if more else str(len(pieces) + 1)
    return f"the text is too long: {count} tokens, the limit is {limit}; it was read up to '…{printable(tail)}'"


def _word_numbers(text: str) -> list[int]:
    """Return for each character the number of its white-space word; white space has that of the word after it."""
    numbers, word, inside = [], 0, False
    for character in text:
        if character.isspace():
            word += inside
            inside = False
        else:
            inside = True
        numbers.append(word)
    return numbers


def _word_of(text: str, numbers: Sequence[int], piece: _Piece) -> int:
    """Return the white-space word of a piece: that of its first character that is not white space."""
    return numbers[_solid(text, piece)[0]]


def _solid(text: str, piece: _Piece) -> tuple[int, int]:
    """Return a piece's place without white space at its start; for a bare word-start mark, what comes next."""
    start, end = piece.start, piece.end
    while start < len(text) - 1 and text[start].isspace():
        start += 1
    return start, max(end, start + 1)


def _cover(text: str, spans: Sequence[tuple[int, int]], pieces: Sequence[_Piece]) -> list[tuple[int, ...]]:
    """Return for each piece the words that it spells.

    A piece belongs to the word that it shares most characters with. A word that gets none that way, because a piece
    runs over its edge ("do" "n't" read as "don" "'t"), shares the pieces that touch it.
    """
    shared = []
    for piece in pieces:
        start, end = _solid(text, piece)
        overlaps = [(word, min(end, last) - max(start, first)) for word, (first, last) in enumerate(spans)]
        shared.append({word: characters for word, characters in overlaps if characters > 0})
    chosen = [{max(words, key=words.__getitem__)} if words else set() for words in shared]
    reached = set().union(*chosen)
    for place, words in enumerate(shared):
        chosen[place] |= words.keys() - reached
    return [tuple(sorted(words)) for words in chosen]
