"""Panels' meetings, as JSON: papers, what was held, what was reviewed."""

from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.answers import Answer, Asked, Page
from ledger.acts.table import MEETING
from projections.questions import lists, one

blueprint = Blueprint("meetings", __name__, description="Panels' meetings and their papers.")


class AskedMeetings(Asked):
    panel = ma.fields.String(metadata={"description": "Those of this panel."})


@blueprint.reads("/api/meetings", AskedMeetings, Page)
def meetings(asked: dict[str, Any]) -> Response:
    """Meetings, the latest first."""
    return answered(lists.meetings(current.question(), panel=asked.get("panel")))


@blueprint.reads("/api/meetings/<panel>/<date>", Asked, Answer)
def meeting(asked: dict[str, Any], panel: str, date: str) -> Response:
    """A meeting: its papers and what it reviewed, entry by entry."""
    found = one.meeting(current.question(), panel, date)
    return answered(found, found["version"])


add_routes(blueprint, MEETING)
