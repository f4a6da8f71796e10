"""The span of a question about changes: its two moments, and the meeting that it counts from."""

import re
from dataclasses import dataclass

import psycopg

from ledger import dates
from ledger.errors import Fault, NotRecorded, Unfit
from ledger.events import PaperIssued, streams
from ledger.states.effect import in_effect
from projections.answers.changes import PaperOfMeeting, SinceMeeting
from projections.answers.parts import Links
from projections.as_of import At, at
from projections.head import Head
from projections.streams import Streams
from projections.waiting import ANYBODY, WAIT, Waits, for_lists, wait_for

_MEETING = re.compile(r"(?P<panel>[a-z0-9-]{1,80})/(?P<day>[0-9-]{10})")


@dataclass(frozen=True, slots=True)
class Between:
    """The span: the log as known at `first` for its day, and as known at `second` for its day."""

    first: At
    second: At
    meeting: SinceMeeting | None = None
    """The meeting that the span begins with, and the dates of its papers."""


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
    """Return the two moments, each with its London date; the later may be asked about for another
    day.

    A span since a meeting begins at the end of its day, in London. Raise Unfit if the first moment
    is not the earlier one, and NotRecorded if nothing is recorded of the meeting.
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
    return Between(first, second, _since_meeting(conn, second, panel, since))


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


def _since_meeting(conn: psycopg.Connection, when: At, panel: str, day: str) -> SinceMeeting:
    reader = Streams(conn, upto=when.position)
    entries = reader.stream(streams.meeting_stream(panel, day), when.position)
    if not entries:
        raise NotRecorded(
            f"Nothing is recorded of a meeting of “{panel}” on {dates.in_words(day)}. Give the "
            "day itself as from."
        )
    path = f"/meetings/{panel}/{day}"
    return SinceMeeting(
        panel=panel,
        date=day,
        papers=[
            PaperOfMeeting(
                entry=one.id, known_at=one.data.known_at, effective_on=one.data.effective_on
            )
            for one in in_effect(entries)
            if isinstance(one.data, PaperIssued)
        ],
        links=Links(self=f"/api{path}", page=path),
    )


def _is_after(first: At, second: At) -> bool:
    if first.moment and second.moment and first.moment > second.moment:
        return True
    return first.position > second.position or first.effective_on > second.effective_on


def _in_words(when: At) -> str:
    if when.moment:
        return f"{when.known_at} (position {when.position:,})"
    return f"position {when.position:,} ({dates.in_words(when.effective_on)})"
