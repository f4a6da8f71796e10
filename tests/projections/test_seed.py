"""Synthetic data: real acts, repeatable, and enough of them to be rebuilt by several processes."""

import pytest

from ledger.acts.decision import Notice
from ledger.acts.service import close_account, open_account
from ledger.errors import Refused
from ledger.events import AccountClosed, AccountOpened
from ledger.seed import seed
from ledger.states.service import SEED, SETUP
from projections.read_models import rebuild


def silent(done: int, of: int) -> None:
    """Ignore the progress."""


def acts(ledger, after=0):
    """Return the recorded acts in order, without the parts that differ from run to run."""
    return [
        (entry.stream, entry.data.TOPIC, entry.occurred_on, entry.by)
        for entry in ledger.read(after, 5000)
    ]


def test_a_log_is_seeded_once_with_at_least_as_many_entries_as_asked_for(site):
    """And says so, also when the account that seeded it is closed."""
    before = site.ledger.head()

    last = seed(site.ledger, 120, 3, silent)

    assert last >= before + 120
    assert site.ledger.head() == last
    with pytest.raises(Refused, match="seeded already"):
        seed(site.ledger, 100, 1, silent)
    assert site.ledger.service().synthetic

    site.ledger.record(SETUP, close_account, AccountClosed(account=SEED), Notice())

    assert site.ledger.service().synthetic
    assert "Nothing here happened" in site.anybody.client.get("/").text


def test_the_same_numbers_give_the_same_acts(site, another_site):
    for one in (site, another_site):
        seed(one.ledger, 200, 2, silent)

    first = site.ledger.read_stream("report/seed-00001")[0].position - 1
    second = another_site.ledger.read_stream("report/seed-00001")[0].position - 1
    assert acts(site.ledger, first) == acts(another_site.ledger, second)


def test_made_up_reports_are_never_put_beside_real_ones(site):
    site.publish()
    before = site.ledger.head()

    with pytest.raises(Refused, match="never put beside real ones"):
        seed(site.ledger, 100, 1, silent)

    assert site.ledger.head() == before
    assert not site.ledger.service().synthetic


def test_no_account_of_another_kind_makes_a_log_look_made_up(site):
    for name in (SEED, "service/trial"):
        if name == SEED:
            with pytest.raises(Refused, match="kept for synthetic logs"):
                site.ledger.record(SETUP, open_account, AccountOpened(account=name), Notice())
        else:
            site.ledger.record(SETUP, open_account, AccountOpened(account=name), Notice())

    assert not site.ledger.service().synthetic


def test_several_processes_rebuild_the_rows_that_were_followed(site, monkeypatch):
    seed(site.ledger, 120, 3, silent)
    site.catch_up()
    monkeypatch.setattr(rebuild, "WORTHWHILE", 50)
    monkeypatch.setattr(rebuild, "AT_ONCE", 60)
    told: list[tuple[int, int]] = []

    compared = rebuild.compare(site.url, lambda done, of: told.append((done, of)))

    assert not any(compared.differences.values())
    assert told[-1][0] == told[-1][1] >= 120
    assert len(told) > 2
