"""Step-through decoding as a person does it: one step ahead is always computed, but emitted only on demand.

No Textual here: the interface calls these methods in a worker thread and shows the frozen value that they return.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from explorer.errors import ExplorerError, InputError
from explorer.runtime.bookmark import Bookmark
from explorer.runtime.branches import Branches
from explorer.runtime.controls import Controls, Strategy
from explorer.runtime.decoder import Decoder
from explorer.runtime.sampling import check_strategy
from explorer.runtime.search import trace_of
from explorer.runtime.side_by_side import SideBySide, Variant
from explorer.runtime.trace import Trace
from explorer.runtime.tree import SearchOptions, Tree
from explorer.runtime.whole_model import WholeModel
from explorer.tui.actions import Actor, action
from explorer.tui.past import Moment, Past, difference, go_back
from explorer.tui.snapshot import Returned, Snapshot


class Stepper(Actor):
    """Drives a `Decoder` and keeps the step at hand computed.

    What a person can ask for is an `action`: recorded with its arguments, and played from a session by its name.
    Every action but a step can be undone, and no run of tokens that an action leaves is lost: it stays a branch.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._step_seconds = 0.0
        self._whole = WholeModel(decoder.bundle)
        self._side_by_side = SideBySide(decoder)
        self._text: str | None = None
        self._past = Past()
        self._branches = Branches()

    @property
    def decoder(self) -> Decoder:
        """What decodes; to be asked in a job alone."""
        return self._decoder

    @property
    def text(self) -> str:
        """The source as the user gave it; "" before the first one."""
        return self._text or ""

    @property
    def controls(self) -> Controls:
        """The switches of the run."""
        return self._decoder.controls

    @property
    def snapshot(self) -> Snapshot:
        """The present state."""
        trace = self._decoder.trace
        return Snapshot(trace, self._decoder.peek(), self._step_seconds, self._whole.log_probs(trace))

    @action
    def start(self, text: str, controls: Controls) -> Snapshot:
        """Begin a new source; its first step is at hand.

        Raises:
            InputError: The text cannot be read; what was there before stays.
        """
        self._act(lambda: self._decoder.start(text, controls))
        self._text = text
        return self._timed()

    @action
    def step(self) -> Snapshot:
        """Emit the token at hand and compute the step after it."""
        self._decoder.step()
        return self._timed()

    @action
    def back(self) -> Snapshot:
        """Take the last emitted token back."""
        self._decoder.back()
        return self.snapshot

    @action
    def home(self) -> Snapshot:
        """Take every emitted token back."""
        self._decoder.home()
        return self.snapshot

    @action
    def end(self) -> Snapshot:
        """Emit tokens up to the end of the sentence."""
        self._decoder.end()
        return self.snapshot

    @action
    def force(self, row: int, tokens: tuple[int, ...]) -> Snapshot:
        """Put tokens at `row` and the rows after it; what was chosen from there on stays a branch."""

        def put() -> None:
            self._decoder.seek(row)
            for token in tokens:
                self._decoder.force(token)

        self._act(put)
        return self._timed()

    def check(self, controls: Controls) -> None:
        """Raise an InputError where the model's graphs cannot do what controls ask for; nothing is computed."""
        self._decoder.bundle.family.check(controls)

    @action
    def replay(self, controls: Controls) -> Snapshot:
        """Compute the emitted tokens under other switches; the step at hand is chosen anew."""

        def replayed() -> None:
            self._decoder.forget_hidden()
            self._decoder.replay(controls)

        self._act(replayed)
        return self.snapshot

    @action
    def redecode(self, controls: Controls, first: int) -> Snapshot:
        """Keep the tokens before a row and decode anew from there under other switches, as far as the run had come."""
        trace = self._decoder.trace
        shown = len(trace.steps)

        def decoded() -> None:
            self._decoder.seek(first)
            self._decoder.forget_hidden()
            self._decoder.replay(controls)
            if trace.finished:
                self._decoder.end()
            elif shown:
                self._decoder.end(shown)

        self._act(decoded)
        return self.snapshot

    @action
    def look(self, controls: Controls) -> Snapshot:
        """Show another head, or several as one: nothing is computed, unless other switches are to change as well."""
        now = self._decoder.controls
        shown = controls.replace(layer=now.layer, head=now.head, aggregate=now.aggregate)
        if shown != now:  # a switch that this one overtook
            return self.replay(controls)
        self._decoder.look(controls)
        return self.snapshot

    @action
    def follow(self, tokens: Sequence[int]) -> Snapshot:
        """Emit given tokens; those that the model would choose itself do not count as forced."""
        self._branches.keep(self._decoder.bookmark())
        for token in tokens:
            ahead = self._decoder.peek()
            if ahead is None:
                break
            if ahead.token == token:
                self._decoder.step()
            else:
                self._decoder.force(token)
        return self._timed()

    @action
    def stand_on(self, tokens: Sequence[int]) -> Snapshot:
        """Take every token back and emit given ones instead, as `follow` does."""
        self._decoder.home()
        return self.follow(tokens)

    def search(self, options: SearchOptions, keep: int) -> Tree:
        """Search with a beam behind the first `keep` emitted tokens; the run stays as it is."""
        return self._decoder.beam(options, keep)

    def hypothesis(self, tree: Tree, number: int) -> Trace:
        """Return the hypothesis of a search that ends in a node as a run."""
        return trace_of(self._decoder.bundle, tree, number)

    def samples(self, strategies: Sequence[Strategy], keep: int) -> list[Trace]:
        """Decode to the end behind the first `keep` emitted tokens by each strategy; the run stays as it is."""
        controls = self._decoder.controls
        wanted = [controls.replace(strategy=check_strategy(strategy)) for strategy in strategies]
        return self._decoder.decode_under(wanted, keep)

    @action
    def rerun(self, controls: Controls) -> Snapshot:
        """Decode anew under other switches, as far as the present run has come."""
        self._act(lambda: self._decoder.rerun(controls))
        return self.snapshot

    def variants(self, free: bool) -> list[Variant]:
        """Return every combination of the model: on the tokens of this run, or each decoded freely to its own end."""
        return self._side_by_side.running_free() if free else self._side_by_side.on_prefix()

    def decoded(self, pairs: Sequence[tuple[str, str]]) -> list[Trace]:
        """Return the source decoded freely to its end under some combinations; the run stays as it is."""
        return self._decoder.decode_all(pairs)

    def another(self) -> Stepper:
        """Return a second stepper on the same model, which nothing was started on."""
        return Stepper(Decoder(self._decoder.bundle))

    @action
    def reword(self, text: str, controls: Controls) -> tuple[Snapshot, Trace, Trace]:
        """Decode another source as far as the present run has come.

        Returns:
            The state, and for comparison the whole runs of the old and the new source.

        Raises:
            InputError: The text cannot be read; what was there before stays.
        """
        here = self._decoder.bookmark()
        ended, shown = self._decoder.trace.finished, here.visible
        before = self._decoder.end()
        self._decoder.restore(here)
        self._act(lambda: self._decoder.start(text, controls))
        self._text = text
        after = self._decoder.end()
        if not ended:
            self._decoder.seek(shown)
        return self.snapshot, before, after

    @action
    def shuffle(self, seed: int) -> Snapshot:
        """Put the source's words in another order for the attention alone; the emitted tokens stay.

        Raises:
            InputError: A picture, or a source of one word; what was there before stays.
        """
        self._act(lambda: self._decoder.shuffle(seed))
        return self.snapshot

    # --- going back ---------------------------------------------------------------------------------------------------

    @action
    def undo(self) -> Returned | None:
        """Go back to before the last action; None where there is none. Steps taken since stay, where they can."""
        present = self._moment()
        moment = self._past.undo(present)
        return (
            None if moment is None else self._returned(present, moment, difference(moment.bookmark, present.bookmark))
        )

    @action
    def redo(self) -> Returned | None:
        """Do again what was undone last; None where nothing was."""
        present = self._moment()
        moment = self._past.redo(present)
        return (
            None if moment is None else self._returned(present, moment, difference(present.bookmark, moment.bookmark))
        )

    def branches(self) -> tuple[tuple[Bookmark, ...], Bookmark]:
        """Return every branch of the source, the present run's among them, and the present moment."""
        present = self._decoder.bookmark()
        return self._branches.of(present), present

    @action
    def take(self, branch: int) -> Snapshot:
        """Go to the end of a branch, under the switches that it was left with.

        Args:
            branch: Its place among `branches`.

        Raises:
            InputError: There is no such branch.
        """
        found, _ = self.branches()
        if not 0 <= branch < len(found):
            raise InputError(f"there is no branch {branch}")

        def taken() -> None:
            self._decoder.restore(found[branch])
            self._decoder.seek(len(found[branch].steps))

        self._act(taken)
        return self.snapshot

    def _returned(self, present: Moment, moment: Moment, told: str) -> Returned:
        self._branches.keep(present.bookmark)
        go_back(self._decoder, moment.bookmark, moment.kept)
        self._text = moment.text
        return Returned(self.snapshot, moment.text, told)

    def _moment(self) -> Moment:
        return Moment(self._decoder.bookmark(), self._text or "")

    def _act(self, action: Callable[[], object]) -> None:
        """Do what can be undone; what fails leaves all as it was, what changes nothing is no action."""
        if self._text is None:  # the first source
            action()
            return
        before = self._moment()
        try:
            action()
        except ExplorerError:
            self._decoder.restore(before.bookmark)
            raise
        old, new = before.bookmark, self._decoder.bookmark()
        if old.told != new.told:
            self._past.act(replace(before, kept=old.shown == new.shown))
            self._branches.keep(old)

    def _timed(self) -> Snapshot:
        began = time.perf_counter()
        self._decoder.peek()
        self._step_seconds = time.perf_counter() - began
        return self.snapshot
