"""The domain's vectors, over HTTP: the verdict on a response, asked on a day, as known at one.

One town whose clock goes from May to November 2025: each case records a report of its own with the
publisher's page held (due on 10 July), and statements on the days that the case says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ledger.postgres.embedded import Running
from tests.api.conftest import fresh_town
from tests.api.founding import People
from tests.api.town import PFCC, Published, Town, statement


@pytest.fixture(scope="module")
def people(keeping: People) -> People:
    """The office keeps its record here: what is silent is overdue."""
    return keeping


LATER = "2025-11-24"


@dataclass(frozen=True)
class Said:
    """A statement: the day it is said to be of, when it was entered, when a copy was received."""

    published_on: str | None
    recorded: str = LATER
    captured: str | None = None


@dataclass(frozen=True)
class Case:
    """What is recorded, and what is answered to those who ask on a day."""

    said: tuple[Said, ...]
    asked_on: str
    verdict: str
    days: int | None = None
    at_least: bool = False
    published: str | None = None
    """What the publication's day rests on."""
    known_at: str | None = None


CASES = [
    Case((Said("2025-07-10"),), LATER, "in_time", published="stated"),
    Case((Said("2025-07-11"),), LATER, "late", 1, published="stated"),
    Case((Said("2025-07-14"),), LATER, "late", 4, published="stated"),
    Case((Said(None),), "2025-06-01", "not_due", 39, published="recorded"),
    Case((Said(None),), "2025-08-01", "not_shown", published="recorded"),
    Case((Said(None),), LATER, "not_shown", published="recorded"),
    Case((Said(None, "2025-07-01"),), LATER, "in_time", published="recorded"),
    Case((Said(None, captured="2025-07-01"),), LATER, "in_time", published="captured"),
    Case((Said("2025-06"),), LATER, "in_time", published="stated"),
    Case((Said("2025-07"),), LATER, "not_shown", published="recorded"),
    Case((Said("2025-08"),), LATER, "late", 22, at_least=True, published="stated"),
    Case((Said("2025-07"),), "2025-07-25", "not_shown", published="recorded"),
    Case((Said("2025-07", "2025-07-05"),), LATER, "in_time", published="recorded"),
    Case((Said("2025-09-01"), Said(None)), "2025-08-01", "not_shown", published="recorded"),
    Case((Said("2025-09-01"), Said(None)), LATER, "not_shown", published="recorded"),
    Case(
        (Said("2025-08-05"), Said(None, captured="2025-09-01")),
        LATER,
        "not_shown",
        published="captured",
    ),
    Case((), "2025-06-25", "not_due", 15),
    Case((), "2025-06-26", "due", 14),
    Case((), "2025-07-10", "due", 0),
    Case((), "2025-07-11", "overdue", 1),
    Case((Said("2025-07-10", "2025-08-01"),), "2025-07-20", "overdue", 10, known_at="2025-07-20"),
    Case((Said("2025-07-10", "2025-08-01"),), LATER, "in_time", published="stated"),
    Case((Said("2025-07-10", "2025-08-01"),), "2025-07-20", "in_time", published="stated"),
]
DAYS = ["2025-05-20", "2025-07-01", "2025-07-05", "2025-08-01", "2025-09-01", LATER]


@pytest.fixture(scope="module")
def recorded(postgres: Running, people: People) -> Iterator[tuple[Town, list[Published]]]:
    """The town after all cases were recorded, and the report of each."""
    with fresh_town(postgres, people) as town:
        reports: list[Published] = []
        captures: dict[tuple[int, int], str] = {}
        for day in DAYS:
            town.clock.set(day)
            if not reports:
                reports = [with_its_page(town, n) for n in range(len(CASES))]
            for n, case in enumerate(CASES):
                for nth, said in enumerate(case.said):
                    if said.captured == day:
                        captures[(n, nth)] = town.capture(url=f"https://pfcc.example/{n}/{nth}")
                    if said.recorded == day:
                        source = {"capture": captures[(n, nth)]} if said.captured else None
                        body = statement(said.published_on, source=source)
                        town.clerk.records(f"{reports[n].response}/statement", body)
        town.catch_up()
        yield town, reports


def with_its_page(town: Town, n: int) -> Published:
    page = f"https://hmicfrs.example/vectors/{n}"
    source = {"url": page, "capture": town.capture(url=page, by=town.hmicfrs)}
    return town.publish(same_as=[page], source=source)


def asked(case: Case) -> dict[str, str]:
    return {"effective_on": case.asked_on} | ({"known_at": case.known_at} if case.known_at else {})


@pytest.mark.parametrize("n", range(len(CASES)))
def test_the_verdict_its_days_and_its_basis(recorded, n):
    town, reports = recorded
    case = CASES[n]

    found = town.anybody.reads(reports[n].response, **asked(case))

    assert (found["verdict"], found["days"], found["at_least"]) == (
        case.verdict,
        case.days,
        case.at_least,
    )
    assert found["bases"] == {"trigger": "publisher", "published": case.published}
    assert found["basis"] == (case.published or "publisher")
    assert found["due_on"] == "2025-07-10"


@pytest.mark.parametrize("n", range(len(CASES)))
def test_the_working_and_the_list_say_the_same(recorded, n):
    town, reports = recorded
    case = CASES[n]
    dates = asked(case)

    found = town.anybody.reads(reports[n].response, **dates)
    working = town.anybody.reads(f"{reports[n].response}/working", **dates)
    listed = town.anybody.reads(
        "/api/responses", report=reports[n].reference, verdict=case.verdict, **dates
    )

    for field in ("verdict", "days", "at_least", "basis", "bases", "due_on"):
        assert working[field] == found[field] == listed["items"][0][field]
    assert working["trigger"]["entry"] == reports[n].entry("report-published")
    assert working["rule"]["id"] == "pa96-s55"
    assert working["counting"] == "16 May 2025 is day 1, 10 July 2025 is day 56."
    assert found["headline"] in working["sentences"]
    assert {one["entry"] for one in working["used"]} <= {
        one["entry"] for one in town.anybody.reads(reports[n].response)["statements"]
    }


def test_a_reports_day_from_another_page_than_the_publishers_own_is_stated(recorded):
    town, _ = recorded
    publisher, commissioner = "https://hmicfrs.example/own", "https://pfcc.example/own"
    capture = town.capture(url=commissioner)

    report = town.publish(same_as=[publisher, commissioner], source={"capture": capture})

    found = town.anybody.reads(f"/api/responses/{report.reference}/{PFCC}")
    assert found["bases"]["trigger"] == "stated"
