"""Streams of the log as known at a position, which states are worked out from: read from the log,
each once; or those of one report at hand, for a rebuild. Register and rules are folded once a
process, then by what is new."""

import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import chain, groupby
from math import inf
from operator import attrgetter
from typing import Any, LiteralString, get_args

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from ledger import dates
from ledger.events import (
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ClockWasWrong,
    EntryCorrected,
    EntryRetracted,
    RecommendationRaised,
    RecordKeptHere,
    ResponseDutyArose,
    RuleAdopted,
)
from ledger.events.entry import Entry, decode
from ledger.events.streams import (
    SERVICE,
    capture_stream,
    key_order,
    kind,
    recommendation_of,
    report_of,
    report_stream,
    response_stream,
)
from ledger.log.storage import STORED, Stored
from ledger.states.effect import KNOWLEDGE, Known, happened, in_effect
from ledger.states.report import Report, report
from ledger.states.service import Service, fold
from projections.states.office import holders, office_over
from projections.states.values import Context, OfficeOver
from projections.verdict.silence import Holder

OfBodies = (
    BodyRegistered | BodyChanged | BodySucceeded | RecordKeptHere | EntryCorrected | EntryRetracted
)
OF_BODIES = get_args(OfBodies)
"""The acts on the register that can say another last day of an office, who follows it, or that its
record is kept here."""
EVERY = 64
"""Entries between two states that are kept for good; those between are folded from there."""
RECENT = 32
"""States that are kept because they were asked for lately."""
DATABASES = 4
"""Logs whose timelines a process keeps at once."""


Last = tuple[int, datetime | None]
"""Of an entry: its position, and when it was recorded."""


class Timeline:
    """The entries of the service stream, and what they add up to at each position.

    It grows at its end alone. Threads may ask while another one lets it grow.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._positions: list[int] = []
        self._latest = (0, Service())  # of how many entries, and what they add up to
        self._marks = [self._latest[1]]
        self._recent: dict[Hashable, Service] = {}
        self._answering: dict[str, dict[str, int]] = {}
        self._changes: list[Entry] = []
        self._ending: set[str] = set()
        """The bodies of which a last day was ever said."""
        self._ties: list[Entry] = []
        self._office_over: dict[tuple[int, tuple[str, ...]], tuple[OfficeOver, ...]] = {}
        self.extend(entries)

    def extend(self, entries: Iterable[Entry]) -> None:
        """Add the entries that follow; those that it has are passed over."""
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
        """What is known now."""
        return self._latest[1]

    @property
    def last(self) -> Last | None:
        """The last entry; None where there is none."""
        last = self._entries[-1] if self._entries else None
        return (last.position, last.recorded_at or last.instant) if last else None

    def at(self, position: int) -> Service:
        """What was known at a position."""
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
        """The same with the `dated` entries left out, but for those `counted`, in their order."""
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
        """The entries up to a position."""
        return self._entries[: bisect_right(self._positions, position)]

    def changes(self, position: int) -> list[Entry]:
        """Up to a position, what was said of bodies that counts from a day which it does not say
        itself."""
        return self._changes[: bisect_right(self._changes, position, key=attrgetter("position"))]

    def ties(self, position: float = inf) -> list[Entry]:
        """Up to a position, the entries that say how long offices last and who follows whom, and
        those that correct or retract such entries."""
        return [one for one in self._ties if one.position <= position]

    def office_over(
        self,
        line: tuple[str, ...],
        position: int,
        register: Callable[[date], Service],
        days: Callable[[], Iterable[date]],
    ) -> tuple[OfficeOver, ...]:
        """Return the days on which an office is over and nobody follows it, as known at a position.

        `line`: its holders; `register`: as it stands then on a day; `days`: those on which changes
        count.
        """
        if self._ending.isdisjoint(line) and line[-1] not in self.at(position).successions:
            return ()
        key = bisect_right(self._ties, position, key=attrgetter("position")), line
        if key not in self._office_over:
            self._office_over[key] = office_over(line, register, days())
        return self._office_over[key]

    def answering(self, force: str, position: float = inf) -> list[str]:
        """The bodies that held a force to account at any position up to this one."""
        held = dict(self._answering.get(force, {}))
        return [body for body, since in held.items() if since <= position]

    def _keep(self, key: Hashable, service: Service) -> Service:
        with self._lock:
            while len(self._recent) >= RECENT:
                del self._recent[next(iter(self._recent))]
            self._recent[key] = service
        return service


_kept: dict[Hashable, tuple[Timeline, Stored]] = {}
"""By database: its timeline, and the last entry that it has."""
_keeping = threading.Lock()


def timeline(conn: psycopg.Connection, last: Last | None = None) -> Timeline:
    """The timeline of a connection's log, with all that the connection sees of it now, or saw when
    this was its `last` entry: then nothing is read where that is known.

    The last entry that was read before is read again, with what follows it: where it is not the
    same, the log is another one (a database was restored or replaced), and all is read anew. So is
    a log whose clock was wrong: entries that are known count as recorded at another moment since.
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
            known.extend(map(_decoded, again[1:]))
            return _remember(place, known, again[-1])
    stored = _read(conn, 0)
    made = Timeline(map(_decoded, stored))
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


def _decoded(stored: Stored) -> Entry:
    return stored.entry


def _same(one: Stored, other: Stored) -> bool:
    return (one.id, one.state, one.recorded_at) == (other.id, other.state, other.recorded_at)


class Streams(ABC):
    """Streams as known at a position: what states are worked out from."""

    def __init__(self) -> None:
        self.worked_out: dict[Hashable, Any] = {}
        """States by the entries that they add up to: for as long as these are held."""
        self._asked: dict[str, tuple[int, set[str]]] = {}
        """By response: since which position it is settled whose recommendations it has to explain,
        and whose."""
        self._anew: dict[int, list[str]] = {}
        """The bodies judged anew, by the position of the act."""
        self._about: dict[tuple[str, str], tuple[int, list[list[Entry]]]] = {}
        """The responses about what an addressee got, as last looked for."""

    @abstractmethod
    def stream(self, name: str, position: int) -> list[Entry]:
        """The entries of a stream up to a position."""

    @abstractmethod
    def service(self, position: int) -> Service:
        """Register and rules as known at a position."""

    @abstractmethod
    def office_over(self, line: tuple[str, ...], position: int) -> tuple[OfficeOver, ...]:
        """Return the days on which an office is over and nobody follows it, as known at a position.
        `line`: its holders, one after the other."""

    @abstractmethod
    def all_register(self, position: int) -> Service:
        """Return the register with all that is known of bodies at a position, whatever its day."""

    def holders(self, reference: str, body: str, position: int) -> tuple[Holder, ...]:
        """Return who holds the office of a body, one after the other, as far as its response to a
        report goes, and what each said of keeping its record here, as known at a position."""
        register = self.all_register(position)
        concerned: set[str] = set()
        if register.is_divided(body):
            concerned = self._concerned(reference, body, position)
        return holders(register, register.line(body, concerned))

    def _concerned(self, reference: str, body: str, position: int) -> set[str]:
        """Return the bodies to which the recommendations are addressed that a response has to
        explain."""
        raised = self.recommendations_to(reference, body, position)
        return {
            recommendation_of(entries[0].stream).addressee
            for entries in raised
            if any(isinstance(one.data, RecommendationRaised) for one in in_effect(entries))
        }

    def judged_anew(self, entry: Entry) -> list[str]:
        """Find the bodies all of whose responses are judged anew by an act on the register: it says
        otherwise on which days their office is over, who holds it, or who keeps a record here."""
        act, position = entry.data, entry.position
        if entry.stream != SERVICE or not isinstance(act, OF_BODIES):
            return []
        if isinstance(act, BodyRegistered) and act.ends is None:
            return []  # as almost always
        if isinstance(act, BodyChanged) and act.ends is None and not act.holds:
            return []
        if position not in self._anew:
            self._anew[position] = self._judged_anew(act, position)
        return self._anew[position]

    def _judged_anew(self, act: OfBodies, position: int) -> list[str]:
        before, after = self.service(position - 1), self.service(position)
        if isinstance(act, EntryCorrected | EntryRetracted):
            bodies = set(after.bodies)
        else:
            of = act.body if isinstance(act, RecordKeptHere) else act.id
            followed = {*before.successions, *after.successions}
            bodies = {of} | {
                one
                for one in followed
                if of in (*before.followers_ever(one), *after.followers_ever(one))
            }
        return sorted(
            one for one in bodies if self._lines(one, position - 1) != self._lines(one, position)
        )

    def _lines(self, body: str, position: int) -> list[tuple[Any, ...]]:
        """Return what responses of a body rest on in the register: of each line of holders that
        they can have, on which days its office is over, and what the holders said; and where the
        body is divided, which forces each successor holds."""
        register = self.all_register(position)
        divided = register.is_divided(body)
        return [
            (
                *holders(register, line),
                self.office_over(tuple(one for one, _ in line), position),
                divided and [register.bodies[one].holds for one, _ in line],
            )
            for line in register.lines(body)
        ]

    @abstractmethod
    def read_responses_ahead(self, owed: Iterable[tuple[str, str]]) -> None:
        """Read at once what responses (by report and body) rest on, where that is not at hand."""

    @abstractmethod
    def answering(self, force: str) -> Iterable[str]:
        """The bodies that held a force to account at any position, this one's or another."""

    @abstractmethod
    def subjects_of(self, reference: str, position: int) -> list[str]:
        """The streams of a report's recommendations and responses, as far as there are any."""

    @abstractmethod
    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        """The streams of a report's recommendations to a body."""

    def report(self, reference: str, position: int) -> tuple[Report, date] | None:
        """A report as known at a position, and the day from which it is there; None where none is
        in effect."""
        entries = self.stream(report_stream(reference), position)
        key = ("report", reference, len(entries))
        if key not in self.worked_out:
            found = report(entries)
            there = found and (found, found.hi(self.context(position).captured_on))
            self.worked_out[key] = there
        known: tuple[Report, date] | None = self.worked_out[key]
        return known

    def report_about(self, stream: str, position: int) -> Report | None:
        """The report that a stream is about, as known at a position, if one is in effect."""
        reference = report_of(stream)
        there = self.report(reference, position) if reference else None
        return there[0] if there else None

    def recommendations_to(self, reference: str, body: str, position: int) -> list[list[Entry]]:
        """The streams of the recommendations of a report that a body has to explain."""
        found: list[list[Entry]] = []
        for addressee in sorted(self.asked(reference, body, position)):
            for stream in self.recommendations_of(reference, addressee):
                if entries := self.stream(stream, position):
                    found.append(entries)
        return sorted(
            found, key=lambda entries: key_order(recommendation_of(entries[0].stream).key)
        )

    def responses_about(self, reference: str, addressee: str, position: int) -> list[list[Entry]]:
        """The streams of the responses to a report that have to explain what an addressee got: of
        one position they are looked for once, however much it got."""
        last, streams = self._about.get((reference, addressee), (None, []))
        if last == position:
            return streams
        bodies = [
            body
            for body in sorted({addressee, *self.answering(addressee)})
            if addressee in self.asked(reference, body, position)
        ]
        found = [self.stream(response_stream(reference, body), position) for body in bodies]
        streams = [entries for entries in found if entries]
        self._about[reference, addressee] = position, streams
        return streams

    def asked(self, reference: str, body: str, position: int) -> set[str]:
        """Whose recommendations a body has to explain: its own, and those of the forces that it
        held to account, as the register was when its duty first arose, on the day from which that
        counts. A register that changes later moves no duty,
        not even one that is worked out again for another day, as a later rule doesn't."""
        stream = response_stream(reference, body)
        since, found = self._asked.get(stream, (position + 1, set()))
        if position < since:
            entries = self.stream(stream, position)
            arose = next((one for one in entries if isinstance(one.data, ResponseDutyArose)), None)
            register = self.service(arose.position if arose else position)
            found = {body, *register.forces_of(body, _days(arose))}
            if arose is not None:
                self._asked[stream] = arose.position, found
        return found

    def context(self, position: int) -> Context:
        """What states need from other streams, as known at a position."""

        def rule(name: str, version: int) -> RuleAdopted:
            return self.service(position).rules[(name, version)]

        def capture(name: str) -> Entry | None:
            return next(iter(self.stream(capture_stream(name), position)), None)

        return Context(capture, rule, self.service)


def upto(entries: Sequence[Entry], position: int) -> list[Entry]:
    """The entries up to a position, of those in the order of the log."""
    return list(entries[: bisect_right(entries, position, key=_position)])


_position = attrgetter("position")


def _days(arose: Entry | None) -> tuple[date, date]:
    """The days on which that can lie from which a duty counts; any, where none is known."""
    if arose is None or arose.occurred_on is None:
        return date.min, date.max
    return dates.first_day(arose.occurred_on), dates.last_day(arose.occurred_on)


def _on(entry: Entry, day: date) -> Entry:
    """A succession with the day that it is known to count from."""
    assert isinstance(entry.data, BodySucceeded)
    return replace(entry, data=replace(entry.data, on=day.isoformat()))


_NAMED: LiteralString = "WHERE stream = ANY ((SELECT %(names)s)::text[])"
"""Planned once a connection (bench/README.md)."""
_TO: LiteralString = """
    WHERE stream >= {} AND stream < {} AND split_part(stream, '/', 4) = ANY ({})
      AND position <= %(upto)s
"""
"""The entries of a report's recommendations to some bodies."""


class LogStreams(Streams):
    """Reads streams from the log up to a position, each once; answers for any before it."""

    def __init__(
        self,
        conn: psycopg.Connection,
        upto: int,
        streams: dict[str, list[Entry]] | None = None,
        service: Last | None = None,
        timeline: Timeline | None = None,
    ) -> None:
        """`streams`: those that are at hand, up to the position; what is read joins them.
        `service`: the last entry of the service stream, where that was seen just now;
        `timeline`: the whole of it, if it is at hand."""
        super().__init__()
        self._conn = conn
        self._upto = upto
        self._streams = {} if streams is None else streams
        self._listed: dict[tuple[str, str], list[str]] = {}
        self._timeline = timeline
        self._service = service
        self._registers: dict[tuple[int, date], Service] = {}

    def read_ahead(self, names: Iterable[str]) -> None:
        """Read these streams at once, as far as they were not read yet."""
        wanted = sorted(set(names) - self._streams.keys())
        if wanted:
            self._keep(wanted, self._select(_NAMED, prepare=True, names=wanted))

    def read_captures_ahead(self, entries: Iterable[Entry]) -> None:
        """Read the captures that these entries cite, at once."""
        self.read_ahead(
            capture_stream(entry.source.capture)
            for entry in entries
            if entry.source is not None and entry.source.capture is not None
        )

    def at_hand(self, names: Iterable[str]) -> Iterator[Entry]:
        """The entries of these streams that were read."""
        return chain.from_iterable(self._streams.get(name, ()) for name in names)

    def stream(self, name: str, position: int) -> list[Entry]:
        if name not in self._streams:
            self.read_ahead([name])
        return upto(self._streams.get(name, []), position)

    def part(self, name: str, begin: int, most: int) -> list[Entry]:
        """Of a stream, so many entries from a position on, and all that say what is known of
        others."""
        stored = self._select(
            """WHERE stream = %(name)s AND (topic = ANY (%(knowledge)s) OR position IN (
                 SELECT position FROM ledger.entries
                  WHERE stream = %(name)s AND position >= %(begin)s AND position <= %(upto)s
                  ORDER BY version LIMIT %(most)s))""",
            name=name,
            begin=begin,
            most=most,
            knowledge=[event.TOPIC for event in KNOWLEDGE],
        )
        return list(map(_decoded, stored))

    def of_type(self, name: str, topic: str) -> list[Entry]:
        """The entries of a stream that are of one type, without reading the others."""
        stored = self._select(
            "WHERE stream = %(name)s AND topic = %(topic)s", name=name, topic=topic
        )
        return list(map(_decoded, stored))

    def below(self, prefix: str) -> list[Entry]:
        """The entries of all streams below a prefix (which ends in `/`), by position."""
        end = f"{prefix[:-1]}0"
        stored = self._select(
            "WHERE stream >= %(prefix)s AND stream < %(end)s", prefix=prefix, end=end
        )
        return list(map(_decoded, stored))

    def about(self, reference: str) -> list[Entry]:
        """Every entry about a report, in the order of the log."""
        # Of one at a time, and planned for its name: else the planner reads the whole log.
        rows = self._conn.execute(
            """
            SELECT state, position, recorded_at, counted_at FROM ledger.counted_entries
             WHERE (stream = 'report/' || %(reference)s
                OR stream > 'recommendation/' || %(reference)s || '/'
               AND stream < 'recommendation/' || %(reference)s || '0'
                OR stream > 'response/' || %(reference)s || '/'
               AND stream < 'response/' || %(reference)s || '0')
               AND position <= %(upto)s
             ORDER BY position
            """,
            {"reference": reference, "upto": self._upto},
            prepare=False,
        )
        return [decode(*row) for row in rows]

    def beside_reports(self, at_once: int) -> Iterator[list[Entry]]:
        """Every entry of other streams than those about reports, some at a time."""
        position = 0
        while True:
            # As the index of streams has them: few among all the others.
            stored = self._select(
                """
                WHERE position > %(after)s
                  AND (stream < 'recommendation/'
                    OR stream >= 'recommendation0' AND stream < 'report/'
                    OR stream >= 'report0' AND stream < 'response/'
                    OR stream >= 'response0')
                """,
                at_once,
                after=position,
            )
            if not stored:
                return
            position = stored[-1].id
            yield list(map(_decoded, stored))

    def subjects_of(self, reference: str, position: int) -> list[str]:
        rows = self._conn.execute(
            """
            SELECT DISTINCT stream FROM ledger.entries
             WHERE position <= %(position)s AND (
                (stream >= %(rec)s || '/' AND stream < %(rec)s || '0')
                OR (stream >= %(res)s || '/' AND stream < %(res)s || '0'))
             ORDER BY stream
            """,
            {
                "position": position,
                "rec": f"recommendation/{reference}",
                "res": f"response/{reference}",
            },
        ).fetchall()
        return [row[0] for row in rows]

    def rests_on(self, stream: str) -> Iterator[str]:
        """The streams that its state rests on, besides captures: its own, its report's, and of a
        recommendation the responses that have to explain it."""
        yield stream
        if (reference := report_of(stream)) is None:
            return
        yield report_stream(reference)
        if kind(stream) == "recommendation":
            addressee = recommendation_of(stream).addressee
            for body in (addressee, *self.answering(addressee)):
                yield response_stream(reference, body)

    def read_responses_ahead(self, owed: Iterable[tuple[str, str]]) -> None:
        pairs = list(owed)
        names = {report_stream(reference) for reference, _ in pairs}
        names |= {response_stream(reference, body) for reference, body in pairs}
        self.read_ahead(names)
        names |= self.read_listed_ahead(pairs, self._upto)
        self.read_captures_ahead(self.at_hand(names))

    def service(self, position: int) -> Service:
        return self.timeline.at(min(position, self._upto))

    def latest_service(self) -> Service:
        """Register and rules as they are now, whatever position is asked about."""
        return self.timeline.latest

    def answering(self, force: str) -> Iterable[str]:
        return self.timeline.answering(force, self._upto)

    def last_of_service(self) -> Last | None:
        """The last entry of the service stream, if it was seen."""
        return self._timeline.last if self._timeline else self._service

    @property
    def timeline(self) -> Timeline:
        """The service stream, with all that the connection sees of it."""
        if self._timeline is None:
            self._timeline = timeline(self._conn, self._service)
        return self._timeline

    def register(self, position: int, day: date) -> Service:
        """The register by the names and ties that bodies had on a day, as known at a position.

        Changes count from the last day on which they can have happened, in the order of those days,
        successions from the day that they say, or else from such a day; what is recorded of a body
        otherwise has no day.
        """
        if (position, day) not in self._registers:
            self._registers[(position, day)] = self._register(position, day)
        return self._registers[(position, day)]

    def _register(self, position: int, day: date) -> Service:
        position = min(position, self._upto)
        if not (dated := self._changes(position)):
            return self.service(position).on(day)
        counted = [
            _on(one, hi) if isinstance(one.data, BodySucceeded) else one
            for hi, one in dated
            if hi <= day or isinstance(one.data, BodySucceeded)
        ]
        changed = self.timeline.changed(position, counted, [one for _, one in dated])
        return changed.on(day)

    def _changes(self, position: int) -> list[tuple[date, Entry]]:
        """What was said of bodies that counts from a day which it does not say itself, each with
        that day, in the order of these days."""
        if not (changes := self.timeline.changes(position)):
            return []
        self.read_captures_ahead(changes)
        captured_on = self.context(position).captured_on
        dated = [
            (happened(Known(one, one), report_day=None, captured_on=captured_on).hi, one)
            for one in changes
        ]
        return sorted(dated, key=lambda pair: (pair[0], pair[1].position))

    def office_over(self, line: tuple[str, ...], position: int) -> tuple[OfficeOver, ...]:
        at = min(position, self._upto)
        return self.timeline.office_over(
            line, at, partial(self.register, at), lambda: [hi for hi, _ in self._changes(at)]
        )

    def all_register(self, position: int) -> Service:
        return self.register(min(position, self._upto), date.max)

    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        self._read_to([(reference, addressee)])
        return self._listed.get((reference, addressee), [])

    def read_listed_ahead(self, owed: Iterable[tuple[str, str]], position: int) -> set[str]:
        """Read what responses (by report and body) have to explain, at once: the streams' names."""
        wanted = {
            (reference, addressee)
            for reference, body in owed
            for addressee in self.asked(reference, body, position)
        }
        self._read_to(wanted)
        return {name for one in wanted for name in self._listed.get(one, ())}

    def _read_to(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Read the recommendations of reports to bodies, as far as they were not read yet."""
        new = sorted(set(wanted) - self._listed.keys())
        if not new:
            return
        # Each report's for itself: asked for by a join, the planner reads the whole log.
        each: list[sql.Composable] = []
        given: dict[str, Any] = {"upto": self._upto}
        for n, (reference, pairs) in enumerate(groupby(new, key=lambda one: one[0])):
            bounds = {
                f"from_{n}": f"recommendation/{reference}/",
                f"end_{n}": f"recommendation/{reference}0",
            }
            given |= {**bounds, f"to_{n}": [addressee for _, addressee in pairs]}
            each.append(
                sql.SQL(STORED + _TO).format(
                    *map(sql.Placeholder, (f"from_{n}", f"end_{n}", f"to_{n}"))
                )
            )
        query = sql.SQL(" UNION ALL ").join(each) + sql.SQL(" ORDER BY id")
        with self._conn.cursor(row_factory=class_row(Stored)) as cursor:
            stored = cursor.execute(query, given).fetchall()
        names = list(dict.fromkeys(str(one.originator_id) for one in stored))
        self._keep(names, stored)
        self._list(new, names)

    def _list(self, new: Iterable[tuple[str, str]], names: Iterable[str]) -> None:
        self._listed |= {one: [] for one in new}
        for name in names:
            one = recommendation_of(name)
            self._listed.setdefault((one.report, one.addressee), []).append(name)

    def _keep(self, names: Sequence[str], stored: Sequence[Stored]) -> None:
        for name in names:
            self._streams[name] = []
        for one in stored:
            entry = _decoded(one)
            self._streams[entry.stream].append(entry)

    def _select(
        self,
        where: LiteralString,
        limit: int | None = None,
        *,
        prepare: bool | None = None,
        **parameters: int | str | list[str],
    ) -> list[Stored]:
        query = STORED + where + " AND position <= %(upto)s ORDER BY position"
        if limit is not None:  # where all are wanted, a limit misleads the planner
            query += " LIMIT %(limit)s"
        given = {**parameters, "upto": self._upto, "limit": limit}
        with self._conn.cursor(row_factory=class_row(Stored)) as cursor:
            return cursor.execute(query, given, prepare=prepare).fetchall()


class ReportStreams(Streams):
    """Reads the streams of one report from its entries. Captures are read from the log."""

    def __init__(self, entries: Iterable[Entry], log: LogStreams) -> None:
        super().__init__()
        self._timeline = log.timeline
        self._log = log
        self._streams: dict[str, list[Entry]] = {}
        for entry in entries:
            self._streams.setdefault(entry.stream, []).append(entry)
        self._at = {
            name: [entry.position for entry in entries] for name, entries in self._streams.items()
        }
        self._to: dict[str, list[str]] = {}
        for name in self._streams:
            if kind(name) == "recommendation":
                self._to.setdefault(recommendation_of(name).addressee, []).append(name)

    def stream(self, name: str, position: int) -> list[Entry]:
        if name.startswith("capture/"):
            return self._log.stream(name, position)
        if (entries := self._streams.get(name)) is None:
            return []
        return entries[: bisect_right(self._at[name], position)]

    def service(self, position: int) -> Service:
        return self._timeline.at(position)

    def office_over(self, line: tuple[str, ...], position: int) -> tuple[OfficeOver, ...]:
        return self._log.office_over(line, position)

    def all_register(self, position: int) -> Service:
        return self._log.all_register(position)

    def read_responses_ahead(self, owed: Iterable[tuple[str, str]]) -> None:
        pass  # all of them are at hand

    def answering(self, force: str) -> Iterable[str]:
        return self._timeline.answering(force)

    def subjects_of(self, reference: str, position: int) -> list[str]:
        return sorted(
            name
            for name, entries in self._streams.items()
            if kind(name) != "report" and entries[0].position <= position
        )

    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        return self._to.get(addressee, ())
