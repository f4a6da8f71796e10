"""Retracting an entry: it is set aside, unless others rest on it."""

from collections.abc import Collection
from dataclasses import fields
from typing import get_args, get_type_hints

from ledger.acts.correction import (
    due_days,
    in_time,
    on_the_publishers_word,
    work_out_duties,
    work_out_duty,
)
from ledger.acts.decision import Decision, Notice
from ledger.acts.duty import applied_too_late, may_answer_for_it
from ledger.acts.keeping import not_over, only_that_body
from ledger.acts.knowledge import (
    day_possible,
    in_any_stream,
    known_now,
    lifts,
    may_change,
    subject,
    together,
)
from ledger.acts.recommendation import placed, repeat_possible, repeats_in_order
from ledger.acts.redaction import unconfirmed
from ledger.acts.report import (
    children_of,
    family_possible,
    not_graded_twice,
    not_recorded_meanwhile,
)
from ledger.acts.response import consistent
from ledger.acts.succession import can_be_moved
from ledger.dates import in_words
from ledger.errors import NotAllowed, NotRecorded, Refused
from ledger.events import (
    EVENTS,
    AnyEvent,
    BodySucceeded,
    CaptureKept,
    CommissionerStatementIssued,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    PaperIssued,
    RecommendationRaised,
    RecordKeptHere,
    RedactionSought,
    RepeatNoted,
    ReportGraded,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
    StatementRevised,
    TextRedacted,
    TextReleased,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import RecommendationRef
from ledger.events.response import RESPONSE
from ledger.events.streams import RecommendationId, kind, recommendation_of, report_of
from ledger.events.texts import Text
from ledger.states.effect import Known, known
from ledger.states.recommendation import applied
from ledger.states.report import report
from ledger.states.response import Response, entries_of_statement, passage_of, response

_NEVER_IN_THE_WAY = (
    EntryCorrected | EntryRetracted | EntryDisputed | TextReleased | RedactionSought | TextRedacted
)
"""Entries that change how another entry reads do not rest on it. Some of them can never be
retracted."""


MOST_IN_A_CHAIN = 64
"""So many retractions may stand in a chain, each of the one before it."""


def retract_entry(decision: Decision, target: Entry, notice: Notice, *, reason: Text) -> Entry:
    """Set an entry aside: a report with all that was entered with it, a statement in all of its
    entries, a duty in all of its forms. Refused while others rest on it."""
    one = retractable(decision, target)
    if isinstance(one.data, ResponseDutyArose):
        return _retract_duty(decision, one, notice, reason)
    aside = together(decision, one)
    if resting := _resting_on_what_goes(decision, aside):
        raise Refused(
            "others-rest-on-it",
            "These entries rest on it, retract them first: " + ", ".join(resting) + ".",
        )
    before = {each.id: subject(decision.stream(each.entry.stream), each) for each in aside}
    due = due_days(decision, one) if kind(one.entry.stream) == "report" else []
    retractions = [
        decision.add(
            each.entry.stream,
            EntryRetracted(target=each.id, reason=reason),
            notice,
            by=decision.account.body,
            # Setting such an act itself aside lifts nothing; letting it stand again does.
            lifts=None if each.id == before[each.id].id else lifts(before[each.id]),
        )
        for each in aside
    ]
    for each, retraction in zip(aside, retractions, strict=True):
        _possible_again(decision, before[each.id], each, retraction, notice, due)
    return retractions[0]


def retractable(decision: Decision, target: Entry) -> Known:
    """Return an entry that stands, and that the account may retract, if nothing rests on it."""
    one = known_now(decision, target)
    if isinstance(one.data, ResponseDutyArose):
        _may_retract_duty(decision, one)
        return one
    about = subject(decision.stream(one.entry.stream), one).data
    if isinstance(about, RecordKeptHere):
        only_that_body(decision, about.body)
    may_change(decision, one)
    _refuse_a_longer_chain(decision.stream(one.entry.stream), one)
    never = isinstance(one.data, CaptureKept | TextReleased | TextRedacted)
    may_go = isinstance(
        one.data,
        RedactionSought | BodySucceeded | RecordKeptHere | EntryCorrected | EntryRetracted,
    )
    if never or (kind(one.entry.stream) == "service" and not may_go):
        raise Refused("not-retractable", f"{one.data.an_entry()} cannot be retracted.")
    if isinstance(one.data, RedactionSought):
        unconfirmed(decision, one.entry)
    return one


def _refuse_a_longer_chain(entries: list[Entry], one: Known) -> None:
    """Refuse to retract the last of too many retractions, each of the one before it.

    The verification of a log follows such chains. A long one is never needed: after an even number
    of retractions the first entry is in effect, and can be retracted itself.
    """
    by_id = {entry.id: entry for entry in entries}
    first, chained = one.entry, 0
    while isinstance(first.data, EntryRetracted):
        first, chained = by_id[first.data.target], chained + 1
    if chained >= MOST_IN_A_CHAIN:
        raise Refused(
            "retracted-too-often",
            f"This is the last of {chained} retractions, each of the one before it, and no longer "
            f"chain is recorded: retract entry {first.id} itself.",
        )


def _may_retract_duty(decision: Decision, one: Known) -> Response:
    """Return the response of a duty. Raise NotAllowed unless the account recorded the duty, or is
    an administrator."""
    assert isinstance(one.data, ResponseDutyArose)
    owed = response(decision.stream(one.entry.stream), one.data.name or RESPONSE)
    assert owed is not None, "the duty is in effect"
    if not may_answer_for_it(decision, owed.recorder):
        raise NotAllowed(
            f"{decision.account.name} cannot retract this duty: {owed.recorder} recorded it. The "
            "body that it names says that it was recorded in error (/disapplications with the "
            "basis `recorded_in_error`)."
        )
    return owed


def _retract_duty(decision: Decision, one: Known, notice: Notice, reason: Text) -> Entry:
    """Set one duty aside in every form of it, whatever was published to meet it."""
    stream, owed = one.entry.stream, _may_retract_duty(decision, one)
    retractions = [
        decision.add(
            stream,
            EntryRetracted(target=form.id, reason=reason),
            notice,
            by=decision.account.body,
        )
        for form in owed.forms
    ]
    return retractions[0]


def _stands_again(decision: Decision, now: Known, because: Entry, notice: Notice) -> None:
    """Work a duty out anew that stands again. Raise Refused if it was recorded anew since it was
    retracted."""
    assert isinstance(now.data, ResponseDutyArose)
    stream, name = now.entry.stream, now.data.name or RESPONSE
    owed = response(decision.stream(stream), name)
    assert owed is not None, "the duty is in effect"
    if len([form for form in owed.forms if _is_first(form)]) > 1:
        raise Refused(
            "duty-exists",
            "This duty was recorded anew since it was retracted: retract that one first, if this "
            "is to stand in its place.",
        )
    found = decision.report(str(report_of(stream)))
    work_out_duties(decision, found.published, because, notice)


def _is_first(form: Known) -> bool:
    return isinstance(form.data, ResponseDutyArose) and form.data.because is None


def _possible_again(
    decision: Decision, before: Known, one: Known, because: Entry, notice: Notice, due: list[str]
) -> None:
    """Refuse to set a correction or retraction aside if the entry that then stands again breaks a
    rule."""
    now = subject(decision.stream(one.entry.stream), one)
    if isinstance(now.data, BodySucceeded):
        can_be_moved(decision, now, because)
    if not now.in_effect:
        if not before.in_effect and isinstance(one.data, EntryCorrected | EntryRetracted):
            raise Refused(
                "set-aside",
                f"The entry that this is about was set aside, by {now.set_aside_by}: retract that "
                "first, so that what follows from it can be seen.",
            )
        return
    if isinstance(now.data, RecordKeptHere) and now.data.until is not None:
        not_over(decision, now.data.until)
    if isinstance(now.data, ExtensionGranted):
        in_time(decision, now)
    if isinstance(now.data, DutyDisapplied) and not before.in_effect:
        _not_kept_for_later(decision, now)
    if isinstance(now.data, CommissionerStatementIssued):
        consistent(recommendation_of(now.entry.stream).key, now.data)
    if isinstance(now.data, RepeatNoted):
        repeat_possible(decision, recommendation_of(now.entry.stream), now.data, now.id)
    if isinstance(now.data, ReportGraded):
        not_graded_twice(decision, now)
    family_possible(decision, now)
    moved = now.entry.occurred_on != before.entry.occurred_on
    if moved or now.entry.source != before.entry.source or not before.in_effect:
        day_possible(decision, now, now.entry.occurred_on)
    if isinstance(now.data, ResponseDutyArose) and not before.in_effect:
        _stands_again(decision, now, because, notice)
    elif isinstance(now.data, ResponseDutyArose) and now.data != before.data:
        work_out_duty(decision, now, because, notice)
    if isinstance(now.data, ReportPublished) and isinstance(before.data, ReportPublished):
        not_recorded_meanwhile(decision, now)
        anew = moved or now.data.kind != before.data.kind
        if anew or not before.in_effect:
            worked_out = work_out_duties(decision, now, because, notice)
            if moved:
                repeats_in_order(decision, str(report_of(now.entry.stream)))
            if moved or (anew and worked_out):
                on_the_publishers_word(decision, now, due, due_days(decision, now), notice)


def _not_kept_for_later(decision: Decision, now: Known) -> None:
    """Refuse to restore a disapplication after the last day: it would count as made in time."""
    assert isinstance(now.data, DutyDisapplied)
    state = response(decision.stream(now.entry.stream), now.data.duty or RESPONSE)
    if state is not None and state.due_on and state.due_on < decision.today.isoformat():
        raise Refused(
            "after-the-last-day",
            f"The last day was {in_words(state.due_on)}, and this was set aside then: record it "
            "anew, and it is named beside the verdict.",
        )


def _resting_on_what_goes(decision: Decision, aside: list[Known]) -> list[str]:
    """Return the ids of entries in effect that would make no sense without what goes by a command.
    If it retracts what restored an act, that act goes."""
    gone = [_restored(decision.stream(each.entry.stream), each) for each in aside]
    first = next((each for each in gone if isinstance(each.data, ReportPublished)), gone[0])
    return _resting_on(decision, first, gone)


def _restored(entries: list[Entry], one: Known) -> Known:
    """Return the act that stands since an entry retracted its retraction; else the entry itself."""
    by_id = {each.id: each for each in known(entries)}
    first = one
    while isinstance(first.data, EntryRetracted):
        first = by_id[first.data.target]
    return first if first.in_effect else one


def _resting_on(decision: Decision, one: Known, with_it: list[Known]) -> list[str]:
    """Return the ids of entries in effect that would make no sense without it."""
    aside = {each.id for each in with_it}
    reference = report_of(one.entry.stream)
    match one.data:
        case ReportPublished():
            assert reference is not None
            streams = decision.below(f"recommendation/{reference}/")
            streams |= decision.below(f"response/{reference}/")
            raised = {
                recommendation_of(each.entry.stream)
                for each in with_it
                if isinstance(each.data, RecommendationRaised)
            }
            return [
                each.id
                for entries in streams.values()
                for each in known(entries)
                if each.in_effect
                and each.id not in aside
                and not isinstance(each.data, ResponseDutyArose | _NEVER_IN_THE_WAY)
            ] + [
                *(one for one in _naming(decision, raised) if one not in aside),
                *_covering_others(decision, with_it),
                *_same_findings(decision, reference),
            ]
        case RecommendationRaised():
            return [
                each.id
                for each in known(decision.stream(one.entry.stream))
                if each.in_effect
                and each.id not in aside
                and not isinstance(each.data, _NEVER_IN_THE_WAY)
            ] + [
                *children_of(decision, recommendation_of(one.entry.stream)),
                *_naming(decision, {recommendation_of(one.entry.stream)}),
                *_passages_on(decision, one),
            ]
        case ResponsePublished():
            state = response(decision.stream(one.entry.stream))
            left = [p for p in state.published if p.id not in aside] if state else []
            if state is None or left:
                return []
            return [act.id for act in state.acts if act.data.TOPIC == "copy-sent"]
        case EntryCorrected() | EntryRetracted():
            return []
        case ExtensionGranted():
            return applied_too_late(decision, one, aside)
        case PaperIssued():
            return [
                each.id
                for each in known(decision.stream(one.entry.stream))
                if each.in_effect and getattr(each.data, "paper", None) == one.id
            ]
        case _:
            return _resting_in_recommendation(decision, one, aside)


_NAMING = tuple(
    event
    for event in EVENTS
    if any(RecommendationRef in (it, *get_args(it)) for it in get_type_hints(event).values())
)
"""The events that name another recommendation, by a field of their own."""


def _naming(decision: Decision, them: Collection[RecommendationId]) -> list[str]:
    """Return the entries in effect that name one of these recommendations, in any stream."""
    return [
        each.id
        for each in in_any_stream(
            decision, _NAMING, lambda entry: not _named_by(entry.data).isdisjoint(them)
        )
    ]


def _named_by(event: AnyEvent) -> set[RecommendationId]:
    """Return the recommendations that an event names by its fields."""
    said = (getattr(event, field.name) for field in fields(event))
    return {one.id for one in said if isinstance(one, RecommendationRef)}


def _covering_others(decision: Decision, with_it: Collection[Known]) -> list[str]:
    """Return the publications in other reports of statements that were entered with a report."""
    statements = {
        each.data.statement: each.data.also
        for each in with_it
        if isinstance(each.data, ResponsePublished)
    }
    return [
        each.id
        for statement, also in statements.items()
        for other in also
        for entries in decision.below(f"response/{other}/").values()
        for each in entries_of_statement(entries, statement)
        if each.in_effect and isinstance(each.data, ResponsePublished)
    ]


def _same_findings(decision: Decision, reference: str) -> list[str]:
    """Return the entries in effect by which duties do not apply since a report has the same
    findings."""

    def named(entry: Entry) -> bool:
        return isinstance(entry.data, DutyDisapplied) and entry.data.same_as_report == reference

    return [each.id for each in in_any_stream(decision, (DutyDisapplied,), named)]


def _passages_on(decision: Decision, one: Known) -> list[str]:
    """Return the revisions in effect by which responses came to say something of a
    recommendation."""
    name = recommendation_of(one.entry.stream)
    return [
        each.id
        for entries in decision.below(f"response/{name.report}/").values()
        for each in known(entries)
        if each.in_effect
        and isinstance(each.data, StatementRevised)
        and each.data.field == "passage"
        and passage_of(each.data) == (name.key, name.addressee)
    ]


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
