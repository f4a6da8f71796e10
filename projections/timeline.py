"""Hold the register of bodies and the rules as known at each position. A process folds the service
stream once, and later only its new entries."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime
from math import inf
from operator import attrgetter
from typing import get_args

import psycopg
from psycopg.rows import class_row

from ledger.events import (
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ClockWasWrong,
    EntryCorrected,
    EntryRetracted,
    RecordKeptHere,
)
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE
from ledger.log.storage import STORED, Stored
from ledger.states.service import Service, fold
from projections.states.office import office_over
from projections.states.values import OfficeOver

OfBodies = (
    BodyRegistered | BodyChanged | BodySucceeded | RecordKeptHere | EntryCorrected | EntryRetracted
)
OF_BODIES = get_args(OfBodies)
"""The entries that can change the last day of an office, who follows it, or whether its record is
kept here."""
EVERY = 64
"""After each so many entries, a state is kept for good; the states between are folded from it."""
RECENT = 32
"""How many other states are kept: the last ones that were worked out."""
DATABASES = 4
"""How many logs a process keeps timelines of at once."""


Last = tuple[int, datetime | None]
"""The position of an entry, and the moment at which it was recorded."""


class Timeline:
    """The entries of the service stream, and what they add up to at each position.

    Entries are added at the end only. Threads may ask while another thread adds entries.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._positions: list[int] = []
        self._latest = (0, Service())  # the number of entries, and their state
        self._marks = [self._latest[1]]
        self._recent: dict[Hashable, Service] = {}
        self._answering: dict[str, dict[str, int]] = {}
        self._changes: list[Entry] = []
        self._ending: set[str] = set()
        """The bodies of which a last day was ever stated."""
        self._ties: list[Entry] = []
        self._office_over: dict[tuple[int, tuple[str, ...]], tuple[OfficeOver, ...]] = {}
        self.judged_anew: dict[int, list[str]] = {}
        """By the position of an entry: the bodies whose responses it has judged anew, once that
        was worked out. The service stream alone decides it."""
        self.extend(entries)

    def extend(self, entries: Iterable[Entry]) -> None:
        """Add the entries that follow, and skip those that it has."""
        with self._lock:
            for entry in entries:
                if not self._positions or entry.position > self._positions[-1]:
                    self._add(entry)

    def _add(self, entry: Entry) -> None:
        if isinstance(entry.data, BodyRegistered | BodyChanged):
            for force in entry.data.holds:
                held = self._answering.setdefault(force.body, {})
                held.setdefault(entry.data.id, entry.position)
            if entry.data.ends is not None:
                self._ending.add(entry.data.id)
        if isinstance(entry.data, OF_BODIES):
            self._ties.append(entry)
        if isinstance(entry.data, BodyChanged) or (
            isinstance(entry.data, BodySucceeded) and entry.data.on is None
        ):
            self._changes.append(entry)
        many, service = self._latest
        self._latest = (many + 1, fold(service, [entry]) or service)
        self._entries.append(entry)
        if (many + 1) % EVERY == 0:
            self._marks.append(self._latest[1])
        self._positions.append(entry.position)  # last: from now on it can be asked about

    @property
    def latest(self) -> Service:
        """Return the register and the rules as known now."""
        return self._latest[1]

    @property
    def last(self) -> Last | None:
        """Return position and moment of the last entry; None if there is no entry."""
        last = self._entries[-1] if self._entries else None
        return (last.position, last.recorded_at or last.instant) if last else None

    def at(self, position: int) -> Service:
        """Return the register and the rules as known at a position."""
        many = bisect_right(self._positions, position)
        latest, service = self._latest
        if many == latest:
            return service
        if (found := self._recent.get(many)) is not None:
            return found
        nearest = many // EVERY
        between = self._entries[nearest * EVERY : many]
        return self._keep(many, fold(self._marks[nearest], between) or Service())

    def changed(self, position: int, counted: Sequence[Entry], dated: Sequence[Entry]) -> Service:
        """Return the register and the rules as known at a position, without the `dated` entries.
        Those of them that are `counted` are added at the end, in their order."""
        key = (
            bisect_right(self._positions, position),
            tuple(one.position for one in counted),
            tuple(one.position for one in dated),
        )
        if (found := self._recent.get(key)) is not None:
            return found
        left_out = {one.position for one in dated}
        others = [one for one in self.entries(position) if one.position not in left_out]
        return self._keep(key, fold(None, [*others, *counted]) or Service())

    def entries(self, position: int) -> list[Entry]:
        """Return the entries up to a position."""
        return self._entries[: bisect_right(self._positions, position)]

    def changes(self, position: int) -> list[Entry]:
        """Return the entries about bodies, up to a position, that do not say the day from which
        they count."""
        return self._changes[: bisect_right(self._changes, position, key=attrgetter("position"))]

    def ties(self, position: float = inf) -> list[Entry]:
        """Return the entries, up to a position, that say how long offices last and who follows
        whom. Corrections and retractions are among them."""
        return [one for one in self._ties if one.position <= position]

    def office_over(
        self,
        line: tuple[str, ...],
        position: int,
        register: Callable[[date], Service],
        days: Callable[[], Iterable[date]],
    ) -> tuple[OfficeOver, ...]:
        """Return the days on which an office is over and nobody follows it, as known at a position.

        `line` are its holders; `register` gives the register as it stands on a day; `days` gives
        the days on which changes take effect.
        """
        if self._ending.isdisjoint(line) and line[-1] not in self.at(position).successions:
            return ()
        key = bisect_right(self._ties, position, key=attrgetter("position")), line
        if key not in self._office_over:
            self._office_over[key] = office_over(line, register, days())
        return self._office_over[key]

    def answering(self, force: str, position: float = inf) -> list[str]:
        """Return the bodies that held a force to account at any position up to this one."""
        held = dict(self._answering.get(force, {}))
        return [body for body, since in held.items() if since <= position]

    def _keep(self, key: Hashable, service: Service) -> Service:
        with self._lock:
            while len(self._recent) >= RECENT:
                del self._recent[next(iter(self._recent))]
            self._recent[key] = service
        return service


_kept: dict[Hashable, tuple[Timeline, Stored]] = {}
"""By database: its timeline, and the last entry that the timeline has."""
_keeping = threading.Lock()


def timeline_of(conn: psycopg.Connection, last: Last | None = None) -> Timeline:
    """Return the timeline of a connection's log, with all that the connection sees of it now.

    `last` is the last entry of the service stream as the caller has just seen it. If the process
    has all entries up to it, nothing is read.

    Otherwise the last entry that was read is read again, with the entries that follow it. If it is
    not the same, the log is another one (a database was restored or replaced), and everything is
    read anew. A log that has since recorded that its clock was wrong is read anew too, because
    entries that are known now count as recorded at another moment.
    """
    info = conn.info
    place = (info.host, info.port, info.dbname)
    if (kept := _kept.get(place)) is not None:
        known, before = kept
        if last == (before.id, before.recorded_at):
            return known
        again = _read(conn, before.originator_version)
        new = [one.topic for one in again[1:]]
        if again and _same(again[0], before) and ClockWasWrong.TOPIC not in new:
            known.extend(one.entry for one in again[1:])
            return _remember(place, known, again[-1])
    stored = _read(conn, 0)
    made = Timeline(one.entry for one in stored)
    return _remember(place, made, stored[-1]) if stored else made


def _remember(place: Hashable, known: Timeline, last: Stored) -> Timeline:
    with _keeping:
        if place not in _kept and len(_kept) >= DATABASES:
            del _kept[next(iter(_kept))]
        _kept[place] = (known, last)
    return known


def _read(conn: psycopg.Connection, version: int) -> list[Stored]:
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        query = STORED + "WHERE stream = %s AND version >= %s ORDER BY version"
        return cursor.execute(query, [SERVICE, version]).fetchall()


def _same(one: Stored, other: Stored) -> bool:
    return (one.id, one.state, one.recorded_at) == (other.id, other.state, other.recorded_at)
