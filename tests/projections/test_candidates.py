"""The streams of which something can have changed: those of some bodies, and those of a report, are
theirs of all."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest

from ledger.events.entry import Entry
from ledger.events.streams import report_of
from projections.as_of import At
from projections.questions.changes import streams_between
from projections.questions.span import Between
from tests.api.site import FORCE, PFCC, Site

PANEL = "cumbria-police-fire-and-crime-panel"
DAYS = (date(2016, 1, 1), date(2021, 6, 30), date(2025, 11, 24))
SHARES = ((0.2, 0.3), (0.5, 1.0), (0.95, 1.0), (0.0, 1.0))


@pytest.fixture(scope="module")
def years(seeded_site: Site) -> Site:
    """Years of three offices, and a meeting with a correction of a report after it."""
    report = seeded_site.publish()
    seeded_site.panel.records(f"/api/meetings/{PANEL}/2025-10-09/held", {})
    seeded_site.clerk.records(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {"field": "title", "now": "Another title", "reason": "A slip."},
    )
    seeded_site.catch_up()
    return seeded_site


@pytest.fixture(scope="module")
def entries(years: Site) -> Sequence[Entry]:
    return years.ledger.read(0, years.position)


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
def test_the_streams_of_bodies_and_of_a_report_are_their_part_of_all_streams(
    years, entries, first, second
):
    last = years.position
    days = pairwise(DAYS) if first else [(DAYS[0], DAYS[2])]
    for since, until in days:
        when = At(None, int(second * last), True, until)
        asked = Between(At(None, int(first * last), True, since), when)
        concerned = {
            body: {one.stream.split("/")[1] for one in entries[:when.position]
                   if one.stream.startswith("re") and one.stream.endswith(f"/{body}")}
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
                its = streams_between(conn, asked, None, report)
                assert its == (of_it if report else [])
        assert whole
