"""Cumbria's commissioner answers for two forces and is divided on 10 May 2027 between two mayors,
each with one of them, which is recorded in November 2026.

A duty passes to the mayor who holds every force that the report addresses. Where no one of them
does, the duty stays counted with the commissioner, and no later day makes it overdue.
"""

from typing import Any

import pytest

from ledger.acts.decision import Decision, Notice
from ledger.events import Withdrawn
from ledger.events.texts import say
from tests.api.conftest import fresh_site
from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PAGE, PFCC, Site, recommendation, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


NORTH, SOUTH = "north-cumbria-mayor", "south-cumbria-mayor"
SECOND = "south-cumbria-police"
BEFORE, DAY, LATER = "2027-05-09", "2027-05-10", "2027-06-20"
REPORTS: dict[str, tuple[str, list[str]]] = {
    "to-the-first": ("2027-04-01", [FORCE]),  # due on 26 May
    "to-the-second": ("2027-04-01", [SECOND]),
    "to-both": ("2027-04-01", [FORCE, SECOND]),
    "to-the-office": ("2027-04-01", [PFCC, FORCE]),
    "to-none": ("2027-04-01", []),
    "late-before": ("2027-03-01", [FORCE]),  # due on 25 April
    "both-late-before": ("2027-03-01", [FORCE, SECOND]),
}
PASSES = {"to-the-first": NORTH, "to-the-second": SOUTH, "late-before": NORTH}
"""The reports whose duty passes to a mayor."""


def mayor(site: Site, body: str, force: str | None, **changed: Any) -> None:
    said = {"id": body, "name": body, "kind": "local_policing_body", "begins": DAY}
    forces = [{"body": force, "from": DAY}] if force else []
    site.admin.records("/api/bodies", said | {"forces": forces} | changed)


def follows(body: str, on: str = DAY) -> dict[str, Any]:
    return {"from": PFCC, "to": body, "on": on, "source": NOTE}


def two_forces(site: Site) -> None:
    """Let the commissioner hold a second force, from before the reports on."""
    second = {"id": SECOND, "name": "South Cumbria Police", "kind": "force"}
    site.admin.records("/api/bodies", second)
    held = [{"body": FORCE}, {"body": SECOND}]
    site.admin.records("/api/bodies/changes", {"id": PFCC, "forces": held, "occurred_on": None})


def divided(site: Site) -> None:
    """Record, long before its day, that two mayors follow the commissioner."""
    site.clock.set("2026-11-27")
    two_forces(site)
    mayor(site, NORTH, FORCE)
    mayor(site, SOUTH, SECOND)
    for one in (NORTH, SOUTH):
        site.admin.records("/api/bodies/successions", follows(one))


def told(site: Site) -> Site:
    divided(site)
    for name, (day, addressees) in sorted(REPORTS.items(), key=lambda one: one[1][0]):
        site.clock.set(day)
        asked = [recommendation("1", addressees=addressees, target={"on": "2027-06-01"})]
        report = {
            "reference": name,
            "title": f"A report ({name})",
            "kind": "force_inspection",
            "publisher": "hmicfrs",
            "published_on": day,
            "bodies": [PFCC],
            "recommendations": asked if addressees else [],
            "source": PAGE,
        }
        site.hmicfrs.records("/api/reports", report)
    site.clock.set(LATER)
    site.catch_up()
    return site


@pytest.fixture(scope="module")
def year(postgres, founding):
    """A site in which that happened, for those who only read."""
    with fresh_site(postgres, founding) as here:
        yield told(here)


def whose(site: Site, name: str, day: str) -> tuple[str, str, bool]:
    office = site.anybody.reads(f"/api/responses/{name}/{PFCC}", effective_on=day)["office"]
    return office["counted_with"], office["now"], office["taken_over"]


@pytest.mark.parametrize("name", ["to-the-first", "to-the-second"])
def test_a_duty_passes_to_the_mayor_of_every_force_that_the_report_addresses(year, name):
    assert whose(year, name, DAY) == (PASSES[name], PASSES[name], False)
    page = year.anybody.get(f"/responses/{name}/{PFCC}", effective_on=DAY).text
    assert f"It was open then, and passed to {PASSES[name]}." in page
    for one in (NORTH, SOUTH):
        assert (
            f"{one} follows Cumbria Police, Fire and Crime Commissioner since 10 May 2027" in page
        )


@pytest.mark.parametrize("name", ["to-both", "to-the-office", "to-none"])
def test_a_duty_of_no_one_of_them_stays_and_is_never_overdue(year, name):
    assert whose(year, name, LATER) == (PFCC, PFCC, False)
    found = year.anybody.reads(f"/api/responses/{name}/{PFCC}", effective_on=LATER)
    assert (found["verdict"], found["office_ended_on"]) == ("not_looked_for", BEFORE)
    assert {one["to"] for one in found["office"]["successions"]} == {NORTH, SOUTH}
    page = year.anybody.get(f"/responses/{name}/{PFCC}", effective_on=LATER).text
    assert (
        "was divided, and none of its successors (north-cumbria-mayor and south-cumbria-mayor) "
        "holds every force that this concerns. So it stays counted with Cumbria Police, Fire and "
        "Crime Commissioner. No day after 9 May 2027 counts as overdue." in page
    )
    assert "nobody is recorded as following it" not in page


def test_a_duty_that_was_late_before_stays_and_is_listed_with_its_new_holder(year):
    assert whose(year, "late-before", DAY) == (PFCC, NORTH, True)
    assert whose(year, "both-late-before", DAY) == (PFCC, PFCC, False)
    late = year.anybody.reads(f"/api/responses/both-late-before/{PFCC}", effective_on=LATER)
    assert (late["verdict"], late["days"]) == ("overdue", 14)  # to the last day of the office
    north = year.anybody.reads(f"/api/bodies/{NORTH}", effective_on=DAY)
    assert [one["report"] for one in north["taken_over"]["responses"]] == ["late-before"]
    south = year.anybody.reads(f"/api/bodies/{SOUTH}", effective_on=DAY)
    assert south["taken_over"] == {"responses": [], "recommendations": []}


@pytest.mark.parametrize(
    ("body", "others"),
    [(PFCC, set()), (NORTH, {"to-the-second"}), (SOUTH, PASSES.keys() - {"to-the-second"})],
)
def test_a_calendar_has_what_is_the_bodys_own_and_what_stays(year, body, others):
    lines = (
        year.anybody.get("/feeds/deadlines.ics", body=body).text.replace("\r\n ", "").splitlines()
    )
    due = {line for line in lines if line.startswith("UID:") and "response" in line}
    there = {name for name in REPORTS if any(f"/{name}/" in line for line in due)}
    assert there == REPORTS.keys() - others


def test_a_recommendation_to_the_divided_office_stays_and_one_to_a_force_is_its_mayors(year):
    path = f"/api/recommendations/to-the-office/1/{PFCC}"
    office = year.anybody.reads(path, effective_on=LATER)["office"]
    assert (office["counted_with"], office["now"]) == (PFCC, PFCC)
    for body, number in ((PFCC, 1), (NORTH, 5), (SOUTH, 3)):
        asked = {"counted_with": body, "effective_on": DAY}
        items = year.anybody.reads("/api/recommendations", **asked)["items"]
        assert len(items) == sum(
            year.anybody.reads(f"/api/bodies/{body}", effective_on=DAY)["recommendations"].values()
        )
        assert len(items) == number, body


def test_every_page_names_all_of_them_with_the_day(year):
    for day, words in ((BEFORE, "To be replaced by"), (DAY, "Replaced by")):
        found = year.anybody.reads(f"/api/bodies/{PFCC}", effective_on=day)
        assert [(one["body"], one["on"]) for one in found["successors"]] == [
            (NORTH, DAY),
            (SOUTH, DAY),
        ]
        assert found["followed_by"] is None
        assert found["office_ended_on"] is None
        page = year.anybody.get(f"/bodies/{PFCC}", effective_on=day).text
        assert page.count(words) == 2
    for one in (NORTH, SOUTH):
        found = year.anybody.reads(f"/api/bodies/{one}", effective_on=DAY)
        assert [tie["body"] for tie in found["follows"]] == [PFCC]


def test_each_mayor_answers_for_what_passed_to_it_and_the_divided_body_for_nothing(new_site):
    site = told(new_site)
    divided_said = statement("2027-05-20", explanations=[])
    path = f"/api/responses/to-the-first/{PFCC}/statement"
    refused = site.refuses(site.clerk, path, divided_said, "office-ended", f"(`{NORTH}`) and")
    assert f"(`{SOUTH}`) follow it since 10 May 2027" in refused["detail"]
    north, south = (site.account(f"{body}/editor", body, "record") for body in (NORTH, SOUTH))
    said = statement("2027-05-20", explanations=[])
    path = f"/api/responses/to-the-first/{PFCC}/statement"
    answered = north.records(path, said)["event"]
    assert (answered["by"], answered["provenance"]) == (NORTH, "first_hand")
    again = said | {"text": "So do we.", "by": SOUTH}
    site.refuses(south, path, again, "whose-act", f"say by={NORTH}")
    lift = {"basis": "not_the_subject", "decided_by": SOUTH, "occurred_on": "2027-05-20"}
    off = f"/api/responses/to-the-first/{PFCC}/disapplications"
    site.refuses(south, off, lift, "source-required", "say where word of it came from")

    both = f"/api/responses/to-both/{PFCC}/statement"
    site.refuses(north, both, said | {"source": NOTE}, "outside-its-term", NORTH)
    joint = north.records(both, said | {"by": NORTH})["event"]
    assert (joint["by"], joint["provenance"]) == (NORTH, "first_hand")
    site.catch_up()
    assert site.anybody.reads(f"/api/responses/to-both/{PFCC}")["verdict"] == "in_time"


def test_a_second_succession_goes_with_the_first(new_site):
    two_forces(new_site)
    mayor(new_site, NORTH, FORCE)
    mayor(new_site, SOUTH, SECOND)
    mayor(new_site, "mayor-of-nothing", None)
    mayor(new_site, "mayor-of-the-same", FORCE)
    path = "/api/bodies/successions"
    new_site.admin.records(path, follows(NORTH))
    for body, on, kind, says in (
        (SOUTH, "2027-05-11", "succeeded-once", "all from one day"),
        (NORTH, DAY, "succeeded-once", f"followed by “{NORTH}” already"),
        ("mayor-of-nothing", DAY, "successor-forces", "“mayor-of-nothing” holds none of its"),
        ("mayor-of-the-same", DAY, "successor-forces", f"both hold {FORCE} on 10 May 2027"),
        (PFCC, DAY, "own-successor", "A body does not follow itself."),
    ):
        new_site.refuses(new_site.admin, path, follows(body, on), kind, says)


def test_a_body_does_not_come_to_follow_itself_by_a_division(new_site):
    divided(new_site)
    back = {"from": SOUTH, "to": PFCC, "on": "2028-05-10", "source": NOTE}
    new_site.refuses(new_site.admin, "/api/bodies/successions", back, "own-successor", "follows")


def test_everything_stays_with_a_fire_authority_that_is_divided(new_site):
    new_site.clock.set("2026-11-27")
    halves = ("north-fire", "south-fire")
    for one in ("whole-fire", *halves):
        body = {"id": one, "name": one, "kind": "fire_authority"}
        new_site.admin.records("/api/bodies", body | ({"begins": DAY} if one in halves else {}))
    for one in halves:
        said = {"from": "whole-fire", "to": one, "on": DAY, "source": NOTE}
        new_site.admin.records("/api/bodies/successions", said)
    new_site.clock.set("2027-04-01")
    due = {"rule": "manual", "due_on": "2027-06-01", "source": PAGE}
    made = new_site.publish(new_site.hmicfrs, published_on="2027-04-01", bodies=[])
    path = f"/api/responses/{made.reference}/whole-fire"
    new_site.admin.records(f"{path}/duties", due)
    new_site.clock.set(LATER)
    new_site.catch_up()
    found = new_site.anybody.reads(path)
    assert (found["verdict"], found["office"]["counted_with"]) == ("not_looked_for", "whole-fire")
    assert {one["to"] for one in found["office"]["successions"]} == set(halves)


def test_a_mayors_forces_decide_as_they_are_known(new_site):
    site = told(new_site)
    before = site.position
    change = {"id": NORTH, "forces": [{"body": FORCE}, {"body": SECOND}], "occurred_on": None}
    site.admin.records("/api/bodies/changes", change)
    site.catch_up()
    assert whose(site, "to-both", LATER) == (NORTH, NORTH, False)
    assert whose(site, "to-the-second", LATER) == (PFCC, PFCC, False)  # both hold its force
    path = f"/api/responses/to-both/{PFCC}"
    then = site.anybody.reads(path, known_at=str(before), effective_on=LATER)["office"]
    assert then["now"] == PFCC


def test_decisions_on_one_look_share_what_they_read_and_nothing_that_one_adds(year):
    ledger = year.ledger
    look, prefix = ledger.look(), "recommendation/to-both/"
    account = ledger.account("service/keeper")
    one, other = (Decision(ledger, account, seen=look) for _ in range(2))
    before = {name: len(entries) for name, entries in one.below(prefix).items()}
    assert list(look.below) == [prefix]
    to = next(iter(before))

    one.add(to, Withdrawn(reason=say("A slip.")), Notice(), by=None)

    assert {name: len(entries) for name, entries in other.below(prefix).items()} == before
    assert other.stream(to) == ledger.read_stream(to) == one.stream(to)[:-1]
