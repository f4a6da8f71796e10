"""The register of bodies, the rules and the keys of the log, as answers."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, convert, field
from msgspec.structs import asdict

from ledger.events import RuleAdopted
from ledger.events.entry import to_plain
from ledger.events.response import Part
from ledger.events.service import BodyKind, Period, Trigger
from ledger.states.service import Service, Succession
from projections import offices
from projections.answers.parts import Paged
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Day, EntryId, Moment, PartialDay, Position, Sha256


class KeptHere(Answer, frozen=True, kw_only=True):
    """A body's statement that it keeps its record here."""

    from_: Annotated[
        Day, Meta(description="Responses to reports published from this day on are all here.")
    ] = field(name="from")
    until: Day | None
    entry: EntryId


class Tie(Answer, frozen=True, kw_only=True):
    """A body that follows another, or is followed by it."""

    body: BodyId
    body_name: str
    on: Annotated[Day, Meta(description="From which day; it may lie ahead.")]
    entry: EntryId


FollowedBy = Annotated[
    Tie | None, Meta(description="The one that follows it; null where none does, or several do.")
]
Successors = Annotated[
    list[Tie], Meta(description="All that follow it: several where it is divided.")
]


class Ties(Answer, frozen=True, kw_only=True):
    """The bodies that a body follows and that follow it, the end of its office, and its statement
    that it keeps its record here."""

    office_ended_on: Day | None
    follows: list[Tie]
    followed_by: FollowedBy
    successors: Successors
    record_kept_here: KeptHere | None


class ForceHeld(Answer, frozen=True, kw_only=True):
    """A force that a body holds to account, and when."""

    body: BodyId
    begins: PartialDay | UnsetType = UNSET
    ends: PartialDay | UnsetType = UNSET


class NameBefore(Answer, frozen=True, kw_only=True):
    """A former name of a body."""

    name: str
    ends: PartialDay


class NamesBeside(Answer, frozen=True, kw_only=True):
    """The names of a body in other languages than English."""

    cy: Annotated[str, Meta(description="Its name in Welsh.")]


class RegisteredBody(Answer, frozen=True, kw_only=True):
    """A body of the register. A field that was not given is left out."""

    id: BodyId
    name: str
    kind: BodyKind
    area: str | UnsetType = UNSET
    force: BodyId | UnsetType = UNSET
    panel: BodyId | UnsetType = UNSET
    closes_by: list[str]
    websites: list[str] | UnsetType = UNSET
    forces: list[ForceHeld] | UnsetType = UNSET
    begins: PartialDay | UnsetType = UNSET
    ends: PartialDay | UnsetType = UNSET
    former_names: list[NameBefore] | UnsetType = UNSET
    citation: str | UnsetType = UNSET
    read: bool | UnsetType = UNSET
    names: NamesBeside | UnsetType = UNSET


class BodyListed(RegisteredBody, frozen=True, kw_only=True):
    """A body of the register, with the bodies before and after it."""

    office_ended_on: Day | None
    follows: list[Tie]
    followed_by: FollowedBy
    successors: Successors
    record_kept_here: KeptHere | None


class BodiesList(Paged, frozen=True, kw_only=True):
    """The register of bodies: all of it, or a page if `limit` is given."""

    items: list[BodyListed]


class BodyByKind(Answer, frozen=True, kw_only=True):
    """A body as pages list it under its kind."""

    id: BodyId
    name: str
    kind: BodyKind
    in_office: Annotated[bool, Meta(description="Whether the day asked about is in its term.")]


class AdoptedRule(Answer, frozen=True, kw_only=True):
    """A rule in one version. A field that it does not use is left out."""

    id: str
    version: int
    title: str
    citation: str
    text: str
    bodies: list[str]
    reports: list[str]
    match: Literal["both", "either"]
    applies_from: str | UnsetType = UNSET
    applies_until: str | UnsetType = UNSET
    period_days: int | UnsetType = UNSET
    extension: bool
    publishers: list[str] | UnsetType = UNSET
    trigger: Trigger | UnsetType = UNSET
    period: Period | UnsetType = UNSET
    first_day: Literal["counted", "not_counted"] | UnsetType = UNSET
    per_recommendation: bool | UnsetType = UNSET
    parts: list[Part] | UnsetType = UNSET
    reply_to: str | UnsetType = UNSET
    read: bool | UnsetType = UNSET
    asks: str | UnsetType = UNSET
    asks_of: list[str] | UnsetType = UNSET
    sha256: Sha256


class RulesList(Paged, frozen=True, kw_only=True):
    """The rules that this log has adopted, in every version: all of them, or a page if `limit` is
    given."""

    items: list[AdoptedRule]


class KeyAdded(Answer, frozen=True, kw_only=True):
    """The entry by which a key came into use."""

    position: Position
    recorded_at: Moment


class LogKey(Answer, frozen=True, kw_only=True):
    """A key that seals or sealed the log. Sizes are those of the log, in entries."""

    vkey: Annotated[str, Meta(description="The verifier key (C2SP signed-note).")]
    in_use: bool
    added: KeyAdded
    retired_from: Annotated[
        int | None,
        Meta(description="The size from which it signs no more. What it signed is good."),
    ]
    compromised_from: Annotated[
        int | None, Meta(description="The size from which its signatures prove nothing.")
    ]


class KeysList(Answer, frozen=True, kw_only=True):
    """The keys of the log, in the order in which they came into use."""

    items: list[LogKey]
    held_from: Annotated[
        int | None,
        Meta(description="While sealing is held: the least size that may prove nothing."),
    ]
    as_of: AsOf


def body_listed(register: Service, body: str) -> BodyListed:
    """Return a body of the register, with the bodies before and after it."""
    found = {**to_plain(register.bodies[body]), **asdict(ties(register, body))}
    return convert(found, BodyListed)


def in_office(register: Service) -> list[BodyByKind]:
    """Return every body of the register, and whether the register's day is in its term."""
    there = register.in_their_terms()
    return [
        BodyByKind(id=one.id, name=one.name, kind=one.kind, in_office=one.id in there)
        for one in register.bodies.values()
    ]


def ties(register: Service, body: str) -> Ties:
    """Return the bodies that a body follows and that follow it, with their first days, future ones
    included. Return also the end of its office, and its statement that it keeps its record here."""
    several = [_tie(register, one.successor, one) for one in register.successions.get(body, ())]
    ended_on = offices.ended_on(register, body)
    return Ties(
        office_ended_on=ended_on.isoformat() if ended_on else None,
        follows=[
            _tie(register, one, succession)
            for one, of_it in register.successions.items()
            for succession in of_it
            if succession.successor == body
        ],
        followed_by=several[0] if len(several) == 1 else None,
        successors=several,
        record_kept_here=kept_here(register, body),
    )


def _tie(register: Service, other: str, succession: Succession) -> Tie:
    return Tie(
        body=other,
        body_name=register.name(other),
        on=succession.on.isoformat(),
        entry=succession.entry,
    )


def kept_here(register: Service, body: str) -> KeptHere | None:
    """Return a body's statement that it keeps its record here, or None."""
    if not (said := register.keepings.get(body)):
        return None
    return KeptHere(from_=said[-1].since, until=said[-1].until, entry=said[-1].entry)


def rule_adopted(rule: RuleAdopted) -> AdoptedRule:
    """Return a rule with the fields of its event."""
    return convert(to_plain(rule), AdoptedRule)
