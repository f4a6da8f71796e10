"""Meetings of panels: those with a record, the recommendations reviewed there, and their present
state."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from msgspec.structs import asdict
from psycopg import sql

from ledger.dates import is_exact
from ledger.events import AnyEvent, MeetingHeld, PaperIssued, RecommendationReviewed
from ledger.events.streams import (
    BODY_ID,
    RecommendationId,
    meeting_stream,
)
from ledger.states.effect import in_effect
from projections.answers.meeting import MeetingListed, MeetingNamed, MeetingsPage
from projections.answers.parts import Links
from projections.answers.recommendation import RecommendationState
from projections.fields import Json
from projections.questions.lists import recommendations_of
from projections.questions.paging import DEFAULT_LIMIT, ByDay, no_cursor
from projections.questions.question import Question
from projections.read_models import tables
from projections.read_models.tables import HERE, RECOMMENDATIONS

DONE_WITH = ("closed", "withdrawn", "superseded")
"""The statuses of a recommendation that is finished."""
_MEETINGS_AT_ONCE = 50
Meeting = tuple[str, str]
"""A meeting's day and panel."""


def meetings(
    question: Question,
    panel: str | None = None,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    sort: ByDay = "newest",
) -> MeetingsPage:
    """Return a page of the meetings of panels, sorted by day: those with a record in effect."""
    start = _cursor(after) if after else None
    named = _named(question, panel)
    if sort == "oldest":
        named.reverse()
        there = _in_effect(question, [one for one in named if start is None or one > start])
    else:
        there = _in_effect(question, [one for one in named if start is None or one < start])
    found = list(islice(there, limit + 1))
    here = found[:limit]
    now = standings(question, {ref for _, _, refs in here for ref in refs})
    still_open = {one for one, status in now.items() if status not in DONE_WITH}
    return MeetingsPage(
        items=[
            MeetingListed(
                **asdict(_item(question, day, whose)),
                held=any(isinstance(one, MeetingHeld) for one in acts),
                papers=sum(isinstance(one, PaperIssued) for one in acts),
                reviewed=len(refs),
                still_open=len(still_open & refs),
            )
            for ((day, whose), acts, refs) in here
        ],
        next="{1}/{0}".format(*here[-1][0]) if len(found) > limit else None,
        as_of=question.as_of,
    )


def around(
    question: Question, panel: str, before: str, after: str
) -> tuple[MeetingNamed | None, MeetingNamed | None]:
    """Return the last meeting of a panel before a day, and the first recorded one after a day; each
    None if there is none."""
    named = _named(question, panel)
    over = [one for one in named if one[0] < before]
    to_come = [one for one in reversed(named) if one[0] > after]
    near = [*over[:_MEETINGS_AT_ONCE], *to_come[:_MEETINGS_AT_ONCE]]
    question.log.read_ahead(meeting_stream(whose, day) for day, whose in near)
    return _first(question, over), _first(question, to_come)


def _first(question: Question, named: Sequence[Meeting]) -> MeetingNamed | None:
    for (day, whose), _, _ in _in_effect(question, named):
        return _item(question, day, whose)
    return None


def _named(question: Question, panel: str | None) -> list[Meeting]:
    """Return the meetings with any record, the latest first."""
    prefix = f"meeting/{panel}/" if panel else "meeting/"
    rows = question.conn.execute(
        """
        SELECT DISTINCT stream FROM ledger.entries
         WHERE stream > %(prefix)s AND stream < %(end)s AND position <= %(k)s
        """,
        {"prefix": prefix, "end": f"{prefix[:-1]}0", **question.dates},
    ).fetchall()
    split = [stream.split("/") for (stream,) in rows]
    return sorted(((day, whose) for _, whose, day in split), reverse=True)


def _cursor(after: str) -> Meeting:
    panel, _, day = after.partition("/")
    if not BODY_ID.fullmatch(panel) or not is_exact(day):
        raise no_cursor(after)
    return day, panel


Found = tuple[Meeting, Sequence[AnyEvent], set[RecommendationId]]
"""A meeting, its acts in effect, and the recommendations that they reviewed."""


def _in_effect(question: Question, named: Sequence[Meeting]) -> Iterator[Found]:
    """Yield the meetings that have an act in effect."""
    for start in range(0, len(named), _MEETINGS_AT_ONCE):
        batch = named[start : start + _MEETINGS_AT_ONCE]
        question.log.read_ahead(meeting_stream(whose, day) for day, whose in batch)
        for day, whose in batch:
            stream = meeting_stream(whose, day)
            acts = [
                one.data for one in in_effect(question.log.stream(stream, question.when.position))
            ]
            if not acts:
                continue
            refs = {
                one.recommendation.id for one in acts if isinstance(one, RecommendationReviewed)
            }
            yield (day, whose), acts, refs


def _item(question: Question, day: str, panel: str) -> MeetingNamed:
    path = f"/meetings/{panel}/{day}"
    return MeetingNamed(
        panel=panel,
        panel_name=question.register.name(panel),
        date=day,
        links=Links(self=f"/api{path}", page=path),
    )


def last_reviews(
    question: Question, of: Collection[RecommendationId]
) -> dict[RecommendationId, Meeting]:
    """Return the last meeting, by the day asked about, that reviewed each of these
    recommendations."""
    if not of:
        return {}
    rows = question.conn.execute(
        """
        SELECT DISTINCT meeting FROM projections.reviews
          JOIN unnest(%(reports)s::text[], %(keys)s::text[], %(bodies)s::text[])
               AS wanted (report, key, addressee) USING (report, key, addressee)
        """,
        _columns(of),
    ).fetchall()
    split = sorted((stream.split("/") for (stream,) in rows), key=lambda parts: parts[2])
    found: dict[RecommendationId, Meeting] = {}
    for meeting, _, refs in _in_effect(question, [(day, whose) for _, whose, day in split]):
        if meeting[0] <= question.when.effective_on.isoformat():
            found |= dict.fromkeys(refs, meeting)
    return found


def standings(
    question: Question, reviewed: Collection[RecommendationId]
) -> dict[RecommendationId, str]:
    """Return the status of each of these recommendations that exists."""
    rows = _reviewed(question, reviewed, sql.Identifier("one", "status"))
    return {RecommendationId(*name): status for *name, status in rows}


def recommendations_now(
    question: Question, reviewed: Collection[RecommendationId]
) -> dict[RecommendationId, RecommendationState]:
    """Return the answer for each of these recommendations that exists."""
    rows = _reviewed(question, reviewed, sql.Identifier("one", "state"))
    states = {
        RecommendationId(*name): tables.decoded(RECOMMENDATIONS, state) for *name, state in rows
    }
    found = recommendations_of(question.listed, list(states.values()))
    return dict(zip(states, found, strict=True))


def _reviewed(
    question: Question, reviewed: Collection[RecommendationId], column: sql.Composable
) -> list[tuple[str, ...]]:
    """Return report, key, addressee and a column of each of these recommendations that exists."""
    if not reviewed:
        return []
    lists = question.listed
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT one.report, one.key, one.addressee, {column}
              FROM unnest(%(reports)s::text[], %(keys)s::text[], %(bodies)s::text[])
                   AS wanted (report, key, addressee)
              JOIN projections.recommendations AS one USING (report, key, addressee)
             WHERE {here}
            """
        ).format(column=column, here=HERE.format(one=sql.Identifier("one"))),
        {**_columns(reviewed), **lists.dates},
    )
    return rows.fetchall()


def _columns(of: Collection[RecommendationId]) -> Json:
    """Return the names of recommendations column by column, as parameters of a query."""
    return {
        "reports": [one.report for one in of],
        "keys": [one.key for one in of],
        "bodies": [one.addressee for one in of],
    }
