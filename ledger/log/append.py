"""Writing the log: one call of `ledger.append` (migrations/002_append.sql), in our terms."""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger import clock
from ledger.errors import ClockUnsure, KeyReused, NotDeleted, NotVouched, Outdated, Refused, Stale
from ledger.events import KeyAdded, TextRedacted
from ledger.events.entry import Entry, decode, new_id
from ledger.events.texts import Opening
from ledger.log.captures import StoredBytes
from ledger.log.numbers import Numbers, streams_numbered
from ledger.postgres.connections import retried
from ledger.postgres.migrate import newest

# Without a row of `known` the function is not called. Empty lists are left out: each takes time to
# be sent and read.
_CALL: LiteralString = """
    SELECT first_position, last_position, recorded_at, repeated, made_states, made_counted
      FROM (SELECT FROM public.answerable_migrations HAVING max(number) <= %(known)s) AS known
     CROSS JOIN LATERAL ledger.append(
        %(event_ids)b::uuid[], %(streams)b::text[], %(versions)b::integer[], %(topics)b::text[],
        %(states)b::bytea[], caller_now => %(caller_now)b::timestamptz,
        caller_latest => %(caller_latest)b::timestamptz"""
_TEXTS: LiteralString = """,
        text_events => %(text_events)b::integer[], text_fields => %(text_fields)b::text[],
        text_commitments => %(text_commitments)b::bytea[],
        text_salts => %(text_salts)b::bytea[], text_bodies => %(text_bodies)b::text[]"""
_CAPTURES: LiteralString = """,
        capture_events => %(capture_events)b::integer[],
        capture_salts => %(capture_salts)b::bytea[],
        capture_bodies => %(capture_bodies)b::bytea[]"""
_GUARDS: LiteralString = """,
        guard_streams => %(guard_streams)b::text[],
        guard_versions => %(guard_versions)b::integer[]"""
_REQUEST: LiteralString = """,
        request_account => %(account)s, request_key => %(key)s,
        request_fingerprint => %(fingerprint)b::bytea"""
_KNOWN = newest()
"""The last migration that this code knows."""
VOUCH_SECONDS = 2.0
"""So long an append waits for the sealer to look at a server that has just started."""
_LOOK_AGAIN = 0.05
_NOT_LOOKED = "AN010"
_OCCURRED: LiteralString = ", latest_occurred => %(latest_occurred)b::date"


@dataclass(frozen=True)
class ToStore(StoredEvent):
    """A stored event on its way in: with its id, and what opens its commitments."""

    event_id: UUID
    openings: tuple[tuple[str, bytes, Opening], ...] = ()
    capture: StoredBytes | None = None


@dataclass(frozen=True)
class Request:
    """A client's request under an Idempotency-Key; `fingerprint` is SHA-256 of what it asks."""

    account: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class Appended:
    """Where a call's entries are. `repeated`: they were there already, from this call, whose answer
    was lost, or from another one with the same request."""

    first_position: int
    last_position: int
    recorded_at: datetime
    repeated: bool
    made_states: list[bytes] | None = None
    made_counted: list[datetime] | None = None
    """The moments at which the entries of that other call count as recorded."""

    @property
    def made(self) -> tuple[Entry, ...] | None:
        """The entries of another call with the same request; None where these are this call's."""
        if self.made_states is None or self.made_counted is None:
            return None
        stored = zip(self.made_states, self.made_counted, strict=True)
        return tuple(
            decode(state, self.first_position + n, self.recorded_at, counted_at)
            for n, (state, counted_at) in enumerate(stored)
        )


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
    numbers: Numbers | None = None,
) -> Appended:
    """Store events in one transaction, in one round trip.

    `guards` are the versions of the streams that the decision read but does not write. A name that
    ends in `/` guards all streams below it by their number of entries. `numbers` are publishers'
    numbers that the decision looked for: nobody else may have recorded one since. A broken
    connection is tried again with the same ids: nothing is stored twice.

    Raises Stale if a stream moved on, KeyReused, ClockUnsure, Refused (an act in the future) and
    NotDeleted (a redaction that the database did not do). Raises NotVouched, after two seconds if
    the sealer has only not looked yet. Raises Outdated if the database has a migration that this
    code does not know, and LogUnreachable.
    """
    query, arguments = _call(events, guards, request, latest_occurred)

    def call(conn: psycopg.Connection) -> Appended:
        with conn.cursor(row_factory=class_row(Appended)) as cursor:
            row = cursor.execute(
                query, arguments | {"caller_now": clock.now(), "caller_latest": clock.latest()}
            ).fetchone()
            if row is None:
                raise Outdated(
                    "A newer version of Answerable migrated the database, so this process records "
                    "nothing. Whoever runs the service starts it again in that version; then send "
                    "the same again."
                )
            return row

    def checked(conn: psycopg.Connection) -> Appended:
        with conn.transaction():
            done = call(conn)
            if redacts and not done.repeated:
                _deleted(conn, done)
            if numbers is not None and not done.repeated:
                _none_since(conn, done, numbers)
            return done

    redacts = any(event.topic == TextRedacted.TOPIC for event in events)
    deadline = time.monotonic() + VOUCH_SECONDS
    while True:
        try:
            return retried(pool, checked if redacts or numbers is not None else call)
        except psycopg.Error as error:
            if error.sqlstate != _NOT_LOOKED or time.monotonic() > deadline:
                raise _in_our_terms(error) from error
        time.sleep(_LOOK_AGAIN)


_FIRST_KEY: LiteralString = """
    SELECT first_position, last_position, recorded_at, repeated FROM ledger.append_first_key(
        %(event_id)b::uuid, %(version)b::integer, %(state)b::bytea, %(caller_now)b::timestamptz)
"""


def append_first_key(
    pool: ConnectionPool[psycopg.Connection],
    events: Sequence[StoredEvent],
    *,
    guards: dict[str, int] | None = None,
    request: Request | None = None,
    latest_occurred: date | None = None,
    numbers: Numbers | None = None,
) -> Appended:
    """Store the first key of a log, as the sealer's own login may; nothing else (PermissionError).

    The function of the database checks by itself what `guards` and `latest_occurred` say: that the
    log names no key yet, and that the stream is at this version.
    """
    if len(events) != 1 or events[0].topic != KeyAdded.TOPIC or request or numbers:
        raise PermissionError("The sealer's login records the first key of a log, and no more.")
    (event,) = events
    arguments = {
        "event_id": event.event_id if isinstance(event, ToStore) else UUID(new_id()),
        "version": event.originator_version,
        "state": event.state,
        "caller_now": clock.now(),
    }

    def call(conn: psycopg.Connection) -> Appended:
        with conn.cursor(row_factory=class_row(Appended)) as cursor:
            row = cursor.execute(_FIRST_KEY, arguments).fetchone()
            assert row is not None
            return row

    try:
        return retried(pool, call)
    except psycopg.Error as error:
        raise _in_our_terms(error) from error


def _call(
    events: Sequence[StoredEvent],
    guards: dict[str, int] | None,
    request: Request | None,
    latest_occurred: date | None,
) -> tuple[LiteralString, dict[str, Any]]:
    """Return the statement that appends, and its arguments except the time."""
    query = _CALL
    arguments: dict[str, Any] = {
        "event_ids": [e.event_id if isinstance(e, ToStore) else UUID(new_id()) for e in events],
        "streams": [str(event.originator_id) for event in events],
        "versions": [event.originator_version for event in events],
        "topics": [event.topic for event in events],
        "states": [event.state for event in events],
        "known": _KNOWN,
    }
    ours = [(nth, event) for nth, event in enumerate(events, 1) if isinstance(event, ToStore)]
    if said := [(nth, *said) for nth, event in ours for said in event.openings]:
        query += _TEXTS
        arguments["text_events"] = [nth for nth, _, _, _ in said]
        arguments["text_fields"] = [field for _, field, _, _ in said]
        arguments["text_commitments"] = [commitment for _, _, commitment, _ in said]
        arguments["text_salts"] = [opening.salt for _, _, _, opening in said]
        arguments["text_bodies"] = [opening.body for _, _, _, opening in said]
    if kept := [(nth, event.capture) for nth, event in ours if event.capture is not None]:
        query += _CAPTURES
        arguments["capture_events"] = [nth for nth, _ in kept]
        arguments["capture_salts"] = [capture.salt for _, capture in kept]
        arguments["capture_bodies"] = [capture.body for _, capture in kept]
    if guards:
        query += _GUARDS
        arguments["guard_streams"] = list(guards)
        arguments["guard_versions"] = list(guards.values())
    if request:
        query += _REQUEST
        arguments |= dataclasses.asdict(request)
    if latest_occurred:
        query += _OCCURRED
        arguments["latest_occurred"] = latest_occurred
    return query + ")", arguments


def _deleted(conn: psycopg.Connection, done: Appended) -> None:
    """Check that what these entries redact is gone. Raise NotDeleted if a trigger did not do it."""
    left = conn.execute(
        "SELECT event_id, field FROM ledger.held_against_the_log"
        " WHERE redacted_at BETWEEN %s AND %s ORDER BY position, field",
        [done.first_position, done.last_position],
    ).fetchone()
    if left is not None:
        raise NotDeleted(
            f"The database did not delete “{left[1]}” of entry {left[0]}, so nothing "
            "was recorded: a guard of the log is off. Whoever runs the service runs `answerable "
            "audit`, puts the guard back, and then this is sent again."
        )


def _none_since(conn: psycopg.Connection, done: Appended, numbers: Numbers) -> None:
    """Raise StreamMovedOn if a recommendation got one of these numbers after the decision looked
    for them. The append holds the lock of the log, so that nobody can add one now."""
    found = streams_numbered(conn, [*numbers.numbers], numbers.up_to, done.first_position)
    if found:
        raise StreamMovedOn(f"It moved on since you read it: {min(found)} has got such a number.")


def _in_our_terms(error: psycopg.Error) -> Exception:
    message = error.diag.message_primary or str(error)
    match error.sqlstate:
        case "AN002" | "23505":
            return StreamMovedOn(f"It moved on since you read it: {message}.")
        case "23503":
            table = f"{error.diag.schema_name}.{error.diag.table_name}"
            return NotDeleted(
                f"The foreign key {error.diag.constraint_name} of {table} stands in the way of "
                "what this deletes, so nothing was recorded. No migration made it: whoever runs "
                "the service takes it away (`answerable audit` names it), and then this is sent "
                "again."
            )
        case "AN003":
            return EventIdTaken(message)
        case "AN004":
            return ClockUnsure(f"The clocks disagree, so nothing is recorded: {message}.")
        case "AN005":
            return Refused("not-in-the-future", f"This lies in the future: {message}.")
        case "AN006":
            return KeyReused(f"The {message}. Use a new key for a new request.")
        case "AN012":
            return Refused(
                "clock-right",
                f"The log does not go on from there: {message}. Give the first position that was "
                "recorded ahead of the clock, when the clock is right.",
            )
        case "AN013":
            return ClockUnsure(
                f"The clock jumped, so nothing is recorded: {message}. Put the clock right; if it "
                "is right, start the service's processes anew, since the machine stood still."
            )
        case "AN009":
            return Refused(
                "first-key",
                "The log names a key already, and this sealer has another one: put that key's file "
                "here, or end the other sealer (docs/keys.md).",
            )
        case "AN010":
            return NotVouched(
                "The database has started, and the sealer has not yet compared its log with what "
                "it signed, so nothing is recorded. That takes seconds where a sealer runs: send "
                "the same again. Else start it: `answerable worker --only sealer`."
            )
        case "AN011":
            return NotVouched(
                "The sealer finds that this log is not the one that it signed, so nothing is "
                "recorded. Whoever runs the service sees why by `answerable status`, and mends it "
                "by docs/keys.md. Send the same again when that is done."
            )
        case _:
            return OperationalError(str(error))
