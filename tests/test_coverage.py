"""Which recommendations a response explains, by the last day and now."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from projections.verdict.compliance import Causes, Coverage, Listed, coverage
from tests.response_cases import DUE, LATER, RECORDED, explained, listed


def covered(*ones: Listed, verdict: Any = "in_time", on: str = LATER) -> Coverage:
    return coverage(
        ones,
        listed_by="report",
        due_on=DUE,
        verdict=verdict,
        effective_on=date.fromisoformat(on),
    )


def test_coverage_counts_what_is_explained_by_the_last_day_and_now() -> None:
    found = covered(
        listed("02", explained("named", "2025-07-10")),
        listed("04", explained("general", "2025-07-10")),
        listed("08", explained("named", "2025-08-01")),
        listed("09", explained("not_found", "2025-07-10")),
        listed("10"),
    )
    assert found == Coverage(
        listed_by="report", addressed=5, explained_by_due=2, explained_now=3, general=1
    )


def test_coverage_counts_recommendations_alone() -> None:
    named = explained("named", "2025-07-01")
    found = covered(
        listed("01", named),
        listed("afi-1", named, kind="afi"),
        listed("c1", named, kind="cause_of_concern"),
        listed("c2", named, kind="accelerated_cause_of_concern"),
    )
    assert (found.addressed, found.explained_now) == (1, 1)


def test_one_recommendation_with_two_addressees_counts_once() -> None:
    found = covered(listed("02", explained("named", "2025-07-01")), listed("02"))
    assert (found.addressed, found.explained_now) == (1, 1)


def test_one_named_later_is_no_longer_explained_in_general_only() -> None:
    both = listed("02", explained("general", "2025-07-01"), explained("named", "2025-08-01"))
    assert covered(both, on="2025-07-15").general == 1
    assert covered(both).general == 0


def test_coverage_by_the_last_day_is_not_told_where_the_verdict_is_not_shown() -> None:
    one = listed("02", explained("named", LATER))
    found = covered(one, verdict="not_shown")
    assert (found.explained_by_due, found.explained_now) == (None, 1)


def test_coverage_has_no_last_day_where_no_period_is_set() -> None:
    one = [listed("02", explained("named", "2025-07-01"))]
    found = coverage(
        one, listed_by="report", due_on=None, verdict="no_period", effective_on=RECORDED
    )
    assert (found.explained_by_due, found.explained_now) == (None, 1)


def test_acts_to_come_are_neither_listed_nor_explained() -> None:
    later = replace(listed("04"), hi=date(2025, 8, 1))
    found = covered(listed("02", explained("named", "2025-07-10")), later, on="2025-07-09")
    assert found == Coverage(
        listed_by="report", addressed=1, explained_by_due=0, explained_now=0, general=0
    )


def test_what_is_said_on_the_day_asked_about_counts() -> None:
    raised = replace(listed("04", explained("named", "2025-08-01")), hi=date(2025, 8, 1))
    found = covered(raised, on="2025-08-01")
    assert (found.addressed, found.explained_now) == (1, 1)


def test_a_passage_counts_no_longer_from_the_day_on_which_it_was_seen_to_be_gone() -> None:
    gone = replace(explained("named", "2025-07-01"), until=date(2025, 8, 1))
    assert covered(listed("02", gone), on="2025-07-31").explained_now == 1
    assert covered(listed("02", gone), on="2025-08-01").explained_now == 0


def test_what_is_explained_by_the_last_day_is_not_told_where_nobody_looked() -> None:
    assert covered(verdict="not_looked_for").explained_by_due is None
    assert covered(verdict="overdue").explained_by_due == 0


def test_a_cause_of_concern_without_recommendations_stands_beside_the_counts() -> None:
    named = explained("named", "2025-07-10")
    cause = listed("c1", named, kind="cause_of_concern")
    alone = listed("c2", named, kind="accelerated_cause_of_concern")
    improved = listed("c3", kind="cause_of_concern")
    found = covered(
        cause,
        alone,
        improved,
        replace(listed("01", named), parent="c1"),
        replace(listed("afi-1", named, kind="afi"), parent="c3"),
    )
    assert (found.addressed, found.explained_now) == (1, 1)
    assert found.causes_of_concern == Causes(
        addressed=3, without_recommendations=2, explained_now=1
    )


def test_a_recommendation_raised_later_does_not_belong_to_its_cause_yet() -> None:
    cause = listed("c1", kind="cause_of_concern")
    child = replace(listed("01"), parent="c1", hi=date(2025, 8, 1))
    assert covered(cause, child, on="2025-07-31").causes_of_concern.without_recommendations == 1
    assert covered(cause, child).causes_of_concern.without_recommendations == 0


def test_explanations_of_a_response_without_its_text_are_not_known() -> None:
    unread = explained("not_known", "2025-07-01")
    found = covered(listed("02", explained("named", "2025-07-01"), unread), listed("04", unread))
    assert (found.addressed, found.not_known) == (2, 1)
    assert (found.explained_by_due, found.explained_now, found.general) == (None, None, None)


def test_it_can_name_what_is_explained_in_general() -> None:
    both = explained("general", "2025-07-01"), explained("not_known", "2025-07-01")
    found = covered(listed("02", *both))
    assert (found.explained_now, found.general, found.not_known) == (1, None, 0)
    named = explained("named", "2025-07-01"), explained("not_known", "2025-07-01")
    assert covered(listed("02", *named)).general == 0


def test_a_cause_of_concern_may_be_explained_by_a_response_without_its_text() -> None:
    cause = listed("c1", explained("not_known", "2025-07-01"), kind="cause_of_concern")
    assert covered(cause).causes_of_concern.explained_now is None
    assert covered(cause, on="2025-06-30").causes_of_concern.explained_now == 0


def test_nothing_is_known_of_what_is_explained_where_nobody_looked_for_a_response() -> None:
    cause = listed("c1", kind="cause_of_concern")
    found = covered(listed("02"), listed("04"), cause, verdict="not_looked_for")
    assert (found.addressed, found.not_known) == (2, 2)
    assert (found.explained_by_due, found.explained_now, found.general) == (None, None, None)
    assert found.causes_of_concern.explained_now is None
    looked = covered(listed("02"), listed("04"), cause, verdict="overdue")
    assert (looked.explained_by_due, looked.explained_now, looked.not_known) == (0, 0, 0)
