"""The key that edits one word of the source."""

from __future__ import annotations

from explorer.errors import ExplorerError
from explorer.runtime.edits import without_edits
from explorer.runtime.embedding import Neighbours, read_neighbours
from explorer.runtime.rewording import changes_of
from explorer.runtime.trace import Trace
from explorer.tui.screens.base import ExplorerBase
from explorer.tui.screens.changes import ChangesScreen
from explorer.tui.screens.word import WordScreen
from explorer.tui.snapshot import Snapshot

NO_WORDS = "a picture has no words to edit; o opens another picture"
SUGGESTIONS = 12


class WordActions(ExplorerBase):
    """Replaces, drops or adds a word of the source, and shows what that changed."""

    _neighbours: Neighbours | None = None
    """The model's words as directions, once they were read."""
    _shuffles = 0
    """How often words were shuffled: the seed of the next order."""

    def action_word(self) -> None:
        """Edit the word at the cursor."""
        view = self.view
        if view is None:
            return
        source = view.snapshot.trace.source
        if source.picture is not None:
            self.say(NO_WORDS)
            return
        self._stop()
        column = view.cursor_column or 0
        number = source.words[column]
        count = len(source.text.split())
        tokens = tuple(token for token, word in zip(source.ids, source.words, strict=True) if word == number >= 0)

        def work() -> tuple[str, ...]:
            if not tokens:
                return ()
            if self._neighbours is None:
                self._neighbours = read_neighbours(self._bundle)
            return (
                () if self._neighbours is None else self._neighbours.nearest(self._bundle.source, tokens, SUGGESTIONS)
            )

        def ask(suggested: tuple[str, ...]) -> None:
            place = number if number >= 0 else count  # the end token stands for the place behind the last word
            self.app.push_screen(WordScreen(source.text, place, suggested), self._reword)

        self._jobs.call(work, ask)

    def action_shuffle(self) -> None:
        """Put the words in another order for the attention alone."""
        if self.view is None:
            return
        self._stop()
        self._shuffles += 1
        seed = self._shuffles
        self._wanted = without_edits(self._wanted)
        self._jobs.start(lambda: self._stepper.shuffle(seed))
        self.say("the encoder read the words in their order: the queries are the same, what they look at moved")

    def _reword(self, text: str | None) -> None:
        """Start on another source, and compare."""
        view = self.view
        if text is None or view is None:
            return
        try:
            self._bundle.read_source(text)
        except ExplorerError as error:
            self._complain(error)
            return
        wanted = without_edits(self._wanted)

        def show(found: tuple[Snapshot, Trace, Trace]) -> None:
            snapshot, before, after = found
            self._text, self._wanted = text, wanted
            self._show(snapshot)
            self.app.push_screen(ChangesScreen(before, after, changes_of(before, after)))

        self._jobs.call(lambda: self._stepper.reword(text, wanted), show)
