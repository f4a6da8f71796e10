"""The two systems that are compared, each on a database of its own on the same server."""

from collections.abc import Callable
from functools import cache
from typing import Literal
from uuid import uuid4

import psycopg
from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from ledger.events import Source, UpdateReceived
from ledger.events.entry import Entry, new_id
from ledger.events.texts import say
from ledger.log.append import append
from ledger.log.storage import EntryMapper
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.embedded import Running
from ledger.postgres.migrate import migrate

System = Literal["ours", "theirs"]
TABLES = {"ours": "ledger.entries", "theirs": "public.bench_events"}
STATE = 400
"""Bytes of one event, as stored, that theirs are given; ours come to about as many."""
TEXT = (
    "We have completed the first two of the three actions, and expect to complete the third by the "
    "end of the quarter."
)


def make(server: Running, system: System, name: str) -> str:
    """Make a fresh database of a system, and return its URL."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = server.url(name)
    if system == "ours":
        with connect_owner(url) as owner:
            migrate(owner)
    else:
        recorder(url)
    return url


def appender(system: System) -> Callable[[str, int], Callable[[], object]]:
    """Return a function that takes a database and a number. It returns a function that appends one
    more event to a stream of its own, over the connections of its process."""
    return _ours if system == "ours" else _theirs


def environment(url: str) -> dict[str, str]:
    """Return the settings that tell theirs where its database is; everything else has its
    default."""
    given = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(given["dbname"]),
        "POSTGRES_HOST": str(given["host"]),
        "POSTGRES_PORT": str(given["port"]),
        "POSTGRES_USER": str(given["user"]),
        "POSTGRES_PASSWORD": "none is asked for",
    }


def recorder(url: str) -> ApplicationRecorder:
    """Return the library's own recorder for PostgreSQL, with its pool of connections."""
    factory: InfrastructureFactory = InfrastructureFactory.construct(
        Environment("bench", environment(url))
    )
    return factory.application_recorder()


def entry(stream: str, version: int) -> Entry:
    """Return an entry with a text; as stored it has about as many bytes as theirs."""
    return Entry(
        id=new_id(),
        stream=stream,
        version=version,
        occurred_on="2025-08-01",
        by="cumbria-constabulary",
        recorded_by="cumbria-constabulary/clerk",
        provenance="first_hand",
        source=Source(url="https://www.example.org/updates"),
        data=UpdateReceived(text=say(TEXT)),
    )


def fill(system: System, url: str, rows: int) -> None:
    """Put rows into the table of a log, and bring its statistics and visibility up to date."""
    statement = {
        "ours": """
            INSERT INTO ledger.entries
                (position, recorded_at, event_id, stream, version, topic, state)
            SELECT n, timestamptz '2025-01-01' + n * interval '1 s', gen_random_uuid(),
                   'filled/' || n / 10, n %% 10 + 1, 'update-received',
                   convert_to(repeat('x', %(state)s), 'UTF8')
              FROM generate_series(1, %(rows)s) AS n
        """,
        "theirs": """
            INSERT INTO public.bench_events (originator_id, originator_version, topic, state)
            SELECT md5((n / 10)::text)::uuid, n %% 10 + 1, 'update-received',
                   convert_to(repeat('x', %(state)s), 'UTF8')
              FROM generate_series(1, %(rows)s) AS n
        """,
    }[system]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), {"rows": rows, "state": STATE})
        connection.execute(f"VACUUM ANALYZE {TABLES[system]}".encode())
        connection.execute("CHECKPOINT")


@cache
def _connections(url: str) -> ConnectionPool[psycopg.Connection]:
    """Return a pool of as many connections as a web process has."""
    return pool(url, max_size=10)


def _ours(url: str, number: int) -> Callable[[], object]:
    connections = _connections(url)
    mapper = EntryMapper(transcoder=None)  # type: ignore[arg-type]  # ours needs none
    stream, version = f"recommendation/bench/{number}/cumbria-constabulary", 0

    def one_more() -> None:
        nonlocal version
        version += 1
        append(connections, [mapper.to_stored_event(entry(stream, version))])

    return one_more


_recorder = cache(recorder)


def _theirs(url: str, number: int) -> Callable[[], object]:
    made, originator, version = _recorder(url), uuid4(), 0

    def one_more() -> None:
        nonlocal version
        version += 1
        made.insert_events([StoredEvent(originator, version, "bench:UpdateReceived", b"x" * STATE)])

    return one_more
