"""Where things stand on a wall of tiles, which one is chosen, and what is beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Board:
    """The places of a wall.

    Attributes:
        slots: The name of what stands in each place, line by line; None for an empty one.
        across: Places beside each other.
        chosen: Name of the chosen one.
    """

    slots: tuple[str | None, ...]
    across: int
    chosen: str

    @property
    def place(self) -> int:
        """Place of the chosen one; the first where it is on no place."""
        return self.slots.index(self.chosen) if self.chosen in self.slots else 0

    def beside(self, by: int) -> str:
        """Return the nearest name `by` places further, or twice that, …; the chosen one at the edge."""
        place = self.place + by
        while 0 <= place < len(self.slots):
            name = self.slots[place]
            if name is not None:
                return name
            place += by
        return self.chosen
