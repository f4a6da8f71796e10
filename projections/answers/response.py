"""A body's duty and its response to a report, as an answer: in full, in lists, in short, and in a
pack."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field
from msgspec.structs import asdict

from ledger.events.response import RESPONSE, Disapplied, Part
from ledger.events.texts import Language
from projections import offices
from projections.answers.context import AnswerContext
from projections.answers.parts import (
    AboutReport,
    Links,
    Office,
    Redaction,
    Revision,
    Withheld,
)
from projections.answers.readers import Texts, last_revision, wording
from projections.answers.recommendation import RecommendationState
from projections.answers.register import KeptHere, kept_here
from projections.as_of import AsOf
from projections.fields import (
    Answer,
    BodyId,
    Count,
    Day,
    EntryId,
    Moment,
    PartialDay,
    Position,
    Reference,
    Version,
)
from projections.states import response as states
from projections.states import values
from projections.verdict.compliance import Basis, Coverage, ListedBy, Verdict, VerdictWord
from projections.verdict.working import Bases, RuleRead, Working, headline


class Between(Answer, frozen=True, kw_only=True):
    """The days between which a day lies that is not exactly known."""

    lo: Day | None
    hi: Day


class CausesOfConcern(Answer, frozen=True, kw_only=True):
    """Causes of concern. They are not recommendations and are counted beside them."""

    addressed: Count
    without_recommendations: Count
    explained_now: Annotated[
        int | None,
        Meta(description="Of those without. Null: not known, a response lacks its text."),
    ]


class ResponseCoverage(Answer, frozen=True, kw_only=True):
    """The number of recommendations that a response explains, and whose list the count goes by. A
    count is null if a response that is recorded here without its text could change it."""

    listed_by: ListedBy
    addressed: Count
    explained_by_due: Annotated[
        int | None,
        Meta(
            description="By the last day. Null also where the verdict is `not_shown` or "
            "`not_looked_for`, or where there is no last day."
        ),
    ]
    explained_now: int | None
    general: int | None
    not_known: Annotated[
        int,
        Meta(
            description="Of how many it is not known, since a response was recorded without its "
            "text, or nobody looked for one."
        ),
    ]
    causes_of_concern: CausesOfConcern


class Finding(Answer, frozen=True, kw_only=True):
    """A verdict by itself."""

    verdict: VerdictWord
    days: int | None
    at_least: bool


class Improvement(Answer, frozen=True, kw_only=True):
    """An entry made after the last day that improved the verdict: the verdict on the day of
    recording before it (`from`) and with it (`to`)."""

    entry: EntryId
    type: Annotated[str, Meta(description="Of the entry.")]
    position: Position
    recorded_at: Moment
    from_: Finding = field(name="from")
    to: Finding


class Translation(Answer, frozen=True, kw_only=True):
    """The same statement in another language, as it reads now."""

    lang: Language
    text: str | None
    url: str | None


class StatementPublished(Answer, frozen=True, kw_only=True):
    """A published statement, as it reads now."""

    entry: EntryId
    statement: str
    text: str | None
    lang: Annotated[
        Language | None, Meta(description="The language of its text; null without one.")
    ]
    url: str | None
    translations: list[Translation]
    revisions: list[Revision]
    parts: list[Part]
    published_on: PartialDay | None
    recorded_at: Moment


class DutyDisapplication(Answer, frozen=True, kw_only=True):
    """A decision that a duty does not apply."""

    entry: EntryId
    basis: Disapplied
    decided_by: str | None
    same_as_report: Reference | None
    decided_on: PartialDay | None
    recorded_on: Day


class LookedFor(Answer, frozen=True, kw_only=True):
    """A search for a response that did not find it."""

    entry: EntryId
    looked_on: PartialDay | None
    by: BodyId | None
    by_name: str | None
    recorded_by: str
    where: str | None
    url: str | None


class ResponseState(Answer, frozen=True, kw_only=True):
    """A body's duty and its publications about a report, with the verdict."""

    report: Reference
    report_title: str | UnsetType | None = UNSET
    publisher: BodyId | UnsetType | None = UNSET
    publisher_name: str | UnsetType | None = UNSET
    body: BodyId
    body_name: str
    name: Annotated[str, Meta(description="Which of the body's duties: `response`, …")]
    rule: RuleRead
    office: Office | None
    office_ended_on: Day | None
    trigger_on: PartialDay | None
    due_on: Day | None
    original_due_on: Day | None
    published_on: PartialDay | None
    between: Between | None
    verdict: Annotated[
        VerdictWord | None, Meta(description="Null: the duty was retracted (`retracted`).")
    ]
    days: Annotated[int | None, Meta(description="Days left, overdue or late.")]
    at_least: bool
    basis: Annotated[Basis | None, Meta(description="The weaker of `bases`.")]
    bases: Bases | None
    coverage: ResponseCoverage | None
    parts: list[Part]
    comments_received_not_published: bool
    improved_later: list[Improvement]
    headline: str
    statements: list[StatementPublished]
    disapplied: list[DutyDisapplication]
    lookups: list[LookedFor]
    record_kept_here: KeptHere | None
    duty_entry: EntryId
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]
    links: Links


class DutyInShort(Answer, frozen=True, kw_only=True):
    """One of a body's duties about a report, in short."""

    name: str
    rule: RuleRead
    due_on: Day | None
    published_on: PartialDay | None
    verdict: VerdictWord
    days: int | None
    at_least: bool
    headline: str
    links: Links


class DutyRetracted(Answer, frozen=True, kw_only=True):
    """The retraction of a duty: the entry, its day, and its account."""

    entry: EntryId
    on: Day
    by: str


class ResponseFound(ResponseState, frozen=True, kw_only=True):
    """A body's duty and its publications about a report, with the version of the stream."""

    report_title: str | None
    publisher: BodyId | None
    publisher_name: str | None
    duties: list[DutyInShort]
    retracted: DutyRetracted | UnsetType = UNSET
    recommendations: list[RecommendationState]
    stream: str
    version: Version
    as_of: AsOf


class ResponseLine(Answer, frozen=True, kw_only=True):
    """A response with its verdict, as a line of a list."""

    body: BodyId
    body_name: str
    name: str
    verdict: VerdictWord
    days: int | None
    at_least: bool
    due_on: Day | None
    published_on: PartialDay | None
    basis: Annotated[Basis, Meta(description="The weaker of `bases`.")]
    bases: Bases
    links: Links


class ResponseWanting(ResponseLine, frozen=True, kw_only=True):
    """A response that needs attention before a meeting."""

    report: Reference
    report_title: str
    publisher: BodyId | UnsetType = UNSET
    publisher_name: str | UnsetType = UNSET
    headline: str
    disapplied: list[DutyDisapplication]
    improved_later: list[Improvement]
    office: Office | None


class ResponseWorking(Working, frozen=True, kw_only=True):
    """The working of a verdict."""

    report: Reference
    body: BodyId
    name: str
    as_of: AsOf


DONE_WITH = ("in_time", "disapplied", "no_period")
"""The verdicts that leave nothing to do."""
Improved = Mapping[tuple[str, str, str], Sequence[Improvement]]
"""The improvements of verdicts, by report, body and name of the duty."""


def response(
    context: AnswerContext,
    state: values.JudgedResponse,
    improved: Improved | None = None,
    about: AboutReport | None = None,
) -> ResponseState:
    """Return a body's duty and its publications, with the verdict; with the fields of its report,
    if `about` is given."""
    texts, today = Texts(context.opened, context.day), context.day
    found, ended_on = state.found.on(today), states.office_ended_on(state, today)
    published = _published(state, today)
    parts = {part for one in published for part in _parts(one, today)}
    return ResponseState(
        **asdict(line(context, state)),
        report=state.report,
        rule=_rule(state),
        office=_office(context, state, found),
        office_ended_on=_iso(ended_on),
        trigger_on=state.trigger_on,
        original_due_on=_iso(state.due_on),
        between=_between(found),
        coverage=_coverage(state.covered),
        parts=sorted(parts),
        comments_received_not_published=_comments_kept_back(state, parts, today),
        improved_later=list((improved or {}).get((state.report, state.body, state.name), ())),
        headline=headline(found, context.name),
        statements=[_statement(one, texts, today, n) for n, one in enumerate(published)],
        disapplied=_disapplied(state, texts, today),
        lookups=_lookups(context, state, texts),
        record_kept_here=kept_here(context.register, state.body),
        duty_entry=state.duty,
        held=context.held(state),
        redacted=texts.redacted,
        **(asdict(about) if about else {}),
    )


def _published(state: values.ResponseState, day: date) -> list[values.PublicationLine]:
    """Return what was certainly published by a day."""
    return [one for one in state.publications if states.publication(one, state).hi <= day]


def published_texts(state: values.ResponseState, day: date) -> Iterator[values.TextRef]:
    """Yield the texts that were published by a day, in both languages, as they read then."""
    for one in _published(state, day):
        translation = one.translation.text if one.translation else None
        for name, first in (("text", one.text), ("translation", translation)):
            if (said := wording(one.revisions, name, first, day.isoformat())) is not None:
                yield said


def in_short(context: AnswerContext, state: values.JudgedResponse) -> DutyInShort:
    """Return one of a body's duties in short."""
    found = state.found.on(context.day)
    return DutyInShort(
        name=state.name,
        rule=_rule(state),
        due_on=_iso(found.due_on),
        published_on=found.published_on,
        verdict=found.verdict,
        days=found.days,
        at_least=found.at_least,
        headline=headline(found, context.name),
        links=_links(state),
    )


def in_a_pack(
    context: AnswerContext,
    state: values.JudgedResponse,
    improved: Improved,
    about: AboutReport | None,
) -> ResponseWanting:
    """Return the fields of a response that a pack shows."""
    found = state.found.on(context.day)
    return ResponseWanting(
        **asdict(line(context, state)),
        report=state.report,
        report_title=(about.report_title if about else None) or state.report,
        publisher=(about.publisher if about else None) or UNSET,
        publisher_name=(about.publisher_name if about else None) or UNSET,
        headline=headline(found, context.name),
        disapplied=_disapplied(state, Texts(context.opened, context.day), context.day),
        improved_later=list(improved.get((state.report, state.body, state.name), ())),
        office=_office(context, state, found),
    )


def line(context: AnswerContext, state: values.JudgedResponse) -> ResponseLine:
    """Return a response with its verdict, as a line of a list."""
    found = state.found.on(context.day)
    return ResponseLine(
        body=state.body,
        body_name=context.name(state.body),
        name=state.name,
        verdict=found.verdict,
        days=found.days,
        at_least=found.at_least,
        due_on=_iso(found.due_on),
        published_on=found.published_on,
        basis=found.basis,
        bases=Bases(trigger=found.bases.trigger, published=found.bases.published),
        links=_links(state),
    )


def asked_by(name: str) -> str:
    """Return the query that names a duty, to follow the path of a response. It is empty for the
    duty `response`."""
    return "" if name == RESPONSE else f"?name={name}"


def _rule(state: values.ResponseState) -> RuleRead:
    return RuleRead(
        id=state.rule_id, version=state.rule_version, citation=state.citation, read=state.read
    )


def _office(context: AnswerContext, state: values.ResponseState, found: Verdict) -> Office | None:
    if state.body not in context.register.successions:
        return None
    assigned_on = offices.response_assigned_on(found, context.day)
    line = [(one.body, one.since) for one in state.holders]
    return context.office(line, assigned_on, done=found.verdict in DONE_WITH)


def _iso(day: date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else day


def _between(found: Verdict) -> Between | None:
    if (between := found.between) is None:
        return None
    return Between(lo=_iso(between.lo), hi=between.hi.isoformat())


def _coverage(found: Coverage) -> ResponseCoverage:
    causes = found.causes_of_concern
    return ResponseCoverage(
        listed_by=found.listed_by,
        addressed=found.addressed,
        explained_by_due=found.explained_by_due,
        explained_now=found.explained_now,
        general=found.general,
        not_known=found.not_known,
        causes_of_concern=CausesOfConcern(
            addressed=causes.addressed,
            without_recommendations=causes.without_recommendations,
            explained_now=causes.explained_now,
        ),
    )


def _comments_kept_back(state: values.ResponseState, parts: set[Part], today: date) -> bool:
    """Return whether the chief officer's comments were received and are certainly not published. A
    publication without parts may contain them."""
    if not any(one.interval.hi <= today for one in state.comments_received):
        return False
    perhaps = [
        line.parts
        for line in state.publications
        if (states.publication(line, state).lo or date.min) <= today
    ]
    return all(perhaps) and "chief_officer_comments" not in parts.union(*perhaps)


def _statement(
    line: values.PublicationLine, texts: Texts, today: date, n: int
) -> StatementPublished:
    path = "statements", n
    text = texts.as_revised(line.revisions, "text", line.text)
    return StatementPublished(
        entry=line.entry,
        statement=line.statement,
        text=texts.text(text, *path, "text"),
        lang=text.lang if text else None,
        url=texts.revised(line.revisions, "url", line.url),
        translations=_translations(line, texts, today, *path),
        revisions=texts.revisions(line.revisions, *path, "revisions"),
        parts=list(_parts(line, today)),
        published_on=line.occurred_on,
        recorded_at=line.recorded_at,
    )


def _translations(
    line: values.PublicationLine, texts: Texts, today: date, *path: str | int
) -> list[Translation]:
    """Return the statement in the other language, if it was published in two by a day."""
    first = line.translation
    text = texts.as_revised(line.revisions, "translation", first.text if first else None)
    if text is None:
        return []
    last = last_revision(line.revisions, "translation", today.isoformat())
    url = (last.url if last else None) or (first.url if first else None)
    words = texts.text(text, *path, "translations", 0, "text")
    return [Translation(lang=text.lang, text=words, url=url)]


def _disapplied(state: values.ResponseState, texts: Texts, today: date) -> list[DutyDisapplication]:
    """Return the decisions made by a day that a duty does not apply."""
    made = [line for line in state.disapplied if line.hi <= today.isoformat()]
    return [
        DutyDisapplication(
            entry=line.entry,
            basis=line.basis,
            decided_by=texts.text(line.decided_by, "disapplied", n, "decided_by"),
            same_as_report=line.same_as_report,
            decided_on=line.decided_on,
            recorded_on=line.recorded_on,
        )
        for n, line in enumerate(made)
    ]


def _lookups(context: AnswerContext, state: values.ResponseState, texts: Texts) -> list[LookedFor]:
    """Return the look-ups by the day asked about, which did not find the response."""
    made = [line for line in state.lookups if line.looked.interval.hi <= context.day]
    return [
        LookedFor(
            entry=line.looked.entry,
            looked_on=line.looked_on,
            by=line.looked.by,
            by_name=context.name(line.looked.by) if line.looked.by else None,
            recorded_by=line.recorded_by,
            where=texts.text(line.where, "lookups", n, "where"),
            url=line.url,
        )
        for n, line in enumerate(made)
    ]


def _links(state: values.ResponseState) -> Links:
    path, named = f"/responses/{state.report}/{state.body}", asked_by(state.name)
    return Links(
        self=f"/api{path}{named}",
        working=f"/api{path}/working{named}",
        history=f"/api{path}/history",
        page=f"{path}{named}",
    )


def _parts(line: values.PublicationLine, today: date) -> tuple[Part, ...]:
    """Return the parts of a publication, including the chief officer's comments if they were added
    later."""
    comments = last_revision(line.revisions, "chief_officer_comments", today.isoformat())
    added = comments is not None and comments.text is not None
    more: tuple[Part, ...] = ("chief_officer_comments",) if added else ()
    return tuple(dict.fromkeys((*line.parts, *more)))
