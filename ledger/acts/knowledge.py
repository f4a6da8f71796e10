"""Acts that change what is known: corrections and retractions, on any stream."""

import dataclasses
import typing

import msgspec

from ledger import dates, duties
from ledger.acts.recommendation import placed
from ledger.acts.response import after_report, duty_by
from ledger.clock import london_date
from ledger.decision import Decision, Told
from ledger.effect import DAY_FIELDS, Known, known, value_at, with_value
from ledger.entry import Entry, to_plain
from ledger.errors import NotAllowed, NotRecorded, Refused
from ledger.events import (
    CaptureKept,
    EntryCorrected,
    EntryRetracted,
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
)
from ledger.recommendation import applied
from ledger.report import report
from ledger.response import entries_of_statement, response
from ledger.streams import kind, report_of
from ledger.texts import Text

NOT_CORRECTABLE = {
    "number": "a recommendation's number is its identity",
    "statement": "it links the entries of one statement",
    "answers": "it is a link to another entry",
    "parent": "it is a link to another recommendation",
    "publisher": "the publisher is whose report it is",
    "numbered_by": "it says who gave the number",
    "sha256": "it is computed",
}
"""Fields that are never corrected, and why."""


def correct_entry(
    decision: Decision, target: Entry, field: str, now: str | Text | None, reason: Text, told: Told
) -> Entry:
    """Record what a field of an entry should have said. A statement's day is corrected in all of
    its entries; a report's day works every duty out anew, in the same transaction."""
    one = _known(decision, target)
    _may_change(decision, one)
    _correctable(one, field)
    value = _fitting(one, field, now)
    was = value_at(one.entry, field)
    if _plain(was) == _plain(value):
        raise Refused("nothing-to-correct", f"The field “{field}” says that already.")
    is_day = field in DAY_FIELDS
    if is_day:
        assert not isinstance(value, Text)
        _day_possible(decision, one, value)
        if isinstance(one.data, ReportPublished) and not (
            told.source and (told.source.url or told.source.capture)
        ):
            raise Refused(
                "publisher-page",
                "A report's day is corrected by the publisher's own page: give its address, or a "
                "capture of it, as the source.",
            )
    corrections = [
        decision.add(
            each.entry.stream,
            EntryCorrected(target=each.id, field=field, was=was, now=value, reason=reason),
            told,
            by=decision.account.body,
        )
        for each in (_with_statement(decision, one) if is_day else [one])
    ]
    correction = corrections[0]
    if is_day and isinstance(one.data, ReportPublished):
        _work_out_duties(decision, one, correction, told)
    return correction


def retract_entry(decision: Decision, target: Entry, reason: Text, told: Told) -> Entry:
    """Set an entry aside: a statement's in all of its entries. Refused while others rest on it."""
    one = _known(decision, target)
    _may_change(decision, one)
    if isinstance(one.data, ResponseDutyArose):
        raise Refused("duty-by-report", "A duty is set aside only through its report.")
    if isinstance(one.data, CaptureKept) or kind(one.entry.stream) == "service":
        raise Refused("not-retractable", f"A {one.data.TOPIC} entry cannot be retracted.")
    together = _with_statement(decision, one)
    if resting := _resting_on(decision, one, together):
        raise Refused(
            "others-rest-on-it",
            "These entries rest on it, retract them first: " + ", ".join(resting) + ".",
        )
    retractions = [
        decision.add(
            each.entry.stream,
            EntryRetracted(target=each.id, reason=reason),
            told,
            by=decision.account.body,
        )
        for each in together
    ]
    retraction = retractions[0]
    if isinstance(one.data, EntryCorrected) and one.data.field in DAY_FIELDS:
        subject = next(
            k for k in known(decision.stream(one.entry.stream)) if k.id == one.data.target
        )
        _day_possible(decision, subject, subject.entry.occurred_on)
        if isinstance(subject.data, ReportPublished):
            _work_out_duties(decision, subject, retraction, told)
    return retraction


def _known(decision: Decision, target: Entry) -> Known:
    one = next(k for k in known(decision.stream(target.stream)) if k.id == target.id)
    if not one.in_effect:
        raise Refused("set-aside", f"This entry was set aside already, by {one.set_aside_by}.")
    return one


def _may_change(decision: Decision, one: Known) -> None:
    """The body that recorded an entry, or whose act it is, corrects and retracts it."""
    account = decision.account
    recorder = one.entry.recorded_by.partition("/")[0]
    if account.may("admin") or (
        account.body is not None and account.body in (recorder, one.entry.by)
    ):
        return
    raise NotAllowed(
        f"{account.name} cannot change this entry: it was recorded by {one.entry.recorded_by} "
        f"as an act of {one.entry.by}."
    )


def _correctable(one: Known, field: str) -> None:
    if isinstance(one.data, EntryCorrected | EntryRetracted):
        raise Refused(
            "never-correct-a-correction",
            "A correction is never corrected: correct the original entry again, or retract this.",
        )
    if isinstance(one.data, ResponseDutyArose | CaptureKept) or kind(one.entry.stream) == "service":
        raise Refused("not-correctable", f"A {one.data.TOPIC} entry cannot be corrected.")
    if field in DAY_FIELDS and not one.data.DATED:
        raise Refused("not-correctable", f"A {one.data.TOPIC} entry has no day of its own.")
    if (why := NOT_CORRECTABLE.get(field.partition(".")[0])) is not None:
        raise Refused("not-correctable", f"The field “{field}” cannot be corrected: {why}.")
    try:
        value = value_at(one.entry, field)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise Refused(
            "no-such-field", f"A {one.data.TOPIC} entry has no field “{field}”."
        ) from None
    if isinstance(value, tuple) or (
        dataclasses.is_dataclass(value) and not isinstance(value, Text)
    ):
        raise Refused("no-such-field", f"“{field}” has parts: name the one to correct.")


def _fitting(one: Known, field: str, now: str | Text | None) -> str | Text | None:
    """The new value in the field's own form. Refused where it does not fit it."""
    if field in DAY_FIELDS:
        if now is not None and not isinstance(now, str):
            raise Refused("does-not-fit", f"“{field}” takes a date.")
        if now is not None:
            try:
                dates.check(now)
            except ValueError as error:
                raise Refused("does-not-fit", str(error)) from None
        return now
    if isinstance(value_at(one.entry, field), Text) != isinstance(now, Text) and now is not None:
        raise Refused("does-not-fit", f"“{field}” does not take this kind of value.")
    try:
        changed = with_value(one.entry, field, now)
        hints = typing.get_type_hints(type(changed.data), include_extras=True)
        for f in dataclasses.fields(changed.data):
            msgspec.convert(to_plain(getattr(changed.data, f.name)), hints[f.name])
    except msgspec.ValidationError as error:
        raise Refused("does-not-fit", f"“{field}” does not take this value: {error}.") from None
    for name in ("on", "reply_by", "expected_on"):
        if field.rpartition(".")[2] == name and isinstance(now, str):
            try:
                dates.check(now)
            except ValueError as error:
                raise Refused("does-not-fit", str(error)) from None
    return now


def _day_possible(decision: Decision, one: Known, day: str | None) -> None:
    recorded = london_date(one.original.instant)
    if day is not None and dates.first_day(day) > recorded:
        raise Refused(
            "not-after-recording",
            f"It was recorded on {dates.in_words(recorded)}, so it did not happen later, on "
            f"{dates.in_words(day)}.",
        )
    reference = report_of(one.entry.stream)
    if reference is not None and not isinstance(one.data, ReportPublished):
        after_report(decision.report(reference), day)


def _with_statement(decision: Decision, one: Known) -> list[Known]:
    """The entry, and those of the same statement after it."""
    statement = getattr(one.data, "statement", None)
    reference = report_of(one.entry.stream)
    if statement is None or reference is None:
        return [one]
    streams: dict[str, list[Entry]] = {}
    for other in _reports_of_statement(decision, reference, statement):
        streams |= decision.below(f"response/{other}/")
        streams |= decision.below(f"recommendation/{other}/")
    others = [
        each
        for entries in streams.values()
        for each in entries_of_statement(entries, statement)
        if each.in_effect and each.id != one.id
    ]
    return [one, *others]


def _reports_of_statement(decision: Decision, reference: str, statement: str) -> set[str]:
    """The references of all reports that a statement covers: its publications name the others."""
    covered = {reference}
    for entries in decision.below(f"response/{reference}/").values():
        for each in entries_of_statement(entries, statement):
            if isinstance(each.data, ResponsePublished):
                covered |= set(each.data.also)
    return covered


def _work_out_duties(decision: Decision, one: Known, because: Entry, told: Told) -> None:
    """Every duty of the report, worked out anew from its day as it is known now."""
    reference = one.entry.stream.removeprefix("report/")
    found = decision.report(reference)
    for stream, entries in list(decision.below(f"response/{reference}/").items()):
        state = response(entries)
        if state is None:
            continue
        for published in state.published:
            after_report(found, published.entry.occurred_on)
        duty = state.duty_event
        rule = decision.service.rules[(duty.rule.id, duty.rule.version)]
        if rule.id == "manual":
            continue
        chosen = duties.choose(
            decision.service.rules.values(),
            report_kind=found.data.kind,
            body_kind=decision.body(stream.rpartition("/")[2]).kind,
            published_on=found.published_on,
        )
        event = duty_by(chosen or rule, found, because=because.id)
        day = Told(occurred_on=found.published_on, source=told.source, batch=told.batch)
        decision.add(stream, event, day, by=decision.account.body)


def _resting_on(decision: Decision, one: Known, together: list[Known]) -> list[str]:
    """The ids of entries in effect that would make no sense without it."""
    aside = {each.id for each in together}
    reference = report_of(one.entry.stream)
    match one.data:
        case ReportPublished():
            assert reference is not None
            streams = decision.below(f"recommendation/{reference}/")
            streams |= decision.below(f"response/{reference}/")
            return [
                each.id
                for entries in streams.values()
                for each in known(entries)
                if each.in_effect
                and not isinstance(each.data, ResponseDutyArose)
                and not isinstance(each.data, EntryCorrected | EntryRetracted)
            ]
        case RecommendationRaised():
            return [
                each.id
                for each in known(decision.stream(one.entry.stream))
                if each.in_effect
                and each.id not in aside
                and not isinstance(each.data, EntryCorrected | EntryRetracted)
            ]
        case ResponsePublished():
            state = response(decision.stream(one.entry.stream))
            left = [p for p in state.published if p.id not in aside] if state else []
            if state is None or left:
                return []
            return [act.id for act in state.acts if act.data.TOPIC == "copy-sent"]
        case EntryCorrected() | EntryRetracted():
            return []
        case _:
            return _resting_in_recommendation(decision, one, aside)


def _resting_in_recommendation(decision: Decision, one: Known, aside: set[str]) -> list[str]:
    if kind(one.entry.stream) != "recommendation":
        return []
    reference = report_of(one.entry.stream)
    assert reference is not None
    entries = decision.stream(one.entry.stream)
    answers = [
        each.id
        for each in known(entries)
        if each.in_effect and getattr(each.data, "answers", None) == one.id
    ]
    if (found := report(decision.stream(f"report/{reference}"))) is None:
        raise NotRecorded(f"No report “{reference}” is recorded.")
    acts = placed(decision, found, entries)
    without = [act for act in acts if act.entry not in aside]
    return answers + sorted(applied(acts) - applied(without) - aside)


def _plain(value: object) -> object:
    return value.sha256 if isinstance(value, Text) else value
