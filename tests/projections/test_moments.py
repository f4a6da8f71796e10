"""Which position a moment means: that of the last entry recorded by then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from projections.as_of import at
from projections.head import head

TICK = timedelta(microseconds=1)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_moment_means_the_last_entry_recorded_by_then(seeded_site):
    entries = seeded_site.ledger.read(0, 5000)
    recorded = [entry.instant for entry in entries]
    last, first = recorded[-1], recorded[0]
    assert len(set(recorded)) < len(recorded)  # a command's entries have one moment in common
    asked = {one + by for one in (*recorded[::3], last) for by in (-TICK, timedelta(), TICK)} | {
        LATER
    }

    with seeded_site.ledger.log.pool.connection() as conn:
        then = replace(head(conn), now=LATER)
        found = {one: at(conn, one.isoformat(), None, then) for one in asked}

    for one, when in found.items():
        assert when.position == sum(each <= one for each in recorded)
        assert when.settled == (one < last)
    assert found[first - TICK].position == 0


@pytest.mark.parametrize(
    "said",
    [
        "2026-05-01T09:30:00Z",
        "2026-05-01t09:30:00z",
        "2026-05-01T09:30Z",
        "2026-05-01 09:30:00.000Z",
        "2026-05-01T10:30:00+01:00",
        "2026-05-01T10:30:00 01:00",
        "2026-05-01T04:00:00-05:30",
    ],
)
def test_a_moment_is_understood_as_rfc_3339_writes_it_and_as_an_address_leaves_it(
    seeded_site, said
):
    with seeded_site.ledger.log.pool.connection() as conn:
        found = at(conn, said, None, replace(head(conn), now=LATER))

    assert found.moment == datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    assert found.known_at == said
