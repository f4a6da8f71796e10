"""The projection of entries: the states that each transaction changes, written as rows.

States are worked out at the end of every transaction, since each of these can be asked about.
Nothing here depends on when it runs, so that a rebuild gives the same rows (`rebuild`).
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

import psycopg

from ledger.dates import london_date
from ledger.events.entry import Entry
from ledger.events.streams import report_stream, response_stream
from ledger.log.storage import Stored
from projections.read_models.entry_index import note
from projections.read_models.improvements import improvement, may_improve
from projections.read_models.judged_anew import judged_anew
from projections.read_models.rectangles import Rectangles
from projections.read_models.segments import segments
from projections.read_models.subjects import changes_from, touched
from projections.read_models.tables import RESPONSES, Subject
from projections.states.values import JudgedResponse
from projections.streams import Streams

BATCH = 500
"""The most entries that are projected at a time. The trail of each is read, which may have a
hundred entries of 3 KB: some 150 MB at most."""
Change = tuple[int, date]
"""How a transaction changes a subject: at which position, and a day before which nothing does."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the garbage collector off meanwhile. Entries and states have no cycles, and scanning
    them again and again takes a fifth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@uncollected()
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
    steps: list[tuple[datetime, dict[Subject, Change]]] = []
    seen: dict[Subject, date] = {}
    for at, group in groupby(entries, key=attrgetter("instant")):
        step: dict[Subject, Change] = {}
        for entry in group:
            for subject in touched(entry, reader):
                since = changes_from(entry, subject, reader)
                former = step.get(subject)
                step[subject] = entry.position, min(since, former[1]) if former else since
            if bodies := judged_anew(entry, reader):
                owed = rectangles.responses_of(conn, bodies, seen)
                reader.read_ahead(
                    name
                    for _, (body, report, _) in owed
                    for name in (report_stream(report), response_stream(report, body))
                )
                step |= dict.fromkeys(owed, (entry.position, date.min))
            for subject, (_, since) in step.items():
                seen[subject] = min(since, seen.get(subject, since))
        steps.append((at, step))
    rectangles.load(conn, seen)
    for at, step in steps:
        for subject, (position, since) in step.items():
            _set(subject, (at, position), since, reader, rectangles)


def _set(
    subject: Subject,
    step: tuple[datetime, int],
    since: date,
    reader: Streams,
    rectangles: Rectangles,
) -> None:
    """Set the states of a subject as known from a position on, of which none changes before the day
    `since`. `step` is the moment of its transaction and that position. Record an improvement if the
    verdict improved."""
    at, position = step
    on = london_date(at)
    before = rectangles.state_on(subject, on) if subject[0] is RESPONSES else None
    begin = rectangles.begin(subject, since)
    found = segments(subject, reader, position, since=begin)
    rectangles.set(subject, position, on, found, begin)
    if before is None:
        return
    after = rectangles.state_on(subject, on)
    if not isinstance(before, JudgedResponse) or not isinstance(after, JudgedResponse):
        return
    if may_improve(before, after, on):
        improved = improvement(subject, reader, step, before, after)
        if improved is not None:
            rectangles.add_improvement(subject, improved)
