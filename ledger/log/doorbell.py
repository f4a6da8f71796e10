"""The doorbell: hears that the log has grown. It never carries data, and may be missed.

A follower that has been rung reads the log after its own position. It looks once a second in
any case, so a lost wake-up or a killed listening connection costs a second, never an event.
"""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from eventsourcing.persistence import ApplicationRecorder, ListenNotifySubscription

from ledger.errors import LogUnreachable
from ledger.postgres.connections import APP_ROLE, FOLLOWER, Limits, connect

CHANNEL = "answerable_log"
PATIENCE = 1.0
"""Seconds after which one looks without having been rung."""
_DIGITS = 20
"""More than a position has."""


class Doorbell:
    """A listening connection of its own, renewed whenever it breaks."""

    def __init__(
        self,
        url: str,
        channel: str = CHANNEL,
        *,
        role: str = APP_ROLE,
        limits: Limits = FOLLOWER,
    ) -> None:
        self._url = url
        self._limits = limits
        self._channel = channel
        self._role = role
        self._conn: psycopg.Connection | None = None
        self._listening = self._primary = False

    def open(self) -> psycopg.Connection:
        """Start listening, and return the connection, to look with. Every later append rings. On a
        standby nobody can listen, so waiters there look by the clock."""
        if self._conn is None or self._conn.closed:
            self._conn = connect(self._url, autocommit=True, role=self._role, limits=self._limits)
            self._listening = self._primary = False
        if not self._listening and not self._primary:
            self._primary = not _standby(self._conn)  # once: a primary stays one
        if not self._listening and self._primary:
            self._conn.execute(f"LISTEN {self._channel}")
            self._listening = True
        return self._conn

    def rest(self) -> None:
        """Stop listening until it is opened again."""
        try:
            if self._listening and self._conn is not None and not self._conn.closed:
                self._conn.execute(f"UNLISTEN {self._channel}")
        except psycopg.Error:
            self.close()
        self._listening = False

    def wait(self, timeout: float = PATIENCE, *, beyond: int = -1) -> bool:
        """Return when rung, when the connection breaks, or after `timeout` seconds (also where
        listening is impossible): whether it rang.

        A ring for a position that is not `beyond` one is a late one, for what was looked at before.
        """
        try:
            conn = self.open()
        except (psycopg.Error, ConnectionError, LogUnreachable):
            self.close()
            threading.Event().wait(timeout)
            return False
        try:
            for ring in conn.notifies(timeout=timeout):
                told = ring.payload  # anybody who may connect can ring, with any words
                if not (told.isdecimal() and len(told) < _DIGITS and int(told) <= beyond):
                    return True
        except (psycopg.Error, ConnectionError):
            self.close()
        return False

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _standby(conn: psycopg.Connection) -> bool:
    """Return whether the database is in recovery, from which a standby may be promoted."""
    row = conn.execute("SELECT pg_is_in_recovery()").fetchone()
    return row is not None and bool(row[0])


class BellSubscription(ListenNotifySubscription[ApplicationRecorder]):
    """The library's subscription, woken by a doorbell."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        url: str,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        self._bell = Doorbell(url)
        self._bell.open()  # before the first look, so that nothing falls in between
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._listener = threading.Thread(target=self._listen, name="bell", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while not self._has_been_stopped:
            self._bell.wait()
            self._has_been_notified.set()
        self._bell.close()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._listener.join()
