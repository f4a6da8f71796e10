"""The rules of successions: from which day one body can follow another, and which entries rest on
that."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import get_args

from ledger import dates
from ledger.acts.decision import Decision
from ledger.dates import london_date
from ledger.errors import Refused
from ledger.events import (
    AnyEvent,
    AssuranceSought,
    BodySucceeded,
    MeetingEvent,
    RecommendationEvent,
    ReportEvent,
    ReportPublished,
    ResponseDutyArose,
    ResponseEvent,
)
from ledger.events.entry import Entry
from ledger.events.streams import kind, report_of, report_stream
from ledger.states.effect import Known, happened, in_effect
from ledger.states.service import Service, evolve, succeeds_on

_ACTS = [
    one.TOPIC
    for of in (ReportEvent, ResponseEvent, RecommendationEvent, MeetingEvent)
    for one in get_args(of)
    if one is not ResponseDutyArose  # it is of the body that it binds, whoever records it
]


def follows_its_term(decision: Decision, entry: Entry) -> None:
    """Refuse a succession from a day on which the former body is still there by its own last day,
    or was not there yet, or on which its successor is not there."""
    event = entry.data
    assert isinstance(event, BodySucceeded)
    ends, follows, on = decision.body(event.id), decision.body(event.successor), succeeds_on(entry)
    first = dates.in_words(on)
    if ends.ends is not None and on.isoformat() <= ends.ends:
        raise Refused(
            "succession-day",
            f"{ends.name} is there until {dates.in_words(ends.ends)}, so that nobody follows it on "
            f"{first}: change its last day first, or give the day after it.",
        )
    if ends.begins is not None and on.isoformat() <= ends.begins:
        raise Refused(
            "succession-day",
            f"The term of {ends.name} begins on {dates.in_words(ends.begins)}, so that nobody "
            f"follows it on {first}.",
        )
    if not decision.service.term(event.successor).holds(on):
        raise Refused(
            "succession-day",
            f"{follows.name} is not there on {first}: its term has other days in the register.",
        )


def follows_once(service: Service, entry: Entry, itself: str | None = None) -> None:
    """Refuse a succession by which a body would come to follow itself, or that does not go with
    the successions of the same body by other entries than `itself`.

    Several bodies follow one that is divided: all on one day, each with forces of its own, if the
    divided body holds forces.
    """
    event = entry.data
    assert isinstance(event, BodySucceeded)
    if event.id in service.followers_ever(event.successor):
        raise Refused(
            "own-successor",
            f"“{event.id}” follows “{event.successor}” already, so it is not followed by it.",
        )
    if event.on is not None and not dates.is_exact(event.on):
        raise Refused(
            "succession-day", f"“{event.on}” is no day: give the first day as YYYY-MM-DD."
        )
    on = succeeds_on(entry)
    others = [
        one
        for one in in_effect(service.said)
        if isinstance(one.data, BodySucceeded) and one.data.id == event.id and one.id != itself
    ]
    for one in others:
        assert isinstance(one.data, BodySucceeded)
        first = succeeds_on(one.entry)
        followed = (
            f"“{event.id}” is followed by “{one.data.successor}” already, from "
            f"{dates.in_words(first)}"
        )
        mend = f"correct the day of that entry ({one.id}), or retract it."
        if one.data.successor == event.successor:
            raise Refused("succeeded-once", f"{followed}: {mend}")
        if first != on:
            raise Refused(
                "succeeded-once",
                f"{followed}. Several bodies follow one that is divided, all from one day: give "
                f"that day, or {mend}",
            )
    if others:
        _has_forces_of_its_own(service, event, on, [one.data for one in others])


def _has_forces_of_its_own(
    service: Service, event: BodySucceeded, on: date, others: Sequence[AnyEvent]
) -> None:
    """Refuse a division in which a successor holds none of the forces, or one that another
    successor holds."""
    eve = dates.day_before(on)
    divided = set(service.forces_of(event.id, (eve, eve)))
    if not divided:
        return
    held: dict[str, str] = {}
    for one in (*others, event):
        assert isinstance(one, BodySucceeded)
        own = divided.intersection(service.forces_of(one.successor, (on, on)))
        if not own:
            raise Refused(
                "successor-forces",
                f"“{event.id}” is divided, and “{one.successor}” holds none of its forces "
                f"({', '.join(sorted(divided))}) on {dates.in_words(on)}: change the forces of "
                f"“{one.successor}” first.",
            )
        if shared := sorted(own & held.keys()):
            raise Refused(
                "successor-forces",
                f"“{held[shared[0]]}” and “{one.successor}” both hold {shared[0]} on "
                f"{dates.in_words(on)}: change the forces of one of them first, so that each "
                "force has one successor.",
            )
        held |= dict.fromkeys(own, one.successor)


def can_be_moved(decision: Decision, now: Known, because: Entry) -> None:
    """Refuse a correction or retraction (`because`) after which a succession does not fit the
    register, or on which entries in effect rest. The refusal names these entries."""
    assert isinstance(now.data, BodySucceeded)
    if now.in_effect:
        follows_once(decision.service, now.entry, now.id)
        follows_its_term(decision, now.entry)
    after = evolve(decision.service, because)
    if resting := _resting(decision, after):
        raise Refused(
            "others-rest-on-it",
            f"These entries rest on that “{now.data.successor}” follows “{now.data.id}”, retract "
            "or correct them first: " + ", ".join(one.id for one in resting) + ".",
        )


def _resting(decision: Decision, after: Service) -> list[Known]:
    """Return the entries in effect with which a body would have nothing to do after the change.

    They are its acts, what was asked of it, and what its accounts recorded, in streams of a body
    that it followed on that day and would no longer follow. A force that it holds by the register
    is its own, whomever it follows. A duty that was recorded as its own stays its own too.
    """
    before = decision.service
    heirs = {
        body
        for one, several in before.successions.items()
        for was in several
        if not any(
            now.successor == was.successor and now.on <= was.on
            for now in after.successions.get(one, ())
        )
        for body in before.followers_ever(was.successor)
    }
    if not heirs:
        return []
    streams = {
        one.stream
        for one in decision.log.read(0, 2**31, _ACTS)
        if heirs & {body for body, _ in _whose(one, date.min, date.min)}
    }

    @cache
    def on(day: date, then: bool) -> Service:
        return (after if then else before).on(day)

    def lost(body: str, owners: Collection[str], day: date) -> bool:
        had, has = (
            any(on(day, then).concerns(body, one) for one in owners) for then in (False, True)
        )
        return had and not has

    return [
        one
        for stream in sorted(streams)
        for owners in [_owners(decision, stream)]
        for one in in_effect(decision.stream(stream))
        if one.data.TOPIC in _ACTS
        and any(
            lost(body, owners, day)
            for body, day in _whose(
                one.entry,
                happened(one, report_day=None, captured_on=decision.captured_on).hi,
                london_date(one.original.instant),
            )
            if body in heirs
        )
    ]


def _whose(entry: Entry, happened_by: date, recorded_on: date) -> list[tuple[str, date]]:
    """Return the bodies whose entry this is, each with a day on which it must have had a right to
    it.

    For the body whose act it is, and for a body that is asked, these are the day on which it
    happened and the day on which it was recorded. For the body whose account recorded it, it is the
    day of recording.
    """
    of = [entry.by] if entry.by else []
    if isinstance(entry.data, AssuranceSought):
        of.append(entry.data.of)
    found = [(body, day) for body in of for day in (happened_by, recorded_on)]
    if not isinstance(entry.data, ReportPublished):  # any account may record one
        found.append((entry.recorded_by.partition("/")[0], recorded_on))
    return found


def _owners(decision: Decision, stream: str) -> set[str]:
    """Return the owners of a stream: the body at the end of its name or the panel, and the
    publishers of its report."""
    parts, reference = stream.split("/"), report_of(stream)
    owners = {parts[1]} if kind(stream) == "meeting" else {parts[-1]} & set(parts[2:])
    if reference is not None:
        for one in decision.stream(report_stream(reference)):
            if isinstance(one.data, ReportPublished):
                owners.update(one.data.published_by)
    return owners
