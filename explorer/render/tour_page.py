"""A chapter of the tour as one self-contained page: its text, its scene, and after each thing tried what that did."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.terminal_theme import MONOKAI

from explorer.render.figure import Figure, FigureStyle
from explorer.render.lesson import Told, Tried, key_signs
from explorer.render.markup import FONT, INKS, Theme, escaped
from explorer.render.page import document
from explorer.render.svg import figures_svg
from explorer.runtime.chapter_file import CHINESE, ENGLISH

_NUMBERED = re.compile(r"picture\d+")
MOST_EXHIBITS = 10
"""Of one screen."""
TEXT_WIDTH = 110
"""Cells of what is written as text."""
WORDS = {
    ENGLISH: ("Try this", "contents", "Everything on this page was computed by the models when it was written."),
    CHINESE: ("試試看", "目錄", "本頁所有內容都由模型在寫出時實際計算。"),
}
"""Heading of what to try, the link to the contents, and where the figures come from, by language."""

Exhibit = Figure | RenderableType


@dataclass(frozen=True, slots=True)
class Tableau:
    """What was on the screen.

    Attributes:
        tried: What led to it; None for the scene as it was set.
        exhibits: Figures and texts.
    """

    tried: Tried | None
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        name: Of its file.
        told: The chapter.
        tableaux: The scene, and the screen after each thing that was tried.
    """

    name: str
    told: Told
    tableaux: tuple[Tableau, ...]


def page_html(page: Page, before: Page | None, after: Page | None, contents: str) -> str:
    """Write a page: no script, nothing fetched, tooltips with the weights.

    Args:
        page: The chapter.
        before: The one before it.
        after: The one after it.
        contents: Name of the file that lists all.
    """
    told = page.told
    heading, listed, honest = WORDS[told.language]
    links = [_link(before, "← "), f'<a href="{escaped(contents)}">{listed}</a>', _link(after, "→ ")]
    body = [
        f"<nav>{' · '.join(filter(None, links))}</nav>",
        f"<h1><span>{told.number}</span> {escaped(told.title)}</h1>",
        f"<p>{escaped(told.text)}</p>",
        *(f"<pre class='formula'>{escaped(line)}</pre>" for line in told.formula),
        f"<p class='soft'>{escaped(' · '.join(told.papers))}</p>",
    ]
    seen: list[str] = []
    for number, tableau in enumerate(page.tableaux):
        if tableau.tried is not None:
            body.append(_tried(tableau.tried, heading))
        drawn = [_drawn(exhibit, number * MOST_EXHIBITS + place) for place, exhibit in enumerate(tableau.exhibits)]
        plain = [_plain(text) for text in drawn]
        if plain != seen:  # what only moved the cursor leaves a figure as it was
            body += [f"<figure>{text}</figure>" for text in drawn]
        seen = plain
    body.append(f"<p class='soft'>{honest}</p>")
    return _document(told.title, told.language, "\n".join(body))


def contents_html(pages: Sequence[Page], title: str, language: str) -> str:
    """Write the page that lists the chapters."""
    entries = "\n".join(f'<li value="{page.told.number}">{_link(page, "")}</li>' for page in pages)
    return _document(title, language, f"<h1>{escaped(title)}</h1>\n<ol>\n{entries}\n</ol>")


def _plain(drawn: str) -> str:
    """Return a drawing without the numbers that keep its names apart from those of others."""
    return _NUMBERED.sub("", drawn)


def _tried(tried: Tried, heading: str) -> str:
    keys = "".join(f"<kbd>{escaped(key)}</kbd> " for key in key_signs(tried.keys).split(" "))
    did = f"<p class='did'>{escaped(tried.reading)}</p>" if tried.reading else ""
    return f"<h2>{heading}: {keys}</h2>\n<p>{escaped(tried.does)}</p>{did}"


def _link(page: Page | None, sign: str) -> str:
    return "" if page is None else f'<a href="{escaped(page.name)}">{sign}{escaped(page.told.title)}</a>'


def _drawn(exhibit: Exhibit, number: int) -> str:
    if isinstance(exhibit, Figure):
        return figures_svg([exhibit], FigureStyle(), first=number)
    console = Console(
        record=True,
        file=io.StringIO(),
        width=TEXT_WIDTH,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    console.print(exhibit, highlight=False)
    code = console.export_html(theme=MONOKAI, code_format="{code}", inline_styles=True)
    return f"<pre>{code}</pre>"


def _document(title: str, language: str, body: str) -> str:
    ink = INKS[Theme.DARK]
    rules = (
        f"body {{ margin: 2.2rem auto; max-width: 62rem; padding: 0 1.2rem; background: {ink.page}; color: {ink.text}; "
        f"font: 16px/1.55 {FONT}; }}\n"
        "h1 { font-size: 1.7rem; } h1 span { color: #f2a65a; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .2rem; }\n"
        "a { color: #f2a65a; } nav { font-size: .92rem; } li { margin: .3rem 0; }\n"
        f".soft {{ color: {ink.soft}; font-size: .92rem; }}\n"
        ".did { color: #9ccf7a; font-weight: 600; margin: .2rem 0; }\n"
        f"kbd {{ border: 1px solid {ink.line}; border-radius: 4px; padding: 0 .35rem; font-size: .92rem; }}\n"
        "figure { margin: 1rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }\n"
        "pre { font: 14px/1.25 'DejaVu Sans Mono', 'Noto Sans Mono CJK TC', Menlo, Consolas, monospace; "
        "background: #0d1117; padding: .8rem; width: max-content; }\n"
        "pre.formula { color: #f2a65a; background: none; padding: 0; margin: .3rem 0; }\n"
    )
    return document(title, rules, body, language=language)
