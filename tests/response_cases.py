"""Duties, publications and explanations to judge, and how to draw more of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from ledger.dates import Interval
from ledger.events.recommendation import Kind
from projections.verdict.compliance import (
    NOT_ASKED,
    ChiefOfficer,
    Disapplication,
    Duty,
    Explained,
    Invitation,
    Listed,
    Publication,
    Receipt,
    Verdict,
    verdict,
)
from projections.verdict.silence import Entered, Holder, KeepingSaid, LookUp, Silence

REPORT = date(2025, 5, 16)
DUE = date(2025, 7, 10)
RECORDED = date(2025, 11, 24)
LATER = "2025-11-24"

DUTY = Duty(
    entry="duty",
    rule_id="pa96-s55",
    rule_version=1,
    citation="Police Act 1996, s.55(5)",
    has_period=True,
    trigger_entry="report",
    trigger_on="2025-05-16",
    trigger_basis="publisher",
    due_on=DUE,
    counting="16 May 2025 is day 1, 10 July 2025 is day 56.",
    parts=("comments",),
)
WITH_THEIRS = replace(DUTY, rule_version=2, parts=("comments", "chief_officer_comments", "reply"))
"""By the rule that asks for the chief officer's comments too."""
NO_PERIOD = replace(
    DUTY, has_period=False, due_on=None, counting="Comments were due; no period was set."
)
TRIGGER_NOT_KNOWN = replace(
    DUTY, trigger_on=None, due_on=None, counting="The day is not known, so nothing is counted."
)


KEPT_HERE = Silence(
    (Holder("a-body", date.min, None, (KeepingSaid("kept", date(2025, 5, 1), None),)),)
)
"""The body that owes the response keeps its record here since 1 May 2025."""
NOT_KEPT = Silence((Holder("a-body", date.min, None),))


def published(
    on: str | None, *, recorded: str = LATER, captured: str | None = None, **fields: Any
) -> Publication:
    given: dict[str, Any] = {
        "entry": "publication",
        "position": 1,
        "occurred_on": on,
        "not_before": REPORT,
        "recorded_on": date.fromisoformat(recorded),
        "captured_on": date.fromisoformat(captured) if captured else None,
    }
    return Publication(**given | fields)


def asked(
    on: str,
    *publications: Publication,
    duty: Duty = DUTY,
    said: Sequence[Disapplication] = (),
    theirs: ChiefOfficer = NOT_ASKED,
    silence: Silence = KEPT_HERE,
) -> Verdict:
    return verdict(duty, publications, said, date.fromisoformat(on), theirs, silence)


def received(lo: str | None, hi: str | None = None, *, recorded: str = LATER) -> Receipt:
    """The chief officer's comments, which came on a day, or between two."""
    first = date.fromisoformat(lo) if lo else None
    where = Interval(first, date.fromisoformat(hi or lo or recorded))
    exact = lo if hi is None else None
    return Receipt("receipt", where, exact, date.fromisoformat(recorded), recorder="a-body")


def invited(
    before: str,
    lo: str = "2025-05-20",
    hi: str | None = None,
    at: int = 2,
    recorded: str = "2025-07-10",
) -> Invitation:
    where = Interval(date.fromisoformat(lo), date.fromisoformat(hi or lo))
    days = date.fromisoformat(before), date.fromisoformat(recorded)
    return Invitation(f"invitation-{at}", at, where, *days)


def looked(
    lo: str | None, hi: str | None = None, by: str | None = "kent-pcc", at: int = 3
) -> LookUp:
    first = date.fromisoformat(lo) if lo else None
    where = Interval(first, date.fromisoformat(hi or lo or LATER))
    return LookUp(f"look-up-{at}", at, where, by)


def kept(since: str, until: str | None = None) -> KeepingSaid:
    days = date.fromisoformat(since), date.fromisoformat(until) if until else None
    return KeepingSaid("kept", *days)


def in_short(found: Verdict) -> str:
    """`late, at least 22`, as the table of vectors has it."""
    if found.days is None:
        return found.verdict
    return f"{found.verdict}, {'at least ' if found.at_least else ''}{found.days}"


def disapplied(*, hi: str, recorded: str, decided: str | None = None) -> Disapplication:
    return Disapplication(
        entry="disapplication",
        hi=date.fromisoformat(hi),
        recorded_on=date.fromisoformat(recorded),
        basis="not_the_subject",
        decided_by="the commissioner",
        decided_on=decided,
    )


def explained(how: Any, hi: str) -> Explained:
    return Explained(how=how, lo=REPORT, hi=date.fromisoformat(hi), entry="statement")


def listed(number: str, *how: Explained, kind: Kind = "recommendation") -> Listed:
    return Listed(number, number.lstrip("0"), "force", kind, hi=REPORT, explained=how)


EDGES = [date(2025, month, day) for month in (6, 7, 8, 9) for day in (1, 2, 9, 10, 11, 30)]
DAYS = st.dates(REPORT, REPORT + timedelta(days=110)) | st.sampled_from(EDGES)


@st.composite
def publications(draw: st.DrawFn) -> Publication:
    """A publication that really happened on some day, and what came to be known of it."""
    truth = draw(DAYS)
    said = draw(st.sampled_from([None, 4, 7, 10]))
    recorded = truth + timedelta(days=draw(st.integers(0, 60)))
    captured = draw(st.none() | st.dates(truth, recorded))
    return Publication(
        entry=f"publication-{draw(st.integers(0, 999))}",
        position=draw(st.integers(1, 99)),
        occurred_on=None if said is None else truth.isoformat()[:said],
        not_before=REPORT,
        recorded_on=recorded,
        captured_on=captured,
    )


SEVERAL = st.lists(publications(), max_size=3)
ASKED = st.dates(REPORT, REPORT + timedelta(days=200)) | st.sampled_from(EDGES)
DUTIES = st.sampled_from([DUE, *EDGES]).map(lambda due_on: replace(DUTY, due_on=due_on))


SAID = st.builds(
    KeepingSaid,
    st.just("kept"),
    st.dates(date(2025, 4, 1), date(2025, 7, 1)),
    st.none() | st.dates(date(2025, 5, 1), date(2025, 12, 1)),
)
LOOKED = st.builds(
    lambda lo, more, by: LookUp(f"look-{lo}", 1, Interval(lo, lo + timedelta(days=more)), by),
    st.dates(REPORT, date(2025, 12, 1)),
    st.sampled_from([0, 0, 0, 30]),
    st.sampled_from(["kent-pcc", None]),
)
ENTERED = st.builds(
    Entered,
    st.just("duty"),
    st.sampled_from(["a-body", "b-body", "hmicfrs"]),
    st.dates(REPORT, date(2025, 9, 1)),
)


TELLERS: tuple[Literal["body", "force", "another"], ...] = ("body", "body", "force", "another")
"""Those who tell of a receipt, as tests draw them."""


@st.composite
def holders_(draw: st.DrawFn) -> tuple[Holder, ...]:
    """Those who hold an office, with what they said of keeping their record here."""
    said = tuple(draw(st.lists(SAID, max_size=2)))
    last = draw(st.none() | st.dates(date(2025, 6, 1), date(2025, 12, 1)))
    holders = [Holder("a-body", date.min, last, said)]
    if last is not None and draw(st.booleans()):
        after = last + timedelta(days=1)
        holders.append(Holder("b-body", after, None, tuple(draw(st.lists(SAID, max_size=2)))))
    return tuple(holders)


entered_ = st.lists(ENTERED, max_size=2).map(tuple)


@st.composite
def silences(draw: st.DrawFn) -> Silence:
    """All that is known of a response beside what was published."""
    return Silence(draw(holders_()), draw(entered_), draw(st.lists(LOOKED, max_size=2)))
