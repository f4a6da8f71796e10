"""The primary is lost, and a replica that had fallen behind is promoted: no signed position is
given to a second act. Two PostgreSQL clusters, gunicorn, and a sealer in a process of its own."""

from contextlib import ExitStack

import pytest
import requests

from tests.api.reading import serving
from tests.clusters import Cluster, detach
from tests.e2e.offices import LOOKED, Office, served, wherever
from tests.keys.keyed_log import ORIGIN
from tests.processes import SECONDS

pytestmark = pytest.mark.long

HELD = "(SELECT held_why IS NOT NULL FROM follow.positions WHERE name = 'sealer')"


def lag(office: Office, web: str, first: Cluster, second: Cluster) -> None:
    """Record and seal; then the replica falls behind, and more is recorded and sealed."""
    for number in range(2):
        office.sealed(web, f"Both have letter {number}", first)
    at = max(office.acknowledged)
    second.until(f"(SELECT max(size) FROM ledger.checkpoints) = {at}")
    detach(second)
    for number in range(4):
        office.sealed(web, f"The primary alone has letter {number}", first)
    assert second.value("SELECT max(position) FROM ledger.entries") == at


def is_not_ready(web: str) -> None:
    """Check that monitors hear why the sealer is held."""
    ready = requests.get(f"{web}/readyz", timeout=SECONDS)
    assert ready.status_code == 503
    (sealer,) = (one for one in ready.json()["followers"] if one["name"] == "sealer")
    assert "lacks entries that were signed" in sealer["held_why"]


def recovered(office: Office, second: Cluster) -> None:
    """Bring the signed entries back, and go on recording and sealing."""
    before = dict(office.acknowledged)
    assert "are back, as they were signed" in office.command(second.url(), "recover")
    with served(office, second.url()) as web:
        for number in range(2):
            office.sealed(web, f"After the failover, letter {number}", second)
    there = second.value("SELECT json_object_agg(position, event_id) FROM ledger.entries")
    assert {position: there[str(position)] for position in before} == before
    assert office.twice == []
    assert min(set(office.acknowledged) - set(before)) > max(before)


@pytest.mark.soak
def test_a_replica_that_lagged_takes_nothing_when_all_processes_start_anew_on_it(
    office, first, second
):
    with served(office, first.url()) as web:
        lag(office, web, first, second)
    first.stop("immediate")
    second.promote()
    second.restart()
    there = second.value("SELECT max(position) FROM ledger.entries")

    with served(office, second.url()) as web:
        refused = office.write(web, "Too early", expect=503)
        second.until(HELD)
        held = office.write(web, "Too early", expect=503)
        is_not_ready(web)
        status = office.command(second.url(), "status", expect=None)

    assert refused["type"].endswith("not-vouched")
    assert "is not the one that it signed" in held["detail"]
    assert "a copy that lacks entries that were signed" in status
    assert "somebody changed" not in status
    assert second.value("SELECT max(position) FROM ledger.entries") == there
    assert office.twice == []
    recovered(office, second)


def test_a_replica_that_lagged_takes_nothing_from_processes_that_went_on(office, first, second):
    with ExitStack() as service:
        web = service.enter_context(served(office, wherever(first, second)))
        lag(office, web, first, second)
        there = second.value("SELECT max(position) FROM ledger.entries")
        first.stop("immediate")
        second.promote()

        for number in range(2):
            office.write(web, f"Too early {number}", expect=503)
        second.until(HELD)
        assert "is not the one that" in office.write(web, "Too early", expect=503)["detail"]
        is_not_ready(web)

    assert second.value("SELECT max(position) FROM ledger.entries") == there
    assert office.twice == []


def test_a_replica_that_kept_up_goes_on_by_itself(office, first, second):
    with served(office, wherever(first, second)) as web:
        for number in range(2):
            office.sealed(web, f"Before, letter {number}", first)
        at = max(office.acknowledged)
        second.until(f"(SELECT max(size) FROM ledger.checkpoints) = {at}")
        first.stop("immediate")
        second.promote()
        second.until(LOOKED)
        office.sealed(web, "After", second)

    assert max(office.acknowledged) == at + 1
    assert office.twice == []


@pytest.mark.soak
def test_after_a_restart_it_goes_on_by_itself_or_without_a_sealer_says_who_has_to_look(
    office, first
):
    with serving(first.url(), ORIGIN, data=office.data) as web:
        with office.following(first.url(), "sealer"):
            office.sealed(web.url, "Before", first)
            first.restart()
            first.until(LOOKED)
            office.sealed(web.url, "After", first)
        first.restart()
        refused = office.write(web.url, "Nobody looks", expect=503)
        with office.following(first.url(), "sealer"):
            first.until(LOOKED)
            office.write(web.url, "The sealer looks")

    assert office.twice == []
    assert "the sealer has not yet compared its log with what it signed" in refused["detail"]
    assert "`answerable worker --only sealer`" in refused["detail"]
