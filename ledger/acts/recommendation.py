"""Acts on one recommendation: assurance, updates, targets, closure and its reversal.

The inspectorate decides on closure, or whom it lets (`closes_by`); never a force. Both are as the
register says when the act is recorded. Anyone else's record of such a decision is `reported`, with
its source. The force that it is about may not record it at all.
"""

from dataclasses import replace
from itertools import chain
from typing import assert_never

from ledger import dates
from ledger.acts.decision import (
    Decision,
    Notice,
    after_report,
    has_word,
    must_give,
    recommendation_named,
    target_after_report,
)
from ledger.acts.knowledge import in_any_stream
from ledger.errors import NotAllowed, NotRecorded, Refused
from ledger.events import (
    AssuranceSought,
    BodyRegistered,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    RecommendationEvent,
    RecommendationRaised,
    Reopened,
    RepeatNoted,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Claim, Origin, RecommendationRef, Target
from ledger.events.streams import RecommendationId, report_of
from ledger.states.effect import KNOWLEDGE, in_effect, known
from ledger.states.recommendation import Course, Placed, why_not
from ledger.states.report import Report

Ending = ClosureConfirmed | Withdrawn | Superseded
Decided = Ending | ClosureRefused | Reopened
_OF_AN_AREA = {"local_policing_body", "panel", "fire_authority"}


def seek_assurance(
    decision: Decision, to: RecommendationId, event: AssuranceSought, notice: Notice
) -> Entry:
    """Record that somebody was asked for assurance."""
    found = _may_record(decision, to, event, notice)
    by = _teller(decision, notice)
    decision.body(event.of)
    if event.reply_by is not None:
        dates.check(event.reply_by)
    return _record(decision, found, to, event, notice, by=by)


def receive_update(
    decision: Decision, to: RecommendationId, event: UpdateReceived, notice: Notice
) -> Entry:
    """Record what the force says of it. Where it answers, an assurance was sought. A remark is
    somebody else's, and claims and answers nothing."""
    found = _may_record(decision, to, event, notice)
    if event.remark:
        if notice.by in (None, to.addressee) or event.claim or event.answers:
            raise Refused(
                "remark",
                "A remark is of somebody else than the addressee: say whose (by), and leave claim "
                "and answers out.",
            )
        return _record(decision, found, to, event, notice, by=to.addressee)
    event = replace(event, remark=None)
    if event.answers is not None and not any(
        one.entry == event.answers and isinstance(one.event, AssuranceSought)
        for one in course(decision, found, to.stream).acts
    ):
        raise Refused(
            "answers", f"{event.answers} is no assurance sought about this recommendation."
        )
    if event.claim is not None:
        event = replace(event, claim=_with_evidence(decision, event.claim))
    return _record(decision, found, to, event, notice, by=to.addressee)


def _with_evidence(decision: Decision, claim: Claim) -> Claim:
    """Return a claim with the bodies whose evidence it names by their ids, or without any
    evidence."""
    if not claim.evidence:
        return replace(claim, evidence=None)
    has_come(decision, claim)
    named = [replace(one, whose=decision.body_named(one.whose)) for one in claim.evidence]
    return replace(claim, evidence=tuple(named))


def has_come(decision: Decision, claim: Claim) -> None:
    """Refuse evidence of a day that has not come."""
    for one in claim.evidence or ():
        decision.not_in_the_future(one.on)


def set_target_date(
    decision: Decision, to: RecommendationId, event: TargetDateSet, notice: Notice
) -> Entry:
    """Record a date by which it is to be done, not before the report. A date of the report's is
    its publisher's word, and one of the force's its own: from anybody else it is reported."""
    found = _may_record(decision, to, event, notice)
    target_after_report(found, event.on)
    dates.check(event.on)
    by = _whose_target(decision, found, to, event, notice)
    if event.worked_out is not None:
        event, notice = _worked_out(decision, found, to, event, notice)
    return _record(decision, found, to, event, notice, by=by)


def _whose_target(
    decision: Decision, found: Report, to: RecommendationId, event: TargetDateSet, notice: Notice
) -> str | None:
    """Return the body whose word a target is, by its origin. Raise Refused if another body is
    given."""
    if event.origin == "internal":
        return _teller(decision, notice)
    if notice.by is not None:
        check_origin(decision, found, to, event.origin, notice.by)
    if event.origin == "report":
        return found.publisher_for(decision.account.body)
    return to.addressee


def check_origin(
    decision: Decision, found: Report, to: RecommendationId, origin: Origin, by: str | None
) -> None:
    """Refuse a target of the report's that is not its publisher's word, and one of the force's that
    is not its own."""
    match origin:
        case "internal":
            return
        case "report":
            may_say, whose = found.publishers, "its publisher’s"
        case "force":
            may_say, whose = (to.addressee,), f"{decision.body(to.addressee).name}’s own"
        case _:
            assert_never(origin)
    if not decision.service.speaks_for(by, *may_say):
        said = decision.body(by).name if by is not None else "nobody"
        raise Refused(
            "whose-target",
            f"A target of the origin “{origin}” is {whose} word, and this is said to be an act of "
            f"{said}. Leave `by` out, or give the origin `internal` for a day that {said} set.",
        )


def _worked_out(
    decision: Decision, found: Report, to: RecommendationId, event: TargetDateSet, notice: Notice
) -> tuple[TargetDateSet, Notice]:
    """Return a day that a person confirms as the one that the words of the report's target give.
    The report set it: it holds from the day on which the recommendation was made, unless said."""
    if not event.worked_out:
        return replace(event, worked_out=None), notice
    if event.origin != "report":
        raise Refused("worked-out", "The words are the report's: the origin is `report`.")
    raised, words, counted_from = words_of_target(decision, found, to)
    if words is None:
        raise Refused(
            "worked-out",
            "The recommendation is recorded without words for its target, or they were removed: "
            "there is nothing to work its day out from.",
        )
    must_give(words, counted_from, event.on)
    target = raised.target
    if target is not None and target.on is not None and not target.worked_out:
        raise Refused(
            "worked-out",
            f"The report states the day itself, {dates.in_words(target.on)}: nothing is to be "
            "worked out from its words. Correct that day first, if it is wrong.",
        )
    if event.on in confirmed_days(decision, found, to):
        raise Refused("worked-out", "That the words give this day is recorded already.")
    return event, replace(notice, occurred_on=notice.occurred_on or counted_from)


def confirmed_days(decision: Decision, found: Report, to: RecommendationId) -> list[str]:
    """Return the days that were confirmed as those which the words give, and needn't be again."""
    acts = in_effect(decision.stream(to.stream))
    raised = next(one for one in acts if isinstance(one.data, RecommendationRaised))
    days = []
    for one in acts:
        target = one.data.target if isinstance(one.data, RecommendationRaised) else one.data
        if not isinstance(target, TargetDateSet | Target) or not target.worked_out:
            continue
        if target.on and not found.is_to_confirm(raised, one):
            days.append(target.on)
    return days


def words_of_target(
    decision: Decision, found: Report, to: RecommendationId
) -> tuple[RecommendationRaised, str | None, str | None]:
    """Return the entry that raised a recommendation, the words of its target, if any, and the day
    from which they count. They count from the report's day unless the recommendation was raised on
    another day."""
    acts = in_effect(decision.stream(to.stream))
    one = next(act for act in acts if isinstance(act.data, RecommendationRaised))
    assert isinstance(one.data, RecommendationRaised)
    words = decision.words(one, "target.phrase") if one.data.target else None
    return one.data, words, found.on_its_day(one).entry.occurred_on


def propose_closure(
    decision: Decision, to: RecommendationId, event: ClosureProposed, notice: Notice
) -> Entry:
    """Record that its closure was proposed."""
    found = _may_record(decision, to, event, notice)
    return _record(decision, found, to, event, notice, by=_teller(decision, notice))


def confirm_closure(
    decision: Decision, to: RecommendationId, event: ClosureConfirmed, notice: Notice
) -> Entry:
    """Record that the inspectorate closed it."""
    return _decide(decision, _may_record(decision, to, event, notice), to, event, notice)


def refuse_closure(
    decision: Decision, to: RecommendationId, event: ClosureRefused, notice: Notice
) -> Entry:
    """Record that the inspectorate refused to close it."""
    return _decide(decision, _may_record(decision, to, event, notice), to, event, notice)


def reopen(decision: Decision, to: RecommendationId, event: Reopened, notice: Notice) -> Entry:
    """Record that the inspectorate opened it again."""
    return _decide(decision, _may_record(decision, to, event, notice), to, event, notice)


def withdraw(decision: Decision, to: RecommendationId, event: Withdrawn, notice: Notice) -> Entry:
    """Record that the inspectorate withdrew it."""
    return _decide(decision, _may_record(decision, to, event, notice), to, event, notice)


def supersede(decision: Decision, to: RecommendationId, event: Superseded, notice: Notice) -> Entry:
    """Record that another recommendation took its place: one that stands, where it is named."""
    found = _may_record(decision, to, event, notice)
    if event.superseded_by is not None:
        _another_stands(decision, to, event.superseded_by)
    return _decide(decision, found, to, event, notice)


def note_repeat(
    decision: Decision, to: RecommendationId, event: RepeatNoted, notice: Notice
) -> Entry:
    """Record that it repeats one of an earlier report. If the publisher's words say so,
    it is the publisher's act, with a source; else it is an act of whoever notes it."""
    found = _may_record(decision, to, event, notice)
    repeat_possible(decision, to, event)
    match event.words:
        case "own":
            by = _teller(decision, notice)
        case "publisher":
            decision.act_of(notice, *found.publishers)
            by = found.publisher_for(decision.account.body)
            if not has_word(notice.source):
                raise Refused(
                    "source-required",
                    "These are words of the publisher: say where they stand (source: url, capture "
                    "or note). If they are your own, give the words `own`.",
                )
        case _:
            assert_never(event.words)
    return _record(decision, found, to, event, notice, by=by)


def repeat_possible(
    decision: Decision, to: RecommendationId, event: RepeatNoted, entry: str | None = None
) -> None:
    """Refuse to note a repeat of itself, of one that isn't recorded, or of one that a later report
    or its own raised. Refuse a second note of the same repeat."""
    ref = event.of
    earlier = recommendation_named(ref.report, ref.number, ref.addressee)
    if earlier == to:
        raise Refused("repeat", "A recommendation cannot repeat itself.")
    _raised_there(decision, ref, "repeat")
    if earlier.report == to.report:
        raise Refused(
            "repeat",
            f"Both are of “{to.report}”: name the recommendation of an earlier report that it "
            "repeats.",
        )
    if _is_later(decision, earlier.report, to.report):
        first = decision.report(earlier.report)
        raise Refused(
            "repeat",
            f"“{earlier.report}” was published on {dates.in_words(first.published_on)}, after "
            f"“{to.report}”: a recommendation repeats one of an earlier report.",
        )
    for one in in_effect(decision.stream(to.stream)):
        if isinstance(one.data, RepeatNoted) and one.id != entry and one.data.of.id == earlier:
            raise Refused("repeat-noted", f"This repeat is noted already, by {one.id}.")


def _is_later(decision: Decision, one: str, other: str) -> bool:
    """Return whether one report was surely published after another."""
    first = decision.report(one).day
    return first is not None and first > decision.report(other).hi(decision.captured_on)


def repeats_in_order(decision: Decision, reference: str) -> None:
    """Refuse a day of a report by which what a recommendation is noted to repeat comes later than
    that recommendation."""

    def names_it(entry: Entry) -> bool:
        assert isinstance(entry.data, RepeatNoted)
        return reference in (report_of(entry.stream), entry.data.of.report)

    resting = [
        one.id
        for one in in_any_stream(decision, (RepeatNoted,), names_it)
        if isinstance(one.data, RepeatNoted)
        and _is_later(decision, one.data.of.report, str(report_of(one.entry.stream)))
    ]
    if resting:
        raise Refused(
            "others-rest-on-it",
            "By that day a recommendation would repeat one of a later report. Retract these notes "
            "of repeats first, or let whoever recorded them do so: " + ", ".join(resting) + ".",
        )


def _may_record(
    decision: Decision, to: RecommendationId, event: RecommendationEvent, notice: Notice
) -> Report:
    """Return the report of a recommendation that is recorded, on which the account may record
    this."""
    found = decision.report(to.report)
    acts = course(decision, found, to.stream).acts
    if not any(isinstance(one.event, RecommendationRaised) for one in acts):
        raise NotRecorded(
            f"No recommendation {to.key} of “{to.report}” to “{to.addressee}” is recorded."
        )
    account = decision.account
    if not (account.may("admin") or account.body is None or decision.publishes(found)):
        assert account.body is not None
        body = decision.body(account.body)
        lets = isinstance(event, Decided) and closes(decision, found, body, to)
        if not lets and not decision.service.concerns(account.body, to.addressee):
            raise NotAllowed(
                f"{account.name} cannot record on a recommendation to “{to.addressee}”: it belongs "
                f"to {account.body}, which neither is it, nor holds it to account."
            )
    after_report(found, notice.occurred_on)
    return found


def _teller(decision: Decision, notice: Notice) -> str | None:
    """Return the body whose act it is by default: the account's."""
    if decision.account.body is None and notice.by is None:
        raise Refused("by", "This account belongs to no body: say whose act it is (by).")
    return decision.account.body


def _record(
    decision: Decision,
    found: Report,
    to: RecommendationId,
    event: RecommendationEvent,
    notice: Notice,
    *,
    by: str | None,
) -> Entry:
    """Add the act, where it is allowed at its place in what happened."""
    entry = decision.add(to.stream, event, notice, by=by)
    _allowed_at_its_place(decision, found, entry)
    return entry


def _decide(
    decision: Decision, found: Report, to: RecommendationId, event: Decided, notice: Notice
) -> Entry:
    """Add what a publisher decided, or whom it lets; a force's account records no end of it,
    whosever act it says that is."""
    body = decision.account.body
    if body is not None and isinstance(event, Ending) and decision.body(body).kind == "force":
        raise Refused(
            "force-never-closes",
            f"{decision.body(body).name} cannot record this: a force's own word never closes or "
            "ends a recommendation. The inspectorate records it, or the local policing body, from "
            "the letter that says so; a force records its update, or proposes closure.",
        )
    by = found.publisher_for(body)
    entry = decision.add(to.stream, event, notice, by=by)
    assert entry.by is not None
    _may_decide(decision, found, to, event, entry.by)
    _allowed_at_its_place(decision, found, entry)
    return entry


def _may_decide(
    decision: Decision, found: Report, to: RecommendationId, event: Decided, whose: str
) -> None:
    """Refuse a decision that is not this body's to make."""
    body, named = decision.body(whose), closers(decision, found)
    if closes(decision, found, body, to):
        return
    closing = isinstance(event, ClosureConfirmed | ClosureRefused)
    if decision.service.speaks_for(body.id, *found.publishers) and not closing:
        return
    if not closing:
        named = tuple(dict.fromkeys((*found.publishers, *named)))
    more = ""
    if body.kind == "force":
        more = " A force never does."
    elif body.kind in named:
        more = f" A kind of body means the one that answers for {to.addressee}."
    raise Refused(
        "who-may-close",
        f"{body.name} cannot decide on {'closure' if closing else 'this'}: for "
        f"{' and '.join(decision.body(one).name for one in found.publishers)} "
        f"that is {', '.join(named)}.{more}",
    )


def closes(decision: Decision, found: Report, body: BodyRegistered, to: RecommendationId) -> bool:
    """Return whether a publisher of the report lets a body confirm the closure of a
    recommendation.

    A kind of body that has an area means the body of that kind that answers for the addressee, not
    the addressee itself. An id can name any body but a force.
    """
    named = closers(decision, found)
    if body.kind == "force":
        return False
    if decision.service.speaks_for(body.id, *named):
        return True
    if body.kind not in named or body.id == to.addressee:
        return False
    return body.kind not in _OF_AN_AREA or decision.service.concerns(body.id, to.addressee)


def closers(decision: Decision, found: Report) -> tuple[str, ...]:
    """Return the ids and kinds of the bodies that may confirm a closure: those that any publisher
    of the report allows. A publisher that says nothing allows itself alone."""
    lets = (decision.body(one).closes_by or (one,) for one in found.publishers)
    return tuple(dict.fromkeys(chain.from_iterable(lets)))


def course(decision: Decision, found: Report, stream: str) -> Course:
    """Return the course of a recommendation. Of what was read before, only the entries since are
    looked at, unless one of them changes what is known of the others."""
    if not (entries := decision.stream(stream)):
        return Course()
    before = decision.course(stream) or Course()
    if not before.goes_on(entries, found.entries) or any(
        isinstance(one.data, KNOWLEDGE) for one in entries[before.entries :]
    ):
        before = Course()
    if before.entries == len(entries):
        return before
    now = before.then(placed(decision, found, entries[before.entries :]), entries, found.entries)
    decision.keep_course(stream, now)
    return now


def placed(decision: Decision, found: Report, entries: list[Entry]) -> list[Placed]:
    """Return the acts in effect among a recommendation's entries, each at its place."""
    return [
        Placed(
            found.happened(one, decision.captured_on).hi,
            one.entry.position,
            one.id,
            one.data,  # type: ignore[arg-type]  # a recommendation's stream holds no others
        )
        for one in in_effect(entries)
    ]


def _another_stands(decision: Decision, to: RecommendationId, ref: RecommendationRef) -> None:
    other = recommendation_named(ref.report, ref.number, ref.addressee)
    if other == to:
        raise Refused("superseded-by", "A recommendation cannot take its own place.")
    acts = in_effect(decision.stream(other.stream))
    ended = next((one for one in acts if isinstance(one.data, Withdrawn | Superseded)), None)
    if ended is not None:
        raise Refused(
            "superseded-by",
            f"The {_which(ref)} was itself withdrawn or superseded, by {ended.id}: name one that "
            "stands.",
        )
    _raised_there(decision, ref, "superseded-by")


def _raised_there(decision: Decision, ref: RecommendationRef, rule: str) -> None:
    """Refuse to name a recommendation that was never recorded, or was retracted."""
    there = recommendation_named(ref.report, ref.number, ref.addressee)
    entries = decision.stream(there.stream)
    raised = [one for one in known(entries) if isinstance(one.data, RecommendationRaised)]
    if not raised:
        raise Refused(rule, f"No {_which(ref)} is recorded.")
    if not any(one.in_effect for one in raised):
        raise Refused(
            rule,
            f"The {_which(ref)} was retracted, by {raised[-1].set_aside_by}: name one that stands.",
        )


def _which(ref: RecommendationRef) -> str:
    return f"recommendation {ref.number} of “{ref.report}” to “{ref.addressee}”"


def _allowed_at_its_place(decision: Decision, found: Report, entry: Entry) -> None:
    acts = course(decision, found, entry.stream)
    own = next(one for one in reversed(acts.acts) if one.entry == entry.id)
    if why := why_not(acts.before(own.place), own.event):
        raise Refused("not-allowed-here", why)
