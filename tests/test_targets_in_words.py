"""A target in words: the day that they give, counted by hand, and what gives none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.states.duties import worked_out

BY_HAND = [
    ("2025-05-16", "within 28 days", "2025-06-13"),
    ("2025-05-16", "Within fifty-six days", "2025-07-11"),
    ("2024-02-05", "within 28 days", "2024-03-04"),
    ("2025-02-05", "within 28 days", "2025-03-05"),
    ("2024-12-31", "within 1 day", "2025-01-01"),
    ("2025-05-16", "within two weeks", "2025-05-30"),
    ("2025-05-16", "within a fortnight", "2025-05-30"),
    ("2025-05-16", "Within three months", "2025-08-16"),
    ("2025-05-16", "within the next six months.", "2025-11-16"),
    ("2025-05-16", "within six calendar months of publication", "2025-11-16"),
    ("2025-05-16", "Within 12 months of the date of publication of this report", "2026-05-16"),
    ("2025-05-16", "within 18 months of this report’s publication", "2026-11-16"),
    ("2025-05-16", "no later than three months after the report", "2025-08-16"),
    ("2025-05-16", "by 28 days after publication", "2025-06-13"),
    ("2025-05-16", "within a year", "2026-05-16"),
    # The month has no such day
    ("2024-01-31", "within one month", "2024-02-29"),
    ("2025-01-31", "within a month", "2025-02-28"),
    ("2023-11-30", "within three months", "2024-02-29"),
    ("2024-11-30", "within three months", "2025-02-28"),
    ("2024-08-31", "within six months", "2025-02-28"),
    ("2024-03-31", "within one month", "2024-04-30"),
    ("2024-02-29", "within one year", "2025-02-28"),
    ("2024-02-29", "within four years", "2028-02-29"),
    ("2025-02-28", "within 12 months", "2026-02-28"),
    ("2023-02-28", "within 12 months", "2024-02-28"),
    # Good Friday 2025 is 18 April, Easter Monday 21 April; the spring bank holiday 26 May
    ("2025-04-17", "within 5 working days", "2025-04-28"),
    ("2025-05-16", "within twenty working days", "2025-06-16"),
    ("2025-05-16", "with immediate effect", "2025-05-16"),
    ("2025-05-16", "Immediately", "2025-05-16"),
    ("2024-02-05", "by the end of September 2024", "2024-09-30"),
    ("2023-12-05", "By the end of February 2024", "2024-02-29"),
    ("2024-12-05", "by the end of February 2025", "2025-02-28"),
    ("2025-05-16", "by the end of 2026", "2026-12-31"),
    ("2014-11-27", "not later than 31 March 2015", "2015-03-31"),
    ("2025-05-16", "on or before 1st May 2026", "2026-05-01"),
]


@pytest.mark.parametrize(("report", "words", "on"), BY_HAND)
def test_words_give_the_day_that_a_hand_counts(report, words, on):
    assert worked_out(words, report).on == on


@pytest.mark.parametrize(
    "words",
    [
        "as soon as possible",
        "within 12 months of the inspection",
        "within 28 days of receiving this report",
        "immediately after each incident",
        "within three to six months",
        "within 6-12 months",
        "within 0 days",
        "within 20 working weeks",
        "within 24 hours",
        "within the financial year",
        "by summer 2026",
        "by the end of the year",
        "by the end of March",
        "by May 2026",
        "by 2026",
        "within 9999 years",
        "within 31 June 2025",
    ],
)
def test_words_that_cannot_be_read_give_no_day(words):
    found = worked_out(words, "2025-05-16")

    assert found.on is None
    assert found.why


@pytest.mark.parametrize(
    "words",
    ["30 April 2026 or within six months", "within six months, within nine months at most"],
)
def test_two_dates_in_one_phrase_are_ambiguous_and_said_so(words):
    assert "more than one date" in worked_out(words, "2025-05-16").why


@pytest.mark.parametrize(
    ("report", "says"), [(None, "is not known"), ("2025-05", "known as May 2025"), ("2025", "2025")]
)
def test_nothing_is_counted_from_a_day_that_is_not_known(report, says):
    found = worked_out("within three months", report)

    assert found.on is None
    assert says in found.why
    assert worked_out("by the end of September 2025", report).on == "2025-09-30"


def test_it_says_how_it_was_counted():
    assert worked_out("within three months", "2025-05-16").why == (
        "3 months from 16 May 2025, that day not counted, end on 16 August 2025."
    )


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 600))
def test_days_and_months_counted_one_by_one(report, n):
    """The last day of n months is the first day with the report's number, or with the month's last
    where it is too short, after n firsts of a month."""
    assert worked_out(f"within {n} days", report.isoformat()).on == str(report + timedelta(days=n))
    day, months = report, 0
    while months < n % 40:
        day += timedelta(days=1)
        months += day.day == 1
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if months:
        expected = min(day.replace(day=1) + timedelta(days=report.day - 1), last)
        assert worked_out(f"within {months} months", report.isoformat()).on == str(expected)
