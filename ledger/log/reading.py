"""Reading the log: the application of the event sourcing library, over our storage."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment
from psycopg_pool import ConnectionPool

from ledger.dates import in_words
from ledger.errors import Gone, KeyReused, NotRecorded
from ledger.events.entry import Entry, decode
from ledger.events.texts import Opening
from ledger.log import redactions
from ledger.log.append import Request
from ledger.log.captures import Kept
from ledger.log.memory import Look, Remembered
from ledger.log.redactions import BYTES, Place, Redaction
from ledger.log.storage import LogFactory, LogRecorder, Stored
from ledger.states.service import Account, Service


@dataclass(frozen=True)
class Recorded:
    """What a command recorded, as it stands in the log."""

    entries: tuple[Entry, ...]
    """The act's own entry first, then what it brought with it."""
    repeated: bool = False
    """Whether this request had been made before: then these are the entries it made then."""
    not_looked_into: tuple[str, ...] = ()
    """Captures that a redaction could not search for copies, by their entries."""


class LogReading(Application[str]):
    """The log, read: streams, entries, texts, and the service's own state."""

    name = "answerable"

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        self._pool, self._url = pool, url
        super().__init__({"PERSISTENCE_MODULE": "ledger.log.storage"})
        self._remembered = Remembered(self.log)

    def construct_factory(self, env: Environment) -> InfrastructureFactory:
        factory = super().construct_factory(env)
        assert isinstance(factory, LogFactory)
        factory.pool, factory.url = self._pool, self._url
        return factory

    @property
    def log(self) -> LogRecorder:  # type: ignore[override]  # the library's is deprecated
        """The log as it is stored."""
        assert isinstance(self.recorder, LogRecorder)
        return self.recorder

    def made_before(self, request: Request) -> Recorded | None:
        """What a request with this key made, if it was made before. KeyReused if it was another."""
        if (made := self.log.request_made(request.account, request.key)) is None:
            return None
        fingerprint, first, last = made
        if fingerprint != request.fingerprint:
            raise KeyReused("This idempotency key came with another request before; use a new key.")
        return self.made_by(first, last)

    def made_by(self, first: int, last: int) -> Recorded:
        """The entries of one command, read back from the log."""
        entries = tuple(self._entries(self.log.select_notifications(first, last - first + 1)))
        return Recorded(entries, repeated=True)

    # Reading

    def read_stream(self, stream: str) -> list[Entry]:
        """The entries of a stream, by version."""
        return self._entries(self.log.select_events(stream))

    def read_below(self, prefix: str) -> list[Entry]:
        """The entries of all streams below a prefix (which ends in `/`), by position."""
        return self._entries(self.log.select_below(prefix))

    def read(self, after: int, limit: int, topics: Sequence[str] = ()) -> list[Entry]:
        """The entries after a position, at most so many, of these topics (all, if none)."""
        return self._entries(
            self.log.select_notifications(after, limit, topics=topics, inclusive_of_start=False)
        )

    def entry(self, entry_id: str) -> Entry:
        """The entry with this id. NotRecorded if there is none."""
        stored = self.stored(entry_id)
        return decode(stored.state, stored.id, stored.recorded_at)

    def stored(self, entry_id: str) -> Stored:
        """The entry with this id, as it is stored. NotRecorded if there is none."""
        try:
            found = self.log.select_by_id(UUID(entry_id))
        except ValueError:
            found = None
        if found is None:
            raise NotRecorded(f"No entry “{entry_id}” is in the log.")
        return found

    def openings(self, positions: Sequence[int]) -> dict[tuple[int, str], Opening]:
        """What opens the texts of the entries at these positions, by (position, field)."""
        return self.log.texts_at(positions)

    def kept(self, entry: Entry) -> Kept:
        """The bytes that a CaptureKept entry keeps. Gone where they were redacted."""
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
        """Whether a CaptureKept entry keeps these very bytes, and they are there."""
        found = self.log.capture_at(entry.position)
        return found is not None and found.body == body

    def redactions(self, positions: Sequence[int]) -> dict[Place, Redaction]:
        """What was redacted of the entries at these positions, by (position, field); the bytes
        of a capture under the field `bytes`. It holds at every known_at."""
        return redactions.redactions(self.log.pool, positions)

    def texts_with(self, word: str) -> list[tuple[Entry, str, str]]:
        """(entry, field, text) of every text of the log with a word in it. It reads them all."""
        return redactions.texts_with(self.log.pool, word)

    def readable_captures(self) -> Iterator[Entry]:
        """The entry of each capture whose bytes are here and can be read as words."""
        return redactions.readable_captures(self.log.pool)

    def bytes_at(self, position: int) -> bytes | None:
        """The bytes of the capture at a position; None where they were redacted."""
        return redactions.bytes_at(self.log.pool, position)

    def service(self) -> Service:
        """Accounts, register, rules and keys, as they stand now."""
        return self.look().service

    def look(self, streams: Iterable[str] = ()) -> Look:
        """The database's clock, the service's state and streams, all at one moment."""
        return self._remembered.look(streams)

    def account(self, name: str) -> Account:
        """An account by its name. NotRecorded if it was never opened."""
        if (found := self.service().accounts.get(name)) is None:
            raise NotRecorded(f"There is no account “{name}”.")
        return found

    def head(self) -> int:
        """The last position of the log; 0 where it is empty."""
        return self.log.max_notification_id() or 0

    def now(self) -> datetime:
        """The database's clock."""
        return self.log.now()

    def _entries(self, stored: Sequence[Stored]) -> list[Entry]:
        return [decode(one.state, one.id, one.recorded_at) for one in stored]
