"""What the tests of the log use: a pool of connections, the database seen from outside."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.database import pool
from tests.log.making import Database

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
