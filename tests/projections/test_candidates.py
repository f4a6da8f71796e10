"""What can have changed, of some bodies or of a report: those streams, of all that can have, that
are theirs."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from ledger.seed import seed
from ledger.streams import report_of
from projections.between import Between
from projections.candidates import streams_between
from projections.moment import At
from tests.api.town import FORCE, PFCC, Town

PANEL = "cumbria-police-fire-and-crime-panel"
DAYS = (date(2016, 1, 1), date(2021, 6, 30), date(2025, 11, 24))
SHARES = ((0.2, 0.3), (0.5, 1.0), (0.95, 1.0), (0.0, 1.0))


@pytest.fixture(scope="module")
def years(module_town: Town) -> Town:
    """Years of three offices, and a meeting with a correction of a report after it."""
    seed(module_town.ledger, 900, 3, lambda done, of: None)
    report = module_town.publish()
    module_town.panel.records(f"/api/meetings/{PANEL}/2025-10-09/held", {})
    module_town.clerk.records(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {"field": "title", "now": "Another title", "reason": "A slip."},
    )
    module_town.catch_up()
    return module_town


def listed(town: Town, path: str, when: At) -> list[Any]:
    """Every page of a list."""
    found, after = [], None
    while True:
        dates = {"known_at": when.position, "effective_on": when.effective_on.isoformat()}
        cursor: dict[str, Any] = {"after": after} if after else {}
        answer = town.clerk.reads(path, limit=500, **dates, **cursor)
        found += answer["items"]
        if (after := answer.get("next")) is None:
            return found


def theirs(stream: str, bodies: set[str], reports: set[str]) -> bool:
    kind, *parts = stream.split("/")
    match kind:
        case "report":
            return parts[0] in reports
        case "meeting":
            return parts[0] in bodies
        case _:
            return parts[-1] in bodies


@pytest.mark.parametrize(("first", "second"), SHARES)
def test_of_bodies_and_of_a_report_it_is_what_is_theirs_of_all(years, first, second):
    last = years.position
    days = pairwise(DAYS) if first else [(DAYS[0], DAYS[2])]
    for since, until in days:
        when = At(None, int(second * last), True, until)
        asked = Between(At(None, int(first * last), True, since), when)
        concerned = {
            body: {one["report"] for one in listed(years, "/api/recommendations", when)
                   if one["addressee"] == body}
            | {one["report"] for one in listed(years, "/api/responses", when)
               if one["body"] == body}
            for body in (PFCC, FORCE, PANEL)
        }  # fmt: skip
        with years.ledger.log.pool.connection() as conn:
            whole = streams_between(conn, asked, None, None)
            for bodies in ([PFCC], [FORCE, PFCC], [PANEL], ["hmicfrs"]):
                reports = set().union(*(concerned.get(body, set()) for body in bodies))
                found = streams_between(conn, asked, bodies, None)
                assert found == [one for one in whole if theirs(one, set(bodies), reports)]
            for report in sorted({report_of(one) or "" for one in whole})[:5]:
                of_it = [one for one in whole if report_of(one) == report]
                assert streams_between(conn, asked, None, report) == (of_it if report else [])
        assert whole
