"""Flags: labels on stems, which stand at places of an axis."""

from collections.abc import Iterable
from dataclasses import dataclass

LETTER = 6
"""The width of a letter, at most."""
LANE = 12
"""The height of a line of labels."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A label that begins at a place of the axis, in a lane: 0 is next to the axis."""

    label: str
    x: float
    lane: int

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + LETTER * len(self.label) + 3


def flags(labelled: Iterable[tuple[float, str]]) -> list[Flag]:
    """Return labels at places of an axis, each in the lane nearest to it in which it covers no
    label, and no stem crosses a label. Each reaches to the right of its stem, so it has to stand
    above whatever begins below it."""
    found: list[Flag] = []
    for x, label in sorted(labelled, key=lambda one: one[0], reverse=True):
        right = Flag(label, x, 0).right
        found.append(
            Flag(label, x, max((one.lane + 1 for one in found if one.x < right), default=0))
        )
    return found[::-1]
