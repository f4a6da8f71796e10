"""Reading the log: the application of the event sourcing library, over our storage. A process also
remembers the streams that decisions rest on, and brings them up to date when asked.

Entries never change, and hold commitments in place of texts. So a stream that was read before is
that and what came since. Its last entry is asked for again each time. If that is another entry, the
database is not the one that was read, and everything remembered of it is dropped.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment
from psycopg_pool import ConnectionPool

from ledger.dates import in_words, london_date
from ledger.errors import Gone, NotRecorded
from ledger.events import CaptureKept, ClockWasWrong, TextRedacted
from ledger.events.entry import Entry, decode
from ledger.events.streams import SERVICE
from ledger.events.texts import Opening
from ledger.log.captures import StoredBytes
from ledger.log.numbers import streams_numbered
from ledger.log.redactions import BYTES, Place, Redaction
from ledger.log.storage import LogFactory, LogRecorder, Stored
from ledger.log.text_matching import readable
from ledger.postgres.connections import retried
from ledger.states.recommendation import Course
from ledger.states.service import Account, Service, fold

MOST = 20_000
"""The entries that are remembered, all streams together."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database's clock, the service's state and streams, at one moment."""

    now: datetime
    service: Service
    streams: Mapping[str, Sequence[Entry]]
    below: dict[str, Sequence[Entry]] = field(default_factory=dict)
    """What decisions on this snapshot read later below a prefix, which each reads once for all."""


class Remembered:
    """The streams read last by one process. Used by many threads at once."""

    def __init__(self, log: LogRecorder, most: int = MOST) -> None:
        self._log = log
        self._most = most
        self._lock = threading.Lock()
        self._streams: OrderedDict[str, tuple[Entry, ...]] = OrderedDict()
        self._courses: dict[str, Course] = {}
        self._entries = 0
        self._service: tuple[Entry, Service] | None = None

    def look(self, names: Iterable[str] = ()) -> Snapshot:
        """Return the streams of these names as they are now, in one round trip; none of them
        SERVICE."""
        with self._lock:
            known = {name: self._streams.get(name, ()) for name in names}
            service = self._service
        last = {name: entries[-1] for name, entries in known.items() if entries}
        if service is not None:
            last[SERVICE] = service[0]
        now, new = self._read({name: last.get(name) for name in (*known, SERVICE)})
        if others := [name for name, one in last.items() if not _goes_on(one, new[name])]:
            self._forget(others)
            return self.look(known)
        came = new[SERVICE][SERVICE in last :]
        if last and any(isinstance(one.data, ClockWasWrong) for one in came):
            # Remembered entries may count as recorded at another moment now.
            self._forget([*self._streams, SERVICE])
            return self.look(known)
        state = fold(service[1] if service else None, new[SERVICE][SERVICE in last :])
        streams = {name: (*known[name], *new[name][name in last :]) for name in known}
        with self._lock:
            if new[SERVICE] and state is not None:
                self._service = new[SERVICE][-1], state
            for name, entries in streams.items():
                if entries:  # anybody with an account can ask for names of which there is nothing
                    self._keep(name, entries)
        return Snapshot(now, state or Service(), streams)

    def course(self, name: str) -> Course | None:
        """Return the course of a recommendation that was kept with its stream."""
        return self._courses.get(name)

    def keep_course(self, name: str, course: Course) -> None:
        """Keep the course of a recommendation as long as its stream is remembered."""
        with self._lock:
            if name in self._streams:
                self._courses[name] = course

    @property
    def entries(self) -> int:
        """Return how many entries are remembered, those of the service's stream aside."""
        return self._entries

    def _read(self, last: Mapping[str, Entry | None]) -> tuple[datetime, dict[str, list[Entry]]]:
        """Read each stream from its last known entry on, that one included."""
        found: dict[str, list[Entry]] = {name: [] for name in last}
        now, stored = self._log.look(
            {name: one.version if one else 0 for name, one in last.items()}
        )
        for one in stored:
            entry = one.entry
            found[entry.stream].append(entry)
        return now, found

    def _keep(self, name: str, entries: tuple[Entry, ...]) -> None:
        self._entries += len(entries) - len(self._streams.get(name, ()))
        self._streams[name] = entries
        self._streams.move_to_end(name)
        while self._entries > self._most:
            name, oldest = self._streams.popitem(last=False)
            self._courses.pop(name, None)
            self._entries -= len(oldest)

    def _forget(self, names: Iterable[str]) -> None:
        with self._lock:
            for name in names:
                if name == SERVICE:
                    self._service = None
                self._entries -= len(self._streams.pop(name, ()))
                self._courses.pop(name, None)


def _goes_on(last: Entry, new: Sequence[Entry]) -> bool:
    """Return whether what was read begins with the entry that was the last one."""
    return bool(new) and (new[0], new[0].position) == (last, last.position)


class LogReading(Application[str]):
    """The log, read: streams, entries, texts, and the service's own state."""

    name = "answerable"

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        self.pool, self._url = pool, url
        self.readers = pool
        """Connections by which questions are answered: to a streaming replica, if there is one."""
        super().__init__({"PERSISTENCE_MODULE": "ledger.log.storage"})
        self._remembered = Remembered(self.log)

    def construct_factory(self, env: Environment) -> InfrastructureFactory:
        factory = super().construct_factory(env)
        assert isinstance(factory, LogFactory)
        factory.pool, factory.url = self.pool, self._url
        return factory

    @property
    def log(self) -> LogRecorder:  # type: ignore[override]  # the library's is deprecated
        """Return the log as it is stored."""
        assert isinstance(self.recorder, LogRecorder)
        return self.recorder

    def read_stream(self, stream: str) -> list[Entry]:
        """Read the entries of a stream, by version."""
        return self._entries(self.log.select_events(stream))

    def read_below(self, prefix: str) -> list[Entry]:
        """Read the entries of all streams below a prefix (which ends in `/`), by position."""
        return self._entries(self.log.select_below(prefix))

    def read(self, after: int, limit: int, topics: Sequence[str] = ()) -> list[Entry]:
        """Read the entries after a position, at most so many, of these topics (all, if none)."""
        return self._entries(
            self.log.select_notifications(after, limit, topics=topics, inclusive_of_start=False)
        )

    def entry(self, entry_id: str) -> Entry:
        """Return the entry with this id, or raise NotRecorded."""
        stored = self.stored(entry_id)
        return stored.entry

    def stored(self, entry_id: str) -> Stored:
        """Return the entry with this id, as it is stored, or raise NotRecorded."""
        try:
            found = self.log.select_by_id(UUID(entry_id))
        except ValueError:
            found = None
        if found is None:
            raise NotRecorded(f"No entry “{entry_id}” is in the log.")
        return found

    def openings(self, positions: Sequence[int]) -> dict[tuple[int, str], Opening]:
        """Return the openings of the texts of the entries at these positions, by (position,
        field)."""
        return self.log.texts_at(positions)

    def kept(self, entry: Entry) -> StoredBytes:
        """Return the bytes that a CaptureKept entry keeps. Gone if they were redacted."""
        if (found := self.log.capture_at(entry.position)) is None:
            why = self.redactions([entry.position]).get((entry.position, BYTES))
            what = (
                f"were redacted on {in_words(why.on)} ({why.basis.replace('_', ' ')}), and are "
                "kept here no more"
                if why
                else "are not here any more, and no redaction says why: whoever runs the service "
                "brings them back from a backup"
            )
            raise Gone(
                f"These bytes {what}. "
                f"When they came and what they were stays recorded, at /api/entries/{entry.id}."
            )
        return found

    def holds(self, entry: Entry, body: bytes) -> bool:
        """Return whether a CaptureKept entry keeps these very bytes, and they are there."""
        return self.bytes_at(entry.position) == body

    def redactions(self, positions: Sequence[int]) -> dict[Place, Redaction]:
        """Return the redactions of the entries at these positions, by (position, field). The bytes
        of a capture have the field `bytes`. It holds at every known_at."""
        query = """
            SELECT t.position AS target, t.event_id::text AS target_id,
                   r.state, r.position, r.counted_at
              FROM ledger.entries t
              JOIN ledger.counted_entries r ON r.stream = t.stream AND r.topic = 'text-redacted'
             WHERE t.position = ANY (%s) ORDER BY r.position
        """
        rows = retried(self.pool, lambda conn: conn.execute(query, [list(positions)]).fetchall())
        found: dict[Place, Redaction] = {}
        for target, target_id, state, position, recorded_at in rows:
            entry = decode(state, position, recorded_at)
            assert isinstance(entry.data, TextRedacted)
            if entry.data.target == target_id:
                on = london_date(entry.instant).isoformat()
                there = Redaction(on=on, basis=entry.data.basis, entry=entry.id)
                found.setdefault((target, entry.data.field), there)
        return found

    def texts_with(self, word: str) -> list[tuple[Entry, str, str]]:
        """Return the entry, field and text of every text of the log that has a word of plain small
        letters in it, in any case of letters. This reads all texts."""
        query = """
            SELECT t.field, t.body, e.position, e.state, e.recorded_at
              FROM ledger.shown_texts t JOIN ledger.entries e USING (position)
             WHERE strpos(lower(t.body COLLATE "C"), %s) > 0 ORDER BY position
        """
        rows = retried(self.pool, lambda conn: conn.execute(query, [word]).fetchall())
        return [
            (decode(state, at, instant), field, body) for field, body, at, state, instant in rows
        ]

    def numbered(self, numbers: Sequence[str]) -> set[str]:
        """Return the streams of the recommendations that have or had one of these numbers of their
        publisher's. This looks at the entries of all recommendations."""
        return retried(self.pool, lambda conn: streams_numbered(conn, numbers))

    def readable_captures(self) -> Iterator[Entry]:
        """Yield the entry of each capture whose bytes are here and can be read as words."""
        for entry in self._entries(self.log.select_captures()):
            if isinstance(entry.data, CaptureKept) and readable(entry.data.media_type):
                yield entry

    def bytes_at(self, position: int) -> bytes | None:
        """Return the bytes of the capture at a position; None if they were redacted."""
        kept = self.log.capture_at(position)
        return None if kept is None else kept.body

    def service(self) -> Service:
        """Return accounts, register, rules and keys, as they stand now."""
        return self.look().service

    def look(self, streams: Iterable[str] = ()) -> Snapshot:
        """Return the database's clock, the service's state and streams, all at one moment."""
        return self._remembered.look(streams)

    def course(self, stream: str) -> Course | None:
        """Return the course of a recommendation, if this process keeps one."""
        return self._remembered.course(stream)

    def keep_course(self, stream: str, course: Course) -> None:
        """Keep the course of a recommendation while its stream is remembered."""
        self._remembered.keep_course(stream, course)

    def account(self, name: str) -> Account:
        """Return an account by its name. Raise NotRecorded if it was never opened."""
        if (found := self.service().accounts.get(name)) is None:
            raise NotRecorded(f"There is no account “{name}”.")
        return found

    def ahead(self) -> tuple[int | None, datetime | None, datetime]:
        """Return the first position recorded ahead of the database's clock, the time of the last,
        and the clock.

        Return None if the last one lies no more than a minute ahead.
        """
        return self.log.ahead()

    def head(self) -> int:
        """Return the last position of the log; 0 if it is empty."""
        return self.log.max_notification_id() or 0

    def now(self) -> datetime:
        """Return the database's clock."""
        return self.log.now()

    def _entries(self, stored: Sequence[Stored]) -> list[Entry]:
        return [one.entry for one in stored]
