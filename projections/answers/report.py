"""A report as an answer: in short, in lists, and in full."""

from collections.abc import Collection
from itertools import chain
from typing import Annotated

from msgspec import Meta
from msgspec.structs import asdict

from ledger.events.report import ReportKind, as_asked
from projections.answers.context import AnswerContext
from projections.answers.parts import (
    AboutReport,
    Links,
    NamedBody,
    Redaction,
    Revision,
    ToldBy,
    Withheld,
)
from projections.answers.readers import Texts, last_revision
from projections.answers.recommendation import RecommendationState
from projections.answers.response import ResponseState
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Count, PartialDay, Reference, Version
from projections.states.values import GradeLine, ReportState
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


class GradeGiven(ToldBy, frozen=True, kw_only=True):
    """A grade that a report gave a body, as published, with its source. It is never averaged."""

    question: str
    grade: str
    body: BodyId
    body_name: str
    source_note: str | None
    source_url: str | None


class GradeListed(GradeGiven, frozen=True, kw_only=True):
    """A grade with the report that gave it, as a line of a list."""

    report: Reference
    report_kind: ReportKind
    publisher: BodyId
    publisher_name: str
    published_on: PartialDay | None
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]
    links: Annotated[Links, Meta(description="Of the report.")]


class ReportGrades(ReportCited, frozen=True, kw_only=True):
    """A report in short, with the grades that it gave some bodies."""

    grades: list[GradeGiven]


class ReportListed(ReportCited, frozen=True, kw_only=True):
    """A report as lists show it, with the number of records about it."""

    recommendations: Count
    responses: Count
    grades: Count


class ReportItself(ReportCited, frozen=True, kw_only=True):
    """A report, with its texts."""

    same_as: list[str]
    cites: str | None
    key_findings: str | None
    grades: Annotated[
        list[GradeGiven],
        Meta(description="By question, in the order in which they were recorded."),
    ]
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
    texts, lines = Texts(context.opened, context.day), state.revisions
    return ReportItself(
        **asdict(_cited(context, state)),
        same_as=list(state.same_as),
        cites=texts.revised_text(lines, "cites", state.cites, "cites"),
        key_findings=texts.revised_text(lines, "key_findings", state.key_findings, "key_findings"),
        grades=_grades(context, state, texts),
        revisions=texts.revisions(lines, "revisions"),
        held=context.held(state),
        redacted=texts.redacted,
    )


def _cited(context: AnswerContext, state: ReportState) -> ReportCited:
    path = f"/reports/{state.report}"
    return ReportCited(
        report=state.report,
        title=title(context, state),
        kind=state.kind,
        publisher=state.publisher,
        publisher_name=context.name(state.publisher),
        publishers=[NamedBody(id=one, name=context.name(one)) for one in state.publishers],
        published_on=state.published_on,
        basis=state.basis,
        links=Links(self=f"/api{path}", page=path),
    )


def graded(context: AnswerContext, state: ReportState, bodies: Collection[str]) -> ReportGrades:
    """Return a report in short, with the grades that it gave these bodies."""
    grades = _grades(context, state, Texts(context.opened, context.day))
    return ReportGrades(
        **asdict(_cited(context, state)), grades=[one for one in grades if one.body in bodies]
    )


def graded_one(context: AnswerContext, state: ReportState, line: GradeLine) -> GradeListed:
    """Return a grade with the report that gave it, as a line of a list."""
    texts, cited = Texts(context.opened, context.day), _cited(context, state)
    return GradeListed(
        **asdict(_grade(context, line, texts, "source_note")),
        report=cited.report,
        report_kind=cited.kind,
        publisher=cited.publisher,
        publisher_name=cited.publisher_name,
        published_on=cited.published_on,
        held=context.held(line),
        redacted=texts.redacted,
        links=cited.links,
    )


def given(context: AnswerContext, state: ReportState) -> list[GradeLine]:
    """Return the grades that a report had given by the day asked about: by question, in the order
    in which they were recorded."""
    by_question: dict[str, list[GradeLine]] = {}
    for line in state.grades:
        if line.hi <= context.day.isoformat():
            by_question.setdefault(as_asked(line.question), []).append(line)
    return list(chain.from_iterable(by_question.values()))


def _grades(context: AnswerContext, state: ReportState, texts: Texts) -> list[GradeGiven]:
    return [
        _grade(context, line, texts, "grades", n, "source_note")
        for n, line in enumerate(given(context, state))
    ]


def _grade(
    context: AnswerContext, line: GradeLine, texts: Texts, *path_of_note: str | int
) -> GradeGiven:
    return GradeGiven(
        question=line.question,
        grade=line.grade,
        body=line.body,
        body_name=context.name(line.body),
        **asdict(context.told(line)),
        source_note=texts.text(line.note, *path_of_note),
        source_url=line.url,
    )


def listed(
    context: AnswerContext, state: ReportState, recommendations: int, responses: int
) -> ReportListed:
    """Return a report as lists show it, with the number of records about it."""
    return ReportListed(
        **asdict(_cited(context, state)),
        recommendations=recommendations,
        responses=responses,
        grades=len(given(context, state)),
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
