"""``attn-explore tour``: the lecture, chapter by chapter, on the shipped models."""

from __future__ import annotations

import contextlib
import difflib
import locale
import os
from dataclasses import dataclass

from explorer.commands.output import writing
from explorer.errors import InputError
from explorer.render.cells import pad_right, width_of
from explorer.runtime.chapter_file import CHINESE, ENGLISH, Chapter, chapters
from explorer.runtime.labels import printable
from explorer.tui.first_run import own_folder

PLACE_FILE = "tour-chapter"
"""In the state folder: the name of the chapter that was seen last."""
TRADITIONAL = ("zh_tw", "zh_hk", "zh_mo", "zh-hant", "zh_hant", "chinese (traditional)")
"""Beginnings of locales that read Traditional Chinese."""


@dataclass(frozen=True, slots=True)
class TourOptions:
    """The options of the command.

    Attributes:
        listed: List the chapters and end.
        language: "en" or "zh-TW"; None for that of the locale.
        presenter: Wide cells, no notes, a clock.
        autoplay: Seconds between two steps; None waits for keys.
        export: Folder for the tour as HTML pages; None opens it.
        provider: "auto", "cpu" or "cuda".
    """

    listed: bool
    language: str | None
    presenter: bool
    autoplay: float | None
    export: str | None
    provider: str


def run(chapter: str | None, options: TourOptions) -> None:
    """List the chapters, write them, or open the tour.

    Args:
        chapter: Number or name of a chapter; None goes on where the tour was left.
        options: The options.

    Raises:
        ExplorerError: Anything that cannot be used.
    """
    language = options.language or language_of_locale()
    found = chapters()
    if options.listed:
        with writing(None) as out:
            out.writelines(f"{line}\n" for line in listed(found, language))
        return
    if options.export is not None:
        from explorer.commands.tour_pages import write_pages

        numbers = range(1, len(found) + 1) if chapter is None else (number_of(chapter, found),)
        write_pages(found, numbers, options.export, language, options.provider)
        return
    from explorer.tui.launch import run_tour

    number = number_of(chapter, found) if chapter is not None else _left_off(found)
    run_tour(
        found,
        number,
        language,
        options.provider,
        presenter=options.presenter,
        autoplay=options.autoplay,
        left_at=_keep_place,
    )


def listed(found: tuple[Chapter, ...], language: str) -> list[str]:
    """Return a line for each chapter: number, name, title."""
    width = max((width_of(chapter.name) for chapter in found), default=0)
    return [
        f"{number:2d}  {pad_right(chapter.name, width)}  {chapter.words[language].title}"
        for number, chapter in enumerate(found, start=1)
    ]


def number_of(chapter: str, found: tuple[Chapter, ...]) -> int:
    """Return the number of a chapter that is given by number or name.

    Raises:
        InputError: There is none.
    """
    names = [one.name for one in found]
    if chapter in names:
        return names.index(chapter) + 1
    if chapter.isascii() and chapter.isdigit() and 1 <= int(chapter) <= len(found):
        return int(chapter)
    near = difflib.get_close_matches(chapter.lower(), names, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]}?" if near else f"there is: 1 to {len(found)}, or {', '.join(names)}"
    raise InputError(f"chapter {printable(chapter)!r} is not known; {advice}")


def language_of_locale() -> str:
    """Return Traditional Chinese where the locale reads it, otherwise English."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    spoken = next(filter(None, names), "") or locale.getlocale()[0] or ""
    return CHINESE if spoken.lower().startswith(TRADITIONAL) else ENGLISH


def _left_off(found: tuple[Chapter, ...]) -> int:
    """Return the number of the chapter that was seen last; the first one where none was."""
    names = [chapter.name for chapter in found]
    with contextlib.suppress(OSError, UnicodeDecodeError):
        name = (own_folder() / PLACE_FILE).read_text(encoding="utf-8").strip()
        if name in names:
            return names.index(name) + 1
    return 1


def _keep_place(name: str) -> None:
    """Remember a chapter; where nothing can be written the next tour begins anew."""
    with contextlib.suppress(OSError):
        folder = own_folder()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PLACE_FILE).write_text(name, encoding="utf-8")
