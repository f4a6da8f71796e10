"""What of an entry can be corrected, and its new value in the form of its field."""

import dataclasses
import types
import typing

import msgspec

from ledger.acts.decision import Decision, has_word, target_after_report
from ledger.acts.duty import in_order, with_its_report
from ledger.acts.meeting import can_be_asked
from ledger.acts.response import consistent
from ledger.errors import Fault, Refused, Unfit
from ledger.events import (
    CaptureKept,
    CommissionerStatementIssued,
    Doc,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RedactionSought,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    StatementRevised,
    TargetDateSet,
    TextRedacted,
    TextReleased,
    forms,
)
from ledger.events.declare import Form
from ledger.events.entry import to_plain
from ledger.events.streams import kind, recommendation_of, report_of
from ledger.events.texts import Text, say
from ledger.states.effect import DAY_FIELDS, Known, value_at, with_value

NOT_CORRECTABLE = {
    "number": "a recommendation's number is its identity",
    "statement": "it links the entries of one statement",
    "answers": "it is a link to another entry",
    "also": "it is a link to other reports",
    "parent": "it is a link to another recommendation",
    "publisher": "the publisher is whose report it is",
    "numbered_by": "it says who gave the number",
    "superseded_by": "it is a link to another recommendation",
    "recommendation": "it is a link to what was reviewed",
    "paper": "it is a link to another entry",
    "same_as_report": "it is a link to another report",
    "sha256": "it is computed",
}
"""Fields that are never corrected, and why."""
NEVER = (
    ResponseDutyArose
    | CaptureKept
    | ReportTakenOver
    | TextReleased
    | RedactionSought
    | TextRedacted
)
"""Events of which nothing is corrected: what the service worked out, received or opened itself."""


def correctable(one: Known, field: str) -> None:
    if isinstance(one.data, EntryCorrected | EntryRetracted):
        raise Refused(
            "never-correct-a-correction",
            "A correction is never corrected: correct the original entry again, or retract this.",
        )
    if isinstance(one.data, NEVER) or kind(one.entry.stream) == "service":
        raise Refused("not-correctable", f"{one.data.an_entry()} cannot be corrected.")
    if isinstance(one.data, EntryDisputed) and field != "text":
        raise Refused("not-correctable", "Of a dispute only its text can be corrected.")
    if isinstance(one.data, MeetingHeld) and field in DAY_FIELDS:
        raise Refused("not-correctable", "A meeting is named by its day, which is not corrected.")
    if isinstance(one.data, ReportRevised | StatementRevised) and not (
        field in DAY_FIELDS or field.startswith("source.")
    ):
        raise Refused(
            "not-correctable",
            "Of a revision only the day and the source are corrected: retract it, and record it "
            "as it should have been.",
        )
    if field in DAY_FIELDS and not one.data.DATED:
        raise Refused("not-correctable", f"{one.data.an_entry()} has no day of its own.")
    if (why := NOT_CORRECTABLE.get(field.partition(".")[0])) is not None:
        raise Refused("not-correctable", f"The field “{field}” cannot be corrected: {why}.")
    try:
        value = value_at(one.entry, field)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise Refused("no-such-field", f"{one.data.an_entry()} has no field “{field}”.") from None
    if isinstance(value, tuple) or (
        dataclasses.is_dataclass(value) and not isinstance(value, Text)
    ):
        raise Refused("no-such-field", f"“{field}” has parts: name the one to correct.")


def fitting(
    decision: Decision, one: Known, field: str, now: str | Text | None
) -> str | Text | None:
    """The new value in the field's own form. Refused where it does not fit it, Unfit where it is to
    be a day and is none."""
    if field in DAY_FIELDS:
        _has_form("day", field, now)
        return now
    kind_, doc = _declared(one, field)
    was = value_at(one.entry, field)
    if kind_ is Text:
        now = _as_text(field, was, now, doc)
    elif now is not None:
        _has_form(doc.form, field, now)
        if doc.form == "body":
            decision.body(str(now))
        elif field == "source.capture":
            decision.shown_by(str(now), one.entry.occurred_on)
        elif field == "capture" and decision.captured_on(str(now)) is None:
            raise Refused("unknown-capture", f"No capture “{now}” is kept.")
    changed = with_value(one.entry, field, now)
    root, hints = changed.data, typing.get_type_hints(type(changed.data), include_extras=True)
    try:
        for f in dataclasses.fields(root):
            msgspec.convert(to_plain(getattr(root, f.name)), hints[f.name])
    except msgspec.ValidationError as error:
        raise Refused("does-not-fit", f"“{field}” does not take this value: {error}.") from None
    if changed.provenance == "reported" and not has_word(changed.source):
        raise Refused("source-required", "It is another body's act, so a source is left to it.")
    match root:
        case CommissionerStatementIssued():
            consistent(recommendation_of(one.entry.stream).key, root)
        case DutyDisapplied():
            with_its_report(root)
        case ExtensionGranted():
            in_order(decision, root)
        case TargetDateSet() | RecommendationRaised() if field in ("on", "target.on") and now:
            target_after_report(decision.report(str(report_of(one.entry.stream))), str(now))
        case PaperIssued():
            can_be_asked(decision, root)
        case _:
            pass
    return now


def _has_form(form: Form, field: str, now: str | Text | None) -> None:
    if isinstance(now, Text):
        raise Refused("does-not-fit", f"“{field}” is no text that could have an audience.")
    if now is None:
        return
    if form == "day" and (why := forms.why_not(form, now)):  # no field of a day takes it, ever
        raise Unfit(f"“{field}”: {why}", Fault("now", why))
    forms.must_fit(form, field, now)


def _as_text(field: str, was: Text | None, now: str | Text | None, doc: Doc) -> Text | None:
    """A corrected text. Its audience stays what it was: releasing and redacting change that."""
    audience, lang = (was.audience, was.lang) if was else (doc.audience, "en")
    if isinstance(now, str):
        try:
            return say(now, audience, lang)
        except ValueError as error:
            raise Refused("does-not-fit", f"“{field}” does not take this: {error}") from None
    if now is not None and was is not None and now.audience != audience:
        raise Refused(
            "audience",
            f"“{field}” is for the audience `{audience}`, and a correction does not change that.",
        )
    return now


def _declared(one: Known, field: str) -> tuple[typing.Any, Doc]:
    """The type of a field by its path (without None), and its declaration."""
    kind_: typing.Any = type(one.entry) if field.startswith("source.") else type(one.data)
    doc = Doc("")
    for step in field.split("."):
        if typing.get_origin(kind_) is tuple:
            kind_ = typing.get_args(kind_)[0]
        else:
            kind_ = typing.get_type_hints(kind_, include_extras=True)[step]
        if typing.get_origin(kind_) is typing.Annotated:
            kind_, doc = typing.get_args(kind_)
        if typing.get_origin(kind_) in (types.UnionType, typing.Union):
            (kind_,) = (each for each in typing.get_args(kind_) if each is not type(None))
    return kind_, doc
