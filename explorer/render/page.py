"""What every HTML page is made of around its content: one file without scripts, which fetches nothing."""

from __future__ import annotations

from explorer.render.markup import escaped


def document(title: str, style: str, body: str, *, language: str = "en", pictures: bool = True) -> str:
    """Return a complete HTML document.

    Args:
        title: Of the page, as plain text.
        style: Rules of its style sheet, each line with its end.
        body: What it shows, as markup.
        language: What it is written in.
        pictures: Whether there are pictures in it, which must not be fetched either.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'" + ("; img-src data:" if pictures else "")
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>\n'
        f"<title>{escaped(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )
