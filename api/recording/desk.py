"""The desk of a panel's clerk: its meetings, the next one first, and its questions to chase."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from api.reading.page import rendered
from api.reading.texts import Shown, text_of
from ledger.events import BodyRegistered, RecommendationReviewed
from ledger.states.service import Account
from projections.answers.meeting import MeetingListed
from projections.answers.recommendation import AssuranceAsked, RecommendationState
from projections.questions import lists, meetings
from projections.questions import trail as trail_question
from projections.questions.question import Question

MEETINGS = 10
"""A desk shows so many meetings, the latest, and links to the rest."""
CHASED = 3
"""The questions of so many past meetings are chased."""
QUESTIONS = 20
"""So many recommendations with a question that was put to them are listed of an office."""


@dataclass(frozen=True, slots=True)
class Chased:
    """A question that a panel asked at a meeting, about a recommendation of which the force has
    said nothing since."""

    words: Shown | None
    about: RecommendationState


@dataclass(frozen=True, slots=True)
class Office:
    """A body that a panel holds to account, with the questions about it that have no reply."""

    body: BodyRegistered
    asked: list[tuple[RecommendationState, AssuranceAsked]]
    more: bool


def desk(at: Question, account: Account, panel: BodyRegistered) -> Response:
    """Show the desk of a panel."""
    listed = meetings.meetings(at, panel.id, limit=MEETINGS)
    today = at.as_of.effective_on
    over = [one for one in listed.items if one.date <= today]
    offices = [_office(at, one) for one in offices_of(at, panel.id)]
    chased = _chased(at, over[:CHASED])
    about = [
        *(each.about.report for _, asked in chased for each in asked),
        *(rec.report for office in offices for rec, _ in office.asked),
    ]
    return rendered(
        "desk.html",
        account=account,
        panel=panel,
        offices=offices,
        to_come=[one for one in reversed(listed.items) if one.date > today],
        over=over,
        more=listed.next is not None,
        today=today,
        chased=chased,
        titles=lists.titles(at, about),
    )


def offices_of(at: Question, panel: str) -> list[BodyRegistered]:
    """Return the bodies in office that a panel holds to account."""
    there = at.register.in_their_terms()
    found = (one for one in at.register.bodies.values() if one.panel == panel and one.id in there)
    return sorted(found, key=lambda one: one.name)


def _office(at: Question, body: BodyRegistered) -> Office:
    page = lists.recommendations(at, counted_with=body.id, assurances="open", limit=QUESTIONS)
    asked = [(one, each) for one in page.items for each in one.assurances.items]
    return Office(body, [one for one in asked if one[1].answered_by is None], bool(page.next))


def _chased(
    at: Question, over: Sequence[MeetingListed]
) -> list[tuple[MeetingListed, list[Chased]]]:
    """Return the meetings at which a question was asked about a recommendation of which nothing
    was heard since, with these questions."""
    asked = [
        (meeting, one, one.event.recommendation.id)
        for meeting in over
        if meeting.reviewed
        for one in trail_question.meeting(at, meeting.panel, meeting.date).reviews
        if isinstance(one.event, RecommendationReviewed) and one.event.question is not None
    ]
    now = meetings.recommendations_now(at, {ref for _, _, ref in asked})
    found: dict[str, list[Chased]] = {}
    for meeting, one, ref in asked:
        there = now.get(ref)
        if there is None or there.status in meetings.DONE_WITH:
            continue
        if there.last_update_on is None or there.last_update_on < meeting.date:
            said = text_of(one, "question")
            found.setdefault(meeting.date, []).append(Chased(said, there))
    return [(one, found[one.date]) for one in over if one.date in found]
