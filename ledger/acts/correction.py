"""Correcting an entry: which field can be, what it should have said, what follows for duties."""

import dataclasses
import types
import typing
from dataclasses import replace

import msgspec

from ledger import dates
from ledger.acts.decision import (
    Decision,
    Notice,
    after_report,
    has_word,
    must_give,
    target_after_report,
)
from ledger.acts.duty import (
    applied_too_late,
    by_hand,
    can_begin,
    due_after_report,
    duty_by,
    in_order,
    publishers,
    with_its_report,
)
from ledger.acts.knowledge import day_possible, known_now, lifts, may_change, with_statement
from ledger.acts.meeting import can_be_asked
from ledger.acts.recommendation import (
    check_origin,
    has_come,
    repeats_in_order,
    words_of_target,
)
from ledger.acts.report import family_possible, not_graded_twice, not_recorded_meanwhile
from ledger.acts.response import consistent, there_after_report
from ledger.acts.succession import can_be_moved
from ledger.errors import Fault, Refused, Unfit
from ledger.events import (
    AnyEvent,
    BodySucceeded,
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
    RecommendationReviewed,
    RedactionSought,
    RepeatNoted,
    ReportGraded,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    RuleAdopted,
    StatementRevised,
    TargetDateSet,
    TextRedacted,
    TextReleased,
    UpdateReceived,
    texts,
)
from ledger.events.entry import Entry, to_plain
from ledger.events.recommendation import Claim
from ledger.events.response import RESPONSE
from ledger.events.streams import kind, recommendation_of, report_of
from ledger.events.texts import Form, Text, say
from ledger.register import body_named
from ledger.states import duties
from ledger.states.effect import DAY_FIELDS, Known, said_paths, value_at, with_value
from ledger.states.report import Report, is_own_word
from ledger.states.response import response, responses

_NEVER = CaptureKept | ReportTakenOver | TextReleased | RedactionSought | TextRedacted
"""Events of which nothing is corrected: what the service worked out, received or opened itself."""


def correct_entry(
    decision: Decision,
    target: Entry,
    notice: Notice,
    *,
    field: str,
    now: str | Text | None,
    reason: Text,
) -> Entry:
    """Record what a field of an entry should have said. If a statement says it in several entries,
    all of them are corrected. With a report's day, the duties that count from it are worked out
    anew in the same transaction. With a day that was given with a duty, that duty is."""
    one = known_now(decision, target)
    may_change(decision, one, field)
    _correctable(one, field)
    if isinstance(one.data, ResponseDutyArose):
        _given_with_it(decision, one, one.data, field)
    value = _fitting(decision, one, field, now)
    was = value_at(one.entry, field)
    if _plain(was) == _plain(value):
        raise Refused("nothing-to-correct", f"The field “{field}” says that already.")
    is_day = field in DAY_FIELDS
    moves_duties = isinstance(one.data, ReportPublished) and (is_day or field == "kind")
    due = due_days(decision, one) if moves_duties else []
    corrected = [
        each
        for each in with_statement(decision, one, field)
        if _plain(value_at(each.entry, field)) != _plain(value)
    ]
    for each in corrected:
        if is_day:
            assert not isinstance(value, Text)
            day_possible(decision, each, value)
            if notice.source is not None and notice.source.capture is not None:
                decision.shown_by(notice.source.capture, value)
    corrections = [
        decision.add(
            each.entry.stream,
            EntryCorrected(
                target=each.id,
                field=field,
                was=value_at(each.entry, field),
                now=value,
                reason=reason,
            ),
            notice,
            by=decision.account.body,
            lifts=lifts(each),
        )
        for each in corrected
    ]
    correction = corrections[0]
    if field == "source.capture":
        for each in corrected:
            day_possible(decision, known_now(decision, each.original), each.entry.occurred_on)
    _still_fits(decision, known_now(decision, target), field)
    if moves_duties and (work_out_duties(decision, one, correction, notice) or is_day):
        on_the_publishers_word(decision, one, due, due_days(decision, one), notice)
    if isinstance(one.data, ResponseDutyArose):
        work_out_duty(decision, known_now(decision, target), correction, notice)
    if isinstance(one.data, BodySucceeded):
        can_be_moved(decision, known_now(decision, target), correction)
    return correction


def correctable(entry: Entry, day: str | None) -> list[str]:
    """Return the paths of the fields of an entry that may be corrected, also those that say nothing
    yet. `day` is the name of the act's own day."""
    data, source = entry.data, entry.source
    there = [*said_paths(data, unsaid=True), *said_paths(source, "source", unsaid=True)]
    return [path for path in ([day, *there] if day else there) if _may_be_corrected(entry, path)]


def _may_be_corrected(entry: Entry, path: str) -> bool:
    one = Known(entry, entry)
    try:
        _correctable(one, path)
    except Refused:
        return False
    if path in DAY_FIELDS:
        return True
    says_nothing = value_at(entry, path) is None
    if isinstance(entry.data, ResponseDutyArose):  # only a day that was given with a duty is
        return path in ("due_on", "trigger_on") and not says_nothing
    return not says_nothing or _has_no_parts(_declared(one, path)[0])


def _has_no_parts(kind_: typing.Any) -> bool:
    """Return whether values of a declared type are corrected whole."""
    return kind_ is Text or not (
        typing.get_origin(kind_) is tuple or dataclasses.is_dataclass(kind_)
    )


def _still_fits(decision: Decision, one: Known, field: str) -> None:
    """Refuse a corrected field by which an entry no longer goes together with others."""
    is_day = field in DAY_FIELDS
    if isinstance(one.data, ExtensionGranted) and field in ("applied_on", "due_on"):
        in_time(decision, one)
    if isinstance(one.data, ReportPublished) and (is_day or field == "title" or "same_as" in field):
        not_recorded_meanwhile(decision, one)
    if isinstance(one.data, ReportPublished) and (is_day or field == "source.capture"):
        repeats_in_order(decision, str(report_of(one.entry.stream)))
    if isinstance(one.data, ReportGraded):
        not_graded_twice(decision, one)
    if field == "kind":
        family_possible(decision, one)


def _correctable(one: Known, field: str) -> None:
    """Refuse to correct a field that is never corrected, whatever it says."""
    if isinstance(one.data, EntryCorrected | EntryRetracted):
        raise Refused(
            "never-correct-a-correction",
            "A correction is never corrected: correct the original entry again, or retract this.",
        )
    of_register = isinstance(one.data, BodySucceeded) and field == "on"
    if isinstance(one.data, _NEVER) or (kind(one.entry.stream) == "service" and not of_register):
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
    if (why := _why_fixed(type(one.data), field.partition(".")[0])) is not None:
        raise Refused("not-correctable", f"The field “{field}” cannot be corrected: {why}.")
    try:
        value = value_at(one.entry, field)
    except KeyError:
        raise Refused("no-such-field", f"{one.data.an_entry()} has no field “{field}”.") from None
    if isinstance(value, tuple) or (
        dataclasses.is_dataclass(value) and not isinstance(value, Text)
    ):
        raise Refused("no-such-field", f"“{field}” has parts: name the one to correct.")


def _why_fixed(event: type[AnyEvent], name: str) -> str | None:
    """Return why a field of an event is never corrected, by its declaration."""
    hint = typing.get_type_hints(event, include_extras=True).get(name)
    return next((one.fixed for one in typing.get_args(hint) if isinstance(one, Doc)), None)


def _fitting(
    decision: Decision, one: Known, field: str, now: str | Text | None
) -> str | Text | None:
    """Return the new value in the field's own form. Raise Refused if it does not fit the field, and
    Unfit if it should be a day and is none."""
    if field in DAY_FIELDS:
        _has_form("day", field, now)
        day = one.entry.stream.rpartition("/")[2]
        if isinstance(one.data, RecommendationReviewed) and now != day:
            raise Refused("meeting-day", f"What a meeting reviewed, it reviewed on its day, {day}.")
        return now
    kind_, doc = _declared(one, field)
    if field == "source.note":
        doc = dataclasses.replace(doc, audience=one.data.NOTE)
    was = value_at(one.entry, field)
    if kind_ is Text:
        now = _as_text(field, was, now, doc)
    elif now is not None:
        if doc.form == "body":
            now = body_named(str(now), decision.service.bodies) or now
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
        case TargetDateSet(origin=origin) if field == "origin":
            found = decision.report(str(report_of(one.entry.stream)))
            to = recommendation_of(one.entry.stream)
            check_origin(decision, found, to, origin, one.entry.by)
        case TargetDateSet() | RecommendationRaised() if field in ("on", "target.on") and now:
            found = decision.report(str(report_of(one.entry.stream)))
            target_after_report(found, str(now))
            said = root if isinstance(root, TargetDateSet) else root.target
            if said is not None and said.worked_out:
                to = recommendation_of(one.entry.stream)
                _, words, counted_from = words_of_target(decision, found, to)
                if words is not None:
                    must_give(words, counted_from, str(now))
        case PaperIssued():
            can_be_asked(decision, root)
        case UpdateReceived(claim=Claim() as claim):
            has_come(decision, claim)
        case RepeatNoted(words="publisher") if not has_word(changed.source):
            raise Refused("source-required", "Of words of the publisher a source is left.")
        case _:
            pass
    return now


def _has_form(form: Form, field: str, now: str | Text | None) -> None:
    if isinstance(now, Text):
        raise Refused("does-not-fit", f"“{field}” is no text that could have an audience.")
    if now is None:
        return
    if form == "day" and (why := texts.why_unfit(form, now)):  # no field of a day takes it, ever
        raise Unfit(f"“{field}”: {why}", Fault("now", why))
    texts.must_fit(form, field, now)


def _as_text(field: str, was: Text | None, now: str | Text | None, doc: Doc) -> Text | None:
    """Return a corrected text. Its audience stays what it was: releasing and redacting change
    that."""
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
    """Return the type of a field by its path (without None), and its declaration."""
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


def in_time(decision: Decision, one: Known) -> None:
    """Refuse an extension that, as known now, comes too late or makes a later one come too
    late."""
    if late := applied_too_late(decision, one):
        raise Refused(
            "extension",
            "By that, the response was due already when more time was applied for: "
            f"{', '.join(late)}.",
        )


def due_days(decision: Decision, one: Known) -> list[str]:
    """Return the days by which the responses to a report are due by the rules, extensions left
    out."""
    reference = one.entry.stream.removeprefix("report/")
    streams = decision.below(f"response/{reference}/").values()
    owed = (each.duty_event.due_on for entries in streams for each in responses(entries))
    return [due_on for due_on in owed if due_on]


def on_the_publishers_word(
    decision: Decision, one: Known, due: list[str], since: list[str], notice: Notice
) -> None:
    """Refuse to move due dates unless the publisher's own page says so. Any source will do while
    no due date, old (`due`) or new (`since`), has passed and none disappears."""
    assert isinstance(one.data, ReportPublished)
    publishers, source = one.data.published_by, notice.source
    kept = decision.capture(source.capture) if source and source.capture else None
    if kept is not None and is_own_word(kept, publishers, decision.service):
        return
    passed = [day for day in (*due, *since) if day < decision.today.isoformat()]
    if not passed and len(since) >= len(due) and has_word(source):
        return
    whose = " or ".join(decision.body(one).name for one in publishers)
    raise Refused(
        "publisher-page",
        "A report's day, a kind by which another rule covers it, or a day that was given with a "
        "duty, is changed on the publisher's own word: cite a capture (source.capture), open to "
        f"everybody, that `answerable capture` fetched from a website of {whose} in the register, "
        "or that its own account sent. "
        + (
            f"Another source is not enough once a day has passed by which a response is due: "
            f"{dates.in_words(min(passed))}."
            if passed
            else "While no day has passed by which a response is due, and each stays due on a day, "
            "any source is enough: give one."
        ),
    )


def work_out_duties(decision: Decision, one: Known, because: Entry, notice: Notice) -> list[Entry]:
    """Work out anew the duties of a report that its day and kind, as known now, change. Return
    their new entries."""
    made = []
    reference = one.entry.stream.removeprefix("report/")
    found = decision.report(reference)
    below = decision.below(f"response/{reference}/").items()
    for stream, state in [(name, one) for name, entries in below for one in responses(entries)]:
        for published in state.published:
            after_report(found, published.entry.occurred_on)
            there_after_report(decision, found, published.entry)
        duty = state.duty_event
        body = stream.rpartition("/")[2]
        decision.in_its_term(body, found.published_on, "The response would be owed by")
        rule = decision.rule_of(duty)
        if rule.id == duties.MANUAL:
            due_after_report(found, str(duty.due_on))
            continue
        if rule.counts_from != "published":
            can_begin(rule, found, duty.trigger_on)
            continue
        rule = _rule_now(decision, rule, found, decision.body(body).kind, duty.name)
        event = replace(
            duty_by(rule, found, trigger_on=found.published_on, because=because.id), name=duty.name
        )
        if (event.rule, event.trigger_on) == (duty.rule, duty.trigger_on):
            continue
        day = Notice(occurred_on=found.published_on, source=notice.source, batch=notice.batch)
        made.append(decision.add(stream, event, day, by=decision.account.body))
    return made


def _given_with_it(decision: Decision, one: Known, duty: ResponseDutyArose, field: str) -> None:
    """Refuse to correct a field of a duty unless a person gave that day with it: the day from
    which its rule counts, if it is not the report's, or the due date (`manual`)."""
    rule = decision.rule_of(duty)
    given = "due_on" if rule.id == duties.MANUAL else "trigger_on"
    if given == "trigger_on" and rule.counts_from == "published":
        raise Refused(
            "not-correctable",
            f"{one.data.an_entry()} by {rule.id} cannot be corrected: the rule counts from the "
            "report's day. Correct that, or retract the report.",
        )
    if field != given:
        raise Refused("not-correctable", f"Of a duty by {rule.id} only `{given}` is corrected.")
    if duty.because is not None:
        first = next(
            entry.data.target
            for entry in decision.stream(one.entry.stream)
            if entry.id == duty.because and isinstance(entry.data, EntryCorrected)
        )
        raise Refused(
            "not-correctable",
            f"This duty was worked out anew, by {duty.because}: correct the first one, {first}.",
        )


def work_out_duty(decision: Decision, one: Known, because: Entry, notice: Notice) -> None:
    """Work a duty out anew, once the day that was given with it was corrected. If this would change
    a due date that is over, the publisher's own page has to show it, as for a report's day."""
    assert isinstance(one.data, ResponseDutyArose)
    stream = one.entry.stream
    found = decision.report(str(report_of(stream)))
    state = response(decision.stream(stream), one.data.name or RESPONSE)
    assert state is not None, "the duty is in effect"
    was, now = state.duty_event, one.data
    rule = decision.rule_of(now)
    if rule.id == duties.MANUAL:
        due, day = by_hand(found, now.due_on), found.published_on
    else:
        can_begin(rule, found, now.trigger_on)
        due, day = duties.due(rule, now.trigger_on), now.trigger_on
    event = replace(
        now,
        due_on=due.due_on.isoformat() if due.due_on else None,
        counting=due.counting,
        because=because.id,
    )
    anew = Notice(occurred_on=day, source=notice.source, batch=notice.batch)
    decision.add(stream, event, anew, by=decision.account.body)
    in_time(decision, one)
    before, since = ([one.due_on] if one.due_on else [] for one in (was, event))
    on_the_publishers_word(decision, found.published, before, since, notice)


def _rule_now(
    decision: Decision, rule: RuleAdopted, found: Report, body_kind: str, name: str | None
) -> RuleAdopted:
    """Return the rule of a duty for the report's day as known now. It is the version that the duty
    arose under, if that covers the day: a later version never moves a verdict already given."""
    day, kind, whose = found.published_on, found.data.kind, publishers(decision, found)
    picked = not rule.bodies and not rule.reports
    still = picked or duties.applies(
        rule, report_kind=kind, publishers=whose, body_kind=body_kind, published_on=day
    )
    if still and (picked or dates.is_exact(day)):
        return rule
    chosen = duties.choose(
        decision.service.rules.values(),
        report_kind=kind,
        publishers=whose,
        body_kind=body_kind,
        published_on=day,
        named=rule.id if name else None,
        beside=name is not None,
    )
    if still and (chosen is None or chosen.id == rule.id):
        return rule
    if chosen is None:
        raise Refused(
            "no-rule",
            "A duty to respond is recorded, and no rule covers one to a report of the kind "
            f"“{found.data.kind}” published on {dates.in_words(day)}. Where it was recorded in "
            "error, retract the report and record it anew; where a response is owed all the same, "
            f"record the duty then with the rule `{duties.MANUAL}`.",
        )
    return chosen


def _plain(value: object) -> object:
    return value.sha256 if isinstance(value, Text) else value
