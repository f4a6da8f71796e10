"""Writing the log: one call of `ledger.append` (migrations/002_append.sql), in our terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger import clock
from ledger.database import retried
from ledger.entry import new_id
from ledger.errors import ClockUnsure, KeyReused, Refused, Stale
from ledger.texts import Opening

_APPEND = """
    SELECT first_position, last_position, recorded_at, repeated FROM ledger.append(
        %(event_ids)b::uuid[], %(streams)b::text[], %(versions)b::integer[], %(topics)b::text[],
        %(states)b::bytea[],
        %(text_events)b::integer[], %(text_fields)b::text[], %(text_commitments)b::bytea[],
        %(text_salts)b::bytea[], %(text_bodies)b::text[],
        %(capture_events)b::integer[], %(capture_salts)b::bytea[], %(capture_bodies)b::bytea[],
        %(guard_streams)b::text[], %(guard_versions)b::integer[],
        %(request_account)s::text, %(request_key)s::text, %(request_fingerprint)b::bytea,
        %(caller_now)b::timestamptz, %(latest_occurred)b::date)
"""


@dataclass(frozen=True)
class ToStore(StoredEvent):
    """A stored event on its way in: with its id, and what opens its commitments."""

    event_id: UUID
    openings: tuple[tuple[str, bytes, Opening], ...] = ()
    capture: bytes | None = None


@dataclass(frozen=True)
class Request:
    """A client's request under an Idempotency-Key; `fingerprint` is SHA-256 of what it asks."""

    account: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class Appended:
    """Where a call's entries are. `repeated`: they were there already, from the same call."""

    first_position: int
    last_position: int
    recorded_at: datetime
    repeated: bool


class StreamMovedOn(IntegrityError, Stale):
    """A stream moved on since the decision read it."""


class EventIdTaken(IntegrityError):
    """An event id is in the log already, with other content."""


def append(
    pool: ConnectionPool[psycopg.Connection],
    events: Sequence[StoredEvent],
    *,
    guards: dict[str, int] | None = None,
    request: Request | None = None,
    latest_occurred: date | None = None,
) -> Appended:
    """Store events in one transaction, in one round trip.

    `guards` are the versions of the streams that the decision read but does not write (a
    name that ends in `/` guards all streams below it by their number of entries). Raises
    Stale where a stream moved on, KeyReused, ClockUnsure, Refused (an act in the future),
    LogUnreachable. A broken connection is tried again with the same ids: never stored twice.
    """
    arguments = _arguments(events)
    arguments |= {
        "guard_streams": list(guards or {}),
        "guard_versions": list((guards or {}).values()),
        "request_account": request and request.account,
        "request_key": request and request.key,
        "request_fingerprint": request and request.fingerprint,
        "latest_occurred": latest_occurred,
    }

    def call(conn: psycopg.Connection) -> Appended:
        with conn.cursor(row_factory=class_row(Appended)) as cursor:
            row = cursor.execute(_APPEND, arguments | {"caller_now": clock.now()}).fetchone()
            assert row is not None
            return row

    try:
        return retried(pool, call)
    except psycopg.Error as error:
        raise _in_our_terms(error) from error


def _arguments(events: Sequence[StoredEvent]) -> dict[str, Any]:
    said = [
        (nth, field, commitment, opening.salt, opening.body)
        for nth, event in enumerate(events, 1)
        if isinstance(event, ToStore)
        for field, commitment, opening in event.openings
    ]
    kept = [
        (nth, event.capture)
        for nth, event in enumerate(events, 1)
        if isinstance(event, ToStore) and event.capture is not None
    ]
    return {
        "event_ids": [e.event_id if isinstance(e, ToStore) else UUID(new_id()) for e in events],
        "streams": [str(event.originator_id) for event in events],
        "versions": [event.originator_version for event in events],
        "topics": [event.topic for event in events],
        "states": [event.state for event in events],
        "text_events": [text[0] for text in said],
        "text_fields": [text[1] for text in said],
        "text_commitments": [text[2] for text in said],
        "text_salts": [text[3] for text in said],
        "text_bodies": [text[4] for text in said],
        "capture_events": [nth for nth, _ in kept],
        "capture_salts": [None for _ in kept],
        "capture_bodies": [body for _, body in kept],
    }


def _in_our_terms(error: psycopg.Error) -> Exception:
    message = error.diag.message_primary or str(error)
    match error.sqlstate:
        case "AN002" | "23505":
            return StreamMovedOn(f"It moved on since you read it: {message}.")
        case "AN003":
            return EventIdTaken(message)
        case "AN004":
            return ClockUnsure(f"The clocks disagree, so nothing is recorded: {message}.")
        case "AN005":
            return Refused("not-in-the-future", f"This lies in the future: {message}.")
        case "AN006":
            return KeyReused(f"The {message}. Use a new key for a new request.")
        case _:
            return OperationalError(str(error))
