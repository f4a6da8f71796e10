"""The log asked for what was recorded long after it happened."""

import pytest

from api.reading import act_sentences
from tests.api.town import FORCE, NOTE, Published, Town, problem_of, recommendation

QUESTION = {"of": FORCE, "question": "Is it done?"}


def ask(town: Town, report: Published, day: str | None, **more: object) -> str:
    """The entry of an assurance sought on a day, recorded now."""
    return str(
        town.clerk.act(
            f"{report.recommendation}/assurances", QUESTION | {"occurred_on": day} | more
        )
    )


def late(town: Town, report: Published, days: int, **asked: object) -> list[str]:
    found = town.anybody.reads(
        "/api/entries", late_by=days, report=report.reference, type="assurance-sought", **asked
    )
    return [one["id"] for one in found["items"]]


def test_days_are_counted_in_london_from_the_last_day_that_it_can_mean(new_town):
    new_town.clock.set("2025-06-01")
    report = new_town.publish()
    new_town.clock.set("2025-09-30T23:30:00+00:00")  # 1 October in London
    exact = ask(new_town, report, "2025-09-21")
    month = ask(new_town, report, "2025-08")
    ask(new_town, report, "2025")
    ask(new_town, report, None)

    assert late(new_town, report, 9) == [exact, month]
    assert late(new_town, report, 10) == [month]
    assert late(new_town, report, 30) == [month]
    assert late(new_town, report, 31) == []


def test_an_entry_of_the_same_day_is_not_late(town, report):
    ask(town, report, "2025-11-24")
    yesterday = ask(town, report, "2025-11-23")

    assert late(town, report, 0) == [yesterday]


def test_backfill_is_left_out_and_counted(town, report):
    step = {"id": "step-1", "kind": "backfill"}
    ask(town, report, "2025-06-01", batch=step)
    ask(town, report, "2025-11-24", batch=step)
    entered = ask(town, report, "2025-06-01", batch={"id": "step-2", "kind": "imported"})
    ask(town, report, "2025-06-02", batch=step)

    asked = {"report": report.reference, "type": "assurance-sought"}
    found = town.anybody.reads("/api/entries", late_by=30, **asked)
    assert [one["id"] for one in found["items"]] == [entered]
    assert found["backfill_left_out"] == 2
    whole = town.anybody.reads("/api/entries", **asked)
    assert "backfill_left_out" not in whole
    assert len(whole["items"]) == 4


def test_the_pages_together_count_all_that_was_left_out(town, report):
    step = {"id": "step-1", "kind": "backfill"}
    entered = []
    for _ in range(3):
        ask(town, report, "2025-06-01", batch=step)
        entered.append(ask(town, report, "2025-06-01"))

    found: list[str] = []
    left_out = 0
    after: int | None = 0
    while after is not None:
        page = town.anybody.reads(
            "/api/entries",
            late_by=30,
            limit=2,
            after=after,
            report=report.reference,
            type="assurance-sought",
        )
        found += [one["id"] for one in page["items"]]
        left_out += page["backfill_left_out"]
        after = page["next"]

    assert (found, left_out) == (entered, 3)


def test_as_known_then_only_what_was_recorded_by_then(town, report):
    first = ask(town, report, "2025-06-01")
    then = town.position
    ask(town, report, "2025-06-01")

    assert late(town, report, 30, known_at=then) == [first]


def test_a_report_entered_late_is_late_with_all_that_it_brought(town):
    report = town.publish(recommendations=[recommendation()], source=NOTE)

    found = town.anybody.reads("/api/entries", late_by=100, report=report.reference)["items"]

    assert [one["id"] for one in found] == [one["id"] for one in report.answer["events"]]


def test_exactly_so_many_days_late_is_not_more_than_them(town, report):
    entered = ask(town, report, "2025-11-10")  # fourteen days before

    assert late(town, report, 13) == [entered]
    assert late(town, report, 14) == []


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "100000"])
def test_a_number_of_days_that_is_none_is_refused(town, days):
    problem_of(town.anybody.get("/api/entries", late_by=days), 422, "unfit")


def test_the_page_is_there_though_an_act_has_no_words_of_its_own(town, report, monkeypatch):
    monkeypatch.delitem(act_sentences.ACTS, "assurance-sought")
    ask(town, report, "2025-06-01")
    town.catch_up()

    page = town.anybody.get("/late-entries", late_by=30, report=report.reference)

    assert page.status_code == 200
    assert act_sentences.done("assurance-sought") in page.text
