"""Which position a moment means: that of the last entry recorded by then."""

from datetime import UTC, datetime, timedelta

from ledger.seed import seed
from projections import moment

TICK = timedelta(microseconds=1)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_moment_means_the_last_entry_recorded_by_then(module_town):
    seed(module_town.ledger, 300, 3, lambda done, of: None)
    entries = module_town.ledger.read(0, 5000)
    recorded = [entry.instant for entry in entries]
    last, first = recorded[-1], recorded[0]
    assert len(set(recorded)) < len(recorded)  # a command's entries have one moment in common
    asked = {one + by for one in recorded for by in (-TICK, timedelta(), TICK)} | {LATER}

    with module_town.ledger.log.pool.connection() as conn:
        found = {one: moment.at(conn, one.isoformat(), None, LATER) for one in asked}

    for one, at in found.items():
        assert at.position == sum(each <= one for each in recorded)
        assert at.settled == (one < last)
    assert found[first - TICK].position == 0
