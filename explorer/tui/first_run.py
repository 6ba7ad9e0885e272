"""Whether the program is here for the first time. Light: every start asks."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

SESSIONS = "sessions"
MARKER = "first-run"
"""A file of the state folder: this machine's user has been asked what to begin with."""


def own_folder() -> Path:
    """Return where the program keeps what lasts from one start to the next."""
    return platformdirs.user_state_path("attn-explore", appauthor=False)


def claim_first_run() -> bool:
    """Return whether this is the first run, once: whoever asks next is told that it is not.

    Where nothing can be written it never is, or it would be for ever.
    """
    folder = own_folder()
    if not folder.is_absolute():  # there is no home; the folder would be made wherever the program is started
        return False
    used_before = (folder / SESSIONS).exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(folder / MARKER, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:  # it is there, or cannot be
        return False
    return not used_before
