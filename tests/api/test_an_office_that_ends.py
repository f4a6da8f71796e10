"""An office that ends without a successor: nobody is overdue for a day on which it was not there.

Each vector has an office of its own, and a report of 16 May 2025 that it has to answer by 10 July.
Its own clerk entered the report, so silence is a breach. The answer, its list (which the database
judges), compliance, the working and `replay` say the same.
"""

from collections.abc import Iterator
from datetime import date

import pytest

from ledger.postgres.embedded import Running
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from projections.read_models import rebuild
from tests.api.conftest import fresh_site
from tests.api.founding import Founding
from tests.api.site import NOTE, PAGE, TODAY, Site, statement
from tests.projections.test_replay_oracle import rows

OPEN, UNKNOWN = "nothing is published", "published on a day not known"
VECTORS = [
    ("2025-07-20", OPEN, "2025-07-10", ("due", 0, False)),
    ("2025-07-20", OPEN, "2025-07-15", ("overdue", 5, False)),
    ("2025-07-20", OPEN, "2025-07-20", ("overdue", 10, False)),
    ("2025-07-20", OPEN, "2025-07-21", ("overdue", 10, False)),
    ("2025-07-20", OPEN, "2025-11-24", ("overdue", 10, False)),
    ("2025-07-11", OPEN, "2025-08-30", ("overdue", 1, False)),
    ("2025-07-10", OPEN, "2025-07-10", ("due", 0, False)),
    ("2025-07-10", OPEN, "2025-07-11", ("not_shown", None, False)),
    ("2025-06-30", OPEN, "2025-07-05", ("due", 5, False)),
    ("2025-06-30", OPEN, "2025-11-24", ("not_shown", None, False)),
    ("2025-06-30", "2025-06-20", "2025-11-24", ("in_time", None, False)),
    ("2025-07-20", "2025-07-14", "2025-11-24", ("late", 4, False)),
    ("2025-07-20", UNKNOWN, "2025-11-24", ("not_shown", None, False)),
    ("2025-07-20", "2025-07", "2025-11-24", ("not_shown", None, False)),
]
"""The last day of the office, what it published, the day asked about, and the verdict."""


@pytest.fixture(scope="module")
def ended(postgres: Running, founding: Founding) -> Iterator[Site]:
    """A site with an office for each vector, and its report."""
    with fresh_site(postgres, founding) as site:
        site.clock.set("2025-05-20")
        for n, (ends, *_) in enumerate(VECTORS):
            record(site, f"office-{n}", ends)
        site.clock.set(TODAY)
        for n, (_, published, *_) in enumerate(VECTORS):
            answer(site, f"office-{n}", published)
        site.catch_up()
        yield site


def record(site: Site, body: str, ends: str) -> None:
    """An office, and a report whose duty its own clerk entered."""
    registered = {"id": body, "name": body, "kind": "local_policing_body", "ends": ends}
    site.admin.records("/api/bodies", registered)
    site.publish(site.hmicfrs, reference=body, bodies=[], recommendations=[], source=PAGE)
    clerk = site.account(f"{body}/clerk", body, "record")
    clerk.records(f"/api/responses/{body}/{body}/duties", {})


def answer(site: Site, body: str, published: str) -> None:
    if published != OPEN:
        day = None if published == UNKNOWN else published
        said = statement(day, explanations=[]) | {"by": body, "source": NOTE}
        site.admin.records(f"/api/responses/{body}/{body}/statement", said)


@pytest.fixture(scope="module")
def log(ended):
    return read(rows(ended))


@pytest.mark.parametrize("n", range(len(VECTORS)))
def test_no_day_after_the_office_ended_is_counted(ended, log, n):
    ends, _, on, expected = VECTORS[n]
    path = f"/api/responses/office-{n}/office-{n}"
    found = ended.anybody.reads(path, effective_on=on)
    listed = ended.anybody.reads(
        "/api/responses", responder=f"office-{n}", verdict=expected[0], effective_on=on
    )
    counted = ended.anybody.reads("/api/compliance", body=f"office-{n}", effective_on=on)
    working = ended.anybody.reads(f"{path}/working", effective_on=on)
    replayed = answers(World(log, ended.position, date.fromisoformat(on)), f"office-{n}").responses[
        path
    ]

    over = ends if ends < on else None
    for one in (found, *listed["items"], replayed):
        assert (one["verdict"], one["days"], one["at_least"]) == expected
        assert one["office_ended_on"] == over
    assert len(listed["items"]) == 1
    assert counted["total"]["verdicts"] == {expected[0]: 1}
    if expected[0] in ("overdue", "late"):
        assert counted["total"][expected[0]]["worst_days"] == expected[1]
    assert working["verdict"] == expected[0]
    assert any("nobody is recorded as taking it over" in one for one in working["sentences"]) == (
        over is not None
    )


def test_the_page_says_when_the_office_ended_and_what_would_settle_it(ended):
    page = ended.anybody.get("/responses/office-9/office-9").text
    assert "its office ended on 30 June 2025, by the last day" in page
    assert "who followed the office when it ended" in page
    assert "and nobody is recorded as following it" in ended.anybody.get("/bodies/office-9").text
    page = ended.anybody.get("/responses/office-4/office-4").text
    assert "Overdue by 10 days when its office ended on 20 July 2025" in page


def test_a_successor_that_is_recorded_late_answers_for_all_the_days(new_site):
    new_site.clock.set("2025-05-20")
    record(new_site, "old", "2025-07-05")
    new_site.clock.set(TODAY)
    before = new_site.position
    assert judged(new_site) == ("not_shown", None)
    registered = {"id": "new", "name": "New", "kind": "local_policing_body"}
    new_site.admin.records("/api/bodies", registered | {"begins": "2025-07-06"})
    said = {"from": "old", "to": "new", "on": "2025-07-06", "source": NOTE}
    succession = new_site.admin.act("/api/bodies/successions", said)
    assert judged(new_site) == ("not_looked_for", None)  # a successor says its own
    clerk = new_site.account("new/clerk", "new", "record")
    kept = clerk.act("/api/bodies/new/keeping", {"from": "2025-05-01"})
    new_site.catch_up()

    assert judged(new_site) == ("overdue", 137)
    assert judged(new_site, effective_on="2025-07-11") == ("overdue", 1)
    assert judged(new_site, known_at=str(before), effective_on=TODAY) == ("not_shown", None)
    assert new_site.anybody.reads("/api/responses/old/old")["improved_later"] == []
    asked = {"from": str(before), "to": str(new_site.position), "report": "old"}
    (changed,) = new_site.anybody.reads("/api/changes", **asked)["items"]
    assert (changed["change"], changed["because"]) == ("verdict_changed", "entries")
    assert [one["id"] for one in changed["entries"]] == [succession, kept]


def test_an_office_that_is_said_to_have_ended_earlier_betters_no_verdict(new_site):
    new_site.clock.set("2025-05-20")
    record(new_site, "old", "2025-07-20")
    new_site.clock.set(TODAY)
    new_site.catch_up()
    before = new_site.position
    assert judged(new_site) == ("overdue", 10)
    ended = {"id": "old", "ends": "2025-07-05", "occurred_on": "2025-08-01", "source": NOTE}
    new_site.admin.records("/api/bodies/changes", ended)
    new_site.catch_up()

    assert judged(new_site) == ("not_shown", None)
    assert judged(new_site, effective_on="2025-07-31") == ("overdue", 10)
    assert judged(new_site, known_at=str(before), effective_on=TODAY) == ("overdue", 10)
    assert new_site.anybody.reads("/api/responses/old/old")["improved_later"] == []
    assert new_site.anybody.reads("/api/compliance")["total"]["improved_later"] == 0
    assert not any(rebuild.compare(new_site.url, lambda done, of: None).differences.values())


def judged(site, **asked):
    found = site.anybody.reads("/api/responses/old/old", **asked)
    return found["verdict"], found["days"]
