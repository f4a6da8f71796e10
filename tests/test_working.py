"""How a verdict was reached: the shape of a working, and its sentences."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from projections.verdict.compliance import BASES, Basis, Duty, Publication, verdict
from projections.verdict.working import Aside, Judged, headline, working
from tests.response_cases import (
    ASKED,
    DUTY,
    KEPT_HERE,
    LATER,
    NO_PERIOD,
    RECORDED,
    SEVERAL,
    TRIGGER_NOT_KNOWN,
    asked,
    disapplied,
    explained,
    listed,
    published,
)


@pytest.mark.parametrize(
    ("publications", "asked_on", "says"),
    [
        ([], "2025-06-25", "Not due until 10 July 2025: 15 days left."),
        ([], "2025-07-09", "Due on 10 July 2025: 1 day left."),
        ([], "2025-07-10", "Due on 10 July 2025: the last day."),
        ([], "2025-07-20", "Overdue by 10 days: no record held of the body’s own response."),
        (
            [published("2025-07-10", recorded="2025-08-01")],
            LATER,
            "In time, on the body’s own word, entered 22 days later.",
        ),
        (
            [published("2025-07-10", recorded="2025-07-11", own_word=False)],
            LATER,
            "In time, on another’s word, entered 1 day later.",
        ),
        (
            [published(None, recorded="2025-07-01")],
            LATER,
            "In time: the entry itself was made on 1 July 2025.",
        ),
        (
            [published(None, captured="2025-07-01")],
            LATER,
            "In time: a copy was received here on 1 July 2025.",
        ),
        (
            [published("2025-07-11", recorded="2025-07-11")],
            LATER,
            "1 day late, on the body’s own word, entered the same day.",
        ),
        (
            [published("2025-08")],
            LATER,
            "At least 22 days late, on the body’s own word, entered on 24 November 2025.",
        ),
        (
            [published(None)],
            LATER,
            (
                "Not shown whether in time: a response is recorded, published on a day between "
                "16 May 2025 and 24 November 2025."
            ),
        ),
        (
            [published(None, not_before=None)],
            LATER,
            (
                "Not shown whether in time: a response is recorded, published on a day not known, "
                "by 24 November 2025."
            ),
        ),
    ],
)
def test_the_headline_is_one_sentence(
    publications: list[Publication], asked_on: str, says: str
) -> None:
    assert headline(asked(asked_on, *publications)) == says


def test_the_headline_says_why_no_day_is_counted() -> None:
    no_period = asked(LATER, duty=NO_PERIOD)
    assert headline(no_period) == "No period is set, so that nothing can be late."
    assert headline(asked(LATER, duty=TRIGGER_NOT_KNOWN)) == (
        "Not shown: the report’s day is not known, so that no last day is counted."
    )


def test_a_working_has_the_shape_of_the_contract() -> None:
    two = [
        published("2025-07-10", recorded="2025-08-01"),
        published("2025-12-01", entry="not-yet", recorded="2025-12-01"),
    ]
    gone = Aside("gone", "retraction", "A response was set aside: it does not count.")
    found = working(Judged(DUTY, two, [], effective_on=RECORDED, set_aside=[gone]))
    assert to_builtins(found) == {
        "rule": {
            "id": "pa96-s55",
            "version": 1,
            "citation": "Police Act 1996, s.55(5)",
            "read": True,
        },
        "duty": "duty",
        "trigger": {"entry": "report", "on": "2025-05-16", "basis": "publisher"},
        "due_on": "2025-07-10",
        "counting": "16 May 2025 is day 1, 10 July 2025 is day 56.",
        "verdict": "in_time",
        "days": None,
        "at_least": False,
        "basis": "stated",
        "bases": {"trigger": "publisher", "published": "stated"},
        "used": [
            {"entry": "publication", "lo": "2025-07-10", "hi": "2025-07-10", "basis": "stated"}
        ],
        "set_aside": [{"entry": "gone", "by": "retraction"}],
        "corrected": [],
        "sentences": [
            (
                "The report was published on 16 May 2025, on the publisher’s own word: a copy is "
                "held here that was fetched from its website, or that its own account sent."
            ),
            "16 May 2025 is day 1, 10 July 2025 is day 56.",
            (
                "A response was published on 10 July 2025, on the body’s own word, entered 22 days "
                "later."
            ),
            "A response was set aside: it does not count.",
            "In time, on the body’s own word, entered 22 days later.",
        ],
    }


def test_the_working_says_that_no_record_is_held_where_nothing_is_recorded() -> None:
    weak = replace(DUTY, trigger_basis="stated")
    on = date(2025, 7, 20)
    said = working(Judged(weak, [], [], effective_on=on, silence=KEPT_HERE)).sentences
    assert said == [
        (
            "The report was published on 16 May 2025, on somebody’s word: no copy is held here "
            "that was fetched from the publisher’s website, or that its own account sent."
        ),
        "16 May 2025 is day 1, 10 July 2025 is day 56.",
        "No record of the body’s own response is held here.",
        (
            "a-body keeps its record here, by its own word: its responses to reports published "
            "from 1 May 2025 on are all recorded here."
        ),
        "Overdue by 10 days: no record held of the body’s own response.",
    ]


def test_the_working_of_a_day_not_known_says_between_which_days_it_lies() -> None:
    one = published(None, captured="2025-09-01")
    found = working(Judged(DUTY, [one], [], effective_on=RECORDED))
    assert to_builtins(found.used) == [
        {"entry": "publication", "lo": "2025-05-16", "hi": "2025-09-01", "basis": "captured"}
    ]
    assert found.sentences[2:] == [
        (
            "A response is recorded, entered on 24 November 2025; the day it was published is not "
            "known: it lies between 16 May 2025 and 1 September 2025. A copy was received here on "
            "1 September 2025."
        ),
        (
            "Not shown whether in time: a response is recorded, published on a day between "
            "16 May 2025 and 1 September 2025."
        ),
    ]


def test_nothing_is_said_to_be_unexplained_before_the_publication_is_sure() -> None:
    july, named = published("2025-07"), explained("named", "2025-07-31")

    def said(on: str) -> list[str]:
        found = working(
            Judged(
                DUTY,
                [july],
                [],
                effective_on=date.fromisoformat(on),
                listed=[listed("02", named), listed("04", named)],
            )
        )
        return found.sentences[4:]

    assert said("2025-07-25") == [
        (
            "Whether it was published by 25 July 2025 is not shown, so nothing counts as explained "
            "by then."
        )
    ]
    assert said("2025-07-31") == [
        "It explains both recommendations that the report lists.",
        "That a passage exists does not say that it satisfies the Act.",
    ]


def test_the_working_of_a_past_day_does_not_know_what_came_after_it() -> None:
    on, there = date(2025, 7, 15), [published("2025-08-05")]
    found = working(Judged(DUTY, there, [], effective_on=on, silence=KEPT_HERE))
    assert [one.entry for one in found.used] == ["kept"]
    assert found.sentences[2:] == [
        "No response is recorded as published by 15 July 2025.",
        (
            "a-body keeps its record here, by its own word: its responses to reports published "
            "from 1 May 2025 on are all recorded here."
        ),
        "Overdue by 5 days: no response is recorded as published by then.",
    ]


def test_the_working_names_a_disapplication_that_came_too_late() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2026-05-03", decided="2025-07-01")]
    found = working(Judged(DUTY, [], said, effective_on=date(2026, 6, 1)))
    assert found.used == []
    assert found.sentences[-1] == (
        "That the duty does not apply was recorded on 3 May 2026, after the last day, as decided "
        "by the commissioner on 1 July 2025: it stands beside the verdict and does not replace it."
    )


def test_the_working_uses_a_disapplication_that_replaces_the_verdict() -> None:
    said = [disapplied(hi="2025-07-01", recorded="2025-07-02")]
    found = working(Judged(DUTY, [], said, effective_on=RECORDED))
    assert to_builtins(found.used) == [
        {"entry": "disapplication", "lo": None, "hi": "2025-07-01", "basis": "recorded"}
    ]


@given(
    several=SEVERAL,
    on=ASKED,
    duty=st.sampled_from([DUTY, NO_PERIOD, TRIGGER_NOT_KNOWN]),
    basis=st.sampled_from(BASES),
    late=st.booleans(),
)
def test_a_working_alleges_nothing_and_repeats_its_verdict(
    several: list[Publication], on: date, duty: Duty, basis: Basis, late: bool
) -> None:
    duty = replace(duty, trigger_basis=basis)
    said = [disapplied(hi="2025-07-01", recorded="2025-08-01")] if late else []
    found, sentences = (
        verdict(duty, several, said, on, silence=KEPT_HERE),
        working(
            Judged(
                duty,
                several,
                said,
                effective_on=on,
                silence=KEPT_HERE,
                name=str.capitalize,
            )
        ).sentences,
    )
    assert headline(found, str.capitalize) in sentences
    for sentence in sentences:
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert "breach" not in sentence
        assert "None" not in sentence
    if found.verdict not in ("late", "overdue"):
        assert not any("late," in one or "Overdue" in one for one in sentences)


@pytest.mark.parametrize(
    ("listed_by", "says"),
    [
        ("report", "It explains both recommendations that the report lists."),
        (
            "response",
            (
                "It explains both recommendations that it lists; the report’s own list is not "
                "recorded here."
            ),
        ),
    ],
)
def test_the_working_says_whose_list_was_counted_by(listed_by: Any, says: str) -> None:
    ones = [
        listed("02", explained("named", "2025-07-10")),
        listed("04", explained("general", "2025-07-10")),
    ]
    found = working(
        Judged(
            DUTY,
            [published("2025-07-10")],
            [],
            effective_on=RECORDED,
            listed=ones,
            listed_by=listed_by,
        )
    )
    assert found.sentences[-3:] == [
        says,
        "1 of them in general terms only.",
        "That a passage exists does not say that it satisfies the Act.",
    ]
