"""Entries of a stream, one by one: its trail, an entry, a meeting, and the entry of a capture."""

from collections.abc import Collection, Container, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from operator import attrgetter

from msgspec.structs import replace

from ledger.dates import in_words, london_date
from ledger.errors import Fault, NotAllowed, NotKnownThen, NotRecorded, Unfit
from ledger.events import (
    CaptureKept,
    MeetingHeld,
    PaperIssued,
    RecommendationReviewed,
    UpdateReceived,
    streams,
)
from ledger.events.entry import Entry, texts
from ledger.states.effect import KNOWLEDGE, Known, happened, known
from projections import log_parts
from projections.answers.capture import Copy, copy_held
from projections.answers.context import State
from projections.answers.meeting import MeetingFound
from projections.answers.readers import may_fetch, positions
from projections.answers.trail import (
    EntryBeside,
    Order,
    Trail,
    TrailByTheDay,
    TrailEntry,
    as_happened,
    trail_entries,
)
from projections.questions.question import Question
from projections.states.report import passages_revised_in


def trail(
    question: Question,
    stream: str,
    order: Order = "recorded",
    after: int = 0,
    limit: int | None = None,
) -> Trail:
    """Return every known entry of a stream, in the order of the log or as it happened; or a page of
    them after the one at a position. `next` is the position after which more follow. Raise Unfit if
    no entry of the stream is at that position."""
    entries: list[Entry] = []
    if limit is not None and order == "recorded":
        entries = _enough_for(question, stream, after, limit)
    entries = entries or question.log.stream(stream, question.when.position)
    if not entries:
        raise _nothing(question, stream)
    by_id = {entry.id: entry.position for entry in entries}
    ids = _as_happened(question, entries, stream) if order == "happened" else list(by_id)
    begin = 0
    if after:
        begin = next((n for n, one in enumerate(ids, 1) if by_id[one] == after), 0)
        if not begin:
            raise _not_there(after)
    here = ids[begin:] if limit is None else ids[begin : begin + limit]
    places = {one: place for place, one in enumerate(here)}
    items = entries_of_trail(question, entries, places)
    return Trail(
        items=sorted(items, key=lambda item: places[item.id]),
        next=by_id[here[-1]] if begin + len(here) < len(ids) else None,
        stream=stream,
        order=order,
        as_of=question.as_of,
    )


def _nothing(question: Question, stream: str) -> NotRecorded:
    """Return the refusal of a stream that has no entry."""
    if streams.kind(stream) != "meeting":
        return NotRecorded(f"Nothing is recorded under “{stream}”.")
    _, panel, day = stream.split("/")
    body = question.register.bodies.get(panel)
    named = body.name if body else f"“{panel}”"
    try:
        on = in_words(day)
    except ValueError:  # an address can have any text there
        on = f"“{day}”"
    return NotRecorded(f"Nothing is recorded of a meeting of {named} on {on}.")


def _enough_for(question: Question, stream: str, after: int, limit: int) -> list[Entry]:
    """Return the entries that a page of a long stream needs: the one before it, its own, one more,
    and those that changed any. Return an empty list if an entry of the page tells of others, which
    can be anywhere."""
    upto = question.when.position
    found = log_parts.part(question.conn, upto, stream, after, limit + 2)
    page = [one for one in found if one.position >= after][: limit + 2]
    tells = any(
        isinstance(one.data, KNOWLEDGE) or any(path == "was" for path, _ in texts(one))
        for one in page
    )
    return [] if tells or not page else found


@dataclass(frozen=True, slots=True)
class TrailPage:
    """The page of a trail that is asked for: its order, the position of the entry before it, and
    how many entries it has (None: all)."""

    order: Order = "recorded"
    after: int = 0
    limit: int | None = None


def trail_by_the_day(
    question: Question, stream: str, asked: TrailPage, beside: Sequence[State] = ()
) -> TrailByTheDay:
    """Return a page of the trail of a stream, the last entry first: the acts that had happened by
    the day asked about, and the corrections, retractions and the like of these. For a
    recommendation it includes the reviews by panels. `later` counts the entries that are left out.
    The texts of the states that the page shows `beside` it are opened together. Raise Unfit if no
    entry of the trail is at the position that is given."""
    question = question.listed
    when, log = question.when, question.log
    about = streams.report_of(stream)
    log.read_ahead([stream, *([streams.report_stream(about)] if about else [])])
    entries = log.stream(stream, when.position)
    if not entries:
        raise _nothing(question, stream)
    entries = [*entries, *_reviews(question, stream)]
    last_days = {one.id: _last_day(question, one) for one in known(entries)}
    there: set[str] = set()
    for entry in sorted(entries, key=attrgetter("position")):  # targets come first
        said_of = entry.data.target if isinstance(entry.data, KNOWLEDGE) else None
        if said_of in there or (said_of is None and last_days[entry.id] <= when.effective_on):
            there.add(entry.id)
    here = [one for one in entries if one.id in there]
    here.sort(
        key=lambda one: (
            last_days[one.id] if asked.order == "happened" else date.min,
            one.position,
        ),
        reverse=True,
    )
    begin = 0
    if asked.after:
        begin = next((n for n, one in enumerate(here, 1) if one.position == asked.after), 0)
        if not begin:
            raise _not_there(asked.after)
    page = here[begin:] if asked.limit is None else here[begin : begin + asked.limit]
    wanted = _told_of(here, {one.id for one in page})
    items = entries_of_trail(question, entries, wanted, positions(beside))
    return TrailByTheDay(
        items=items,
        shown=[one.id for one in page],
        numbers={one.id: one.position for one in here},
        before=begin,
        after=page[-1].position if begin + len(page) < len(here) else None,
        later=len(entries) - len(here),
        order=asked.order,
        as_of=question.as_of,
    )


def _told_of(trail: Sequence[Entry], shown: set[str]) -> set[str]:
    """Return the entries that a page needs: those shown, what changed these or is changed by them,
    and all but updates, of which the page speaks beside its trail."""
    wanted = set(shown)
    for one in trail:
        target = one.data.target if isinstance(one.data, KNOWLEDGE) else None
        if target in shown:
            wanted.add(one.id)
        if target is not None and one.id in shown:
            wanted.add(target)
        if not isinstance(one.data, UpdateReceived) or one.data.claim is not None:
            wanted.add(one.id)
    return wanted


def _not_there(position: int) -> Unfit:
    """Return the refusal of a position that is none of a history's."""
    sentence = f"No entry of this history is at position {position}: give what `next` said."
    return Unfit(sentence, Fault("after", sentence))


def _reviews(question: Question, stream: str) -> list[Entry]:
    """Return the reviews of a recommendation by panels, and the entries about these. The read
    models tell which meetings have any."""
    if streams.kind(stream) != "recommendation":
        return []
    name = streams.recommendation_of(stream)
    rows = question.conn.execute(
        """
        SELECT meeting FROM projections.reviews
         WHERE report = %(report)s AND key = %(key)s AND addressee = %(addressee)s
        """,
        asdict(name),
    ).fetchall()
    meetings = sorted(meeting for (meeting,) in rows)
    question.log.read_ahead(meetings)
    found: list[Entry] = []
    for meeting in meetings:
        of_it: set[str] = set()
        for entry in question.log.stream(meeting, question.when.position):
            match entry.data:
                case RecommendationReviewed(recommendation=of):
                    is_of_it = of.id == name
                case _:
                    is_of_it = getattr(entry.data, "target", None) in of_it
            if is_of_it:
                of_it.add(entry.id)
                found.append(entry)
    return found


def _last_day(question: Question, one: Known) -> date:
    """Return the last day on which an act can have happened."""
    captured_on = question.log.context(question.when.position).captured_on
    about = question.log.report_about(one.original.stream, question.when.position)
    if about is None:
        return happened(one, report_day=None, captured_on=captured_on).hi
    return about.happened(one, captured_on).hi


def entries_of_trail(
    question: Question,
    entries: list[Entry],
    shown: Container[str] | None = None,
    beside: Sequence[int] = (),
) -> list[TrailEntry]:
    """Return entries as a trail shows them; `entries` are whole streams, of which those with the
    ids in `shown` are returned (all if None). The texts at the positions `beside` them are opened
    together."""
    log, position = question.log, question.when.position
    revised = passages_revised_in(entries)
    log.read_ahead(revised)
    revising = [one for name in revised for one in log.stream(name, position)]
    here = [one for one in entries if shown is None or one.id in shown]
    former = {text.sha256 for one in here for path, text in texts(one) if path == "was"}
    said_before = [
        one
        for one in (*revising, *(entries if former else ()))
        if any(text.sha256 in former for _, text in texts(one))
    ]
    opened = question.opened([*beside, *(one.position for one in (*here, *said_before))])
    held = copies(question, here)
    about = partial(log.report_about, position=position)
    service = log.service(position).in_language(question.lang)
    return trail_entries(entries, here, opened, service, held, about, said_before)


def meeting(question: Question, panel: str, day: str) -> MeetingFound:
    """Return a meeting of a panel: whether it was held, its papers, and its reviews."""
    found = trail(question, streams.meeting_stream(panel, day))
    items = [item for item in found.items if item.in_effect]
    return MeetingFound(
        panel=panel,
        date=day,
        held=any(isinstance(item.event, MeetingHeld) for item in items),
        papers=[item for item in items if isinstance(item.event, PaperIssued)],
        reviews=[item for item in items if isinstance(item.event, RecommendationReviewed)],
        version=found.items[-1].version,
        as_of=question.as_of,
    )


def entry(question: Question, entry_id: str) -> TrailEntry:
    """Return one entry as the trail shows it."""
    named = question.ledger.entry(entry_id)
    if named.position > question.when.position:
        raise NotKnownThen(f"The entry “{entry_id}” was not recorded yet.")
    entries = question.log.stream(named.stream, question.when.position)
    (found,) = entries_of_trail(question, entries, {named.id})
    return replace(found, as_of=question.as_of)


_AROUND = 500
"""At most so many entries before and after one are searched for those recorded with it."""


def recorded_with(question: Question, position: int) -> list[EntryBeside]:
    """Return the ids, positions and types of the entries recorded in one transaction with the one
    at a position, including it, as far as they are near."""
    rows = question.conn.execute(
        """
        SELECT e.event_id::text, e.position, e.topic
          FROM ledger.entries AS e JOIN ledger.entries AS o ON o.position = %(at)s
         WHERE e.position BETWEEN %(at)s - %(around)s AND %(at)s + %(around)s
           AND e.recorded_at = o.recorded_at
         ORDER BY e.position
        """,
        {"at": position, "around": _AROUND},
    ).fetchall()
    return [EntryBeside(id=name, position=at, type=topic) for name, at, topic in rows]


def capture(question: Question, name: str) -> Entry:
    """Return the entry of a capture whose bytes this reader may fetch. Raise NotAllowed if it may
    not."""
    found = question.log.stream(streams.capture_stream(name), question.when.position)
    kept = next((one for one in found if isinstance(one.data, CaptureKept)), None)
    if kept is None:
        if question.ledger.read_stream(streams.capture_stream(name)):
            raise NotKnownThen(f"The capture “{name}” was not kept yet.")
        raise NotRecorded(f"No capture “{name}” is kept.")
    if not may_fetch(question.reader, kept):
        since = in_words(london_date(kept.instant))
        raise NotAllowed(
            f"This capture is for the office: {kept.recorded_by.partition('/')[0]} holds it "
            f"since {since}. Ask with a token of that body, its force, or an auditor: one that "
            "records or has the scope “office”."
        )
    return kept


def _as_happened(question: Question, entries: list[Entry], stream: str) -> list[str]:
    log, position = question.log, question.when.position
    about = log.report_about(stream, position)
    return as_happened(entries, about, log.context(position).captured_on)


def copies(question: Question, entries: Sequence[Entry]) -> dict[str, Copy]:
    """Return the captures that entries cite, or are, by their ids."""
    names = {
        one.entry.source.capture
        for one in known(entries)
        if one.entry.source is not None and one.entry.source.capture is not None
    } | {e.stream.removeprefix("capture/") for e in entries if isinstance(e.data, CaptureKept)}
    return copies_named(question, names)


def copies_named(question: Question, names: Collection[str]) -> dict[str, Copy]:
    """Return the captures with these ids, those that are kept."""
    captures = [streams.capture_stream(name) for name in sorted(names)]
    question.log.read_ahead(captures)
    kept = [
        one
        for name in captures
        for one in question.log.stream(name, question.when.position)
        if isinstance(one.data, CaptureKept)
    ]
    there = _bytes_are_there(question, [one.position for one in kept])
    found = [copy_held(one, question.reader, there) for one in kept]
    return {one.id: one for one in found}


def _bytes_are_there(question: Question, positions: Sequence[int]) -> set[int]:
    """Return those of these positions whose capture still has its bytes."""
    if not positions:
        return set()
    query = "SELECT position FROM ledger.shown_captures WHERE position = ANY (%s)"
    return {position for (position,) in question.conn.execute(query, [list(positions)])}
