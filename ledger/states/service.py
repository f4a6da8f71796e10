"""The state of the service stream: accounts and scopes, the register, the rules, the keys. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import partial
from itertools import pairwise
from operator import attrgetter
from typing import Any

from ledger import dates
from ledger.dates import london_date
from ledger.events import (
    AccountClosed,
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ClockWasWrong,
    EntryCorrected,
    EntryRetracted,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    KnowledgeEvent,
    ListCompared,
    RecordKeptHere,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
)
from ledger.events.entry import Entry
from ledger.events.service import SCOPES, HeldForce
from ledger.events.texts import Language
from ledger.states import keys
from ledger.states.effect import in_effect
from ledger.states.keys import Keys


@dataclass(frozen=True, slots=True)
class Account:
    """A role account: who records. `body` is None for the service's own accounts."""

    name: str
    body: str | None
    scopes: frozenset[str] = frozenset()
    since: Mapping[str, int] = field(default_factory=dict, compare=False)
    """For each scope of the account, the position of the entry since which it has held the scope
    without a break. A scope that was taken and granted anew is another one."""

    def may(self, scope: str) -> bool:
        """Return whether it has a scope; `admin` may do everything."""
        return scope in self.scopes or "admin" in self.scopes

    def by_token(self, scopes: Iterable[str], made_at: int) -> "Account":
        """Return the account as a token speaks for it that was made with these scopes, when the
        log ended at a position. They are at most the account's own: as they were then, and are
        still."""
        held = (one for one in scopes if self.may(one) and self.since.get(one, 0) <= made_at)
        return replace(self, scopes=frozenset(held))


SETUP = Account("service/setup", None, frozenset({"admin"}))
"""The account by which the service records what it sets up itself."""
SEED = "service/seed"
"""The account whose name marks a log as synthetic. It is opened before anything made up is
recorded, in a log without reports. No other act opens an account of this name."""
OF_COMMANDS = frozenset({SETUP.name, SEED})
"""The accounts that only commands record as: no token or session speaks for them."""


@dataclass(frozen=True, slots=True)
class Succession:
    """The succession of one body by another from a day on, which may lie ahead."""

    successor: str
    on: date
    entry: str
    """The entry that says so."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """A body's own statement that it keeps its record here: its responses to reports published
    from a day on are all recorded here."""

    entry: str
    """The entry that says so."""
    since: str
    until: str | None
    """The last day on which it does; None: no end is said."""


@dataclass(frozen=True, slots=True)
class Term:
    """The days of a body, both included; None: none is said."""

    begins: date | None = None
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether the body is there on a day."""
        return not self.is_before(day) and not self.is_after(day)

    def is_before(self, day: date) -> bool:
        """Return whether a day lies before the term."""
        return self.begins is not None and day < self.begins

    def is_after(self, day: date) -> bool:
        """Return whether a day lies after the term."""
        return self.ends is not None and day > self.ends


CHIEF_CONSTABLES = "all-chief-constables"
LOCAL_POLICING_BODIES = "all-local-policing-bodies"
FIRE_AUTHORITIES = "all-fire-authorities"
WELSH_CHIEF_CONSTABLES = "all-welsh-chief-constables"
WELSH_LOCAL_POLICING_BODIES = "all-welsh-local-policing-bodies"
GROUPS = (
    CHIEF_CONSTABLES,
    LOCAL_POLICING_BODIES,
    FIRE_AUTHORITIES,
    WELSH_CHIEF_CONSTABLES,
    WELSH_LOCAL_POLICING_BODIES,
)
"""Groups to whom a recommendation may be addressed at once: each member is one addressee."""
WELSH_AREAS = frozenset({"dyfed-powys", "gwent", "north-wales", "south-wales"})
"""The police areas of Wales (Police Act 1996, Schedule 1)."""


_DAYS = 16
"""Days for which a register is kept as it stands on them."""


@dataclass(frozen=True, slots=True)
class Service:
    """The state of the service stream up to `version`. If `on` asked for a day, it is the state on
    that `day`; else every succession counts, those ahead too."""

    version: int = 0
    accounts: Mapping[str, Account] = field(default_factory=dict)
    bodies: Mapping[str, BodyRegistered] = field(default_factory=dict)
    rules: Mapping[tuple[str, int], RuleAdopted] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    closed: frozenset[str] = frozenset()
    """Names of accounts that were closed: they are never opened again."""
    successions: Mapping[str, tuple[Succession, ...]] = field(default_factory=dict)
    """By body that ends, who follows it and from when, those ahead included. Several follow a body
    that is divided."""
    successors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By body that ended, those that follow it."""
    day: date | None = None
    keepings: Mapping[str, tuple[Keeping, ...]] = field(default_factory=dict)
    """By body, what it said of keeping its record here, the newest last."""
    said: tuple[Entry, ...] = ()
    """The entries that say who follows whom, and which bodies keep their record here, and those
    that correct or retract them."""
    corrected: bool = False
    """True if one of these corrects or retracts another."""
    _on: dict[date, "Service"] = field(default_factory=dict, init=False, repr=False, compare=False)
    """It on the days that were asked about lately."""
    _in: dict[Language, "Service"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """It with the names of another language than English, once asked for."""
    _holders: dict[str, list[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By force, the bodies that ever held it to account; empty until they are first asked for."""

    def on(self, day: date) -> "Service":
        """Return the register as it stands on a day: by the names of that day, and with the
        successions that had come by then."""
        if (found := self._on.get(day)) is None:
            if len(self._on) >= _DAYS:
                self._on.clear()
            found = self._on[day] = self._as_on(day)
        return found

    def _as_on(self, day: date) -> "Service":
        successors = _successors(self.successions, day)
        renamed = {one.id: _named(one, day) for one in self.bodies.values() if one.former_names}
        bodies = {**self.bodies, **renamed} if renamed else self.bodies
        return replace(self, day=day, successors=successors, bodies=bodies)

    def in_language(self, lang: Language) -> "Service":
        """Return the register with the bodies by their names in a language, where it has them."""
        if lang == "en":
            return self
        if lang not in self._in:
            named = (
                (one.id, replace(one, name=one.name_in(lang)) if one.names else one)
                for one in self.bodies.values()
            )
            self._in[lang] = replace(self, bodies=dict(named))
        return self._in[lang]

    def name(self, body: str) -> str:
        """Return a body's name; its id, where it is not in the register."""
        return self.bodies[body].name if body in self.bodies else body

    def term(self, body: str) -> Term:
        """Return the term of a body, as the register has it. The day before a successor takes over
        is its last, however long it was to last."""
        registered = self.bodies.get(body)
        begins = registered and registered.begins
        ends = [registered.ends] if registered and registered.ends else []
        last = [date.fromisoformat(day) for day in ends]
        last += [dates.day_before(after.on) for after in self.successions.get(body, ())]
        return Term(date.fromisoformat(begins) if begins else None, min(last, default=None))

    def in_their_terms(self) -> set[str]:
        """Return the bodies that are there on the register's day; without one, at the end."""
        day = self.day or date.max
        return {one for one in self.bodies if self.term(one).holds(day)}

    def kept_here(self, body: str, day: str) -> Keeping | None:
        """Return a body's last statement on keeping its record here, for reports published on a
        day."""
        said = self.keepings.get(body, ())
        return next((one for one in reversed(said) if one.since <= day), None)

    def forces_of(self, body: str, between: tuple[date, date] | None = None) -> list[str]:
        """Return the forces that a body holds to account on a day between two, or on the
        register's own; ever, where it has none."""
        registered = self.bodies.get(body)
        if between is None and self.day is not None:
            between = self.day, self.day
        held = registered.holds if registered else ()
        return list(dict.fromkeys(one.body for one in held if _overlaps(one, between)))

    def members(self, group: str) -> list[str]:
        """Return the bodies of a group that are there on the register's day.

        Chief constables stand for the forces that a local policing body holds to account.
        """
        kind = "fire_authority" if group == FIRE_AUTHORITIES else "local_policing_body"
        welsh = group in (WELSH_CHIEF_CONSTABLES, WELSH_LOCAL_POLICING_BODIES)
        offices = [
            one.id
            for one in self.bodies.values()
            if one.kind == kind
            and (not welsh or one.area in WELSH_AREAS)
            and (self.day is None or self.term(one.id).holds(self.day))
        ]
        if group not in (CHIEF_CONSTABLES, WELSH_CHIEF_CONSTABLES):
            return offices
        return list(dict.fromkeys(force for one in offices for force in self.forces_of(one)))

    def caller(self, name: str) -> Account | None:
        """Return the open account that a token or session may speak for by this name."""
        return None if name in OF_COMMANDS else self.accounts.get(name)

    @property
    def synthetic(self) -> bool:
        """Return whether the log is made up. A log that is made up stays so."""
        return SEED in self.accounts or SEED in self.closed

    def responders_for(self, force: str) -> list[BodyRegistered]:
        """Return the local policing bodies that hold a force to account, and are there."""
        return [
            self.bodies[one]
            for one in self._holders_of(force)
            if force in self.forces_of(one) and (self.day is None or self.term(one).holds(self.day))
        ]

    def _holders_of(self, force: str) -> Sequence[str]:
        """Return the bodies that ever held a force to account."""
        if not self._holders:
            found: dict[str, list[str]] = {}
            for one in self.bodies.values():
                for force_held in dict.fromkeys(held.body for held in one.holds):
                    found.setdefault(force_held, []).append(one.id)
            self._holders.update(found)  # at once: other threads see none of them, or all
        return self._holders.get(force, ())

    def who_held(self, body: str, day: date) -> list[BodyRegistered]:
        """Return the bodies that held the office of a body on a day outside its term: its
        predecessors and successors, and other bodies of its kind for its area or force."""
        kin = self._before(body) | set(self.followers_ever(body)) - {body}
        own = self.bodies[body]
        forces = {one.body for one in own.holds}
        near = [
            one.id
            for one in self.bodies.values()
            if one.kind == own.kind
            and (one.begins or one.ends or one.id in self.successions)
            and (one.area == own.area is not None or forces & {held.body for held in one.holds})
        ]
        return [
            self.bodies[one]
            for one in dict.fromkeys([*sorted(kin), *near])
            if one != body and one in self.bodies and self.term(one).holds(day)
        ]

    def _before(self, body: str) -> set[str]:
        """Return all present and future predecessors of a body."""
        found: set[str] = set()
        more = {body}
        while more:
            found |= more
            more = {
                one
                for one, several in self.successions.items()
                if any(after.successor in more for after in several)
            } - found
        return found - {body}

    def followers_ever(self, body: str) -> list[str]:
        """Return a body, and all that follow it, now or later."""
        return _closure(
            body, lambda one: [after.successor for after in self.successions.get(one, ())]
        )

    def is_divided(self, body: str) -> bool:
        """Return whether a body, or one that follows it, is followed by several at once."""
        return any(len(self.successions.get(one, ())) > 1 for one in self.followers_ever(body))

    def heir(self, body: str, concerned: Collection[str] = ()) -> Succession | None:
        """Return the succession by which a matter of a body passes on; None where it passes to
        nobody.

        A matter of a body that one other follows passes to that one. A matter of a body that is
        divided passes to the one that holds every force that the matter concerns. It stays with
        the former body where there is no such successor, or no force that it concerns.
        """
        several = self.successions.get(body, ())
        if len(several) < 2:
            return several[0] if several else None
        holding = [
            one
            for one in several
            if concerned and set(concerned) <= set(self.forces_of(one.successor, (one.on, one.on)))
        ]
        return holding[0] if len(holding) == 1 else None

    def line(self, body: str, concerned: Collection[str] = ()) -> list[tuple[str, date]]:
        """Return who holds a matter of a body, one after the other, now or later, each with its
        first day. `concerned`: the bodies that the matter concerns."""
        found = [(body, date.min)]
        while after := self.heir(found[-1][0], concerned):
            if after.successor in dict(found):
                break
            found.append((after.successor, max(found[-1][1], after.on)))
        return found

    def lines(self, body: str) -> list[list[tuple[str, date]]]:
        """Return every line of holders that a matter of a body can have."""
        found: list[list[tuple[str, date]]] = []
        more = [[(body, date.min)]]
        while more:
            line = more.pop()
            last, since = line[-1]
            several = self.successions.get(last, ())
            further = [
                [*line, (one.successor, max(since, one.on))]
                for one in several
                if one.successor not in dict(line)
            ]
            if len(several) != 1 or not further:
                found.append(line)
            more += further
        return sorted(found)

    def with_predecessors(self, bodies: Iterable[str]) -> set[str]:
        """Return these bodies, and all that they follow, however far back."""
        found: set[str] = set()
        more = set(bodies)
        while more:
            found |= more
            more = {
                one for one, several in self.successors.items() if not more.isdisjoint(several)
            } - found
        return found

    def followers(self, body: str) -> list[str]:
        """Return a body, and those that followed it."""
        return _closure(body, lambda one: self.successors.get(one, ()))

    def office(self, body: str) -> str:
        """Return the body that holds the office of one on the register's day; where that was
        divided, the last that held it whole."""
        return [one for one, since in self.line(body) if not self.day or since <= self.day][-1]

    def office_ended_on(self, line: Sequence[str]) -> date | None:
        """Return the last day of an office, if it is over on the register's day and nobody has
        followed by then; None where somebody holds it. `line`: its holders, one after the other.

        A divided body that ends its line is over on the day on which others follow it.
        """
        if self.day is None:
            return None
        there = [one for one, after in pairwise(line) if after not in self.successors.get(one, ())]
        last = there[0] if there else line[-1]
        if last in self.successors:
            day = self.term(last).ends
        else:
            registered = self.bodies.get(last)
            ends = registered and registered.ends
            day = date.fromisoformat(ends) if ends else None
        return day if day is not None and day < self.day else None

    def speaks_for(self, body: str | None, *others: str | None) -> bool:
        """Return whether a body is one of the given bodies or has succeeded one of them and holds
        its papers."""
        return body is not None and any(
            body in self.followers(other) for other in others if other is not None
        )

    def concerns(self, body: str, other: str) -> bool:
        """Return whether two bodies are the same, or one holds the other to account or scrutinises
        it.

        A body that followed another has taken on what that one owed and was asked.
        """
        return any(
            self._deals_with(one, two)
            for one in self.with_predecessors([body])
            for two in self.followers(other)
        )

    def answers_for(self, body: str, addressee: str) -> bool:
        """Return whether a body may answer for an addressee: it is the addressee, holds it to
        account, or has succeeded a body that did."""
        owners = {addressee, *(one.id for one in self.responders_for(addressee))}
        return self.speaks_for(body, *owners)

    def _deals_with(self, body: str, other: str) -> bool:
        if body == other:
            return True
        for one, two in ((body, other), (other, body)):
            found = self.bodies.get(one)
            if found and (two == found.panel or two in self.forces_until(one)):
                return True
        forces_of_panel = {
            force
            for b in self.bodies.values()
            if b.panel == body
            for force in self.forces_until(b.id)
        }
        return other in forces_of_panel

    def forces_until(self, body: str) -> list[str]:
        """Return the forces of a body on the day asked about; of one that ended, on its last
        day."""
        ends = self.term(body).ends
        if self.day is None or ends is None or self.day <= ends:
            return self.forces_of(body)
        return self.forces_of(body, (ends, ends))


def _overlaps(one: HeldForce, between: tuple[date, date] | None) -> bool:
    if between is None:
        return True
    first, last = (day.isoformat() for day in between)
    return (one.begins or first) <= last and first <= (one.ends or last)


def _named(body: BodyRegistered, day: date) -> BodyRegistered:
    """Return a body by the name that it had on a day."""
    names = [one.name for one in body.former_names or () if day.isoformat() <= one.ends]
    return replace(body, name=names[0]) if names else body


def _with(account: Account, scopes: frozenset[str], position: int) -> Account:
    """Return an account with other scopes, by an entry at a position."""
    changed = replace(account, scopes=scopes)
    since = {one: account.since.get(one, position) for one in SCOPES if changed.may(one)}
    return replace(changed, since=since)


def evolve(service: Service, entry: Entry) -> Service:
    """Return the state after one more entry of the stream."""
    event, now = entry.data, partial(replace, service, version=entry.version)
    match event:
        case AccountOpened():
            account = Account(event.account, event.body)
            return now(accounts={**service.accounts, event.account: account})
        case ScopeGranted():
            account = service.accounts[event.account]
            account = _with(account, account.scopes | {event.scope}, entry.position)
            return now(accounts={**service.accounts, event.account: account})
        case ScopeRevoked():
            account = service.accounts[event.account]
            account = _with(account, account.scopes - {event.scope}, entry.position)
            return now(accounts={**service.accounts, event.account: account})
        case AccountClosed():
            left = {name: one for name, one in service.accounts.items() if name != event.account}
            return now(accounts=left, closed=service.closed | {event.account})
        case BodyChanged():
            there = changed(service.bodies[event.id], event)
            return now(bodies={**service.bodies, event.id: there})
        case BodySucceeded() | RecordKeptHere() | EntryCorrected() | EntryRetracted():
            return now(**_followed(service, entry))
        case BodyRegistered():
            return now(bodies={**service.bodies, event.id: event})
        case RuleAdopted():
            return now(rules={**service.rules, (event.id, event.version): event})
        case KeyAdded() | KeyRetired() | KeyCompromised() | SealingResumed():
            return now(keys=keys.evolve(service.keys, event, entry.position))
        case ListCompared() | ClockWasWrong():
            return now()
        case _ if isinstance(event, KnowledgeEvent):
            return now()  # it changes how an entry reads, never what is registered
        case _:
            raise ValueError(f"{event.TOPIC} does not belong in the service stream")


def _followed(service: Service, entry: Entry) -> dict[str, Any]:
    """Return the successions and the keepings after one more entry that adds one or changes
    one."""
    said = tuple(sorted((*service.said, entry), key=attrgetter("position")))
    corrected = service.corrected or isinstance(entry.data, EntryCorrected | EntryRetracted)
    found: dict[str, tuple[Succession, ...]] = {}
    kept: dict[str, tuple[Keeping, ...]] = {}
    successors: dict[str, tuple[str, ...]] = {}
    if corrected or said[-1] is not entry:
        more = [one.entry for one in in_effect(said)]
    else:  # as almost always: it adds to what there is
        found, kept = dict(service.successions), dict(service.keepings)
        successors, more = dict(service.successors), [entry]
    for one in more:
        if isinstance(one.data, BodySucceeded):
            follows = Succession(one.data.successor, succeeds_on(one), one.id)
            several = found[one.data.id] = (*found.get(one.data.id, ()), follows)
            successors[one.data.id] = tuple(after.successor for after in several)
        elif isinstance(one.data, RecordKeptHere):
            data = one.data
            kept[data.body] = (*kept.get(data.body, ()), Keeping(one.id, data.since, data.until))
    return {
        "said": said,
        "corrected": corrected,
        "successions": found,
        "successors": successors,
        "keepings": kept,
    }


def _successors(
    successions: Mapping[str, tuple[Succession, ...]], day: date
) -> dict[str, tuple[str, ...]]:
    """Return those that follow each body by a day."""
    came = {
        one: tuple(after.successor for after in several if after.on <= day)
        for one, several in successions.items()
    }
    return {one: several for one, several in came.items() if several}


def _closure(body: str, followed: Callable[[str], Iterable[str]]) -> list[str]:
    """Return a body and all that follow it, the nearest first."""
    found = [body]
    for one in found:  # which grows meanwhile
        found += [after for after in followed(one) if after not in found]
    return found


def succeeds_on(entry: Entry) -> date:
    """Return the first day of the one that follows: as it is said, or the last on which it can
    have happened."""
    assert isinstance(entry.data, BodySucceeded)
    if entry.data.on is not None:
        return date.fromisoformat(entry.data.on)
    recorded = london_date(entry.instant)
    return min(dates.last_day(entry.occurred_on), recorded) if entry.occurred_on else recorded


def changed(body: BodyRegistered, event: BodyChanged) -> BodyRegistered:
    """Return a body as it is registered after a change: what the change leaves out stays."""
    given: dict[str, Any] = {each.name: getattr(event, each.name) for each in fields(event)}
    told = {name: value for name, value in given.items() if value is not None}
    if event.holds:  # said anew, in the one form or the other
        told = {"force": None, "forces": None} | told
    return replace(body, **told)


def fold(service: Service | None, entries: Iterable[Entry]) -> Service | None:
    """Return the state after further entries; None without entries, as the library's folds do."""
    for entry in entries:
        service = evolve(service or Service(), entry)
    return service
