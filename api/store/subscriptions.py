"""Subscriptions to the log by webhook, and their deliveries.

A subscription has a position: all wanted entries up to it were delivered. The next entry is tried
until it is delivered or the subscription is disabled, so that order holds.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

SCOPE = "subscribe"
"""The scope that an account needs for subscriptions."""
KEPT = 1000
"""At most so many deliveries of a subscription are kept, the newest."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as stored."""

    id: str
    account: str
    url: str
    wanted: dict[str, Any]
    """The filters that were given, among type (one or a list), body, by, report, late_by."""
    created_at: datetime
    secret: int
    """The number of the secret that signs, from 1."""
    secret_sha256: bytes
    former_until: datetime | None
    """The moment until which the previous secret signs as well."""
    rotation: str | None
    """The request that made the current secret, if it had a key (`rotate`)."""
    position: int
    previous_position: int | None
    previous_event: str | None
    """The position and the event id of the last wanted entry up to `position`; None if there was
    none."""
    failures: int
    """The number of failed attempts at the next entry."""
    failing_since: datetime | None
    next_at: datetime
    disabled_at: datetime | None
    disabled_why: str | None

    @property
    def state(self) -> Literal["active", "failing", "disabled"]:
        if self.disabled_at is not None:
            return "disabled"
        return "failing" if self.failures else "active"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry sent to a subscription, or a test, with its last outcome."""

    id: int
    subscription: str
    message: str
    position: int | None
    event: str | None
    previous_position: int | None
    previous_event: str | None
    attempts: int
    first_at: datetime | None
    last_at: datetime | None
    status: int | None
    error: str | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an attempt. `error` is None if the receiver took it (2xx)."""

    status: int | None
    error: str | None
    wait: float = 0.0
    """The seconds that the receiver asks to wait, or 0."""


_COLUMNS: LiteralString = """
    id, account, url, wanted, created_at, secret, secret_sha256, former_until, rotation, position,
    previous_position, previous_event::text, failures, failing_since, next_at, disabled_at,
    disabled_why
"""
_SUBSCRIPTION: LiteralString = "SELECT" + _COLUMNS + "FROM api.subscriptions"
_DELIVERY: LiteralString = """
    SELECT id, subscription, message, position, event::text, previous_position,
           previous_event::text, attempts, first_at, last_at, status, error, delivered_at
      FROM api.deliveries
"""
_ATTEMPTED: LiteralString = """
    WITH soon AS (
        SELECT set_config('synchronous_commit', 'off', true)
    ), moved AS (
        UPDATE api.subscriptions
           SET position = CASE WHEN %(taken)s THEN %(at)s ELSE position END,
               previous_position = CASE WHEN %(taken)s THEN %(at)s ELSE previous_position END,
               previous_event = CASE WHEN %(taken)s THEN %(event)s::uuid
                                     ELSE previous_event END,
               failures = CASE WHEN %(taken)s THEN 0 ELSE failures + 1 END,
               failing_since = CASE WHEN NOT %(taken)s
                                    THEN coalesce(failing_since, %(now)s) END,
               next_at = %(next_at)s
         WHERE id = %(subscription)s AND position = %(before)s AND failures = %(failures)s
           AND previous_position IS NOT DISTINCT FROM %(previous)s AND disabled_at IS NULL
        RETURNING *
    ), again AS (
        UPDATE api.deliveries d
           SET attempts = attempts + 1, last_at = %(now)s, status = %(status)s,
               error = %(error)s, delivered_at = CASE WHEN %(taken)s THEN %(now)s END
          FROM moved m
         WHERE d.subscription = m.id AND d.position = %(at)s AND d.delivered_at IS NULL
        RETURNING d.id
    ), first AS (
        INSERT INTO api.deliveries (subscription, message, position, event, previous_position,
            previous_event, attempts, first_at, last_at, status, error, delivered_at)
        SELECT m.id, %(message)s, %(at)s, %(event)s::uuid, %(previous)s,
               %(previous_event)s::uuid, 1, %(now)s, %(now)s, %(status)s, %(error)s,
               CASE WHEN %(taken)s THEN %(now)s END
          FROM moved m WHERE NOT EXISTS (SELECT FROM again)
    )
"""
Previous = tuple[int, str] | None
"""The position and the event id of an entry."""


def new_id() -> str:
    """Return a new random id."""
    return secrets.token_hex(8)


def create(
    conn: psycopg.Connection,
    name: str,
    account: str,
    url: str,
    wanted: Mapping[str, Any],
    *,
    secret_sha256: bytes,
    position: int,
    previous: Previous,
    now: datetime,
    request: tuple[str, bytes] | None,
) -> bool:
    """Store a subscription that begins after a position. Return False if a request with the same
    key made one before. `request` is the key and the SHA-256 of the request's content."""
    made = conn.execute(
        """
        INSERT INTO api.subscriptions (id, account, url, wanted, created_at, secret_sha256,
            position, previous_position, previous_event, next_at, request_key, request_sha256)
        VALUES (%(id)s, %(account)s, %(url)s, %(wanted)s, %(now)s, %(sha256)s, %(position)s,
            %(previous)s, %(event)s, %(now)s, %(key)s, %(said)s)
        ON CONFLICT (account, request_key) DO NOTHING
        """,
        {
            "id": name,
            "account": account,
            "url": url,
            "wanted": Jsonb(wanted),
            "now": now,
            "sha256": secret_sha256,
            "position": position,
            "previous": previous and previous[0],
            "event": previous and previous[1],
            "key": request and request[0],
            "said": request and request[1],
        },
    )
    return made.rowcount == 1


def made_by(conn: psycopg.Connection, account: str, key: str) -> tuple[str, bytes] | None:
    """Return the subscription that an account's request with a key made, and the SHA-256 of that
    request."""
    row = conn.execute(
        "SELECT id, request_sha256 FROM api.subscriptions WHERE account = %s AND request_key = %s",
        [account, key],
    ).fetchone()
    return (row[0], row[1]) if row else None


def count(conn: psycopg.Connection, account: str) -> int:
    """Return an account's number of subscriptions."""
    row = conn.execute(
        "SELECT count(*) FROM api.subscriptions WHERE account = %s", [account]
    ).fetchone()
    assert row is not None
    return int(row[0])


def one(conn: psycopg.Connection, name: str) -> Subscription | None:
    """Return a subscription by its id; None if there is none."""
    with conn.cursor(row_factory=class_row(Subscription)) as cursor:
        return cursor.execute(_SUBSCRIPTION + " WHERE id = %s", [name]).fetchone()


def every(conn: psycopg.Connection, account: str | None = None) -> list[Subscription]:
    """Return all subscriptions, or those of an account; the newest last."""
    with conn.cursor(row_factory=class_row(Subscription)) as cursor:
        return cursor.execute(
            _SUBSCRIPTION
            + " WHERE %(account)s::text IS NULL OR account = %(account)s ORDER BY created_at, id",
            {"account": account},
        ).fetchall()


def standings(conn: psycopg.Connection) -> dict[str, int]:
    """Return the number of subscriptions by state."""
    rows = conn.execute(
        """
        SELECT CASE WHEN disabled_at IS NOT NULL THEN 'disabled'
                    WHEN failures > 0 THEN 'failing' ELSE 'active' END AS state, count(*)
          FROM api.subscriptions GROUP BY 1
        """
    ).fetchall()
    return {"active": 0, "failing": 0, "disabled": 0, **dict(rows)}


def furthest_behind(conn: psycopg.Connection, head: int) -> int:
    """Return the number of entries by which the slowest active subscription is behind the log's
    end."""
    row = conn.execute(
        "SELECT coalesce(max(%s - position), 0) FROM api.subscriptions WHERE disabled_at IS NULL",
        [head],
    ).fetchone()
    return int(row[0]) if row else 0


def due(conn: psycopg.Connection, now: datetime) -> list[Subscription]:
    """Return the subscriptions that may get a delivery now, the longest wait first."""
    with conn.cursor(row_factory=class_row(Subscription)) as cursor:
        return cursor.execute(
            _SUBSCRIPTION + " WHERE disabled_at IS NULL AND next_at <= %s ORDER BY next_at, id",
            [now],
        ).fetchall()


def delete(conn: psycopg.Connection, name: str) -> None:
    """End a subscription, with what is known of its deliveries."""
    conn.execute("DELETE FROM api.subscriptions WHERE id = %s", [name])


def rotate(
    conn: psycopg.Connection,
    name: str,
    secret: int,
    sha256: bytes,
    former_until: datetime,
    rotation: str | None,
) -> bool:
    """Sign with a new secret from now on, and with the one before until a moment. Return False if
    the secret in use is no longer the one before. `rotation` names the request by its account and
    key, if it has a key."""
    done = conn.execute(
        """
        UPDATE api.subscriptions
           SET secret = %s, secret_sha256 = %s, former_until = %s, rotation = %s
         WHERE id = %s AND secret = %s - 1
        """,
        [secret, sha256, former_until, rotation, name, secret],
    )
    return done.rowcount == 1


def go_on(
    conn: psycopg.Connection, name: str, position: int, previous: Previous, now: datetime
) -> None:
    """Send the entries after a position from now on, even if the subscription was disabled."""
    conn.execute(
        """
        UPDATE api.subscriptions
           SET position = %s, previous_position = %s, previous_event = %s, next_at = %s,
               failures = 0, failing_since = NULL, disabled_at = NULL, disabled_why = NULL
         WHERE id = %s
        """,
        [position, previous and previous[0], previous and previous[1], now, name],
    )


def disable(conn: psycopg.Connection, name: str, why: str, now: datetime) -> None:
    """Send nothing more to a subscription, and store the reason."""
    conn.execute(
        """
        UPDATE api.subscriptions SET disabled_at = %s, disabled_why = %s
         WHERE id = %s AND disabled_at IS NULL
        """,
        [now, why, name],
    )


def attempted(
    conn: psycopg.Connection,
    subscription: Subscription,
    message: str,
    entry: tuple[int, str],
    outcome: Outcome,
    now: datetime,
    next_at: datetime,
) -> Subscription | None:
    """Store the outcome of an attempt at an entry, given by its position and event id. If the
    receiver took it, the subscription moves on to it; else it is tried again at `next_at`. Return
    the subscription as it stands then, or None if nothing was stored: it was moved, disabled or
    deleted meanwhile.

    The commit does not wait for the disk: after a crash of the database the entry is sent again.
    """
    cursor = conn.cursor(row_factory=class_row(Subscription))
    cursor.execute(
        _ATTEMPTED + "SELECT" + _COLUMNS + "FROM moved, soon",
        {
            "taken": outcome.error is None,
            "at": entry[0],
            "event": entry[1],
            "now": now,
            "next_at": next_at,
            "subscription": subscription.id,
            "before": subscription.position,
            "failures": subscription.failures,
            "previous": subscription.previous_position,
            "previous_event": subscription.previous_event,
            "message": message,
            "status": outcome.status,
            "error": outcome.error,
        },
    )
    return cursor.fetchone()


def ask_for_test(conn: psycopg.Connection, name: str) -> Delivery:
    """Store a test to be sent to a subscription, and return it."""
    with conn.cursor(row_factory=class_row(Delivery)) as cursor:
        made = cursor.execute(
            """
            INSERT INTO api.deliveries (subscription, message) VALUES (%s, %s)
            RETURNING id, subscription, message, position, event::text, previous_position,
                previous_event::text, attempts, first_at, last_at, status, error, delivered_at
            """,
            [name, f"{name}-test-{secrets.token_hex(4)}"],
        ).fetchone()
    assert made is not None
    return made


def tests(conn: psycopg.Connection) -> list[Delivery]:
    """Return the tests that were not sent yet."""
    with conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            _DELIVERY + " WHERE position IS NULL AND attempts = 0 AND delivered_at IS NULL"
        ).fetchall()


def tested(conn: psycopg.Connection, test: Delivery, outcome: Outcome, now: datetime) -> None:
    """Store the outcome of a test, which is sent once."""
    conn.execute(
        """
        UPDATE api.deliveries
           SET attempts = attempts + 1, first_at = %(now)s, last_at = %(now)s, status = %(status)s,
               error = %(error)s, delivered_at = CASE WHEN %(error)s::text IS NULL THEN %(now)s END
         WHERE id = %(id)s
        """,
        {"now": now, "status": outcome.status, "error": outcome.error, "id": test.id},
    )


def deliveries(
    conn: psycopg.Connection, name: str, before: int | None, limit: int
) -> Sequence[Delivery]:
    """Return deliveries of a subscription, the newest first, before the one with an id."""
    with conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            _DELIVERY
            + """
             WHERE subscription = %(name)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
             ORDER BY id DESC LIMIT %(limit)s
            """,
            {"name": name, "before": before, "limit": limit},
        ).fetchall()


def forget(conn: psycopg.Connection, name: str) -> None:
    """Delete all but the newest deliveries of a subscription."""
    conn.execute(
        """
        DELETE FROM api.deliveries
         WHERE subscription = %(name)s AND id <= (
            SELECT id FROM api.deliveries WHERE subscription = %(name)s
             ORDER BY id DESC OFFSET %(kept)s LIMIT 1)
        """,
        {"name": name, "kept": KEPT},
    )
