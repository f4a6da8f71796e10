"""The follower that keeps the read models: which subjects an entry touches, and their states.

States are worked out at every position, since every position can be asked about. Nothing here
depends on when it runs, so rebuilding gives the same rows (`rebuild`).
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import date
from typing import Any, assert_never

import psycopg
from msgspec.structs import replace

from ledger.clock import london_date
from ledger.entry import Entry, decode
from ledger.events import (
    AccountClosed,
    AccountOpened,
    AssuranceSought,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    CaptureKept,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    CopySent,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    ListCompared,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RecommendationReviewed,
    RedactionSought,
    Reopened,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponsePublished,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
    StatementRevised,
    Superseded,
    TargetDateSet,
    TextRedacted,
    TextReleased,
    UpdateReceived,
    Withdrawn,
)
from ledger.follower import BATCH, Follower
from ledger.report import Report, report
from ledger.storage import Stored
from ledger.streams import kind, recommendation_of, report_of, report_stream, response_stream
from projections import facts, judged, response_facts, tables
from projections.concerned import concerns
from projections.kept_streams import KeptStreams
from projections.lateness import days_late, is_backfill
from projections.reader import LogReader, Streams
from projections.revisions import RevisedPassage, passages_revised_in, revised_passages
from projections.state import ResponseState
from projections.tables import (
    COVERAGES,
    FOREVER,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
    VERDICTS,
    Segment,
    Subject,
)

NAME = "projector"
CHANNEL = "answerable_projected"
"""Notified with the position that the read models have reached."""


def follower(url: str, *, batch: int = BATCH) -> Follower:
    """The projector, ready to run."""
    kept = KeptStreams()

    def work(conn: psycopg.Connection, batch: Sequence[Stored]) -> None:
        project(conn, batch, tables.SCHEMA, kept)

    return Follower(NAME, url, work, batch=batch, after=CHANNEL)


def prepare(conn: psycopg.Connection) -> None:
    """Make sure that the tables are there and of this version's shape: else from the beginning."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(20170504)")
        if not tables.are_ours(conn):
            tables.drop(conn, tables.SCHEMA)
            tables.create(conn)
            conn.execute("DELETE FROM follow.positions WHERE name = %s", [NAME])


def project(
    conn: psycopg.Connection,
    batch: Sequence[Stored],
    schema: str,
    kept: KeptStreams | None = None,
) -> None:
    """Bring the read models of a schema from before a batch to after it."""
    entries = [decode(one.state, one.id, one.recorded_at) for one in batch]
    at_hand = kept.brought_on(entries) if kept else {}
    reader = LogReader(conn, entries[-1].position, at_hand)
    # At once, whatever they are: on a busy machine each look waits its turn twice.
    rests_on = {name for entry in entries for name in _rests_on(entry, reader)}
    reader.read_ahead(rests_on)
    reader.read_captures_ahead(rests_on)
    rectangles = tables.Rectangles(schema)
    set_states(conn, entries, reader, rectangles)
    rectangles.write(conn)


def set_states(
    conn: psycopg.Connection,
    entries: Sequence[Entry],
    reader: Streams,
    rectangles: tables.Rectangles,
) -> None:
    """Work out what each of the entries changes; `rectangles` are still to be written."""
    concerned = [(entry, touched(entry, reader)) for entry in entries]
    rectangles.load(
        conn,
        (one for _, subjects in concerned for each in subjects for one in (each, *_beside(each))),
    )
    for entry, subjects in concerned:
        on = london_date(entry.instant)
        for subject in subjects:
            found = segments(subject, reader, entry.position)
            rectangles.set(subject, entry.position, found, on)
            for drawn in _beside(subject):
                seen = (
                    _verdicts(drawn, found, reader.worked_out)
                    if drawn[0] is VERDICTS
                    else judged.coverages(found)
                )
                rectangles.set(drawn, entry.position, seen, on)
    note(conn, entries, reader, rectangles.schema)


def _beside(subject: Subject) -> list[Subject]:
    """What is drawn out of a subject's states, to be judged and counted by the database."""
    table, key = subject
    return [(VERDICTS, key), (COVERAGES, key)] if table is RESPONSES else []


def _verdicts(
    of: Subject, owed: Sequence[Segment], worked_out: dict[Hashable, Any]
) -> Sequence[Segment]:
    """No verdict rests on what a response explains, which changes most often: those found last
    for the rest of its state stay."""
    rest = [
        replace(one, state=replace(one.state, listed=()))
        for one in owed
        if isinstance(one.state, ResponseState)
    ]
    found: Sequence[Segment]
    last, found = worked_out.get(of, (None, []))
    if last != rest:
        found = judged.stretches(owed)
        worked_out[of] = rest, found
    return found


def _rests_on(entry: Entry, reader: Streams) -> Iterator[str]:
    """The streams that are read for an entry: its own, its report's, and the responses that have
    to explain a recommendation."""
    yield entry.stream
    if (reference := report_of(entry.stream)) is None:
        return
    yield report_stream(reference)
    if kind(entry.stream) == "recommendation":
        addressee = recommendation_of(entry.stream).addressee
        for body in (addressee, *reader.answering(addressee)):
            yield response_stream(reference, body)


def note(conn: psycopg.Connection, entries: Sequence[Entry], reader: Streams, schema: str) -> None:
    """Note what lists of the log go by, where the texts lie that entries release, and which
    streams had one redacted."""
    first = entries[0].position
    concerned = concerns(entries, reader)
    tables.list_entries(
        conn,
        schema,
        [one for one in concerned if one.position >= first],
        (
            (one.position, days, is_backfill(one))
            for one in entries
            if (days := days_late(one) or 0) > 0
        ),
    )
    if before := [one for one in concerned if one.position < first]:
        tables.came_to_concern(conn, schema, before)
    about = {
        (reference, one.position // tables.THOUSAND)
        for one in entries
        if (reference := report_of(one.stream)) is not None
    }
    if about:
        tables.touch(conn, schema, about)
    for entry in entries:
        match entry.data:
            case TextReleased(target=target, field=field):
                stream = reader.stream(entry.stream, entry.position)
                (position,) = (each.position for each in stream if each.id == target)
                tables.release(conn, schema, position, field)
            case TextRedacted():
                tables.redact(conn, schema, entry.position, entry.stream)
            case _:
                pass


def touched(entry: Entry, reader: Streams) -> list[Subject]:
    """The subjects whose rows an entry can change."""
    reference = report_of(entry.stream)
    match entry.data:
        case ReportPublished():
            assert reference is not None
            return [(REPORTS, (reference,))]
        case ReportRevised():
            assert reference is not None
            return [(REPORTS, (reference,))]
        case ReportTakenOver():
            # Whose a report is, is read from the log itself; but its publisher may show its day.
            return _touched_by_knowledge(entry, reader) if entry.source else []
        case EntryDisputed():
            return []  # disputes are read from the log itself
        case TextReleased():
            return []  # what is released is looked up when texts are opened
        case RedactionSought() | TextRedacted():
            return []  # rows hold no text; why one is gone is read from the log itself
        case EntryCorrected() | EntryRetracted():
            return _touched_by_knowledge(entry, reader)
        case RecommendationRaised() | CommissionerStatementIssued():
            return [_recommendation(entry.stream), *_responses_of(entry, reader)]
        case (
            AssuranceSought()
            | UpdateReceived()
            | TargetDateSet()
            | ClosureProposed()
            | ClosureConfirmed()
            | ClosureRefused()
            | Reopened()
            | Withdrawn()
            | Superseded()
        ):
            return [_recommendation(entry.stream)]
        case (
            ResponseDutyArose()
            | ResponsePublished()
            | ChiefOfficerCommentsInvited()
            | ChiefOfficerCommentsReceived()
            | CopySent()
            | ExtensionGranted()
            | DutyDisapplied()
        ):
            return [_response(entry.stream)]
        case StatementRevised():
            return [_response(entry.stream), *map(subject_of, passages_revised_in([entry]))]
        case CaptureKept():
            return []  # what rests on a capture cites it, and comes later
        case PaperIssued() | MeetingHeld() | RecommendationReviewed():
            return []  # meetings are read from the log itself
        case (
            AccountOpened()
            | ScopeGranted()
            | ScopeRevoked()
            | AccountClosed()
            | BodyRegistered()
            | BodyChanged()
            | BodySucceeded()
            | RuleAdopted()
            | KeyAdded()
            | KeyRetired()
            | KeyCompromised()
            | SealingResumed()
        ):
            return []  # accounts, register, rules and keys are read from the log itself
        case ListCompared():
            return []  # so are comparisons
        case _:
            assert_never(entry.data)


def segments(subject: Subject, reader: Streams, position: int) -> list[Segment]:
    """The states of a subject as known at a position, day by day in stretches."""
    table, key = subject
    context = reader.context(position)
    if table is REPORTS:
        state = facts.report_state(reader.stream(report_stream(key[0]), position), context)
        return [Segment(date.fromisoformat(state.hi), FOREVER, state)] if state else []
    reference = key[1]
    if (there := reader.report(reference, position)) is None:
        return []
    found, there_from = there
    if table is RECOMMENDATIONS:
        addressee, _, number = key
        stream = f"recommendation/{reference}/{number}/{addressee}"
        entries = reader.stream(stream, position)
        acts = facts.dated(entries, found, context, reader.worked_out)
        revised = revised_passages(
            reader.responses_about(reference, addressee, position),
            entries,
            found,
            context.captured_on,
        )
        seen = {date.fromisoformat(one.line.hi) for one in revised}
        days = sorted({max(hi, there_from) for hi in {hi for hi, _ in acts} | seen})
        return _stretches(days, _states(stream, acts, revised, reader.worked_out))
    listed = reader.recommendations_to(reference, key[0], position)
    return _responding(key, found, there_from, listed, reader, position)


def history(
    reference: str, body: str, reader: Streams, position: int
) -> list[tuple[int, list[Segment]]]:
    """What the verdict on a response rests on, by each position up to one at which an entry of
    its stream or of its report's can have changed it: stretches of days, none where nothing is
    owed."""
    own = reader.stream(response_stream(reference, body), position)
    of_report = reader.stream(report_stream(reference), position)
    found = []
    for at in sorted({entry.position for entry in (*own, *of_report)}):
        as_known = report([entry for entry in of_report if entry.position <= at])
        owed = []
        if as_known:
            there_from = as_known.hi(reader.context(at).captured_on)
            owed = _responding((body, reference), as_known, there_from, [], reader, at)
        found.append((at, judged.stretches(owed)))
    return found


def _responding(
    key: tuple[str, ...],
    found: Report,
    there_from: date,
    listed: Sequence[Sequence[Entry]],
    reader: Streams,
    position: int,
) -> list[Segment]:
    body, reference = key
    context = reader.context(position)
    state = response_facts.response_state(
        found,
        body,
        reader.stream(response_stream(reference, body), position),
        listed,
        context,
        reader.worked_out,
        of_report=reader.stream(report_stream(reference), position),
    )
    if state is None:
        return []
    since = max(date.fromisoformat(state.arose), there_from)
    return [Segment(since, FOREVER, state)]


def _states(
    stream: str,
    acts: Sequence[facts.Dated],
    revised: Sequence[RevisedPassage],
    worked_out: dict[Hashable, Any],
) -> Callable[[date], tables.State | None]:
    """A recommendation's state on a day: that of the acts up to it, each row of acts worked out
    once. What an act says is told by its position and those of the corrections in effect; what
    responses came to say of it is told by their revisions, as these are known."""
    rows: list[Hashable] = [stream]  # each by a number: what is in it is looked at once
    for hi, one in acts:
        corrected = tuple(by.position for by in one.corrected_by.values())
        row = (rows[-1], hi, one.entry.position, corrected)
        rows.append(worked_out.setdefault(row, len(worked_out)))
    last_days = [hi for hi, _ in acts]

    def state_on(day: date) -> tables.State | None:
        many = bisect_right(last_days, day)
        seen = tuple(one for one in revised if one.line.hi <= day.isoformat())
        row = (rows[many], seen)
        if row not in worked_out:
            worked_out[row] = facts.recommendation_state(acts[:many], revised=seen)
        state: tables.State | None = worked_out[row]
        return state

    return state_on


def _stretches(
    days: Sequence[date], state_on: Callable[[date], tables.State | None]
) -> list[Segment]:
    found: list[Segment] = []
    for n, day in enumerate(days):
        state = state_on(day)
        if state is None:
            continue
        until = days[n + 1] if n + 1 < len(days) else FOREVER
        if found and found[-1].state == state and found[-1].effective_to == day:
            found[-1] = Segment(found[-1].effective_from, until, state)
        else:
            found.append(Segment(day, until, state))
    return found


def _touched_by_knowledge(entry: Entry, reader: Streams) -> list[Subject]:
    reference = report_of(entry.stream)
    match kind(entry.stream):
        case "report":
            assert reference is not None
            below = reader.subjects_of(reference, entry.position)
            return [(REPORTS, (reference,)), *map(subject_of, below)]
        case "recommendation":
            return [_recommendation(entry.stream), *_responses_of(entry, reader)]
        case "response":
            stream = reader.stream(entry.stream, entry.position)
            return [_response(entry.stream), *map(subject_of, passages_revised_in(stream))]
        case _:
            return []


def subject_of(stream: str) -> Subject:
    """The subject of a stream below a report."""
    return _recommendation(stream) if kind(stream) == "recommendation" else _response(stream)


def _recommendation(stream: str) -> Subject:
    name = recommendation_of(stream)
    return RECOMMENDATIONS, (name.addressee, name.report, name.key)


def _response(stream: str) -> Subject:
    _, reference, body = stream.split("/")
    return RESPONSES, (body, reference)


def _responses_of(entry: Entry, reader: Streams) -> list[Subject]:
    """The responses that have to explain the recommendation of an entry's stream."""
    name = recommendation_of(entry.stream)
    found = reader.responses_about(name.report, name.addressee, entry.position)
    return [_response(entries[0].stream) for entries in found]
