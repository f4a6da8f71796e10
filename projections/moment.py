"""The two dates of a question: what was known at (a position), effective on (a day); the two
moments of one about what changed; and the waits until the read models have reached a position."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import psycopg
from msgspec import Meta
from psycopg import sql

from ledger import dates
from ledger.dates import LONDON, london_date
from ledger.errors import Fault, LogUnreachable, NotRecorded, Unfit
from ledger.events import PaperIssued, streams
from ledger.states.effect import in_effect
from projections.fields import Answer, Day, Position
from projections.streams import LogStreams
from projections.tables.projector import NAME
from projections.verdict.compliance import METHOD

WAIT = 2.0
"""Seconds that a question waits for the read models to reach a position."""
STUCK = 2.0
"""Seconds that an entry has waited for the projector when that is taken to be stuck."""
_LOOK_AGAIN = 0.002
_RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)([Zz]|[+ -]\d{2}:\d{2})", re.ASCII
)
"""A moment. A space may stand for the T, and for the plus that it is in an address; seconds may be
left out."""


class AsOf(Answer, frozen=True, kw_only=True):
    """The two dates that an answer holds for."""

    known_at: Annotated[str | None, Meta(description="As it was given.")]
    position: Position
    settled: Annotated[bool, Meta(description="Whether the answer stays the same for ever.")]
    effective_on: Day
    method: Annotated[
        int, Meta(description="The number of the method of judging: 2 since version 0.2.")
    ]


@dataclass(frozen=True, slots=True)
class At:
    """The two dates that a question is answered for."""

    known_at: str | None
    """As given; None: now."""
    position: int
    settled: bool
    """Whether the position that `known_at` means can still move: then cite the position."""
    effective_on: date
    moment: datetime | None = field(default=None, compare=False)
    """The moment that `known_at` names, unless it is a position or now."""
    day_given: bool = field(default=False, compare=False)
    """Whether `effective_on` is as given; else it is the London day of `known_at`."""

    @property
    def as_of(self) -> AsOf:
        return AsOf(
            known_at=self.known_at,
            position=self.position,
            settled=self.settled,
            effective_on=self.effective_on.isoformat(),
            method=METHOD,
        )


class NotKnownYet(Unfit):
    """What is asked about can be meant, and nobody can know it yet, or could know it then (422).
    `name` is what the request calls it."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence, Fault(name, sentence))


class NotThereYet(LogUnreachable):
    """The read models have not reached the position asked for within the wait (503)."""


class NotBuiltYet(NotThereYet):
    """The read models have no tables yet, or those of another version (503)."""


MOMENT = 0.1
"""Seconds that everybody may wait: longer than followers take, where they keep up."""

Look = Callable[[float], bool]
"""Waits so many seconds at most: whether what is waited for is there."""


class Waits:
    """So many wait at once for longer than a moment; None: as many as come."""

    def __init__(self, most: int | None) -> None:
        self._places = None if most is None else threading.BoundedSemaphore(most)

    def wait(self, look: Look, seconds: float) -> bool:
        """Wait so long at most, or a moment where no place is free: whether it is there."""
        if self._places is None or seconds <= MOMENT:
            return look(seconds)
        if look(MOMENT):
            return True
        if not self._places.acquire(blocking=False):
            return False
        try:
            return look(seconds - MOMENT)
        finally:
            self._places.release()


ANYBODY = Waits(None)
"""Of a command, which has its process to itself."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log and the read models are, at one moment of the database's clock."""

    now: datetime
    position: int
    """Of the log's last entry; 0: it has none."""
    recorded_at: datetime | None
    reached: int
    """The position that the read models have reached."""
    stuck: bool
    """Whether the entry after it has waited for so long that the projector is stuck."""
    service_at: int
    service_recorded_at: datetime | None
    """The last entry of the service stream, by which one sees that nothing came to it."""


_HEAD = (
    sql.SQL("""
    SELECT greatest(clock_timestamp(), l.recorded_at), coalesce(l.position, 0), l.recorded_at,
           p.position,
           coalesce(e.recorded_at < clock_timestamp() - make_interval(secs => {stuck}), false),
           coalesce(s.position, 0), s.recorded_at
      FROM (SELECT coalesce((SELECT position FROM follow.positions WHERE name = {name}), 0))
           AS p (position)
      LEFT JOIN (SELECT position, recorded_at FROM ledger.entries
                  ORDER BY position DESC LIMIT 1) AS l ON true
      LEFT JOIN ledger.entries AS e ON e.position = p.position + 1
      LEFT JOIN (SELECT position, recorded_at FROM ledger.entries
                  WHERE stream = {service} ORDER BY version DESC LIMIT 1) AS s ON true
    """)
    .format(name=NAME, stuck=STUCK, service=streams.SERVICE)
    .as_bytes()
)
"""Without parameters, so that it is planned once a connection."""


def head(conn: psycopg.Connection) -> Head:
    """How far the log and the read models are now. The clock is never behind the last entry."""
    row = conn.execute(_HEAD, prepare=True).fetchone()
    assert row is not None
    return Head(*row)


def at(
    conn: psycopg.Connection,
    known_at: str | None,
    effective_on: str | None,
    head: Head,
    *,
    name: str = "known_at",
) -> At:
    """The two dates of a question. Unfit where malformed, NotKnownYet where nobody can know.

    `name` is what the request calls the first one, now by itself. The day is its London day by
    itself, and never lies after it: what happened later, nobody could know then.
    """
    day = _day(effective_on)
    last, today, moment = head.position, london_date(head.now), None
    if known_at is None:
        position, settled, own, until = last, False, today, today
    elif re.fullmatch(r"[0-9]{1,15}", known_at):
        position, recorded_at, last_day = _position(conn, known_at, last, name)
        settled, own = True, london_date(recorded_at)
        until = max(own, last_day or today)
    else:
        moment = _moment(known_at, head.now, name)
        position = _last_by(conn, moment, last)
        settled = head.recorded_at is not None and head.recorded_at > moment
        own = until = _london_date(moment)
    if day is not None and day > until:
        raise _not_known_then(day, until, known_at)
    return At(known_at, position, settled, day or own, moment, day is not None)


def _not_known_then(day: date, until: date, known_at: str | None) -> NotKnownYet:
    says = f"{dates.in_words(day)} has not come, so that nobody knows what happens by then."
    if known_at is not None:
        says = f"As known at {known_at}, nobody knew what would happen by {dates.in_words(day)}."
    return NotKnownYet(
        "effective_on",
        f"{says} The last day that can be asked about is {dates.in_words(until)}: give "
        f"effective_on={until} or an earlier day, or leave effective_on out.",
    )


def _position(
    conn: psycopg.Connection, given: str, last: int, name: str
) -> tuple[int, datetime, date | None]:
    """The position that is meant: of one inside a transaction, the end of that. When it was
    recorded, and the London day on which it was still the last one (`_last_day`)."""
    if int(given) == 0:
        sentence = "Positions count from 1."
        raise Unfit(sentence, Fault(name, sentence))
    if int(given) > last:
        raise NotKnownYet(
            name,
            f"The log ends at position {last}, before {given}: ask about one up to that, or leave "
            f"{name} out.",
        )
    row = conn.execute(
        sql.SQL("""
            WITH RECURSIVE given (moment) AS (
                SELECT counted_at FROM ledger.counted_entries WHERE position = %(given)s
            ), {halves}, meant (position) AS (SELECT max(known) FROM halves)
            SELECT m.position, g.moment, n.counted_at FROM given AS g CROSS JOIN meant AS m
              LEFT JOIN ledger.counted_entries AS n ON n.position = m.position + 1
        """).format(halves=_HALVES.format(moment=sql.SQL("(SELECT moment FROM given)"))),
        {"given": int(given), "last": last},
    ).fetchone()
    assert row is not None, f"position {given} is within the log"
    position, recorded_at, next_at = row
    return position, recorded_at, _day_before(next_at)


def _last_day(conn: psycopg.Connection, position: int) -> date | None:
    """The London day on which the entry at a position was still the last one: that of the moment
    before the next was recorded. None where there is none after it."""
    row = conn.execute(
        "SELECT counted_at FROM ledger.counted_entries WHERE position = %s", [position + 1]
    ).fetchone()
    return _day_before(row[0]) if row else None


def _day_before(recorded_at: datetime | None) -> date | None:
    """The London day of the moment before one."""
    return london_date(recorded_at - timedelta(microseconds=1)) if recorded_at else None


_HALVES = sql.SQL("""
        halves (known, after) AS (
            SELECT 0::bigint, %(last)s::bigint + 1
            UNION ALL
            SELECT CASE WHEN e.counted_at <= {moment} THEN e.position ELSE h.known END,
                   CASE WHEN e.counted_at <= {moment} THEN h.after ELSE e.position END
              FROM halves AS h
              JOIN ledger.counted_entries AS e ON e.position = (h.known + h.after) / 2
             WHERE h.after - h.known > 1
        )
""")
"""Positions have no gap, and the moments at which entries count as recorded never run backwards.
So the last position recorded by a moment is looked for by halves: twenty looks in a million."""


def _last_by(conn: psycopg.Connection, moment: datetime, last: int) -> int:
    """The last position recorded by a moment, 0 where there is none."""
    row = conn.execute(
        sql.SQL("WITH RECURSIVE {} SELECT max(known) FROM halves").format(
            _HALVES.format(moment=sql.Placeholder("moment"))
        ),
        {"moment": moment, "last": last},
    ).fetchone()
    assert row is not None
    return int(row[0])


def reached(conn: psycopg.Connection) -> int:
    """The position that the read models have reached."""
    return head(conn).reached


def wait_for(conn: psycopg.Connection, position: int, waits: Waits = ANYBODY) -> Head:
    """Wait until the read models have reached a position, which the log has: two seconds at most,
    if one of the places for who waits is free. NotThereYet where they do not.

    A position beyond the log's end is no matter of waiting: nobody can have been told of it
    (docs/decisions/0031-nobody-waits-for-what-is-not-recorded.md). NotKnownYet at once.
    """
    now = head(conn)

    def there(seconds: float) -> bool:
        nonlocal now
        deadline = time.monotonic() + seconds
        while now.reached < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_AGAIN)
            now = head(conn)
        return True

    if there(0):
        return now
    if position > now.position:
        raise NotKnownYet(
            "min_position",
            f"The log ends at position {now.position}, before {position}: give one that an answer "
            "has told of, or leave min_position out.",
        )
    if not waits.wait(there, WAIT):
        raise NotThereYet(
            f"The read models are at position {now.reached}, not yet at {position}. Try again."
        )
    return now


def for_lists(
    conn: psycopg.Connection,
    when: At,
    now: Head,
    patience: float = WAIT,
    waits: Waits = ANYBODY,
) -> At:
    """The same question to the read models. Now is what they have reached, after waiting so many
    seconds at most until that is all that was recorded before the question: whoever has recorded
    something finds it in what is asked next. Where they are stuck, or so far behind that all places
    for who waits are taken, nobody waits. `now`: how far they were when it was asked."""
    if when.known_at is not None:
        if now.reached < when.position:
            wait_for(conn, when.position, waits)
        return when

    def enough(seconds: float) -> bool:
        nonlocal now
        deadline = time.monotonic() + seconds
        while now.reached < when.position and not now.stuck and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN)
            now = head(conn)
        return now.reached >= when.position or now.stuck

    waits.wait(enough, patience)
    there = now.reached
    found = as_far_as(conn, when, _whole(conn, there)) if there != when.position else when
    if found.effective_on < when.effective_on and when.day_given:
        raise NotThereYet(
            f"The read models are at position {there}, which tells nothing of "
            f"{dates.in_words(when.effective_on)}. Try again."
        )
    return found


def as_far_as(conn: psycopg.Connection, when: At, position: int) -> At:
    """A question about now, as far as an earlier position goes: so does its day, which is none on
    which more was recorded."""
    until = _last_day(conn, position) or when.effective_on
    return replace(when, position=position, effective_on=min(when.effective_on, until))


def _whole(conn: psycopg.Connection, position: int) -> int:
    """The same position, unless it lies inside a transaction: then the end of the one before."""
    rows = conn.execute(
        "SELECT counted_at FROM ledger.counted_entries WHERE position IN (%s, %s)"
        " ORDER BY position",
        [position, position + 1],
    ).fetchall()
    if len(rows) < 2 or rows[0] != rows[1]:
        return position
    return _last_by(conn, rows[0][0] - timedelta(microseconds=1), position)


def _london_date(moment: datetime) -> date:
    """The London date of a moment; of one before the first day that there is, that day."""
    try:
        return london_date(moment)
    except OverflowError:
        return date.min


def _day(effective_on: str | None) -> date | None:
    if effective_on is None:
        return None
    try:
        return date.fromisoformat(dates.check(effective_on))
    except ValueError:
        sentence = f"“{effective_on}” is no day: give effective_on as YYYY-MM-DD."
        raise Unfit(sentence, Fault("effective_on", sentence)) from None


def _moment(known_at: str, now: datetime, name: str) -> datetime:
    try:
        if len(known_at) == 10:
            day = date.fromisoformat(dates.check(known_at))
            if day >= london_date(now):
                raise NotKnownYet(
                    name,
                    f"{dates.in_words(day)} is not over: ask about a day that is, or leave "
                    f"{name} out.",
                )
            end = datetime(day.year, day.month, day.day, tzinfo=LONDON) + timedelta(days=1)
            return end.astimezone(UTC) - timedelta(microseconds=1)
        if (said := _RFC_3339.fullmatch(known_at)) is None:
            raise ValueError(known_at)
        day_said, time, zone = said.groups()
        moment = datetime.fromisoformat(f"{day_said}T{time}{zone.upper().replace(' ', '+')}")
    except (ValueError, OverflowError):
        sentence = (
            f"“{known_at}” is neither a position, nor a moment like 2026-05-01T09:30:00Z, nor a "
            "day like 2026-05-01."
        )
        raise Unfit(sentence, Fault(name, sentence)) from None
    if moment > now:
        raise NotKnownYet(
            name, f"{known_at} has not come yet: ask about a moment that has, or leave {name} out."
        )
    return moment


Json = dict[str, Any]
_MEETING = re.compile(r"(?P<panel>[a-z0-9-]{1,80})/(?P<day>[0-9-]{10})")


@dataclass(frozen=True, slots=True)
class Between:
    """What is compared: as known at `first` for its day, and as known at `second` for its."""

    first: At
    second: At
    meeting: Json | None = None
    """The meeting since which it is asked, with what its papers were made from."""


def between(
    conn: psycopg.Connection,
    now: Head,
    *,
    since: str | None,
    until: str | None,
    effective_on: str | None,
    since_meeting: str | None,
    patience: float = WAIT,
    waits: Waits = ANYBODY,
) -> Between:
    """The two moments, each with its London date; the later may be asked about for another day.

    Since a meeting is since the end of its day, in London. Unfit where the first moment is not
    the earlier one, NotRecorded where nothing is recorded of the meeting.
    """
    if (since is None) == (since_meeting is None):
        sentence = (
            "Give either from (a position, a moment or a past day) or since_meeting, such as "
            "cumbria-police-fire-and-crime-panel/2025-10-09."
        )
        raise Unfit(sentence, Fault("from", sentence))
    field, panel = "from", None
    if since_meeting is not None:
        field, panel, since = "since_meeting", *_meeting(since_meeting)
    first = at(conn, since, None, now, name=field)
    second = at(conn, until, effective_on, now, name="to")
    if _is_after(first, second):
        sentence = (
            f"What changed is asked from {_in_words(first)} to {_in_words(second)}, which is "
            f"before it. Give the earlier moment as {field}."
        )
        raise Unfit(sentence, Fault(field, sentence))
    if second.known_at is None and now.reached < first.position:
        now = wait_for(conn, first.position, waits)
    second = for_lists(conn, second, now, patience, waits)
    if panel is None or since is None:
        return Between(first, second)
    return Between(first, second, _papers(conn, second, panel, since))


def _meeting(given: str) -> tuple[str, str]:
    found = _MEETING.fullmatch(given)
    try:
        if found is None:
            raise ValueError(given)
        return found["panel"], dates.check(found["day"])
    except ValueError:
        sentence = (
            f"“{given}” is no meeting: give a panel and a day, such as "
            "cumbria-police-fire-and-crime-panel/2025-10-09."
        )
        raise Unfit(sentence, Fault("since_meeting", sentence)) from None


def _papers(conn: psycopg.Connection, when: At, panel: str, day: str) -> Json:
    reader = LogStreams(conn, upto=when.position)
    entries = reader.stream(streams.meeting_stream(panel, day), when.position)
    if not entries:
        raise NotRecorded(
            f"Nothing is recorded of a meeting of “{panel}” on {dates.in_words(day)}. Give the "
            "day itself as from."
        )
    path = f"/meetings/{panel}/{day}"
    return {
        "panel": panel,
        "date": day,
        "papers": [
            {
                "entry": one.id,
                "known_at": one.data.known_at,
                "effective_on": one.data.effective_on,
            }
            for one in in_effect(entries)
            if isinstance(one.data, PaperIssued)
        ],
        "links": {"self": f"/api{path}", "page": path},
    }


def _is_after(first: At, second: At) -> bool:
    if first.moment and second.moment and first.moment > second.moment:
        return True
    return first.position > second.position or first.effective_on > second.effective_on


def _in_words(when: At) -> str:
    if when.moment:
        return f"{when.known_at} (position {when.position})"
    return f"position {when.position} ({dates.in_words(when.effective_on)})"
