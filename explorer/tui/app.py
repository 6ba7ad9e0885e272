"""The Textual application: opens a bundle, starts on a text, and shows the explorer screen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial

from textual import events
from textual.app import SuspendNotSupported, SystemCommand
from textual.screen import Screen

from explorer.errors import InputError
from explorer.render.canvas import NO_GRAPHICS, GraphicsChoice
from explorer.render.copies import can_copy
from explorer.render.formulas import title_of
from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import AGGREGATES
from explorer.runtime.labels import printable
from explorer.runtime.switches import default_controls
from explorer.tui.examples import examples_for
from explorer.tui.graphics import find_graphics, known_graphics, load_library
from explorer.tui.late_answers import LateAnswers
from explorer.tui.models import HARMLESS_TEXT, Opened, OpenModels, listed_models
from explorer.tui.pair import TwoRuns
from explorer.tui.palette_app import PaletteApp
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.model_actions import ModelActions
from explorer.tui.stepper import Stepper
from explorer.tui.view import Face, View


class ExplorerApp(PaletteApp):
    """attn-explore's interface on one bundle and one first source."""

    def __init__(
        self,
        bundle: Bundle,
        text: str | None = None,
        stepper: Stepper | None = None,
        *,
        models: OpenModels | None = None,
        begun: Opened | None = None,
        compared: TwoRuns | None = None,
        said: Sequence[str] = (),
        graphics: GraphicsChoice | None = None,
    ) -> None:
        """Create the application and decode the first step.

        Args:
            bundle: The opened model.
            text: The first source; None for the first example of the model's task and language.
            stepper: What decodes; None for a decoder on the bundle.
            models: The models that are open, and the recorder of what is done on them; None for the bundle alone.
            begun: A decoding to go on with, in the place of `text` and `stepper`.
            compared: Two runs to go on with, over it.
            said: What is to be said about it.
            graphics: What the terminal was found to draw pictures with; None where it was not asked.

        Raises:
            InputError: `text` cannot be read by this model.
        """
        super().__init__()
        self.bundle = bundle
        self._models = models or OpenModels(bundle)
        self._begun = begun or self._begin(text, stepper)
        self._compared = compared
        self._said = said
        self._graphics = graphics
        self._late = LateAnswers() if graphics is not None and graphics.unanswered else None

    def _begin(self, text: str | None, stepper: Stepper | None) -> Opened:
        """Start on a source, recorded from here."""
        examples, recorder = examples_for(self.bundle.card), self._models.recorder
        text = text if text is not None else examples[0] if examples else HARMLESS_TEXT
        stepper = stepper or Stepper(Decoder(self.bundle))
        recorder.listen(stepper, self.bundle)
        return Opened(self.bundle, stepper, stepper.start(text, default_controls(self.bundle.card)), text, "")

    def on_mount(self) -> None:
        """Show the explorer."""
        self.dress()
        explorer = self.explorer_on(self._begun, self.first_view(self._begun))
        self.push_screen(explorer)
        if self._compared is not None:
            explorer.go_on_comparing(self._compared.pair)
        self._models.recorder.complain_to(lambda problem: self.call_later(self._not_kept, problem))
        for line in self._said:
            self.notify(printable(line), severity="warning", timeout=8)

    def first_view(self, opened: Opened) -> View:
        """Return how a decoding is seen at first."""
        card, snapshot = opened.bundle.card, opened.snapshot
        return View(
            snapshot,
            self.palette,
            row=snapshot.last_row,
            face=Face.of(card.task),
            copies=can_copy(card.languages),
            graphics=self._graphics_for(opened.bundle),
        )

    def explorer_on(self, opened: Opened, view: View) -> ExplorerScreen:
        """Return an explorer screen on a decoding."""
        return ExplorerScreen(opened.bundle, opened.stepper, view, opened.text, self._models)

    def _not_kept(self, problem: str) -> None:
        self.notify(problem, severity="warning", title="this session cannot be kept", timeout=8)

    async def on_event(self, event: events.Event) -> None:
        """Let every event through but the keys that a late answer of the terminal is taken for."""
        if self._late is not None and isinstance(event, events.Key):
            taken = self._late.take(event.key, event.character, time.monotonic())
            if self._late.over:
                self._late = None
            if taken:
                return
        await super().on_event(event)

    async def on_model_actions_model_opened(self, message: ModelActions.ModelOpened) -> None:
        """Go on with another model: a new explorer screen in the place of the old one."""
        opened, before = message.opened, self.explorer
        if before is None or before.view is None:
            return
        card, same_task = opened.bundle.card, opened.bundle.card.task == before.bundle.card.task
        view = before.view.replace(
            snapshot=opened.snapshot,
            row=opened.snapshot.last_row,
            column=None,
            playing=False,
            busy=False,
            face=before.view.face if same_task else Face.of(card.task),
            copies=can_copy(card.languages),
            graphics=self._graphics_for(opened.bundle),
        )
        screen = await self.show_opened(opened, view)
        screen.say(f"{card.name}: {opened.note}")

    async def show_opened(self, opened: Opened, view: View) -> ExplorerScreen:
        """Put an explorer screen on a decoding in the place of the present one and all that is over it."""
        while self.screen is not self.explorer:
            await self.pop_screen()
        self.bundle = opened.bundle
        screen = self.explorer_on(opened, view)
        await self.switch_screen(screen)
        return screen

    def _graphics_for(self, bundle: Bundle) -> GraphicsChoice:
        """Return what pictures are drawn with; for a model that reads none, nothing is found out or imported."""
        if bundle.card.image is None:
            return NO_GRAPHICS
        if self._graphics is None:
            self._graphics = self._ask_terminal()
            if self._graphics.drawn_in_pixels:
                load_library(self._graphics.cell)
        return self._graphics.under(self.palette.depth)

    def _ask_terminal(self) -> GraphicsChoice:
        """Find out what pictures are drawn with, in a session that began with text; the terminal is let go for that."""
        if self.is_headless:
            return NO_GRAPHICS
        try:
            known = known_graphics()
            if known is None:
                with self.suspend():
                    known = find_graphics()
        except InputError as error:  # the setting is misspelt: too late to end
            return GraphicsChoice(reason=str(error))
        except SuspendNotSupported:
            return NO_GRAPHICS
        return known

    @property
    def explorer(self) -> ExplorerScreen | None:
        """The explorer screen, below whatever is over it."""
        return next((screen for screen in self.screen_stack if isinstance(screen, ExplorerScreen)), None)

    def show_palette(self) -> None:
        """Draw the explorer in the present palette."""
        screen = self.explorer
        if screen is not None and screen.view is not None:
            screen.view = screen.view.replace(palette=self.palette)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Everything that can be switched, by name."""
        yield from super().get_system_commands(screen)
        explorer = self.explorer
        if explorer is None:
            return
        switches = self.bundle.card.switches
        for name in switches.alignments:
            switch = partial(explorer.switch, alignment=name)
            yield SystemCommand(f"Alignment: {title_of(name)}", "Switch the alignment function", switch)
        for name in switches.attentions:
            switch = partial(explorer.switch, attention=name)
            yield SystemCommand(f"Attention: {title_of(name)}", "Switch the attention type", switch)
        yield from self.palette_commands()
        for listed in listed_models(self.bundle):
            if listed.card is not None and not listed.current:
                opening = partial(explorer.open_model, listed.folder)
                yield SystemCommand(f"Model: {listed.card.name}", "The same source and prefix", opening)
        if self.bundle.card.heads is not None:
            yield SystemCommand("All heads", "Look at every head at once, remove some", explorer.action_heads)
            for name in AGGREGATES:
                show = partial(explorer.action_show_all, name)
                yield SystemCommand(f"Heads: {name}", "The grid shows all heads as one", show)
        yield SystemCommand("Beam search", "The tree of hypotheses; go on from any of them", explorer.action_beam)
        yield SystemCommand("Decoding strategy", "Greedy, temperature, top-k or top-p", explorer.action_decoding)
        yield SystemCommand("Figure", "Write what is seen to a file", explorer.action_figure)
        yield SystemCommand("Compare", "Two runs beside each other, and their differences", explorer.action_compare)
        yield SystemCommand("Gallery", "Every combination of the model, live", explorer.action_gallery)
        yield SystemCommand("Stages", "From score to weight, in the cursor's cell", explorer.action_stages)
        yield from _source_commands(explorer, self.bundle.card.image is not None)
        yield SystemCommand("Save the session", "To be played again", explorer.action_save_session)
        yield SystemCommand("Restart", "The same source, the card's switches", explorer.action_restart)
        yield SystemCommand("Force a token", "At the cursor's row", explorer.action_force)
        yield SystemCommand("Branches", "Every run of tokens that was left", explorer.action_branches)
        yield SystemCommand("Edits", "List the edits of attention, take some off", explorer.action_edits)
        yield SystemCommand("Test the attention", "Mask each position: is it the truth?", explorer.action_truth)


def _source_commands(explorer: ExplorerScreen, pictures: bool) -> Iterable[SystemCommand]:
    """Yield what can be done with the source, in the words that fit it."""
    if pictures:
        yield SystemCommand("Picture or grid", "The picture, or one row of weights a word", explorer.action_view)
        yield SystemCommand("Overlay", "Weights as brightness, or as heat", explorer.action_overlay)
        yield SystemCommand("Another picture", "A file, a drawing, or a scene by number", explorer.action_edit)
        yield SystemCommand("Pictures", "Pick a picture", explorer.action_examples)
    else:
        yield SystemCommand("Reading view", "The source as text, or the grid again", explorer.action_view)
        yield SystemCommand("Edit the source", "Type another sentence", explorer.action_edit)
        yield SystemCommand("Edit a word", "The one at the cursor: replace, drop, add", explorer.action_word)
        yield SystemCommand("Examples", "Pick a sentence", explorer.action_examples)
