"""Panels' meetings as JSON: their papers and their reviews."""

from typing import Any

from flask import Response

from api.requests import questions
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.reads import Asked, AskedMeetings
from ledger.acts.table import MEETING
from projections.answers.meeting import MeetingFound, MeetingsPage
from projections.questions import meetings as meetings_of_panels
from projections.questions import trail as trail_question

blueprint = Blueprint("meetings", __name__, description="Panels' meetings and their papers.")


@blueprint.reads("/api/meetings", AskedMeetings, MeetingsPage)
def meetings(asked: dict[str, Any]) -> Response:
    """Return meetings, the latest first."""
    filters = questions.filters(asked)
    return answered(meetings_of_panels.meetings(questions.question(), **filters))


@blueprint.reads("/api/meetings/<panel>/<date>", Asked, MeetingFound)
def meeting(asked: dict[str, Any], panel: str, date: str) -> Response:
    """Return a meeting: its papers and its reviews, entry by entry."""
    found = trail_question.meeting(questions.question(), panel, date)
    return answered(found, found.version)


add_routes(blueprint, MEETING)
