"""Acts on a response: the duty, invitations, comments, the statement, copies of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import dates, duties
from ledger.decision import Decision, Told, has_word
from ledger.effect import in_effect
from ledger.entry import Entry, new_id
from ledger.errors import NotAllowed, NotRecorded, Refused
from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    CopySent,
    DutyDisapplied,
    ExtensionGranted,
    RecommendationRaised,
    ResponseDutyArose,
    ResponsePublished,
    RuleAdopted,
    StatementRevised,
)
from ledger.events.recommendation import How, Stance
from ledger.events.response import Part, RuleRef
from ledger.report import Report
from ledger.streams import key_of, recommendation_stream, response_stream
from ledger.texts import Text, say

MANUAL = "manual"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What a statement says of one recommendation."""

    number: str
    addressee: str
    how: How
    stance: Stance
    text: Text | None = None
    reason: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Covers:
    """A report that a statement covers, and what it says of its recommendations."""

    report: str
    explanations: tuple[Explanation, ...] = ()


def raise_duty(
    decision: Decision,
    reference: str,
    body: str,
    told: Told,
    *,
    rule: str | None = None,
    due_on: str | None = None,
) -> Entry:
    """Record that a body owes a response: by the rule that applies, or by hand (`manual`)."""
    found = decision.report(reference)
    stream = response_stream(reference, body)
    registered = decision.body(body)
    if any(isinstance(one.data, ResponseDutyArose) for one in in_effect(decision.stream(stream))):
        raise Refused("duty-exists", f"The duty of “{body}” to respond is recorded already.")
    if rule == MANUAL:
        event = _manual(decision, found, told, due_on)
    else:
        chosen = duties.choose(
            decision.service.rules.values(),
            report_kind=found.data.kind,
            body_kind=registered.kind,
            published_on=found.published_on,
        )
        if chosen is None or (rule is not None and chosen.id != rule):
            raise Refused(
                "no-rule",
                f"{'No rule' if chosen is None else f'Not {rule} but {chosen.id}'} covers a "
                f"response of “{body}” to a report of the kind “{found.data.kind}”: where one is "
                f"owed, record it with the rule `{MANUAL}`, its due date and its source.",
            )
        if due_on is not None:
            raise Refused("due-on", f"{chosen.id} gives the due date itself; send none.")
        event = duty_by(chosen, found)
    told = Told(
        occurred_on=found.published_on, by=told.by and body, source=told.source, batch=told.batch
    )
    return decision.add(stream, event, told, by=decision.account.body)


def duty_by(rule: RuleAdopted, found: Report, *, because: str | None = None) -> ResponseDutyArose:
    """The duty that a rule makes of a report's day, with its working."""
    due = duties.due(rule, found.published_on)
    return ResponseDutyArose(
        rule=RuleRef(rule.id, rule.version),
        trigger=found.published.id,
        trigger_on=found.published_on,
        due_on=due.due_on.isoformat() if due.due_on else None,
        counting=due.counting,
        because=because,
    )


def invite_comments(
    decision: Decision, reference: str, body: str, event: ChiefOfficerCommentsInvited, told: Told
) -> Entry:
    """Record that the body invited the chief officer's comments."""
    decision.response(reference, body)
    after_report(decision.report(reference), told.occurred_on)
    if event.reply_by is not None:
        dates.check(event.reply_by)
    return decision.add(response_stream(reference, body), event, told, by=body)


def receive_comments(
    decision: Decision, reference: str, body: str, event: ChiefOfficerCommentsReceived, told: Told
) -> Entry:
    """Record the chief officer's comments. They need no invitation."""
    decision.response(reference, body)
    after_report(decision.report(reference), told.occurred_on)
    force = decision.body(body).force or body
    return decision.add(response_stream(reference, body), event, told, by=force)


def publish_response(
    decision: Decision,
    body: str,
    told: Told,
    *,
    covers: Sequence[Covers],
    text: Text,
    parts: tuple[Part, ...] = ("comments",),
    url: str | None = None,
) -> Entry:
    """Record that a body published a response: the publication, and what it says of each.

    One statement may cover several reports; the first entry is the first report's.
    """
    statement = new_id()
    first = None
    if len({one.report for one in covers}) < len(covers):
        raise Refused("named-twice", "The same report is covered twice by this statement.")
    references = tuple(one.report for one in covers)
    for one in covers:
        found = decision.report(one.report)
        after_report(found, told.occurred_on)
        decision.response(one.report, body)
        event = ResponsePublished(
            statement=statement,
            parts=parts,
            url=url,
            also=tuple(other for other in references if other != one.report),
            text=text,
        )
        entry = decision.add(response_stream(one.report, body), event, told, by=body)
        first = first or entry
        _explain(decision, one, statement, body, told)
    assert first is not None, "a statement covers at least one report"
    return first


def send_copy(decision: Decision, reference: str, body: str, event: CopySent, told: Told) -> Entry:
    """Record that a copy was sent. It comes after a publication."""
    if not decision.response(reference, body).published:
        raise Refused(
            "published-first",
            f"No response of “{body}” to “{reference}” is recorded, so no copy of it can be sent.",
        )
    after_report(decision.report(reference), told.occurred_on)
    return decision.add(response_stream(reference, body), event, told, by=body)


def _explain(decision: Decision, covers: Covers, statement: str, body: str, told: Told) -> None:
    seen: set[tuple[str, str]] = set()
    for said in covers.explanations:
        try:
            key = key_of(said.number)
        except ValueError as error:
            raise Refused("number", str(error)) from None
        if (key, said.addressee) in seen:
            raise Refused(
                "named-twice",
                f"Recommendation {said.number} to “{said.addressee}” is explained twice.",
            )
        seen.add((key, said.addressee))
        consistent(said.number, said)
        if not decision.service.concerns(body, said.addressee):
            raise Refused(
                "addressee",
                f"“{body}” does not answer for “{said.addressee}”, to whom recommendation "
                f"{said.number} is addressed.",
            )
        stream = recommendation_stream(covers.report, key, said.addressee)
        if not any(
            isinstance(a.data, RecommendationRaised) for a in in_effect(decision.stream(stream))
        ):
            raise NotRecorded(
                f"No recommendation {said.number} of “{covers.report}” to “{said.addressee}” is "
                "recorded; record it first."
            )
        event = CommissionerStatementIssued(
            statement=statement,
            how=said.how,
            stance=said.stance,
            text=said.text,
            reason=said.reason,
        )
        decision.add(stream, event, told, by=body)


def consistent(number: str, said: Explanation | CommissionerStatementIssued) -> None:
    """Refused where what is said of a recommendation does not go together."""
    if said.stance == "no_action" and said.reason is None:
        raise Refused(
            "no-action-needs-reason",
            f"No action on recommendation {number} needs the reason that the body gives.",
        )
    if said.how != "not_found" and said.text is None:
        raise Refused(
            "passage",
            f"Recommendation {number} is said to be explained: give the passage (text), "
            "or say `not_found`.",
        )
    if said.how == "not_found" and said.stance != "not_stated":
        raise Refused(
            "passage",
            f"No passage was found for recommendation {number}, so no stance is stated.",
        )


def _manual(decision: Decision, found: Report, told: Told, due_on: str | None) -> ResponseDutyArose:
    if due_on is None:
        raise Refused("due-on", "A duty by hand needs its due date (due_on).")
    if not dates.is_exact(due_on):
        raise Refused("due-on", f"“{due_on}” is no day: a due date is known to the day.")
    if not has_word(told.source):
        raise Refused("source-required", "A duty by hand needs the source that gives its due date.")
    rule = max(
        (one for (name, _), one in decision.service.rules.items() if name == MANUAL),
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
        counting=f"{dates.in_words(due_on)} is the day that the source gives.",
    )


def after_report(found: Report, occurred_on: str | None) -> None:
    """Refused where an act about a report is said to precede its publication."""
    if occurred_on is None or found.day is None:
        return
    if dates.last_day(occurred_on) < found.day:
        raise Refused(
            "not-before-the-report",
            f"{dates.in_words(occurred_on)} is before the report was published, on "
            f"{dates.in_words(found.published_on)}.",
        )


def may_add_duty(decision: Decision, reference: str, body: str) -> None:
    """NotAllowed where neither the report is the account's, nor the duty its body's."""
    found = decision.report(reference)
    if decision.account.name != found.owner and decision.account.body != found.data.publisher:
        may_answer(decision, body)


def may_answer(decision: Decision, body: str) -> None:
    """NotAllowed where the account is of a body that has nothing to do with this response."""
    account = decision.account
    if account.may("admin") or account.body is None:
        return
    if not decision.service.concerns(account.body, body):
        raise NotAllowed(
            f"{account.name} cannot record for “{body}”: it belongs to {account.body}."
        )


def grant_extension(
    decision: Decision, reference: str, body: str, event: ExtensionGranted, told: Told
) -> Entry:
    """Record that more time was granted. Only where the duty's rule allows it, and in time."""
    owed = decision.response(reference, body)
    rule = decision.service.rules[(owed.duty_event.rule.id, owed.duty_event.rule.version)]
    if not rule.extension:
        raise Refused("no-extension", f"The rule {rule.id} allows no extension of the period.")
    due_on = owed.due_on
    assert due_on is not None, "a rule that allows extensions has a due date"
    for name in ("applied_on", "granted_on", "due_on"):
        if not dates.is_exact(getattr(event, name)):
            raise Refused("extension", f"“{getattr(event, name)}” is no day: {name} is exact.")
    if event.applied_on > due_on:
        raise Refused(
            "extension",
            f"It was applied for on {dates.in_words(event.applied_on)}, after the response was "
            f"due, on {dates.in_words(due_on)}.",
        )
    if not event.applied_on <= event.granted_on:
        raise Refused("extension", "It was granted before it was applied for.")
    if event.due_on <= due_on:
        raise Refused(
            "extension",
            f"{dates.in_words(event.due_on)} is no later than the day on which it is due already.",
        )
    return decision.add(response_stream(reference, body), event, told, by=decision.account.body)


def disapply_duty(
    decision: Decision, reference: str, body: str, event: DutyDisapplied, told: Told
) -> Entry:
    """Record that somebody decided that the duty does not apply. Once."""
    owed = decision.response(reference, body)
    if any(isinstance(act.data, DutyDisapplied) for act in owed.acts):
        raise Refused("disapplied-once", "That the duty does not apply is recorded already.")
    if (event.basis == "same_findings_as") != (event.same_as_report is not None):
        raise Refused(
            "same-as-report",
            "`same_findings_as` goes with the report whose findings are the same "
            "(same_as_report), and no other basis does.",
        )
    if event.same_as_report is not None:
        decision.report(event.same_as_report)
    return decision.add(response_stream(reference, body), event, told, by=decision.account.body)


def as_text(now: str | Text | None) -> Text | None:
    """What a page says since, as a public text. Refused where it cannot be stored."""
    if not isinstance(now, str):
        return now
    try:
        return say(now)
    except ValueError as error:
        raise Refused("does-not-fit", str(error)) from None


def revise_statement(
    decision: Decision,
    reference: str,
    body: str,
    told: Told,
    *,
    field: str,
    now: str | Text | None,
    statement: str | None = None,
) -> Entry:
    """Record that a published response says something else since a day on which that was seen."""
    owed = decision.response(reference, body)
    after_report(decision.report(reference), told.occurred_on)
    published = [
        one for one in owed.published if statement in (None, getattr(one.data, "statement", None))
    ]
    if not published:
        raise Refused(
            "published-first",
            f"No response of “{body}” to “{reference}” is recorded that could have been revised.",
        )
    one = published[-1]
    assert isinstance(one.data, ResponsePublished)
    if field not in ("text", "url"):
        raise Refused("no-such-field", f"A response's text and url are revised, not “{field}”.")
    now = as_text(now) if field == "text" else now
    if isinstance(now, Text) != (field == "text") or now is None:
        raise Refused("does-not-fit", f"“{field}” does not take this value.")
    was = owed.as_revised(one, field)
    if was == now:
        raise Refused("nothing-revised", f"The field “{field}” says that already.")
    event = StatementRevised(statement=one.data.statement, field=field, was=was, now=now)
    return decision.add(response_stream(reference, body), event, told, by=body)
