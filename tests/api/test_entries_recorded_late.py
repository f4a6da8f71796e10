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


def test_a_report_entered_late_is_late_with_all_that_it_brought(town):
    report = town.publish(recommendations=[recommendation()], source=NOTE)

    found = town.anybody.reads("/api/entries", late_by=100, report=report.reference)["items"]

    assert [one["id"] for one in found] == [one["id"] for one in report.answer["events"]]


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
