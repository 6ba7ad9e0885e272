"""A chapter of the tour: a short text in every language, a scene on real models, and keys with the effects they claim.

A chapter is one TOML file; adding one needs no code. Everything is checked when it is read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Annotated, Any, Literal

import msgspec

from explorer.errors import InputError
from explorer.runtime.labels import printable
from explorer.runtime.session_file import FORMAT as SESSION_FORMAT
from explorer.runtime.session_file import Action, Session, explained, problems_of

FORMAT = 1
"""The chapter format that this version reads."""
ENGLISH, CHINESE = "en", "zh-TW"
LANGUAGES = (ENGLISH, CHINESE)
SUFFIX = ".toml"

_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
"""A word for the command line that is no number."""

Board = Literal["explorer", "gallery", "heads", "compare", "truth", "recall", "lengths", "layers", "results"]
"""What a chapter opens with: the explorer, or a screen over it."""
Measure = Literal[
    "entropy",
    "weights",
    "focus",
    "output",
    "tokens",
    "source",
    "alignment",
    "attention",
    "temperature",
    "window",
    "sample",
    "model",
    "head",
    "removed",
    "edits",
    "next",
    "log_prob",
    "cursor",
    "pointing",
    "face",
    "overlay",
    "board",
    "clauses",
    "bleu_without",
    "bleu_with",
    "rho",
    "distance",
    "on_prefix",
    "recalled_tanh",
    "recalled_gru",
    "recalled_attention",
    "gradient_tanh",
    "gradient_gru",
    "gradient_attention",
    "far",
    "size",
    "measured",
    "page",
    "chosen",
    "shown",
    "looked",
    "sorted",
]
"""What a check reads from the screen; `explorer.tui.measures` says how."""
Course = Literal["falls", "rises", "changes", "stays", "becomes"]
Place = Annotated[int, msgspec.Meta(ge=0)]


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """What a board needs that shows the explorer's own run."""


class _ForRecall(msgspec.Struct, forbid_unknown_fields=True):
    sequence: str


class _ForLengths(msgspec.Struct, forbid_unknown_fields=True):
    clauses: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class _ForResults(msgspec.Struct, forbid_unknown_fields=True):
    models: tuple[str, ...] = ()
    live: bool = False


_GIVEN: Mapping[str, type[msgspec.Struct]] = {"recall": _ForRecall, "lengths": _ForLengths, "results": _ForResults}
"""What `Scene.given` holds, by board; nothing on the others."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a chapter says in one language.

    Attributes:
        title: A few words.
        text: Two or three sentences.
        formula: The chapter's formula where it has words in it; otherwise that of the chapter holds.
    """

    title: str
    text: str
    formula: tuple[str, ...] | None = None


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An effect that is claimed.

    Attributes:
        measure: What is read before and after.
        goes: What it does.
        to: What it becomes, where `goes` says so.
    """

    measure: Measure
    goes: Course
    to: str | float | None = None


class Try(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"says": "does"}):
    """Something to try.

    Attributes:
        keys: The keys, by Textual's names, in order.
        says: What they do and what to look at, by language; ``does`` in the file.
        checks: Effects that all have to be seen.
    """

    keys: tuple[str, ...]
    says: dict[str, str]
    checks: tuple[Check, ...]


class Scene(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a chapter begins.

    Attributes:
        actions: What is done on the models, as a session file has it, without times.
        board: What is opened over the explorer.
        row: Row of the cursor; None for the one that decoding is at.
        column: Source position of the cursor; None follows the greatest weight.
        given: What the board needs: the clauses of a sentence, the models of a table.
        keys: What is pressed on the board before anybody looks, by Textual's names.
    """

    actions: tuple[Action, ...]
    board: Board = "explorer"
    row: Place | None = None
    column: Place | None = None
    given: dict[str, Any] = {}
    keys: tuple[str, ...] = ()


class Chapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"tries": "try"}):
    """One chapter.

    Attributes:
        format: `FORMAT`.
        name: A word for the command line.
        systems: The systems of the lecture that it shows, by their numbers.
        formula: A line or two of it.
        papers: Where it comes from.
        scene: Where it begins.
        words: What it says, by language.
        tries: What to try; ``try`` in the file.
    """

    format: int
    name: str
    systems: tuple[int, ...]
    formula: tuple[str, ...]
    papers: tuple[str, ...]
    scene: Scene
    words: dict[str, Words]
    tries: tuple[Try, ...]

    @property
    def session(self) -> Session:
        """What sets the scene."""
        return Session(SESSION_FORMAT, self.scene.actions, title=self.name)


def decoded_chapter(data: bytes, place: str) -> Chapter:
    """Read and check a chapter.

    Args:
        data: What its file holds.
        place: What an error calls the file.

    Raises:
        InputError: It is no chapter; names file and field.
    """
    try:
        chapter = msgspec.toml.decode(data, type=Chapter)
    except msgspec.ValidationError as error:
        raise InputError(f"{place}: no chapter of the tour ({explained(error)})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{place}: damaged, or no chapter ({printable(str(error))})") from error
    problem = _problem(chapter)
    if problem:
        raise InputError(f"{place}: {problem}")
    return chapter


@functools.cache
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters of the tour, in order.

    Raises:
        InputError: A file that is none, or two chapters of one name.
    """
    folder = resources.files("explorer.chapters")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(SUFFIX)), key=lambda entry: entry.name)
    found = tuple(decoded_chapter(entry.read_bytes(), entry.name) for entry in files)
    names = [chapter.name for chapter in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two chapters are called {printable(name)}")
    return found


def _problem(chapter: Chapter) -> str:
    """Return what is wrong with a chapter that has every field, "" where nothing is."""
    if chapter.format != FORMAT:
        return f"a chapter of format {chapter.format}, this attn-explore reads format {FORMAT}"
    if not _NAME.fullmatch(chapter.name):
        return "name: small letters, digits and hyphens, and no number"
    for field, text in _texts(chapter):
        if printable(text) != text:
            return f"{field}: has a character that cannot be shown ({printable(text)[:40]})"
    return _problem_of_scene(chapter) or _problem_of_tries(chapter)


def _texts(chapter: Chapter) -> Iterator[tuple[str, str]]:
    """Yield everything that is drawn, behind the name of its field."""
    yield from (("formula", line) for line in chapter.formula)
    yield from (("papers", paper) for paper in chapter.papers)
    for language, words in chapter.words.items():
        yield f"words.{printable(language)}.title", words.title
        yield f"words.{printable(language)}.text", words.text
    for number, one in enumerate(chapter.tries):
        yield from ((f"try[{number}].keys", key) for key in one.keys)
        yield from ((f"try[{number}].does.{printable(language)}", says) for language, says in one.says.items())


def _problem_of_scene(chapter: Chapter) -> str:
    for field, problem in problems_of(chapter.session):
        return f"scene: {field}: {problem}"
    scene = chapter.scene
    try:
        msgspec.convert(scene.given, _GIVEN.get(scene.board, _Nothing))
    except msgspec.ValidationError as error:
        return f"scene.given: {explained(error)}"
    return ""


def _problem_of_tries(chapter: Chapter) -> str:
    said: dict[str, dict[str, Any]] = {
        "words": {**chapter.words},
        **{f"try[{number}].does": one.says for number, one in enumerate(chapter.tries)},
    }
    for field, texts in said.items():
        if set(texts) != set(LANGUAGES):
            return f"{field}: has to be there in {' and '.join(LANGUAGES)}, and in nothing else"
    if not chapter.tries:
        return "try: a chapter has something to try"
    for number, one in enumerate(chapter.tries):
        if not one.keys:
            return f"try[{number}].keys: no key is named"
        if all(check.goes == "stays" for check in one.checks):
            return f"try[{number}].checks: something has to become other than it was"
        for check in one.checks:
            if (check.goes == "becomes") != (check.to is not None):
                return f"try[{number}].checks: 'to' belongs to 'becomes', and to nothing else"
    return ""
