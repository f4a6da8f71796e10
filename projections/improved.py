"""What bettered a verdict by an entry made after the last day (domain, "Improved later"). Pure.

For the day asked about, the verdict as known before an entry is compared with the verdict as
known with it. Worst are `overdue` and `late`, which both say that the period was not kept; then
`not_shown`; the others accuse nobody. A step to something less bad is an improvement, and so are
fewer days of the same word. From `overdue` to `late` is none: a response came, after the last
day, and that the period was not kept stays as true as it was. An improvement that was undone
since is named all the same, as is what undid the undoing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.dates import Interval
from projections.compliance import Finding, VerdictWord, find
from projections.drawn import Judged


@dataclass(frozen=True, slots=True)
class Known:
    """What the verdict for a day was reached from, as known from a position on; None: nothing was
    owed."""

    position: int
    judged: Judged | None

    @property
    def step(self) -> int:
        """Where the step began that led here: a correction of the report's day and the duty that
        it made anew are one step, so that nobody is told what was the verdict between them."""
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
    recorded after `due_on`.
    """
    found = []
    for n, one in enumerate(history):
        if n + 1 < len(history) and history[n + 1].step <= one.position:
            continue  # the first half of a step
        former = next((each for each in reversed(history[:n]) if each.position < one.step), None)
        if former is None or former.judged is None or one.judged is None:
            continue
        before, after = finding(former.judged, on), finding(one.judged, on)
        if better(after, before):
            due_on = former.judged.due_on or one.judged.due_on
            found.append(Improvement(one.step, before, after, due_on))
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
