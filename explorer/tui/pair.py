"""Two runs on one source that are stepped together. No Textual here: a worker thread calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.side_by_side import check_readable
from explorer.tui.actions import Actor, action
from explorer.tui.models import Opened, carried_controls, prefix_of
from explorer.tui.pair_actions import NAMES as NAMES
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper

LEFT, RIGHT = 0, 1


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs.

    Attributes:
        bundle: Its model.
        snapshot: Its decoding.
        locked: Whether it stays as it is while the other one is stepped.
    """

    bundle: Bundle
    snapshot: Snapshot
    locked: bool

    @property
    def card(self) -> Card:
        """The model's card."""
        return self.bundle.card


Sides = tuple[Side, Side]


@dataclass
class _Lane:
    bundle: Bundle
    stepper: Stepper
    locked: bool = False


class Pair(Actor):
    """Drives two steppers; what a person can ask for is an `action`, and returns what both sides are like after it.

    Attributes:
        active: The side that was last meant, which the keys change where the screen opens on a pair that is begun.
    """

    def __init__(
        self,
        text: str,
        bundle: Bundle,
        steppers: tuple[Stepper, Stepper],
        stepper_on: Callable[[Bundle], Stepper] = lambda bundle: Stepper(Decoder(bundle)),
    ) -> None:
        """Create the pair, of one model at first.

        Args:
            text: The source.
            bundle: The model.
            steppers: A stepper of its own for each side.
            stepper_on: What makes a stepper on another model.
        """
        self._text = text
        self._stepper_on = stepper_on
        self._lanes = [_Lane(bundle, stepper) for stepper in steppers]
        self.active = RIGHT

    @property
    def sides(self) -> Sides:
        """Both sides as they are."""
        left, right = (Side(lane.bundle, lane.stepper.snapshot, lane.locked) for lane in self._lanes)
        return left, right

    @action
    def begin(self, tokens: tuple[int, ...], left: Controls, right: Controls) -> Sides:
        """Start both sides on the source with the same tokens.

        Args:
            tokens: What both have emitted.
            left: Switches of the left side.
            right: Switches of the right side.

        Raises:
            InputError: The source cannot be read any more, as a picture whose file is gone.
        """
        for lane, own in zip(self._lanes, (left, right), strict=True):
            lane.stepper.start(self._text, own)
            lane.stepper.follow(tokens)
        return self.sides

    @action
    def step(self) -> Sides:
        """Emit the next token of each side that is not locked."""
        return self._moved(lambda lane: lane.stepper.step())

    @action
    def back(self) -> Sides:
        """Take back the last token of each side that is not locked, of two of unlike length of the longer one alone."""
        longest = max((lane.stepper.snapshot.emitted for lane in self._lanes if not lane.locked), default=0)
        return self._moved(lambda lane: lane.stepper.snapshot.emitted == longest and lane.stepper.back())

    @action
    def home(self) -> Sides:
        """Take every token back."""
        return self._moved(lambda lane: lane.stepper.home())

    @action
    def end(self) -> Sides:
        """Decode both sides to the end."""
        return self._moved(lambda lane: lane.stepper.end())

    @action
    def switch(self, side: int, controls: Controls) -> Sides:
        """Put one side under other switches, its tokens kept."""
        self._lanes[side].stepper.look(controls)  # which replays where more than the head to look at changes
        self.active = side
        return self.sides

    @action
    def swap(self) -> Sides:
        """Exchange the sides."""
        self._lanes.reverse()
        self.active = 1 - self.active
        return self.sides

    @action
    def lock(self, side: int) -> Sides:
        """Let a side stay as it is, or go on."""
        lane = self._lanes[side]
        lane.locked = not lane.locked
        self.active = side
        return self.sides

    @action
    def copy(self, side: int) -> tuple[Sides, str]:
        """Force the tokens of one side on the other, which then meets the same prefix.

        Returns:
            Both sides, and what became of the tokens in a sentence.

        Raises:
            InputError: The other side cannot take them.
        """
        source, goal = self._lanes[side], self._lanes[1 - side]
        tokens, note = prefix_of(goal.bundle, self._opened(source))
        if source.stepper.snapshot.emitted and not tokens:
            raise InputError(note)
        goal.stepper.start(self._text, goal.stepper.controls)
        goal.stepper.follow(tokens)
        self.active = side
        forced = sum(step.forced for step in goal.stepper.snapshot.trace.steps)
        return self.sides, f"{note}; * {forced} that it would not have said" if forced else note

    @action
    def put(self, side: int, bundle: Bundle) -> tuple[Sides, str]:
        """Let another model take the place of one side, with its tokens and switches as far as it has them.

        Returns:
            Both sides, and what became of the tokens in a sentence.

        Raises:
            InputError: It does not read this source.
        """
        lane = self._lanes[side]
        check_readable(bundle.card, lane.bundle.card)
        before = self._opened(lane)
        stepper = self._stepper_on(bundle)
        controls = carried_controls(bundle.card, lane.bundle.card, before.snapshot.trace.controls)
        stepper.start(self._text, controls)
        tokens, note = prefix_of(bundle, before)
        if tokens:
            stepper.follow(tokens)
        else:  # as far as the other run has come, so that steps stay beside each other
            for _ in range(before.snapshot.emitted):
                stepper.step()
        lane.bundle, lane.stepper = bundle, stepper
        self.active = side
        return self.sides, note

    @action
    def take(self, side: int) -> Opened:
        """Return a side as a model that the explorer goes on with; this ends the comparison."""
        return self.opened(side)

    def opened(self, side: int) -> Opened:
        """Return a side as a model that the explorer can go on with."""
        return self._opened(self._lanes[side])

    def _opened(self, lane: _Lane) -> Opened:
        return Opened(lane.bundle, lane.stepper, lane.stepper.snapshot, self._text, "as compared")

    def _moved(self, move: Callable[[_Lane], object]) -> Sides:
        for lane in self._lanes:
            if not lane.locked:
                move(lane)
        return self.sides


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """Two runs that are on the screen.

    Attributes:
        pair: What steps them.
        sides: What they are like.
        active: The side that was last meant.
    """

    pair: Pair
    sides: Sides
    active: int

    @classmethod
    def of(cls, pair: Pair) -> TwoRuns:
        """Return what a pair is like now."""
        return cls(pair, pair.sides, pair.active)
