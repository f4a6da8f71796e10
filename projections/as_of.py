"""The two dates of a question: `known_at`, which means a position of the log, and `effective_on`, a
day."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import psycopg
from msgspec import Meta

from ledger import dates
from ledger.dates import LONDON, london_date
from ledger.errors import Fault, Unfit
from projections.fields import Answer, Day, Position
from projections.head import Head
from projections.verdict.compliance import METHOD

_RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)([Zz]|[+ -]\d{2}:\d{2})", re.ASCII
)
"""A moment. A space may stand for the T, and for the plus sign, which it is in an address. Seconds
may be left out."""


_WITH_COMMAS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}")
"""A position as pages show it: 36,517."""


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
    """True if the position that `known_at` means stays the same for ever. While it can move, cite
    the position."""
    effective_on: date
    moment: datetime | None = field(default=None, compare=False)
    """The moment that `known_at` names, unless it is a position or now."""
    day_given: bool = field(default=False, compare=False)
    """True if the question gave `effective_on`; else it is the London day of `known_at`."""

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
    """The question is well formed, but nobody can know the answer yet, or could know it then (422).
    `name` is the request's name of the field."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence, Fault(name, sentence))


def at(
    conn: psycopg.Connection,
    known_at: str | None,
    effective_on: str | None,
    head: Head,
    *,
    name: str = "known_at",
) -> At:
    """Return the two dates of a question. Raise Unfit if they are malformed, and NotKnownYet if
    nobody can know the answer.

    `name` is the request's name for `known_at`, which is now by default. `effective_on` is its
    London day by default, and must not lie after it: nobody could know then what happened later.
    """
    day = _day(effective_on)
    known_at = known_at and without_commas(known_at)
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
        own = until = london_date(moment)
    if day is not None and day > until:
        raise _not_known_then(day, until, known_at)
    return At(known_at, position, settled, day or own, moment, day is not None)


def without_commas(given: str) -> str:
    """Return a position without the commas with which pages show it; any other text as it is."""
    return given.replace(",", "") if _WITH_COMMAS.fullmatch(given) else given


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
    """Return the position that is meant, which for one inside a transaction is the transaction's
    end. Return also the moment at which it was recorded, and the London day on which it was still
    the last one; None if it is the log's last."""
    if int(given) == 0:
        sentence = "Positions count from 1."
        raise Unfit(sentence, Fault(name, sentence))
    if int(given) > last:
        raise NotKnownYet(
            name,
            f"The log ends at position {last}, before {given}: ask about one up to that, or leave "
            f"{name} out.",
        )
    position = int(given)
    recorded_at, next_at = _moments(conn, position)
    assert recorded_at is not None, f"position {given} is within the log"
    if next_at == recorded_at:
        position = _last_by(conn, recorded_at, last)
        _, next_at = _moments(conn, position)
    return position, recorded_at, _day_before(next_at)


def _moments(conn: psycopg.Connection, position: int) -> tuple[datetime | None, datetime | None]:
    """Return the moments at which the entry at a position and the next one count as recorded; None
    for one that does not exist."""
    found: dict[int, datetime] = dict(
        conn.execute(
            "SELECT position, counted_at FROM ledger.counted_entries"
            " WHERE position IN (%(at)s::bigint, %(at)s::bigint + 1)",
            {"at": position},
            prepare=True,
        ).fetchall()
    )
    return found.get(position), found.get(position + 1)


def _day_before(recorded_at: datetime | None) -> date | None:
    """Return the London day of the moment just before another; None for None."""
    return london_date(recorded_at - timedelta(microseconds=1)) if recorded_at else None


def _last_by(conn: psycopg.Connection, moment: datetime, last: int) -> int:
    """Return the last position recorded by a moment, or 0.

    Positions have no gap, and the moments at which entries count as recorded never run backwards.
    So it is found by bisection, in twenty steps for a million entries.
    """
    row = conn.execute(
        """
        WITH RECURSIVE halves (known, after) AS (
            SELECT 0::bigint, %(last)s::bigint + 1
            UNION ALL
            SELECT CASE WHEN e.counted_at <= %(moment)s THEN e.position ELSE h.known END,
                   CASE WHEN e.counted_at > %(moment)s THEN e.position ELSE h.after END
              FROM halves AS h
              JOIN ledger.counted_entries AS e ON e.position = (h.known + h.after) / 2
             WHERE h.after - h.known > 1
        )
        SELECT max(known) FROM halves
        """,
        {"moment": moment, "last": last},
        prepare=True,
    ).fetchone()
    assert row is not None
    return int(row[0])


def _day(effective_on: str | None) -> date | None:
    if effective_on is None:
        return None
    try:
        return date.fromisoformat(dates.check(effective_on))
    except ValueError:
        sentence = (
            f"“{effective_on}” isn’t a date we can read: give effective_on as YYYY-MM-DD, such as "
            "2026-05-01."
        )
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
            f"“{known_at}” isn’t a date we can read. Try 2026-05-01, a moment like "
            "2026-05-01T09:30:00Z, or a position."
        )
        raise Unfit(sentence, Fault(name, sentence)) from None
    if moment > now:
        raise NotKnownYet(
            name, f"{known_at} has not come yet: ask about a moment that has, or leave {name} out."
        )
    return moment


def as_far_as(conn: psycopg.Connection, when: At, position: int) -> At:
    """Return a question about now with an earlier position. Its day is one on which nothing more
    was recorded."""
    until = _day_before(_moments(conn, position)[1]) or when.effective_on
    return replace(when, position=position, effective_on=min(when.effective_on, until))


def whole(conn: psycopg.Connection, position: int) -> int:
    """Return the same position, or the end of the transaction before if it lies inside one."""
    recorded_at, next_at = _moments(conn, position)
    if recorded_at is None or recorded_at != next_at:
        return position
    return _last_by(conn, recorded_at - timedelta(microseconds=1), position)
