"""What the recall screen draws: a person's sequence, what three networks recall of it, and from what. No Textual."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.render.chart import Chart, Curve, ticks_of
from explorer.runtime.recall import Recalled
from explorer.tui.measures import Value

MOST_TICKS = 6
PER_CENT = 100.0


@dataclass(frozen=True, eq=False)
class Recalling:
    """The state of the screen.

    Attributes:
        recalled: What each network makes of the sequence, in the card's order.
        far: The distance that is asked about, 0 the last symbol.
    """

    recalled: tuple[Recalled, ...]
    far: int = 0

    def replace(self, **changes: object) -> Recalling:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @property
    def sequence(self) -> str:
        """What was read."""
        return self.recalled[0].sequence

    @property
    def readings(self) -> Mapping[str, Value]:
        """What the tour reads: how much of the sequence each network recalls, and the gradient where it is asked."""
        found: dict[str, Value] = {"far": float(self.far)}
        for one in self.recalled:
            found[f"recalled_{one.network.name}"] = share(one)
            found[f"gradient_{one.network.name}"] = float(one.asked_gradient[self.far])
        return found


def share(recalled: Recalled) -> float:
    """Return how much of the sequence a network names rightly, in per cent."""
    return PER_CENT * sum(recalled.right) / len(recalled.right)


def accuracy_chart(state: Recalling) -> Chart:
    """Return the share of right answers by distance, from the card, with the asked distance marked."""
    xs = _distances(len(state.recalled[0].network.accuracy))
    shares = [tuple(PER_CENT * value for value in one.network.accuracy) for one in state.recalled]
    curves = tuple(Curve(one.network.title, xs, ys) for one, ys in zip(state.recalled, shares, strict=True))
    return _chart(curves, state).replace(y_title="%", y_range=(0.0, PER_CENT))


def gradient_chart(state: Recalling) -> Chart:
    """Return what the answer owes to the symbol asked for, by distance, on this very sequence."""
    xs = _distances(len(state.sequence))
    curves = tuple(Curve(one.network.title, xs, tuple(map(float, one.asked_gradient))) for one in state.recalled)
    return _chart(curves, state).replace(log_y=True)


def _chart(curves: tuple[Curve, ...], state: Recalling) -> Chart:
    """Return a chart by distance; the panel above it names the curves."""
    ticks = ticks_of(curves[0].xs, MOST_TICKS)
    return Chart(curves, "distance from the end", "", x_ticks=ticks, marked=(float(state.far),), named=False)


def _distances(count: int) -> tuple[float, ...]:
    return tuple(float(distance) for distance in range(count))
