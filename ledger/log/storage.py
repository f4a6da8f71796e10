"""The log as a persistence module of the event sourcing library, over `ledger.append`.

Why not the library's own PostgreSQL recorder: docs/decisions/0002-our-own-recorder.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    Mapper,
    Notification,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Subscription,
    TrackingRecorder,
)
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.events.entry import Entry, decode, encode, openings
from ledger.events.texts import Opening
from ledger.log.append import ToStore, append
from ledger.log.captures import StoredBytes
from ledger.log.doorbell import BellSubscription
from ledger.postgres.connections import retried


@dataclass(frozen=True)
class Stored(Notification):
    """A stored event read back: `id` is its position; with the instant of its recording, which is
    hashed, and the one at which it counts as recorded."""

    recorded_at: datetime
    counted_at: datetime

    @property
    def entry(self) -> Entry:
        """Return the entry that it is. Raise Unreadable if it is none."""
        return decode(self.state, self.id, self.recorded_at, self.counted_at)


STORED: LiteralString = """
    SELECT stream AS originator_id, version AS originator_version, topic, state,
           position AS id, recorded_at, counted_at
      FROM ledger.counted_entries
"""
"""The stored entries as `Stored` has them; what follows says which, and in which order."""


class LastStored(NamedTuple):
    """The last entry of the log: its position and moment; None for a moment that is infinite."""

    position: int
    recorded_at: datetime | None


def last_stored(conn: psycopg.Connection) -> LastStored | None:
    """Return the last entry of the log, even if its moment is none; None of an empty log."""
    with conn.cursor(row_factory=class_row(LastStored)) as cursor:
        return cursor.execute(
            "SELECT position, CASE WHEN isfinite(recorded_at) THEN recorded_at END AS recorded_at"
            "  FROM ledger.entries ORDER BY position DESC LIMIT 1"
        ).fetchone()


def stored_stream(conn: psycopg.Connection, stream: str) -> list[Entry]:
    """Return the entries of a stream, also those whose moment is none. Raise Unreadable if one of
    them is no entry."""
    found = conn.execute(
        "SELECT state, position, CASE WHEN isfinite(recorded_at) THEN recorded_at END"
        "  FROM ledger.entries WHERE stream = %s ORDER BY version",
        [stream],
    )
    return [decode(bytes(state), *where) for state, *where in found]


def stored_id(conn: psycopg.Connection, position: int) -> str | None:
    """Return the id of the entry at a position; None where the log has none."""
    row = conn.execute(
        "SELECT event_id::text FROM ledger.entries WHERE position = %s", [position]
    ).fetchone()
    return str(row[0]) if row else None


class LogRecorder(ApplicationRecorder):
    """Reads the log's tables, and writes them through `ledger.append` alone."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        self.pool = pool
        self.url = url

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        if not stored_events:
            return []
        kwargs.pop("tracking", None)  # the library's own followers are not used here
        done = append(self.pool, stored_events, **kwargs)
        return list(range(done.first_position, done.last_position + 1))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[Stored]:
        return self._select(
            """
             WHERE stream = %(stream)s
               AND version > %(gt)s AND version <= %(lte)s
            """
            + ("ORDER BY version DESC" if desc else "ORDER BY version")
            + " LIMIT %(limit)s",
            stream=str(originator_id),
            gt=-1 if gt is None else gt,
            lte=2**31 - 1 if lte is None else lte,
            limit=limit,
        )

    def select_below(self, prefix: str) -> Sequence[Stored]:
        """Read all events of the streams below `prefix` (which ends in `/`), by position."""
        return self._select(
            """
             WHERE stream >= %(prefix)s AND stream < %(end)s ORDER BY position
            """,
            prefix=prefix,
            end=prefix[:-1] + "0",
        )

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Stored]:
        of_topics: LiteralString = "AND topic = ANY (%(topics)s)" if topics else ""
        return self._select(
            f"""
             WHERE position >= %(start)s AND position <= %(stop)s {of_topics}
             ORDER BY position LIMIT %(limit)s
            """,
            start=(start or 0) + (0 if inclusive_of_start else 1),
            stop=2**62 if stop is None else stop,
            topics=list(topics),
            limit=limit,
        )

    def select_by_id(self, event_id: UUID) -> Stored | None:
        """Return the event with this id, if it is in the log."""
        rows = self._select("WHERE event_id = %(id)s", id=event_id)
        return rows[0] if rows else None

    def max_notification_id(self) -> int | None:
        row = self._row("SELECT max(position) FROM ledger.entries", {})
        return row[0] if row else None

    def now(self) -> datetime:
        """Return the database's clock, or the last entry's time if that is later (UTC)."""
        row = self._row(
            """
            SELECT greatest(clock_timestamp(),
                (SELECT recorded_at FROM ledger.entries ORDER BY position DESC LIMIT 1))
            """,
            {},
        )
        assert row is not None
        instant: datetime = row[0]
        return instant

    def ahead(self) -> tuple[int | None, datetime | None, datetime]:
        """Return the first position recorded ahead of the database's clock, the time of the last,
        and the clock.

        Return None if the last one lies no more than a minute ahead.
        """
        row = self._row(
            """
            SELECT p.position + 1, l.recorded_at, clock.now
              FROM (SELECT clock_timestamp()) AS clock (now)
              LEFT JOIN LATERAL (SELECT recorded_at FROM ledger.entries
                                  ORDER BY position DESC LIMIT 1) AS l
                ON l.recorded_at > clock.now + interval '1 minute'
              LEFT JOIN LATERAL (
                SELECT coalesce((SELECT position FROM ledger.counted_entries
                                  WHERE counted_at <= clock.now
                                  ORDER BY position DESC LIMIT 1), 0)
              ) AS p (position) ON l.recorded_at IS NOT NULL
            """,
            {},
        )
        assert row is not None
        first, last, instant = row
        return first, last, instant

    def look(self, after: Mapping[str, int]) -> tuple[datetime, list[Stored]]:
        """Return the time as `now` has it, and the events of streams, each from a version on: all
        at one moment, in one round trip."""
        arguments = {"streams": list(after), "versions": list(after.values())}
        rows = retried(self.pool, lambda conn: conn.execute(_LOOK, arguments).fetchall())
        found = [Stored(*columns) for *columns, _ in rows if columns[0] is not None]
        instant: datetime = rows[0][-1]
        return instant, found

    def texts_at(self, positions: Sequence[int]) -> dict[tuple[int, str], Opening]:
        """Return the openings of the texts of the entries at these positions, by (position,
        field)."""
        if not positions:
            return {}
        query = (
            "SELECT position, field, salt, body FROM ledger.shown_texts WHERE position = ANY (%s)"
        )
        rows = retried(self.pool, lambda c: c.execute(query, [list(positions)]).fetchall())
        return {(position, field): Opening(salt, body) for position, field, salt, body in rows}

    def capture_at(self, position: int) -> StoredBytes | None:
        """Return the bytes that the CaptureKept entry at a position keeps; None if they are
        gone."""
        query = "SELECT body, salt FROM ledger.shown_captures WHERE position = %(position)s"
        row = self._row(query, {"position": position})
        return StoredBytes(*row) if row else None

    def select_captures(self) -> Sequence[Stored]:
        """Read the entries that keep captures whose bytes are there."""
        return self._select("JOIN ledger.shown_captures USING (position) ORDER BY position")

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return BellSubscription(self, self.url, gt=gt, topics=topics)

    def _select(self, where: LiteralString, **parameters: Any) -> Sequence[Stored]:
        def read(conn: psycopg.Connection) -> list[Stored]:
            with conn.cursor(row_factory=class_row(Stored)) as cursor:
                return cursor.execute(STORED + where, parameters).fetchall()

        return retried(self.pool, read)

    def _row(self, query: LiteralString, parameters: dict[str, Any]) -> Any:
        return retried(self.pool, lambda conn: conn.execute(query, parameters).fetchone())


# Looked up stream by stream, however short the log was when the plan was made.
_LOOK: LiteralString = """
    SELECT e.stream, e.version, e.topic, e.state, e.position, e.recorded_at, e.counted_at,
           greatest(clock_timestamp(),
               (SELECT recorded_at FROM ledger.entries ORDER BY position DESC LIMIT 1))
      FROM unnest((SELECT %(streams)b::text[]), (SELECT %(versions)b::integer[]))
           AS asked (stream, version)
      LEFT JOIN LATERAL (
        SELECT stream, version, topic, state, position, recorded_at, counted_at
          FROM ledger.counted_entries
         WHERE stream = asked.stream AND version >= asked.version
         ORDER BY stream, version
      ) e ON true
"""


class EntryMapper(Mapper[str]):
    """Canonical bytes of our own making: user data can never turn into objects."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> ToStore:
        assert isinstance(domain_event, Entry)
        return ToStore(
            originator_id=domain_event.stream,
            originator_version=domain_event.version,
            topic=domain_event.data.TOPIC,
            state=encode(domain_event),
            event_id=UUID(domain_event.id),
            openings=tuple(openings(domain_event)),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Entry:
        assert isinstance(stored_event, Stored)
        return stored_event.entry


class LogFactory(InfrastructureFactory[TrackingRecorder]):
    """Makes the recorder and the mapper. The pool and its URL are handed over by `Ledger`."""

    pool: ConnectionPool[psycopg.Connection]
    url: str

    def mapper(self, transcoder: Any = None, mapper_class: Any = None) -> Any:
        return EntryMapper(transcoder=transcoder or self.transcoder())

    def application_recorder(self) -> LogRecorder:
        return LogRecorder(self.pool, self.url)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        raise ProgrammingError(f"There are no {purpose} beside the log.")

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> Any:
        raise ProgrammingError("Followers keep their positions: see ledger.log.follower.")

    def process_recorder(self) -> ProcessRecorder:
        raise ProgrammingError("Followers keep their positions: see ledger.log.follower.")
