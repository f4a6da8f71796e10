"""Acts on one recommendation: assurance, updates, targets, closure and its reversal."""

from ledger import dates
from ledger.acts import closure
from ledger.acts.closure import Decided
from ledger.acts.decision import Decision, Told, has_word
from ledger.acts.response import after_report, target_after_report
from ledger.errors import NotAllowed, NotRecorded, Refused
from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    RecommendationRaised,
    Reopened,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.events.streams import RecommendationId, key_of, recommendation_stream
from ledger.states.effect import Known, in_effect, known
from ledger.states.recommendation import Placed, fold, why_not
from ledger.states.report import Report

Act = (
    AssuranceSought
    | UpdateReceived
    | TargetDateSet
    | ClosureProposed
    | ClosureConfirmed
    | ClosureRefused
    | Reopened
    | Withdrawn
    | Superseded
)


def seek_assurance(
    decision: Decision, to: RecommendationId, event: AssuranceSought, told: Told
) -> Entry:
    """Record that somebody was asked for assurance."""
    return _record(decision, to, event, told)


def receive_update(
    decision: Decision, to: RecommendationId, event: UpdateReceived, told: Told
) -> Entry:
    """Record what the force says of it."""
    return _record(decision, to, event, told)


def set_target_date(
    decision: Decision, to: RecommendationId, event: TargetDateSet, told: Told
) -> Entry:
    """Record a date by which it is to be done."""
    return _record(decision, to, event, told)


def propose_closure(
    decision: Decision, to: RecommendationId, event: ClosureProposed, told: Told
) -> Entry:
    """Record that its closure was proposed."""
    return _record(decision, to, event, told)


def confirm_closure(
    decision: Decision, to: RecommendationId, event: ClosureConfirmed, told: Told
) -> Entry:
    """Record that the inspectorate closed it."""
    return _record(decision, to, event, told)


def refuse_closure(
    decision: Decision, to: RecommendationId, event: ClosureRefused, told: Told
) -> Entry:
    """Record that the inspectorate refused to close it."""
    return _record(decision, to, event, told)


def reopen(decision: Decision, to: RecommendationId, event: Reopened, told: Told) -> Entry:
    """Record that the inspectorate opened it again."""
    return _record(decision, to, event, told)


def withdraw(decision: Decision, to: RecommendationId, event: Withdrawn, told: Told) -> Entry:
    """Record that the inspectorate withdrew it."""
    return _record(decision, to, event, told)


def supersede(decision: Decision, to: RecommendationId, event: Superseded, told: Told) -> Entry:
    """Record that another recommendation took its place."""
    return _record(decision, to, event, told)


def _record(decision: Decision, to: RecommendationId, event: Act, told: Told) -> Entry:
    """Record one act on a recommendation, if it is allowed at its place in what happened."""
    found = decision.report(to.report)
    stream = recommendation_stream(to.report, to.key, to.addressee)
    acts = in_effect(decision.stream(stream))
    if not any(isinstance(one.data, RecommendationRaised) for one in acts):
        raise NotRecorded(
            f"No recommendation {to.key} of “{to.report}” to “{to.addressee}” is recorded."
        )
    _may_record(decision, found, to, event)
    after_report(found, told.occurred_on)
    if isinstance(event, TargetDateSet):
        _target_possible(decision, found, event, told)
    by = _whose(decision, found, to, event)
    _check(decision, stream, acts, event, told, by)
    if isinstance(event, Decided):
        closure.may_tell(decision, event)
    entry = decision.add(stream, event, told, by=by)
    if isinstance(event, Decided):
        assert entry.by is not None
        closure.may_decide(decision, found, to, event, entry.by)
    _allowed_at_its_place(decision, found, stream, entry)
    return entry


def _target_possible(decision: Decision, found: Report, event: TargetDateSet, told: Told) -> None:
    """Refused where the day precedes the report; and where the report is said to have set it,
    without a source, by neither its publisher nor the account that recorded it."""
    target_after_report(found, event.on)
    account = decision.account
    owns = account.name == found.owner or account.body == found.data.publisher
    owns = owns or account.may("admin") or has_word(told.source)
    if event.origin == "report" and not owns:
        raise Refused(
            "source-required",
            f"“{found.reference}” belongs to {found.owner}: that it sets this date needs a source.",
        )


def placed(decision: Decision, found: Report, entries: list[Entry]) -> list[Placed]:
    """The acts in effect among a recommendation's entries, each at its place."""
    return [
        Placed(
            found.happened(one, decision.captured_on).hi,
            one.entry.position,
            one.id,
            one.data,  # type: ignore[arg-type]  # a recommendation's stream holds no others
        )
        for one in in_effect(entries)
    ]


def _whose(decision: Decision, found: Report, to: RecommendationId, event: Act) -> str | None:
    """Whose act it is by default (domain rules)."""
    match event:
        case UpdateReceived():
            return to.addressee
        case ClosureConfirmed() | ClosureRefused() | Reopened() | Withdrawn() | Superseded():
            return found.data.publisher
        case AssuranceSought() | TargetDateSet() | ClosureProposed():
            return decision.account.body


def _check(
    decision: Decision,
    stream: str,
    acts: list[Known],
    event: Act,
    told: Told,
    by: str | None,
) -> None:
    if by is None and told.by is None:
        raise Refused("by", "This account belongs to no body: say whose act it is (by).")
    match event:
        case AssuranceSought():
            decision.body(event.of)
            if event.reply_by is not None:
                dates.check(event.reply_by)
        case UpdateReceived(answers=str(asked)):
            if not any(one.id == asked and isinstance(one.data, AssuranceSought) for one in acts):
                raise Refused(
                    "answers", f"{asked} is no assurance sought about this recommendation."
                )
        case TargetDateSet():
            dates.check(event.on)
        case Superseded():
            _another_exists(decision, stream, event)
        case _:
            pass


def _another_exists(decision: Decision, stream: str, event: Superseded) -> None:
    ref = event.superseded_by
    try:
        other = recommendation_stream(ref.report, key_of(ref.number), ref.body)
    except ValueError as error:
        raise Refused("number", str(error)) from None
    if other == stream:
        raise Refused("superseded-by", "A recommendation cannot take its own place.")
    which = f"recommendation {ref.number} of “{ref.report}” to “{ref.body}”"
    raised = [
        one for one in known(decision.stream(other)) if isinstance(one.data, RecommendationRaised)
    ]
    if not raised:
        raise Refused("superseded-by", f"No {which} is recorded.")
    acts = in_effect(decision.stream(other))
    ended = next((one for one in acts if isinstance(one.data, Withdrawn | Superseded)), None)
    if ended is not None:
        raise Refused(
            "superseded-by",
            f"The {which} was itself withdrawn or superseded, by {ended.id}: name one that stands.",
        )
    if not any(one.in_effect for one in raised):
        raise Refused(
            "superseded-by",
            f"The {which} was retracted, by {raised[-1].set_aside_by}: name one that stands.",
        )


def _may_record(decision: Decision, found: Report, to: RecommendationId, event: Act) -> None:
    account = decision.account
    if account.may("admin") or account.body is None or account.body == found.data.publisher:
        return
    publisher, body = decision.body(found.data.publisher), decision.body(account.body)
    if isinstance(event, Decided) and closure.closes(decision, publisher, body, to):
        return
    if not decision.service.concerns(account.body, to.addressee):
        raise NotAllowed(
            f"{account.name} cannot record on a recommendation to “{to.addressee}”: it belongs to "
            f"{account.body}, which neither is it, nor holds it to account."
        )


def _allowed_at_its_place(decision: Decision, found: Report, stream: str, entry: Entry) -> None:
    acts = placed(decision, found, decision.stream(stream))
    own = next(one for one in acts if one.entry == entry.id)
    if why := why_not(fold(acts, until=own.place), own.event):
        raise Refused("not-allowed-here", why)
