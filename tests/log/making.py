"""Events to store, made without the ledger's rules; and what is stored, read without its code."""

import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from ledger.events import TextReleased
from ledger.events.entry import Entry, encode, new_id
from ledger.events.streams import RecommendationId
from ledger.events.texts import Opening
from ledger.log.append import ToStore
from ledger.log.captures import StoredBytes

SALT = bytes(range(32))
TO = RecommendationId("r", "1", "cumbria-constabulary")
"""The recommendation that the fixture `ledger` has."""


def event(
    stream: str = "a/1",
    version: int = 1,
    *,
    state: bytes = b'{"n":1}',
    event_id: UUID | None = None,
    texts: dict[str, str] | None = None,
    capture: bytes | None = None,
) -> ToStore:
    """Return an event to store. Its texts are committed to under a salt that is always the same."""
    return ToStore(
        originator_id=stream,
        originator_version=version,
        topic="made-for-a-test",
        state=state,
        event_id=event_id or UUID(new_id()),
        openings=tuple(
            (field, commitment(body), Opening(SALT, body)) for field, body in (texts or {}).items()
        ),
        capture=None if capture is None else StoredBytes(capture),
    )


def release(stream: str) -> ToStore:
    """Return an entry to store, as the ledger writes them: it begins a stream, and says little."""
    entry = Entry(
        id=new_id(),
        stream=stream,
        version=1,
        occurred_on=None,
        by=None,
        recorded_by="service/keeper",
        provenance="reported",
        data=TextReleased(target=new_id(), field="text"),
    )
    return ToStore(
        originator_id=stream,
        originator_version=1,
        topic=TextReleased.TOPIC,
        state=encode(entry),
        event_id=UUID(entry.id),
        openings=(),
    )


def commitment(body: str) -> bytes:
    return hashlib.sha256(b"answerable/text/v1\x00" + SALT + body.encode()).digest()


@dataclass(frozen=True)
class Database:
    """Questions to the database of a test, and orders to it, as its superuser."""

    url: str
    shared: psycopg.Connection | None = None
    """The connection on which questions are asked, or None."""

    def do(self, query: str, *parameters: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(query.encode(), parameters or None)

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """Return the rows, each without its tuple where it has one column."""
        with self._asking() as connection:
            found = connection.execute(query.encode(), parameters or None).fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def _asking(self) -> AbstractContextManager[psycopg.Connection]:
        if self.shared is not None and not self.shared.closed:
            return nullcontext(self.shared)
        return psycopg.connect(self.url, autocommit=True)

    def positions(self) -> list[int]:
        return self.rows("SELECT position FROM ledger.entries ORDER BY position")

    def waiting(self) -> int:
        """Return how many sessions wait for an advisory lock."""
        found: int = self.rows(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )[0]
        return found
