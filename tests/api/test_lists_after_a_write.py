"""A list waits for the read models: whoever has recorded something finds it there."""

import threading

import pytest

from api.requests import current
from projections.read_models import projector
from tests.api.founding import FEW_BODIES
from tests.api.site import NOTE, PFCC, NobodyWaits, recommendation

FOUNDING = FEW_BODIES


@pytest.fixture
def waiting(new_site):
    """A site whose lists wait for a projector as long as may be."""
    settings = new_site.app.extensions[current.EXTENSION]["settings"]
    object.__setattr__(settings, "follow_wait", 30)
    new_site.catch_up()
    new_site.follower.close()
    return new_site


@pytest.fixture
def followed(waiting):
    """The same with a projector that follows."""
    stop, follower = threading.Event(), projector.follower(waiting.url)
    following = threading.Thread(target=follower.run, args=[stop])
    following.start()
    yield waiting
    stop.set()
    following.join()


def test_a_list_asked_for_right_after_a_write_has_it(followed):
    report = followed.publish()
    for n in range(1, 25):
        say = {"text": f"Update {n}.", "occurred_on": f"2025-09-{n:02}", "source": NOTE}
        followed.clerk.records(f"{report.recommendation}/updates", say)

        (found,) = followed.anybody.reads("/api/recommendations", report=report.reference)["items"]

        assert found["last_update_on"] == f"2025-09-{n:02}"


def test_a_report_with_many_entries_is_in_every_list_at_once(followed):
    many = [recommendation(str(n)) for n in range(1, 31)]

    report = followed.publish(recommendations=many)

    asked = {"report": report.reference, "limit": "100"}
    assert len(followed.anybody.reads("/api/recommendations", **asked)["items"]) == 30
    (owed,) = followed.anybody.reads("/api/responses", **asked)["items"]
    assert owed["body"] == PFCC


def test_changes_and_counts_have_it_too(followed):
    first = followed.position
    report = followed.publish()

    found = followed.anybody.reads("/api/changes", **{"from": first})
    counts = followed.anybody.reads("/api/compliance", report=report.reference)

    assert report.reference in str(found["items"])
    assert counts["total"]["responses"] == 1


def test_lists_do_not_wait_for_a_stuck_projector(waiting):
    report = waiting.publish()
    waiting.clock.set("2025-11-24T15:00:00+00:00")  # it has waited for hours
    waiting.app.extensions[current.EXTENSION]["waits"] = NobodyWaits()

    with waiting.behind():
        found = waiting.anybody.reads("/api/recommendations", report=report.reference)

    assert found["items"] == []
    assert found["as_of"]["position"] < waiting.position
