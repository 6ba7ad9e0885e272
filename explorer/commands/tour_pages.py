"""``attn-explore tour --export``: the tour as pages of HTML."""

from __future__ import annotations

import os
from collections.abc import Sequence

from explorer.errors import InputError
from explorer.render.tour_page import Page, contents_html, page_html
from explorer.runtime.chapter_file import CHINESE, ENGLISH, Chapter
from explorer.runtime.labels import printable
from explorer.runtime.whole_files import write_whole

CONTENTS = "index.html"
TITLES = {ENGLISH: "Attention, live: the tour", CHINESE: "注意力機制，實際操作"}


def write_pages(found: Sequence[Chapter], numbers: Sequence[int], folder: str, language: str, provider: str) -> None:
    """Go through chapters without a terminal, and write a page of each and one that lists them.

    Args:
        found: All chapters.
        numbers: Those that are written, counted from 1.
        folder: Where to; made where it is missing.
        language: What they are told in.
        provider: "auto", "cpu" or "cuda".

    Raises:
        ExplorerError: A scene cannot be set, or a file cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise InputError(f"{printable(folder)} cannot be made: {error.strerror or error}") from error
    pages = [_page(found, number, language, provider) for number in numbers]
    for place, page in enumerate(pages):
        before = pages[place - 1] if place else None
        after = pages[place + 1] if place + 1 < len(pages) else None
        write_whole(os.path.join(folder, page.name), page_html(page, before, after, CONTENTS).encode())
    write_whole(os.path.join(folder, CONTENTS), contents_html(pages, TITLES[language], language).encode())


def _page(found: Sequence[Chapter], number: int, language: str, provider: str) -> Page:
    from explorer.runtime.bundle import open_bundle
    from explorer.tui.models import OpenModels
    from explorer.tui.player import resumed
    from explorer.tui.recording import Recorder
    from explorer.tui.tour import TourApp
    from explorer.tui.tour_pages import chapter_page

    chapter = found[number - 1]
    models = OpenModels(open_bundle(chapter.session.model, provider), recorder=Recorder())
    moment = resumed(chapter.session, models.named, models.recorder, f"chapter {chapter.name}")
    return chapter_page(TourApp(found, number, moment.opened, models, language))
