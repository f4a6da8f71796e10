"""The marks of verdicts, standings and events: their shapes, and the words for these.

Pictures and lists draw the same marks. A mark means by its shape alone, so that it can be read in
print and without colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.states.recommendation import Status
from projections.language import Table
from projections.verdict.compliance import VerdictWord

WIDTH, LEFT, RIGHT = 320, 6, 262
"""The ends of an axis of days; labels at its right end need the rest of the width."""
_CIRCLE = "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"
_DIAMOND = "m0-4l4 4-4 4-4-4z"
_SQUARE = "m-3-3h6v6h-6z"
SHAPES = {
    "in_time": _CIRCLE,
    "incomplete": f"{_CIRCLE}m1 0a2 2 0 1 0 4 0z",
    "late": _DIAMOND,
    "overdue": f"{_DIAMOND}m0 1.7l-2.3 2.3 2.3 2.3 2.3-2.3z",
    "not_shown": (
        "m-2.6-1.6a2.6 2.6 0 1 1 3.9 2.2c-.5.3-.6.6-.6 1h-1.4c0-1.2.4-1.6 1.2-2.1"
        "a1.2 1.2 0 1 0-1.7-1.1zm1.8 4.2h1.5v1.5h-1.5z"
    ),
    "not_looked_for": f"{_SQUARE}m1.2 1.2v3.6h3.6v-3.6z",
    "open": f"{_CIRCLE}m1.2 0a1.8 1.8 0 1 1 3.6 0a1.8 1.8 0 1 1-3.6 0z",
    "none": "m-3-.7h6v1.4h-6z",
    "raised": "m-.9-6h1.8v12h-1.8z",
    "today": "m-.9-6h1.8v12h-1.8z",
    "target": "m0-1l4 7h-8z",
    "former": "m0-1l4 7h-8zm0 2.6l-2.3 3.4h4.6z",
    "claim": f"{_CIRCLE}m1 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0zm1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z",
    "proposed": f"{_SQUARE}m1.2 1.2v3.6h3.6v-3.6zm1 1v1.6h1.6v-1.6z",
    "refused": "m0-1.2l2.6-2.6 1.2 1.2-2.6 2.6 2.6 2.6-1.2 1.2-2.6-2.6-2.6 2.6-1.2-1.2 2.6-2.6"
    "-2.6-2.6 1.2-1.2z",
    "reopened": f"{_DIAMOND}m0 1.7l-2.3 2.3 2.3 2.3 2.3-2.3z",
    "closed": _SQUARE,
    "dot": "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0zm.9 0a1.1 1.1 0 1 1 2.2 0a1.1 1.1 0 1 1-2.2 0z",
    "own": "m-2.4 0a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0z",
}
"""The outline of each mark from its middle, filled where an odd number of outlines lie around. Full
shapes were published or are done; hollow ones wait."""
Column = tuple[str, str, tuple[VerdictWord, ...]]
"""The words for some verdicts, the name of their shape, and these verdicts."""
COLUMNS: tuple[Column, ...] = (
    ("in time", "in_time", ("in_time",)),
    ("incomplete", "incomplete", ("incomplete",)),
    ("late", "late", ("late",)),
    ("overdue", "overdue", ("overdue",)),
    ("can’t be shown", "not_shown", ("not_shown",)),
    ("not looked for", "not_looked_for", ("not_looked_for",)),
    ("not due yet", "open", ("due", "not_due")),
    ("no deadline, or doesn’t apply", "none", ("no_period", "disapplied")),
)
COLUMN_WORDS = Table({name: said for said, name, _ in COLUMNS})
"""The words for some verdicts, by the name of their shape, in the language of the page."""

_OF_STANDINGS: dict[VerdictWord | Status, str] = {
    "open": "open",
    "claimed_complete": "claim",
    "closure_proposed": "proposed",
    "refused": "refused",
    "reopened": "reopened",
    "closed": "closed",
    "withdrawn": "none",
    "superseded": "none",
}
MARK_OF: dict[VerdictWord | Status, str] = {
    **{verdict: name for _, name, verdicts in COLUMNS for verdict in verdicts},
    **_OF_STANDINGS,
}
"""The shape of each verdict and of each standing of a recommendation."""


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one shape, as one path, and how many they are."""

    shape: str
    path: str
    count: int


def marks(shape: str, places: Sequence[tuple[float, float]]) -> Marks:
    """Return the marks of a shape at these places."""
    path = "".join(f"M{x:g} {y:g}{SHAPES[shape]}" for x, y in places)
    return Marks(shape, path, len(places))
