"""The Textual application: opens a bundle, starts on a text, and shows the explorer screen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.app import App, SystemCommand
from textual.screen import Screen

from explorer.render import colormaps
from explorer.render.copies import can_copy
from explorer.render.formulas import title_of
from explorer.render.palette import ColorDepth, Palette
from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import AGGREGATES
from explorer.runtime.switches import default_controls
from explorer.tui.examples import examples_for
from explorer.tui.models import HARMLESS_TEXT, OpenModels, listed_models
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.model_actions import ModelActions
from explorer.tui.stepper import Stepper
from explorer.tui.themes import DARK, LIGHT
from explorer.tui.view import Face, View


class ExplorerApp(App[None]):
    """attn-explore's interface on one bundle and one first source."""

    TITLE = "attn-explore"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, bundle: Bundle, text: str | None = None, stepper: Stepper | None = None) -> None:
        """Create the application and decode the first step.

        Args:
            bundle: The opened model.
            text: The first source; None for the first example of the model's task and language.
            stepper: What decodes; None for a decoder on the bundle.

        Raises:
            InputError: `text` cannot be read by this model.
        """
        super().__init__()
        self.bundle = bundle
        examples = examples_for(bundle.card)
        self._text = text if text is not None else examples[0] if examples else HARMLESS_TEXT
        self._stepper = stepper or Stepper(Decoder(bundle))
        self._snapshot = self._stepper.start(self._text, default_controls(bundle.card))
        self.palette = Palette()
        self._models = OpenModels(bundle)

    def on_mount(self) -> None:
        """Show the explorer."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        # Without a terminal (screenshots, tests) Rich sees no colours, but what is drawn is exported in all of them.
        seen = "truecolor" if self.is_headless else self.console.color_system
        self.palette = Palette(depth=ColorDepth.of(seen, self.no_color))
        card = self.bundle.card
        view = View(
            self._snapshot,
            self.palette,
            row=self._snapshot.last_row,
            face=Face.of(card.task),
            copies=can_copy(card.languages),
        )
        self.push_screen(ExplorerScreen(self.bundle, self._stepper, view, self._text, self._models))

    async def on_model_actions_model_opened(self, message: ModelActions.ModelOpened) -> None:
        """Go on with another model: a new explorer screen in the place of the old one."""
        opened, before = message.opened, self.explorer
        if before is None or before.view is None:
            return
        while self.screen is not before:
            await self.pop_screen()
        card, same_task = opened.bundle.card, opened.bundle.card.task == before.bundle.card.task
        self.bundle = opened.bundle
        view = before.view.replace(
            snapshot=opened.snapshot,
            row=opened.snapshot.last_row,
            column=None,
            playing=False,
            busy=False,
            face=before.view.face if same_task else Face.of(card.task),
            copies=can_copy(card.languages),
        )
        screen = ExplorerScreen(opened.bundle, opened.stepper, view, opened.text, self._models)
        await self.switch_screen(screen)
        screen.say(f"{opened.bundle.card.name}: {opened.note}")

    @property
    def explorer(self) -> ExplorerScreen | None:
        """The explorer screen, below whatever is over it."""
        return next((screen for screen in self.screen_stack if isinstance(screen, ExplorerScreen)), None)

    def next_palette(self) -> None:
        """Take the next colour map."""
        names = colormaps.names()
        self.set_palette(names[(names.index(self.palette.name) + 1) % len(names)])

    def set_palette(self, name: str) -> None:
        """Draw weights in another colour map."""
        self.palette = Palette(name, self.palette.exponent, self.palette.depth)
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
        for name in colormaps.names():
            yield SystemCommand(f"Colours: {name}", "Draw weights in this colour map", partial(self.set_palette, name))
        for listed in listed_models(self.bundle):
            if listed.card is not None and not listed.current:
                opening = partial(explorer.open_model, listed.folder)
                yield SystemCommand(f"Model: {listed.card.name}", "The same source and prefix", opening)
        if self.bundle.card.heads is not None:
            yield SystemCommand("All heads", "Look at every head at once, remove some", explorer.action_heads)
            for name in AGGREGATES:
                show = partial(explorer.action_show_all, name)
                yield SystemCommand(f"Heads: {name}", "The grid shows all heads as one", show)
        yield SystemCommand("Stages", "From score to weight, in the cursor's cell", explorer.action_stages)
        yield from _source_commands(explorer, self.bundle.card.image is not None)
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
