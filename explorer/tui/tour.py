"""The application of the tour: the explorer and its screens on the scene of a chapter, the chapter above them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from rich.console import RenderableType
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget

from explorer.errors import ExplorerError
from explorer.render.canvas import GraphicsChoice
from explorer.render.figure import Figure
from explorer.render.layout import Zoom
from explorer.runtime.chapter_file import Chapter
from explorer.runtime.labels import printable
from explorer.tui.app import ExplorerApp
from explorer.tui.boards import open_board
from explorer.tui.guide import Guide
from explorer.tui.measures import Place
from explorer.tui.models import Opened, OpenModels
from explorer.tui.playback import Playback, performed
from explorer.tui.player import go_on_behind
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.hosting import Hosting
from explorer.tui.view import View
from explorer.tui.widgets.lesson import Lesson

LOOKS_PER_SECOND = 8
"""How often what is on the screen is compared with what a chapter claims."""
BOARD_SECONDS = 0.05
"""Until a screen that was just opened takes keys."""
MOST_PRESSES = 2
"""How often a tour that goes on by itself tries each thing, on average."""
KEY_SECONDS = 0.5
"""Between two keys that are pressed for a person to watch."""


class TourApp(ExplorerApp):
    """The explorer, told chapter by chapter; every key of it does what it always does."""

    BINDINGS = [
        Binding("right_curly_bracket", "chapter(1)", "tour: next chapter", key_display="}"),
        Binding("left_curly_bracket", "chapter(-1)", "tour: the chapter before", key_display="{"),
        Binding("I", "contents", "tour: contents"),
        Binding("G", "show_me", "tour: press the keys of the next thing to try"),
        Binding("H", "notes", "tour: hide or show the notes"),
        Binding("Z", "again", "tour: set the scene of the chapter again"),
    ]

    guide: reactive[Guide | None] = reactive[Guide | None](None)
    """Where the tour is; None before the first scene is set."""

    def __init__(
        self,
        chapters: Sequence[Chapter],
        number: int,
        begun: Opened,
        models: OpenModels,
        language: str,
        *,
        presenter: bool = False,
        autoplay: float | None = None,
        left_at: Callable[[str], object] = lambda _: None,
        graphics: GraphicsChoice | None = None,
    ) -> None:
        """Create the application on a scene that is set.

        Args:
            chapters: All of them.
            number: The one to begin with, counted from 1.
            begun: What its scene's actions led to.
            models: The models that are open.
            language: What it is told in.
            presenter: For a projector: wide cells, no notes, a clock.
            autoplay: Seconds between two steps of a tour that goes on by itself; None for one that waits for keys.
            left_at: Told the name of each chapter that is shown, so that the next start can go on there.
            graphics: What the terminal was found to draw pictures with; None where it was not asked.
        """
        super().__init__(begun.bundle, models=models, begun=begun, graphics=graphics)
        self._chapters = tuple(chapters)
        self._number = number
        self._language = language
        self._presenter = presenter
        self._autoplay = autoplay
        self._left_at = left_at
        self._began = time.monotonic()
        self._next: Timer | None = None
        self._pressing = False
        self._pressed = 0

    # --- scenes -------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Tell the first chapter once its scene, the explorer's own first screen, is there."""
        self.run_worker(self._tell(self._number), group="tour")
        self.set_interval(1 / LOOKS_PER_SECOND, self.look)

    def guests(self) -> Iterable[Widget]:
        """The chapter stands on every screen that is no dialogue."""
        yield Lesson(id="lesson")

    def go(self, number: int) -> None:
        """Set the scene of a chapter, counted from 1."""
        self.run_worker(self._set_scene(number), group="tour", exclusive=True)

    def first_view(self, opened: Opened) -> View:
        """Return the scene of the present chapter, the cursor where it belongs."""
        view, scene = super().first_view(opened), self._chapters[self._number - 1].scene
        row = view.row if scene.row is None else min(scene.row, view.row)
        last = len(opened.snapshot.trace.source) - 1
        column = None if scene.column is None else min(scene.column, last)
        return view.replace(row=row, column=column, zoom=Zoom.WIDE if self._presenter else view.zoom)

    async def _set_scene(self, number: int) -> None:
        chapter = self._chapters[number - 1]
        try:
            playback = Playback(chapter.session, self._models.named, f"chapter {chapter.name}")
            moment = await asyncio.to_thread(performed, playback)
        except ExplorerError as error:
            self.notify(printable(str(error)), severity="error", title="this chapter cannot be shown", timeout=8)
            return
        opened = moment.opened
        go_on_behind(moment, chapter.session, self._models.recorder)
        self.guide, self._number = None, number
        await self.show_opened(opened, self.first_view(opened))
        await self._tell(number)

    async def _tell(self, number: int) -> None:
        """Open what a chapter opens with, press the keys that belong to its scene, and tell it."""
        chapter = self._chapters[number - 1]
        while self.explorer is None or self.explorer.view is None:  # its screen is being mounted
            await asyncio.sleep(BOARD_SECONDS)
        open_board(chapter, self.explorer)
        for key in chapter.scene.keys:
            await asyncio.sleep(BOARD_SECONDS)
            self.simulate_key(key)
        if chapter.scene.keys:
            await asyncio.sleep(BOARD_SECONDS)
        clock = int(time.monotonic() - self._began) if self._presenter else None
        guide = Guide.at(chapter, number, len(self._chapters), self._language)
        self.guide = guide.replace(notes=not self._presenter, clock=clock)
        self._left_at(chapter.name)
        self._pressed = 0
        self._wait()

    # --- what is seen -------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Compare what is on the screen with what the chapter claims."""
        guide, place = self.guide, self.place
        if guide is None or place is None:
            return
        if self._presenter:
            clock = int(time.monotonic() - self._began)
            guide = guide if clock == guide.clock else guide.replace(clock=clock)
        now = guide.now
        if now is None or now.view is not place.view or now.board != place.board or now.readings != place.readings:
            guide = guide.seen(place)
        if guide is not self.guide:
            self.guide = guide

    @property
    def _seen(self) -> Hosting | None:
        """The screen that is seen, below dialogues."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Hosting)), None)

    @property
    def place(self) -> Place | None:
        """What is on the screen; None while nothing can be read from it."""
        explorer = self.explorer
        if explorer is None or explorer.view is None:
            return None
        seen = self._seen or explorer
        return Place(explorer.view, explorer.bundle.card.name, seen.board, seen.readings)

    def exhibits(self) -> tuple[Figure | RenderableType, ...]:
        """What is on the screen, for a page; where a screen over the explorer has nothing to show, the explorer's."""
        found = () if self._seen is None else tuple(self._seen.exhibits())
        return found or (() if self.explorer is None else tuple(self.explorer.exhibits()))

    # --- keys ---------------------------------------------------------------------------------------------------------

    def action_chapter(self, by: int) -> None:
        """Go to a neighbouring chapter."""
        number = self._number + by
        if 1 <= number <= len(self._chapters):
            self.go(number)

    def action_again(self) -> None:
        """Set the scene again."""
        self.action_chapter(0)

    def action_contents(self) -> None:
        """Pick a chapter."""
        if self.guide is None or isinstance(self.screen, ModalScreen):
            return
        titles = tuple(
            f"{number:2d}  {chapter.words[self._language].title}"
            for number, chapter in enumerate(self._chapters, start=1)
        )

        def chosen(title: str | None) -> None:
            if title is not None:
                self.go(titles.index(title) + 1)

        self.push_screen(ExamplesScreen(titles, "contents", "opens", at=self.guide.number - 1), chosen)

    def action_notes(self) -> None:
        """Hide or show the notes."""
        if self.guide is not None:
            self.guide = self.guide.replace(notes=not self.guide.notes)

    def action_show_me(self) -> None:
        """Press the keys of the next thing to try; after the last one go on to the next chapter."""
        if self.guide is None or self._pressing or isinstance(self.screen, ModalScreen):
            return
        following = self.guide.following
        if following is None:
            self.action_chapter(1)
        else:
            self.run_worker(self._press(self.guide.chapter.tries[following].keys), group="tour", exclusive=True)

    async def _press(self, keys: Sequence[str]) -> None:
        self._pressing = True
        try:
            for key in keys:
                self.simulate_key(key)
                await asyncio.sleep(KEY_SECONDS)
        finally:
            self._pressing = False

    def _wait(self) -> None:
        """Have the tour go on by itself, where it does."""
        if self._next is not None:
            self._next.stop()
        if self._autoplay is not None:
            self._next = self.set_interval(self._autoplay, self._go_on)

    def _go_on(self) -> None:
        """Press the next keys; leave the chapter where they stay without effect, since somebody did something else."""
        guide = self.guide
        if guide is None or self._pressing or isinstance(self.screen, ModalScreen):
            return
        if self._pressed < MOST_PRESSES * len(guide.told):
            self._pressed += 1
            self.action_show_me()
        else:
            self.action_chapter(1)
