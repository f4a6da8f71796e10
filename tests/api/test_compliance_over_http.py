"""Compliance in numbers, over HTTP: a small world whose figures are worked out by hand.

| report | published | kind | owed by | due | what is recorded | on 24 November 2025 |
|---|---|---|---|---|---|---|
| One | 2025-05-16 | national thematic | Cumbria | 2025-07-10 | published on 10 July | in time |
| | | | Dorset | 2025-07-10 | published on 14 July | late, 4 |
| Two | 2025-05-16 | PEEL | Cumbria | 2025-07-10 | published in August | late, at least 22 |
| | | | Dorset | 2025-07-10 | published on a day not known | not shown |
| Three | 2024-05-16 | PEEL | Cumbria | 2024-07-10 | published 11 July 2024 | late, 1 |
| Four | 2025-10-01 | PEEL | both | 2025-11-25 | nothing | due, 1 left |
| Five | 2025-09-01 | national thematic | Cumbria | 2025-10-26 | nothing | overdue, 29 |
| Six | not known | PEEL | Dorset | none | nothing | not shown |

The publisher's page is held of One, Two and Five. One was recorded on 1 June, everything else on
24 November: which bettered One's verdict on Cumbria, and Two's on Dorset. Two's list is that of
the responses.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from projections.read_models import entry_index, tables
from tests.api.conftest import fresh_site
from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PFCC, Site, explanation, problem_of, recommendation
from tests.api.site import statement as saying

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


DORSET, DORSET_FORCE = "dorset-pcc", "dorset-police"
BOTH = {"addressees": [FORCE, DORSET_FORCE]}


def statement(day: str | None, *numbers: str, to: str = FORCE) -> dict[str, Any]:
    said = [explanation(number, addressee=to) for number in numbers]
    return saying(day, explanations=said)


@pytest.fixture(scope="module")
def made(postgres, founding) -> Iterator[Site]:
    with fresh_site(postgres, founding) as here:
        yield made_in(here)


@pytest.fixture
def world(made: Site) -> Site:
    """The world, for those who only read, on 24 November 2025."""
    made.clock.set("2025-11-24")
    return made


def made_in(site: Site) -> Site:
    site.clock.set("2025-06-01")
    site.dorset.records(f"/api/bodies/{DORSET}/keeping", {"from": "2017-01-01"})
    one = site.publish(
        **held(site, "one"),
        title="One",
        bodies=[PFCC, DORSET],
        recommendations=[
            recommendation("1", kind="cause_of_concern", **BOTH),
            recommendation("2", parent="1", **BOTH),
            recommendation("3", **BOTH),
            recommendation("4", kind="accelerated_cause_of_concern", **BOTH),
            recommendation("afi-1", kind="afi", **BOTH),
        ],
    )
    site.clock.set("2025-11-24")
    site.clerk.records(f"{one.response}/statement", statement("2025-07-10", "2", "3", "4"))
    by_dorset = f"/api/responses/{one.reference}/{DORSET}/statement"
    site.dorset.records(by_dorset, statement("2025-07-14", "2", to=DORSET_FORCE))

    two = site.publish(
        **held(site, "two"),
        title="Two",
        kind="peel",
        bodies=[PFCC, DORSET],
        listed_by="response",
    )
    site.clerk.records(f"{two.response}/statement", statement("2025-08"))
    by_dorset = f"/api/responses/{two.reference}/{DORSET}/statement"
    site.dorset.records(by_dorset, statement(None))

    three = site.publish(title="Three", kind="peel", published_on="2024-05-16")
    site.clerk.records(f"{three.response}/statement", statement("2024-07-11", "2"))
    site.publish(
        title="Four",
        kind="peel",
        published_on="2025-10-01",
        bodies=[PFCC, DORSET],
        recommendations=[recommendation("1", **BOTH)],
    )
    site.publish(**held(site, "five"), title="Five", published_on="2025-09-01")
    site.publish(title="Six", kind="peel", published_on=None, bodies=[DORSET], source=NOTE)
    site.catch_up()
    return site


def held(site: Site, name: str) -> dict[str, Any]:
    """Return a source that holds the publisher's page of a report."""
    url = f"https://hmicfrs.example/{name}"
    return {"same_as": [url], "source": {"capture": site.capture(url=url, by=site.hmicfrs)}}


def counts(found: dict[str, Any]) -> dict[str, Any]:
    """Return the counts of a group, without its name and its predecessors and successors."""
    names = {"body", "body_name", "follows", "followed_by", "office_ended_on", "kind", "year"}
    names |= {"record_kept_here", "successors"}
    return {name: value for name, value in found.items() if name not in names}


def coverage(
    responses: int,
    left_out: int,
    counts: tuple[int, int, int],
    by_due: tuple[int, int],
    causes: tuple[int, int, int] = (0, 0, 0),
) -> dict[str, Any]:
    addressed, explained_now, general = counts
    return {
        "responses": responses,
        "left_out": left_out,
        "not_known": 0,
        "addressed": addressed,
        "explained_now": explained_now,
        "general": general,
        "by_due": {"addressed": by_due[0], "explained": by_due[1]},
        "causes_of_concern": {
            "addressed": causes[0],
            "without_recommendations": causes[1],
            "explained_now": causes[2],
        },
    }


CUMBRIA_NOW = {
    "responses": 5,
    "verdicts": {"due": 1, "overdue": 1, "in_time": 1, "late": 2},
    "bases": {"stated": 4, "publisher": 1},
    "verdicts_by_basis": {
        "due": {"stated": 1},
        "overdue": {"publisher": 1},
        "in_time": {"stated": 1},
        "late": {"stated": 2},
    },
    "late": {"count": 2, "median_days": 1, "worst_days": 22, "at_least": 1},
    "overdue": {"count": 1, "median_days": 29, "worst_days": 29},
    "coverage": coverage(4, 1, (5, 3, 0), (4, 2), (2, 1, 1)),
    "improved_later": 1,
    "redactions": 0,
}
DORSET_NOW = {
    "responses": 4,
    "verdicts": {"due": 1, "late": 1, "not_shown": 2},
    "bases": {"stated": 3, "recorded": 1},
    "verdicts_by_basis": {
        "due": {"stated": 1},
        "late": {"stated": 1},
        "not_shown": {"stated": 1, "recorded": 1},
    },
    "late": {"count": 1, "median_days": 4, "worst_days": 4, "at_least": 0},
    "overdue": {"count": 0, "median_days": None, "worst_days": None},
    "coverage": coverage(3, 1, (3, 1, 0), (2, 0), (2, 1, 0)),
    "improved_later": 1,
    "redactions": 0,
}
TOTAL_NOW = {
    "responses": 9,
    "verdicts": {"due": 2, "overdue": 1, "in_time": 1, "late": 3, "not_shown": 2},
    "bases": {"stated": 7, "recorded": 1, "publisher": 1},
    "verdicts_by_basis": {
        "due": {"stated": 2},
        "overdue": {"publisher": 1},
        "in_time": {"stated": 1},
        "late": {"stated": 3},
        "not_shown": {"stated": 1, "recorded": 1},
    },
    "late": {"count": 3, "median_days": 4, "worst_days": 22, "at_least": 1},
    "overdue": {"count": 1, "median_days": 29, "worst_days": 29},
    "coverage": coverage(7, 2, (8, 4, 0), (6, 2), (4, 2, 1)),
    "improved_later": 2,
    "redactions": 0,
}


def test_the_small_world_by_body_by_name(world):
    found = world.anybody.reads("/api/compliance")

    assert found["group_by"] == "body"
    assert [one["body"] for one in found["items"]] == [PFCC, DORSET]
    names = [one["body_name"] for one in found["items"]]
    assert names == sorted(names)
    cumbria, dorset = map(counts, found["items"])
    assert cumbria == CUMBRIA_NOW
    assert dorset == DORSET_NOW
    assert found["total"] == TOTAL_NOW
    assert found["as_of"]["effective_on"] == "2025-11-24"


def test_the_page_names_a_median_of_three_or_more(world):
    all_of_them = world.anybody.get("/compliance").text
    cumbria = world.anybody.get("/compliance", body=PFCC).text

    assert "Late: median 4 days, longest 22 days; 1 of the 3 by at least" in all_of_them
    assert "Late: longest 22 days; 1 of the 2 by at least" in cumbria
    for page in (all_of_them, cumbria):
        assert "Overdue: 29 days." in page


def test_as_known_and_effective_before(world):
    entries = world.anybody.reads("/api/entries", type="response-published")["items"]
    before = int(entries[0]["sequence"]) - 1

    found = world.anybody.reads("/api/compliance", known_at=before, effective_on="2025-07-20")

    assert found["total"]["verdicts"] == {"overdue": 2}
    assert found["total"]["overdue"] == {"count": 2, "median_days": 10, "worst_days": 10}
    assert found["total"]["coverage"] == coverage(2, 0, (4, 0, 0), (4, 0), (4, 2, 0))
    assert found["total"]["improved_later"] == 0
    assert found["as_of"]["position"] == before
    now = world.anybody.reads("/api/compliance", effective_on="2025-07-12")["total"]
    assert now["verdicts"] == {"overdue": 2, "in_time": 1, "late": 1, "not_shown": 1}
    assert world.anybody.reads("/api/compliance", known_at=1)["items"] == []


def test_by_the_last_day_nobody_is_found_wanting_before_that_day_is_over(world):
    world.clock.set("2025-11-26")

    def by_due(body: str, day: str) -> dict[str, int]:
        found = world.anybody.reads("/api/compliance", body=body, effective_on=day)
        told: dict[str, int] = found["total"]["coverage"]["by_due"]
        return told

    assert by_due(DORSET, "2025-07-09") == {"addressed": 0, "explained": 0}
    assert by_due(DORSET, "2025-07-10") == {"addressed": 0, "explained": 0}  # the day goes on
    assert by_due(DORSET, "2025-07-11") == {"addressed": 2, "explained": 0}
    assert by_due(DORSET, "2025-11-25") == {"addressed": 2, "explained": 0}
    assert by_due(DORSET, "2025-11-26") == {"addressed": 3, "explained": 0}


def test_redactions_of_the_report_and_of_the_response_are_counted(new_site):
    world = made_in(new_site)
    one = world.anybody.reads("/api/responses", verdict="in_time")["items"][0]["report"]
    with world.ledger.log.pool.connection() as conn:
        entry_index.redact(conn, tables.SCHEMA, 3, f"report/{one}")
        entry_index.redact(conn, tables.SCHEMA, 4, f"response/{one}/{PFCC}")

    found = world.anybody.reads("/api/compliance")

    assert [each["redactions"] for each in found["items"]] == [2, 1]
    assert found["total"]["redactions"] == 2
    earlier = world.anybody.reads("/api/compliance", known_at=3)["total"]
    assert earlier["redactions"] == 0  # the report was not known then


@pytest.mark.parametrize("asked", [{"group_by": "rank"}, {"effective_on": "2025"}])
def test_a_question_that_means_nothing_is_refused(site, asked):
    problem_of(site.anybody.get("/api/compliance", **asked), 422, "unfit")
