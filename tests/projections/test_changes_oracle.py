"""The changes between two moments agree with the naive way: compare every list at both moments."""

from datetime import datetime, timedelta
from functools import cache

import pytest

from tests.conftest import some
from tests.projections.test_paging import paged
from tests.projections.what_changed import words

pytestmark = pytest.mark.long

TODAY = "2025-11-24"


@pytest.fixture(scope="module")
def seeded(seeded_site):
    seeded_site.catch_up()
    return seeded_site


@pytest.fixture(scope="module")
def there(seeded):
    """Return a reader of all lists at two dates, which reads each pair of dates once."""

    @cache
    def read(position, day):
        asked = {"known_at": position, "effective_on": day}
        found = {}
        for name in ("reports", "recommendations", "responses"):
            for one in paged(seeded, f"/api/{name}", 500, **asked):
                found[one["links"]["self"]] = one
        return found

    return read


def _ending(site, position):
    """Return the end of the transaction that a position lies in."""
    return site.clerk.reads("/api/reports", known_at=position)["as_of"]["position"]


MOMENTS = [
    (0.3, 0.6, TODAY),
    *((start, 1, day) for start in (0.6, 1) for day in (TODAY, "2026-06-30", "2090-12-31")),
]


@pytest.mark.sampled
@pytest.mark.parametrize(("start", "end", "until"), some(MOMENTS, 3))
def test_changes_are_the_differences_of_the_lists_at_both_moments(seeded, there, start, end, until):
    seeded.clock.set(until)
    first, second = (_ending(seeded, int(seeded.position * one)) for one in (start, end))
    asked = {"from": first, "to": second, "effective_on": until}
    was, now = there(first, TODAY), there(second, until)

    found = paged(seeded, "/api/changes", 90, **asked)

    told = {
        (one["about"]["links"]["self"], one["change"])
        for one in found
        if one["change"]
        not in ("entered_late", "corrected", "set_aside", "disputed", "redacted", "revised")
    }
    assert told == words(was, now)
    for one in found:
        assert (one["because"] == "entries") == bool(one["entries"])
        assert all(first < each["position"] <= second for each in one["entries"])


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
