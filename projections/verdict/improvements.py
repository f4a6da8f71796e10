"""What bettered a verdict by an entry made after the last day (domain, "Improved later"). Pure.

For the day asked about, the verdict as known before a step is compared with the verdict as known
with it. Worst are `overdue` and `late`, which both say that the period was not kept; then
`not_shown`; the others accuse nobody. A step to something less bad is an improvement, and so are
fewer days of the same word. From `overdue` to `late` is none: a response came, after the last
day, and that the period was not kept stays as true as it was. An improvement that was undone
since is named all the same, as is what undid the undoing.

What was recorded at one moment is one step: a duty and the response to it that are entered
together, a correction of the report's day and the duty that it made anew. Nobody could know what
the verdict was within a step, so nobody is told that it was bettered there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from ledger.dates import Interval
from projections.verdict.compliance import Finding, VerdictWord, find
from projections.verdict.rows import Judged


@dataclass(frozen=True, slots=True)
class Known:
    """What the verdict for a day was reached from, as known from a position on, which was recorded
    at a moment; None: nothing was owed."""

    position: int
    at: datetime
    judged: Judged | None

    @property
    def named(self) -> int:
        """The entry that is named for it: of a duty that a correction of the report's day made anew
        the correction, not the duty."""
        one = self.judged
        anew = one is not None and one.because_at is not None and one.duty_at == self.position
        return one.because_at if one and anew and one.because_at else self.position


@dataclass(frozen=True, slots=True)
class Improvement:
    """An entry that bettered the verdict, by its position; what it was before, and with it."""

    position: int
    before: Finding
    after: Finding
    due_on: date | None
    """The last day that was passed: as known before, or where none could be told, with it."""


def improvements(history: Sequence[Known], on: date) -> list[Improvement]:
    """The entries that bettered the verdict for a day, whenever they were recorded.

    `history` goes up to the position asked about, in order. Who asks keeps those that were
    recorded after `due_on`. Of the entries of a step the last is named that changed the verdict.
    """
    found: list[Improvement] = []
    former: Judged | None = None
    before: Finding | None = None
    for _, step in groupby(history, key=lambda one: one.at):
        judged, verdict, named = former, before, 0
        for one in step:
            judged, known = one.judged, verdict
            verdict = finding(judged, on) if judged is not None else None
            if verdict != known:
                named = max(named, one.named)
        if former and judged and before and verdict and better(verdict, before):
            found.append(Improvement(named, before, verdict, former.due_on or judged.due_on))
        former, before = judged, verdict
    return found


def finding(judged: Judged, on: date) -> Finding:
    """The verdict alone."""
    between = Interval(judged.lo, judged.hi) if judged.hi is not None else None
    return find(judged, between, judged.disapplied, on)


def better(after: Finding, before: Finding) -> bool:
    """Whether a verdict is better than the one before it."""
    if badness(after.verdict) != badness(before.verdict):
        return badness(after.verdict) < badness(before.verdict)
    if badness(after.verdict) < 2 or after.verdict != before.verdict:
        return False
    assert after.days is not None
    assert before.days is not None
    return after.days < before.days


def badness(verdict: VerdictWord) -> int:
    """2: the period was not kept; 1: not shown whether it was; 0: nobody is accused."""
    if verdict in ("late", "overdue"):
        return 2
    return 1 if verdict == "not_shown" else 0
