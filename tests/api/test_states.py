"""Every act in every state is allowed or refused as docs/reference/states.md says."""

from pathlib import Path
from typing import get_args

import pytest

from ledger.events import EVENTS
from ledger.states.recommendation import Status
from tests.api import site as sites
from tests.api.founding import FEW_BODIES
from tests.api.site import NOTE, PFCC
from tests.conftest import some
from tests.states.changes import changes
from tests.states.machine import explore
from tests.states.machines import MACHINES
from tests.states.page import changes_row, late_row, page, row
from tests.states.place import entered_late
from tests.states.recommendation import RECOMMENDATION

pytestmark = pytest.mark.long

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "states.md"


FOUNDING = FEW_BODIES
"""How many bodies there are changes nothing here, and an act on the register reads all."""


@pytest.fixture(scope="module")
def explored(shared_site):
    """A site, and what trying found of each machine in it: every act, and every state."""
    with sites.by_its_clock(shared_site) as site:
        yield site, {one.name: explore(site, one, leads(one.name)) for one in MACHINES}


def leads(name):
    """To which state each act leads in each, as the page says; "" where it is refused."""
    found = {}
    for line in rows_of(name):
        state, act, gives = line[2:-2].split(" | ")
        stays = state if gives.startswith("recorded") else ""
        found[state, act.strip("`")] = gives.strip("*") if gives.startswith("**") else stays
    return found


def rows_of(name):
    return [line for line in section(name).splitlines() if line.startswith("| ")][1:]


def section(name):
    return WRITTEN.read_text("utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]


@pytest.mark.soak
def test_the_whole_page_is_what_came_of_trying(new_site):
    assert page(new_site).splitlines() == WRITTEN.read_text("utf-8").splitlines(), "run `make docs`"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda one: one.name)
def test_an_act_in_a_state_gives_what_the_page_says(explored, machine):
    written = rows_of(machine.name)
    _, by_machine = explored

    found = [row(pair) for pair in by_machine[machine.name].pairs]

    assert [line for line in found if line not in written] == [], "run `make docs`"
    for column in ("state", "act"):
        nth = ("state", "act").index(column)
        there, tried = ({one.split(" | ")[nth] for one in rows} for rows in (written, found))
        assert tried == there, f"of each {column} a row is tried"


@pytest.mark.sampled
def test_an_act_entered_late_gives_what_the_page_says(explored):
    site, by_machine = explored
    written = rows_of("Acts entered late")

    found = [*map(late_row, entered_late(site, by_machine[RECOMMENDATION.name], whole=False))]

    assert [line for line in found if line not in written] == [], "run `make docs`"
    for nth, column in ((0, "state"), (2, "act")):
        there, tried = ({one.split(" | ")[nth] for one in rows} for rows in (written, found))
        assert tried == there, f"of each {column} a row is tried"


@pytest.mark.sampled
def test_acts_about_an_entry_are_allowed_as_the_page_says(explored):
    site, by_machine = explored
    recorded = {topic for found in by_machine.values() for topic in found.made}
    events = [one for one in EVENTS if one.TOPIC in recorded]
    written = rows_of("What may be done about an entry")

    for event, line in some(zip(events, written, strict=True), 3):
        (found,) = changes(site, [*by_machine.values()], [event])
        assert changes_row(found) == line, "run `make docs`"


def test_a_recommendation_comes_to_every_status_there_is():
    for status in get_args(Status):
        assert f"\n| {status.replace('_', ' ')} | " in section("A recommendation")


def test_the_register_goes_on_after_the_text_of_one_of_its_entries_was_released(new_site):
    said = {"id": PFCC, "name": "Another name", "occurred_on": None, "by": PFCC, "source": NOTE}
    change = new_site.admin.act("/api/bodies/changes", said)

    new_site.admin.records(f"/api/entries/{change}/release", {"field": "source.note"})
    new_site.publish()
    new_site.catch_up()

    bodies = new_site.anybody.reads("/api/bodies")["items"]
    assert "Another name" in [one["name"] for one in bodies]
    entry = new_site.anybody.reads(f"/api/entries/{change}")
    assert entry["texts"]["source.note"]["text"] == NOTE["note"]


def test_every_event_was_recorded_by_a_try():
    assert "not tried here" not in WRITTEN.read_text("utf-8")
