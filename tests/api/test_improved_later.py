"""Verdicts improved by an entry made after the last day, over HTTP: the cases worked out by hand.

The reports are of 16 May 2025, so that responses to them are due on 10 July.
"""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.acts import duty, response
from ledger.acts.decision import Decision, Notice
from ledger.events import Source
from ledger.events.texts import say
from tests.api.founding import RECORD_KEPT
from tests.api.site import NOTE, PFCC, Published, Site, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


WHY = {"reason": "A slip."}


@pytest.fixture
def there(new_site: Site) -> Site:
    new_site.clock.set("2025-06-01")
    return new_site


def improved(site: Site, report: Published, **asked: Any) -> list[tuple[str, str, str]]:
    """(entry, before, with it), as the response says; the list says the same."""
    site.catch_up()
    one = site.anybody.reads(report.response, **asked)["improved_later"]
    (listed,) = site.anybody.reads("/api/responses", report=report.reference, **asked)["items"]
    assert listed["improved_later"] == one
    return [(each["entry"], in_short(each["from"]), in_short(each["to"])) for each in one]


def in_short(found: dict[str, Any]) -> str:
    days = "" if found["days"] is None else f" {found['days']}"
    return f"{found['verdict']}{' at least' if found['at_least'] else ''}{days}"


def test_a_statement_in_time_that_is_entered_late(there):
    report = there.publish()
    before = there.position
    there.clock.set("2025-08-01")
    entry = there.clerk.act(f"{report.response}/statement", statement("2025-07-10"))

    for asked in ({}, {"effective_on": "2025-07-20"}, {"effective_on": "2025-07-10"}):
        assert improved(there, report, **asked) == [(entry, "overdue 22", "in_time")]
    (one,) = there.anybody.reads(report.response)["improved_later"]
    assert there.anybody.reads(f"/api/entries/{entry}")["position"] == one["position"]
    assert one["recorded_at"].startswith("2025-08-01T12:00:")
    page = there.anybody.get(report.response.removeprefix("/api")).text
    assert "Added here on 1 August 2025. Until then we held no response, 22 days after" in page
    then = {"known_at": before, "effective_on": "2025-07-20"}
    assert improved(there, report, **then) == []
    found = there.anybody.reads(report.response, **then)
    assert (found["verdict"], found["days"]) == ("overdue", 10)
    there.clock.set("2027-12-01")
    assert improved(there, report) == [(entry, "overdue 22", "in_time")]


def test_entries_of_the_batch_that_recorded_the_duty_better_nothing(there):
    report = there.publish(bodies=[])
    there.clock.set("2026-05-01")
    backfill = {"batch": {"id": "old-reports", "kind": "backfill"}, "source": NOTE}
    there.clerk.records(f"{report.response}/duties", backfill)
    there.clock.set("2026-05-02")
    there.clerk.records(f"{report.response}/statement", statement("2025-07-10") | backfill)

    assert improved(there, report) == []
    there.clock.set("2026-05-03")
    (said,) = there.anybody.reads(report.response)["statements"]
    later = {"field": "published_on", "now": "2025-07-14"} | WHY
    worse = there.clerk.act(f"/api/entries/{said['entry']}/corrections", later)
    undone = there.clerk.act(f"/api/entries/{worse}/retraction", WHY)
    assert improved(there, report) == [(undone, "late 4", "in_time")]


def test_what_is_in_time_at_once_or_late_or_stands_beside_betters_nothing(there):
    at_once, late, lifted, aside = (there.publish(recommendations=[]) for _ in range(4))
    there.clock.set("2025-07-10")
    there.clerk.act(f"{at_once.response}/statement", statement("2025-07-10", explanations=[]))
    there.clock.set("2025-08-01")
    there.clerk.act(f"{late.response}/statement", statement("2025-07-14", explanations=[]))
    said = {"basis": "not_the_subject", "decided_by": "HMICFRS", "occurred_on": "2025-06-01"}
    there.clerk.act(f"{lifted.response}/disapplications", said)
    back = there.clerk.act(f"/api/entries/{aside.entry('report-published')}/retraction", WHY)
    there.clerk.act(f"/api/entries/{back}/retraction", WHY)

    for report in (at_once, late, lifted, aside):
        assert improved(there, report) == []
    assert improved(there, late, effective_on="2025-07-20") == []
    found = there.anybody.reads(lifted.response)
    assert (found["verdict"], len(found["disapplied"])) == ("overdue", 1)


def test_corrections_of_the_day(there):
    report = there.publish()
    there.clock.set("2025-08-01")
    said = there.clerk.act(f"{report.response}/statement", statement("2025-07-14"))
    there.clock.set("2025-09-01")

    def correct(day: str | None) -> str:
        to_be = {"field": "published_on", "now": day} | WHY
        entry: str = there.clerk.act(f"/api/entries/{said}/corrections", to_be)
        return entry

    sooner, not_known, in_time = correct("2025-07-12"), correct(None), correct("2025-07-09")
    worse = correct("2025-07-30")

    assert improved(there, report) == [
        (sooner, "late 4", "late 2"),
        (not_known, "late 2", "not_shown"),
        (in_time, "not_shown", "in_time"),
    ]
    there.clerk.act(f"/api/entries/{worse}/retraction", WHY)
    assert [found[1:] for found in improved(there, report)][3:] == [("late 20", "in_time")]


def test_a_later_day_of_the_report_is_one_step_with_the_duty_that_it_makes_anew(there):
    report = there.publish()
    there.clock.set("2025-08-01")
    published = report.entry("report-published")
    to_be = {"field": "published_on", "now": "2025-06-01", "source": there.own_page()} | WHY
    correction = there.clerk.act(f"/api/entries/{published}/corrections", to_be)

    # due on 10 July, then on 26 July
    assert improved(there, report) == [(correction, "overdue 22", "overdue 6")]


def test_more_time_that_is_recorded_when_the_day_had_passed(there):
    report = there.publish(bodies=[], kind="other")
    duty = {"rule": "manual", "due_on": "2025-07-10", "source": NOTE}
    there.clerk.records(f"{report.response}/duties", duty)
    there.clock.set("2025-07-20")
    more = {
        "applied_on": "2025-07-01",
        "granted_on": "2025-07-05",
        "granted_by": "HMICFRS",
        "due_on": "2025-08-20",
        "basis": "Illness.",
        "occurred_on": "2025-07-05",
    }
    extension = there.admin.act(
        f"{report.response}/extensions", more | {"by": "hmicfrs"} | {"source": NOTE}
    )

    assert improved(there, report) == [(extension, "overdue 10", "not_due 31")]


def test_a_better_verdict_that_was_undone_is_told_all_the_same(there):
    report = there.publish()
    there.clock.set("2025-08-01")
    said = there.clerk.act(f"{report.response}/statement", statement("2025-07-01"))
    aside = there.clerk.act(f"/api/entries/{said}/retraction", WHY)
    again = there.clerk.act(f"/api/entries/{aside}/retraction", WHY)

    step = ("overdue 22", "in_time")
    assert improved(there, report) == [(said, *step), (again, *step)]


def together(site: Site, report: Published, *acts: Callable[[Decision], object]) -> list[str]:
    """Record acts at one moment, as the import of a page does: the ids of their entries."""
    clerk = site.ledger.account("cumbria-pfcc/clerk")
    recorded = site.ledger.decide(clerk, lambda decision: [act(decision) for act in acts])
    return [entry.id for entry in recorded.entries]


def owes(report: Published) -> Callable[[Decision], object]:
    told = Notice(source=Source(note=say("Its page.")))
    return lambda decision: duty.raise_duty(decision, report.reference, PFCC, told)


def publishes(report: Published, on: str | None) -> Callable[[Decision], object]:
    told = Notice(occurred_on=on, by=PFCC, source=Source(note=say("Its page.")))
    return lambda decision: response.publish_response(
        decision, report.reference, PFCC, told, explanations=(), text=say("We accept it.")
    )


def test_a_duty_and_its_response_that_are_entered_together_were_never_overdue(there):
    reports = {on: there.publish(bodies=[]) for on in ("2025-07-01", "2025-07-30", None)}
    there.clock.set("2026-05-01")
    for on, report in reports.items():
        together(there, report, owes(report), publishes(report, on))

        assert improved(there, report) == []
        total = there.anybody.reads("/api/compliance", report=report.reference)["total"]
        assert total["improved_later"] == 0


def test_the_last_entry_of_a_batch_that_changed_the_verdict_is_named(there):
    report = there.publish()
    there.clock.set("2025-08-01")
    late, in_time, _ = together(
        there,
        report,
        publishes(report, "2025-07-14"),
        publishes(report, "2025-07-09"),
        publishes(report, "2025-07-20"),
    )

    assert late != in_time
    assert improved(there, report) == [(in_time, "overdue 22", "in_time")]
    half = there.clerk.reads(f"/api/entries/{late}")["position"]  # which means the end
    assert improved(there, report, known_at=half) == improved(there, report)
