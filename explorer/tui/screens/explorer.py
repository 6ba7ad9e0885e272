"""The explorer screen: key → action → job in a worker thread → frozen snapshot → view → widgets."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static

from explorer.errors import ExplorerError
from explorer.render.formulas import title_of
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.labels import printable
from explorer.runtime.switches import LOCAL, default_controls
from explorer.tui.jobs import Jobs
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.force import ForceScreen
from explorer.tui.screens.help import HelpScreen
from explorer.tui.screens.keys import BINDINGS, HINTS
from explorer.tui.stepper import Snapshot, Stepper
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.candidates import Candidates
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.knobs import Knobs
from explorer.tui.widgets.sentences import SourceLine, TargetLine
from explorer.tui.widgets.step_panel import StepPanel
from explorer.tui.widgets.switch_list import SwitchList

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
TEMPERATURE_FACTOR = 1.25


class ExplorerScreen(Screen[None]):
    """Source, target, switches, grid, candidates and the step's making, all drawn from one `View`."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (64, "-slim"), (80, "-normal"), (110, "-roomy"), (160, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (23, "-medium"), (34, "-tall"), (48, "-towering")]

    BINDINGS = [*BINDINGS]

    view: reactive[View | None] = reactive[View | None](None, repaint=False)
    """What all widgets draw; each of them repaints itself, the screen as a whole never has to."""

    def __init__(self, bundle: Bundle, stepper: Stepper, view: View, text: str) -> None:
        """Create the screen.

        Args:
            bundle: The opened model.
            stepper: A stepper on it that has already started on `text`.
            view: The first view.
            text: The source as the user gave it.
        """
        super().__init__()
        self._bundle = bundle
        self._stepper = stepper
        self._wanted: Controls = view.snapshot.trace.controls
        self._text = text
        self._first_view = view
        self._jobs = Jobs(self, self._show, self._complain, lambda busy: self._change(busy=busy))
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        card = self._bundle.card
        screen = ExplorerScreen
        yield TitleBar(card.title, self._bundle.provider.name.upper(), id="title").data_bind(screen.view)
        yield SourceLine(id="source").data_bind(screen.view)
        with Horizontal(id="edit"):
            yield Static("source", id="edit-name")
            yield Input(id="editor")
        yield TargetLine(id="target").data_bind(screen.view)
        with Horizontal(id="body"):
            with Vertical(id="switches"):
                yield SwitchList(card.switches.alignments, "alignment", numbered=True, id="alignments")
                yield SwitchList(card.switches.attentions, "attention", id="attentions")
                yield Knobs(id="knobs").data_bind(screen.view)
            yield AttentionGrid(id="grid").data_bind(screen.view)
            with Vertical(id="making"):
                yield Candidates(id="candidates").data_bind(screen.view)
                yield StepPanel(id="step").data_bind(screen.view)
        yield KeyBar(HINTS, id="keys")

    def on_mount(self) -> None:
        """Show the first view."""
        self.view = self._first_view
        self.query_one(AttentionGrid).focus()

    def watch_view(self, view: View | None) -> None:
        """Tell the lists what is on, and the grid its title."""
        if view is None:
            return
        controls = view.snapshot.trace.controls
        alignments, attentions = self.query_one("#alignments", SwitchList), self.query_one("#attentions", SwitchList)
        alignments.chosen, attentions.chosen = controls.alignment, controls.attention
        alignments.idle = "no effect: none" if controls.attention == "none" else ""
        named = f"{title_of(controls.alignment)} · " if controls.attention != "none" else "attention · "
        self.query_one(AttentionGrid).set_title(named + title_of(controls.attention))

    # --- what jobs report ---------------------------------------------------------------------------------------------

    def _show(self, snapshot: Snapshot) -> None:
        view = self.view
        if view is None:
            return
        switched = snapshot.trace.controls != view.snapshot.trace.controls
        # A switch leaves the cursor where it is; a step takes it along, unless it looks at an older row on purpose.
        row = min(view.row, snapshot.last_row) if switched else snapshot.last_row
        column = view.column if snapshot.trace.source == view.snapshot.trace.source else None
        self.view = view.replace(snapshot=snapshot, row=row, column=column)
        if view.playing and not snapshot.pending:
            self._stop()

    def _change(self, **changes: object) -> None:
        if self.view is not None:
            self.view = self.view.replace(**changes)

    def _complain(self, error: ExplorerError) -> None:
        self._wanted = self._stepper.snapshot.trace.controls
        self.notify(printable(str(error)), severity="error", title="not done", timeout=8)

    def say(self, message: str) -> None:
        """Say something in the place of the keys."""
        self.query_one(KeyBar).say(message)

    # --- stepping -----------------------------------------------------------------------------------------------------

    def action_step(self) -> None:
        """Emit the pending token."""
        if self.view is not None and not self.view.snapshot.pending:
            self.say("the sentence is finished: ← takes tokens back, r starts over, e edits the source")
            return
        self._jobs.start(self._stepper.step)

    def action_back(self) -> None:
        """Take the last token back."""
        if self.view is not None and self.view.snapshot.pending and self.view.snapshot.emitted == 0:
            self.say("this is the first step: → emits its token")
            return
        self._jobs.start(self._stepper.back)

    def action_home(self) -> None:
        """Take every token back."""
        self._stop()
        self._jobs.start(self._stepper.home)

    def action_end(self) -> None:
        """Decode to the end."""
        self._stop()
        self._jobs.start(self._stepper.end)

    def action_play(self) -> None:
        """Emit tokens by a timer, or stop that; at the end of a sentence start from its beginning."""
        if self.view is None:
            return
        if self.view.playing:
            self._stop()
            return
        if not self.view.snapshot.pending:
            self._jobs.start(self._stepper.home)
        self._change(playing=True)
        self._start_timer()

    def action_slower(self) -> None:
        """Halve the speed."""
        self._speed(-1)

    def action_faster(self) -> None:
        """Double the speed."""
        self._speed(1)

    def _speed(self, by: int) -> None:
        if self.view is None:
            return
        place = min(max(0, SPEEDS.index(self.view.speed) + by), len(SPEEDS) - 1)
        self._change(speed=SPEEDS[place])
        self.say(f"play speed: {SPEEDS[place]:g} tokens/s")
        if self.view.playing:
            self._start_timer()

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        if self.view is not None:
            self._timer = self.set_interval(1.0 / self.view.speed, lambda: self._jobs.start(self._stepper.step))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._change(playing=False)

    def action_restart(self) -> None:
        """Start over: the same source, the card's switches."""
        self.begin(self._text, default_controls(self._bundle.card))

    def begin(self, text: str, controls: Controls | None = None) -> None:
        """Start on a source; what cannot be read is said, and the present source stays."""
        self._stop()
        wanted = self._wanted if controls is None else controls

        def work() -> Snapshot:
            snapshot = self._stepper.start(text, wanted)
            self._text, self._wanted = text, wanted
            return snapshot

        self._jobs.start(work)

    # --- switching ----------------------------------------------------------------------------------------------------

    def switch(self, **changes: object) -> None:
        """Change some controls: replay the prefix under them, or decode anew in the free-running mode."""
        if self.view is None:
            return
        wanted = self._wanted.replace(**changes)
        self._wanted = wanted
        work = self._stepper.rerun if self.view.free else self._stepper.replay
        self._jobs.switch(lambda: work(wanted))

    def action_next_alignment(self, by: int) -> None:
        """Switch to a neighbouring alignment function."""
        self._alignment(_neighbour(self._bundle.card.switches.alignments, self._wanted.alignment, by))

    def action_alignment(self, place: int) -> None:
        """Switch to the alignment function at a place of the list."""
        names = self._bundle.card.switches.alignments
        if place < len(names):
            self._alignment(names[place])
        else:
            self.say(f"this model has {len(names)} alignment functions")

    def _alignment(self, name: str) -> None:
        if self._wanted.attention == "none":
            self.say("without attention the alignment function has no effect; t chooses another type")
        self.switch(alignment=name)

    def action_next_attention(self, by: int) -> None:
        """Switch to a neighbouring attention type."""
        self.switch(attention=_neighbour(self._bundle.card.switches.attentions, self._wanted.attention, by))

    def on_switch_list_chosen(self, message: SwitchList.Chosen) -> None:
        """Switch to what a list was asked for."""
        if message.control.id == "alignments":
            self._alignment(message.name)
        else:
            self.switch(attention=message.name)

    def action_lower(self) -> None:
        """Lower the temperature."""
        self._temperature(self._wanted.temperature / TEMPERATURE_FACTOR)

    def action_raise(self) -> None:
        """Raise the temperature."""
        self._temperature(self._wanted.temperature * TEMPERATURE_FACTOR)

    def _temperature(self, value: float) -> None:
        bounds = self._bundle.card.switches.temperature
        kept = min(max(round(value, 3), bounds.minimum), bounds.maximum)
        # 1 is met on the way up and down, whatever the rounding before it.
        kept = 1.0 if abs(kept - 1.0) < 0.06 else kept
        kind = "the arg-max does not feel it" if self._wanted.attention == "hard" and self._wanted.seed is None else ""
        self.say(f"temperature {kept:.2f}" + (f": {kind}" if kind else ""))
        self.switch(temperature=kept)

    def action_narrow(self) -> None:
        """Narrow the local window by one position on each side."""
        self._window(-1)

    def action_widen(self) -> None:
        """Widen the local window by one position on each side."""
        self._window(1)

    def _window(self, by: int) -> None:
        bounds = self._bundle.card.switches.window
        if bounds is None:
            self.say("this model has no local attention, so no window")
            return
        window = min(max(self._wanted.window + by, bounds.minimum), bounds.maximum)
        local = self._wanted.attention in LOCAL
        self.say(f"window ±{window:g}" + ("" if local else ": acts under local-m and local-p; t chooses the type"))
        self.switch(window=window)

    def action_reset(self) -> None:
        """Temperature and window as in the card."""
        card = default_controls(self._bundle.card)
        self.switch(temperature=card.temperature, window=card.window)

    def action_sample(self) -> None:
        """Hard attention: draw with the next seed; after the third sample take the arg-max again."""
        if self._wanted.attention != "hard":
            self.say("samples are drawn by hard attention; t chooses the type")
            return
        seed = 1 if self._wanted.seed is None else self._wanted.seed + 1
        self.switch(seed=seed if seed <= 3 else None)

    def action_toggle_free(self) -> None:
        """Switches keep the emitted prefix, or decode anew."""
        if self.view is None:
            return
        free = not self.view.free
        self._change(free=free)
        self.say("a switch now decodes anew" if free else "a switch now keeps the emitted tokens (same queries)")

    # --- editing and forcing ------------------------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Edit the source in its place."""
        self._stop()
        editor = self.query_one("#editor", Input)
        editor.value = self._text
        self.add_class("-editing")
        editor.focus()
        self.say("enter starts on this text · escape keeps the old one")

    def on_source_line_edit_wanted(self) -> None:
        """A click on the source edits it."""
        self.action_edit()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Start on the edited source."""
        if event.input.id == "editor":
            event.stop()
            try:
                self._bundle.source.encode_source(event.value, self._bundle.card.sizes.max_source)
            except ExplorerError as error:
                self._complain(error)  # the editor stays open with what was typed
                return
            self._close_editor()
            self.begin(event.value)

    def _close_editor(self) -> None:
        self.remove_class("-editing")
        self.query_one(AttentionGrid).focus()

    def action_examples(self) -> None:
        """Pick an example sentence."""
        self._stop()

        def chosen(text: str | None) -> None:
            if text is not None:
                self.begin(text)

        self.app.push_screen(ExamplesScreen(self._bundle.card.languages.source), chosen)

    def action_force(self) -> None:
        """Choose a candidate or type a word for the cursor's row."""
        view = self.view
        if view is None:
            return
        self._stop()
        row = min(view.row, view.snapshot.last_row)

        def chosen(tokens: tuple[int, ...] | None) -> None:
            if tokens:
                self._jobs.start(lambda: self._stepper.force(row, tokens))

        self.app.push_screen(ForceScreen(view.step, self._bundle.target, row), chosen)

    def on_candidates_forced(self, message: Candidates.Forced) -> None:
        """Force a candidate."""
        self._stop()
        self._jobs.start(lambda: self._stepper.force(message.row, (message.token,)))

    # --- looking around -----------------------------------------------------------------------------------------------

    def action_row(self, by: int) -> None:
        """Move the cursor to another row."""
        if self.view is not None:
            row = min(max(0, self.view.row + by), self.view.snapshot.last_row)
            self._change(row=row)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful of rows."""
        self.action_row(by * max(1, self.query_one(AttentionGrid).size.height // 2))

    def action_column(self, by: int) -> None:
        """Move the cursor to another source position."""
        if self.view is None:
            return
        last = len(self.view.snapshot.trace.source) - 1
        at = self.view.cursor_column
        self._change(column=min(max(0, (0 if at is None else at + by)), last))

    def action_follow(self) -> None:
        """Close the editor, or take the cursor back to where decoding is and let it follow the greatest weight."""
        if self.has_class("-editing"):
            self._close_editor()
        elif self.view is not None:
            self._change(row=self.view.snapshot.last_row, column=None)

    def on_attention_grid_cell_chosen(self, message: AttentionGrid.CellChosen) -> None:
        """Move the cursor to a clicked cell."""
        self._change(row=message.row, column=message.column)

    def on_attention_grid_scrolled(self, message: AttentionGrid.Scrolled) -> None:
        """Move the cursor by the mouse wheel."""
        self.action_row(message.rows)

    def on_target_line_token_chosen(self, message: TargetLine.TokenChosen) -> None:
        """Move the cursor to the row of a clicked token."""
        self._change(row=message.row)

    def action_zoom(self) -> None:
        """The next zoom of the grid."""
        if self.view is not None:
            self._change(zoom=self.view.zoom.next())

    def action_palette(self) -> None:
        """The next colour map."""
        if self.view is not None:
            self.app.next_palette()  # type: ignore[attr-defined]

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen(self.BINDINGS))


def _neighbour(names: tuple[str, ...], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)]
