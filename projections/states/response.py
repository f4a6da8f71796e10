"""The state of a response, from its entries: the duty, its publications, and what they explain.
Also the verdict by that state for a day, and the days on which the verdict can change. Pure."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from ledger import dates
from ledger.dates import london_date, rfc3339
from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    DutyDisapplied,
    EntryDisputed,
    ExtensionGranted,
    RecommendationRaised,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    RuleAdopted,
    StatementRevised,
)
from ledger.events.entry import Entry
from ledger.events.response import Translation
from ledger.events.streams import key_of, recommendation_of
from ledger.states import duties
from ledger.states.effect import Known, known
from ledger.states.report import Report
from ledger.states.response import Response, response
from projections.states.acts import acts_of, dated
from projections.states.report import (
    RevisedPassage,
    passages_revised_in,
    publication_revisions,
    revised_passages,
    trigger_basis,
)
from projections.states.values import (
    AddedLine,
    Context,
    DisappliedLine,
    ExtendedLine,
    LookUpLine,
    OfficeOver,
    PublicationLine,
    ResponseState,
    RevisionLine,
    TextRef,
    TranslationLine,
    said,
    said_surely,
)
from projections.verdict import compliance
from projections.verdict.compliance import (
    ALONE,
    DUE_SOON_DAYS,
    NOT_ASKED,
    NOT_NAMED,
    ChiefOfficer,
    Coverage,
    Disapplication,
    Duty,
    Explained,
    Extension,
    Invitation,
    Listed,
    Publication,
    Receipt,
    Verdict,
    coverage,
)
from projections.verdict.silence import Entered, Holder, LookUp, Silence


def response_state(
    found: Report,
    body: str,
    entries: Sequence[Entry],
    recommendations: Sequence[Sequence[Entry]],
    context: Context,
    worked_out: dict[Hashable, Any],
    *,
    of_report: Sequence[Entry],
    office_over: tuple[OfficeOver, ...],
    holders: tuple[Holder, ...],
) -> ResponseState | None:
    """Return a body's duty and its publications, or None if no duty is in effect.

    `entries` are those of the response's stream that are about one duty
    (`ledger.states.response.of_duty`). `recommendations` are the entries of each recommendation
    that the response has to explain; `worked_out` keeps the result for the same entries.
    `of_report` are the entries of the report's own stream. `office_over` are the days on which the
    body's office is over, and `holders` its holders, one after the other.
    """
    if (state := response(entries)) is None:
        return None
    duty = state.duty_event
    rule = context.rules(duty.rule.id, duty.rule.version)
    from_report = rule.counts_from == "published"
    due_on, counting = _counted(found, duty, rule)
    return ResponseState(
        report=found.reference,
        body=body,
        duty=state.duty.id,
        rule_id=rule.id,
        rule_version=rule.version,
        citation=rule.citation,
        read=rule.read is not False,
        has_period=rule.gives is not None or rule.id == duties.MANUAL,
        trigger=duty.trigger,
        counts_from=rule.counts_from,
        trigger_on=found.published_on if from_report else duty.trigger_on,
        trigger_basis=trigger_basis(found, context) if from_report else "stated",
        due_on=due_on,
        counting=counting,
        not_before=found.day,
        listed_by=found.data.listed_by,
        publications=tuple(
            _publication(
                one,
                publication_revisions(state.acts, one, recommendations, found, context.captured_on),
                context,
            )
            for one in state.published
        ),
        listed=_explained(state, entries, recommendations, found, context, worked_out),
        disapplied=_disapplied(state, found, context),
        denied=state.denied is not None,
        extended=_extended(state, found, context),
        comments_received=_received(entries, found, context, body, holders, due_on),
        comments_invited=_invited(state, found, context),
        comments_added=_added(state, context),
        lookups=_looked(state, found, context),
        entered=_entered(state),
        holders=holders,
        parts=rule.parts,
        report_kind=found.data.kind,
        report_year=found.day.year if found.day else None,
        duty_at=state.duty.original.position,
        because_at=next((e.position for e in (*of_report, *entries) if e.id == duty.because), None),
        office_over=office_over,
        name=state.name,
    )


def _explained(
    state: Response,
    entries: Sequence[Entry],
    recommendations: Sequence[Sequence[Entry]],
    found: Report,
    context: Context,
    worked_out: dict[Hashable, Any],
) -> tuple[Listed, ...]:
    """Return what the response says about each recommendation that it has to explain."""
    statements = _statements(state, found, context)
    listed: list[Listed | None] = []
    revising = bool(passages_revised_in(entries))
    for one in recommendations:
        revised: tuple[RevisedPassage, ...] = ()
        if revising:
            revised = revised_passages([entries], one, found, context.captured_on)
        same = (*statements, one[0].stream, one[-1].version, found.dated_by, revised)
        if same not in worked_out:
            worked_out[same] = _listed(one, statements, found, context, revised, worked_out)
        listed.append(worked_out[same])
    return tuple(line for line in listed if line is not None)


def _disapplied(state: Response, found: Report, context: Context) -> tuple[DisappliedLine, ...]:
    """Return the decisions that the duty does not apply."""
    return tuple(
        DisappliedLine(
            act.id,
            act.data.basis,
            said_surely(act, "decided_by", act.data.decided_by),
            act.data.same_as_report,
            act.entry.occurred_on,
            found.happened(act, context.captured_on).hi.isoformat(),
            london_date(act.original.instant).isoformat(),
            any(form.original.recorded_at == act.original.recorded_at for form in state.forms),
        )
        for act in state.acts
        if isinstance(act.data, DutyDisapplied)
    )


def _extended(state: Response, found: Report, context: Context) -> tuple[ExtendedLine, ...]:
    """Return the extensions of the period."""
    return tuple(
        ExtendedLine(
            act.id,
            act.data.due_on,
            when.lo.isoformat() if when.lo else None,
            when.hi.isoformat(),
            said_surely(act, "granted_by", act.data.granted_by),
        )
        for act in state.acts
        if isinstance(act.data, ExtensionGranted)
        for when in [found.happened(act, context.captured_on)]
    )


def _received(
    entries: Sequence[Entry],
    found: Report,
    context: Context,
    body: str,
    holders: Sequence[Holder],
    due_on: str | None,
) -> tuple[Receipt, ...]:
    """Return the receipts of the chief officer's comments, in the order of their days."""
    disputed = _disputed(entries, {body, *(one.body for one in holders)})
    own = _own(body, holders, due_on)
    return tuple(
        Receipt(
            act.id,
            found.happened(act, context.captured_on),
            act.entry.occurred_on,
            london_date(act.original.instant),
            _captured(act, context),
            _teller(act, own),
            _recorder(act),
            act.entry.by,
            act.id in disputed,
        )
        for _, act in dated(entries, found, context)
        if isinstance(act.data, ChiefOfficerCommentsReceived)
    )


def _invited(state: Response, found: Report, context: Context) -> tuple[Invitation, ...]:
    """Return the invitations to comment that set a day for the reply."""
    return tuple(
        Invitation(
            act.id,
            act.original.position,
            found.happened(act, context.captured_on),
            dates.first_day(act.data.reply_by),
            london_date(act.original.instant),
        )
        for act in state.acts
        if isinstance(act.data, ChiefOfficerCommentsInvited) and act.data.reply_by is not None
    )


class Statements(NamedTuple):
    """The statements of a response that are in effect, by their ids."""

    ids: frozenset[str]
    without_text: tuple[tuple[str, Explained], ...]
    """Those that contain the body's own comments and were recorded without their text."""


def _statements(state: Response, found: Report, context: Context) -> Statements:
    ids = set()
    without_text = []
    for one in state.published:
        assert isinstance(one.data, ResponsePublished)
        ids.add(one.data.statement)
        if isinstance(said := one.original.data, ResponsePublished) and said.text is None:
            when = found.happened(one, context.captured_on)
            line = Explained(one.id, "not_known", when.lo, when.hi)
            without_text += [(said.statement, line)] if one.data.has_comments else []
    return Statements(frozenset(ids), tuple(without_text))


def _recorder(one: Known) -> str:
    """Return the body whose account recorded an entry; `service` for one of no body."""
    return one.original.recorded_by.partition("/")[0]


def _disputed(entries: Sequence[Entry], bodies: Collection[str]) -> set[str]:
    """Return the entries that one of these bodies disputes."""
    return {
        one.data.target
        for one in known(entries)
        if one.in_effect and isinstance(one.data, EntryDisputed) and one.entry.by in bodies
    }


def _looked(state: Response, found: Report, context: Context) -> tuple[LookUpLine, ...]:
    """Return the look-ups that did not find the response."""
    return tuple(
        LookUpLine(
            LookUp(
                act.id,
                act.original.position,
                found.happened(act, context.captured_on),
                act.entry.by,
            ),
            act.entry.occurred_on,
            act.original.recorded_by,
            said_surely(act, "where", act.data.where),
            act.data.url,
        )
        for act in state.acts
        if isinstance(act.data, ResponseLookedFor)
    )


def _entered(state: Response) -> tuple[Entered, ...]:
    """Return the forms of the duty that a person entered."""
    return tuple(
        Entered(act.id, _recorder(act), london_date(act.original.instant))
        for act in state.acts
        if isinstance(act.data, ResponseDutyArose)
        if act.original.batch is None or act.original.batch.kind == "entered"
    )


def _counted(found: Report, duty: ResponseDutyArose, rule: RuleAdopted) -> tuple[str | None, str]:
    """Return the last day of a duty's period, and how it was counted. It is as the duty gives it if
    that was counted from the report's day as now known, or from another day. Else it is counted
    anew."""
    given = rule.id == duties.MANUAL or rule.counts_from != "published"
    if given or duty.trigger_on == found.published_on:
        return duty.due_on, duty.counting
    due = duties.due(rule, found.published_on)
    return due.due_on.isoformat() if due.due_on else None, due.counting


def _publication(
    one: Known, revisions: tuple[RevisionLine, ...], context: Context
) -> PublicationLine:
    assert isinstance(one.data, ResponsePublished)
    return PublicationLine(
        entry=one.id,
        position=one.original.position,
        statement=one.data.statement,
        parts=one.data.parts,
        url=one.data.url,
        text=said(one, "text", one.data.text),
        occurred_on=one.entry.occurred_on,
        recorded_on=london_date(one.original.instant),
        recorded_at=rfc3339(one.original.instant),
        captured_on=_captured(one, context),
        own_word=one.original.recorded_by.partition("/")[0] == one.original.by,
        revisions=revisions,
        translation=_translation(one, one.data.translation),
    )


def _translation(one: Known, said: Translation | None) -> TranslationLine | None:
    """Return the text of a publication in the other language, and where it is published."""
    if said is None:
        return None
    return TranslationLine(said_surely(one, "translations.0.text", said.text), said.url)


def _captured(one: Known, context: Context) -> date | None:
    """Return the day on which the capture that an act cites was received here, if it cites one."""
    source = one.entry.source
    return context.captured_on(source.capture) if source and source.capture else None


def _added(state: Response, context: Context) -> tuple[AddedLine, ...]:
    """Return the chief officer's comments that were seen added to an earlier publication."""
    published = {
        one.data.statement: one.id
        for one in state.published
        if isinstance(one.data, ResponsePublished)
    }
    return tuple(
        AddedLine(
            act.id,
            act.original.position,
            published[act.data.statement],
            act.entry.occurred_on,
            london_date(act.original.instant),
            _captured(act, context),
        )
        for act in state.acts
        if isinstance(act.data, StatementRevised)
        and act.data.field == "chief_officer_comments"
        and act.data.now is not None
        and act.data.statement in published
    )


def _listed(
    entries: Sequence[Entry],
    statements: Statements,
    found: Report,
    context: Context,
    revised: Sequence[RevisedPassage],
    worked_out: dict[Hashable, Any],
) -> Listed | None:
    acts = acts_of(entries, found, context, worked_out).dated
    raised = next(((hi, a) for hi, a in acts if isinstance(a.data, RecommendationRaised)), None)
    if raised is None:
        return None
    hi, one = raised
    assert isinstance(one.data, RecommendationRaised)
    name = recommendation_of(one.entry.stream)
    explained: list[Explained] = []
    there = set()
    for _, act in acts:
        # By the statement, not by whose act it is: another may have followed the body that owes it.
        if (
            isinstance(act.data, CommissionerStatementIssued)
            and act.data.statement in statements.ids
        ):
            when = found.happened(act, context.captured_on)
            line = Explained(act.id, act.data.how, when.lo, when.hi)
            explained += _as_revised(line, act.data.statement, revised)
            there.add(act.data.statement)
    silent = dict(statements.without_text)
    for statement in dict.fromkeys((*silent, *(one.statement for one in revised))):
        if statement not in there:
            explained += _as_revised(silent.get(statement), statement, revised)
    return Listed(
        one.data.number,
        name.key,
        name.addressee,
        one.data.kind,
        hi,
        tuple(explained),
        key_of(one.data.parent) if one.data.parent is not None else None,
    )


def _as_revised(
    first: Explained | None, statement: str, revised: Sequence[RevisedPassage]
) -> list[Explained]:
    """Return an explanation and its later wordings: each holds until a later one was seen.

    A revision that changed only the words does not begin a new explanation.
    """
    lines = [first] if first else []
    for one in revised:
        if one.statement != statement:
            continue
        how = one.line.how or "not_found"
        if lines and lines[-1].how == how:
            continue
        lo = dates.first_day(one.line.seen_on) if one.line.seen_on else None
        lines.append(Explained(one.line.entry, how, lo, date.fromisoformat(one.line.hi)))
    return [
        replace(line, until=min((later.hi for later in lines[n:]), default=None))
        for n, line in enumerate(lines, start=1)
    ]


Tell = Callable[[TextRef], str | None]
"""Opens a text; None if its reader may not know it."""


def _nothing(_: TextRef) -> None:
    """Open no text: a verdict does not depend on one."""


def duty(state: ResponseState, effective_on: date) -> Duty:
    """Return the duty that a verdict is about, with the extensions granted by the day asked
    about."""
    return Duty(
        entry=state.duty,
        rule_id=state.rule_id,
        rule_version=state.rule_version,
        citation=state.citation,
        read=state.read,
        has_period=state.has_period,
        trigger_entry=state.trigger,
        counts_from=state.counts_from,
        trigger_on=state.trigger_on,
        trigger_basis=state.trigger_basis,
        due_on=_day(due_on(state, effective_on)),
        counting=state.counting,
        parts=state.parts,
        more_time_until=_more_time_until(state, effective_on),
        ended_on=office_ended_on(state, effective_on),
        denied_by=state.body if state.denied else None,
    )


def office_ended_on(state: ResponseState, effective_on: date) -> date | None:
    """Return the last day of the body's office, if it is over on a day and nobody follows it."""
    over = (one for one in state.office_over if one.since <= effective_on < one.until)
    return next((one.last_day for one in over), None)


def _more_time_until(state: ResponseState, effective_on: date) -> date | None:
    """Return the last day with the extensions that may have been granted by a day, if it is later.
    Return the last of all days if a disapplication would then have been recorded in time."""
    due, day = due_on(state, effective_on), effective_on.isoformat()
    begun = [line.due_on for line in state.extended if (line.lo or "") <= day < line.hi]
    latest = max(begun, default=None)
    if due is None or latest is None or latest <= due:
        return None
    lifted = any(line.hi <= day and due < line.recorded_on <= latest for line in state.disapplied)
    return date.max if lifted else date.fromisoformat(latest)


def publications(state: ResponseState) -> list[Publication]:
    """Return the publications that contain the body's comments, or may contain them."""
    return [publication(line, state) for line in state.publications if line.has_comments]


def chief_officer(state: ResponseState) -> ChiefOfficer:
    """Return what is recorded of the chief officer's comments, if the rule asks for them."""
    if "chief_officer_comments" not in (state.parts or ()):
        return NOT_ASKED
    lines = {line.entry: publication(line, state) for line in state.publications}
    with_them = [
        line
        for line in state.publications
        if not line.parts or "chief_officer_comments" in line.parts
    ]
    return ChiefOfficer(
        received=state.comments_received,
        invited=state.comments_invited,
        published=[
            *(replace(lines[line.entry], perhaps=not line.parts) for line in with_them),
            *(
                Publication(
                    entry=line.entry,
                    position=line.position,
                    occurred_on=line.seen_on,
                    not_before=state.not_before,
                    recorded_on=line.recorded_on,
                    captured_on=line.captured_on,
                    own_word=lines[line.publication].own_word,
                    added_to=lines[line.publication].interval,
                )
                for line in state.comments_added
            ),
        ],
    )


def _own(body: str, holders: Sequence[Holder], due_on: str | None) -> set[str]:
    """Return the body that the duty names, and the one that owes the response on the day after its
    last."""
    owes = None if due_on is None else Silence(holders).owed_by(date.fromisoformat(due_on))
    return {body} if owes is None else {body, owes.body}


def _teller(act: Known, own: Collection[str]) -> Literal["body", "force", "another"]:
    """Return who reported an act. `own` are the bodies whose own word it is (`_own`)."""
    whose = act.original.recorded_by.partition("/")[0]
    if whose in own:
        return "body"
    return "force" if whose == act.entry.by else "another"


def disapplications(state: ResponseState, tell: Tell = _nothing) -> list[Disapplication]:
    """Return the disapplications in effect. `tell` opens the text that names the decider."""
    return [
        Disapplication(
            entry=line.entry,
            hi=date.fromisoformat(line.hi),
            recorded_on=date.fromisoformat(line.recorded_on),
            basis=line.basis,
            decided_by=tell(line.decided_by) or NOT_NAMED,
            decided_on=line.decided_on,
            with_duty=line.with_duty,
        )
        for line in state.disapplied
    ]


def extensions(state: ResponseState, effective_on: date, tell: Tell = _nothing) -> list[Extension]:
    """Return the extensions that had been granted by a day, in order. `tell` opens the text that
    names who granted them.

    An extension that gives no more time than there was at its place changes nothing: it may have
    been entered late, or corrected.
    """
    due, found = state.due_on, []
    for line in sorted(state.extended, key=lambda one: one.hi):
        if line.hi <= effective_on.isoformat() and (due is None or due < line.due_on):
            due = line.due_on
            days = date.fromisoformat(line.hi), date.fromisoformat(due)
            granted_by = tell(line.granted_by) or NOT_NAMED
            found.append(Extension(line.entry, *days, granted_by))
    return found


def due_on(state: ResponseState, effective_on: date) -> str | None:
    """Return the day by which the response is due, with the extensions granted by a day; None if
    there is no such day."""
    granted = extensions(state, effective_on)
    return granted[-1].due_on.isoformat() if granted else state.due_on


def verdicts(state: ResponseState, days: Iterable[date]) -> Iterator[Verdict]:
    """Yield the verdict on a response for each of some days."""
    published, disapplied = publications(state), disapplications(state)
    part, heard = chief_officer(state), silence(state)
    for day in days:
        yield compliance.verdict(duty(state, day), published, disapplied, day, part, heard)


def verdict(state: ResponseState, effective_on: date) -> Verdict:
    """Return the verdict on a response for a day."""
    return next(verdicts(state, [effective_on]))


def turn_days(state: ResponseState) -> set[date]:
    """Return every day on which the verdict, or its evidence, can change.

    Between two of these days only the number of days changes. If the verdict comes to depend on
    another day, add it here: a day too many costs a moment, a missing one gives wrong rows.
    """
    last_days = [state.due_on, *(line.due_on for line in state.extended)]
    part = chief_officer(state)
    found: set[date | None] = set()
    for last in (date.fromisoformat(day) for day in last_days if day is not None):
        found |= {dates.shifted(last, -DUE_SOON_DAYS), dates.shifted(last, 1)}
    for line in state.extended:
        found |= {_day(line.lo), _day(line.hi)}
    for one in (*publications(state), *part.published):
        found |= {one.lo, one.hi, *(one.by(basis) for basis in ALONE)}
    for receipt in part.received:
        found |= {receipt.interval.hi, *(receipt.by(basis) for basis in ALONE)}
    for invited in part.invited:
        found |= {invited.interval.lo, invited.interval.hi}
    found |= {one.hi for one in disapplications(state)}
    for over in state.office_over:
        found |= {over.since, over.until}
    found |= silence(state).turns
    return {day for day in found if day is not None}


def coverage_days(state: ResponseState) -> set[date]:
    """Return every day on which the coverage of a response can change, beside the turn days."""
    found: set[date] = set()
    for line in state.listed:
        found.add(line.hi)
        for one in line.explained:
            found |= {one.hi, *([one.until] if one.until is not None else [])}
    return found


def silence(state: ResponseState) -> Silence:
    """Return who looked for the response, who keeps a record here, and who entered the duty."""
    return Silence(state.holders, state.entered, [line.looked for line in state.lookups])


def covered(state: ResponseState, effective_on: date, found: Verdict) -> Coverage:
    """Return which recommendations the response explains, by a day. `found` is the verdict for that
    day."""
    return coverage(
        state.listed,
        listed_by=state.listed_by,
        due_on=_day(due_on(state, effective_on)),
        verdict=found.verdict,
        effective_on=effective_on,
    )


def publication(line: PublicationLine, state: ResponseState) -> Publication:
    return Publication(
        entry=line.entry,
        position=line.position,
        occurred_on=line.occurred_on,
        not_before=state.not_before,
        recorded_on=line.recorded_on,
        captured_on=line.captured_on,
        own_word=line.own_word,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
