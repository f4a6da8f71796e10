"""The state of a report, from its entries: its day with the basis of that, and later wordings of
its page and of responses, each beside the wording before. Pure."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from ledger.dates import rfc3339
from ledger.events import (
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    ReportGraded,
    ReportRevised,
    ResponsePublished,
    StatementRevised,
)
from ledger.events.entry import Entry
from ledger.events.streams import recommendation_of, recommendation_stream, report_of
from ledger.events.texts import Text
from ledger.states.effect import CapturedOn, Known, in_effect
from ledger.states.report import Report, is_own_word, report
from ledger.states.response import explanation, passage_of
from projections.states.values import (
    Context,
    GradeLine,
    ReportState,
    RevisionLine,
    SourceLine,
    StatementLine,
    TextRef,
    said,
    source_of,
)
from projections.verdict.compliance import Basis


def report_state(entries: Sequence[Entry], context: Context) -> ReportState | None:
    """Return a report as known, or None if none is in effect."""
    if (found := report(entries)) is None:
        return None
    one, data = found.published, found.data
    return ReportState(
        report=found.reference,
        entry=one.id,
        title=data.title,
        kind=data.kind,
        publisher=data.publisher,
        published_on=found.published_on,
        basis=trigger_basis(found, context),
        same_as=data.same_as,
        cites=said(one, "cites", data.cites),
        key_findings=said(one, "key_findings", data.key_findings),
        hi=found.hi(context.captured_on).isoformat(),
        revisions=revision_lines(
            in_effect(entries),
            {
                ("title", None, None): data.title,
                ("cites", None, None): said(one, "cites", data.cites),
                ("key_findings", None, None): said(one, "key_findings", data.key_findings),
            },
            found,
            context.captured_on,
        ),
        publishers=found.publishers,
        grades=_grades(in_effect(entries), found, context.captured_on),
    )


def _grades(acts: Iterable[Known], found: Report, captured_on: CapturedOn) -> tuple[GradeLine, ...]:
    return tuple(
        GradeLine(
            entry=one.id,
            question=one.data.question,
            grade=one.data.grade,
            body=one.data.body,
            by=one.entry.by,
            provenance=one.entry.provenance,
            on=one.entry.occurred_on,
            hi=_day(one, found, captured_on).isoformat(),
            recorded_by=one.entry.recorded_by,
            note=said(one, "source.note", source.note) if source else None,
            url=source.url if source else None,
        )
        for one in acts
        if isinstance(one.data, ReportGraded)
        for source in [one.entry.source]
    )


def trigger_basis(found: Report, context: Context) -> Basis:
    """Return the basis of the report's day: `publisher` if a publisher's own word is held here as
    bytes, else `stated`."""
    for entry in _says_the_day(found):
        source = entry.source
        kept = context.capture(source.capture) if source and source.capture else None
        if kept is not None and is_own_word(
            kept, found.publishers, context.service(entry.position)
        ):
            return "publisher"
    return "stated"


def _says_the_day(found: Report) -> list[Entry]:
    """Return the entries that say on what day a report was published, as that is known now. They
    are its own entry or the correction of its day. Later entries count too: a correction of the
    capture that it cites, and the publishers' takings over."""
    own = found.published
    day, capture = (own.corrected_by.get(path) for path in ("occurred_on", "source.capture"))
    said = [day or own.original]
    if capture is not None and capture.position > said[0].position:
        # The capture cited now, at the position of the correction that cites it.
        cited = dataclasses.replace(own.entry, position=capture.position)
        said = [cited] if day is None else [day, cited]
    stood = (day or own.original).position
    return [*said, *(one for one in found.takeovers if one.position > stood)]


Subject = tuple[str, str | None, str | None]
"""The field that is revised. For a passage also the key and the addressee of its recommendation."""
Former = TextRef | str | None


def revision_lines(
    acts: Iterable[Known],
    first: Mapping[Subject, Former],
    found: Report,
    captured_on: CapturedOn,
    published_by: date = date.min,
) -> tuple[RevisionLine, ...]:
    """Return the revisions among acts, ordered by (hi, position): one that was seen earlier but
    entered later is not the later wording.

    `first` has the values as first published. `published_by` is the day by which that happened: no
    revision counts before it, even if the page was seen earlier.
    """
    formers = dict(first)
    made = [
        (_line(act, act.data, found, captured_on), act.original.position)
        for act in acts
        if isinstance(act.data, ReportRevised | StatementRevised)
    ]
    lines = []
    for line, _ in sorted(made, key=lambda one: (one[0].hi, one[1])):
        former = formers.get(line.subject)
        lines.append(
            replace(
                line,
                was_text=former if isinstance(former, TextRef) else None,
                was_value=former if isinstance(former, str) else None,
                hi=max(line.hi, published_by.isoformat()),
            )
        )
        formers[line.subject] = line.text or line.value
    return tuple(lines)


def publication_revisions(
    acts: Sequence[Known],
    published: Known,
    recommendations: Iterable[Sequence[Entry]],
    found: Report,
    captured_on: CapturedOn,
) -> tuple[RevisionLine, ...]:
    """Return the later wordings of a publication: of the whole, of its address, and of its passages
    about single recommendations."""
    data = published.data
    assert isinstance(data, ResponsePublished)
    mine = [
        act
        for act in acts
        if isinstance(act.data, StatementRevised) and act.data.statement == data.statement
    ]
    if not mine:
        return ()
    first: dict[Subject, Former] = {
        ("text", None, None): said(published, "text", data.text),
        ("url", None, None): data.url,
    }
    if data.translation is not None:
        text = said(published, "translations.0.text", data.translation.text)
        first["translation", None, None] = text
    if "chief_officer_comments" in data.parts:
        for act in acts:
            if isinstance(act.data, ChiefOfficerCommentsReceived):
                first["chief_officer_comments", None, None] = said(act, "text", act.data.text)
    for entries in recommendations:
        if (issued := explanation(entries, data.statement)) is not None:
            assert isinstance(issued.data, CommissionerStatementIssued)
            name = recommendation_of(issued.entry.stream)
            first["passage", name.key, name.addressee] = said(issued, "text", issued.data.text)
    return revision_lines(mine, first, found, captured_on, _day(published, found, captured_on))


@dataclass(frozen=True, slots=True)
class RevisedPassage:
    """A revised passage: its statement, whose act the revision is, and when it was recorded."""

    statement: str
    by: str | None
    recorded_at: str
    source: SourceLine
    line: RevisionLine


def revised_passages(
    responses: Iterable[Sequence[Entry]],
    recommendation: Sequence[Entry],
    found: Report,
    captured_on: CapturedOn,
) -> tuple[RevisedPassage, ...]:
    """Return the revisions of the passages about one recommendation, each statement's in order."""
    passages: list[RevisedPassage] = []
    if not recommendation:
        return ()
    name = recommendation_of(recommendation[0].stream)
    key, addressee = name.key, name.addressee
    for entries in responses:
        if not passages_revised_in(entries):
            continue
        current = in_effect(entries)  # a publication answers on after its duty was retracted
        # While a statement is retracted entry by entry, its publication goes before its revisions.
        there = {
            one.data.statement: _day(one, found, captured_on)
            for one in current
            if isinstance(one.data, ResponsePublished)
        }
        revised = [
            (act, act.data)
            for act in current
            if isinstance(act.data, StatementRevised)
            and act.data.field == "passage"
            and act.data.statement in there
            and passage_of(act.data) == (key, addressee)
        ]
        for statement in dict.fromkeys(data.statement for _, data in revised):
            issued = explanation(recommendation, statement)
            data = issued.data if issued else None
            first: Former = None
            if issued is not None and isinstance(data, CommissionerStatementIssued):
                first = said(issued, "text", data.text)
            acts = {act.id: act for act, data in revised if data.statement == statement}
            passages += [
                RevisedPassage(
                    statement,
                    acts[line.entry].entry.by,
                    rfc3339(acts[line.entry].original.instant),
                    source_of(acts[line.entry]),
                    line,
                )
                for line in revision_lines(
                    acts.values(),
                    {("passage", key, addressee): first},
                    found,
                    captured_on,
                    there[statement],
                )
            ]
    return tuple(passages)


def passages_revised_in(entries: Iterable[Entry]) -> list[str]:
    """Return the streams of the recommendations whose passages these entries of a response
    revise."""
    found = []
    for entry in entries:
        if isinstance(entry.data, StatementRevised) and entry.data.field == "passage":
            reference = report_of(entry.stream)
            assert reference is not None, "a response is about a report"
            found.append(recommendation_stream(reference, *passage_of(entry.data)))
    return list(dict.fromkeys(found))


def with_revisions(
    statements: Sequence[StatementLine], revised: Sequence[RevisedPassage]
) -> tuple[StatementLine, ...]:
    """Return the statements on a recommendation with the later wordings of their passages.
    Statements that did not mention it at first come last."""
    lines = [
        replace(
            line,
            revisions=tuple(one.line for one in revised if one.statement == line.statement),
        )
        for line in statements
    ]
    there = {line.statement for line in statements}
    for statement in dict.fromkeys(one.statement for one in revised):
        if statement not in there:
            mine = [one for one in revised if one.statement == statement]
            lines.append(
                StatementLine(
                    entry=mine[0].line.entry,
                    statement=statement,
                    by=mine[0].by,
                    how="not_found",
                    stance="not_stated",
                    text=None,
                    reason=None,
                    occurred_on=mine[0].line.seen_on,
                    recorded_at=mine[0].recorded_at,
                    source=mine[0].source,
                    revisions=tuple(one.line for one in mine),
                    added=True,
                )
            )
    return tuple(lines)


def _day(act: Known, found: Report, captured_on: CapturedOn) -> date:
    """Return the last day on which an act can have happened."""
    return found.happened(act, captured_on).hi


def _line(
    act: Known, data: ReportRevised | StatementRevised, found: Report, captured_on: CapturedOn
) -> RevisionLine:
    line = RevisionLine(
        act.id,
        data.field,
        said(act, "now", data.now) if isinstance(data.now, Text) else None,
        data.now if isinstance(data.now, str) else None,
        act.entry.occurred_on,
        _day(act, found, captured_on).isoformat(),
        url=data.url if isinstance(data, StatementRevised) else None,
    )
    if isinstance(data, ReportRevised) or data.field != "passage":
        return line
    key, addressee = passage_of(data)
    return replace(line, number=data.number, key=key, addressee=addressee, how=data.how)
