"""The Textual application: opens a bundle, starts on a text, and shows the explorer screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from textual.app import SystemCommand
from textual.screen import Screen

from explorer.render.copies import can_copy
from explorer.render.formulas import title_of
from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import AGGREGATES
from explorer.runtime.labels import printable
from explorer.runtime.switches import default_controls
from explorer.tui.examples import examples_for
from explorer.tui.models import HARMLESS_TEXT, Opened, OpenModels, listed_models
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
        said: Sequence[str] = (),
    ) -> None:
        """Create the application and decode the first step.

        Args:
            bundle: The opened model.
            text: The first source; None for the first example of the model's task and language.
            stepper: What decodes; None for a decoder on the bundle.
            models: The models that are open, and the recorder of what is done on them; None for the bundle alone.
            begun: A decoding to go on with, in the place of `text` and `stepper`.
            said: What is to be said about it.

        Raises:
            InputError: `text` cannot be read by this model.
        """
        super().__init__()
        self.bundle = bundle
        self._models = models or OpenModels(bundle)
        self._begun = begun or self._begin(text, stepper)
        self._said = said

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
        card, snapshot = self.bundle.card, self._begun.snapshot
        view = View(
            snapshot,
            self.palette,
            row=snapshot.last_row,
            face=Face.of(card.task),
            copies=can_copy(card.languages),
        )
        self.push_screen(self.explorer_on(self._begun, view))
        self._models.recorder.complain_to(lambda problem: self.call_later(self._not_kept, problem))
        for line in self._said:
            self.notify(printable(line), severity="warning", timeout=8)

    def explorer_on(self, opened: Opened, view: View) -> ExplorerScreen:
        """Return an explorer screen on a decoding."""
        return ExplorerScreen(opened.bundle, opened.stepper, view, opened.text, self._models)

    def _not_kept(self, problem: str) -> None:
        self.notify(problem, severity="warning", title="this session cannot be kept", timeout=8)

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
        screen = self.explorer_on(opened, view)
        await self.switch_screen(screen)
        screen.say(f"{opened.bundle.card.name}: {opened.note}")

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
        yield SystemCommand("Stages", "From score to weight, in the cursor's cell", explorer.action_stages)
        yield from _source_commands(explorer, self.bundle.card.image is not None)
        yield SystemCommand("Save the session", "To be played again", explorer.action_save_session)
        yield SystemCommand("Restart", "The same source, the card's switches", explorer.action_restart)
        yield SystemCommand("Force a token", "At the cursor's row", explorer.action_force)


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
        yield SystemCommand("Examples", "Pick a sentence", explorer.action_examples)
