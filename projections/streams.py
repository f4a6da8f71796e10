"""Read the streams of the log as known at a position, each once. States are worked out from them.

A caller that needs many streams names them first (`read_ahead`), so that one query reads them all.
The captures that entries cite are read together too, when the first of them is asked for, and so
are the recommendations that responses have to explain.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any

import psycopg

from ledger import dates
from ledger.events import (
    BodySucceeded,
    RecommendationRaised,
    ResponseDutyArose,
    RuleAdopted,
)
from ledger.events.entry import Entry, captures_cited
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
from ledger.states.effect import Known, happened, in_effect
from ledger.states.report import Report, report
from ledger.states.service import Service
from projections import log_parts
from projections.states.acts import kept_as
from projections.states.office import holders
from projections.states.values import Context, OfficeOver
from projections.timeline import Last, Timeline, timeline_of
from projections.verdict.silence import Holder

MOST = 50_000
"""The most entries that are kept from one batch to the next, of all streams together: some tens of
MB."""
MOST_STATES = 10_000
"""The most states that are kept with them."""


class Streams:
    """The streams of the log as known at a position, or at any position before it."""

    def __init__(
        self,
        conn: psycopg.Connection,
        upto: int,
        streams: dict[str, list[Entry]] | None = None,
        service: Last | None = None,
        timeline: Timeline | None = None,
    ) -> None:
        """Begin with what is at hand.

        `streams` are up to the position; the streams that are read are added to them. `service` is
        the last entry of the service stream, if the caller has just seen it. `timeline` is that
        whole stream, if it is at hand.
        """
        self._conn = conn
        self._upto = upto
        self._streams = {} if streams is None else streams
        self._service = service
        self._timeline = timeline
        self.worked_out: dict[Hashable, Any] = {}
        """States by the entries that they were worked out from, kept as long as this object."""
        self._whole: set[str] = set()
        """The reports of which every stream is at hand."""
        self._cited: set[str] = set()
        """The captures that entries at hand cite and that are not read yet."""
        self._owed: set[tuple[str, str]] = set()
        """The responses (report, body) whose recommendations are not read yet."""
        self._raised: dict[tuple[str, str], list[str]] = {}
        """By report and addressee: the names of the recommendations' streams that were read."""
        self._asked: dict[str, tuple[int, set[str]]] = {}
        """By response: the addressees whose recommendations it has to explain, and the position
        from which that no longer changes."""
        self._about: dict[tuple[str, str], tuple[int, list[list[Entry]]]] = {}
        """By report and addressee: the responses about what the addressee got, and the position at
        which they were last looked for."""
        self._registers: dict[tuple[int, date], Service] = {}

    def after(
        self, conn: psycopg.Connection, batch: Sequence[Entry], most: int = MOST
    ) -> "Streams":
        """Return the streams as known after a batch of the log. What is at hand goes over to them:
        the streams, with what the batch adds, and what was worked out from them.

        At most about `most` entries are taken over. Nothing is at hand if the batch is not the next
        one: another process led meanwhile, or the last batch was rolled back.
        """
        if batch[0].position != self._upto + 1:
            return Streams(conn, batch[0].position - 1).after(conn, batch)
        streams, service = self._streams, self.last_of_service()
        found = Streams(conn, batch[-1].position, streams)
        found._raised, found._asked = self._raised, self._asked
        self._upto = found._upto  # from now on nothing is at hand here
        many = sum(map(len, streams.values()))
        while many > most:  # those go first that were brought on longest ago
            name = next(iter(streams))
            many -= len(streams.pop(name))
            found._raised.pop(_raised_to(name), None)
            found._asked.pop(name, None)
            self.worked_out.pop(kept_as(name), None)
        for entry in batch:
            if entry.stream == SERVICE:
                service = entry.position, entry.recorded_at or entry.instant
            held = streams.pop(entry.stream, [])  # the one brought on last stands last
            if entry.version == len(held) + 1:  # else its beginning is not at hand
                held.append(entry)
                streams[entry.stream] = held
            if entry.version == 1 and (to := _raised_to(entry.stream)) in found._raised:
                found._raised[to].append(entry.stream)
        found._service = service
        found._cited = captures_cited(batch) - streams.keys()
        if len(self.worked_out) < MOST_STATES:
            found.worked_out = self.worked_out
        return found

    def supposing(self, entries: Sequence[Entry]) -> "Streams":
        """Return the streams as they would be with entries of reports that are decided and not
        recorded. Their positions follow this one's, so that both moments can be asked about."""
        last = entries[-1].position
        found = Streams(self._conn, last, {}, self.last_of_service(), self._timeline)
        for reference in dict.fromkeys(filter(None, (report_of(one.stream) for one in entries))):
            found.read_report(reference)
        names = {one.stream for one in entries}
        found.read_ahead(names)
        for one in entries:
            found._streams[one.stream] = [*found._streams[one.stream], one]
        found._list(one.stream for one in entries if one.version == 1)
        found._owe(names)
        found._cite(names)
        return found

    def stream(self, name: str, position: int) -> list[Entry]:
        """Return the entries of a stream up to a position."""
        if name not in self._streams:
            self.read_ahead([name, *self._cited] if name in self._cited else [name])
        return _upto(self._streams[name], position)

    def read_ahead(self, names: Iterable[str]) -> None:
        """Read the streams of these names by one query, except those that are at hand."""
        names = set(names)
        new = dict[str, list[Entry]]((name, []) for name in names - self._streams.keys())
        if wanted := sorted(name for name in new if report_of(name) not in self._whole):
            for entry in log_parts.named(self._conn, self._upto, wanted):
                new[entry.stream].append(entry)
        self._streams |= new
        self._owe(names)
        self._cite(new)

    def read_report(self, reference: str) -> list[Entry]:
        """Read all streams of a report by one query. Return its entries in the order of the log."""
        entries = log_parts.about(self._conn, self._upto, reference)
        for entry in entries:
            self._streams.setdefault(entry.stream, []).append(entry)
        self._whole.add(reference)
        names = {entry.stream for entry in entries}
        self._list(names)
        self._owe(names)
        self._cite(names)
        return entries

    def _owe(self, names: Iterable[str]) -> None:
        """Note the recommendations that responses have to explain: they are asked for next."""
        for name in names:
            if kind(name) == "response":
                _, reference, body = name.split("/")
                self._owed.add((reference, body))

    def _cite(self, names: Iterable[str]) -> None:
        """Note the captures that the entries of streams cite: they are asked for next."""
        for name in names:
            self._cited |= captures_cited(self._streams[name])
        self._cited.difference_update(self._streams)

    def rests_on(self, stream: str) -> Iterator[str]:
        """Yield the streams that the state of a stream rests on, except captures. They are the
        stream itself, that of its report, and for a recommendation the responses of the bodies that
        may have to explain it."""
        yield stream
        if (reference := report_of(stream)) is None:
            return
        yield report_stream(reference)
        if kind(stream) == "recommendation":
            addressee = recommendation_of(stream).addressee
            for body in (addressee, *self.answering(addressee)):
                yield response_stream(reference, body)

    def service(self, position: int) -> Service:
        """Return the register and the rules as known at a position."""
        return self.timeline.at(min(position, self._upto))

    def latest_service(self) -> Service:
        """Return the register and the rules as they are now, whatever position is asked about."""
        return self.timeline.latest

    def answering(self, force: str) -> Iterable[str]:
        """Return the bodies that held a force to account at any position up to this one's."""
        return self.timeline.answering(force, self._upto)

    def last_of_service(self) -> Last | None:
        """Return the last entry of the service stream that was seen, if there is one."""
        return self._timeline.last if self._timeline else self._service

    @property
    def timeline(self) -> Timeline:
        """Return the timeline of the service stream, with all that the connection sees of it."""
        if self._timeline is None:
            self._timeline = timeline_of(self._conn, self._service)
        return self._timeline

    def register(self, position: int, day: date) -> Service:
        """Return the register by the names and ties that bodies had on a day, as known at a
        position.

        A change of a body counts from the last day on which it can have happened, and changes count
        in the order of these days. A succession counts from the day that it says, or else from the
        last day on which it can have happened. Any other entry about a body counts as soon as it is
        recorded.
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
        """Return the entries about bodies that do not say the day from which they count, each with
        that day, in the order of these days."""
        if not (changes := self.timeline.changes(position)):
            return []
        self.read_ahead(captures_cited(changes))
        captured_on = self.context(position).captured_on
        dated = [
            (happened(Known(one, one), report_day=None, captured_on=captured_on).hi, one)
            for one in changes
        ]
        return sorted(dated, key=lambda pair: (pair[0], pair[1].position))

    def all_register(self, position: int) -> Service:
        """Return the register with all that is known of bodies at a position: no change is left out
        for its day."""
        return self.register(min(position, self._upto), date.max)

    def office_over(self, line: tuple[str, ...], position: int) -> tuple[OfficeOver, ...]:
        """Return the days on which an office is over and nobody follows it, as known at a position.
        `line` are its holders, one after the other."""
        at = min(position, self._upto)
        return self.timeline.office_over(
            line, at, partial(self.register, at), lambda: [hi for hi, _ in self._changes(at)]
        )

    def holders(self, reference: str, body: str, position: int) -> tuple[Holder, ...]:
        """Return the holders of a body's office, one after the other, as known at a position.

        Each has its last day and its statements on keeping its record here. A body that was divided
        is followed by the one that holds all forces concerned by what this response has to explain.
        """
        register = self.all_register(position)
        concerned: set[str] = set()
        if register.is_divided(body):
            concerned = self._concerned(reference, body, position)
        return holders(register, register.line(body, concerned))

    def _concerned(self, reference: str, body: str, position: int) -> set[str]:
        """Return the addressees of the recommendations that a response has to explain."""
        raised = self.recommendations_to(reference, body, position)
        return {
            recommendation_of(entries[0].stream).addressee
            for entries in raised
            if any(isinstance(one.data, RecommendationRaised) for one in in_effect(entries))
        }

    def report(self, reference: str, position: int) -> tuple[Report, date] | None:
        """Return a report as known at a position, and the day from which it exists; None if no
        report is in effect."""
        entries = self.stream(report_stream(reference), position)
        key = ("report", reference, len(entries))
        if key not in self.worked_out:
            found = report(entries)
            there = found and (found, found.hi(self.context(position).captured_on))
            self.worked_out[key] = there
        known: tuple[Report, date] | None = self.worked_out[key]
        return known

    def report_about(self, stream: str, position: int) -> Report | None:
        """Return the report that a stream is about, as known at a position; None if none is in
        effect."""
        reference = report_of(stream)
        there = self.report(reference, position) if reference else None
        return there[0] if there else None

    def subjects_of(self, reference: str, position: int) -> list[str]:
        """Return the names of the streams of a report's recommendations and responses that exist at
        a position."""
        if reference not in self._whole:
            return log_parts.subjects_of(self._conn, position, reference)
        return sorted(
            name
            for name, entries in self._streams.items()
            if report_of(name) == reference
            and kind(name) != "report"
            and any(one.position <= position for one in entries[:1])
        )

    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        """Return the names of the streams of a report's recommendations to a body."""
        if (reference, addressee) not in self._raised and reference not in self._whole:
            self._read_raised((reference, addressee))
        return self._raised.get((reference, addressee), ())

    def _read_raised(self, wanted: tuple[str, str]) -> None:
        """Read the recommendations of a report to a body.

        Read with them the recommendations that the responses read so far have to explain, so that
        none of them needs a query of its own.
        """
        owed, self._owed = self._owed, set()
        new = {
            wanted,
            *(
                (reference, addressee)
                for reference, body in owed
                if reference not in self._whole
                for addressee in self.asked(reference, body, self._upto)
            ),
        } - self._raised.keys()
        streams: dict[str, list[Entry]] = {}
        for entry in log_parts.raised_to(self._conn, self._upto, new):
            streams.setdefault(entry.stream, []).append(entry)
        self._streams |= streams
        self._raised |= {one: [] for one in new}
        self._list(streams)
        self._owe(streams)
        self._cite(streams)

    def _list(self, names: Iterable[str]) -> None:
        for name in names:
            if kind(name) == "recommendation":
                self._raised.setdefault(_raised_to(name), []).append(name)

    def recommendations_to(self, reference: str, body: str, position: int) -> list[list[Entry]]:
        """Return the streams of the recommendations of a report that a body has to explain, in the
        order of their numbers."""
        found: list[list[Entry]] = []
        for addressee in sorted(self.asked(reference, body, position)):
            for stream in self.recommendations_of(reference, addressee):
                if entries := self.stream(stream, position):
                    found.append(entries)
        return sorted(
            found, key=lambda entries: key_order(recommendation_of(entries[0].stream).key)
        )

    def responses_about(self, reference: str, addressee: str, position: int) -> list[list[Entry]]:
        """Return the streams of the responses to a report that have to explain what an addressee
        got. For one position they are looked for once, however many recommendations it got."""
        last, streams = self._about.get((reference, addressee), (None, []))
        if last == position:
            return streams
        streams = [
            entries
            for body in sorted({addressee, *self.answering(addressee)})
            if (entries := self.stream(response_stream(reference, body), position))
            and addressee in self.asked(reference, body, position)
        ]
        self._about[reference, addressee] = position, streams
        return streams

    def asked(self, reference: str, body: str, position: int) -> set[str]:
        """Return the addressees whose recommendations a body has to explain.

        They are the body itself and the forces that it held to account on the day from which its
        duty counts. The register counts as it was known when the duty first arose. A later change
        of the register moves no duty, not even one that is worked out again for another day.
        """
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
        """Return what states need from other streams, as known at a position."""

        def rule(name: str, version: int) -> RuleAdopted:
            return self.service(position).rules[(name, version)]

        def capture(name: str) -> Entry | None:
            return next(iter(self.stream(capture_stream(name), position)), None)

        return Context(capture, rule, self.service)


def _raised_to(stream: str) -> tuple[str, str]:
    """Return the report and the addressee of a recommendation, by its stream. They are empty for
    another stream."""
    if kind(stream) != "recommendation":
        return "", ""
    one = recommendation_of(stream)
    return one.report, one.addressee


def _upto(entries: list[Entry], position: int) -> list[Entry]:
    """Return the entries up to a position; they are in the order of the log."""
    if not entries or entries[-1].position <= position:
        return entries
    return entries[: bisect_right(entries, position, key=_position)]


_position = attrgetter("position")


def _days(arose: Entry | None) -> tuple[date, date]:
    """Return the first and the last day on which the day can lie from which a duty counts. If
    nothing is known, any day can be it."""
    if arose is None or arose.occurred_on is None:
        return date.min, date.max
    return dates.first_day(arose.occurred_on), dates.last_day(arose.occurred_on)


def _on(entry: Entry, day: date) -> Entry:
    """Return a succession with the day from which it counts."""
    assert isinstance(entry.data, BodySucceeded)
    return replace(entry, data=replace(entry.data, on=day.isoformat()))
