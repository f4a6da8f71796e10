"""The follower that keeps the read models: the subjects that an entry touches, and their states.

States are worked out at the end of every transaction, since each of these can be asked about.
Nothing here depends on when it runs, so that a rebuild gives the same rows (`rebuild`).
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import assert_never

import psycopg

from ledger.dates import london_date
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
    ClockWasWrong,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    CopySent,
    DutyConfirmed,
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
    RecordKeptHere,
    RedactionSought,
    Reopened,
    RepeatNoted,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponseLookedFor,
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
from ledger.events.entry import Entry
from ledger.events.streams import (
    kind,
    recommendation_of,
    report_of,
    report_stream,
    response_stream,
)
from ledger.log.follower import BATCH, Follower
from ledger.log.storage import Stored
from projections.states.report import passages_revised_in
from projections.states.values import JudgedResponse
from projections.streams import Streams
from projections.tables import schemas, tables
from projections.tables.entry_index import note
from projections.tables.improvements import improvement, may_improve
from projections.tables.judged_anew import judged_anew
from projections.tables.rectangles import Rectangles
from projections.tables.segments import segments, subject_of, subjects_of
from projections.tables.tables import REPORTS, Subject

NAME = "projector"
PAUSE = 0.06
"""The seconds that it rests while entries follow each other closely. A single entry is projected at
once."""


def follower(url: str, *, batch: int = BATCH) -> Follower:
    """Return the projector, ready to run."""
    kept: Streams | None = None

    def work(conn: psycopg.Connection, batch: Sequence[Stored]) -> None:
        nonlocal kept
        before, kept = kept, None  # after a batch that fails, nothing is at hand
        kept = project(conn, batch, tables.SCHEMA, before)

    def before(batch: Sequence[Stored]) -> None:
        if any(_was_wrong(one, batch[0]) for one in batch):
            from projections.tables.rebuild import rebuild  # which uses this module

            rebuild(url, lambda done, of: None)

    return Follower(NAME, url, work, batch=batch, pause=PAUSE, whole=True, before=before)


def _was_wrong(one: Stored, first: Stored) -> bool:
    """Return whether an entry says that entries before the batch count as recorded at another
    moment. Their rows are then built anew."""
    if one.topic != ClockWasWrong.TOPIC:
        return False
    data = one.entry.data
    return isinstance(data, ClockWasWrong) and data.first_position < first.id


def prepare(conn: psycopg.Connection) -> None:
    """Make sure that the tables exist in this version's shape. Else make them anew, empty, and
    start from the beginning of the log."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(20170504)")
        if not schemas.are_ours(conn):
            schemas.drop(conn, tables.SCHEMA)
            schemas.create(conn)
            conn.execute("DELETE FROM follow.positions WHERE name = %s", [NAME])
            row = conn.execute("SELECT max(position) FROM ledger.entries").fetchone()
            schemas.say_being_built(conn, (row and row[0]) or 0)


def project(
    conn: psycopg.Connection,
    batch: Sequence[Stored],
    schema: str,
    before: Streams | None = None,
) -> Streams:
    """Bring the read models of a schema from the position before a batch to its end. Return the
    streams that were read, to be given with the next batch."""
    entries = [one.entry for one in batch]
    reader = (before or Streams(conn, entries[0].position - 1)).after(conn, entries)
    # All at once: on a busy machine each query waits its turn.
    reader.read_ahead({name for entry in entries for name in reader.rests_on(entry.stream)})
    rectangles = Rectangles(schema)
    set_states(conn, entries, reader, rectangles)
    note(conn, entries, reader, schema)
    rectangles.write(conn)
    return reader


def set_states(
    conn: psycopg.Connection,
    entries: Sequence[Entry],
    reader: Streams,
    rectangles: Rectangles,
) -> None:
    """Work out the states that each transaction changes. The caller writes `rectangles`.

    A position within a transaction means its end, so a subject that several of its entries touch is
    worked out once.
    """
    steps: list[tuple[datetime, dict[Subject, int]]] = []
    seen: set[Subject] = set()
    for at, group in groupby(entries, key=attrgetter("instant")):
        step: dict[Subject, int] = {}
        for entry in group:
            step |= dict.fromkeys(touched(entry, reader), entry.position)
            if bodies := judged_anew(entry, reader):
                owed = rectangles.responses_of(conn, bodies, seen)
                reader.read_ahead(
                    name
                    for _, (body, report, _) in owed
                    for name in (report_stream(report), response_stream(report, body))
                )
                step |= dict.fromkeys(owed, entry.position)
            seen |= step.keys()
        steps.append((at, step))
    rectangles.load(conn, (subject for _, step in steps for subject in step))
    for at, step in steps:
        for subject, position in step.items():
            _set(subject, (at, position), reader, rectangles)


def _set(
    subject: Subject, step: tuple[datetime, int], reader: Streams, rectangles: Rectangles
) -> None:
    """Set the state of a subject as known from a position on. `step` is the moment of its
    transaction and that position. Record an improvement if the verdict improved."""
    at, position = step
    on = london_date(at)
    before = rectangles.state_on(subject, on)
    found = segments(subject, reader, position)
    rectangles.set(subject, position, found)
    after = rectangles.state_on(subject, on)
    if not isinstance(before, JudgedResponse) or not isinstance(after, JudgedResponse):
        return
    if may_improve(before, after, on):
        improved = improvement(subject, reader, step, before, after)
        if improved is not None:
            rectangles.add_improvement(subject, improved)


def touched(entry: Entry, reader: Streams) -> list[Subject]:
    """Return the subjects whose rows an entry can change."""
    reference = report_of(entry.stream)
    match entry.data:
        case ReportPublished() | ReportRevised():
            assert reference is not None
            return [(REPORTS, (reference,))]
        case ReportTakenOver():
            # The log tells who publishes a report; but a takeover's source may show its day.
            return _touched_by_knowledge(entry, reader) if entry.source else []
        case EntryDisputed():
            # Disputes are read from the log itself. But a dispute can take a receipt's effect away.
            of_response = kind(entry.stream) == "response"
            return subjects_of(entry.stream, reader, entry.position) if of_response else []
        case TextReleased() | RedactionSought() | TextRedacted():
            return []  # rows hold no text; the log says who may read it, and why it is gone
        case EntryCorrected() | EntryRetracted():
            return _touched_by_knowledge(entry, reader)
        case RecommendationRaised() | CommissionerStatementIssued():
            return [subject_of(entry.stream), *_responses_of(entry, reader)]
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
            | RepeatNoted()
        ):
            return [subject_of(entry.stream)]
        case (
            ResponseDutyArose()
            | ResponsePublished()
            | ChiefOfficerCommentsInvited()
            | ChiefOfficerCommentsReceived()
            | ResponseLookedFor()
            | CopySent()
            | ExtensionGranted()
            | DutyDisapplied()
            | DutyConfirmed()
        ):
            return subjects_of(entry.stream, reader, entry.position)
        case StatementRevised():
            owed = subjects_of(entry.stream, reader, entry.position)
            return [*owed, *map(subject_of, passages_revised_in([entry]))]
        case CaptureKept() | PaperIssued() | MeetingHeld() | RecommendationReviewed():
            return []  # read from the log itself; an entry that rests on a capture comes later
        case (
            AccountOpened()
            | ScopeGranted()
            | ScopeRevoked()
            | AccountClosed()
            | BodyRegistered()
            | BodyChanged()
            | BodySucceeded()
            | RecordKeptHere()
            | RuleAdopted()
            | KeyAdded()
            | KeyRetired()
            | KeyCompromised()
            | SealingResumed()
            | ClockWasWrong()
            | ListCompared()
        ):
            return []  # read from the log itself; the end of an office is in `judged_anew`
        case _:
            assert_never(entry.data)


def _touched_by_knowledge(entry: Entry, reader: Streams) -> list[Subject]:
    reference = report_of(entry.stream)
    match kind(entry.stream):
        case "report":
            assert reference is not None
            below = reader.subjects_of(reference, entry.position)
            reader.read_ahead(below)
            each = (one for name in below for one in subjects_of(name, reader, entry.position))
            return [(REPORTS, (reference,)), *each]
        case "recommendation":
            return [subject_of(entry.stream), *_responses_of(entry, reader)]
        case "response":
            stream = reader.stream(entry.stream, entry.position)
            owed = subjects_of(entry.stream, reader, entry.position)
            return [*owed, *map(subject_of, passages_revised_in(stream))]
        case _:
            return []


def _responses_of(entry: Entry, reader: Streams) -> list[Subject]:
    """Return the responses that have to explain the recommendation of an entry's stream."""
    name = recommendation_of(entry.stream)
    found = reader.responses_about(name.report, name.addressee, entry.position)
    return [
        one for entries in found for one in subjects_of(entries[0].stream, reader, entry.position)
    ]
