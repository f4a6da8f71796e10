"""One decision: what it reads, each stream once, and the entries that it comes to.

Whatever was read and is not written is guarded by its version, so that the entries are stored only
if nothing that they rest on has moved. Later reads see the entries that were added.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime
from typing import TypeVar

from ledger import dates
from ledger.dates import london_date
from ledger.errors import NotAllowed, NotRecorded, Overtaken, Refused
from ledger.events import (
    AnyEvent,
    Batch,
    BodyRegistered,
    CaptureKept,
    RecommendationRaised,
    ResponseDutyArose,
    RuleAdopted,
    Source,
)
from ledger.events.entry import Entry, captures_cited, new_id
from ledger.events.recommendation import BodyOrName
from ledger.events.response import RESPONSE
from ledger.events.streams import (
    SERVICE,
    RecommendationId,
    capture_stream,
    key_of,
    kind,
    recommendation_of,
    report_of,
    report_stream,
    response_stream,
)
from ledger.events.texts import afresh
from ledger.log.captures import StoredBytes
from ledger.log.numbers import Numbers
from ledger.log.reading import LogReading, Snapshot
from ledger.register import body_named, unknown_body
from ledger.states.duties import worked_out
from ledger.states.effect import Known, in_effect, text_at, text_lies_at
from ledger.states.recommendation import Course
from ledger.states.report import Report, report
from ledger.states.response import Response, response, responses
from ledger.states.service import Account, Service

_Named = TypeVar("_Named", bound=BodyOrName)
_PENDING = 2**52
"""Positions of entries that are not recorded yet start here, after all that are."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """How word of an act came: when it happened as far as known, whose act it is, from where.

    `by` None means: whose act it is by default. `occurred_on` None means: not known.
    """

    occurred_on: str | None = None
    by: str | None = None
    source: Source | None = None
    batch: Batch | None = None


@dataclass
class Decision:
    """The reading and writing of one command by one account."""

    log: LogReading
    account: Account
    now: datetime = field(init=False)
    service: Service = field(init=False)
    entries: list[Entry] = field(default_factory=list)
    captures: dict[str, StoredBytes] = field(default_factory=dict)
    """Bytes to keep, by the id of their CaptureKept entry."""
    searched: dict[Hashable, str] = field(default_factory=dict)
    """The findings of a redaction in captures, whose bytes never change. They are kept while the
    redaction is decided again, so that others who go on recording can't hold it up."""
    not_looked_into: list[str] = field(default_factory=list)
    """Captures of which a redaction cannot say whether they hold the text, by their entries."""
    _streams: dict[str, list[Entry]] = field(default_factory=dict)
    _names: dict[str, dict[str, None]] = field(default_factory=dict)
    """The streams with entries that were read or added, by each prefix of their names."""
    _below: dict[str, int] = field(default_factory=dict)
    numbers: Numbers | None = None
    """The publishers' numbers that were looked for, which nobody else may record meanwhile."""
    _courses: dict[str, Course] = field(default_factory=dict)
    _later: bool = False
    """True if a stream was read after the service's state: it may rest on a newer one."""
    ahead: InitVar[Iterable[str]] = ()
    """Streams that it will want, read with the rest in one round trip. Only what it does read of
    them is guarded."""
    seen: InitVar[Snapshot | None] = None
    """The log as it was read a moment ago, if it was."""

    def __post_init__(self, ahead: Iterable[str], seen: Snapshot | None) -> None:
        look = seen or self.log.look(ahead)
        self.now = look.now
        self._ahead: Mapping[str, Sequence[Entry]] = look.streams
        self._found_below = look.below
        self.service = look.service.on(self.today)

    @property
    def today(self) -> date:
        """The London date, by the database's clock."""
        return london_date(self.now)

    @property
    def head(self) -> int:
        """The last position of the log."""
        return self.log.head()

    def needs_admin(self) -> None:
        """Raise NotAllowed if the account lacks the scope `admin`."""
        if not self.account.may("admin"):
            raise NotAllowed(f"{self.account.name} lacks the scope “admin”, which this needs.")

    # Reading

    def is_behind(self) -> bool:
        """Return whether the service's state moved on before a stream was read that may rest on
        it."""
        return self._later and self.log.service().version != self.service.version

    def stream(self, name: str) -> list[Entry]:
        """Return all entries of a stream, those added here included."""
        if name not in self._streams:
            if (found := self._ahead.get(name)) is None:
                # All streams below a prefix were read, so one that is not among them is empty.
                below = any(prefix in self._below for prefix in _prefixes(name))
                found = () if below else self._read(name)
                self._later |= bool(found)
            # The service's stream alone is written without having been read.
            added = [one for one in self.entries if one.stream == name] if name == SERVICE else []
            self._hold(name, [*found, *added])
        return self._streams[name]

    def course(self, stream: str) -> Course | None:
        """Return the course of a recommendation as it was last kept, here or by the process."""
        return self._courses.get(stream) or self.log.course(stream)

    def keep_course(self, stream: str, course: Course) -> None:
        """Keep the course of a recommendation; for the whole process, if it is of what is
        recorded."""
        self._courses[stream] = course
        if course.last is not None and course.last.position < _PENDING:
            self.log.keep_course(stream, course)

    def _hold(self, name: str, entries: list[Entry]) -> None:
        self._streams[name] = entries
        for prefix in _prefixes(name):
            self._names.setdefault(prefix, {})[name] = None

    def _read(self, name: str) -> Sequence[Entry]:
        """Read a stream; of a capture that is cited, with all others that are."""
        if kind(name) != "capture":
            return self.log.read_stream(name)
        streams = (*self._streams.values(), *self._ahead.values())
        cited = captures_cited(entry for entries in streams for entry in entries)
        self._ahead = {**self._ahead, **self.log.look({name, *cited}).streams}
        return self._ahead[name]

    def _version(self, stream: str) -> int:
        """Return the version of a stream, with the entries added here; 0 if it has none. For the
        service's stream it is the version of the state that this decision used: reading the stream
        now could find a newer entry and ignore it."""
        if stream == SERVICE:
            added = (one.version for one in reversed(self.entries) if one.stream == SERVICE)
            return next(added, self.service.version)
        entries = self.stream(stream)
        return entries[-1].version if entries else 0

    def below(self, prefix: str) -> dict[str, list[Entry]]:
        """Return the entries of every stream below `prefix` (which ends in `/`), by stream."""
        if prefix not in self._below:
            if (found := self._found_below.get(prefix)) is None:
                found = self._found_below[prefix] = self.log.read_below(prefix)
            self._below[prefix] = len(found)
            self._later |= bool(found)
            streams: dict[str, list[Entry]] = {}
            for entry in found:
                streams.setdefault(entry.stream, []).append(entry)
            for name, entries in streams.items():
                if name not in self._streams:
                    self._hold(name, entries)
        names = self._names.get(prefix, ())
        held = ((name, self._streams.get(name)) for name in names)
        return {name: one for name, one in held if one}

    def numbered(self, numbers: Iterable[str]) -> set[str]:
        """Return the streams of the recommendations that have or had one of these numbers of their
        publisher's, those added here included."""
        wanted = frozenset(numbers)
        up_to, before = self.log.head(), self.numbers or Numbers(frozenset(), _PENDING)
        self.numbers = Numbers(wanted | before.numbers, min(up_to, before.up_to))
        drafted = {
            entry.stream
            for entry in self.entries
            if isinstance(entry.data, RecommendationRaised)
            and entry.data.publisher_number in wanted
        }
        return self.log.numbered([*wanted]) | drafted

    def report(self, reference: str) -> Report:
        """Return the report in effect. Raise NotRecorded if none is."""
        if (found := report(self.stream(report_stream(reference)))) is None:
            raise NotRecorded(f"No report “{reference}” is recorded.")
        return found

    def publishes(self, found: Report) -> bool:
        """Return whether the account is of a publisher of a report, or of a body that followed
        one."""
        return self.service.speaks_for(self.account.body, *found.publishers)

    def response(self, reference: str, body: str, duty: str | None = None) -> Response:
        """Return the response that a body owes: to one duty, or with all its acts (None). Raise
        NotRecorded if no duty arose."""
        self.report(reference)
        if (found := response(self.stream(response_stream(reference, body)), duty)) is None:
            raise NotRecorded(
                f"No duty of “{body}” to respond to “{reference}” is recorded; "
                f"record it first, at /api/responses/{reference}/{body}/duties."
            )
        return found

    def duty(self, reference: str, body: str, named: str | None) -> str:
        """Return the name of the duty that an act is about: the one that it names, else the
        response, or the only one.

        Raise NotRecorded if no duty arose. Raise Refused if the named one did not arise, or if it
        cannot be told which is meant.
        """
        self.response(reference, body)
        owed = [one.name for one in responses(self.stream(response_stream(reference, body)))]
        if named is not None:
            if named not in owed:
                raise Refused("duty", f"“{body}” owes {' and '.join(owed)}, and no “{named}”.")
            return named
        if len(owed) == 1:
            return owed[0]
        if RESPONSE in owed:
            return RESPONSE
        raise Refused(
            "duty", f"“{body}” owes {' and '.join(owed)}: say which this is about (duty)."
        )

    def raised(self, to: RecommendationId) -> RecommendationRaised | None:
        """Return what raised a recommendation, or None where it is not in effect."""
        acts = (one.data for one in in_effect(self.stream(to.stream)))
        return next((act for act in acts if isinstance(act, RecommendationRaised)), None)

    def raised_in(
        self, reference: str
    ) -> Iterator[tuple[RecommendationId, Known, RecommendationRaised]]:
        """Yield the recommendations of a report that are in effect, each with the act that raised
        it."""
        for stream, entries in self.below(f"recommendation/{reference}/").items():
            for one in in_effect(entries):
                if isinstance(one.data, RecommendationRaised):
                    yield recommendation_of(stream), one, one.data

    def words(self, one: Known, field: str) -> str | None:
        """Return the words of a text of an entry, as known; None if it has no such text or the
        text was removed."""
        if (text := text_at(one.entry, field)) is None:
            return None
        if text.opening is not None:
            return text.opening.body
        place = text_lies_at(one, field)
        found = self.log.openings([place[0]]).get(place)
        return found.body if found else None

    def rule_of(self, duty: ResponseDutyArose) -> RuleAdopted:
        """Return the rule of a duty, in the version that it arose under. Overtaken where that was
        adopted since the service's state was read."""
        if (found := self.service.rules.get((duty.rule.id, duty.rule.version))) is None:
            raise Overtaken(
                f"The rule {duty.rule.id} was adopted just now. Send the same once more."
            )
        return found

    def body(self, body: str) -> BodyRegistered:
        """Return a body of the register. Raise Refused if it is not in it."""
        if (found := self.service.bodies.get(body)) is None:
            raise unknown_body(body, self.service.bodies)
        return found

    def body_named(self, one: _Named) -> _Named:
        """Return a body by its id if its id or name is that of one body of the register, else the
        name as it was given."""
        if one.body is not None:
            self.body(one.body)
        opened = one.name and one.name.opening
        found = body_named(opened.body, self.service.bodies) if opened else None
        return type(one)(body=found) if found else one

    def capture(self, capture: str) -> Entry | None:
        """Return the entry by which a capture was kept, or None if none such is."""
        kept = self.stream(capture_stream(capture))
        return next((entry for entry in kept if isinstance(entry.data, CaptureKept)), None)

    def captured_on(self, capture: str) -> date | None:
        """Return the London date on which a capture was received, or None if none such is kept."""
        kept = self.capture(capture)
        return None if kept is None else london_date(kept.instant)

    # Writing

    def add(
        self,
        stream: str,
        data: AnyEvent,
        notice: Notice,
        *,
        by: str | None,
        entry_id: str | None = None,
        lifts: str | None = None,
    ) -> Entry:
        """Add an entry, under a fresh id if none was made; `by` is whose act it is by default.

        `lifts`: the body whose duty it lifts or extends. From any other that is a report of what
        was decided, whosever act it is said to be.
        """
        occurred_on = notice.occurred_on if data.DATED else None
        whose = notice.by or (by and self.in_office(by, occurred_on, stream))
        if whose is not None:
            self.body(whose)
            self._holds_the_matter(whose, by, stream)
        own = self.account.body
        first_hand = whose in (own, None)
        if own is not None and (
            whose == own or (notice.by is None and self._passed_on(own, whose))
        ):
            self._holds_its_office(own)
        if lifts is not None and own not in self.holders(lifts, stream):
            first_hand = False
        if not first_hand and not has_word(notice.source):
            what = f"This is an act of {self._name(whose)}"
            if lifts is not None:
                what = f"This lifts or extends what binds {self._name(lifts)}"
            raise Refused(
                "source-required",
                f"{what}, and {self._name(self.account.body)} "
                "records it: say where word of it came from (source: url, capture or note)."
                + self._or_its_own(whose),
            )
        self.not_in_the_future(occurred_on)
        if whose is not None and not isinstance(data, ResponseDutyArose):
            self.in_its_term(whose, occurred_on, "This is said to be an act of")
        if notice.source and notice.source.capture:
            self.shown_by(notice.source.capture, occurred_on)
        entry = Entry(
            id=entry_id or new_id(),
            stream=stream,
            version=self._version(stream) + 1,
            occurred_on=occurred_on,
            by=whose,
            recorded_by=self.account.name,
            provenance="first_hand" if first_hand else "reported",
            source=afresh(notice.source),
            batch=notice.batch,
            data=afresh(data),
            position=_PENDING + len(self.entries),
            recorded_at=self.now,
        )
        self.entries.append(entry)
        if stream in self._streams:
            self._streams[stream].append(entry)
        return entry

    def drop(self, entry: Entry) -> None:
        """Take back an entry on which nothing rests."""
        if self.entries[-1] is entry:
            self.entries.pop()
        else:
            self.entries.remove(entry)
        self.captures.pop(entry.id, None)
        if (entries := self._streams.get(entry.stream)) is not None:
            entries.remove(entry)
            if not entries:
                del self._streams[entry.stream]

    def guards(self) -> dict[str, int]:
        """Return the versions of the streams that were read and are not written."""
        written = {entry.stream for entry in self.entries}
        guards = {
            name: (entries[-1].version if entries else 0)
            for name, entries in self._streams.items()
            if name not in written
        }
        # A prefix counts what was there before this decision, its own entries not among them.
        guards |= self._below
        if SERVICE not in written:
            guards[SERVICE] = self.service.version
        return guards

    def latest_occurred(self) -> date | None:
        """Return the latest first day of what is added: none may lie after the day of
        recording."""
        days = [dates.first_day(e.occurred_on) for e in self.entries if e.occurred_on]
        return max(days, default=None)

    def act_of(self, notice: Notice, *bodies: str) -> None:
        """Refuse an act that is said to be of another body than these or their successors."""
        if notice.by is None or self.service.speaks_for(notice.by, *bodies):
            return
        self.body(notice.by)
        raise Refused(
            "whose-act",
            f"This is an act of {' or '.join(map(self._name, dict.fromkeys(bodies)))}, not of "
            f"{self._name(notice.by)}: leave `by` out, and where it is another's act than of the "
            "body that records it, say where word of it came from (source).",
        )

    def in_office(self, body: str, occurred_on: str | None, stream: str = "") -> str:
        """Return whose act it is by default: of a body, or of who followed it by the day of the
        act, as far as the matter of the stream goes."""
        if occurred_on is None or body not in self.service.successions:
            return body
        day = dates.first_day(occurred_on)
        line = self.service.line(body, self._concerned(body, stream))
        return [one for one, since in line if since <= day][-1]

    def holders(self, body: str, stream: str) -> list[str]:
        """Return a body and those that followed it by today in the matter of a stream."""
        if not self.service.is_divided(body):
            return self.service.followers(body)
        line = self.service.line(body, self._concerned(body, stream))
        return [one for one, since in line if since <= self.today]

    def _concerned(self, body: str, stream: str) -> set[str]:
        """Return the bodies to which a report addresses what a response to it has to explain; none
        where no body is divided, or the stream is no response's."""
        reference = report_of(stream)
        if reference is None or kind(stream) != "response" or not self.service.is_divided(body):
            return set()
        arose = next(
            (one for one in self.stream(stream) if isinstance(one.data, ResponseDutyArose)), None
        )
        said = arose and arose.occurred_on
        days = (dates.first_day(said), dates.last_day(said)) if said else (date.min, date.max)
        asked = {body, *self.service.forces_of(body, days)}
        return asked & {to.addressee for to, *_ in self.raised_in(reference)}

    def _holds_the_matter(self, whose: str, body: str | None, stream: str) -> None:
        """Refuse an act of a successor of a divided body in a matter that passed to another."""
        if body is None or whose == body or not self.service.is_divided(body):
            return
        line = self.holders(body, stream)
        if whose in line or whose not in self.service.followers(body):
            return
        if whose not in self.service.followers(line[-1]):
            raise Refused(
                "whose-act",
                f"{self._name(whose)} follows {self._name(body)} too, but this concerns forces of "
                f"{self._name(line[-1])}, which follows it here: say by={line[-1]}.",
            )

    def _passed_on(self, body: str, whose: str | None) -> bool:
        """Return whether the act is another body's only because this body succeeded that one."""
        return whose is not None and body in self.service.with_predecessors([whose])

    def _holds_its_office(self, body: str) -> None:
        """Refuse an act of a body outside its term."""
        term, name = self.service.term(body), self._name(body)
        if term.is_after(self.today):
            raise Refused(
                "office-ended",
                f"The term of {name} ended on {dates.in_words(term.ends)}, so its accounts record "
                f"nothing of their own any more. {self._follows(body)}",
            )
        if term.is_before(self.today):
            raise Refused(
                "office-not-begun",
                f"The term of {name} begins on {dates.in_words(term.begins)}: until then it does "
                f"nothing of its own. {self._held_by(body, self.today, 'Until then it is')}",
            )

    def in_its_term(self, body: str, occurred_on: str | None, what: str) -> None:
        """Refuse a day of which every reading lies outside a body's term, and name who held the
        office then, if the register knows."""
        if occurred_on is None:
            return
        term, when = self.service.term(body), dates.in_words(occurred_on)
        if term.is_before(last := dates.last_day(occurred_on)):
            raise Refused(
                "outside-its-term",
                f"{what} {self._name(body)}, whose term began on {dates.in_words(term.begins)}, "
                f"after {when}. {self._held_by(body, last, 'The office was then')}",
            )
        if term.is_after(first := dates.first_day(occurred_on)):
            raise Refused(
                "outside-its-term",
                f"{what} {self._name(body)}, whose term ended on {dates.in_words(term.ends)}, "
                f"before {when}. {self._held_by(body, first, 'The office was then')}",
            )

    def _held_by(self, body: str, day: date, what: str) -> str:
        held = self.service.who_held(body, day)
        if not held:
            return "The register does not say who held the office then."
        named = " and ".join(f"{one.name} (`{one.id}`)" for one in held)
        return f"{what} that of {named}."

    def _follows(self, body: str) -> str:
        several = self.service.successions.get(body, ())
        if not several:
            return "The register names nobody who follows it."
        named = " and ".join(f"{self._name(one.successor)} (`{one.successor}`)" for one in several)
        since = dates.in_words(several[0].on)
        if len(several) == 1:
            return f"{named} follows it since {since}: an account of that body records it."
        return f"{named} follow it since {since}: an account of one of them records it."

    def not_in_the_future(self, occurred_on: str | None) -> None:
        """Refuse a day that has not come."""
        if occurred_on is not None and dates.first_day(occurred_on) > self.today:
            raise Refused(
                "not-in-the-future",
                f"{dates.in_words(occurred_on)} has not come yet: today is "
                f"{dates.in_words(self.today)} in London.",
            )

    def shown_by(self, capture: str, occurred_on: str | None) -> None:
        """Refuse to cite a capture that is not kept, or that was received before what it is to
        show."""
        if (kept := self.capture(capture)) is None or not self._may_cite(kept):
            raise Refused("unknown-capture", f"No capture “{capture}” is kept.")
        received = london_date(kept.instant)
        if occurred_on is not None and dates.first_day(occurred_on) > received:
            raise Refused(
                "not-after-the-capture",
                f"The capture was received on {dates.in_words(received)}, so it does not show what "
                f"happened on {dates.in_words(occurred_on)}.",
            )

    def _may_cite(self, kept: Entry) -> bool:
        """Return whether the account may read the capture that it cites: one that is open to
        everybody, or of an office that its body is concerned with."""
        assert isinstance(kept.data, CaptureKept)
        account, whose = self.account, kept.recorded_by.partition("/")[0]
        if kept.data.audience == "public" or account.may("admin") or account.body is None:
            return True
        return account.name == kept.recorded_by or self.service.concerns(account.body, whose)

    def _name(self, body: str | None) -> str:
        return "an account of no body" if body is None else self.service.name(body)

    def _or_its_own(self, whose: str | None) -> str:
        """Return a hint for a successor that may have meant an act of its own about its
        predecessor's duty.

        Nothing is taken for granted: it may also enter what the other did in its day.
        """
        own = self.account.body
        if own is None or whose is None or own not in self.service.followers(whose):
            return ""
        return f" An act of {self._name(own)} itself, which followed it: say by={own}."


def _prefixes(name: str) -> list[str]:
    """Return the prefixes of a stream's name: `report/`, then longer ones."""
    return [name[: at + 1] for at, letter in enumerate(name) if letter == "/"]


def key_named(number: str) -> str:
    """Return the key of a recommendation's number. Raise Refused if it is not a number."""
    try:
        return key_of(number)
    except ValueError as error:
        raise Refused("number", str(error)) from None


def recommendation_named(report: str, number: str, addressee: str) -> RecommendationId:
    """Return the identity of a recommendation. Raise Refused if its number is not one."""
    return RecommendationId(report, key_named(number), addressee)


def after_report(found: Report, occurred_on: str | None) -> None:
    """Refuse an act about a report that is said to precede its publication."""
    if occurred_on is not None:
        _not_before(found, occurred_on)


def target_after_report(found: Report, on: str) -> None:
    """Refuse a target before the publication of the report that sets it."""
    _not_before(found, on, "A target of ")


def must_give(words: str, counted_from: str | None, on: str) -> None:
    """Refuse the day of a target if its words do not give it, counted from the day of the
    recommendation."""
    found = worked_out(words, counted_from)
    if found.on == on:
        return
    raise Refused(
        "worked-out",
        f"{found.why} So {dates.in_words(on)} is not worked out from them: "
        + (
            f"confirm {found.on}, or leave worked_out out where the report itself states the day."
            if found.on
            else "leave worked_out out, with the day if the report itself states it, or with the "
            "words alone."
        ),
    )


def _not_before(found: Report, day: str, what: str = "") -> None:
    if found.day is not None and dates.last_day(day) < found.day:
        raise Refused(
            "not-before-the-report",
            f"{what}{dates.in_words(day)} is before the report was published, on "
            f"{dates.in_words(found.published_on)}.",
        )


def has_word(source: Source | None) -> bool:
    """Return whether a source says anything."""
    return source is not None and bool(source.url or source.capture or source.note)
