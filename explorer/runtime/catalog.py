"""Finding bundles: the shipped ones by name, anybody's by path."""

from __future__ import annotations

import difflib
import os
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from explorer.errors import BundleError
from explorer.runtime.labels import printable

CARD_NAME = "card.json"
"""The file that makes a folder a bundle."""


def shipped_bundles() -> dict[str, Path]:
    """Return the folders of the bundles that came with the package, by name, in alphabetical order."""
    root = _shipped()
    if root is None:
        return {}
    folders = [Path(str(entry)) for entry in root.iterdir() if entry.is_dir() and (entry / CARD_NAME).is_file()]
    return {folder.name: folder for folder in sorted(folders)}


def shipped_folder(name: str, holds: str) -> Path:
    """Return a folder that came with the package and is no bundle.

    Args:
        name: Of the folder.
        holds: What an error says is missing.

    Raises:
        BundleError: This copy came without it.
    """
    root = _shipped()
    if root is None:
        raise BundleError(f"this copy of attn-explore came without {holds}")
    return Path(str(root / name))


def _shipped() -> Traversable | None:
    """Return the folder of everything that was exported; None in a copy that came without it."""
    try:
        return resources.files("explorer.graphs")
    except ModuleNotFoundError:
        return None


def find_bundle(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the folder of a bundle.

    A shipped name comes before a folder of that name in the current directory, so that where the program is started
    never changes which model it runs; ``./name`` asks for the folder.

    Raises:
        BundleError: No such bundle; the message has the nearest name.
    """
    name = os.fspath(name_or_path)
    if isinstance(name_or_path, os.PathLike) or _is_path(name):
        return _existing_folder(name)
    shipped = shipped_bundles()
    if name in shipped:
        return shipped[name]
    if os.path.isdir(name):
        return Path(name)
    raise BundleError(f"model {printable(name)!r} is not known; {_suggestion(name, list(shipped))}")


def _is_path(name: str) -> bool:
    return os.sep in name or bool(os.altsep and os.altsep in name) or name in (os.curdir, os.pardir)


def _existing_folder(name: str) -> Path:
    folder = Path(name)
    if "\0" in name or not folder.exists():
        raise BundleError(f"bundle {printable(name)}: there is no such folder")
    if not folder.is_dir():
        raise BundleError(f"bundle {printable(name)}: not a folder; a bundle is a folder with a {CARD_NAME}")
    return folder


def _suggestion(name: str, known: list[str]) -> str:
    if not known:
        return "no models are installed with this copy, give the path of a bundle's folder"
    near = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1, cutoff=0.4)
    return f"did you mean {near[0]}? `attn-explore models` lists all" if near else f"there is: {', '.join(known)}"
