"""The log as a list: whatever it is asked for, a page is what reading every entry would find."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.dates import last_day, london_date
from ledger.events import BodyChanged, BodyRegistered, BodySucceeded
from ledger.events.entry import Entry, plain
from tests.api.site import FORCE, NOTE, PFCC, Site
from tests.conftest import examples, some
from tests.projections.every_act import PANEL

BODIES = (FORCE, PFCC, PANEL, "hmicfrs", "dorset-police", "dorset-pcc", "service")
TYPES = ("update-received", "recommendation-raised", "account-opened", "assurance-sought",
         "entry-corrected", "entry-retracted", "capture-kept", "recommendation-reviewed",
         "body-changed", "report-published")  # fmt: skip


@pytest.fixture(scope="module")
def years(lived_site: Site) -> Iterator[Site]:
    """Lives in which everything happens, and what was entered late: backfill, and what is none."""
    report = lived_site.publish(lived_site.admin, source=NOTE)
    batch = {"id": "step-1", "kind": "backfill"}
    for n in range(24):
        said: dict[str, Any] = {"text": "It is done.", "occurred_on": f"2025-{n % 6 + 5:02}"}
        said |= {"batch": batch} if n % 3 else {}
        who = lived_site.force if n % 2 else lived_site.admin
        who.act(f"{report.recommendation}/updates", said | {"source": NOTE})
    lived_site.catch_up()
    lived_site.admin.act(  # the read models do not know of this one yet
        f"{report.recommendation}/updates",
        {"text": "Nor is that.", "occurred_on": "2025-06-01", "source": NOTE},
    )
    with lived_site.behind():
        yield lived_site


class Naive:
    """The log, and what it says whom its entries concern, worked out from the JSON of each."""

    def __init__(self, log: list[Entry]) -> None:
        self.log = log
        self.said = {one.id: plain(one) for one in log}
        self.registered = {one.data.id for one in log if isinstance(one.data, BodyRegistered)} | {
            "service"
        }
        self.reports = [one.stream.removeprefix("report/") for one in log
                        if one.data.TOPIC == "report-published"]  # fmt: skip

    def named(self, entry_id: str) -> set[str]:
        """Return every body that an entry's JSON has anywhere, as a value, in its stream or before
        the slash of an account; and that of the entry which it is about. A rule is of the service,
        whosever reports it is about."""
        one = self.said[entry_id]
        if one["type"] == "rule-adopted":
            one = one | {"data": {}}
        said = one | {"stream": ""}  # read below
        found = {word for value in values(said) for word in (value, value.split("/")[0])}
        found |= set(one["stream"].split("/")) - {"service"}  # the register's stream is nobody's
        if isinstance(target := one["data"].get("target"), str):
            found |= self.named(target)
        return self.registered & found

    def own(self, entry: Entry) -> set[str | None]:
        return {entry.by, entry.recorded_by.split("/")[0]}

    def came_to(self, upto: int) -> dict[str, set[str]]:
        """Return the bodies with a duty or a recommendation in each report, by its stream."""
        found: dict[str, set[str]] = {}
        for one in self.log[:upto]:
            kind, *parts = one.stream.split("/")
            if kind in ("recommendation", "response"):
                found.setdefault(f"report/{parts[0]}", set()).add(parts[-1])
        return found

    def matters(self, body: str, upto: int) -> set[str]:
        """Return a body, whom it holds to account as their panel, the forces of these, who answers
        for it, and all that any of these follows."""
        force: dict[str, str | None] = {}
        panel: dict[str, str | None] = {}
        after: dict[str, str] = {}
        for one in self.log[:upto]:
            match one.data:
                case BodyRegistered(id=name) | BodyChanged(id=name):
                    force[name] = one.data.force or force.get(name)
                    panel[name] = one.data.panel or panel.get(name)
                case BodySucceeded(id=name, successor=successor):
                    after[name] = successor
                case _:
                    pass
        held = {body, *(one for one in panel if panel[one] == body)}
        wanted = held | {force.get(one) or one for one in held}
        wanted |= {one for one in force if force[one] == body}
        for _ in after:
            wanted |= {one for one, successor in after.items() if successor in wanted}
        return wanted

    def whole(self, position: int) -> int:
        """Return the end of the transaction that a position is in."""
        moment = self.log[position - 1].recorded_at
        return max(one.position for one in self.log if one.recorded_at == moment)

    def page(self, asked: dict[str, Any], after: int, upto: int, limit: int) -> Any:
        """Return (ids, next, backfill) of a page, from every entry of the log."""
        bodies = self.matters(asked["body"], upto) if "body" in asked else set()
        came = self.came_to(upto)
        found: list[Entry] = []
        backfill, at = 0, after
        for one in self.log:
            if (
                not after < one.position <= upto
                or asked.get("type", one.data.TOPIC) != one.data.TOPIC
            ):
                continue
            if len(found) == limit:
                return [each.id for each in found], at, backfill
            at = one.position
            concerned = self.named(one.id) | came.get(one.stream, set())
            if (
                late_enough(one, asked)
                and about(one, asked)
                and ("by" not in asked or asked["by"] in self.own(one))
                and ("body" not in asked or bodies & concerned)
            ):
                if "late_by" in asked and one.batch is not None and one.batch.kind == "backfill":
                    backfill += 1
                else:
                    found.append(one)
        return [each.id for each in found], None, backfill


def values(said: Any) -> Iterator[str]:
    """Yield every string in a JSON value."""
    if isinstance(said, str):
        yield said
    for item in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        yield from values(item)


def late_enough(one: Entry, asked: dict[str, Any]) -> bool:
    if "late_by" not in asked:
        return True
    if one.occurred_on is None:
        return False
    days = (london_date(one.instant) - last_day(one.occurred_on)).days
    return bool(days > asked["late_by"])


def about(one: Entry, asked: dict[str, Any]) -> bool:
    parts = one.stream.split("/")
    return "report" not in asked or (
        parts[0] in ("report", "response", "recommendation") and parts[1] == asked["report"]
    )


@pytest.fixture(scope="module")
def naive(years: Site) -> Naive:
    return Naive(years.ledger.read(0, 10_000))


@st.composite
def questions(draw: st.DrawFn) -> tuple[dict[str, Any], int, float, float]:
    """Return (filters, limit, where the page starts, how much is known), the last two as shares."""
    asked = {
        "type": draw(st.sampled_from([None, None, *TYPES])),
        "body": draw(st.sampled_from([None, *BODIES])),
        "by": draw(st.sampled_from([None, None, *BODIES])),
        "report": draw(st.sampled_from([None, None, 0.0, 0.5, 0.95, 1.0])),
        "late_by": draw(st.sampled_from([None, None, 0, 1, 14, 30, 100, 99_999])),
    }
    limit = draw(st.sampled_from([1, 2, 7, 50, 500]))
    share = st.sampled_from([0.0, 0.2, 0.5, 0.8, 0.9, 1.0])
    return ({name: value for name, value in asked.items() if value is not None}, limit,
            draw(share), draw(share))  # fmt: skip


@settings(
    max_examples=examples(20, 1000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(question=questions())
def test_a_page_is_what_reading_every_entry_would_find(years, naive, question):
    asked, limit, start, known = question
    if "report" in asked:
        nth = int(asked["report"] * (len(naive.reports) - 1))
        asked = asked | {"report": naive.reports[nth]}
    known_to_models = years.position - 1
    upto = max(1, int(known * (known_to_models if "body" in asked else years.position)))
    upto = naive.whole(upto)
    after = int(start * upto)

    answer = years.anybody.reads("/api/entries", after=after, limit=limit, known_at=upto, **asked)

    upto = answer["as_of"]["position"]  # the end of the transaction that it lies in
    expected = naive.page(asked, after, upto, limit)
    ids = [one["id"] for one in answer["items"]]
    assert (ids, answer["next"], answer.get("backfill_left_out", 0)) == expected


ASKED = [{}, {"late_by": 30}, {"by": FORCE}, {"type": TYPES[0]}]
ASKED += [{"body": body} for body in BODIES]


@pytest.mark.sampled
@pytest.mark.parametrize("asked", some(ASKED, 3))
def test_pages_put_together_are_every_entry_that_fits(years, naive, asked):
    upto = years.position - 1 if "body" in asked else years.position
    expected, _, backfill = naive.page(asked, 0, upto, upto + 1)

    found: list[str] = []
    passed_over = 0
    after: int | None = 0
    while after is not None:
        page = years.anybody.reads("/api/entries", after=after, limit=9, **asked)
        assert page["as_of"]["position"] == upto
        found += [one["id"] for one in page["items"]]
        passed_over += page.get("backfill_left_out", 0)
        after = page["next"]

    assert (found, passed_over) == (expected, backfill)
    assert len(expected) > 9, "more than a page"


def test_an_entry_that_the_read_models_do_not_know_yet_is_listed(years):
    last = years.ledger.read(years.position - 1, 1)[0]

    found = years.anybody.reads("/api/entries", by="hmicfrs", late_by=30, after=last.position - 1)

    assert [one["id"] for one in found["items"]] == []
    assert last.by == FORCE
    found = years.anybody.reads("/api/entries", by=FORCE, late_by=30, after=last.position - 1)
    assert [one["id"] for one in found["items"]] == [last.id]


def test_a_list_of_entries_about_a_body_ends_where_the_read_models_are(years):
    found = years.anybody.reads("/api/entries", body=FORCE, after=years.position - 1)

    assert (found["items"], found["next"]) == ([], None)
    assert found["as_of"]["position"] == years.position - 1


def test_a_report_concerns_a_body_from_when_a_duty_of_it_is_recorded(site):
    report = site.publish(bodies=[PFCC])
    revised = {"field": "title", "now": "Another title", "seen_on": "2025-11-01", "source": NOTE}
    site.clerk.records(f"{report.path}/revisions", revised)
    before = site.position
    duty = {"rule": "manual", "due_on": "2026-01-31", "source": NOTE}
    site.admin.records(f"/api/responses/{report.reference}/dorset-pcc/duties", duty)
    site.catch_up()

    def types(**asked: Any) -> list[str]:
        asked |= {"body": "dorset-police", "report": report.reference}
        items = site.anybody.reads("/api/entries", **asked)["items"]
        return [one["type"].split(".")[1] for one in items]

    assert types(known_at=before) == []
    assert types(late_by=0, known_at=before) == []
    assert types() == ["report-published", "report-revised", "response-duty-arose"]
    assert types(type="report-revised") == ["report-revised"]
