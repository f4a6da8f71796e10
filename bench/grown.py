"""Logs of several sizes, each in a database of its own that is seeded once and may be kept."""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

import psycopg
from psycopg import sql

from bench.systems import make
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.embedded import Running
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seed import seed
from ledger.states.service import SETUP
from projections.head import reached
from projections.read_models import rebuild, schemas, tables

OFFICES = 43
_T = TypeVar("_T")


@dataclass(frozen=True)
class Grown:
    """A seeded log of about so many entries: its last position and its database."""

    size: int
    head: int
    url: str
    name: str


@dataclass(frozen=True)
class Rebuilding:
    """A rebuild: how long it took, and the memory of its processes at their peak (MB)."""

    seconds: float
    parent_mb: float
    worker_mb: float
    workers: int

    @property
    def peak_mb(self) -> float:
        """Return the sum of the processes' peaks: at no moment do they use more."""
        return self.parent_mb + self.workers * self.worker_mb


def grown(server: Running, size: int) -> Grown:
    """Return the database of a size, as it was left or seeded now."""
    name = f"growth_{size}"
    if not _there(server, name) or _head(server.url(name)) < size:
        url, started = make(server, "ours", name), time.perf_counter()
        with pool(url, max_size=4) as connections:
            ledger = Ledger(connections, url)
            ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
            head = seed(ledger, size, OFFICES, lambda done, of: None)
        rate = head / (time.perf_counter() - started)
        print(f"seeded {head:,} entries, {rate:,.0f} a second", flush=True)
    url = server.url(name)
    with connect_owner(url) as owner:
        migrate(owner)
        owner.execute("VACUUM ANALYZE ledger.entries, ledger.texts")
    return Grown(size, _head(url), url, name)


def is_built(log: Grown) -> bool:
    """Return whether the read models are there, have this version's shape, and have reached the
    head."""
    with connect(log.url) as conn:
        return schemas.are_ours(conn) and reached(conn) == log.head


def build(log: Grown) -> Rebuilding:
    """Build the read models of the whole log, in processes of their own, and put them in place."""
    found = alone(_build, log)
    with connect_owner(log.url) as owner:
        for table in tables.NAMES:
            name = sql.Identifier(tables.SCHEMA, table)
            owner.execute(sql.SQL("VACUUM ANALYZE {}").format(name))
        owner.execute("CHECKPOINT")
    return found


def alone(work: Callable[[Grown], _T], log: Grown) -> _T:
    """Return the result of work done in a process of its own, so that its memory is measured
    alone."""
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        return one.submit(work, log).result()


def _build(log: Grown) -> Rebuilding:
    with connect(log.url, autocommit=True) as conn:
        schemas.prepare(conn)
        rebuild.begin(conn)
        started = time.perf_counter()
        rebuild.report_by_report(conn, log.url, log.head, lambda done, of: None)
        seconds = time.perf_counter() - started
        with conn.transaction():
            schemas.drop(conn, tables.SCHEMA)
            schemas.move(conn, tables.NEXT, tables.SCHEMA)
            conn.execute(
                """
                INSERT INTO follow.positions (name, position) VALUES (%(name)s, %(position)s)
                ON CONFLICT (name) DO UPDATE SET position = excluded.position
                """,
                {"name": tables.PROJECTOR, "position": log.head},
            )
    return Rebuilding(seconds, *_memory())


def _memory() -> tuple[float, float, int]:
    """Return the peak (MB) of this process and of the largest of its children, and the number of
    children."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return own, child, rebuild.processors() if child else 0


@contextmanager
def copied(server: Running, log: Grown) -> Iterator[Grown]:
    """Yield a copy of a log that may be written to and is dropped afterwards."""
    name = f"{log.name}_copy"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(log.name)
            )
        )
        try:
            yield Grown(log.size, log.head, server.url(name), name)
        finally:
            connection.execute(drop)


def _there(server: Running, name: str) -> bool:
    with psycopg.connect(server.url("postgres")) as connection:
        query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
        row = connection.execute(query, [name]).fetchone()
    return row is not None and bool(row[0])


def _head(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT coalesce(max(position), 0) FROM ledger.entries").fetchone()
    return int(row[0]) if row else 0
