"""Synthetic data: real acts, repeatable, and enough of them to be rebuilt by several processes."""

import pytest

from ledger.errors import Refused
from ledger.synthetic import seed
from projections.tables import rebuild


def silent(done: int, of: int) -> None:
    """Nobody looks at the progress."""


def acts(ledger, after=0):
    """What was recorded, in order, without what differs from run to run."""
    return [
        (entry.stream, entry.data.TOPIC, entry.occurred_on, entry.by)
        for entry in ledger.read(after, 5000)
    ]


def test_a_log_is_seeded_with_at_least_as_many_entries_as_asked_for(town):
    before = town.ledger.head()

    last = seed(town.ledger, 500, 3, silent)

    assert last >= before + 500
    assert town.ledger.head() == last


def test_the_same_numbers_give_the_same_acts(town, another_town):
    for one in (town, another_town):
        seed(one.ledger, 400, 2, silent)

    first = town.ledger.read_stream("report/seed-00001")[0].position - 1
    second = another_town.ledger.read_stream("report/seed-00001")[0].position - 1
    assert acts(town.ledger, first) == acts(another_town.ledger, second)


def test_a_log_is_seeded_once(town):
    seed(town.ledger, 100, 1, silent)

    with pytest.raises(Refused, match="seeded already"):
        seed(town.ledger, 100, 1, silent)


def test_what_several_processes_rebuild_is_what_was_followed(town, monkeypatch):
    seed(town.ledger, 1500, 5, silent)
    town.catch_up()
    monkeypatch.setattr(rebuild, "WORTHWHILE", 100)
    monkeypatch.setattr(rebuild, "AT_ONCE", 100)
    told: list[tuple[int, int]] = []

    compared = rebuild.compare(town.url, lambda done, of: told.append((done, of)))

    assert not any(compared.differences.values())
    assert told[-1][0] == told[-1][1] >= 1500
    assert len(told) > 2
