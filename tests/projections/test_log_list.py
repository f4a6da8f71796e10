"""The log as a list: whatever it is asked for, a page is what reading every entry would find."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.clock import london_date
from ledger.dates import last_day
from ledger.entry import Entry
from ledger.seed import seed
from tests.api.town import FORCE, NOTE, PFCC, Town

BODIES = (FORCE, PFCC, "hmicfrs", "dorset-police", "dorset-pcc", "service")
TYPES = ("update-received", "recommendation-raised", "account-opened", "assurance-sought",
         "entry-corrected", "capture-kept")  # fmt: skip


@pytest.fixture(scope="module")
def years(module_town: Town) -> Town:
    """Five years of three offices, and what was entered late: backfill, and what is none."""
    seed(module_town.ledger, 900, 3, lambda done, of: None)
    report = module_town.publish()
    batch = {"id": "step-1", "kind": "backfill"}
    for n in range(24):
        said: dict[str, Any] = {"text": "It is done.", "occurred_on": f"2025-{n % 6 + 5:02}"}
        said |= {"batch": batch} if n % 3 else {}
        who = module_town.force if n % 2 else module_town.clerk
        who.act(f"{report.recommendation}/updates", said | {"source": NOTE})
    module_town.catch_up()
    module_town.clerk.act(  # the read models do not know of this one yet
        f"{report.recommendation}/updates",
        {"text": "Nor is that.", "occurred_on": "2025-06-01", "source": NOTE},
    )
    return module_town


def fits(one: Entry, asked: dict[str, Any]) -> bool:
    """As contract and schema say it, looking at one entry."""
    if "type" in asked and asked["type"] != one.data.TOPIC:
        return False
    if "late_by" in asked:
        if one.occurred_on is None:
            return False
        days = (london_date(one.instant) - last_day(one.occurred_on)).days
        if days <= asked["late_by"]:
            return False
    parts = one.stream.split("/")
    if "report" in asked and (
        parts[0] not in ("report", "response", "recommendation") or parts[1] != asked["report"]
    ):
        return False
    body = asked.get("body")
    return body is None or body in (one.by, one.recorded_by.split("/")[0], *parts[1:][-1:])


def naive(log: list[Entry], asked: dict[str, Any], after: int, upto: int, limit: int) -> Any:
    """(ids, next, backfill) of a page, from every entry of the log."""
    found: list[Entry] = []
    backfill, at = 0, after
    for one in log:
        if not after < one.position <= upto or asked.get("type", one.data.TOPIC) != one.data.TOPIC:
            continue
        if len(found) == limit:
            return [each.id for each in found], at, backfill
        at = one.position
        if fits(one, asked):
            if "late_by" in asked and one.batch is not None and one.batch.kind == "backfill":
                backfill += 1
            else:
                found.append(one)
    return [each.id for each in found], None, backfill


@st.composite
def questions(draw: st.DrawFn) -> tuple[dict[str, Any], int, float, float]:
    """(filters, limit, where the page starts, how much is known), the last two as shares."""
    asked = {
        "type": draw(st.sampled_from([None, *TYPES])),
        "body": draw(st.sampled_from([None, *BODIES])),
        "report": draw(st.sampled_from([None, 0, 1, 2])),
        "late_by": draw(st.sampled_from([None, None, 0, 1, 14, 30, 100, 99_999])),
    }
    limit = draw(st.sampled_from([1, 2, 7, 50, 500]))
    share = st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0])
    return ({name: value for name, value in asked.items() if value is not None}, limit,
            draw(share), draw(share))  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(question=questions())
def test_a_page_is_what_reading_every_entry_would_find(years, question):
    asked, limit, start, known = question
    log = years.ledger.read(0, 10_000)
    reports = [one.stream.removeprefix("report/") for one in log
               if one.data.TOPIC == "report-published"]  # fmt: skip
    if "report" in asked:
        asked = asked | {"report": reports[asked["report"] * (len(reports) - 1) // 2]}
    upto = max(1, int(known * len(log)))
    after = int(start * upto)

    answer = years.anybody.reads("/api/entries", after=after, limit=limit, known_at=upto, **asked)

    expected = naive(log, asked, after, upto, limit)
    ids = [one["id"] for one in answer["items"]]
    assert (ids, answer["next"], answer.get("backfill_left_out", 0)) == expected


@pytest.mark.parametrize("asked", [{}, {"late_by": 30}, {"body": FORCE}, {"type": TYPES[0]}])
def test_pages_put_together_are_every_entry_that_fits(years, asked):
    log = years.ledger.read(0, 10_000)
    expected, _, backfill = naive(log, asked, 0, len(log), len(log) + 1)

    found: list[str] = []
    passed_over = 0
    after: int | None = 0
    while after is not None:
        page = years.anybody.reads("/api/entries", after=after, limit=9, **asked)
        found += [one["id"] for one in page["items"]]
        passed_over += page.get("backfill_left_out", 0)
        after = page["next"]

    assert (found, passed_over) == (expected, backfill)
    assert len(expected) > 9, "more than a page"


def test_an_entry_that_the_read_models_do_not_know_yet_is_listed(years):
    last = years.ledger.read(years.position - 1, 1)[0]

    found = years.anybody.reads("/api/entries", body=PFCC, late_by=30, after=last.position - 1)

    assert [one["id"] for one in found["items"]] == [last.id]
