"""Standings through `replay`: acts in the order of (hi, position), each where it is allowed."""

from datetime import date

import pytest

from ledger.replay.answers import answers
from ledger.replay.recommendation import key
from ledger.replay.world import World
from tests.test_replay_vectors import Writing
from tests.vectors import LATER

STREAM = "recommendation/r/2/a-force"


@pytest.fixture
def writing():
    made = Writing()
    data = {"number": "02", "kind": "recommendation", "text": {"sha256": "00"}}
    made.write(STREAM, "recommendation-raised", data, "2025-05-20", "2025-05-16")
    return made


def stands(writing, on=LATER):
    world = World(writing.log(), len(writing.lines), date.fromisoformat(on))
    return answers(world).recommendations["/api/recommendations/r/2/a-force"]


def update(writing, on, means=None, recorded=LATER, **more):
    claim = {"claim": {"means": means}} if means else {}
    return writing.write(STREAM, "update-received", claim | more, recorded, on)


def act(writing, kind, on, recorded=LATER):
    return writing.write(STREAM, kind, {}, recorded, on)


def test_a_late_entered_update_before_a_closure_changes_nothing_after_it(writing):
    act(writing, "closure-confirmed", "2025-07-01")
    update(writing, "2025-06-01", "complete")

    assert [stands(writing, day)["status"] for day in ("2025-05-31", "2025-06-01", LATER)] == [
        "open",
        "claimed_complete",
        "closed",
    ]


def test_acts_of_one_day_are_in_the_order_of_their_entries(writing):
    for kind in ("closure-proposed", "closure-refused", "closure-confirmed", "reopened"):
        act(writing, kind, "2025-07-01")

    assert stands(writing)["status"] == "reopened"


def test_a_refusal_stands_until_completion_is_claimed_again(writing):
    update(writing, "2025-06-01", "complete")
    act(writing, "closure-refused", "2025-07-02")
    update(writing, "2025-07-03", "on_track")
    update(writing, "2025-07-04", "complete")

    days = ("2025-07-02", "2025-07-03", "2025-07-04")
    assert [stands(writing, day)["status"] for day in days] == [
        "refused",
        "refused",
        "claimed_complete",
    ]


def test_one_is_reopened_whose_closure_is_not_recorded(writing):
    act(writing, "reopened", "2025-07-02")

    assert stands(writing)["status"] == "reopened"


def test_a_month_counts_once_it_is_over_or_was_recorded(writing):
    act(writing, "closure-confirmed", "2025-07", recorded="2025-07-20")

    days = ("2025-07-19", "2025-07-20")
    assert [stands(writing, day)["status"] for day in days] == ["open", "closed"]


def test_an_update_to_what_was_withdrawn_by_then_says_nothing(writing):
    sought = act(writing, "assurance-sought", "2025-06-01")
    act(writing, "withdrawn", "2025-06-02")
    update(writing, "2025-06-03", "complete", answers=sought)

    found = stands(writing)
    assert (found["status"], found["claim"], found["last_update_on"]) == ("withdrawn", None, None)
    assert found["assurances"] == {"open": 1, "answered": 0}


def test_evidence_of_a_claim_is_told_without_its_texts(writing):
    named = [{"what": {}, "whose": {"body": "a-force"}, "on": "2025-06"}, {"whose": {"name": {}}}]
    claim = {"claim": {"means": "complete", "evidence": named}}
    writing.write(STREAM, "update-received", claim, LATER, "2025-07-01")

    assert stands(writing)["claim"]["evidence"] == [
        {"on": "2025-06", "whose": "a-force"},
        {"on": None},
    ]


def test_what_it_repeats_is_told_from_its_day_on_in_the_order_of_the_days(writing):
    notes = {}
    for report, on in (("later", "2025-07-02"), ("first", "2025-07-01")):
        of = {"report": report, "number": "02", "addressee": "a-force"}
        entry = writing.write(STREAM, "repeat-noted", {"of": of, "words": "own"}, LATER, on)
        notes[report] = of | {"words": "own", "entry": entry}

    days = ("2025-06-30", "2025-07-01", "2025-07-02")
    assert [stands(writing, day)["repeats"] for day in days] == [
        [],
        [notes["first"]],
        [notes["first"], notes["later"]],
    ]


@pytest.mark.parametrize(
    ("kind", "standing", "days"),
    [(None, "passed", 55), ("closure-confirmed", "over", None), ("reopened", "passed", 55)],
)
def test_a_target_is_passed_where_neither_closure_nor_completion_is_recorded(
    writing, kind, standing, days
):
    for on in ("2025-09-01", "2025-09-01", "2025-09-30"):
        said = {"on": on, "origin": "force"}
        writing.write(STREAM, "target-date-set", said, LATER, "2025-06-01")
    if kind:
        act(writing, kind, "2025-07-01")

    found = stands(writing)["target"]

    assert (found["standing"], found["days"]) == (standing, days)
    assert (found["original_on"], found["on"], found["moves"]) == ("2025-09-01", "2025-09-30", 1)


def test_a_recommendation_exists_once_its_report_does(writing):
    world = World(writing.log(), len(writing.lines), date(2025, 5, 15))

    assert answers(world).recommendations == {}


@pytest.mark.parametrize(
    ("number", "of_streams"),
    [
        ("02", "2"),
        ("Rec 02", "2"),
        ("R2", "2"),
        ("Recommendation 2", "2"),
        ("3A", "3a"),
        ("afi-1", "afi-1"),
        ("10", "10"),
    ],
)
def test_a_number_is_the_same_with_and_without_its_label(number, of_streams):
    assert key(number) == of_streams
