"""The verdict on a response duty: every vector, the bases, the day shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from msgspec import structs

from ledger.dates import Interval
from projections.verdict.compliance import Basis, Disapplication, Publication
from projections.verdict.working import headline
from tests.response_cases import (
    DUTY,
    LATER,
    NO_PERIOD,
    TRIGGER_NOT_KNOWN,
    asked,
    disapplied,
    in_short,
    published,
)
from tests.vectors import CASES, Case


@pytest.mark.parametrize("case", CASES)
def test_each_vector_gives_its_verdict(case: Case) -> None:
    known = [one for one in case.said if one.recorded <= (case.known_at or LATER)]
    publications = (
        published(one.published_on, recorded=one.recorded, captured=one.captured) for one in known
    )

    found = asked(case.asked_on, *publications)

    assert (found.verdict, found.days, found.at_least) == (case.verdict, case.days, case.at_least)
    assert found.bases.published == case.published
    assert found.basis == (case.published or "publisher")


def test_a_month_in_which_the_report_came_begins_with_the_reports_day() -> None:
    found = asked(LATER, published("2025-05"))
    assert found.between == Interval(date(2025, 5, 16), date(2025, 5, 31))


def test_one_in_time_is_enough_whatever_was_published_after_it() -> None:
    assert asked(LATER, published("2025-07-01"), published("2025-09-01")).verdict == "in_time"


def test_a_duty_before_2_may_2017_has_no_period() -> None:
    duty = replace(NO_PERIOD, trigger_on="2017-05-01")
    assert asked("2017-09-01", duty=duty).verdict == "no_period"


# --- step 0


DISAPPLIED = (
    disapplied(hi="2025-07-01", recorded="2025-07-11"),
    disapplied(hi="2025-07-02", recorded="2025-07-10"),
    disapplied(hi="2025-07-03", recorded="2025-07-12"),
)


@pytest.mark.parametrize("publications", [(), (published("2025-06-01"),), (published(None),)])
def test_a_trigger_not_known_to_the_day_shows_nothing(
    publications: tuple[Publication, ...],
) -> None:
    found = asked(LATER, *publications, duty=TRIGGER_NOT_KNOWN)
    assert (found.verdict, found.due_on, found.days) == ("not_shown", None, None)


def test_no_day_makes_a_difference_where_no_period_is_set() -> None:
    duty = replace(NO_PERIOD, trigger_on="2016")
    assert asked(LATER, duty=duty).verdict == "no_period"


def test_a_disapplication_recorded_by_the_last_day_replaces_the_verdict() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2025-07-10")]
    assert in_short(asked("2025-06-30", said=said)) == "due, 10"
    assert asked("2025-07-01", said=said).verdict == "disapplied"
    assert asked(LATER, said=said).verdict == "disapplied"
    assert headline(asked(LATER, said=said)) == "Does not apply, as decided by the commissioner."


def test_a_disapplication_replaces_nothing_where_no_last_day_is_known() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2025-07-10")]
    found = asked(LATER, duty=TRIGGER_NOT_KNOWN, said=said)
    assert (found.verdict, found.disapplication) == ("not_shown", said[0])


def test_a_disapplication_recorded_later_stands_beside_the_verdict() -> None:
    said = [disapplied(hi="2026-05-03", recorded="2026-05-03", decided="2026-05-03")]
    found = asked("2026-06-01", published("2025-07-14"), said=said)
    assert in_short(found) == "late, 4"
    assert headline(found) == (
        "4 days late, on the body’s own word, entered 133 days later; "
        "said on 3 May 2026 not to apply."
    )


def test_a_disapplication_decided_in_time_and_recorded_later_stands_beside_it_too() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2025-07-11")]
    assert in_short(asked("2025-07-11", said=said)) == "overdue, 1"


@pytest.mark.parametrize("said", [*permutations(DISAPPLIED)])
def test_of_several_disapplications_the_one_recorded_first_is_named(
    said: Sequence[Disapplication],
) -> None:
    found = asked(LATER, said=said)
    assert (found.verdict, found.disapplication) == ("disapplied", DISAPPLIED[1])
    assert asked("2025-06-30", said=said).disapplication is None
    assert asked("2025-07-01", said=said).disapplication == DISAPPLIED[0]


@pytest.mark.parametrize(
    ("decided", "says"),
    [
        ("2026-05-03", "said on 3 May 2026 not to apply, recorded here on 26 November 2026."),
        ("2026-05", "said in May 2026 not to apply, recorded here on 26 November 2026."),
        (None, "said on a day not known not to apply, recorded here on 26 November 2026."),
    ],
)
def test_a_disapplication_names_the_day_of_the_decision_and_that_of_its_entry(
    decided: str | None, says: str
) -> None:
    said = [disapplied(hi="2026-05-03", recorded="2026-11-26", decided=decided)]
    found = asked("2026-12-01", published("2025-07-14"), said=said)
    assert headline(found).endswith(f"; {says}")


def test_a_verdict_of_a_stretch_of_days_is_that_of_each_of_its_days_with_the_days_counted() -> None:
    kept = asked("2025-07-12").undated()
    assert kept.days is None
    assert [kept.on(date(2025, 7, day)) for day in (11, 20)] == [
        asked("2025-07-11"),
        asked("2025-07-20"),
    ]
    assert asked("2025-07-01").undated().on(date(2025, 7, 8)) == asked("2025-07-08")
    late = asked(LATER, published("2025-07-14"))
    assert late.undated() == late.on(date(2025, 12, 1)) == late


# --- bases


@pytest.mark.parametrize(
    ("publications", "asked_on", "basis"),
    [
        ([published("2025-07-10")], LATER, "stated"),
        ([published("2025-07-14")], LATER, "stated"),
        ([published("2025-07-14", captured="2025-07-14")], LATER, "stated"),
        ([published("2025-06-20", recorded="2025-07-05")], LATER, "recorded"),
        ([published("2025-06", recorded="2025-07-05", captured="2025-07-01")], LATER, "captured"),
        ([published("2025-06", recorded="2025-07-15", captured="2025-07-12")], LATER, "stated"),
        ([published(None)], LATER, "recorded"),
        ([published(None, captured="2025-09-01")], LATER, "captured"),
        ([published("2025-08", recorded="2025-08-01")], LATER, "stated"),
        ([published("2025-07-09"), published(None, recorded="2025-07-09")], LATER, "recorded"),
        ([published("2025-08-05")], "2025-08-04", None),
        ([published("2025-06-01")], "2025-05-31", None),
        ([], LATER, None),
    ],
)
def test_the_publication_s_basis_is_the_strongest_that_alone_gives_the_verdict(
    publications: list[Publication], asked_on: str, basis: Basis | None
) -> None:
    assert asked(asked_on, *publications).bases.published == basis


@pytest.mark.parametrize(
    ("publications", "says"),
    [
        (
            [published("2025-06-01"), published(None, captured="2025-07-05"),
             published(None, captured="2025-07-01")],
            "In time: a copy was received here on 1 July 2025.",
        ),
        (
            [published("2025-06-01"), published(None, recorded="2025-07-05"),
             published(None, recorded="2025-07-01")],
            "In time: the entry itself was made on 1 July 2025.",
        ),
        (
            [published("2025-07-09", recorded="2025-07-19"), published("2025-07-01"),
             published("2025-07-01", recorded="2025-07-11")],
            "In time, on the body’s own word, entered 146 days later.",
        ),
        (
            [published("2025-08-10", recorded="2025-08-11"), published("2025-08")],
            "At least 22 days late, on the body’s own word, entered on 24 November 2025.",
        ),
        (
            [published("2025-08-10", recorded="2025-08-11"), published("2025-08-09")],
            "30 days late, on the body’s own word, entered 107 days later.",
        ),
    ],
)  # fmt: skip
def test_the_headline_names_the_entry_that_shows_it_first(
    publications: list[Publication], says: str
) -> None:
    several = [structs.replace(one, position=n) for n, one in enumerate(publications)]
    assert headline(asked(LATER, *several)) == says


def test_a_disapplication_rests_on_the_strongest_basis_that_there_is() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2025-07-01")]
    found = asked(LATER, published("2025-08-01", captured="2025-08-02"), said=said)
    assert (found.verdict, found.bases.published) == ("disapplied", "captured")


def test_a_verdict_is_as_good_as_its_weakest_basis() -> None:
    captured = published(None, captured="2025-07-01")
    assert asked(LATER, captured).basis == "captured"
    weak = replace(DUTY, trigger_basis="stated")
    assert asked(LATER, captured, duty=weak).basis == "stated"
    assert asked(LATER, duty=weak).basis == "stated"


def test_a_month_pinned_to_one_day_by_its_recording_is_late_by_exactly_that() -> None:
    found = asked(LATER, published("2025-08", recorded="2025-08-01"))
    assert in_short(found) == "late, 22"


# --- the day shown


@pytest.mark.parametrize(
    ("publications", "asked_on", "shown"),
    [
        ([published("2025-07-10")], LATER, "2025-07-10"),
        ([published("2025-07")], LATER, "2025-07"),
        ([published("2025-07")], "2025-07-25", None),
        ([published("2025-07-10")], "2025-07-09", None),
        ([published("2025-09-01"), published("2025-07-14")], LATER, "2025-07-14"),
        ([published("2025-07"), published("2025-07-01")], LATER, "2025-07-01"),
        ([published("2025-09-01"), published(None)], LATER, None),
        ([published(None)], LATER, None),
    ],
)
def test_the_day_shown_is_one_that_is_known_to_be_the_first(
    publications: list[Publication], asked_on: str, shown: str | None
) -> None:
    assert asked(asked_on, *publications).published_on == shown
