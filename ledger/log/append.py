"""Writing the log: calls of `ledger.append` (migrations/028_shared_appends.sql), in our terms."""

import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, LiteralString
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger import clock
from ledger.errors import ClockUnsure, KeyReused, NotDeleted, NotVouched, Outdated, Refused, Stale
from ledger.events import ClockWasWrong, KeyAdded, TextRedacted
from ledger.events.entry import Entry, decode, new_id
from ledger.events.texts import Opening
from ledger.log.captures import StoredBytes
from ledger.log.group_commit import GroupCommit
from ledger.log.numbers import Numbers, streams_numbered
from ledger.postgres.connections import retried
from ledger.postgres.migrate import newest

# Without a row of `known` the function is not called.
_CALL: LiteralString = """
    SELECT item, first_position, last_position, recorded_at, repeated, made_states, made_counted,
           refused, why
      FROM (SELECT FROM public.answerable_migrations HAVING max(number) <= %(known)s) AS known
     CROSS JOIN LATERAL ledger.append(
        caller_now => %(caller_now)b::timestamptz,
        caller_latest => %(caller_latest)b::timestamptz"""
_KNOWN = newest()
"""The last migration that this code knows."""
VOUCH_SECONDS = 2.0
"""So long an append waits for the sealer to look at a server that has just started."""
_LOOK_AGAIN = 0.05
_NOT_LOOKED = "AN010"
_ALONE = frozenset((TextRedacted.TOPIC, ClockWasWrong.TOPIC))
"""Events that share no call: of what they do more is checked, or they move the clock."""


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


@dataclass(frozen=True)
class _Item:
    """One append: what it stores, and what it rests on."""

    events: Sequence[StoredEvent]
    guards: Mapping[str, int]
    request: Request | None
    latest_occurred: date | None
    asked_at: datetime

    @cached_property
    def event_ids(self) -> list[UUID]:
        return [e.event_id if isinstance(e, ToStore) else UUID(new_id()) for e in self.events]

    @cached_property
    def written(self) -> frozenset[str]:
        return frozenset(str(event.originator_id) for event in self.events)

    @cached_property
    def guarded(self) -> frozenset[str]:
        return frozenset(stream for stream in self.guards if not stream.endswith("/"))

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(stream for stream in self.guards if stream.endswith("/"))

    @cached_property
    def names(self) -> frozenset[Hashable]:
        request = [] if self.request is None else [(self.request.account, self.request.key)]
        return frozenset([*self.event_ids, *request])

    @cached_property
    def size(self) -> int:
        said = (
            len(opening.body)
            for event in self.events
            if isinstance(event, ToStore)
            for _, _, opening in event.openings
        )
        return sum(len(event.state) for event in self.events) + sum(said)

    @property
    def goes_alone(self) -> bool:
        return any(
            event.topic in _ALONE or (isinstance(event, ToStore) and event.capture is not None)
            for event in self.events
        )


@dataclass(frozen=True)
class _Verdict:
    """What the database says of an item: where its entries are, or why it is refused."""

    item: int
    first_position: int
    last_position: int
    recorded_at: datetime
    repeated: bool
    made_states: list[bytes] | None
    made_counted: list[datetime] | None
    refused: str | None
    why: str | None

    @property
    def stored_now(self) -> bool:
        return self.refused is None and not self.repeated

    def appended(self) -> Appended:
        """Return where the entries are. Raise what the item is refused with."""
        if self.refused is not None:
            raise _in_our_terms(self.refused, self.why or "")
        return Appended(
            self.first_position,
            self.last_position,
            self.recorded_at,
            self.repeated,
            self.made_states,
            self.made_counted,
        )


_groups: WeakKeyDictionary[ConnectionPool[psycopg.Connection], GroupCommit[_Item, _Verdict]] = (
    WeakKeyDictionary()
)
_making = threading.Lock()


def group_commit(pool: ConnectionPool[psycopg.Connection]) -> GroupCommit[_Item, _Verdict]:
    """Return the appends of a pool."""
    with _making:
        return _groups.setdefault(pool, GroupCommit())


def append(
    pool: ConnectionPool[psycopg.Connection],
    events: Sequence[StoredEvent],
    *,
    guards: dict[str, int] | None = None,
    request: Request | None = None,
    latest_occurred: date | None = None,
    numbers: Numbers | None = None,
) -> Appended:
    """Store events in one transaction, in one round trip, which others may share that wait.

    `guards` are the versions of the streams that the decision read but does not write. A name that
    ends in `/` guards all streams below it by their number of entries. `numbers` are publishers'
    numbers that the decision looked for: nobody else may have recorded one since. A broken
    connection is tried again with the same ids: nothing is stored twice.

    Raises Stale if a stream moved on, KeyReused, ClockUnsure, Refused (an act in the future) and
    NotDeleted (a redaction that the database did not do). Raises NotVouched, after two seconds if
    the sealer has only not looked yet. Raises Outdated if the database has a migration that this
    code does not know, and LogUnreachable.
    """

    def together(items: Sequence[_Item]) -> Sequence[_Verdict]:
        return retried(pool, lambda conn: _call(conn, items), attempts=1)

    def alone(item: _Item, tried_before: bool) -> _Verdict:
        def call(conn: psycopg.Connection) -> _Verdict:
            return _call(conn, [item])[0]

        def checked(conn: psycopg.Connection) -> _Verdict:
            with conn.transaction():
                done = call(conn)
                if redacts and done.stored_now:
                    _deleted(conn, done)
                if numbers is not None and done.stored_now:
                    _none_since(conn, done, numbers)
                return done

        redacts = any(event.topic == TextRedacted.TOPIC for event in events)
        work = checked if redacts or numbers is not None else call
        return retried(pool, work, tried_before=tried_before)

    deadline = time.monotonic() + VOUCH_SECONDS
    while True:
        item = _Item(events, guards or {}, request, latest_occurred, clock.now())
        try:
            if numbers is not None or item.goes_alone:
                return alone(item, False).appended()
            return group_commit(pool).append(item, together, alone).appended()
        except psycopg.Error as error:
            if error.sqlstate != _NOT_LOOKED or time.monotonic() > deadline:
                raise _of_the_database(error) from error
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
        raise _of_the_database(error) from error


def _call(conn: psycopg.Connection, items: Sequence[_Item]) -> list[_Verdict]:
    """Call `ledger.append` once, and return a verdict for each item, in their order."""
    query, arguments = _statement(items)
    arguments["caller_now"] = min(item.asked_at for item in items)
    arguments["caller_latest"] = clock.latest()
    with conn.cursor(row_factory=class_row(_Verdict)) as cursor:
        verdicts = cursor.execute(query, arguments).fetchall()
    if not verdicts:
        raise Outdated(
            "A newer version of Answerable migrated the database, so this process records "
            "nothing. Whoever runs the service starts it again in that version; then send "
            "the same again."
        )
    return verdicts


def _statement(items: Sequence[_Item]) -> tuple[LiteralString, dict[str, Any]]:
    """Return the statement that appends, and its arguments except the time."""
    events = [event for item in items for event in item.events]
    ours = [(nth, event) for nth, event in enumerate(events, 1) if isinstance(event, ToStore)]
    said = [(nth, *said) for nth, event in ours for said in event.openings]
    kept = [(nth, event.capture) for nth, event in ours if event.capture is not None]
    guards = [(nth, *one) for nth, item in enumerate(items, 1) for one in item.guards.items()]
    requests = [item.request for item in items]
    if not any(requests):
        requests = []
    days = [item.latest_occurred for item in items]
    of_items = [nth for nth, item in enumerate(items, 1) for _ in item.events]
    lists: tuple[tuple[LiteralString, LiteralString, list[Any]], ...] = (
        ("event_ids", "uuid", [event_id for item in items for event_id in item.event_ids]),
        ("streams", "text", [str(event.originator_id) for event in events]),
        ("versions", "integer", [event.originator_version for event in events]),
        ("topics", "text", [event.topic for event in events]),
        ("states", "bytea", [event.state for event in events]),
        ("event_items", "integer", of_items),
        ("text_events", "integer", [nth for nth, _, _, _ in said]),
        ("text_fields", "text", [field for _, field, _, _ in said]),
        ("text_commitments", "bytea", [commitment for _, _, commitment, _ in said]),
        ("text_salts", "bytea", [opening.salt for _, _, _, opening in said]),
        ("text_bodies", "text", [opening.body for _, _, _, opening in said]),
        ("capture_events", "integer", [nth for nth, _ in kept]),
        ("capture_salts", "bytea", [capture.salt for _, capture in kept]),
        ("capture_bodies", "bytea", [capture.body for _, capture in kept]),
        ("guard_items", "integer", [nth for nth, _, _ in guards]),
        ("guard_streams", "text", [stream for _, stream, _ in guards]),
        ("guard_versions", "integer", [version for _, _, version in guards]),
        ("request_accounts", "text", [one and one.account for one in requests]),
        ("request_keys", "text", [one and one.key for one in requests]),
        ("request_fingerprints", "bytea", [one and one.fingerprint for one in requests]),
        ("latest_occurred", "date", days if any(days) else []),
    )
    # Empty lists are left out, and a list of one goes as its value: lists take long to be written.
    query = _CALL
    arguments: dict[str, Any] = {"known": _KNOWN}
    for name, kind, values in lists if events else lists[:6]:
        if len(values) == 1:
            query += f", {name} => ARRAY[%({name})b::{kind}]"
            arguments[name] = values[0]
        elif values or not events:
            query += f", {name} => %({name})b::{kind}[]"
            arguments[name] = values
    return query + ")", arguments


def _deleted(conn: psycopg.Connection, done: _Verdict) -> None:
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


def _none_since(conn: psycopg.Connection, done: _Verdict, numbers: Numbers) -> None:
    """Raise StreamMovedOn if a recommendation got one of these numbers after the decision looked
    for them. The append holds the lock of the log, so that nobody can add one now."""
    found = streams_numbered(conn, [*numbers.numbers], numbers.up_to, done.first_position)
    if found:
        raise StreamMovedOn(f"It moved on since you read it: {min(found)} has got such a number.")


def _of_the_database(error: psycopg.Error) -> Exception:
    """Return an error of the database in our terms."""
    if error.sqlstate == "23503":
        table = f"{error.diag.schema_name}.{error.diag.table_name}"
        return NotDeleted(
            f"The foreign key {error.diag.constraint_name} of {table} stands in the way of "
            "what this deletes, so nothing was recorded. No migration made it: whoever runs "
            "the service takes it away (`answerable audit` names it), and then this is sent "
            "again."
        )
    if error.diag.constraint_name == "entries_event_id_key":
        return EventIdTaken(str(error.diag.message_primary))
    return _in_our_terms(error.sqlstate, error.diag.message_primary or str(error))


def _in_our_terms(code: str | None, message: str) -> Exception:
    match code:
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
            return OperationalError(message)
