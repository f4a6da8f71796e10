"""The state of a recommendation as an answer: in full, in lists, and in a pack."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict

from ledger.dates import last_day
from ledger.events.entry import Provenance
from ledger.events.recommendation import Ground, How, Kind, Means, Origin, Stance, Words
from ledger.states.duties import worked_out
from ledger.states.recommendation import Status
from projections import offices
from projections.answers.completion import ClaimOfCompletion, claim_of_completion
from projections.answers.context import AnswerContext
from projections.answers.parts import (
    AboutReport,
    Links,
    Office,
    Redaction,
    Revision,
    ToldBy,
    Withheld,
)
from projections.answers.readers import Texts
from projections.as_of import AsOf
from projections.fields import (
    Answer,
    BodyId,
    Count,
    Day,
    EntryId,
    Moment,
    PartialDay,
    Reference,
    Version,
)
from projections.states import values
from projections.states.recommendation import Standing, days_overdue


class ProposedTarget(Answer, frozen=True, kw_only=True):
    """The day that the words of a target give, if nobody has confirmed it. `on` is null if they
    give none."""

    on: Day | None
    words: str
    why: str
    entry: EntryId


class TargetToConfirm(Answer, frozen=True, kw_only=True):
    """The day that the words of a target gave before the report's day was corrected. It does not
    count until somebody confirms the day that they give now."""

    on: PartialDay
    entry: EntryId


class UndatedAct(Answer, frozen=True, kw_only=True):
    """An act without an exact day that may have ended a recommendation, or moved its target."""

    entry: EntryId
    type: str
    occurred_on: PartialDay | None


class TargetStanding(Answer, frozen=True, kw_only=True):
    """A recommendation's standing against the day by which it shall be done."""

    standing: Standing
    on: PartialDay | None
    original_on: PartialDay | None
    moves: Count
    days: Annotated[int | None, Meta(description="Days left, or since it passed.")]
    worked_out: bool | UnsetType = UNSET
    to_confirm: TargetToConfirm | UnsetType = UNSET
    undated: list[UndatedAct] | UnsetType = UNSET
    proposed: ProposedTarget | UnsetType = UNSET


class TargetSet(Answer, frozen=True, kw_only=True):
    """A day by which it shall be done, with its words, who set it, and the entry."""

    on: PartialDay | None
    phrase: str | None
    origin: Origin
    entry: EntryId
    set_on: PartialDay | None
    worked_out: bool | UnsetType = UNSET
    to_confirm: bool | UnsetType = UNSET


class AssuranceAsked(Answer, frozen=True, kw_only=True):
    """An assurance that was sought, and the update that answers it, if one does."""

    entry: EntryId
    of: BodyId
    of_name: str
    question: str | None
    reply_by: PartialDay | None
    days_overdue: Annotated[int | None, Meta(description="Since the day asked for, unanswered.")]
    occurred_on: PartialDay | None
    answered_by: EntryId | None


class Assurances(Answer, frozen=True, kw_only=True):
    """Assurances sought, with and without a reply on record."""

    open: Count
    answered: Count
    items: list[AssuranceAsked]


class EvidenceNamed(Answer, frozen=True, kw_only=True):
    """Something that is said to show a claim."""

    what: str | None
    whose: Annotated[str | None, Meta(description="A body by its id, or a name as it was given.")]
    whose_name: str | None
    on: PartialDay | None


class Sourced(Answer, frozen=True, kw_only=True):
    """How something is known: by which account, on whose word, and from what source."""

    provenance: Provenance
    recorded_by: str
    reported_by_name: str | None
    source_note: str | None
    source_url: str | None


class ClaimMade(Sourced, frozen=True, kw_only=True):
    """The force's latest claim about progress. It is a claim and not a fact."""

    entry: EntryId
    as_stated: str | None
    means: Means
    expected_on: PartialDay | None
    occurred_on: PartialDay | None
    since: PartialDay | None
    days_after_target: int | None
    evidence: list[EvidenceNamed]


class DecisionTold(ToldBy, frozen=True, kw_only=True):
    """A decision to close, not to close or to reopen a recommendation, with who took it and who
    reported it."""


class Decision(DecisionTold, frozen=True, kw_only=True):
    """A decision to close, not to close or to reopen a recommendation, with its reason and its
    source."""

    reason: str | None
    source_note: str | None
    source_url: str | None
    undoes: Annotated[
        EntryId | None,
        Meta(description="Of a reopening: the closure that it undoes, if one is recorded."),
    ]
    ground: Annotated[Ground | None, Meta(description="Of a closure, as the publisher states it.")]


class StatementOn(Sourced, frozen=True, kw_only=True):
    """The latest passage of a published statement about a recommendation."""

    id: str
    entry: EntryId
    by: BodyId | None
    by_name: str | None
    how: How
    text: str | None
    reason: Annotated[str | None, Meta(description="Why there is no action, if it says so.")]


class StatementLine(Answer, frozen=True, kw_only=True):
    """A published statement's passage about a recommendation, as it reads now."""

    entry: EntryId
    statement: str
    by: BodyId | None
    by_name: str | None
    how: How
    stance: Stance
    text: str | None
    reason: str | None
    occurred_on: PartialDay | None
    recorded_at: Moment
    added: bool
    as_first_published: str | None
    revisions: list[Revision]


class Child(Answer, frozen=True, kw_only=True):
    """A recommendation that belongs to a cause of concern."""

    number: str
    kind: Kind
    status: Status
    links: Links


class Repeat(ToldBy, frozen=True, kw_only=True):
    """Another recommendation that this one repeats, or that repeats this one; in whose words, and
    the entry that notes it."""

    report: Reference
    number: str
    addressee: BodyId
    addressee_name: str
    words: Annotated[Words, Meta(description="The publisher's words, or one's own.")]
    links: Links


class RecommendationInShort(Answer, frozen=True, kw_only=True):
    """How a recommendation to a body stands, in short."""

    report: Reference
    number: str
    key: str
    addressee: BodyId
    addressee_name: str
    kind: Kind
    text: str | None
    status: Annotated[Status, Meta(description="A claim is not closure.")]
    office: Office | None
    target: TargetStanding
    assurances: Assurances
    claim: ClaimMade | None
    last_update_on: PartialDay | None
    closed: Decision | None
    refused: Decision | None
    reopened: Decision | None
    links: Links


class RecommendationState(RecommendationInShort, frozen=True, kw_only=True):
    """The state of a recommendation to a body."""

    report_title: str | UnsetType | None = UNSET
    publisher: BodyId | UnsetType | None = UNSET
    publisher_name: str | UnsetType | None = UNSET
    publisher_number: Annotated[
        str | None, Meta(description="Its number in the publisher's own register.")
    ]
    theme: Annotated[str | None, Meta(description="In the publisher's words, as `level` is.")]
    level: str | None
    parent: str | None
    children: list[Child]
    partners: list[str | None]
    raised_on: PartialDay | None
    targets: list[TargetSet]
    completion: ClaimOfCompletion | None
    stance: Stance | None
    statement: StatementOn | None
    statements: list[StatementLine]
    repeats: Annotated[list[Repeat], Meta(description="Of earlier reports.")]
    repeated_by: Annotated[list[Repeat], Meta(description="In later reports.")]
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]


class Repeated(Answer, frozen=True, kw_only=True):
    """A recommendation of a chain of repeats, and what became of it."""

    report: Reference
    report_title: str
    published_on: PartialDay | None
    number: str
    kind: Kind
    addressee: BodyId
    addressee_name: str
    status: Status
    decided: Annotated[
        DecisionTold | None,
        Meta(description="Who closed it, refused that or reopened it, if that is its status."),
    ]
    target: TargetStanding
    links: Links


class RecommendationFound(RecommendationState, frozen=True, kw_only=True):
    """The state of a recommendation, with the version of its stream, and the chain of repeats that
    it is in."""

    report_title: str | None
    publisher: BodyId | None
    publisher_name: str | None
    bodies: Annotated[int, Meta(description="The bodies that it was made to.")]
    chain: Annotated[
        list[Repeated],
        Meta(description="Itself and all that it is linked to by repeats, the oldest first."),
    ]
    stream: str
    version: Version
    as_of: AsOf


class RecommendationWanting(RecommendationInShort, frozen=True, kw_only=True):
    """A recommendation that needs attention before a meeting."""

    report_title: str
    publisher: BodyId | UnsetType = UNSET
    publisher_name: str | UnsetType = UNSET
    bodies: Annotated[int, Meta(description="The bodies that it was made to.")]


class Unanswered(RecommendationWanting, frozen=True, kw_only=True):
    """A recommendation with an assurance that has no reply on record."""

    assurance: AssuranceAsked


Repeating = Mapping[str, Sequence[values.RecommendationState]]
"""The later recommendations that repeat others, by the stream of what each repeats."""
Children = Mapping[tuple[str, str, str | None], Sequence[values.RecommendationState]]
"""The recommendations that belong to causes of concern, by report, addressee and the cause's
key."""


def by_cause(children: Sequence[values.RecommendationState]) -> Children:
    """Return recommendations by the cause of concern that they belong to, in order of their
    numbers."""
    found: dict[tuple[str, str, str | None], list[values.RecommendationState]] = {}
    for one in sorted(children, key=lambda one: one.key_order):
        found.setdefault((one.report, one.addressee, one.parent_key), []).append(one)
    return found


def recommendation(
    context: AnswerContext,
    state: values.RecommendationState,
    children: Children,
    repeating: Repeating,
    about: AboutReport | None = None,
) -> RecommendationState:
    """Return the state of a recommendation; with the fields of its report, if `about` is given."""
    texts = Texts(context.opened, context.day)
    latest = state.statements[-1] if state.statements else None
    belongs = children.get((state.report, state.addressee, state.key), ())
    return RecommendationState(
        **asdict(_in_short(context, state, texts)),
        publisher_number=state.publisher_number,
        theme=state.theme,
        level=state.level,
        parent=state.parent,
        children=[
            Child(number=one.number, kind=one.kind, status=one.status, links=_links(one))
            for one in belongs
        ],
        partners=[
            context.name(line.body) if line.body else texts.text(line.name, "partners", n)
            for n, line in enumerate(state.partners)
        ],
        raised_on=state.raised_on,
        targets=[_target_set(line, texts, n) for n, line in enumerate(state.targets)],
        completion=claim_of_completion(context.register, state),
        stance=latest.stance if latest else None,
        statement=_latest(context, latest, texts) if latest else None,
        statements=[_statement(context, line, texts, n) for n, line in enumerate(state.statements)],
        repeats=[
            _repeat(context, line, line.number, (line.report, line.key, line.addressee))
            for line in state.repeats
        ],
        repeated_by=_repeated_by(context, state.stream, repeating.get(state.stream, ())),
        held=context.held(state),
        redacted=texts.redacted,
        **(asdict(about) if about else {}),
    )


def in_a_pack(
    context: AnswerContext,
    state: values.RecommendationState,
    about: AboutReport | None,
    bodies: int,
) -> RecommendationWanting:
    """Return the fields of a recommendation that a pack shows. `bodies` counts those that it was
    made to."""
    return RecommendationWanting(
        **asdict(_in_short(context, state, Texts(context.opened, context.day))),
        report_title=(about.report_title if about else None) or state.report,
        publisher=(about.publisher if about else None) or UNSET,
        publisher_name=(about.publisher_name if about else None) or UNSET,
        bodies=bodies,
    )


def _in_short(
    context: AnswerContext, state: values.RecommendationState, texts: Texts
) -> RecommendationInShort:
    path = _path(state, state.key)
    return RecommendationInShort(
        report=state.report,
        number=state.number,
        key=state.key,
        addressee=state.addressee,
        addressee_name=context.name(state.addressee),
        kind=state.kind,
        text=texts.text(state.text, "text"),
        status=state.status,
        office=_office(context, state),
        target=target(state, context.day, texts),
        assurances=_assurances(context, state, texts),
        claim=_claim(context, state, texts),
        last_update_on=state.last_update_on,
        closed=_decision(context, state.closed, texts, "closed"),
        refused=_decision(context, state.refused, texts, "refused"),
        reopened=_decision(context, state.reopened, texts, "reopened"),
        links=Links(
            self=f"/api{path}",
            page=path,
            history=f"/api{path}/history",
            parent=f"/api{_path(state, state.parent_key)}" if state.parent_key else UNSET,
        ),
    )


def unanswered(wanting: Sequence[RecommendationWanting]) -> list[Unanswered]:
    """Return each assurance that has no reply on record, with its recommendation: the oldest
    first, those of a day that is not known last."""
    found = [
        Unanswered(**asdict(one), assurance=asked)
        for one in wanting
        for asked in one.assurances.items
        if asked.answered_by is None
    ]
    return sorted(found, key=lambda one: one.assurance.occurred_on or "9")


def target(
    state: values.RecommendationState, today: date, texts: Texts | None = None
) -> TargetStanding:
    """Return a recommendation's standing on a day against its target.

    `passed`: the day is over, and no closure, end or claim of completion stands. `over`: the day is
    over, and one of these stands, or an act without an exact day (`undated`) may have ended it or
    moved the target.

    `worked_out` is set if the day is the one that words give. `to_confirm` is set if that day has
    to be confirmed again, because the report's day was corrected; it does not count until then.
    `proposed` is set if `texts` is given and opens the words.
    """
    proposed = (_proposed(state, texts) if texts else None) or UNSET
    if not (dated := state.dated_targets):
        again = state.target_to_confirm
        return TargetStanding(
            standing="none",
            on=None,
            original_on=None,
            moves=0,
            days=None,
            to_confirm=TargetToConfirm(on=str(again.on), entry=again.entry) if again else UNSET,
            proposed=proposed,
        )
    days = [str(line.on) for line in dated]
    passed = (today - last_day(days[-1])).days
    standing: Standing = "ahead"
    if passed > 0:
        standing = "over" if state.passes_after is None else "passed"
    return TargetStanding(
        standing=standing,
        on=days[-1],
        original_on=days[0],
        moves=sum(one != other for one, other in pairwise(days)),
        days=None if standing == "over" else abs(passed),
        worked_out=True if dated[-1].worked_out else UNSET,
        undated=_undated(state) if standing == "over" and state.undated else UNSET,
        proposed=proposed,
    )


def _undated(state: values.RecommendationState) -> list[UndatedAct]:
    return [
        UndatedAct(entry=one.entry, type=one.type, occurred_on=one.occurred_on)
        for one in state.undated
    ]


def _proposed(state: values.RecommendationState, texts: Texts) -> ProposedTarget | None:
    """Return the day that the words of a target give, unless somebody has confirmed it since the
    report's day was last corrected. Its `on` is null if the words give none."""
    said = next((line for line in state.targets if line.phrase), None)
    if said is None or said.phrase is None or (said.on and not said.worked_out):
        return None
    words = texts.text(said.phrase, "targets", state.targets.index(said), "phrase")
    if words is None:
        return None
    found = worked_out(words, state.raised_on)
    confirmed = [line.on for line in state.targets if line.worked_out and not line.to_confirm]
    if confirmed and confirmed[-1] == found.on:
        return None
    return ProposedTarget(on=found.on, words=words, why=found.why, entry=said.entry)


def _target_set(line: values.TargetLine, texts: Texts, n: int) -> TargetSet:
    return TargetSet(
        on=line.on,
        phrase=texts.text(line.phrase, "targets", n, "phrase"),
        origin=line.origin,
        entry=line.entry,
        set_on=line.set_on,
        worked_out=True if line.worked_out else UNSET,
        to_confirm=True if line.to_confirm else UNSET,
    )


def _office(context: AnswerContext, state: values.RecommendationState) -> Office | None:
    if state.addressee not in context.register.successions:
        return None
    assigned_on = offices.recommendation_assigned_on(state, context.day)
    line = context.register.line(state.addressee)
    return context.office(line, assigned_on, done=state.ended_on is not None)


def _assurances(
    context: AnswerContext, state: values.RecommendationState, texts: Texts
) -> Assurances:
    unanswered = state.unanswered
    return Assurances(
        open=unanswered,
        answered=len(state.assurances) - unanswered,
        items=[
            AssuranceAsked(
                entry=line.entry,
                of=line.of,
                of_name=context.name(line.of),
                question=texts.text(line.question, "assurances.items", n, "question"),
                reply_by=line.reply_by,
                days_overdue=days_overdue(line, context.day),
                occurred_on=line.occurred_on,
                answered_by=line.answered_by,
            )
            for n, line in enumerate(state.assurances)
        ],
    )


def _sourced(context: AnswerContext, line: values.SourceLine, texts: Texts, path: str) -> Sourced:
    return Sourced(
        provenance=line.provenance,
        recorded_by=line.recorded_by,
        reported_by_name=context.reporter(line),
        source_note=texts.text(line.note, path, "source_note"),
        source_url=line.url,
    )


def _claim(
    context: AnswerContext, state: values.RecommendationState, texts: Texts
) -> ClaimMade | None:
    if (claim := state.claim) is None:
        return None
    return ClaimMade(
        entry=claim.entry,
        as_stated=texts.text(claim.as_stated, "claim.as_stated"),
        means=claim.means,
        expected_on=claim.expected_on,
        occurred_on=claim.occurred_on,
        since=claim.since,
        days_after_target=state.days_after_target,
        evidence=[_evidence(context, one, texts, n) for n, one in enumerate(claim.evidence)],
        **asdict(_sourced(context, claim.source, texts, "claim")),
    )


def _evidence(
    context: AnswerContext, line: values.EvidenceLine, texts: Texts, n: int
) -> EvidenceNamed:
    name = texts.text(line.name, "claim.evidence", n, "whose_name")
    return EvidenceNamed(
        what=texts.text(line.what, "claim.evidence", n, "what"),
        whose=line.whose or name,
        whose_name=context.name(line.whose) if line.whose else name,
        on=line.on,
    )


def _latest(context: AnswerContext, line: values.StatementLine, texts: Texts) -> StatementOn:
    return StatementOn(
        id=line.statement,
        entry=line.entry,
        by=line.by,
        by_name=context.name(line.by) if line.by else None,
        how=line.how_now,
        text=texts.text(line.text_now, "statement.text"),
        reason=texts.text(line.reason, "statement.reason"),
        **asdict(_sourced(context, line.source, texts, "statement")),
    )


def _statement(
    context: AnswerContext, line: values.StatementLine, texts: Texts, n: int
) -> StatementLine:
    path = "statements", n
    first = texts.text(line.text, *path, "as_first_published") if line.revisions else None
    return StatementLine(
        entry=line.entry,
        statement=line.statement,
        by=line.by,
        by_name=context.name(line.by) if line.by else None,
        how=line.how_now,
        stance=line.stance,
        text=texts.text(line.text_now, *path, "text"),
        reason=texts.text(line.reason, *path, "reason"),
        occurred_on=None if line.added else line.occurred_on,
        recorded_at=line.recorded_at,
        added=line.added,
        as_first_published=first,
        revisions=texts.revisions(line.revisions, *path, "revisions"),
    )


def _decision(
    context: AnswerContext, line: values.DecisionLine | None, texts: Texts, path: str
) -> Decision | None:
    if line is None:
        return None
    return Decision(
        **asdict(context.told(line)),
        reason=texts.text(line.reason, path, "reason"),
        source_note=texts.text(line.source.note, path, "source_note"),
        source_url=line.source.url,
        undoes=line.undoes,
        ground=line.ground,
    )


def _repeated_by(
    context: AnswerContext, stream: str, later: Sequence[values.RecommendationState]
) -> list[Repeat]:
    """Return the later recommendations that repeat the one of a stream."""
    return [
        _repeat(context, line, one.number, (one.report, one.key, one.addressee))
        for one in later
        for line, of in zip(one.repeats, one.repeats_of, strict=True)
        if of == stream
    ]


def repeated(
    context: AnswerContext, state: values.RecommendationState, of: values.ReportState, title: str
) -> Repeated:
    """Return a recommendation of a chain of repeats, and what became of it."""
    told = asdict(context.told(made)) if (made := state.decision) else None
    return Repeated(
        report=state.report,
        report_title=title,
        published_on=of.published_on,
        number=state.number,
        kind=state.kind,
        addressee=state.addressee,
        addressee_name=context.name(state.addressee),
        status=state.status,
        decided=DecisionTold(**told) if told else None,
        target=target(state, context.day),
        links=_links(state),
    )


def _repeat(
    context: AnswerContext, line: values.RepeatLine, number: str, other: tuple[str, str, str]
) -> Repeat:
    report, key, addressee = other
    path = f"/recommendations/{report}/{key}/{addressee}"
    return Repeat(
        report=report,
        number=number,
        addressee=addressee,
        addressee_name=context.name(addressee),
        words=line.words,
        **asdict(context.told(line)),
        links=Links(self=f"/api{path}", page=path),
    )


def _path(state: values.RecommendationState, key: str) -> str:
    """Return the address of a recommendation of the same report to the same body."""
    return f"/recommendations/{state.report}/{key}/{state.addressee}"


def _links(state: values.RecommendationState) -> Links:
    path = _path(state, state.key)
    return Links(self=f"/api{path}", page=path)
