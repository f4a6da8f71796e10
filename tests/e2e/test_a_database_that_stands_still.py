"""A PostgreSQL that is frozen: its host answers, and it does not. Monitors and clients hear so in
time, and every process ends when it is told to. Nor does a held lock stop anybody for long."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import requests

from api.commands.worker import FOLLOWERS
from api.web import STOP_SECONDS
from ledger.errors import LogUnreachable
from ledger.postgres import connections
from ledger.postgres.connections import NoAnswer, patience, pool, retried
from ledger.postgres.embedded import CLUSTER, home, postmaster
from tests.api.brokers import Broker
from tests.api.brokers import running as broking
from tests.api.reading import serving
from tests.clusters import Cluster, copied, frozen, frozen_server
from tests.e2e.offices import Office
from tests.e2e.service import clean_environment, free_port
from tests.keys.keyed_log import ORIGIN
from tests.log.proxy import proxy
from tests.processes import SECONDS, Python, children, runs
from tests.servers import data_directory

pytestmark = pytest.mark.long

KEPT = "SELECT count(*) FROM ledger.entries WHERE topic LIKE 'capture%'"
STOPPED = 10.0
"""Seconds in which every process has ended: each gives up after four, and machines are busy."""


@pytest.fixture(scope="module")
def first(begun_cluster: tuple[Cluster, str]) -> Iterator[Cluster]:
    """Yield a cluster for all tests of this file: a server that was frozen goes on."""
    with copied(begun_cluster[0]) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def office(begun_cluster: tuple[Cluster, str], tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office") / "data", begun_cluster[1])


def stops(process: Python) -> float:
    """Tell a process to end: the seconds that it took."""
    began = time.monotonic()
    process.terminate()
    process.wait(SECONDS)
    return time.monotonic() - began


@pytest.mark.soak
def test_the_followers_of_a_frozen_database_end_soon(office, first, tmp_path):
    broker = Broker(tmp_path / "broker")
    more = {
        "ANSWERABLE_SECRET_KEY": "k" * 40,
        "ANSWERABLE_NATS_URL": broker.url,
        "ANSWERABLE_NATS_REPLICAS": "1",
    }
    with broking(broker), office.following(first.url(), *FOLLOWERS, **more) as process:
        for name in FOLLOWERS:  # each has looked at the log
            first.until(f"EXISTS (SELECT FROM follow.positions WHERE name = '{name}')")
        with frozen(first):
            assert stops(process) < STOPPED


@pytest.mark.soak
def test_run_on_a_frozen_database_ends_soon_and_leaves_nothing(office, first):
    environment = office.environment(first.url())
    process = Python("-m", "api", "run", "--port", str(free_port()), env=environment)
    said = next(line for line in process.output if line.startswith(("open", "Error")))
    assert said.startswith("open")
    parts = descendants(process.pid)
    assert len(parts) >= 4
    with frozen(first):
        assert stops(process) < STOPPED
        assert [one for one in parts if runs(one)] == []


def test_run_whose_own_database_is_frozen_ends_soon_and_leaves_nothing():
    with data_directory() as data:
        environment = clean_environment() | {"ANSWERABLE_DATA": str(data)}
        process = Python("-m", "api", "run", "--port", str(free_port()), env=environment)
        said = next(line for line in process.output if line.startswith(("open", "Error")))
        assert said.startswith("open")
        server = postmaster(home(data) / CLUSTER)
        assert server is not None
        parts = [server.pid, *descendants(server.pid), *descendants(process.pid)]
        with frozen_server(server.pid):
            assert stops(process) < STOPPED
            assert [one for one in parts if runs(one)] == []


def descendants(process: int) -> list[int]:
    """Return the processes that a process began, and those that these began."""
    found = children(process)
    return [*found, *(deeper for one in found for deeper in descendants(one))]


def test_monitors_hear_of_a_frozen_database_and_the_web_server_ends_soon(office, first):
    served = serving(first.url(), ORIGIN, patience=STOP_SECONDS, data=office.data, web_threads=4)
    with served as web, ThreadPoolExecutor(8) as many, web.follow():
        assert web.get("/readyz").json()["reasons"] != []
        with frozen(first):
            asked = [many.submit(hangs, web.url) for _ in range(8)]
            began = time.monotonic()
            ready = web.get("/readyz")
            assert ready.status_code == 503
            assert ready.headers["Content-Type"] == "application/problem+json"
            assert web.get("/healthz").ok
            assert time.monotonic() - began < 15
            assert stops(web.process) < STOPPED
        assert all(one.result() for one in asked)


def hangs(url: str) -> bool:
    """Ask for what the database does not answer, until the web server ends."""
    try:
        return requests.get(f"{url}/api/reports", timeout=SECONDS).status_code == 503
    except requests.ConnectionError:
        return True


def test_a_client_of_a_frozen_database_hears_503_and_all_goes_on_when_it_is_back(
    office, first, monkeypatch
):
    monkeypatch.setattr(connections, "_AT_ONCE", 0.2)
    with pool(first.url(), max_size=4) as connected:
        with frozen(first), patience(1):
            with pytest.raises(NoAnswer), connected.connection() as conn:
                conn.execute("SELECT 1")
            for _ in range(3):
                with pytest.raises(LogUnreachable):
                    retried(connected, lambda conn: conn.execute("SELECT 1"))
        with connected.connection(SECONDS) as conn:  # it is made anew
            assert conn.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.soak
def test_a_lock_that_somebody_holds_is_a_503_after_five_seconds_and_monitors_are_answered(
    office, first
):
    before = first.value(KEPT)
    with serving(first.url(), ORIGIN, data=office.data, web_threads=4) as web:
        office.write(web.url, "Before")
        with psycopg.connect(first.url()) as holding, ThreadPoolExecutor(8) as writers:
            holding.execute("LOCK ledger.entries IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            writing = [writers.submit(office.write, web.url, f"{n}", expect=503) for n in range(4)]
            assert web.get("/healthz").ok
            assert time.monotonic() - began < 5
            told = [one.result() for one in writing]
            assert time.monotonic() - began < 15
        office.write(web.url, "After")

    assert all("holds in the database what this needs" in one["detail"] for one in told)
    assert first.value(KEPT) == before + 2


@pytest.mark.soak
def test_a_write_that_was_recorded_is_201_though_the_log_cannot_be_read_any_more(office, first):
    """Its acknowledgement was lost, and whatever reads the log since then fails."""
    before = first.value(KEPT)
    with proxy(first.url()) as between, ExitStack() as stack:
        url = f"postgresql://postgres@/answerable?host={quote(str(between.folder), safe='')}"
        web = stack.enter_context(serving(url, ORIGIN, data=office.data))
        office.write(web.url, "Before")
        between.cuts, between.blind = ["after the commit"], True
        told = office.write(web.url, "Once", key="once")
        assert between.cuts == []
        between.blind = False
        again = office.write(web.url, "Once", key="once")

    assert (again["event"], again["position"]) == (told["event"], told["position"])
    assert first.value(KEPT) == before + 2


def test_limits_in_the_url_go_before_ours(first):
    ours = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
    with pool(first.url(), limits=connections.WEB) as plain, plain.connection() as conn:
        assert conn.execute(ours).fetchone() == ("5s", "30s")
    theirs = f"{first.url()}&options=-c%20lock_timeout%3D7s&tcp_user_timeout=9000"
    with pool(theirs, limits=connections.WEB) as given, given.connection() as conn:
        assert conn.execute(ours).fetchone() == ("7s", "30s")
        parameters = conn.info.get_parameters()
        assert parameters["tcp_user_timeout"] == "9000"
        assert parameters["keepalives_idle"] == "1"


@pytest.mark.parametrize(("asks", "goes_on"), [("read-write", "other"), ("any", "same")])
def test_a_host_to_which_a_connection_broke_is_tried_last_where_writes_are_asked_for(
    first, asks, goes_on
):
    """Else a standby would be taken for the host that takes writes. Both are the same server here,
    by two addresses."""
    with proxy(first.url()) as between:
        hosts = f"{between.folder},{first.folder}".replace("/", "%2F")
        url = f"postgresql://postgres@/answerable?host={hosts}&target_session_attrs={asks}"
        with connections.connect(url, autocommit=True) as conn:
            assert conn.info.host == str(between.folder)
            first.do(f"SELECT pg_terminate_backend({conn.info.backend_pid})")
            with pytest.raises(psycopg.OperationalError):
                conn.execute("SELECT 1")
        with connections.connect(url) as conn:
            expected = {"other": first.folder, "same": between.folder}[goes_on]
            assert conn.info.host == str(expected)


def test_the_host_that_served_last_is_tried_first(first, tmp_path: Path):
    """The other one takes connections, and says nothing."""
    hosts = f"{tmp_path},{first.folder}".replace("/", "%2F")
    url = f"postgresql://postgres@/answerable?host={hosts}"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / ".s.PGSQL.5432"))
        silent.listen()
        took = []
        for _ in range(2):
            began = time.monotonic()
            connections.connect(url).close()
            took.append(time.monotonic() - began)

    assert took[0] >= 2 > took[1]
