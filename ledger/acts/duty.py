"""Acts on a duty to respond: that it arose, was extended, or does not apply."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from ledger import dates
from ledger.acts.decision import Decision, Notice, after_report, has_word
from ledger.acts.response import as_stored, may_answer
from ledger.errors import NotAllowed, Refused
from ledger.events import (
    DutyConfirmed,
    DutyDisapplied,
    ExtensionGranted,
    ResponseDutyArose,
    RuleAdopted,
)
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE, Disapplied, RuleRef
from ledger.events.streams import response_stream
from ledger.events.texts import Text, say
from ledger.states import duties
from ledger.states.effect import Known
from ledger.states.report import Report
from ledger.states.responders import names_of
from ledger.states.response import Response, response, responses


def raise_duty(
    decision: Decision,
    reference: str,
    body: str,
    notice: Notice,
    *,
    rule: str | None = None,
    due_on: str | None = None,
    trigger_on: str | None = None,
    name: str | None = None,
) -> Entry:
    """Record that a body owes a response: by the rule that applies, or by hand (`manual`).

    `trigger_on` is the day from which a rule counts that counts from another than the report's.
    `name`: what is owed beside the response (`action-plan`), by hand or by a rule that is named.

    Raise NotAllowed if neither the report is the account's, nor the duty its body's own.
    """
    _may_add(decision, reference, body, notice)
    return add_duty(
        decision,
        reference,
        body,
        notice,
        rule=rule,
        due_on=due_on,
        trigger_on=trigger_on,
        name=name,
    )


def add_duty(
    decision: Decision,
    reference: str,
    body: str,
    notice: Notice,
    *,
    rule: str | None = None,
    due_on: str | None = None,
    trigger_on: str | None = None,
    name: str | None = None,
) -> Entry:
    """Return the same, as part of an act that brings it: whoever may do that, may do this."""
    found = decision.report(reference)
    stream = response_stream(reference, body)
    registered = decision.body(body)
    decision.in_its_term(body, found.published_on, "A response to this report would be owed by")
    owed, name = responses(decision.stream(stream)), name or RESPONSE
    if any(one.name == name for one in owed):
        what = "to respond" if name == RESPONSE else f"“{name}”"
        raise Refused("duty-exists", f"The duty of “{body}” {what} is recorded already.")
    if name != RESPONSE and rule is None:
        raise Refused(
            "no-rule",
            f"What “{body}” owes beside the response follows from no rule by itself: name the rule "
            f"of “{name}”, or record it with the rule `{duties.MANUAL}`, its due date and its "
            "source.",
        )
    if rule != duties.MANUAL and (same := [o for o in owed if o.duty_event.rule.id == rule]):
        raise Refused(
            "duty-exists",
            f"“{same[0].name}” is owed under {rule} already: one rule makes one duty.",
        )
    chosen = duties.choose(
        decision.service.rules.values(),
        report_kind=found.data.kind,
        publishers=publishers(decision, found),
        body_kind=registered.kind,
        published_on=found.published_on,
        named=rule,
        beside=name != RESPONSE,
    )
    if rule == duties.MANUAL:
        by_rule = name == RESPONSE and chosen is not None and chosen.gives is not None
        if chosen is not None and by_rule and not decision.account.may("admin"):
            raise Refused(
                "rule-applies",
                f"The rule {chosen.id} covers a response of “{body}” to this report, and sets its "
                "last day: record the duty by it.",
            )
        event = _manual(decision, found, notice, due_on)
    else:
        if chosen is None or (rule is not None and chosen.id != rule):
            raise Refused(
                "no-rule",
                f"{'No rule' if chosen is None else f'Not {rule} but {chosen.id}'} covers a "
                f"response of “{body}” to a report of the kind “{found.data.kind}” that "
                f"{_publisher_names(decision, found)} published: where one is owed, "
                f"record it with the rule `{duties.MANUAL}`, its due date and its source.",
            )
        if due_on is not None:
            raise Refused("due-on", f"{chosen.id} gives the due date itself; send none.")
        event = duty_by(chosen, found, trigger_on=_begins(chosen, found, notice, trigger_on))
    event = replace(event, name=as_stored(name))
    own = decision.account.body
    by = body if own is None or notice.by not in (None, own) else own
    day = found.published_on if trigger_on is None else trigger_on
    notice = Notice(occurred_on=day, source=notice.source, batch=notice.batch)
    return decision.add(stream, event, notice, by=by)


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A body that a rule binds and that is taken off when the report is recorded, and why."""

    body: str
    reason: Text
    basis: Disapplied = "not_the_subject"


def take_off(decision: Decision, reference: str, one: TakenOff, notice: Notice) -> Entry:
    """Record the duty of a body together with its disapplication: it was taken off before it was
    recorded."""
    duty = add_duty(decision, reference, one.body, notice)
    whose = decision.account.body
    decided_by = decision.body(whose).name if whose else decision.account.name
    event = DutyDisapplied(basis=one.basis, decided_by=say(decided_by), reason=one.reason)
    with_its_report(event)
    today = replace(notice, occurred_on=decision.today.isoformat(), by=None)
    _lift(decision, reference, one.body, event, today)
    return duty


def may_add_duty(decision: Decision, found: Report, body: str) -> bool:
    """Return whether the account may record a duty of a body. It may for a report that it recorded
    or that its body published, and for its own body. Administrators and the service may record
    any."""
    account = decision.account
    return (
        account.body is None
        or account.may("admin")
        or account.name == found.owner
        or decision.publishes(found)
        or decision.service.speaks_for(account.body, body)
    )


def publishers(decision: Decision, found: Report) -> frozenset[str]:
    """Return whose report it is, as rules name them: see `responders.names_of`."""
    return names_of(decision.service, found.publishers)


def _begins(rule: RuleAdopted, found: Report, notice: Notice, trigger_on: str | None) -> str | None:
    """Return the day from which a rule counts: the report's, or the one that is given with its
    source."""
    if rule.counts_from == "published":
        if trigger_on is not None:
            raise Refused(
                "trigger-on", f"{rule.id} counts from the report's own day; send no trigger_on."
            )
        return found.published_on
    if trigger_on is None:
        raise Refused(
            "trigger-on",
            f"{rule.id} counts from the day on which it was {rule.counts_from}: record the duty by "
            "itself, with that day (trigger_on) and where it is known from (source).",
        )
    if not has_word(notice.source):
        raise Refused("source-required", "Say where the day is known from that starts the period.")
    can_begin(rule, found, trigger_on)
    return trigger_on


def can_begin(rule: RuleAdopted, found: Report, trigger_on: str | None) -> None:
    """Refuse a period that begins before the report was published. If the recommendation was made
    first and published later, often with the answer, refuse only a period that ends before
    publication."""
    if rule.counts_from == "made":
        due = duties.due(rule, trigger_on).due_on
        if due is not None:
            due_after_report(found, due.isoformat())
        return
    if trigger_on and found.day is not None and dates.last_day(trigger_on) < found.day:
        raise Refused(
            "trigger-on",
            f"The period would begin on {dates.in_words(trigger_on)}, before the report was "
            f"published, on {dates.in_words(found.published_on)}.",
        )


def _publisher_names(decision: Decision, found: Report) -> str:
    return " and ".join(decision.body(one).name for one in found.publishers)


def duty_by(
    rule: RuleAdopted, found: Report, *, trigger_on: str | None, because: str | None = None
) -> ResponseDutyArose:
    """Return the duty that a rule makes of the day from which it counts, with its working."""
    due = duties.due(rule, trigger_on)
    return ResponseDutyArose(
        rule=RuleRef(rule.id, rule.version),
        trigger=found.published.id,
        trigger_on=trigger_on,
        due_on=due.due_on.isoformat() if due.due_on else None,
        counting=due.counting,
        because=because,
    )


def _manual(
    decision: Decision, found: Report, notice: Notice, due_on: str | None
) -> ResponseDutyArose:
    due = by_hand(found, due_on)
    if not has_word(notice.source):
        raise Refused("source-required", "A duty by hand needs the source that gives its due date.")
    rule = max(
        (one for (name, _), one in decision.service.rules.items() if name == duties.MANUAL),
        key=lambda one: one.version,
        default=None,
    )
    if rule is None:
        raise Refused("no-rule", "This log has not adopted the rule `manual`.")
    return ResponseDutyArose(
        rule=RuleRef(rule.id, rule.version),
        trigger=found.published.id,
        trigger_on=found.published_on,
        due_on=due_on,
        counting=due.counting,
    )


def by_hand(found: Report, due_on: str | None) -> duties.Due:
    """Return the last day that a person gives. Raise Refused if it is no day, or is before the
    report's."""
    if due_on is None:
        raise Refused("due-on", "A duty by hand needs its due date (due_on).")
    if not dates.is_exact(due_on):
        raise Refused("due-on", f"“{due_on}” is no day: a due date is known to the day.")
    due_after_report(found, due_on)
    says = f"{dates.in_words(due_on)} is the day that the source gives."
    return duties.Due(date.fromisoformat(due_on), says)


def due_after_report(found: Report, due_on: str) -> None:
    """Refuse a due date before the report was published."""
    if found.day is not None and date.fromisoformat(due_on) < found.day:
        raise Refused(
            "due-on",
            f"A response would be due on {dates.in_words(due_on)}, before its report was "
            f"published, on {dates.in_words(found.published_on)}.",
        )


def _may_add(decision: Decision, reference: str, body: str, notice: Notice) -> None:
    found, account = decision.report(reference), decision.account
    if notice.by != account.body:
        decision.act_of(notice, body)
    if not may_add_duty(decision, found, body):
        raise NotAllowed(
            f"{account.name} cannot record a duty of “{body}”: that body does, or the account "
            f"{found.owner} to which the report belongs, or its publisher."
        )


def grant_extension(
    decision: Decision, reference: str, body: str, event: ExtensionGranted, notice: Notice
) -> Entry:
    """Record that more time was granted. Only where the duty's rule allows it, and in time."""
    may_answer(decision, body)
    name = decision.duty(reference, body, event.duty)
    event, owed = replace(event, duty=as_stored(name)), decision.response(reference, body, name)
    rule = decision.rule_of(owed.duty_event)
    if not rule.extension:
        raise Refused("no-extension", f"The rule {rule.id} allows no extension of the period.")
    due_on = _due_before(owed, event)
    in_order(decision, event)
    if event.applied_on > due_on:
        raise Refused(
            "extension",
            f"It was applied for on {dates.in_words(event.applied_on)}, after the response was "
            f"due, on {dates.in_words(due_on)}.",
        )
    if event.due_on <= due_on:
        raise Refused(
            "extension",
            f"{dates.in_words(event.due_on)} is no later than the day on which it is due already.",
        )
    return _lift(decision, reference, body, event, notice)


def _due_before(owed: Response, event: ExtensionGranted) -> str:
    """Return the day by which it was due when more time was granted: by what had been granted by
    then."""
    assert owed.duty_event.due_on is not None, "a rule that allows extensions has a due date"
    granted = [
        act.data.due_on
        for act in owed.acts
        if isinstance(act.data, ExtensionGranted) and act.data.granted_on <= event.granted_on
    ]
    return max([owed.duty_event.due_on, *granted])


def disapply_duty(
    decision: Decision, reference: str, body: str, event: DutyDisapplied, notice: Notice
) -> Entry:
    """Record that somebody decided that the duty does not apply. Once."""
    may_answer(decision, body)
    name = decision.duty(reference, body, event.duty)
    event, owed = replace(event, duty=as_stored(name)), decision.response(reference, body, name)
    if any(isinstance(act.data, DutyDisapplied) for act in owed.acts):
        raise Refused("disapplied-once", "That the duty does not apply is recorded already.")
    with_its_report(event)
    if event.same_as_report is not None:
        decision.report(event.same_as_report)
        if event.same_as_report == reference:
            raise Refused(
                "same-as-report", "A report has the same findings as itself: name another."
            )
    return _lift(decision, reference, body, event, notice)


def confirm_duty(
    decision: Decision, reference: str, body: str, event: DutyConfirmed, notice: Notice
) -> Entry:
    """Record that a duty stands which the body that owes it calls recorded in error. The body that
    recorded the duty does, the publisher of the report, or an administrator."""
    account, found = decision.account, decision.report(reference)
    name = decision.duty(reference, body, event.duty)
    event, owed = replace(event, duty=as_stored(name)), decision.response(reference, body, name)
    if not may_answer_for_it(decision, owed.recorder) and not decision.publishes(found):
        raise NotAllowed(
            f"{account.name} cannot confirm this duty: {owed.recorder} does, which recorded it, or "
            f"{' or '.join(found.publishers)}, or an administrator."
        )
    decision.act_of(notice, *filter(None, (account.body or notice.by,)))
    if owed.denied is None:
        raise Refused(
            "nothing-to-confirm",
            f"“{body}” does not say that another recorded this duty in error, so there is nothing "
            "to confirm.",
        )
    if not has_word(notice.source):
        raise Refused(
            "source-required",
            "Say where it is known from that the duty stands (source: url, capture or note).",
        )
    after_report(found, notice.occurred_on)
    return decision.add(response_stream(reference, body), event, notice, by=account.body)


def may_answer_for_it(decision: Decision, recorder: str) -> bool:
    """Return whether the account answers for a duty that a body recorded: it is of that body, or of
    one that followed it, or an administrator's."""
    account = decision.account
    return account.may("admin") or decision.service.speaks_for(account.body, recorder)


def _lift(
    decision: Decision,
    reference: str,
    body: str,
    event: ExtensionGranted | DutyDisapplied,
    notice: Notice,
) -> Entry:
    """Return the body whose act it is: the one that owes the response, or its successor. An act
    that anyone else records of it, its force included, is reported."""
    own, stream = decision.account.body, response_stream(reference, body)
    by = own if own in decision.holders(body, stream) else body
    return decision.add(stream, event, notice, by=by, lifts=body)


def applied_too_late(decision: Decision, one: Known, aside: Collection[str] = ()) -> list[str]:
    """Return the extensions of the duty that one is, or is of, but for those `aside`, that were
    applied for when it was due already, by the extensions before them."""
    name = one.data.name if isinstance(one.data, ResponseDutyArose) else None
    name = one.data.duty if isinstance(one.data, ExtensionGranted) else name
    state = response(decision.stream(one.entry.stream), name or RESPONSE)
    if state is None:
        return []
    found, due_on = [], state.duty_event.due_on or ""
    granted = [
        (act.data, act.id)
        for act in state.acts
        if isinstance(act.data, ExtensionGranted) and act.id not in aside
    ]
    for data, entry in sorted(granted, key=lambda one: one[0].granted_on):
        if data.applied_on > due_on:
            found.append(entry)
        due_on = max(due_on, data.due_on)
    return found


def in_order(decision: Decision, event: ExtensionGranted) -> None:
    """Refuse an extension whose days are not exact, not in order, or in the future."""
    for name in ("applied_on", "granted_on", "due_on"):
        if not dates.is_exact(getattr(event, name)):
            raise Refused("extension", f"“{getattr(event, name)}” is no day: {name} is exact.")
    if not event.applied_on <= event.granted_on:
        raise Refused("extension", "It was granted before it was applied for.")
    if event.granted_on > decision.today.isoformat():
        raise Refused(
            "extension",
            f"It is to be granted on {dates.in_words(event.granted_on)}: record it when it is.",
        )


def with_its_report(event: DutyDisapplied) -> None:
    """Refuse a basis without the report that it needs, or with a report that it does not take."""
    if (event.basis == "same_findings_as") != (event.same_as_report is not None):
        raise Refused(
            "same-as-report",
            "`same_findings_as` goes with the report whose findings are the same "
            "(same_as_report), and no other basis does.",
        )
