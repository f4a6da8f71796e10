"""What a verdict tells beside its word: whose denial, which end of an office, which parts."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.dates import Interval
from projections.verdict.compliance import ChiefOfficer, Duty, Publication
from tests.response_cases import (
    DUTY,
    LATER,
    NOT_KEPT,
    TRIGGER_NOT_KNOWN,
    WITH_THEIRS,
    asked,
    disapplied,
    in_short,
    looked,
    published,
    received,
)

DENIED = replace(DUTY, denied_by="a-body")
JULY_1 = received("2025-07-01")


@pytest.mark.parametrize(
    ("on", "publications", "says", "denied_by"),
    [
        ("2025-07-10", [], "due, 0", None),
        ("2025-07-11", [], "not_shown", "a-body"),
        (LATER, [published("2025-07-10")], "in_time", "a-body"),
        (LATER, [published("2025-07-14")], "late, 4", "a-body"),
    ],
)
def test_a_denial_takes_the_accusation_from_silence_alone(
    on: str, publications: list[Publication], says: str, denied_by: str | None
) -> None:
    found = asked(on, *publications, duty=DENIED)
    assert (in_short(found), found.denied_by, found.heard) == (says, denied_by, None)


def test_a_denial_stands_against_a_look_up_and_where_nobody_looked() -> None:
    found = asked(LATER, duty=DENIED, silence=replace(NOT_KEPT, looked=(looked("2025-09-01"),)))
    assert (found.verdict, found.bases.published) == ("not_shown", None)
    assert asked(LATER, duty=DENIED, silence=NOT_KEPT).verdict == "not_shown"


def test_no_denial_is_told_of_a_duty_that_does_not_apply_or_has_no_last_day() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2025-07-10")]
    found = asked(LATER, duty=DENIED, said=said)
    assert (found.verdict, found.denied_by) == ("disapplied", None)
    assert asked(LATER, duty=replace(TRIGGER_NOT_KNOWN, denied_by="a-body")).denied_by is None


@pytest.mark.parametrize(
    ("on", "publications", "says", "ended_on"),
    [
        ("2025-07-20", [], "overdue, 10", None),
        ("2025-08-01", [], "overdue, 22", None),
        ("2025-08-02", [], "overdue, 22", date(2025, 8, 1)),
        (LATER, [published("2025-07-14")], "late, 4", None),
        (LATER, [published("2025-09-01")], "late, 22", date(2025, 8, 1)),
        (LATER, [published("2025-07-01")], "in_time", None),
    ],
)
def test_the_end_of_an_office_is_told_where_the_verdict_would_be_another(
    on: str, publications: list[Publication], says: str, ended_on: date | None
) -> None:
    found = asked(on, *publications, duty=replace(DUTY, ended_on=date(2025, 8, 1)))
    assert (in_short(found), found.ended_on) == (says, ended_on)


@pytest.mark.parametrize(
    ("publication", "says"),
    [
        ("2025-07-10", "in_time"),
        ("2025-08-01", "not_shown"),
        ("2025-09-01", "not_shown"),
        ("2025-09-02", "late, at least 1"),
    ],
)
def test_more_time_that_may_have_been_granted_is_the_responses(publication: str, says: str) -> None:
    more = replace(DUTY, more_time_until=date(2025, 9, 1))
    found = asked(LATER, published(publication), duty=more)
    assert (in_short(found), found.more_time_until) == (says, date(2025, 9, 1))


def test_a_publication_that_lies_after_the_day_asked_about_is_held_all_the_same() -> None:
    found = asked("2025-07-20", published("2025-08"), published("2025-09-01"))
    assert found.held
    assert found.first_held == Interval(date(2025, 8, 1), date(2025, 8, 31))
    begun = asked("2025-08-01", published("2025-08"), published("2025-09-01"))
    assert (begun.held, begun.first_held) == (True, None)
    assert (asked(LATER).held, asked(LATER).first_held) == (False, None)


OWN = [published("2025-07-05")]
UNREAD = published("2025-07-08", perhaps=True)


@pytest.mark.parametrize(
    ("duty", "own", "theirs", "answered_on", "hangs", "not_known"),
    [
        (DUTY, OWN, ChiefOfficer(), "2025-07-05", False, False),
        (DUTY, [], ChiefOfficer(), None, False, False),
        (WITH_THEIRS, OWN, ChiefOfficer(published=[UNREAD]), "2025-07-05", False, False),
        (WITH_THEIRS, OWN, ChiefOfficer([JULY_1]), None, True, False),
        (WITH_THEIRS, [published("2025-07-14")], ChiefOfficer([JULY_1]), None, False, False),
        (WITH_THEIRS, [], ChiefOfficer([JULY_1], published=OWN), None, False, False),
        (WITH_THEIRS, OWN, ChiefOfficer([JULY_1], published=[published("2025-07-09")]),
         "2025-07-09", True, False),
        (WITH_THEIRS, OWN, ChiefOfficer([JULY_1], published=[published("2025-07-02")]),
         "2025-07-05", True, False),
        (WITH_THEIRS, OWN, ChiefOfficer([JULY_1], published=[published("2025-07-09"), UNREAD]),
         "2025-07-09", True, True),
    ],
)  # fmt: skip
def test_it_is_answered_once_every_required_part_is_there(
    duty: Duty,
    own: list[Publication],
    theirs: ChiefOfficer,
    answered_on: str | None,
    hangs: bool,
    not_known: bool,
) -> None:
    found = asked(LATER, *own, duty=duty, theirs=theirs)
    day = date.fromisoformat(answered_on) if answered_on else None
    told = (found.answered_on, found.hangs_on_them, found.parts_not_known)
    assert told == (day, hangs, not_known)
