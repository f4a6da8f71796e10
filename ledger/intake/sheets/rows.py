"""What a table says, row by row, in the fields of the requests. Nothing here is a fact yet."""

from dataclasses import dataclass

from ledger.events.recommendation import How, Kind, Means, Stance
from ledger.events.report import ReportKind
from ledger.events.response import Part
from ledger.intake.sheets.cells import Place, Rejected


@dataclass(frozen=True, slots=True)
class SourceRead:
    """Where word of it came from, as the sheet says."""

    url: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class TargetRead:
    """When it is to be done: a day, month or year (ISO) where one is stated, and words."""

    on: str | None
    phrase: str | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report. `publishers` (the first leads) and `bodies` are ids or names as written,
    `published_on` an ISO date or None."""

    place: Place
    reference: str
    title: str
    kind: ReportKind
    publishers: tuple[str, ...]
    published_on: str | None
    same_as: tuple[str, ...]
    cites: str | None
    key_findings: str | None
    attach: str | None
    """The recorded report that a person says it is: its reference, or `new`."""
    bodies: tuple[str, ...]
    source: SourceRead | None


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """A recommendation. `addressees` are ids or names as written; `force` is the body's force."""

    place: Place
    report: str
    number: str
    key: str
    text: str
    addressees: tuple[str, ...]
    kind: Kind
    parent: str | None
    partners: tuple[str, ...]
    target: TargetRead | None
    source: SourceRead | None


@dataclass(frozen=True, slots=True)
class ExplanationRow:
    """What a response says of one recommendation."""

    place: Place
    report: str
    body: str
    duty: str | None
    """Which of the body's duties about the report the response answers; None: none is named."""
    number: str
    key: str
    addressee: str
    how: How
    stance: Stance
    text: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A response that is owed and, where there is a `text`, was published."""

    place: Place
    report: str
    body: str
    duty: str | None
    """The name of the duty; None: none is named."""
    rule: str | None
    due_on: str | None
    published_on: str | None
    url: str | None
    parts: tuple[Part, ...]
    text: str | None
    source: SourceRead | None
    explanations: tuple[ExplanationRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimRead:
    """How the force rates its progress, and what that means."""

    as_stated: str
    means: Means
    expected_on: str | None


@dataclass(frozen=True, slots=True)
class AssuranceRow:
    """An assurance that was sought about a recommendation. `of` is an id or name as written."""

    place: Place
    report: str
    number: str
    key: str
    addressee: str
    of: str
    question: str
    occurred_on: str | None
    reply_by: str | None
    source: SourceRead | None


@dataclass(frozen=True, slots=True)
class PastUpdateRow:
    """An update that came in. `answers` is the question that it answers, or its entry's id."""

    place: Place
    report: str
    number: str
    key: str
    addressee: str
    text: str
    occurred_on: str | None
    claim: ClaimRead | None
    answers: str | None
    source: SourceRead | None


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """That a recommendation was closed. `by` None: by the inspectorate that published it."""

    place: Place
    report: str
    number: str
    key: str
    addressee: str
    occurred_on: str | None
    by: str | None
    reason: str
    source: SourceRead | None


HistoryRow = AssuranceRow | PastUpdateRow | ClosureRow
"""What happened to a recommendation since."""
AnyRow = ReportRow | RecommendationRow | ResponseRow | ExplanationRow | HistoryRow


@dataclass(frozen=True, slots=True)
class Table:
    """What files of the table layout say. Each row is in one list, or has an entry in `rejected`.

    Explanations stand in their response. `rows` counts the rows below the headers.
    """

    reports: tuple[ReportRow, ...]
    recommendations: tuple[RecommendationRow, ...]
    responses: tuple[ResponseRow, ...]
    history: tuple[HistoryRow, ...]
    """Assurances, then updates, then closures."""
    rejected: tuple[Rejected, ...]
    rows: int
