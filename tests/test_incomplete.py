"""In time means all of it: every vector, the sentences, and an oracle of every possible world."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ledger.dates import Interval, first_day
from projections.verdict.compliance import (
    ChiefOfficer,
    Duty,
    Invitation,
    Publication,
    Receipt,
    verdict,
)
from projections.verdict.working import Judged, headline, working
from tests.conftest import examples
from tests.response_cases import (
    ASKED,
    DAYS,
    DUE,
    DUTIES,
    KEPT_HERE,
    LATER,
    RECORDED,
    REPORT,
    TELLERS,
    WITH_THEIRS,
    asked,
    invited,
    publications,
    published,
    received,
)
from tests.test_compliance_worlds import oracle, possible_days
from tests.vectors_of_parts import VECTORS, Added, Asked, Came, Out, Vector


def known(vector: Vector) -> tuple[list[Publication], ChiefOfficer]:
    """Return which of a vector's acts were known."""
    until = vector.known_at or LATER
    own: list[Publication] = []
    theirs: list[Publication] = []
    receipts: list[Receipt] = []
    invitations: list[Invitation] = []
    for n, act in enumerate(one for one in vector.acts if one.recorded <= until):
        match act:
            case Out():
                out = published(act.on, recorded=act.recorded, captured=act.captured)
                out = structs.replace(out, entry=f"e{n}", position=n)
                if not act.parts:
                    own.append(out)
                    theirs.append(structs.replace(out, perhaps=True))
                own += [out] if "comments" in act.parts else []
                theirs += [out] if "chief_officer_comments" in act.parts else []
            case Added():
                seen = published(act.seen_on, recorded=act.recorded, added_to=own[0].interval)
                theirs.append(structs.replace(seen, entry=f"e{n}", position=n))
            case Came():
                day = published(act.on, recorded=act.recorded, captured=act.captured)
                days = day.interval, act.on, day.recorded_on, day.captured_on
                receipts.append(Receipt(f"e{n}", *days, act.by, act.by, "force", act.disputed))
            case Asked():
                when = published(act.on, recorded=act.recorded)
                if act.before is not None:
                    before = first_day(act.before)
                    one = Invitation(f"e{n}", n, when.interval, before, when.recorded_on)
                    invitations.append(one)
    return own, ChiefOfficer(receipts, invitations, theirs)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.about)
def test_each_vector_gives_its_verdict(vector: Vector) -> None:
    own, theirs = known(vector)
    found = asked(vector.on, *own, duty=WITH_THEIRS, theirs=theirs)
    assert (found.verdict, found.days, found.bases.published) == (
        vector.verdict,
        vector.days,
        vector.published,
    )


@pytest.mark.parametrize(
    ("acts", "on", "says"),
    [
        (
            (Came("2025-07-01"), Out("2025-07-10")),
            LATER,
            (
                "In time without the chief officer’s comments, which it had received on 1 July "
                "2025: none is recorded as published."
            ),
        ),
        (
            (Came("2025-07-01"), Out("2025-07-10"), Out("2025-07-20", ("chief_officer_comments",))),
            LATER,
            (
                "In time without the chief officer’s comments, which it had received on 1 July "
                "2025: published on 20 July 2025, after the last day."
            ),
        ),
        (
            (Came("2025-07-01"), Out("2025-07-10"), Out("2025-07", ("chief_officer_comments",))),
            LATER,
            (
                "Not shown whether in time with the chief officer’s comments, received on 1 July "
                "2025: they are recorded, published on a day between 1 July 2025 and 31 July 2025."
            ),
        ),
        (
            (Came("2025-07-01"), Out("2025-07-05")),
            "2025-07-06",
            "Due on 10 July 2025: 4 days left for the chief officer’s comments.",
        ),
        (
            (
                Came("2025-07-01"),
                Out("2025-07-10", ("comments", "chief_officer_comments"), "2025-07-10"),
            ),
            LATER,
            (
                "In time with the chief officer’s comments: the entry itself was made on 10 July "
                "2025."
            ),
        ),
    ],
)
def test_the_headline_says_what_is_wanting(acts: tuple[Came | Out, ...], on: str, says: str):
    own, theirs = known(Vector("", acts, ""))
    assert headline(asked(on, *own, duty=WITH_THEIRS, theirs=theirs)) == says


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        (
            ChiefOfficer(),
            [
                (
                    "Whether the chief officer submitted any comments is not known: none is "
                    "recorded as received."
                )
            ],
        ),
        (
            ChiefOfficer([received("2025-07-01")]),
            [
                (
                    "The chief officer’s comments were received on 1 July 2025, on the body’s own "
                    "word, entered on 24 November 2025: they are to be published in time with the "
                    "body’s own."
                ),
                "No publication that has them is recorded.",
            ],
        ),
        (
            ChiefOfficer([structs.replace(received("2025-07-11"), teller="force")]),
            [
                (
                    "The chief officer’s comments were received on 11 July 2025, on the chief "
                    "officer’s own word, entered on 24 November 2025: after the last day, so that "
                    "they change nothing."
                )
            ],
        ),
        (
            ChiefOfficer([received("2025-07-01", "2025-07-31")]),
            [
                (
                    "The chief officer’s comments were received on a day between 1 July 2025 and "
                    "31 July 2025, on the body’s own word, entered on 24 November 2025: that it "
                    "was by the last day is not shown, so that they change nothing."
                )
            ],
        ),
        (
            ChiefOfficer([received("2025-06-10")], [invited("2025-06-10")]),
            [
                (
                    "The chief officer’s comments were received on 10 June 2025, on the body’s own "
                    "word, entered on 24 November 2025: not before 10 June 2025, the date that the "
                    "body set, so that they change nothing."
                )
            ],
        ),
        (
            ChiefOfficer(
                [received("2025-07-01")],
                published=[published("2025-07-14", entry="apart"), published("2025-07-10")],
            ),
            [
                (
                    "The chief officer’s comments were received on 1 July 2025, on the body’s own "
                    "word, entered on 24 November 2025: they are to be published in time with the "
                    "body’s own."
                ),
                "They were published on 10 July 2025, in a response of the body.",
                (
                    "They were published on 14 July 2025 by themselves, on the body’s own word, "
                    "entered 133 days later."
                ),
            ],
        ),
        (
            ChiefOfficer(
                [received("2025-07-01")],
                published=[
                    published(
                        "2025-07-20",
                        entry="added",
                        added_to=Interval(date(2025, 7, 10), date(2025, 7, 10)),
                    )
                ],
            ),
            [
                (
                    "The chief officer’s comments were received on 1 July 2025, on the body’s own "
                    "word, entered on 24 November 2025: they are to be published in time with the "
                    "body’s own."
                ),
                (
                    "The page was seen with them on 20 July 2025: they were added on a day between "
                    "10 July 2025 and 20 July 2025."
                ),
            ],
        ),
    ],
)
def test_the_working_says_what_is_known_of_the_chief_officers_comments(
    theirs: ChiefOfficer, says: list[str]
) -> None:
    own = [published("2025-07-10")]
    found = working(Judged(WITH_THEIRS, own, [], effective_on=RECORDED, chief_officer=theirs))
    assert found.sentences[3:-1] == says
    entries = {one.entry for one in found.used}
    assert entries >= {one.entry for one in theirs.received} | {one.entry for one in theirs.invited}


FIRST = invited("2025-06-20", "2025-06-01", at=2)


@pytest.mark.parametrize(
    ("invitations", "on", "before"),
    [
        ([FIRST], "2025-05-31", None),
        ([FIRST], "2025-06-01", "2025-06-20"),
        ([structs.replace(FIRST, interval=Interval(None, date(2025, 6, 1)))], "2025-05-31",
         "2025-06-20"),
        ([FIRST, invited("2025-06-30", "2025-06-10", at=3)], "2025-06-09", "2025-06-20"),
        ([FIRST, invited("2025-06-30", "2025-06-10", at=3)], "2025-06-10", "2025-06-30"),
        ([FIRST, invited("2025-06-15", "2025-06-10", at=3)], "2025-06-09", "2025-06-20"),
        ([FIRST, invited("2025-06-30", "2025-06-05", "2025-06-15", at=3)], "2025-06-14",
         "2025-06-20"),
        ([FIRST, invited("2025-06-30", "2025-06-05", "2025-06-15", at=3)], "2025-06-15",
         "2025-06-30"),
        ([FIRST, invited("2025-06-30", "2025-06-01", at=3)], LATER, "2025-06-30"),
        ([invited("2025-06-30", "2025-06-01", at=1), FIRST], LATER, "2025-06-20"),
        ([FIRST, invited("2025-06-30", "2025-06-10", recorded="2025-07-11")], LATER, "2025-06-20"),
    ],
)  # fmt: skip
def test_the_date_that_was_set_last_counts(
    invitations: list[Invitation], on: str, before: str | None
) -> None:
    expected = date.fromisoformat(before) if before else None
    for several in (invitations, invitations[::-1]):
        assert ChiefOfficer(invited=several).before(DUE, date.fromisoformat(on)) == expected


def test_the_first_receipt_is_named() -> None:
    several = [received("2025-07-05"), received("2025-07-01"), received("2025-07-03")]
    found = asked(LATER, duty=WITH_THEIRS, theirs=ChiefOfficer(several))
    assert found.submitted == several[1]


def test_a_version_that_looks_at_the_bodys_comments_alone_says_so() -> None:
    first = replace(WITH_THEIRS, rule_version=1, parts=None)
    found = working(Judged(first, [published("2025-07-10")], [], effective_on=RECORDED))
    assert found.sentences[2] == "Version 1 of pa96-s55 judges the body’s own comments alone."
    assert found.verdict == "in_time"


# --- an oracle that walks through every day that remains possible


@st.composite
def receipts_(draw: st.DrawFn) -> Receipt:
    one = draw(publications())
    days = one.interval, one.occurred_on, one.recorded_on, one.captured_on
    teller = draw(st.sampled_from(TELLERS))
    return Receipt(one.entry, *days, teller, teller, "force", draw(st.booleans()))


RECEIPTS = receipts_()


@st.composite
def perhaps_theirs(draw: st.DrawFn) -> Publication:
    """A publication that has the chief officer's comments, or of which that is not known."""
    return structs.replace(
        draw(publications()), perhaps=draw(st.sampled_from([False, False, True]))
    )


@st.composite
def invitations(draw: st.DrawFn) -> Invitation:
    one = draw(publications())
    days = one.interval, draw(DAYS), one.recorded_on
    return Invitation(one.entry, draw(st.integers(1, 99)), *days)


@st.composite
def added(draw: st.DrawFn, to: Sequence[Publication]) -> Publication:
    return structs.replace(draw(publications()), added_to=draw(st.sampled_from(to)).interval)


def days_of(where: Interval) -> list[date]:
    lo = where.lo or REPORT
    return [lo + timedelta(days=n) for n in range((where.hi - lo).days + 1)]


def dates_set(several: Sequence[Invitation], on: date) -> set[date | None]:
    """Every date that can stand on a day: that of the last invitation by then, in every world.

    Among invitations known to the day, on one day, the one recorded last is the last; any of the
    others can be. It is enough to try each one's first and last day, the others' and those beside.
    """
    marks = {day for one in several for day in (one.interval.lo, one.interval.hi) if day}
    marks |= {day + timedelta(days=n) for day in marks for n in (-1, 1)} | {on}
    tried = [[day for day in days_of(one.interval) if day in marks] for one in several]
    found: set[date | None] = set()
    for world in product(*tried):
        made = [one for day, one in zip(world, several, strict=True) if day <= on]
        latest = max((day for day in world if day <= on), default=None)
        last = [one for day, one in zip(world, several, strict=True) if day == latest]
        exact = [one for one in last if one.interval.lo == one.interval.hi]
        last_of_these = max(exact, key=lambda one: one.position, default=None)
        can_be = [one for one in last if one not in exact or one is last_of_these]
        found |= {one.before for one in can_be} if made else {None}
    return found


def is_shown(one: Receipt, due_on: date) -> bool:
    """Return whether the body's receipt is shown, in any of three ways."""
    ways = {
        "the body's own word": one.teller == "body",
        "the force's entry of then": one.teller == "force"
        and not one.disputed
        and (one.recorded_on - due_on).days <= 0,
        "a copy of then": one.captured_on is not None and (one.captured_on - due_on).days <= 0,
    }
    return any(ways.values())


def asks_for_theirs(
    receipts: Sequence[Receipt], several: Sequence[Invitation], due_on: date, on: date
) -> bool:
    """Return whether some came in every world by the last day and before the date that was set,
    with the body's receipt shown."""
    dates = dates_set([one for one in several if one.recorded_on <= due_on], on)
    return any(
        is_shown(one, due_on)
        and all(
            day <= min(due_on, on) and (before is None or day < before)
            for day in days_of(one.interval)
            for before in dates
        )
        for one in receipts
    )


@settings(max_examples=examples(50, 3_000), deadline=None)
@given(data=st.data(), duty=DUTIES, on=ASKED)
def test_it_is_incomplete_where_that_is_so_in_every_possible_world(
    data: st.DataObject, duty: Duty, on: date
) -> None:
    """Each part is judged in all its worlds, as a response of one part is."""
    due_on = duty.due_on
    assert due_on is not None
    own = data.draw(st.lists(publications(), max_size=2))
    apart = data.draw(st.lists(perhaps_theirs(), max_size=2))
    receipts = data.draw(st.lists(RECEIPTS, max_size=2))
    several = data.draw(st.lists(invitations(), max_size=2, unique_by=lambda one: one.position))
    later = data.draw(st.lists(added(own), max_size=1)) if own else []
    theirs = ChiefOfficer(receipts, several, [*apart, *later])
    duty = replace(duty, parts=WITH_THEIRS.parts)
    found = verdict(duty, own, [], on, theirs, KEPT_HERE)

    expected = oracle(own, due_on, on)
    if expected[0] == "in_time" and asks_for_theirs(receipts, several, due_on, on):
        expected = oracle_of_the_rest(theirs.published, due_on, on)
    assert (found.verdict, found.days, found.at_least) == expected


def oracle_of_the_rest(
    several: Sequence[Publication], due_on: date, on: date
) -> tuple[str, int | None, bool]:
    """Return the verdict on the chief officer's comments in every world, while the body's are in
    time."""
    firsts: set[date | None] = {None}
    for one in several:
        days: set[date | None] = set(possible_days(structs.replace(one, perhaps=False)))
        if one.added_to is not None:
            days = set(days_of(one.interval))
        if one.perhaps:
            days |= {None}
        firsts = {min(a, b) if a and b else a or b for a in firsts for b in days}
    found = of_the_rest(firsts, due_on, on)
    if found[0] == "incomplete" and any(
        one.perhaps and (one.lo or REPORT) <= on for one in several
    ):
        return ("not_shown", None, False)
    return found


def of_the_rest(firsts: Set[date | None], due_on: date, on: date) -> tuple[str, int | None, bool]:
    """The same of the days on which their first publication can have been; None stands for no
    publication."""
    if all(day is not None and day <= min(due_on, on) for day in firsts):
        return ("in_time", None, False)
    left = (due_on - on).days
    if left >= 0:
        return ("due" if left <= 14 else "not_due", left, False)
    if any(day is not None and day <= due_on for day in firsts):
        return ("not_shown", None, False)
    return ("incomplete", None, False)
