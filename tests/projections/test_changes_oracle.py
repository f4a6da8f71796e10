"""Each change names the entries that made it. That the changes are the differences of all answers
at both moments is compared in test_replay_oracle.py."""

from datetime import datetime, timedelta

import pytest

from tests.projections.test_paging import paged

pytestmark = pytest.mark.long

TODAY = "2025-11-24"


@pytest.fixture(scope="module")
def seeded(seeded_site):
    seeded_site.catch_up()
    return seeded_site


def _ending(site, position):
    """Return the end of the transaction that a position lies in."""
    return site.clerk.reads("/api/reports", known_at=position)["as_of"]["position"]


def test_the_entries_named_are_those_without_which_it_would_not_have_changed(seeded):
    """As known just before the first of them, asked for the same day, the old value stands."""
    first, second = _ending(seeded, seeded.position // 2), seeded.position
    found = paged(seeded, "/api/changes", 200, **{"from": first, "to": second})
    standings = [one for one in found if one["change"] == "status_changed"]

    assert len(standings) > 10
    for one in standings[:20]:
        path = one["about"]["links"]["self"]
        made = datetime.fromisoformat(one["entries"][0]["recorded_at"])
        just_before = (made - timedelta(microseconds=1)).isoformat()
        before = seeded.clerk.reads(path, known_at=just_before, effective_on=TODAY)
        after = seeded.clerk.reads(
            path, known_at=one["entries"][-1]["position"], effective_on=TODAY
        )
        assert before["status"] == one["from"]["status"]
        assert after["status"] == one["to"]["status"]
