"""The day that the words of a target give is proposed; a person confirms it, or the words stand."""

from dataclasses import replace
from typing import Any

import pytest

from tests.intake.changing import FIRST, Office
from tests.intake.test_a_page_met_again import office_on

IN_WORDS = replace(
    FIRST,
    asked={
        "1": "Within three months, the force should mend thing 1.",
        "2": "With immediate effect, the force should mend thing 2.",
        "3": "As soon as it can, the force should mend thing 3.",
        "4": "Within 12 months of the inspection, the force should mend thing 4.",
    },
)
"""A report of 12 March 2025."""
DAYS = {"Within three months": "2025-06-12", "With immediate effect": "2025-03-12"}


@pytest.fixture
def office(begun_database, tmp_path):
    return office_on(begun_database.ledger, tmp_path)


def targets(office: Office) -> dict[str, Any]:
    """Return the target of each recommendation, by its number."""
    return {
        entry.data.number: entry.data.target for entry in office.entries("recommendation-raised")
    }


def test_unconfirmed_the_words_alone_are_recorded_and_asked_about_again(office):
    answer = office.takes(IN_WORDS)

    assert {one["text"]: one["now"] for one in answer["proposed"]} == DAYS
    assert {one["field"] for one in answer["proposed"]} == {"target.on"}
    found = targets(office)
    assert found["3"] is None
    for number in ("1", "2", "4"):
        assert found[number] is not None
        assert (found[number].on, found[number].worked_out) == (None, None)

    again = office.takes(IN_WORDS)
    assert again["recorded"] == 0
    assert {one["text"]: one["now"] for one in again["proposed"]} == DAYS
    raised = {one.id for one in office.entries("recommendation-raised")}
    assert {one["entry"] for one in again["proposed"]} < raised


def test_confirmed_it_is_recorded_beside_the_words_and_asked_about_no_more(office):
    office.takes(IN_WORDS, targets=True)

    found = targets(office)
    assert [found[n] and (found[n].on, found[n].worked_out) for n in "1234"] == [
        ("2025-06-12", True),
        ("2025-03-12", True),
        None,
        (None, None),
    ]
    again = office.takes(IN_WORDS, targets=True)
    assert (again["recorded"], again["proposed"]) == (0, [])


def test_confirmed_later_it_is_a_target_that_the_report_set_and_recorded_once(office):
    office.takes(IN_WORDS)
    office.takes(IN_WORDS, targets=True)

    sets = office.entries("target-date-set")
    assert [(one.data.on, one.data.origin, one.occurred_on) for one in sets] == [
        ("2025-06-12", "report", "2025-03-12"),
        ("2025-03-12", "report", "2025-03-12"),
    ]
    assert all(one.data.worked_out and one.source.capture for one in sets)
    assert office.says(sets[0], "reason").startswith("“Within three months”: 3 months from")
    again = office.takes(IN_WORDS, targets=True)
    assert (again["recorded"], again["proposed"]) == (0, [])
