"""Saving the session: what was done so far, as a file that is played again."""

from __future__ import annotations

from explorer.runtime.labels import printable
from explorer.runtime.session_file import encoded
from explorer.runtime.whole_files import write_whole
from explorer.tui.screens.base import ExplorerBase
from explorer.tui.screens.save import SaveScreen

FILE_NAME = "attn-session.json"


class SessionActions(ExplorerBase):
    """Writes the session where a person wants it."""

    def action_save_session(self) -> None:
        """Ask for a file and write the session to it."""
        self._stop()

        def chosen(path: str | None) -> None:
            if path is not None:
                self._jobs.call(lambda: self._write(path), self._written)

        self.app.push_screen(SaveScreen("save the session", FILE_NAME), chosen)

    def _write(self, path: str) -> tuple[str, int]:
        session = self._models.recorder.session
        write_whole(path, encoded(session))
        return path, len(session.actions)

    def _written(self, written: tuple[str, int]) -> None:
        path, actions = written
        name = printable(path)
        self.say(f"{actions} actions saved · attn-explore replay {name}")
