"""What the tests of the log use: a pool of connections, the database seen from outside."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.acts.decision import Told
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
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP, Account
from tests.log.making import Database

BODIES = {"cumbria-pfcc", "cumbria-constabulary", "hmicfrs"}
SECONDS = 30
"""The longest that a condition is waited for."""


@pytest.fixture
def connections(database_url: str) -> Iterator[ConnectionPool[psycopg.Connection]]:
    """A pool of connections as the app role, as the service has one."""
    with pool(database_url, max_size=20) as opened:
        yield opened


@pytest.fixture
def database(database_url: str) -> Database:
    return Database(database_url)


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
    """A ledger with a report "r", whose recommendation 1 is to Cumbria Constabulary."""
    made = Ledger(connections, url)
    bodies = tuple(body for body in shipped_bodies() if body.id in BODIES)
    made.record(SETUP, set_up, bodies, shipped_rules())
    name = "cumbria-constabulary/clerk"
    made.record(
        SETUP,
        open_account,
        AccountOpened(account=name, body="cumbria-constabulary"),
        Told(),
    )
    made.record(SETUP, grant_scope, ScopeGranted(account=name, scope="record"), Told())
    made.record(
        made.account(name),
        publish_report,
        ReportPublished(title="A report", kind="other", publisher="hmicfrs"),
        Told(occurred_on="2025-05-16", source=Source(url="https://example.org/r")),
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
    """Who records for Cumbria Constabulary."""
    return ledger.account("cumbria-constabulary/clerk")
