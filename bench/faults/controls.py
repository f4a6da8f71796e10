"""Negative controls: logs that are known to lose entries, run for real and judged by the same
checker. One that the checker lets pass would show that it proves nothing."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from bench.faults.check import Verdict, check
from bench.faults.disk import disk
from bench.faults.history import History
from bench.systems import entry
from ledger.log.append import append
from ledger.log.storage import EntryMapper
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.migrate import migrate
from tests.clusters import Cluster, primary

_MAPPER = EntryMapper(transcoder=None)  # type: ignore[arg-type]  # ours needs none
_WRITERS = 8
_SECONDS = 15
"""How long writers of a control write at most; it ends as soon as an entry was passed over."""


@dataclass(frozen=True)
class Control:
    """A log that loses entries, and the fault that shows it."""

    name: str
    run: Callable[[], Verdict]
    """Raises NoDisk where it needs a disk of its own and the machine can't make one."""


def bigserial() -> Verdict:
    """Run a table with a `bigserial`, and a reader that asks for what is above the last number that
    it saw: a number that is taken first may be committed last."""
    history, came = History(), [0]
    with primary() as cluster, psycopg.connect(cluster.url(), autocommit=True) as reader:
        reader.execute("CREATE TABLE log (id bigserial PRIMARY KEY, act text NOT NULL)")
        insert = "INSERT INTO log (act) VALUES (%s) RETURNING id"
        with psycopg.connect(cluster.url()) as early, psycopg.connect(cluster.url()) as late:
            for process, connection in enumerate((early, late)):
                act = f"bigserial-{process}"
                history.note(process, "invoke", act)
                row = connection.execute(insert, [act]).fetchone()
                assert row is not None
                if process == 1:
                    connection.commit()
                    history.note(process, "ok", act, row[0])
                    came += _above(reader, came[-1])
                    early.commit()
                    history.note(0, "ok", "bigserial-0", 1)
            came += _above(reader, came[-1])
        log = reader.execute("SELECT id, act FROM log ORDER BY id").fetchall()
    return check(history, [(int(i), str(act)) for i, act in log], {"reader": came})


def _above(reader: psycopg.Connection, last: int) -> list[int]:
    return [
        int(row[0])
        for row in reader.execute("SELECT id FROM log WHERE id > %s ORDER BY id", [last])
    ]


def database_functions() -> Verdict:
    """Run the library's recorder in the mode that inserts by functions of the database, which takes
    no lock of the table, with a reader that follows its notifications."""
    history, came = History(), [0]
    with primary() as cluster:
        given = conninfo_to_dict(cluster.url())
        factory = InfrastructureFactory.construct(
            Environment(
                "control",
                {
                    "PERSISTENCE_MODULE": "eventsourcing.postgres",
                    "POSTGRES_DBNAME": str(given["dbname"]),
                    "POSTGRES_HOST": str(given["host"]),
                    "POSTGRES_PORT": "5432",
                    "POSTGRES_USER": str(given["user"]),
                    "POSTGRES_PASSWORD": "none",
                    "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
                    "POSTGRES_MAX_OVERFLOW": str(2 * _WRITERS),
                },
            )
        )
        recorder = factory.application_recorder()
        ended = threading.Event()

        def write(process: int) -> None:
            number = 0
            while not ended.is_set():
                number += 1
                act = f"functions-{process}-{number}"
                history.note(process, "invoke", act)
                stored = StoredEvent(uuid4(), 1, "control", act.encode())
                position = (recorder.insert_events([stored]) or [0])[0]
                history.note(process, "ok", act, position)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(_WRITERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _SECONDS
        passed_over = False
        while time.monotonic() < deadline and not passed_over:
            found = recorder.select_notifications(came[-1] + 1, 1000)
            came += [one.id for one in found]
            missing = set(range(1, came[-1] + 1)) - set(came)
            passed_over = any(recorder.select_notifications(n, 1, n) for n in sorted(missing)[:20])
        ended.set()
        for thread in threads:
            thread.join()
        while found := recorder.select_notifications(came[-1] + 1, 1000):
            came += [one.id for one in found]
        with psycopg.connect(cluster.url()) as connection:
            rows = connection.execute(
                "SELECT notification_id, convert_from(state, 'UTF8') FROM control_events"
            ).fetchall()
        factory.close()
    return check(history, [(int(i), str(act)) for i, act in rows], {"reader": came})


def answered_before_the_flush() -> Verdict:
    """Run our own append with `synchronous_commit = off`, and kill PostgreSQL right after an
    acknowledgement."""
    with primary() as cluster:
        cluster.stop()
        cluster.start("wal_writer_delay=10s")
        history = _appended(cluster, "&options=-c%20synchronous_commit%3Doff")
        cluster.kill()
        cluster.start()
        return check(history, _rows(cluster), {})


def answered_before_the_disk() -> Verdict:
    """Run our own append with `fsync = off`, and cut the power right after an acknowledgement.
    Raises NoDisk."""
    with ExitStack() as stack:
        cluster = stack.enter_context(primary())
        own = stack.enter_context(disk())
        cluster.stop()
        own.take(cluster.data)
        stack.callback(cluster.stop, "immediate")
        cluster.start("fsync=off")
        history = _appended(cluster, "")
        left = own.cut()
        cluster.kill()
        own.become(left)
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        try:
            cluster.start()
        except AssertionError:  # what was written and not flushed may be what it starts by
            return check(history, [], {})
        return check(history, _rows(cluster), {})


def _appended(cluster: Cluster, options: str) -> History:
    """Append some entries one by one, and note each acknowledgement."""
    history = History()
    with connect_owner(cluster.url()) as owner:
        migrate(owner)
    with pool(cluster.url() + options, max_size=2) as connections:
        for number in range(1, 21):
            act = f"unflushed/{number}"
            history.note(0, "invoke", act)
            done = append(connections, [_MAPPER.to_stored_event(entry(act, 1))])
            history.note(0, "ok", act, done.first_position)
    return history


def _rows(cluster: Cluster) -> list[tuple[int, str]]:
    try:
        with psycopg.connect(cluster.url()) as connection:
            rows = connection.execute("SELECT position, stream FROM ledger.entries").fetchall()
    except psycopg.Error:  # not even the table is there
        return []
    return [(int(position), str(stream)) for position, stream in rows]


CONTROLS = (
    Control("raw bigserial, read above the last number", bigserial),
    Control("eventsourcing by functions of the database", database_functions),
    Control("our append, answered before the flush", answered_before_the_flush),
    Control("our append without fsync, and a power cut", answered_before_the_disk),
)
"""Message DB across categories is not among them: its functions are not installed here."""
