"""The explorer screen: key → action → job in a worker thread → frozen snapshot → view → widgets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from explorer.errors import ExplorerError
from explorer.render.copies import copied_of
from explorer.render.figure import Figure
from explorer.render.formulas import title_of
from explorer.render.summary import edit_count, removed_heads, shown_heads
from explorer.runtime.controls import Controls
from explorer.runtime.edits import without_edits
from explorer.runtime.switches import default_controls
from explorer.tui.examples import examples_for
from explorer.tui.screens.base import HEIGHTS, ONE_LINE, WIDTHS
from explorer.tui.screens.compare_actions import CompareActions
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.force import ForceScreen
from explorer.tui.screens.help import READING, READING_HEADS, READING_PICTURES, HelpScreen
from explorer.tui.screens.intervene_actions import InterveneActions
from explorer.tui.screens.keys import BINDINGS, HEAD_HINTS, HINTS, PICTURE_HINTS
from explorer.tui.screens.offers import offers_of
from explorer.tui.screens.pictures import PicturesScreen
from explorer.tui.screens.search_actions import SearchActions
from explorer.tui.screens.session_actions import SessionActions
from explorer.tui.screens.switch_actions import fixed_sign
from explorer.tui.snapshot import Snapshot
from explorer.tui.stage_rows import head_size, row_of_view
from explorer.tui.view import Face, View
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.candidates import Candidates
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.head_picker import HeadPicker
from explorer.tui.widgets.knobs import Knobs
from explorer.tui.widgets.picture import PictureView
from explorer.tui.widgets.reading import ReadingView
from explorer.tui.widgets.sentences import SourceLine, TargetLine
from explorer.tui.widgets.stages import StagesPanel
from explorer.tui.widgets.step_panel import StepPanel
from explorer.tui.widgets.switch_list import SwitchList


class ExplorerScreen(SessionActions, SearchActions, CompareActions, InterveneActions):
    """Source, target, switches, grid, candidates and the step's making, all drawn from one `View`."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    board = "explorer"

    BINDINGS = [*BINDINGS]

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        card = self._bundle.card
        screen = ExplorerScreen
        yield TitleBar(card.title, self._bundle.provider.name.upper(), id="title").data_bind(screen.view)
        yield from self.guests()
        yield SourceLine(id="source").data_bind(screen.view)
        with Horizontal(id="edit"):
            yield Static("source", id="edit-name")
            yield Input(id="editor")
        yield TargetLine(id="target").data_bind(screen.view)
        with Horizontal(id="body"):
            with Vertical(id="switches"):
                yield SwitchList(card.switches.alignments, "alignment", numbered=True, id="alignments")
                yield SwitchList(card.switches.attentions, "attention", id="attentions")
                if card.heads is not None:
                    yield HeadPicker(card.heads, id="heads").data_bind(screen.view)
                yield Knobs(has_window=card.switches.window is not None, id="knobs").data_bind(screen.view)
            yield AttentionGrid(id="grid").data_bind(screen.view)
            if card.image is None:
                yield ReadingView(id="reading").data_bind(screen.view)
            else:
                yield PictureView(id="picture").data_bind(screen.view)
            with Vertical(id="making"):
                yield Candidates(id="candidates").data_bind(screen.view)
                yield StepPanel(id="step").data_bind(screen.view)
                yield StagesPanel(id="stages")
        hints = HINTS if card.heads is None else HEAD_HINTS
        yield KeyBar(hints if card.image is None else PICTURE_HINTS, id="keys")

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """The run as it stands in the middle; nothing before a token is emitted."""
        if self.view is None or not self.view.snapshot.trace.steps:
            return ()
        name = "filmstrip" if self.view.face is Face.PICTURE else "grid"
        return tuple(offer.figure for offer in offers_of(self.view) if offer.name == name)

    def on_mount(self) -> None:
        """Show the first view."""
        self.set_class(self.counts is not None, "-heads")
        self.view = self._first_view
        self._focus_face()

    def watch_view(self, view: View | None) -> None:
        """Tell the lists what is on, and the grid its title."""
        if view is None:
            return
        controls, switches = view.snapshot.trace.controls, self._bundle.card.switches
        alignments, attentions = self.query_one("#alignments", SwitchList), self.query_one("#attentions", SwitchList)
        alignments.chosen, attentions.chosen = controls.alignment, controls.attention
        alignments.idle = "no effect: none" if controls.attention == "none" else fixed_sign(switches.alignments)
        attentions.idle = fixed_sign(switches.attentions)
        named = f"{title_of(controls.alignment)} · " if controls.attention != "none" else "attention · "
        shown = shown_heads(controls) or named + title_of(controls.attention)
        title = " · ".join(filter(None, (shown, removed_heads(controls), edit_count(controls))))
        copied = copied_of(view.snapshot.trace) if view.copies else ""
        for face, widget in self._faces.items():  # the reading view says above the target what is copied
            widget.set_title(f"{title} · {copied}" if copied and face is Face.GRID else title)
            self.set_class(view.face is face, f"-{face.value}")
        self.query_one(StagesPanel).row = row_of_view(view, head_size(self._bundle.card))

    def on_screen_suspend(self) -> None:
        """Another screen comes over this one."""
        self._cover_pictures(True)

    def on_screen_resume(self) -> None:
        """This one is on top."""
        self._cover_pictures(False)

    def _cover_pictures(self, covered: bool) -> None:
        for picture in self.query(PictureView):
            picture.covered = covered

    # --- starting -----------------------------------------------------------------------------------------------------

    def action_restart(self) -> None:
        """Start over: the same source, the card's switches."""
        self.begin(self._text, default_controls(self._bundle.card))

    def begin(self, text: str, controls: Controls | None = None) -> None:
        """Start on a source; what cannot be read is said, and the present source stays."""
        self._stop()
        wanted = without_edits(self._wanted if controls is None else controls)

        def work() -> Snapshot:
            snapshot = self._stepper.start(text, wanted)
            self._text, self._wanted = text, wanted
            return snapshot

        self._jobs.start(work)

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
                self._bundle.read_source(event.value)
            except ExplorerError as error:
                self._complain(error)  # the editor stays open with what was typed
                return
            self._close_editor()
            self.begin(event.value)

    def _close_editor(self) -> None:
        self.remove_class("-editing")
        self._focus_face()

    def action_examples(self) -> None:
        """Pick an example, or a picture."""
        self._stop()

        def chosen(text: str | None) -> None:
            if text is not None:
                self.begin(text)

        card = self._bundle.card
        screen = ExamplesScreen(examples_for(card)) if card.image is None else PicturesScreen(card, Path.cwd())
        self.app.push_screen(screen, chosen)

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

    def action_cell_row(self, by: int) -> None:
        """Move the cursor to the cell above or below, in a picture."""
        if self.view is None:
            return
        picture = self.view.snapshot.trace.source.picture
        if picture is None:
            self.say(ONE_LINE)
        else:
            self._change(column=picture.below(self.view.cursor_column or 0, by))

    def action_overlay(self) -> None:
        """The next way to lay attention over a picture."""
        if self.view is None:
            return
        if self.view.snapshot.trace.source.picture is None:
            self.say("attention is laid over pictures; M opens a model that reads them")
            return
        self._change(overlay=self.view.overlay.next())

    def action_follow(self) -> None:
        """Close the editor, or take the cursor back to where decoding is and let it follow the greatest weight."""
        if self.has_class("-editing"):
            self._close_editor()
        elif self.view is not None:
            self._change(row=self.view.snapshot.last_row, column=None)

    @property
    def _faces(self) -> dict[Face, FaceWidget]:
        """What can stand in the middle, of which one is seen."""
        if self._bundle.card.image is None:
            return {Face.GRID: self.query_one(AttentionGrid), Face.READING: self.query_one(ReadingView)}
        return {Face.GRID: self.query_one(AttentionGrid), Face.PICTURE: self.query_one(PictureView)}

    def action_help(self) -> None:
        """Show all keys."""
        reading = READING if self.counts is None else READING_HEADS
        if self._bundle.card.image is not None:
            reading = READING_PICTURES
        self.app.push_screen(HelpScreen(self.BINDINGS, reading))
