"""The decoder: one source, its steps, and going back and forth in them.

A long file, for one reason: all of its methods are short, and share the few fields of one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.errors import InputError
from explorer.runtime.batch import (
    MOST_ROWS,
    Run,
    as_shown,
    check_tokens,
    compute_steps,
    encode,
    make_trace,
    replay_steps,
    retrace,
    run_batch,
    target_limit,
)
from explorer.runtime.bookmark import Bookmark
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.edits import without_edits
from explorer.runtime.family import History, Slot
from explorer.runtime.graphs import Memory, State, take_memory, take_state
from explorer.runtime.search import Search, grow_all
from explorer.runtime.shuffling import shuffled
from explorer.runtime.switches import check_bias, check_controls, combinations, default_controls
from explorer.runtime.trace import Array, Source, Step, Trace
from explorer.runtime.tree import SearchOptions, Tree


class Decoder:
    """Decodes one source step by step and keeps every step.

    Steps that `back` hid stay and are shown again by `step`, until a token is forced in front of them. Everything
    returned is frozen; a decoder is used by one thread at a time.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._source: Source | None = None
        self._controls = default_controls(bundle.card)
        self._steps: list[Step] = []
        self._history: History | None = None
        self._visible = 0
        self._preview: tuple[Step, State] | None = None  # the step after the last one, computed but not taken
        self._memory: Memory | None = None
        self._encoder_weights: Array | None = None
        self._encoder_scores: Array | None = None

    @property
    def bundle(self) -> Bundle:
        """The model."""
        return self._bundle

    @property
    def controls(self) -> Controls:
        """The switches of the run."""
        return self._controls

    @property
    def trace(self) -> Trace:
        """The steps that are shown.

        Raises:
            InputError: Nothing was started.
        """
        source, _ = self._started()
        steps = self._steps[: self._visible]
        return self._trace(source, self._controls, steps, self._finished(self._visible))

    @property
    def kept(self) -> int:
        """How many steps there are, those hidden by `back` included."""
        return len(self._steps)

    def start(self, source: str | Source, controls: Controls | None = None) -> Trace:
        """Encode a source and begin before its first step.

        Args:
            source: Text, or for a model that reads pictures a file; or a source that this bundle has read.
            controls: The switches; by default those of the run before, or of the card.

        Raises:
            InputError: Text or controls that the model cannot take. The run before is kept.
        """
        card = self._bundle.card
        if isinstance(source, str):
            source = self._bundle.read_source(source)
        checked = check_controls(card, self._controls if controls is None else controls)
        check_bias(checked, len(source))
        memory, state = encode(self._bundle, [source], checked)
        self._source, self._controls = source, checked
        self._set_memory(memory, self._bundle.family.history(self._bundle.graphs, state))
        self._steps, self._visible, self._preview = [], 0, None
        return self.trace

    def step(self, token: int | None = None) -> Trace:
        """Show one more step; at the end of a finished run nothing changes.

        Args:
            token: Force this token, as `force`. None shows the step that `back` hid, or lets the model choose.

        Raises:
            InputError: `token` is not in the vocabulary.
        """
        if token is not None:
            return self.force(token)
        if self._finished(self._visible):
            return self.trace
        if self._visible == len(self._steps):
            step, state = self._preview or self._compute(None)
            self._append(step, state)
        self._visible += 1
        return self.trace

    def peek(self) -> Step | None:
        """Return the step that `step` would show next, without showing it; None at the end of a finished run."""
        self._started()
        if self._finished(self._visible):
            return None
        if self._visible < len(self._steps):
            return self._last_shown(self._steps[: self._visible + 1])
        if self._preview is None:
            self._preview = self._compute(None)
        return self._last_shown([*self._steps, self._preview[0]])

    def force(self, token: int) -> Trace:
        """Make `token` the next step, whatever the model would choose; steps behind it are dropped.

        Raises:
            InputError: `token` is not in the vocabulary.
        """
        self._started()
        check_tokens(self._bundle, [token])
        if self._finished(self._visible):
            return self.trace
        self.forget_hidden()
        step, state = self._compute(token)
        self._append(step, state)
        self._visible += 1
        return self.trace

    def force_prefix(self, tokens: Sequence[int]) -> Trace:
        """Begin the target with `tokens`, whatever the model would choose; all steps so far are dropped.

        Raises:
            InputError: A token is not in the vocabulary, or there are more than the model's limit.
        """
        self._started()
        check_tokens(self._bundle, tokens)
        if tokens:
            target_limit(self._bundle.card, len(tokens))
        self._visible = 0
        self.forget_hidden()
        for token in tokens:
            self.force(token)
        return self.trace

    def back(self) -> Trace:
        """Hide the last step that is shown; it is kept."""
        return self.seek(self._visible - 1)

    def home(self) -> Trace:
        """Hide all steps; they are kept."""
        return self.seek(0)

    def seek(self, visible: int) -> Trace:
        """Show the first `visible` of the steps that there are."""
        self._started()
        self._visible = max(0, min(visible, len(self._steps)))
        return self.trace

    def forget_hidden(self) -> None:
        """Drop the steps that `back` hid, so that the model chooses anew behind those that are shown."""
        del self._steps[self._visible :]
        self._states().truncate(self._visible)
        self._preview = None

    def bookmark(self) -> Bookmark:
        """Return the present moment, to come back to.

        Raises:
            InputError: Nothing was started.
        """
        source, memory = self._started()
        steps, history = tuple(self._steps), self._states().fork()
        return Bookmark(source, self._controls, steps, self._visible, self._preview, memory, history)

    def restore(self, bookmark: Bookmark) -> Trace:
        """Go back to a moment of this decoder, or of another one on the same bundle."""
        self._source, self._controls = bookmark.source, bookmark.controls
        self._set_memory(bookmark.memory, bookmark.history.fork())
        self._steps, self._visible, self._preview = list(bookmark.steps), bookmark.visible, bookmark.preview
        return self.trace

    def extend(self, steps: Sequence[Step]) -> Trace:
        """Emit the tokens of other steps behind those that are shown; they count as forced where they did."""
        self.forget_hidden()
        for step in steps:
            if self._finished(self._visible):
                break
            self._append(*self._compute(step.token, step.forced))
            self._visible += 1
        return self.trace

    def moment(self, position: int) -> tuple[Source, Memory, State]:
        """Return the source, the encoded source and the state that the step at `position` starts from.

        `position` is at most the number of steps that there are.
        """
        source, memory = self._started()
        return source, memory, self._states().at(position)

    def end(self, max_length: int | None = None) -> Trace:
        """Decode to the end token, the model's limit or `max_length` steps.

        Raises:
            InputError: `max_length` is out of range.
        """
        for _ in self.advance(max_length):
            pass
        return self.trace

    def advance(self, max_length: int | None = None) -> Iterator[Trace]:
        """Decode as `end` does, one trace after each step; stop asking to stop decoding.

        Raises:
            InputError: `max_length` is out of range.
        """
        limit = target_limit(self._bundle.card, max_length)
        self._started()
        while self._visible < limit and not self._finished(self._visible):
            yield self.step()

    def replay(self, controls: Controls) -> Trace:
        """Compute the same tokens under other switches; the place in the run is kept.

        One call of the graph for a recurrent model, one a token for a Transformer.

        Raises:
            InputError: Controls that the model does not have; the run stays as it was.
        """
        source, memory = self._started()
        checked = check_controls(self._bundle.card, controls)
        check_bias(checked, len(source))
        if self._bundle.family.recomputes:
            again = retrace(self._bundle, source, self._steps, checked)
            self._set_memory(again.memory, again.history)
            self._steps = again.steps
        else:
            (self._steps,) = replay_steps(self._bundle, memory, self._states().at(0), self._steps, [checked])
        self._controls, self._preview = checked, None
        return self.trace

    def look(self, controls: Controls) -> Trace:
        """Show another head, or several as one, of what is computed already: nothing but what is shown changes.

        Raises:
            InputError: Controls that the model does not have, or that differ in more than layer, head and aggregate.
        """
        self._started()
        checked = check_controls(self._bundle.card, controls)
        shown = {name: getattr(checked, name) for name in ("layer", "head", "aggregate")}
        if checked != self._controls.replace(**shown):
            raise InputError("only layer, head and aggregate can be looked at without computing anew")
        family = self._bundle.family
        self._steps = family.seen(self._steps, checked, self._encoder_weights)
        if self._preview is not None:
            step, state = self._preview
            self._preview = family.seen([step], checked, None)[0], state
        self._controls = checked
        return self.trace

    def shuffle(self, seed: int) -> Trace:
        """Put the source's words in another order for the attention alone; tokens, switches and place are kept.

        Encoder and first state stay as they were, so a recurrent decoder without input feeding asks the same query at
        the same token. Edits of attention are taken off: they name places.

        Args:
            seed: Draws the order.

        Raises:
            InputError: A picture, or a source whose words can stand in one order alone; the run stays as it was.
        """
        source, _ = self._started()
        moved = shuffled(source, seed)
        steps, visible = self._steps, self._visible
        self.start(moved, without_edits(self._controls))
        self.extend(steps)
        return self.seek(visible)

    def rerun(self, controls: Controls) -> Trace:
        """Decode freely under other switches: to the end if the run was at its end, else as many steps as are shown.

        Forced tokens are not kept.

        Raises:
            InputError: Controls that the model does not have; the run stays as it was.
        """
        source, _ = self._started()
        ended, shown = self._finished(self._visible), self._visible
        self.start(source, controls)
        if ended:
            return self.end()
        return self.end(shown) if shown else self.trace

    def combinations(self) -> list[tuple[str, str]]:
        """Return every (alignment, attention) of the model, in the card's order."""
        return combinations(self._bundle.card)

    def replay_all(self, pairs: Sequence[tuple[str, str]] | None = None) -> list[Trace]:
        """Return the steps that are shown under each combination, the tokens kept; the run itself does not change.

        Args:
            pairs: (alignment, attention) of each trace; all `combinations` by default.

        Raises:
            InputError: An alignment or attention that the model does not have.
        """
        source, memory = self._started()
        wanted = self._wanted(pairs)
        finished, shown = self._finished(self._visible), self._steps[: self._visible]
        if self._bundle.family.recomputes:
            replayed = [retrace(self._bundle, source, shown, controls).steps for controls in wanted]
        else:
            replayed = replay_steps(self._bundle, memory, self._states().at(0), shown, wanted)
        return [
            self._trace(source, controls, steps, finished) for controls, steps in zip(wanted, replayed, strict=True)
        ]

    def step_under(self, position: int, wanted: Sequence[Controls]) -> list[Step]:
        """Return one step of the run as it is under each of several switches, as one batch; the run does not change.

        For models whose family does not recompute: there every switch meets the same decoder state.

        Args:
            position: Number of a step that is shown, or of the step at hand; its token is kept.
            wanted: Switches; one step is returned for each.

        Raises:
            InputError: Controls that the model does not have; a step that there is not.
        """
        source, memory = self._started()
        ahead = self.peek() if position == self._visible else None
        step = self._steps[position] if 0 <= position < self._visible else ahead
        if step is None:
            raise InputError(f"there is no step {position}")
        previous = self._steps[position - 1].token if position else self._bundle.card.tokens.begin
        checked = [check_controls(self._bundle.card, controls) for controls in wanted]
        slots = [Slot(position, previous, step.token, step.forced, controls, len(source)) for controls in checked]
        made: list[Step] = []
        graphs, state = self._bundle.graphs, self._states().at(position)
        for first in range(0, len(slots), MOST_ROWS):
            part = slots[first : first + MOST_ROWS]
            rows = [0] * len(part)
            made += compute_steps(
                self._bundle, take_memory(graphs, memory, rows), take_state(graphs, state, rows), part
            )[0]
        return made

    def decode_all(self, pairs: Sequence[tuple[str, str]] | None = None, max_length: int | None = None) -> list[Trace]:
        """Decode the source freely under each combination, side by side; the run itself does not change.

        Args:
            pairs: (alignment, attention) of each trace; all `combinations` by default.
            max_length: Greatest number of target tokens.

        Raises:
            InputError: An alignment or attention that the model does not have, a length out of range.
        """
        return self.decode_under(self._wanted(pairs), max_length=max_length)

    def decode_under(self, wanted: Sequence[Controls], keep: int = 0, max_length: int | None = None) -> list[Trace]:
        """Decode the source freely under each of several switches, side by side; the run itself does not change.

        Args:
            wanted: Checked switches of each trace, under which the source is encoded as it is now.
            keep: How many of the tokens that are shown every trace begins with.
            max_length: Greatest number of target tokens.

        Raises:
            InputError: A length out of range.
        """
        source, memory = self._started()
        limit = target_limit(self._bundle.card, max_length)
        prefix = self._tokens(keep)
        runs = [Run(source, controls, limit, prefix) for controls in wanted]
        if not runs:
            return []
        rows = [0] * len(runs)
        graphs = self._bundle.graphs
        initial = take_state(graphs, self._states().at(0), rows)
        run_batch(self._bundle, runs, take_memory(graphs, memory, rows), initial)
        return [self._trace(source, run.controls, run.steps, True) for run in runs]

    def beam(self, options: SearchOptions, keep: int = 0) -> Tree:
        """Search the most probable targets under the run's switches; the run itself does not change.

        Args:
            options: Width and length normalisation.
            keep: How many of the tokens that are shown every hypothesis begins with.

        Raises:
            InputError: Nothing was started.
        """
        source, memory = self._started()
        search = Search(source, self._controls, options, self._bundle.card.sizes.max_target, self._tokens(keep))
        search.encoder_weights, search.encoder_scores = self._encoder_weights, self._encoder_scores
        grow_all(self._bundle, [search], memory, self._states().at(0))
        return search.tree()

    def _tokens(self, count: int) -> tuple[int, ...]:
        return tuple(step.token for step in self._steps[: min(count, self._visible)])

    def _wanted(self, pairs: Sequence[tuple[str, str]] | None) -> list[Controls]:
        return [
            check_controls(self._bundle.card, self._controls.replace(alignment=alignment, attention=attention))
            for alignment, attention in (self.combinations() if pairs is None else pairs)
        ]

    def _started(self) -> tuple[Source, Memory]:
        if self._source is None or self._memory is None:
            raise InputError("there is no source text yet")
        return self._source, self._memory

    def _states(self) -> History:
        if self._history is None:
            raise InputError("there is no source text yet")
        return self._history

    def _set_memory(self, memory: Memory, history: History) -> None:
        self._memory, self._history = memory, history
        self._encoder_weights = self._bundle.family.encoder_weights(memory, 0)
        self._encoder_scores = self._bundle.family.encoder_scores(memory, 0)

    def _trace(self, source: Source, controls: Controls, steps: Sequence[Step], finished: bool) -> Trace:
        looked = self._encoder_weights, self._encoder_scores
        return make_trace(self._bundle, source, controls, steps, finished, *looked)

    def _last_shown(self, steps: Sequence[Step]) -> Step:
        return as_shown(self._bundle, steps, self._controls, self._encoder_weights)[-1]

    def _finished(self, length: int) -> bool:
        """Return whether a run of `length` steps has ended."""
        if length >= self._bundle.card.sizes.max_target:
            return True
        return length > 0 and self._steps[length - 1].token == self._bundle.card.tokens.end

    def _compute(self, token: int | None, forced: bool = True) -> tuple[Step, State]:
        """Return the step after the last visible one and the state that it leaves, on the device."""
        source, memory = self._started()
        position = self._visible
        previous = self._steps[position - 1].token if position else self._bundle.card.tokens.begin
        slot = Slot(position, previous, token, forced and token is not None, self._controls, len(source))
        (step,), state = compute_steps(self._bundle, memory, self._states().at(position), [slot])
        return step, state

    def _append(self, step: Step, state: State) -> None:
        self._steps.append(step)
        self._states().append(state)
        self._preview = None
