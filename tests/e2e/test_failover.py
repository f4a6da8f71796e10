"""The primary is lost, and a replica that had fallen behind is promoted: no signed position is
given to a second act. Two PostgreSQL clusters, gunicorn, and a sealer in a process of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote

import pytest
import requests
from click.testing import CliRunner

from api.cli import main
from api.store import tokens
from ledger.acts.decision import Notice
from ledger.acts.service import open_account, set_up
from ledger.application import Ledger
from ledger.events import AccountOpened
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP
from tests.api.reading import serving
from tests.clusters import SECONDS, Cluster, copied, detach, replica
from tests.e2e.service import clean_environment
from tests.keys.keyed_log import ORIGIN
from tests.processes import Python

pytestmark = pytest.mark.long

KEEPER = "service/keeper"
LOOKED = "EXISTS (SELECT FROM ledger.vouch WHERE server_started = pg_postmaster_start_time())"
HELD = "(SELECT held_why IS NOT NULL FROM follow.positions WHERE name = 'sealer')"


@dataclass
class Office:
    """An office that records in a log, and the writes that were acknowledged to it."""

    data: Path
    token: str
    acknowledged: dict[int, str] = field(default_factory=dict)
    """The act that each position was acknowledged to first."""
    twice: list[int] = field(default_factory=list)
    """Positions that were acknowledged to a second act as well."""

    def write(self, web: str, words: str, *, expect: int = 201, key: str | None = None) -> Any:
        """Keep a letter: what the service answers."""
        named = {"Idempotency-Key": key} if key else {}
        answer = requests.post(
            f"{web}/api/captures",
            files={"file": ("letter.txt", BytesIO(words.encode()))},
            headers={"Authorization": f"Bearer {self.token}"} | named,
            timeout=SECONDS,
        )
        assert answer.status_code == expect, answer.text
        said = answer.json()
        if answer.status_code == 201:
            act = said["event"]["id"]
            if self.acknowledged.setdefault(said["position"], act) != act:
                self.twice.append(said["position"])
        return said

    def sealed(self, web: str, words: str, on: Cluster) -> None:
        """Keep a letter, and wait until it is sealed."""
        position = self.write(web, words)["position"]
        on.until(f"(SELECT max(size) FROM ledger.checkpoints) >= {position}")

    def environment(self, database: str) -> dict[str, str]:
        return clean_environment() | {
            "ANSWERABLE_DATABASE_URL": database,
            "ANSWERABLE_DATA": str(self.data),
            "ANSWERABLE_ORIGIN": ORIGIN,
        }

    def command(self, database: str, *arguments: str, expect: int | None = 0) -> str:
        """Call the command on a database: what it says. None: however it ends."""
        done = CliRunner().invoke(main, arguments, env=dict(self.environment(database)))
        assert expect is None or done.exit_code == expect, done.output
        return done.output

    @contextmanager
    def sealing(self, database: str) -> Iterator[None]:
        """Yield a sealer in a process of its own."""
        with TemporaryFile() as log:
            command = ("-m", "api", "worker", "--only", "sealer")
            process = Python(*command, env=self.environment(database), log=log)
            try:
                yield
            finally:
                process.terminate()
                process.wait(SECONDS)


@contextmanager
def served(office: Office, database: str) -> Iterator[str]:
    """Yield the service on a database, web and sealer: the address of the web."""
    with office.sealing(database), serving(database, ORIGIN, data=office.data) as web:
        yield web.url


def wherever(*clusters: Cluster) -> str:
    """Return the URL of whichever of these takes writes."""
    hosts = ",".join(quote(str(one.folder), safe="") for one in clusters)
    options = "target_session_attrs=read-write"
    return f"postgresql://postgres@/answerable?host={hosts}&{options}"


@pytest.fixture
def first(migrated_cluster: Cluster) -> Iterator[Cluster]:
    """Yield the primary, which is migrated."""
    with copied(migrated_cluster) as cluster:
        yield cluster


@pytest.fixture
def office(first: Cluster, tmp_path: Path) -> Office:
    with pool(first.url(), max_size=4) as connections:
        log = Ledger(connections, first.url())
        log.record(SETUP, set_up, shipped_bodies()[:5], shipped_rules())
        account = AccountOpened(account=KEEPER, body=None)
        log.record(SETUP, open_account, account, Notice(), scopes=("admin",))
        with connections.connection() as conn:
            token = tokens.create(conn, KEEPER, ["admin"], None)[1]
    return Office(tmp_path / "data", token)


@pytest.fixture
def second(first: Cluster, office: Office) -> Iterator[Cluster]:
    """Yield a streaming replica of the primary."""
    with replica(first) as cluster:
        yield cluster


def lag(office: Office, web: str, first: Cluster, second: Cluster) -> None:
    """Record and seal; then the replica falls behind, and more is recorded and sealed."""
    for number in range(3):
        office.sealed(web, f"Both have letter {number}", first)
    at = max(office.acknowledged)
    second.until(f"(SELECT max(size) FROM ledger.checkpoints) = {at}")
    detach(second)
    for number in range(20):
        office.sealed(web, f"The primary alone has letter {number}", first)
    assert second.value("SELECT max(position) FROM ledger.entries") == at


def recovered(office: Office, second: Cluster) -> None:
    """Bring the signed entries back, and go on recording and sealing."""
    before = dict(office.acknowledged)
    assert "are back, as they were signed" in office.command(second.url(), "recover")
    with served(office, second.url()) as web:
        for number in range(3):
            office.sealed(web, f"After the failover, letter {number}", second)
    there = second.value("SELECT json_object_agg(position, event_id) FROM ledger.entries")
    assert {position: there[str(position)] for position in before} == before
    assert office.twice == []
    assert min(set(office.acknowledged) - set(before)) > max(before)


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

        for number in range(5):
            office.write(web, f"Too early {number}", expect=503)
        second.until(HELD)
        assert "is not the one that" in office.write(web, "Too early", expect=503)["detail"]

    assert second.value("SELECT max(position) FROM ledger.entries") == there
    assert office.twice == []
    recovered(office, second)


def test_a_replica_that_kept_up_goes_on_by_itself(office, first, second):
    with served(office, wherever(first, second)) as web:
        for number in range(5):
            office.sealed(web, f"Before, letter {number}", first)
        at = max(office.acknowledged)
        second.until(f"(SELECT max(size) FROM ledger.checkpoints) = {at}")
        first.stop("immediate")
        second.promote()
        second.until(LOOKED)
        office.sealed(web, "After", second)

    assert max(office.acknowledged) == at + 1
    assert office.twice == []


def test_a_server_that_is_restarted_goes_on_by_itself(office, first):
    with served(office, first.url()) as web:
        office.sealed(web, "Before", first)
        first.restart()
        first.until(LOOKED)
        office.sealed(web, "After", first)

    assert office.twice == []


def test_without_a_sealer_nothing_is_recorded_after_a_restart_and_a_sentence_says_so(office, first):
    with served(office, first.url()) as web:
        office.sealed(web, "Before", first)
    first.restart()

    with serving(first.url(), ORIGIN, data=office.data) as web:
        refused = office.write(web.url, "Nobody looks", expect=503)
        with office.sealing(first.url()):
            first.until(LOOKED)
            office.write(web.url, "The sealer looks")

    assert "the sealer has not yet compared its log with what it signed" in refused["detail"]
    assert "`answerable worker --only sealer`" in refused["detail"]
