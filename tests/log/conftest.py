"""Fixtures of the tests of the log: a pool of connections, and the database seen from outside."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.acts.decision import Notice
from ledger.acts.report import Raise, publish_report
from ledger.acts.service import grant_scope, open_account, set_up
from ledger.application import Ledger
from ledger.events import (
    AccountOpened,
    RecommendationRaised,
    ReportPublished,
    ScopeGranted,
    Source,
)
from ledger.events.texts import say
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP, Account
from tests.log.making import Database
from tests.servers import FreshDatabase, fresh_database, new_database

BODIES = {"cumbria-pfcc", "cumbria-constabulary", "hmicfrs"}
SECONDS = 30
"""The longest that a condition is waited for."""


Connections = ConnectionPool[psycopg.Connection]
TABLES = ("entries", "texts", "captures", "requests")


@pytest.fixture(scope="module")
def of_the_file(
    postgres: Running, migrated: str
) -> Iterator[tuple[str, Connections, psycopg.Connection]]:
    """Yield one database for a file whose tests only append (it says `ONE_LOG`): its URL, the
    connections of the service, and a connection that no trigger stops. It is emptied after each
    test, which costs a twentieth of another database."""
    with (
        new_database(postgres, migrated) as url,
        pool(url, max_size=20) as connections,
        psycopg.connect(url, autocommit=True) as superuser,
    ):
        superuser.execute("SET session_replication_role = replica")
        yield url, connections, superuser


@pytest.fixture
def fresh(postgres: Running, migrated: str) -> Iterator[FreshDatabase]:
    """Yield a database whose log is empty, and what is connected to it."""
    with fresh_database(postgres, migrated) as fresh:
        yield fresh


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the owner's URL of a database whose log is empty."""
    if not hasattr(request.module, "ONE_LOG"):
        yield request.getfixturevalue("fresh").url
        return
    url, _, superuser = request.getfixturevalue("of_the_file")
    yield url
    superuser.execute("; ".join(f"DELETE FROM ledger.{table}" for table in TABLES).encode())


@pytest.fixture
def connections(request: pytest.FixtureRequest, database_url: str) -> Iterator[Connections]:
    """Yield a pool of connections as the app role, as the service has one."""
    if hasattr(request.module, "ONE_LOG"):
        yield request.getfixturevalue("of_the_file")[1]
        return
    with pool(database_url, max_size=20) as opened:
        yield opened


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Database:
    if hasattr(request.module, "ONE_LOG"):
        return Database(database_url, request.getfixturevalue("of_the_file")[2])
    return Database(database_url, request.getfixturevalue("fresh").owner)


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition that another process or thread brings about."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"it didn't happen within {SECONDS} s"
            threading.Event().wait(0.005)

    return wait


@pytest.fixture
def lock_of_the_log(database_url: str) -> Callable[[], object]:
    """Hold the lock that every append takes, for as long as the block lasts."""

    @contextmanager
    def hold() -> Iterator[None]:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(20170502, 55)")
            yield

    return hold


@pytest.fixture
def ledger(connections: ConnectionPool[psycopg.Connection], database_url: str) -> Ledger:
    return with_a_report(connections, database_url)


def with_a_report(connections: ConnectionPool[psycopg.Connection], url: str) -> Ledger:
    """Return a ledger with a report "r", whose recommendation 1 is to Cumbria Constabulary."""
    made = Ledger(connections, url)
    bodies = tuple(body for body in shipped_bodies() if body.id in BODIES)
    made.record(SETUP, set_up, bodies, shipped_rules())
    name = "cumbria-constabulary/clerk"
    made.record(
        SETUP,
        open_account,
        AccountOpened(account=name, body="cumbria-constabulary"),
        Notice(),
    )
    made.record(SETUP, grant_scope, ScopeGranted(account=name, scope="record"), Notice())
    made.record(
        made.account(name),
        publish_report,
        ReportPublished(title="A report", kind="other", publisher="hmicfrs"),
        Notice(occurred_on="2025-05-16", source=Source(url="https://example.org/r")),
        reference="r",
        recommendations=[
            Raise(
                event=RecommendationRaised(number="1", text=say("Do it")),
                addressees=("cumbria-constabulary",),
            )
        ],
    )
    return made


@pytest.fixture
def clerk(ledger: Ledger) -> Account:
    """Return the account that records for Cumbria Constabulary."""
    return ledger.account("cumbria-constabulary/clerk")
