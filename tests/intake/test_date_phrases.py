"""The grammar of dates reads what it knows, exactly, and nothing else."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.date_phrases import DatePhrase, DateProblem, find_target, period, read_date

MONTHS = calendar.month_name[1:]
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def ordinal(day: int) -> str:
    if 11 <= day <= 13:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def forms(day: date) -> dict[str, str]:
    """Return a day in each form that is read, and what each says."""
    month, iso = MONTHS[day.month - 1], day.isoformat()
    return {
        iso: iso,
        f"{day.day:02}/{day.month:02}/{day.year}": iso,
        f"{day.day}/{day.month}/{day.year}": iso,
        f"{day.day} {month} {day.year}": iso,
        f"{day.day} {month[:3]} {day.year}": iso,
        f"{ordinal(day.day)} {month} {day.year}": iso,
        f"{ordinal(day.day)} of {month.upper()}, {day.year}": iso,
        f"{day:%A} {day.day} {month} {day.year}": iso,
        f"By {day.day} {month} {day.year}": iso,
        f"not later than {day.day} {month} {day.year}.": iso,
        f"on or before {day.day}\u00a0{month}\u00a0{day.year}": iso,
        f"{month} {day.year}": iso[:7],
        f"by {month} {day.year}": iso[:7],
        f"by the end of {month} {day.year}": iso[:7],
        iso[:7]: iso[:7],
    }


@given(days)
def test_a_date_written_in_any_form_reads_back_as_itself(day):
    for written, on in forms(day).items():
        assert read_date(written).on == on, written


@given(days)
def test_a_target_date_is_found_inside_a_sentence(day):
    iso = day.isoformat()
    phrase = f"By {day.day} {MONTHS[day.month - 1]} {day.year}"
    assert find_target(f"{phrase}, chief constables should act.") == DatePhrase(iso, phrase)
    later = find_target(f"Forces should act {phrase.lower()}.")
    assert later is not None
    assert later.on == iso


@given(days, days)
def test_two_dates_in_one_phrase_are_ambiguous(one, other):
    written = f"{one.isoformat()} or {other.day} {MONTHS[other.month - 1]} {other.year}"
    read = read_date(written)
    assert isinstance(read, DateProblem)
    assert "more than one date" in read.why


@given(days)
def test_a_wrong_day_of_the_week_is_refused(day):
    wrong = day + timedelta(days=1)
    assert read_date(f"{wrong:%A} {day.day} {MONTHS[day.month - 1]} {day.year}").on is None


@given(st.text())
def test_no_text_at_all_makes_the_grammar_fail(text):
    for read in (read_date(text), find_target(text), find_target(f"By {text}, forces should")):
        if read is not None and read.on is not None:
            date.fromisoformat(read.on if len(read.on) == 10 else f"{read.on}-01")


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 9999))
def test_only_days_that_exist_are_read_from_figures(day, month, year):
    read = read_date(f"{day:02}/{month:02}/{year:04}")
    try:
        there_is = 1900 <= year <= 2199 and date(year, month, day)
    except ValueError:
        there_is = False
    assert read.on == (there_is.isoformat() if isinstance(there_is, date) else None)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("05/13/2026", "no month 13"),
        ("31/06/2025", "does not exist"),
        ("29 February 2025", "does not exist"),
        ("16st May 2025", "is the day right?"),
        ("16/05/25", "not in a form"),
        ("16.05.2025", "not in a form"),
        ("2025-5-6", "not in a form"),
        ("May 16, 2025", "not in a form"),
        ("May 2026/27", "four figures"),
        ("16 May", "no date of a form"),
        ("summer 2026", "no date of a form"),
        ("1-5 May 2025", "no date of a form"),
        ("\u0663 May 2025 onwards", "no date of a form"),
        ("", "no date of a form"),
        ("16 May 2025 and 17 May 2025", "more than one date"),
        ("30 April 2026 or within six months", "more than one date"),
    ],
)
def test_a_phrase_that_is_no_date_is_returned_with_its_words_and_why(written, why):
    read = read_date(written)
    assert isinstance(read, DateProblem)
    assert read.phrase == written
    assert why in read.why
    assert read.on is None


@pytest.mark.parametrize(
    "phrase",
    ["within 28 days", "within six months", "with immediate effect", "Within the next 12 months"],
)
def test_a_period_is_kept_as_words_and_gives_no_day(phrase):
    assert read_date(phrase) == DatePhrase(None, phrase)
    assert find_target(f"{phrase}, forces should act.") == DatePhrase(None, phrase)


def test_the_end_of_a_year_is_read_and_a_year_alone_is_not():
    assert find_target("By the end of 2026, forces should act.") == DatePhrase(
        "2026", "By the end of 2026"
    )
    assert read_date("the end of 2026") == DatePhrase("2026", "the end of 2026")
    assert read_date("2026").on is None


@pytest.mark.parametrize(
    "phrase",
    [
        "within 12 months of the inspection",
        "Within 28 days of receiving this report",
        "immediately after each incident",
        "within six months from the date on which the force was told",
    ],
)
def test_a_period_from_another_day_than_the_reports_keeps_the_words_that_say_so(phrase):
    assert find_target(f"{phrase}, forces should act.") == DatePhrase(None, phrase)
    assert period(phrase) is None


def test_the_same_date_said_twice_is_one_target():
    read = find_target("By 1 May 2026 the force should plan, and by 1 May 2026 it should train.")
    assert read == DatePhrase("2026-05-01", "By 1 May 2026")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("By 1 May 2026 forces should plan, and by 1 June 2026 act.", "more than one date"),
        ("By 1 May 2026 or 1 June 2026, forces should act.", "more than one date"),
        ("Before 1 June 2026, forces should act.", "no date of a form"),
        ("By the end of 2026/27, forces should act.", "no date of a form"),
        ("By 2026, forces should act.", "no date of a form"),
        ("By the end of 1826, forces should act.", "four figures"),
        ("By 30 April, forces should act.", "no date of a form"),
        ("By midnight on 3 May 2026, forces should act.", "no date of a form"),
        ("By 05/13/2026, forces should act.", "no month 13"),
        ("Forces should do what the letter of 3 May 2024 says.", "is it the target?"),
    ],
)
def test_a_target_that_cannot_be_settled_is_left_to_a_person(text, why):
    read = find_target(text)
    assert isinstance(read, DateProblem)
    assert why in read.why


@pytest.mark.parametrize(
    "text",
    ["All 43 forces should act.", "Forces may, by acting, improve.", "Officers may 12 times try."],
)
def test_a_text_without_a_date_has_no_target(text):
    assert find_target(text) is None
