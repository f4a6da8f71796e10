"""A report as an answer: in short, in lists, and in full."""

from typing import Annotated

from msgspec import Meta

from ledger.events.report import ReportKind
from projections.answers.context import AnswerContext
from projections.answers.parts import (
    AboutReport,
    Links,
    NamedBody,
    Redaction,
    Revision,
    Withheld,
)
from projections.answers.readers import Texts, last_revision
from projections.answers.recommendation import RecommendationState
from projections.answers.response import ResponseState
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Count, PartialDay, Reference, Version
from projections.states.values import ReportState
from projections.verdict.compliance import Basis


class ReportCited(Answer, frozen=True, kw_only=True):
    """A report in short."""

    report: Reference
    title: str
    kind: ReportKind
    publisher: BodyId
    publisher_name: str
    publishers: list[NamedBody]
    published_on: PartialDay | None
    basis: Annotated[Basis, Meta(description="What its day rests on.")]
    links: Links


class ReportListed(ReportCited, frozen=True, kw_only=True):
    """A report as lists show it, with the number of records about it."""

    recommendations: Count
    responses: Count


class ReportItself(ReportCited, frozen=True, kw_only=True):
    """A report, with its texts."""

    same_as: list[str]
    cites: str | None
    key_findings: str | None
    revisions: list[Revision]
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]


class ReportFound(ReportItself, frozen=True, kw_only=True):
    """A report with its recommendations and the responses owed to it."""

    recommendations: list[RecommendationState]
    responses: list[ResponseState]
    version: Version
    as_of: AsOf


def report(context: AnswerContext, state: ReportState) -> ReportItself:
    """Return a report, in the latest wording of its page."""
    texts, path = Texts(context.opened, context.day), f"/reports/{state.report}"
    lines = state.revisions
    return ReportItself(
        report=state.report,
        title=title(context, state),
        kind=state.kind,
        publisher=state.publisher,
        publisher_name=context.name(state.publisher),
        publishers=[NamedBody(id=one, name=context.name(one)) for one in state.publishers],
        published_on=state.published_on,
        basis=state.basis,
        same_as=list(state.same_as),
        cites=texts.revised_text(lines, "cites", state.cites, "cites"),
        key_findings=texts.revised_text(lines, "key_findings", state.key_findings, "key_findings"),
        revisions=texts.revisions(lines, "revisions"),
        held=context.held(state),
        redacted=texts.redacted,
        links=Links(self=f"/api{path}", page=path),
    )


def listed(
    context: AnswerContext, state: ReportState, recommendations: int, responses: int
) -> ReportListed:
    """Return a report as lists show it, with the number of records about it."""
    path = f"/reports/{state.report}"
    return ReportListed(
        report=state.report,
        title=title(context, state),
        kind=state.kind,
        publisher=state.publisher,
        publisher_name=context.name(state.publisher),
        publishers=[NamedBody(id=one, name=context.name(one)) for one in state.publishers],
        published_on=state.published_on,
        basis=state.basis,
        links=Links(self=f"/api{path}", page=path),
        recommendations=recommendations,
        responses=responses,
    )


def title(context: AnswerContext, state: ReportState) -> str:
    """Return a report's title, in the latest wording of its page."""
    last = last_revision(state.revisions, "title", context.day.isoformat())
    return (last.value if last else None) or state.title


def about_report(context: AnswerContext, state: ReportState) -> AboutReport:
    """Return a report in short, for an answer about something else of it."""
    return AboutReport(
        report_title=title(context, state),
        publisher=state.publisher,
        publisher_name=context.name(state.publisher),
    )
