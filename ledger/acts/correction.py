"""Correcting an entry: what its field should have said, and what follows for duties."""

import dataclasses
import typing

import msgspec

from ledger import dates, duties
from ledger.acts.knowledge import day_possible, known_now, may_change, with_statement
from ledger.acts.response import after_report, duty_by
from ledger.decision import Decision, Told
from ledger.effect import DAY_FIELDS, Known, value_at, with_value
from ledger.entry import Entry, to_plain
from ledger.errors import Refused
from ledger.events import (
    CaptureKept,
    EntryCorrected,
    EntryRetracted,
    ReportPublished,
    ResponseDutyArose,
    RuleAdopted,
)
from ledger.report import Report
from ledger.response import response
from ledger.streams import kind
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
    one = known_now(decision, target)
    may_change(decision, one)
    _correctable(one, field)
    value = _fitting(one, field, now)
    was = value_at(one.entry, field)
    if _plain(was) == _plain(value):
        raise Refused("nothing-to-correct", f"The field “{field}” says that already.")
    is_day = field in DAY_FIELDS
    if is_day:
        assert not isinstance(value, Text)
        day_possible(decision, one, value)
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
        for each in (with_statement(decision, one) if is_day else [one])
    ]
    correction = corrections[0]
    if is_day and isinstance(one.data, ReportPublished):
        work_out_duties(decision, one, correction, told)
    return correction


def work_out_duties(decision: Decision, one: Known, because: Entry, told: Told) -> None:
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
        rule = _rule_now(decision, rule, found, decision.body(stream.rpartition("/")[2]).kind)
        event = duty_by(rule, found, because=because.id)
        day = Told(occurred_on=found.published_on, source=told.source, batch=told.batch)
        decision.add(stream, event, day, by=decision.account.body)


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


def _rule_now(decision: Decision, rule: RuleAdopted, found: Report, body_kind: str) -> RuleAdopted:
    """The rule of a duty for the report's day as known now: the version that it arose under, where
    that covers the day; a later version never moves a verdict already given."""
    kind_, day = found.data.kind, found.published_on
    if duties.applies(rule, report_kind=kind_, body_kind=body_kind, published_on=day):
        return rule
    chosen = duties.choose(
        decision.service.rules.values(),
        report_kind=kind_,
        body_kind=body_kind,
        published_on=day,
    )
    if chosen is None:
        raise Refused(
            "no-rule",
            f"No rule covers a response to a report published on {dates.in_words(day)}.",
        )
    return chosen


def _plain(value: object) -> object:
    return value.sha256 if isinstance(value, Text) else value
