"""Keys that switch alignment function, attention type, temperature, window and mode."""

from __future__ import annotations

from explorer.render.formulas import title_of
from explorer.runtime.bundle import Bundle
from explorer.runtime.card import Card
from explorer.runtime.controls import Controls
from explorer.runtime.switches import LOCAL, default_controls
from explorer.tui.screens.step_actions import StepActions
from explorer.tui.widgets.switch_list import SwitchList

TEMPERATURE_FACTOR = 1.25

NO_WINDOW = "this model has no local attention, so no window"


class Switching:
    """Changes the controls of a run, whichever it is; a screen says what `switch` and `say` do."""

    _bundle: Bundle
    _wanted: Controls

    def switch(self, **changes: object) -> None:
        """Put the run under controls with some fields changed."""
        raise NotImplementedError

    def say(self, message: str) -> None:
        """Say something in the place of the keys."""
        raise NotImplementedError

    def action_next_alignment(self, by: int) -> None:
        """Switch to a neighbouring alignment function."""
        names = self._bundle.card.switches.alignments
        self._alignment(_neighbour(names, self._wanted.alignment, by))

    def action_alignment(self, place: int) -> None:
        """Switch to the alignment function at a place of the list."""
        names = self._bundle.card.switches.alignments
        if place < len(names) or len(names) == 1:
            self._alignment(names[min(place, len(names) - 1)])
        else:
            self.say(f"this model has {len(names)} alignment functions")

    def _alignment(self, name: str) -> None:
        reason = fixed(self._bundle.card, "alignment", self._bundle.card.switches.alignments)
        if reason:
            self.say(reason)
            return
        if self._wanted.attention == "none":
            self.say("without attention the alignment function has no effect; t chooses another type")
        self.switch(alignment=name)

    def action_next_attention(self, by: int) -> None:
        """Switch to a neighbouring attention type."""
        self._attention(_neighbour(self._bundle.card.switches.attentions, self._wanted.attention, by))

    def _attention(self, name: str) -> None:
        reason = fixed(self._bundle.card, "attention", self._bundle.card.switches.attentions)
        if reason:
            self.say(reason)
        else:
            self.switch(attention=name)

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
            self.say(NO_WINDOW)
            return
        window = min(max(self._wanted.window + by, bounds.minimum), bounds.maximum)
        local = self._wanted.attention in LOCAL
        self.say(f"window ±{window:g}" + ("" if local else ": acts under local-m and local-p; t chooses the type"))
        self.switch(window=window)

    def action_reset(self) -> None:
        """Temperature and window as in the card, and hard attention's arg-max."""
        card = default_controls(self._bundle.card)
        self.switch(temperature=card.temperature, window=card.window, seed=None)

    def action_sample(self) -> None:
        """Hard attention: draw with the next seed; 0 takes the arg-max again."""
        if "hard" not in self._bundle.card.switches.attentions:
            self.say("this model has no hard attention, so nothing is sampled")
            return
        if self._wanted.attention != "hard":
            self.say("samples are drawn by hard attention; t chooses the type")
            return
        seed = 1 if self._wanted.seed is None else self._wanted.seed + 1
        self.say(f"hard attention drawn with seed {seed}; 0 takes the arg-max again")
        self.switch(seed=seed)


class SwitchActions(StepActions, Switching):
    """Everything that the lists and the knobs do."""

    def switch(self, **changes: object) -> None:
        """Change some controls: replay the prefix under them, or decode anew in the free-running mode."""
        if self.view is None:
            return
        wanted = self._wanted.replace(**changes)
        self._wanted = wanted
        work = self._stepper.rerun if self.view.free else self._stepper.replay
        self._jobs.switch(lambda: work(wanted))

    def on_switch_list_chosen(self, message: SwitchList.Chosen) -> None:
        """Switch to what a list was asked for."""
        if message.control.id == "alignments":
            self._alignment(message.name)
        else:
            self._attention(message.name)

    def action_toggle_free(self) -> None:
        """Switches keep the emitted prefix, or decode anew."""
        if self.view is None:
            return
        free = not self.view.free
        self._change(free=free)
        same = " (same queries)" if self._bundle.card.heads is None else ""
        self.say("a switch now decodes anew" if free else f"a switch now keeps the emitted tokens{same}")


def fixed(card: Card, what: str, names: tuple[str, ...]) -> str:
    """Return why there is nothing to choose among the names of a list, "" where there is."""
    if len(names) > 1:
        return ""
    if card.heads is not None:
        return f"fixed: every head of this Transformer has {title_of(names[0])} {what}; M opens a model with others"
    return f"fixed: this model has one {what} alone, {title_of(names[0])}; M opens others"


def fixed_sign(names: tuple[str, ...]) -> str:
    """Return what stands under a list: "fixed" where it has one name alone."""
    return "fixed" if len(names) == 1 else ""


def _neighbour(names: tuple[str, ...], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)]
