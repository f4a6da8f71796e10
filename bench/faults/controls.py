"""Negative controls: logs that are known to lose entries, run for real and judged by the same
checker. One that the checker lets pass would show that it proves nothing."""

import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from bench.faults.check import Verdict, check
from bench.faults.disk import NotRun, disk
from bench.faults.history import History
from bench.systems import entry
from ledger.log.append import append
from ledger.log.storage import EntryMapper
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.migrate import migrate
from tests.clusters import Cluster, primary

_MAPPER = EntryMapper(transcoder=None)  # type: ignore[arg-type]  # ours needs none
_MESSAGE_DB = "@eventide/message-db@1.3.1"
_WRITERS = 8
_SECONDS = 15
"""How long writers of a control write at most; it ends as soon as an entry was passed over."""


@dataclass(frozen=True)
class Evidence:
    """What a log was told and what it has, and the positions that came to its reader."""

    history: History
    log: list[tuple[int, str]]
    came: list[int] | None = None
    """None where nobody reads it."""

    @property
    def verdict(self) -> Verdict:
        """Return what the checker says of it."""
        followers = {} if self.came is None else {"reader": self.came}
        return check(self.history, self.log, followers)


@dataclass(frozen=True)
class Control:
    """A log that loses entries, and the fault that shows it."""

    name: str
    run: Callable[[], Evidence]
    """Raises NotRun where this machine lacks what it needs."""


def bigserial() -> Evidence:
    """Run a table with a `bigserial`."""
    with primary() as cluster, psycopg.connect(cluster.url(), autocommit=True) as reader:
        reader.execute("CREATE TABLE log (id bigserial PRIMARY KEY, act text NOT NULL)")
        insert = "INSERT INTO log (act) VALUES (%(act)s) RETURNING id"
        return _passed_over(cluster, reader, insert, "SELECT id, act FROM log", "id")


def message_db() -> Evidence:
    """Run Message DB, of which a package of the npm registry has the SQL. Writers of one category
    wait for each other there, and those of two don't. Raises NotRun."""
    with TemporaryDirectory(prefix="message-db-") as folder, primary() as cluster:
        sql = _message_db_in(Path(folder))
        with psycopg.connect(cluster.url(), autocommit=True) as reader:
            for part in ("schema", "tables", "types", "functions"):
                for file in sorted((sql / part).glob("*.sql")):
                    reader.execute("SET search_path = message_store, public")
                    reader.execute(file.read_bytes())
            write = (
                "WITH written AS MATERIALIZED (SELECT write_message(gen_random_uuid()::varchar,"
                " (%(act)s::text || '-1')::varchar, 'noted',"
                " jsonb_build_object('act', %(act)s::text)))"
                " SELECT lastval() FROM written"
            )
            messages = "SELECT global_position, data->>'act' FROM message_store.messages"
            return _passed_over(cluster, reader, write, messages, "global_position")


def _message_db_in(folder: Path) -> Path:
    """Fetch the package, and return the folder of its SQL. Raises NotRun."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotRun("npm, which fetches it, is not installed")
    command = [npm, "pack", "--silent", _MESSAGE_DB]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRun(f"npm could not fetch {_MESSAGE_DB}: {done.stderr.strip()[-200:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as packed:
        packed.extractall(folder, filter="data")
    return folder / "package" / "database"


def _passed_over(
    cluster: Cluster, reader: psycopg.Connection, write: str, read: str, number: str
) -> Evidence:
    """Let two write, of whom the first commits last, and a reader ask for what is above the last
    number that it saw: a number that is taken first may be committed last."""
    history, came = History(), [0]

    def above() -> None:
        last = came[-1]
        history.note_read("invoke", last)
        found = reader.execute(f"{read} WHERE {number} > {last} ORDER BY 1".encode()).fetchall()
        came.extend(int(row[0]) for row in found)
        history.note_read("ok", last, tuple(int(row[0]) for row in found))

    def begin(process: int, connection: psycopg.Connection) -> int:
        history.note(process, "invoke", f"control{process}")
        row = connection.execute(write.encode(), {"act": f"control{process}"}).fetchone()
        assert row is not None
        return int(row[0])

    with psycopg.connect(cluster.url()) as early, psycopg.connect(cluster.url()) as late:
        for connection in (early, late):
            connection.execute("SET search_path = message_store, public")
        first, second = begin(0, early), begin(1, late)
        late.commit()
        history.note(1, "ok", "control1", second, sealed=True)
        above()
        early.commit()
        history.note(0, "ok", "control0", first, sealed=True)
        above()
    log = reader.execute(f"{read} ORDER BY 1".encode()).fetchall()
    return Evidence(history, [(int(i), str(act)) for i, act in log], came)


def database_functions() -> Evidence:
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
                history.note(process, "ok", act, position, sealed=True)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(_WRITERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _SECONDS
        passed_over = False
        while time.monotonic() < deadline and not passed_over:
            after = came[-1]
            history.note_read("invoke", after)
            found = recorder.select_notifications(after + 1, 1000)
            came += [one.id for one in found]
            history.note_read("ok", after, tuple(one.id for one in found))
            missing = set(range(1, came[-1] + 1)) - set(came)
            passed_over = any(recorder.select_notifications(n, 1, n) for n in sorted(missing)[:20])
        ended.set()
        for thread in threads:
            thread.join()
        while found := recorder.select_notifications(came[-1] + 1, 1000):
            came += [one.id for one in found]
        with psycopg.connect(cluster.url()) as connection:
            rows = connection.execute(
                "SELECT notification_id, convert_from(state, 'UTF8') FROM control_events ORDER BY 1"
            ).fetchall()
        factory.close()
    return Evidence(history, [(int(i), str(act)) for i, act in rows], came)


def answered_before_the_flush() -> Evidence:
    """Run our own append with `synchronous_commit = off`, and kill PostgreSQL right after an
    acknowledgement."""
    with primary() as cluster:
        cluster.stop()
        cluster.start("wal_writer_delay=10s")
        history = _appended(cluster, "&options=-c%20synchronous_commit%3Doff")
        cluster.kill()
        cluster.start()
        return Evidence(history, _rows(cluster))


def answered_before_the_disk() -> Evidence:
    """Run our own append with `fsync = off`, and cut the power right after an acknowledgement.
    Raises NotRun."""
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
            return Evidence(history, [])
        return Evidence(history, _rows(cluster))


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
            history.note(0, "ok", act, done.first_position, sealed=True)
    return history


def _rows(cluster: Cluster) -> list[tuple[int, str]]:
    try:
        with psycopg.connect(cluster.url()) as connection:
            rows = connection.execute(
                "SELECT position, stream FROM ledger.entries ORDER BY 1"
            ).fetchall()
    except psycopg.Error:  # not even the table is there
        return []
    return [(int(position), str(stream)) for position, stream in rows]


CONTROLS = (
    Control("raw bigserial, read above the last number", bigserial),
    Control("Message DB, read across categories", message_db),
    Control("eventsourcing by functions of the database", database_functions),
    Control("our append, answered before the flush", answered_before_the_flush),
    Control("our append without fsync, and a power cut", answered_before_the_disk),
)
