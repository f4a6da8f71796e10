"""Correcting an entry: what its field should have said, and what follows for duties."""

from ledger import dates
from ledger.acts.correctable_fields import correctable, fitting
from ledger.acts.decision import Decision, Told, after_report, has_word
from ledger.acts.duty import applied_too_late, due_after_report, duty_by
from ledger.acts.knowledge import day_possible, known_now, lifts, may_change, with_statement
from ledger.acts.report import family_possible, not_recorded_meanwhile
from ledger.acts.response import there_after_report
from ledger.errors import Refused
from ledger.events import EntryCorrected, ExtensionGranted, ReportPublished, RuleAdopted
from ledger.events.entry import Entry
from ledger.events.texts import Text
from ledger.states import duties
from ledger.states.effect import DAY_FIELDS, Known, value_at
from ledger.states.publisher import is_own_word
from ledger.states.report import Report
from ledger.states.response import response


def correct_entry(
    decision: Decision,
    target: Entry,
    told: Told,
    *,
    field: str,
    now: str | Text | None,
    reason: Text,
) -> Entry:
    """Record what a field of an entry should have said. What a statement says once is corrected in
    all of its entries; a report's day works every duty out anew, in the same transaction."""
    one = known_now(decision, target)
    may_change(decision, one, field)
    correctable(one, field)
    value = fitting(decision, one, field, now)
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
            if told.source is not None and told.source.capture is not None:
                decision.shown_by(told.source.capture, value)
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
            told,
            by=decision.account.body,
            lifts=lifts(each),
        )
        for each in corrected
    ]
    correction = corrections[0]
    if field == "source.capture":
        for each in corrected:
            day_possible(decision, known_now(decision, each.original), each.entry.occurred_on)
    if isinstance(one.data, ExtensionGranted) and field in ("applied_on", "due_on"):
        in_time(decision, one)
    if isinstance(one.data, ReportPublished) and (is_day or field == "title" or "same_as" in field):
        not_recorded_meanwhile(decision, known_now(decision, target))
    if field == "kind":
        family_possible(decision, known_now(decision, target))
    if moves_duties and (work_out_duties(decision, one, correction, told) or is_day):
        on_the_publishers_word(decision, one, due, told)
    return correction


def in_time(decision: Decision, one: Known) -> None:
    """Refused where an extension, as known now, comes too late, or makes a later one do so."""
    if late := applied_too_late(decision, one.entry.stream):
        raise Refused(
            "extension",
            "By that, the response was due already when more time was applied for: "
            f"{', '.join(late)}.",
        )


def due_days(decision: Decision, one: Known) -> list[str]:
    """The days by which the responses to a report are due by the rules, extensions left out."""
    reference = one.entry.stream.removeprefix("report/")
    owed = map(response, decision.below(f"response/{reference}/").values())
    return [each.duty_event.due_on for each in owed if each and each.duty_event.due_on]


def on_the_publishers_word(decision: Decision, one: Known, due: list[str], told: Told) -> None:
    """Refused where what a report's duties are counted from is moved on less than the publisher's
    own word; on any source, while neither the days `due` before nor those due since have passed,
    and nothing that was due is due on no day."""
    assert isinstance(one.data, ReportPublished)
    publisher, source = decision.body(one.data.publisher), told.source
    kept = decision.capture(source.capture) if source and source.capture else None
    if kept is not None and is_own_word(kept, publisher.id, decision.service):
        return
    since = due_days(decision, one)
    passed = [day for day in (*due, *since) if day < decision.today.isoformat()]
    if not passed and len(since) >= len(due) and has_word(source):
        return
    raise Refused(
        "publisher-page",
        "A report's day, or a kind by which another rule covers it, is changed on the publisher's "
        "own word: cite a capture (source.capture), open to everybody, that `answerable capture` "
        f"fetched from a website of {publisher.name} in the register, or that its own account "
        "sent. "
        + (
            f"Another source is not enough once a day has passed by which a response is due: "
            f"{dates.in_words(min(passed))}."
            if passed
            else "While no day has passed by which a response is due, and each stays due on a day, "
            "any source is enough: give one."
        ),
    )


def work_out_duties(decision: Decision, one: Known, because: Entry, told: Told) -> list[Entry]:
    """Every duty of the report that its day and kind, as they are known now, make another."""
    made = []
    reference = one.entry.stream.removeprefix("report/")
    found = decision.report(reference)
    for stream, entries in list(decision.below(f"response/{reference}/").items()):
        state = response(entries)
        if state is None:
            continue
        for published in state.published:
            after_report(found, published.entry.occurred_on)
            there_after_report(decision, found, published.entry)
        duty = state.duty_event
        rule = decision.service.rules[(duty.rule.id, duty.rule.version)]
        if rule.id == duties.MANUAL:
            due_after_report(found, str(duty.due_on))
            continue
        rule = _rule_now(decision, rule, found, decision.body(stream.rpartition("/")[2]).kind)
        event = duty_by(rule, found, because=because.id)
        if (event.rule, event.trigger_on) == (duty.rule, duty.trigger_on):
            continue
        day = Told(occurred_on=found.published_on, source=told.source, batch=told.batch)
        made.append(decision.add(stream, event, day, by=decision.account.body))
    return made


def _rule_now(decision: Decision, rule: RuleAdopted, found: Report, body_kind: str) -> RuleAdopted:
    """The rule of a duty for the report's day as known now: the version that it arose under, where
    that covers the day; a later version never moves a verdict already given."""
    day = found.published_on
    kinds = {
        "report_kind": found.data.kind,
        "publisher_kind": decision.body(found.data.publisher).kind,
        "body_kind": body_kind,
    }
    still = duties.applies(rule, **kinds, published_on=day)
    if still and dates.is_exact(day):
        return rule
    chosen = duties.choose(decision.service.rules.values(), **kinds, published_on=day)
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
