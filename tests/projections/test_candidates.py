"""What can have changed, of some bodies or of a report: those streams, of all that can have, that
are theirs."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest

from ledger.events.entry import Entry
from ledger.events.streams import report_of
from projections.moment import At, Between
from projections.questions import changes
from projections.questions.changes import streams_between
from tests.api.town import FORCE, PFCC, Town

PANEL = "cumbria-police-fire-and-crime-panel"
DAYS = (date(2016, 1, 1), date(2021, 6, 30), date(2025, 11, 24))
SHARES = ((0.2, 0.3), (0.5, 1.0), (0.95, 1.0), (0.0, 1.0))


@pytest.fixture(scope="module")
def years(seeded_town: Town) -> Town:
    """Years of three offices, and a meeting with a correction of a report after it."""
    report = seeded_town.publish()
    seeded_town.panel.records(f"/api/meetings/{PANEL}/2025-10-09/held", {})
    seeded_town.clerk.records(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {"field": "title", "now": "Another title", "reason": "A slip."},
    )
    seeded_town.catch_up()
    return seeded_town


@pytest.fixture(scope="module")
def entries(years: Town) -> Sequence[Entry]:
    return years.ledger.read(0, years.position)


@pytest.fixture(params=["at once", "some by some"], autouse=True)
def way(request, monkeypatch):
    """Both ways of looking: what a test has is little, and would be looked through at once."""
    if request.param == "some by some":
        monkeypatch.setattr(changes, "FEW_ENTRIES", -1)
        monkeypatch.setattr(changes, "FEW_DAYS", timedelta(days=-1))


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
def test_of_bodies_and_of_a_report_it_is_what_is_theirs_of_all(years, entries, first, second):
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
            whole = list(streams_between(conn, asked, None, None))
            for bodies in ([PFCC], [FORCE, PFCC], [PANEL], ["hmicfrs"]):
                reports = set().union(*(concerned.get(body, set()) for body in bodies))
                found = streams_between(conn, asked, bodies, None)
                assert list(found) == [one for one in whole if theirs(one, set(bodies), reports)]
            for report in sorted({report_of(one) or "" for one in whole})[:5]:
                of_it = [one for one in whole if report_of(one) == report]
                its = list(streams_between(conn, asked, None, report))
                assert its == (of_it if report else [])
        assert whole


def test_a_part_of_a_long_time_is_found_without_looking_at_the_rest(years, monkeypatch):
    """Reports are asked for few at a time, and no more of them than are wanted."""
    monkeypatch.setattr(changes, "FEW_ENTRIES", -1)
    monkeypatch.setattr(changes, "FEW_DAYS", timedelta(days=-1))
    looked_at: list[str] = []
    touched = changes.Search.touched

    def noted(search: changes.Search, reports: Sequence[str]) -> set[str]:
        looked_at.extend(reports)
        return touched(search, reports)

    monkeypatch.setattr(changes.Search, "touched", noted)
    asked = Between(At(None, 1, True, DAYS[0]), At(None, years.position, True, DAYS[2]))
    with years.ledger.log.pool.connection() as conn:
        whole = list(streams_between(conn, asked, None, None))
        reports = sorted({one for one in map(report_of, whole) if one})
        assert looked_at == reports
        for start in (whole[0], whole[len(whole) // 2], whole[-2]):
            looked_at.clear()
            found = list(islice(streams_between(conn, asked, None, None, start), 3))
            assert found == whole[whole.index(start) :][:3]
            assert len(looked_at) <= 3
