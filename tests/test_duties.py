"""Which rule a response is owed under, and how its due date is counted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from importlib.metadata import version
from itertools import count, islice
from typing import Any, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events.entry import to_plain
from ledger.events.service import Period, RuleAdopted, Unit
from ledger.register import shipped_rules
from ledger.replay.verdict import bank_holidays
from ledger.replay.verdict import last_day as counted_anew
from ledger.states import duties
from ledger.states.duties import Due, applies, choose, due

RULES = list(shipped_rules())
BY_ID = {rule.id: rule for rule in RULES}
S55 = BY_ID["pa96-s55"]


def chosen(
    published_on: str | None,
    *,
    report_kind: str = "peel",
    body_kind: str = "local_policing_body",
    publisher: str = "hmicfrs",
    publisher_kind: str = "inspectorate",
    rules: list[RuleAdopted] = RULES,
) -> str | None:
    found = choose(
        rules,
        report_kind=report_kind,
        publishers=(publisher, publisher_kind),
        body_kind=body_kind,
        published_on=published_on,
    )
    return None if found is None else f"{found.id} v{found.version}"


# --- counting


@pytest.mark.parametrize(
    ("published_on", "due_on", "says"),
    [
        ("2025-05-16", "2025-07-10", "16 May 2025 is day 1, 10 July 2025 is day 56."),
        ("2025-02-28", "2025-04-24", "28 February 2025 is day 1, 24 April 2025 is day 56."),
        ("2024-02-05", "2024-03-31", "5 February 2024 is day 1, 31 March 2024 is day 56."),
    ],
)
def test_the_day_of_publication_is_day_1(published_on: str, due_on: str, says: str) -> None:
    assert due(S55, published_on) == Due(date.fromisoformat(due_on), says)


def test_a_last_day_on_a_sunday_stays_there() -> None:
    due_on = due(S55, "2024-02-05").due_on
    assert due_on is not None
    assert due_on.isoweekday() == 7


@given(
    day_1=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    period=st.integers(min_value=1, max_value=400),
)
def test_counting_agrees_with_counting_on_the_fingers(day_1: date, period: int) -> None:
    days = islice(_days_from(day_1), period)
    *_, last = days
    assert due(replace(S55, period_days=period), day_1.isoformat()).due_on == last


def _days_from(day: date) -> Iterator[date]:
    for n in count():
        yield day + timedelta(days=n)


# Bank holidays of England and Wales as the government published them.
HOLIDAYS = """
2022: 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27
2023: 01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26
2024: 01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26
2025: 01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26
2026: 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
"""
PUBLISHED = {
    date.fromisoformat(f"{line[:4]}-{day}")
    for line in HOLIDAYS.strip().splitlines()
    for day in line[6:].split()
}


def a_rule(count: int, unit: str, first_day: str = "counted", **more: Any) -> RuleAdopted:
    counted = cast(Literal["counted", "not_counted"], first_day)
    period = Period(count, cast(Unit, unit))
    return replace(S55, period_days=None, period=period, first_day=counted, **more)


@pytest.mark.parametrize(
    ("count", "unit", "first_day", "begins", "due_on"),
    [
        # 70 working days of receiving: Easter and two bank holidays of May lie between.
        (70, "working_day", "not_counted", "2025-04-01", "2025-07-14"),
        (1, "working_day", "counted", "2026-12-26", "2026-12-29"),  # a Saturday; its substitute
        (2, "working_day", "counted", "2026-12-24", "2026-12-29"),
        (1, "working_day", "not_counted", "2022-09-16", "2022-09-20"),  # a day given once
        (1, "working_day", "counted", "2024-02-29", "2024-02-29"),
        (30, "day", "not_counted", "2026-01-31", "2026-03-02"),
        (28, "day", "counted", "2024-02-02", "2024-02-29"),
        (3, "month", "counted", "2026-01-16", "2026-04-15"),
        (3, "month", "not_counted", "2026-01-16", "2026-04-16"),
        (3, "month", "counted", "2025-11-30", "2026-02-28"),
        (3, "month", "counted", "2023-11-30", "2024-02-29"),
        (1, "month", "counted", "2026-08-31", "2026-09-30"),
        (1, "month", "not_counted", "2026-01-31", "2026-02-28"),  # Dodds v Walker
        (12, "month", "counted", "2024-02-29", "2025-02-28"),
        (3, "month", "counted", "2026-03-01", "2026-05-31"),
    ],
)
def test_each_way_of_counting(
    count: int, unit: str, first_day: str, begins: str, due_on: str
) -> None:
    rule = a_rule(count, unit, first_day)
    assert due(rule, begins).due_on == date.fromisoformat(due_on)
    assert counted_anew(as_recorded(rule), date.fromisoformat(begins)) == date.fromisoformat(due_on)


def as_recorded(rule: RuleAdopted) -> dict[str, Any]:
    plain = to_plain(rule)
    assert isinstance(plain, dict)
    return plain


@given(
    begins=st.dates(date(2022, 1, 1), date(2026, 6, 30)),
    count=st.integers(min_value=1, max_value=120),
    unit=st.sampled_from(["day", "working_day"]),
    first_day=st.sampled_from(["counted", "not_counted"]),
)
def test_days_agree_with_the_fingers_and_the_published_holidays(
    begins: date, count: int, unit: str, first_day: str
) -> None:
    days = _days_from(begins if first_day == "counted" else begins + timedelta(days=1))
    if unit == "working_day":
        days = (day for day in days if day.isoweekday() < 6 and day not in PUBLISHED)
    *_, last = islice(days, count)
    rule = a_rule(count, unit, first_day)
    assert due(rule, begins.isoformat()).due_on == last
    assert counted_anew(as_recorded(rule), begins) == last


@given(
    begins=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    count=st.integers(min_value=1, max_value=60),
    first_day=st.sampled_from(["counted", "not_counted"]),
)
def test_months_end_before_their_day_comes_round_again(
    begins: date, count: int, first_day: str
) -> None:
    """By walking on, day after day: so many times a month changes, and then up to the day of that
    number, or the last that the month has."""
    last, changes = begins, 0
    for day in _days_from(begins):
        changes += day.day == 1 and day != begins
        if changes == count and (day + timedelta(days=1)).day in (1, begins.day + 1):
            last = day
            break
    comes_round = last.day == begins.day
    if first_day == "counted" and comes_round:
        last -= timedelta(days=1)
    assert due(a_rule(count, "month", first_day), begins.isoformat()).due_on == last
    assert counted_anew(as_recorded(a_rule(count, "month", first_day)), begins) == last


@given(day=st.dates(date(1978, 1, 1), date(2099, 12, 31)))
def test_two_programs_know_the_same_working_days(day: date) -> None:
    assert duties.is_working_day(day) == (
        day.isoweekday() < 6 and day not in bank_holidays(day.year)
    )


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            a_rule(70, "working_day", "not_counted", trigger="received"),
            (
                "1 April 2025 is not counted, 14 July 2025 is working day 70. Saturdays, Sundays "
                "and the bank holidays of England and Wales are left out (holidays {version})."
            ),
        ),
        (
            a_rule(3, "month", trigger="received", read=False),
            (
                "3 months beginning with 1 April 2025 end on 30 June 2025. The wording was not "
                "read: it is counted from the day itself."
            ),
        ),
        (
            a_rule(30, "day", "not_counted", trigger="received"),
            "1 April 2025 is not counted, 1 May 2025 is day 30.",
        ),
    ],
)
def test_how_it_was_counted_is_said(rule: RuleAdopted, says: str) -> None:
    assert due(rule, "2025-04-01").counting == says.format(version=version("holidays"))


def test_a_day_not_known_gives_no_last_day_and_says_which_day() -> None:
    rule = a_rule(70, "working_day", trigger="received")
    assert due(rule, None) == Due(
        None,
        "The day on which it was received is not known, so the last of the 70 working days cannot "
        "be told.",
    )
    assert due(rule, "2025-04").counting == (
        "It was received in April 2025, on a day not known, so the last of the 70 working days "
        "cannot be told."
    )


def test_before_2_may_2017_comments_were_due_and_no_period_was_set() -> None:
    found = choose(
        RULES,
        report_kind="peel",
        publishers=("hmicfrs", "inspectorate"),
        body_kind="local_policing_body",
        published_on="2017-05-01",
    )
    assert found is not None
    assert due(found, "2017-05-01") == Due(None, "Comments were due; no period was set.")


def test_a_rule_without_a_period_gives_no_due_date_and_says_so() -> None:
    assert due(BY_ID["no-statutory-period"], "2025-05-16") == Due(None, "No period is set.")


def test_the_manual_rule_counts_nothing() -> None:
    found = due(BY_ID["manual"], "2025-05-16")
    assert found.due_on is None
    assert "the one given" in found.counting


@pytest.mark.parametrize(
    ("published_on", "says"),
    [
        (None, "The day on which the report was published is not known, so"),
        ("2025-05", "The report was published in May 2025, on a day not known, so"),
        ("2025", "The report was published in 2025, on a day not known, so"),
    ],
)
def test_from_a_day_not_known_no_last_day_is_told(published_on: str | None, says: str) -> None:
    found = due(S55, published_on)
    assert found.due_on is None
    assert found.counting == f"{says} the last of the 56 days cannot be told."


# --- which rule


@pytest.mark.parametrize(
    ("published_on", "rule"),
    [
        ("2017-05-01", "pa96-s55-2001 v3"),
        ("2017-05-02", "pa96-s55 v3"),
        ("2017-04", "pa96-s55-2001 v3"),
        ("2016", "pa96-s55-2001 v3"),
        ("2017-05", "pa96-s55 v3"),
        ("2017", "pa96-s55 v3"),
        ("2018", "pa96-s55 v3"),
        (None, "pa96-s55 v3"),
    ],
)
def test_the_report_s_day_picks_the_rule_and_a_day_not_known_the_newest(
    published_on: str | None, rule: str
) -> None:
    assert chosen(published_on) == rule


@pytest.mark.parametrize(
    ("body_kind", "report_kind", "rule"),
    [
        ("local_policing_body", "state_of_policing", "no-statutory-period v1"),
        ("fire_authority", "national_thematic", "no-statutory-period v1"),
        ("local_policing_body", "other", None),
        ("force", "peel", None),
    ],
)
@pytest.mark.parametrize("published_on", ["2025-05-16", "2025", None])
def test_kinds_pick_the_rule_and_for_others_a_person_decides(
    body_kind: str, report_kind: str, rule: str | None, published_on: str | None
) -> None:
    assert chosen(published_on, body_kind=body_kind, report_kind=report_kind) == rule


@pytest.mark.parametrize(
    ("publisher", "report_kind", "published_on", "rule"),
    [
        ("victims-commissioner", "commissioner_report", "2025-01-29", "dvcva04-s49a v1"),
        ("victims-commissioner", "commissioner_report", "2025-01-28", None),
        ("domestic-abuse-commissioner", "commissioner_report", "2021-11-01", "daa21-s16 v2"),
        ("domestic-abuse-commissioner", "commissioner_report", "2021-10-31", None),
        ("somebody-else", "commissioner_report", "2025-05-16", None),
        ("iopc", "iopc", "2025-05-16", "iopc-28b v2"),
        ("somebody-else", "iopc", "2025-05-16", None),
        ("iopc", "super_complaint", "2025-05-16", None),
    ],
)
@pytest.mark.parametrize("body_kind", ["local_policing_body", "force", "national_body"])
def test_the_reports_of_commissioners_and_of_the_iopc_bind_whoever_they_ask(
    publisher: str, report_kind: str, published_on: str, rule: str | None, body_kind: str
) -> None:
    found = chosen(
        published_on,
        publisher=publisher,
        publisher_kind="national_body",
        report_kind=report_kind,
        body_kind=body_kind,
    )
    assert found == rule


@pytest.mark.parametrize(
    ("report_kind", "rule"),
    [
        ("revisit_letter", "pa96-s55 v3"),
        ("custody", "pa96-s55 v3"),
        ("fire_inspection", None),
        ("super_complaint", None),
        ("commissioner_report", None),
        ("iopc", None),
    ],
)
def test_an_inspectorates_reports_of_the_later_kinds(report_kind: str, rule: str | None) -> None:
    assert chosen("2025-05-16", report_kind=report_kind) == rule
    assert (
        chosen("2025-05-16", report_kind=report_kind, body_kind="fire_authority")
        == "no-statutory-period v1"
    )


@pytest.mark.parametrize("match", ["both", "either"])
def test_the_manual_rule_is_never_chosen_by_itself(match: str) -> None:
    anything = replace(
        BY_ID["manual"],
        match="either" if match == "either" else "both",
        bodies=("local_policing_body",),
        reports=("peel",),
    )
    assert chosen("2025-05-16", rules=[BY_ID["manual"]]) is None
    assert chosen("2025-05-16", rules=[anything]) is None


def test_the_newest_version_alone_makes_duties_also_where_it_does_not_reach() -> None:
    fourth = replace(S55, version=4, applies_from="2030-01-01")
    for rules in ([*RULES, fourth], [fourth, *RULES]):
        assert chosen("2029-12-31", rules=rules) is None
        assert chosen("2030-01-01", rules=rules) == "pa96-s55 v4"


NOT_OF_CONSTABULARY = [
    ("hmi-probation", "national_thematic"),
    ("hmi-probation", "joint"),
    ("ofsted", "child_protection"),
    ("ofsted", "joint"),
    ("estyn", "joint"),
    ("hmcpsi", "national_thematic"),
    ("hmcpsi", "joint"),
    ("hmi-prisons", "custody"),
    ("hmi-prisons", "joint"),
]


@pytest.mark.parametrize("published_on", ["2025-05-16", "2016-05-16", "2025", None])
@pytest.mark.parametrize(("publisher", "kind"), NOT_OF_CONSTABULARY)
def test_a_report_of_another_inspectorate_alone_binds_no_commissioner(
    publisher: str, kind: str, published_on: str | None
) -> None:
    assert chosen(published_on, publisher=publisher, report_kind=kind) is None


@pytest.mark.parametrize("published_on", ["2025-05-16", "2016-05-16"])
def test_a_joint_targeted_area_inspection_binds_no_commissioner(published_on: str) -> None:
    assert chosen(published_on, report_kind="joint_targeted_area") is None


@pytest.mark.parametrize(
    ("rule", "kind", "publishers", "asks"),
    [
        ("pa96-s55", "national_thematic", 1, False),
        ("pa96-s55", "national_thematic", 2, True),
        ("pa96-s55", "joint", 1, True),
        ("pa96-s55-2001", "joint", 3, True),
        ("daa21-s16", "commissioner_report", 1, True),
        ("iopc-28b", "iopc", 1, True),
        ("dvcva04-s49a", "commissioner_report", 1, False),
    ],
)
def test_a_rule_asks_only_of_the_reports_that_it_names(
    rule: str, kind: str, publishers: int, asks: bool
) -> None:
    found = duties.question(BY_ID[rule], report_kind=kind, publishers=publishers)
    assert (found is not None) is asks


def test_a_person_decides_between_two_rules_for_one_day() -> None:
    other = replace(S55, id="another", applies_from="2020-01-01")
    assert chosen("2025-05-16", rules=[S55, other]) is None
    assert chosen("2019-05-16", rules=[S55, other]) == "pa96-s55 v3"


def test_a_person_decides_between_two_rules_with_one_beginning() -> None:
    assert chosen(None, rules=[S55, replace(S55, id="another")]) is None


@given(
    day=st.dates(date(2015, 1, 1), date(2020, 1, 1)),
    form=st.sampled_from([4, 7]),
    rule=st.sampled_from(RULES),
)
def test_a_rule_that_applies_to_a_day_applies_to_its_month_and_year(
    day: date, form: int, rule: RuleAdopted
) -> None:
    def asked(published_on: str) -> bool:
        return applies(
            rule,
            report_kind="peel",
            publishers=("hmicfrs", "inspectorate"),
            body_kind="local_policing_body",
            published_on=published_on,
        )

    exact = asked(day.isoformat())
    listed = ("local_policing_body" in rule.bodies, "peel" in rule.reports)
    matches = any(listed) if rule.match == "either" else all(listed)
    matches = matches and (rule.publishers is None or "hmicfrs" in rule.publishers)
    since = rule.applies_from is None or rule.applies_from <= day.isoformat()
    until = rule.applies_until is None or day.isoformat() <= rule.applies_until
    assert exact == (matches and since and until)
    assert asked(day.isoformat()[:form]) or not exact


@pytest.mark.parametrize("publisher", ["panel", "force", "local_policing_body", "national_body"])
def test_no_report_but_an_inspectorates_binds_anybody_to_a_period(publisher: str) -> None:
    everybody_s = [replace(S55, publishers=None)]
    somebody = partial(chosen, "2025-05-16", publisher="somebody", publisher_kind=publisher)
    assert chosen("2025-05-16", publisher="somebody", rules=everybody_s) == "pa96-s55 v3"
    assert somebody(rules=everybody_s) is None
    assert somebody() is None


def test_every_shipped_rule_says_how_it_counts_in_a_sentence() -> None:
    for rule in RULES:
        for published_on in ("2025-05-16", "2025-05", None):
            counting = duties.due(rule, published_on).counting
            assert counting.endswith(".")
            assert "breach" not in counting
