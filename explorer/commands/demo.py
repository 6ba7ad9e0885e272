"""``attn-explore demo``: what attention does, played on the real models with captions."""

from __future__ import annotations

import difflib
import os
from importlib import resources

from explorer.commands.output import writing
from explorer.commands.replay import ReplayOptions, play
from explorer.errors import InputError
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.labels import printable
from explorer.runtime.session_file import OPEN, Session, decoded, read_session

SUFFIX = ".json"


def run(name: str | None, options: ReplayOptions) -> None:
    """List the demos, or play one of them or somebody's own.

    Raises:
        ExplorerError: Anything that cannot be used; nothing was written then.
    """
    if name is None:
        if options.headless:
            raise InputError(f"--headless needs the name of a demo; there is: {', '.join(shipped_demos())}")
        with writing(None) as out:
            out.writelines(f"{line}\n" for line in listed())
        return
    session, place = found(name)
    for model in models_of(session):
        if os.sep not in model and model not in shipped_bundles():
            raise InputError(f"{place}: the model {printable(model)} is not installed; `attn-explore models` lists all")
    play(session, place, options, captioned=session.captioned)


def found(name: str) -> tuple[Session, str]:
    """Return a demo by its name or its file, and what errors call it.

    Raises:
        InputError: There is none, or it cannot be read.
    """
    demos = shipped_demos()
    if name in demos:
        return demos[name], f"demo {name}"
    if os.sep in name or name.endswith(SUFFIX) or os.path.exists(name):
        return read_session(name), printable(name)
    near = difflib.get_close_matches(name.lower(), demos, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]}?" if near else f"there is: {', '.join(demos)}; or give the path of a session"
    raise InputError(f"demo {printable(name)!r} is not known; {advice}")


def shipped_demos() -> dict[str, Session]:
    """Return the demos that came with the package, by name, in alphabetical order."""
    folder = resources.files("explorer.demos")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(SUFFIX)), key=lambda entry: entry.name)
    return {entry.name.removesuffix(SUFFIX): decoded(entry.read_bytes(), entry.name) for entry in files}


def models_of(session: Session) -> tuple[str, ...]:
    """Return what the models of a session are opened by."""
    return tuple(str(action.given["model"]) for action in session.actions if action.do == OPEN)


def listed() -> list[str]:
    """Return a line for each demo: its name, what it shows, and whether its models are there."""
    demos, shipped = shipped_demos(), shipped_bundles()
    width = max(map(len, demos), default=0)
    lines = []
    for name, session in demos.items():
        missing = [model for model in models_of(session) if model not in shipped]
        note = f" (needs the model {missing[0]}, which is not installed)" if missing else ""
        lines.append(f"{name:<{width}}  {session.about}{note}")
    return lines
